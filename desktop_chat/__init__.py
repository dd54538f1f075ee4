"""desktop-chat: the messenger you own."""

__version__ = "0.1.0"
