"""What was shared in one conversation: its pictures, files and links, as far as the cache holds it."""

import sqlite3
from typing import Literal

from desktop_chat.core.models import Message
from desktop_chat.store import rows

What = Literal["picture", "file", "link"]

_COLUMNS = ", ".join(f"m.{name.strip()}" for name in rows.MESSAGE_COLUMNS.split(","))
_CONDITIONS: dict[What, str] = {
    "picture": "(m.kind = 'picture' OR (m.kind = 'file' AND instr(m.body, '\"image/')))",
    # Of a message whose files are all pictures, none is shown as a file.
    "file": "m.kind = 'file'",
    # More than there are: which of them are links is found out by who reads them.
    # Without a scheme, any name with a dot inside of it may be one, and what ends a sentence is none.
    "link": (
        "CASE WHEN m.kind IN ('file', 'picture') THEN instr(m.body, '\"caption\"')"
        " ELSE instr(m.body, '//') OR m.body GLOB '*[^ .\n].[^ .0-9\n]*' END"
    ),
}


def page(
    connection: sqlite3.Connection, conversation_id: int, what: What, before_seq: int | None, limit: int
) -> list[Message]:
    """The newest messages below a place that have what is asked for, the newest first; fewer than ``limit``
    at the beginning of what the cache holds."""
    sql = (
        f"SELECT {_COLUMNS} FROM message m WHERE m.conversation_id = ? AND m.seq < ?"  # noqa: S608
        f" AND {_CONDITIONS[what]} ORDER BY m.seq DESC LIMIT ?"
    )
    bindings = (conversation_id, 2**53 if before_seq is None else before_seq, limit)
    return [rows.message(row) for row in connection.execute(sql, bindings)]
