"""Reading a store from its beginning to its end, from within the app or beside it."""

import sqlite3
from pathlib import Path
from urllib.parse import quote

from desktop_chat.core.models import Message
from desktop_chat.store import rows
from desktop_chat.store.migrations import CURRENT_VERSION, NewerSchemaError


class OlderSchemaError(Exception):
    """The file was written by an older version; only a start of the app brings it up to date."""


def open_read_only(path: Path) -> sqlite3.Connection:
    """A connection that cannot write, to a store that a running app may write meanwhile. Raises
    ``database.StoreError``, NewerSchemaError and OlderSchemaError."""
    connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, isolation_level=None)
    try:
        connection.execute("PRAGMA busy_timeout=5000")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > CURRENT_VERSION:
            raise NewerSchemaError("The messages kept here were written by a newer version of the app.")
        if version < CURRENT_VERSION:
            raise OlderSchemaError("The messages kept here are of an older version: start the app once.")
    except BaseException:
        connection.close()
        raise
    return connection


def after(connection: sqlite3.Connection, conversation_id: int, seq: int, limit: int) -> list[Message]:
    """The rows above ``seq``, oldest first, within the run that has no hole."""
    found = connection.execute(
        f"SELECT {rows.MESSAGE_COLUMNS} FROM message WHERE conversation_id = :id AND seq > :seq AND seq >="  # noqa: S608
        " (SELECT held_from FROM conversation WHERE conversation_id = :id) ORDER BY seq LIMIT :limit",
        {"id": conversation_id, "seq": seq, "limit": limit},
    )
    return rows.messages(found)
