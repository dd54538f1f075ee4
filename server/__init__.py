"""The desktop-chat server: one process, one folder. ``python -m server serve --data DIR`` starts it."""
