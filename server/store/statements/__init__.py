"""Every statement of the SQLite store, by what it is about."""

from server.store.statements import contacts, conversations, files, log, messages, users

__all__ = ["contacts", "conversations", "files", "log", "messages", "users"]
