"""Substring search over the cached messages, in any script and of any length, the newest first.

The index gives candidates in this order, and those not indexed yet are merged in; each is looked at, and the
first that match are the result. So a common word is soon found, and of a rare one there are few.
"""

import heapq
import json
import sqlite3
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from typing import Any

from msgspec import Struct

from desktop_chat.core.attachments import searched
from desktop_chat.core.folding import find, fold
from desktop_chat.core.models import SearchHit
from desktop_chat.store import rows, search_index

_COLUMNS = ", ".join(f"m.{name.strip()}" for name in rows.MESSAGE_COLUMNS.split(","))
_KIND, _BODY, _MESSAGE_ID = map(rows.MESSAGE_COLUMNS.split(", ").index, ("kind", "body", "message_id"))
_SEARCHED = f"m.kind IN {search_index.SEARCHED_KINDS}"
_HAS = {
    "link": "(instr(lower(m.body), 'http://') OR instr(lower(m.body), 'https://'))",
    "file": "m.kind IN ('file', 'picture')",
    "picture": "(m.kind = 'picture' OR (m.kind = 'file' AND instr(m.body, '\"image/')))",
}
_ALTERNATIVES_MAX = 64
"""Of so many conversations or people each is looked up in the index; more would cost more than they spare."""
_CLOCK_MS = 86_400_000
"""The server's clock may have been set back by less than this: times rise with the ids but for that."""


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
    with _one_state(connection), closing(_candidates(connection, folded, filters)) as candidates:
        for row in candidates:
            place = find(searched(row[_KIND], row[_BODY]), wanted) if folded else (0, 0)
            if place is not None:
                hits.append(SearchHit(rows.message(row), *place))
                if len(hits) == limit:
                    break
    return hits


@contextmanager
def _one_state(connection: sqlite3.Connection) -> Iterator[None]:
    """What is read within is of one moment: nothing moves into the index between two looks."""
    if connection.in_transaction:
        yield
        return
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")


def _candidates(
    connection: sqlite3.Connection, folded: str, filters: Filters
) -> Generator[tuple[Any, ...], None, None]:
    """Rows that pass the filters and may match, the newest first."""
    where, bindings = _conditions(filters)
    bounds = _bounds(connection, filters)
    alternatives = [[f"has:{each}"] for each in filters.has]
    for name, ids in (("in", filters.conversation_ids), ("from", filters.sender_ids)):
        if ids is not None and len(ids) <= _ALTERNATIVES_MAX:
            alternatives.append([f"{name}:{each}" for each in ids])
    if not all(alternatives):
        return
    if not folded and not alternatives:
        yield from connection.execute(
            f"SELECT {_COLUMNS} FROM message m WHERE m.message_id BETWEEN ? AND ? AND {where}"  # noqa: S608
            " ORDER BY m.message_id DESC",
            (*bounds, *bindings),
        )
        return
    joined = (
        f"CROSS JOIN message m ON m.message_id = i.rowid WHERE i.rowid BETWEEN ? AND ? AND {where}"
        " {} ORDER BY i.rowid DESC"
    )
    # Closed before the transaction ends: while one of them is open, an interrupt would keep it from ending.
    with closing(connection.cursor()) as indexed, closing(connection.cursor()) as unindexed:
        indexed.execute(
            f"SELECT {_COLUMNS} FROM message_gram i {joined.format('AND message_gram MATCH ?')}",  # noqa: S608
            (*bounds, *bindings, search_index.expression(connection, folded, alternatives)),
        )
        unindexed.execute(
            f"SELECT {_COLUMNS} FROM unindexed i {joined.format('')}",  # noqa: S608
            (*bounds, *bindings),
        )
        yield from heapq.merge(indexed, unindexed, key=lambda row: row[_MESSAGE_ID], reverse=True)


def _conditions(filters: Filters) -> tuple[str, list[int | str]]:
    parts = [_SEARCHED, *(_HAS[each] for each in filters.has)]
    bindings: list[int | str] = []
    for column, ids in (
        ("m.conversation_id", filters.conversation_ids),
        ("m.sender_id", filters.sender_ids),
    ):
        if ids is not None:
            parts.append(f"{column} IN (SELECT value FROM json_each(?))")  # noqa: S608
            bindings.append(json.dumps(ids))
    if filters.from_ms is not None:
        parts.append("m.sent_at_ms >= ?")
        bindings.append(filters.from_ms)
    if filters.to_ms is not None:
        parts.append("m.sent_at_ms < ?")
        bindings.append(filters.to_ms)
    return " AND ".join(parts), bindings


def _bounds(connection: sqlite3.Connection, filters: Filters) -> tuple[int, int]:
    """Between which ids the messages of the wanted time are, both included."""
    low, high = connection.execute(
        "SELECT (SELECT min(message_id) FROM message WHERE message_id > 0),"
        " (SELECT max(message_id) FROM message WHERE message_id > 0)"
    ).fetchone()
    if low is None:
        return 1, 0
    first, last = low, high
    if filters.from_ms is not None:
        first = _first_since(connection, low, high, filters.from_ms - _CLOCK_MS)
    if filters.to_ms is not None:
        last = _first_since(connection, low, high, filters.to_ms + _CLOCK_MS)
    return first, last


def _first_since(connection: sqlite3.Connection, low: int, high: int, at_ms: int) -> int:
    """The first id from ``low`` to ``high`` of a message of that time or later, else ``high``."""
    while low < high:
        middle = (low + high) // 2
        (message_id, sent_at_ms) = connection.execute(
            "SELECT message_id, sent_at_ms FROM message WHERE message_id >= ? ORDER BY message_id LIMIT 1",
            (middle,),
        ).fetchone()
        if sent_at_ms < at_ms:
            low = message_id + 1
        else:
            high = middle
    return low
