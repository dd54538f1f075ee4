"""Substring search over the cached messages, in any script."""

import sqlite3

from desktop_chat.core.attachments import searched
from desktop_chat.core.folding import find, fold
from desktop_chat.core.models import Message, SearchHit
from desktop_chat.store import rows

_TRIGRAM = 3
_SCAN_MAX = 100_000
"""Newest messages looked at for a query too short for the index."""
_COLUMNS = ", ".join(f"m.{name.strip()}" for name in rows.MESSAGE_COLUMNS.split(","))


def search(
    connection: sqlite3.Connection, query: str, conversation_id: int | None, limit: int
) -> list[SearchHit]:
    """The newest messages that contain ``query`` after folding, in one conversation or in all.

    Three or more folded characters are found by the trigram index, fewer by looking through the newest
    messages. Ranking by relevance is absent on purpose: people look for what was said last.
    """
    folded = fold(query.strip())
    if not folded:
        return []
    if len(folded) >= _TRIGRAM:
        candidates = _by_index(connection, folded, conversation_id, limit)
    else:
        candidates = _by_scan(connection, folded, conversation_id, limit)
    hits = []
    for message in candidates:
        place = find(searched(message.kind, message.body), query.strip())
        if place is not None:
            hits.append(SearchHit(message, *place))
    return hits


def _by_index(
    connection: sqlite3.Connection, folded: str, conversation_id: int | None, limit: int
) -> list[Message]:
    phrase = '"' + folded.replace('"', '""') + '"'
    if conversation_id is None:
        found = connection.execute(
            f"SELECT {_COLUMNS} FROM (SELECT rowid FROM message_text WHERE message_text MATCH ?"  # noqa: S608
            " ORDER BY rowid DESC LIMIT ?) t JOIN message m ON m.message_id = t.rowid"
            " ORDER BY m.message_id DESC",
            (phrase, limit),
        )
    else:
        found = connection.execute(
            f"SELECT {_COLUMNS} FROM message_text t JOIN message m ON m.message_id = t.rowid"  # noqa: S608
            " WHERE message_text MATCH ? AND m.conversation_id = ? ORDER BY t.rowid DESC LIMIT ?",
            (phrase, conversation_id, limit),
        )
    return rows.messages(found)


def _by_scan(
    connection: sqlite3.Connection, folded: str, conversation_id: int | None, limit: int
) -> list[Message]:
    where = "m.kind IN ('text', 'file', 'picture') AND m.message_id IS NOT NULL"
    order = "m.message_id DESC"
    arguments: tuple[int, ...] = ()
    if conversation_id is not None:
        where += " AND m.conversation_id = ? AND m.seq IS NOT NULL"  # as the index has it
        order = "m.seq DESC"
        arguments = (conversation_id,)
    scan = connection.execute(
        f"SELECT {_COLUMNS} FROM message m WHERE {where} ORDER BY {order} LIMIT ?",  # noqa: S608
        (*arguments, _SCAN_MAX),
    )
    found: list[Message] = []
    for row in scan:
        if folded in fold(searched(row[5], row[6])):
            found.append(rows.message(row))
            if len(found) == limit:
                break
    return found
