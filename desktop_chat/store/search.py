"""Substring search over the cached messages, in any script and of any length.

Three or more folded characters are found by the trigram index. Fewer are too short for it: for them a second
index holds which characters a message contains, each as a token of its own, and what it finds is looked at.
"""

import json
import sqlite3
from collections.abc import Iterator

from msgspec import Struct

from desktop_chat.core.attachments import searched
from desktop_chat.core.folding import find, fold
from desktop_chat.core.models import Message, SearchHit
from desktop_chat.store import rows

_TRIGRAM = 3
_LOOKED_AT_MAX = 20_000
"""Messages that contain the characters of a short query, but perhaps not side by side."""
_SCANNED_FIRST = 500
"""So many messages of a single conversation are looked at without an index."""
_COLUMNS = ", ".join(f"m.{name.strip()}" for name in rows.MESSAGE_COLUMNS.split(","))
_HAS = {
    "link": "(instr(lower(m.body), 'http://') OR instr(lower(m.body), 'https://'))",
    "file": "m.kind IN ('file', 'picture')",
    "picture": "(m.kind = 'picture' OR (m.kind = 'file' AND instr(m.body, '\"image/')))",
}


class Filters(Struct, frozen=True):
    """What a message has to be beside matching; None and empty ask for nothing. Times are half open, from
    ``from_ms`` up to right before ``to_ms``."""

    conversation_ids: tuple[int, ...] | None = None
    sender_ids: tuple[int, ...] | None = None
    has: tuple[str, ...] = ()
    from_ms: int | None = None
    to_ms: int | None = None


def search(connection: sqlite3.Connection, text: str, filters: Filters, limit: int) -> list[SearchHit]:
    """The newest messages that contain ``text`` after folding and pass the filters; without a text, those
    that pass them. Ranking by relevance is absent on purpose: people look for what was said last."""
    wanted = text.strip()
    folded = fold(wanted)
    if not folded and filters == Filters():
        return []
    hits = []
    for message in _candidates(connection, folded, filters, limit):
        place = find(searched(message.kind, message.body), wanted) if folded else (0, 0)
        if place is not None:
            hits.append(SearchHit(message, *place))
            if len(hits) == limit:
                break
    return hits


def index(connection: sqlite3.Connection, message_id: int, body: str) -> None:
    """Let a message be found."""
    folded = fold(body)
    connection.execute("INSERT INTO message_text (rowid, folded) VALUES (?, ?)", (message_id, folded))
    connection.execute("INSERT INTO message_mark (rowid, marks) VALUES (?, ?)", (message_id, _marks(folded)))


def unindex(connection: sqlite3.Connection, message_id: int, body: str) -> None:
    """Let a message not be found any more; ``body`` is what it was indexed with."""
    folded = fold(body)
    connection.execute(
        "INSERT INTO message_text (message_text, rowid, folded) VALUES ('delete', ?, ?)", (message_id, folded)
    )
    connection.execute(
        "INSERT INTO message_mark (message_mark, rowid, marks) VALUES ('delete', ?, ?)",
        (message_id, _marks(folded)),
    )


def clear(connection: sqlite3.Connection) -> None:
    """Let no message be found."""
    connection.execute("INSERT INTO message_text (message_text) VALUES ('delete-all')")
    connection.execute("INSERT INTO message_mark (message_mark) VALUES ('delete-all')")


def index_marks_of_all(connection: sqlite3.Connection) -> None:
    """Fill the index of characters from the messages of an older cache."""
    found = connection.execute("SELECT message_id, body FROM message WHERE kind = 'text' AND message_id > 0")
    connection.executemany(
        "INSERT INTO message_mark (rowid, marks) VALUES (?, ?)",
        ((message_id, _marks(fold(body))) for message_id, body in found),
    )


def _candidates(
    connection: sqlite3.Connection, folded: str, filters: Filters, limit: int
) -> Iterator[Message]:
    where, bindings = _conditions(filters)
    if folded and filters.conversation_ids is not None and len(filters.conversation_ids) == 1:
        # An index knows no conversations. In the newest messages of one a common word is soon found, and of
        # a rare one the index has few.
        sql = f"SELECT {_COLUMNS} FROM message m WHERE m.seq IS NOT NULL{where} ORDER BY m.seq DESC LIMIT ?"  # noqa: S608
        last_id, count = 0, 0
        for row in connection.execute(sql, (*bindings, _SCANNED_FIRST)):
            message = rows.message(row)
            last_id, count = message.message_id or 0, count + 1
            if folded in fold(searched(message.kind, message.body)):
                yield message
        if count < _SCANNED_FIRST:
            return
        where += " AND m.message_id < ?"
        bindings.append(last_id)
    if len(folded) >= _TRIGRAM:
        # Every row that the trigrams find matches, but for folded marks at its ends; a few more make up.
        source, match, most = "message_text", '"' + folded.replace('"', '""') + '"', limit + 20
    elif folded:
        source, match, most = "message_mark", _marks(folded), _LOOKED_AT_MAX
    else:
        source, match, most = "", "", limit
    if source:
        sql = (
            f"SELECT {_COLUMNS} FROM {source} t JOIN message m ON m.message_id = t.rowid"  # noqa: S608
            f" WHERE {source} MATCH ?{where} ORDER BY t.rowid DESC LIMIT ?"
        )
        bindings = [match, *bindings]
    else:
        sql = (
            f"SELECT {_COLUMNS} FROM message m WHERE m.message_id IS NOT NULL{where}"  # noqa: S608
            " ORDER BY m.message_id DESC LIMIT ?"
        )
    for row in connection.execute(sql, (*bindings, most)):
        yield rows.message(row)


def _conditions(filters: Filters) -> tuple[str, list[int | str]]:
    parts: list[str] = []
    bindings: list[int | str] = []
    for column, ids in (
        ("m.conversation_id", filters.conversation_ids),
        ("m.sender_id", filters.sender_ids),
    ):
        if ids is not None:
            parts.append(f"{column} IN (SELECT value FROM json_each(?))")  # noqa: S608
            bindings.append(json.dumps(ids))
    parts += [_HAS[each] for each in filters.has]
    if filters.from_ms is not None:
        parts.append("m.sent_at_ms >= ?")
        bindings.append(filters.from_ms)
    if filters.to_ms is not None:
        parts.append("m.sent_at_ms < ?")
        bindings.append(filters.to_ms)
    return "".join(f" AND {part}" for part in parts), bindings


def _marks(folded: str) -> str:
    """The different characters of a text, each as a word that SQLite's tokenizer leaves alone."""
    return " ".join(f"x{ord(mark):x}" for mark in set(folded) if not mark.isspace())
