"""Reading and writing message rows."""

import sqlite3
from collections.abc import Iterable

from msgspec.structs import replace

from desktop_chat.core.models import NOTICE, Extra, Message, SendState
from desktop_chat.protocol import records
from desktop_chat.store import rows, search_index, uploads

_SELECT = f"SELECT {rows.MESSAGE_COLUMNS} FROM message"  # noqa: S608  (constants only)
_INSERT = (
    "INSERT INTO message (local_id, conversation_id, seq, message_id, sender_id, client_id, sent_at_ms, kind,"
    " body, state, extra) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)

_NOTHING = Extra()
_HELD_FROM = "(SELECT held_from FROM conversation WHERE conversation_id = ?)"


def newest(connection: sqlite3.Connection, conversation_id: int, limit: int) -> list[Message]:
    """The newest rows of a conversation in timeline order: those with a seq, then every local echo.

    Here and below, rows under the run (a message of our own, confirmed while its page is not here) do not
    count, so that no reader sees across a hole below; one above it is being fetched.
    """
    with_seq = connection.execute(
        f"{_SELECT} WHERE conversation_id = ? AND seq >= {_HELD_FROM} ORDER BY seq DESC LIMIT ?",
        (conversation_id, conversation_id, limit),
    ).fetchall()
    local = connection.execute(
        f"{_SELECT} WHERE conversation_id = ? AND seq IS NULL ORDER BY local_id", (conversation_id,)
    ).fetchall()
    return rows.messages(reversed(with_seq)) + rows.messages(local)


def newest_of_all(connection: sqlite3.Connection, limit: int) -> list[Message]:
    """The newest rows over all conversations, the oldest of them first."""
    # The server counts message_id up as it stores: its index has them by time, and few rows are read in vain.
    with_seq = connection.execute(
        f"{_SELECT} WHERE message_id IS NOT NULL AND seq >= (SELECT held_from FROM conversation"  # noqa: S608
        " WHERE conversation.conversation_id = message.conversation_id) ORDER BY message_id DESC LIMIT ?",
        (limit,),
    ).fetchall()
    local = connection.execute(
        f"{_SELECT} WHERE seq IS NULL ORDER BY local_id DESC LIMIT ?", (limit,)
    ).fetchall()
    found = sorted(rows.messages(with_seq + local), key=lambda each: (each.sent_at_ms, each.local_id))
    return found[-limit:] if limit else []


def older(connection: sqlite3.Connection, conversation_id: int, before_seq: int, limit: int) -> list[Message]:
    """The rows right below ``before_seq``, in timeline order."""
    found = connection.execute(
        f"{_SELECT} WHERE conversation_id = ? AND seq >= {_HELD_FROM} AND seq < ? ORDER BY seq DESC LIMIT ?",
        (conversation_id, conversation_id, before_seq, limit),
    ).fetchall()
    return rows.messages(reversed(found))


def between(
    connection: sqlite3.Connection, conversation_id: int, from_seq: int, before_seq: int
) -> list[Message]:
    """The rows from ``from_seq`` up to right below ``before_seq``, in timeline order."""
    found = connection.execute(
        f"{_SELECT} WHERE conversation_id = ? AND seq >= max(?, {_HELD_FROM}) AND seq < ? ORDER BY seq",
        (conversation_id, from_seq, conversation_id, before_seq),
    )
    return rows.messages(found)


def by_client_id(connection: sqlite3.Connection, client_id: str, sender_id: int) -> Message | None:
    """The row with this idempotency key, a local echo or a stored message."""
    row = connection.execute(
        f"{_SELECT} WHERE client_id = ? AND sender_id = ?", (bytes.fromhex(client_id), sender_id)
    ).fetchone()
    return None if row is None else rows.message(row)


def insert_local(
    connection: sqlite3.Connection,
    conversation_id: int,
    client_id: str,
    sender_id: int,
    made_at_ms: int,
    content: records.Content,
    extra: Extra | None = None,
) -> Message:
    """A local echo: a pending row with no seq."""
    cursor = connection.execute(
        "INSERT INTO message (conversation_id, sender_id, client_id, sent_at_ms, kind, body, state, extra)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            conversation_id,
            sender_id,
            bytes.fromhex(client_id),
            made_at_ms,
            content.kind,
            content.body,
            int(SendState.PENDING),
            rows.packed(extra),
        ),
    )
    assert cursor.lastrowid is not None
    return Message(
        cursor.lastrowid,
        conversation_id,
        client_id,
        sender_id,
        made_at_ms,
        content.kind,
        content.body,
        state=SendState.PENDING,
        extra=extra,
    )


def insert_stored(connection: sqlite3.Connection, entry: records.Message) -> Message:
    """An entry that the server has, new to this cache: a message, or what is shown as a notice."""
    [added] = insert_page(connection, [entry])
    return added


def insert_page(connection: sqlite3.Connection, entries: Iterable[records.Message]) -> list[Message]:
    """Entries that the server has, all of them new to this cache."""
    (last_id,) = connection.execute("SELECT coalesce(max(local_id), 0) FROM message").fetchone()
    added = [
        Message(
            local_id,
            entry.conversation_id,
            entry.client_id,
            entry.sender_id,
            entry.sent_at_ms,
            *_kind_and_body(entry),
            entry.seq,
            entry.message_id,
            extra=_extra(entry),
        )
        for local_id, entry in enumerate(entries, start=last_id + 1)
    ]
    connection.executemany(
        _INSERT,
        [
            (
                each.local_id,
                each.conversation_id,
                each.seq,
                each.message_id,
                each.sender_id,
                bytes.fromhex(each.client_id),
                each.sent_at_ms,
                each.kind,
                each.body,
                int(each.state),
                rows.packed(each.extra),
            )
            for each in added
        ],
    )
    search_index.add(connection, added)
    return added


def client_ids(connection: sqlite3.Connection, conversation_id: int, from_seq: int, to_seq: int) -> set[str]:
    """The idempotency keys of a conversation's local echoes, and of its rows from ``from_seq`` to ``to_seq``,
    both included."""
    found = connection.execute(
        "SELECT client_id FROM message WHERE conversation_id = ?1 AND seq BETWEEN ?2 AND ?3"
        " UNION ALL SELECT client_id FROM message WHERE conversation_id = ?1 AND seq IS NULL",
        (conversation_id, from_seq, to_seq),
    )
    return {client_id.hex() for (client_id,) in found}


def by_seq(connection: sqlite3.Connection, conversation_id: int, seq: int) -> Message | None:
    """The row of an entry, wherever in the cache."""
    row = connection.execute(
        f"{_SELECT} WHERE conversation_id = ? AND seq = ?", (conversation_id, seq)
    ).fetchone()
    return None if row is None else rows.message(row)


def change(connection: sqlite3.Connection, before: Message, message: records.Message) -> Message:
    """Replace what a row says by what the server says of it now."""
    kind, body = _kind_and_body(message)
    extra = _extra(message)
    connection.execute(
        "UPDATE message SET kind = ?, body = ?, extra = ? WHERE local_id = ?",
        (kind, body, rows.packed(extra), before.local_id),
    )
    changed = replace(before, kind=kind, body=body, extra=extra)
    if (before.kind, before.body) != (kind, body):
        search_index.remove(connection, before)
        search_index.add(connection, [changed])
    return changed


def expire(connection: sqlite3.Connection, conversation_id: int, first_seq: int) -> list[Message]:
    """Delete the rows below ``first_seq``; those that were there."""
    where = "conversation_id = ? AND seq < ?"
    gone = rows.messages(
        connection.execute(f"{_SELECT} WHERE {where}", (conversation_id, first_seq)).fetchall()
    )
    for message in gone:
        search_index.remove(connection, message)
    connection.execute(f"DELETE FROM message WHERE {where}", (conversation_id, first_seq))  # noqa: S608
    connection.execute("DELETE FROM star WHERE conversation_id = ? AND seq < ?", (conversation_id, first_seq))
    return gone


def any_above(connection: sqlite3.Connection, conversation_id: int, seq: int) -> bool:
    """Whether the cache has a row above the one with this seq, without a hole between them."""
    found = connection.execute(
        f"SELECT 1 FROM message WHERE conversation_id = ? AND seq >= {_HELD_FROM} AND seq < ? LIMIT 1",  # noqa: S608
        (conversation_id, conversation_id, seq),
    )
    return found.fetchone() is not None


def starred(connection: sqlite3.Connection, limit: int) -> tuple[list[Message], int]:
    """The newest cached messages with a star, and how many stars there are in all."""
    columns = ", ".join(f"m.{name.strip()}" for name in rows.MESSAGE_COLUMNS.split(","))
    found = connection.execute(
        f"SELECT {columns} FROM star s JOIN message m USING (conversation_id, seq)"  # noqa: S608
        " WHERE m.kind <> 'deleted' ORDER BY m.sent_at_ms DESC LIMIT ?",
        (limit,),
    ).fetchall()
    (count,) = connection.execute("SELECT count(*) FROM star").fetchone()
    return rows.messages(found), int(count)


def first_since(connection: sqlite3.Connection, conversation_id: int, at_ms: int) -> int | None:
    """The seq of the oldest cached message that was sent at a moment or later; None where none was.

    Times rise with the seq, so the place is halved in on: a few looks, however long the history."""
    low, high = connection.execute(
        "SELECT held_from, held_to FROM conversation WHERE conversation_id = ?", (conversation_id,)
    ).fetchone() or (0, 0)
    found = None
    while 0 < low <= high:
        row = connection.execute(
            "SELECT seq, sent_at_ms FROM message WHERE conversation_id = ? AND seq >= ? AND seq <= ?"
            " ORDER BY seq LIMIT 1",
            (conversation_id, (low + high) // 2, high),
        ).fetchone()
        if row is None:
            high = (low + high) // 2 - 1
        elif row[1] >= at_ms:
            found, high = int(row[0]), (low + high) // 2 - 1
        else:
            low = row[0] + 1
    return found


def any_within(connection: sqlite3.Connection, conversation_id: int, from_seq: int, to_seq: int) -> bool:
    """Whether the cache has a row from ``from_seq`` to ``to_seq``, both included."""
    found = connection.execute(
        "SELECT 1 FROM message WHERE conversation_id = ? AND seq BETWEEN ? AND ? LIMIT 1",
        (conversation_id, from_seq, to_seq),
    )
    return found.fetchone() is not None


def confirm(
    connection: sqlite3.Connection, echo: Message, seq: int, message_id: int, sent_at_ms: int
) -> Message:
    """Turn a local echo into the stored message: same row, now with its place. Leaves the outbox too."""
    connection.execute(
        "UPDATE message SET seq = ?, message_id = ?, sent_at_ms = ?, state = ?, error = ''"
        " WHERE local_id = ?",
        (seq, message_id, sent_at_ms, int(SendState.SENT), echo.local_id),
    )
    connection.execute("DELETE FROM outbox WHERE local_id = ?", (echo.local_id,))
    if echo.extra is not None and echo.extra.upload_ids:
        uploads.settle(connection, echo.extra.upload_ids)
        echo = set_content(connection, echo, echo.body, replace(echo.extra, upload_ids=()))
    confirmed = Message(
        echo.local_id,
        echo.conversation_id,
        echo.client_id,
        echo.sender_id,
        sent_at_ms,
        echo.kind,
        echo.body,
        seq,
        message_id,
        extra=echo.extra,
    )
    search_index.add(connection, [confirmed])
    return confirmed


def set_content(connection: sqlite3.Connection, echo: Message, body: str, extra: Extra) -> Message:
    """Let a local echo say something else."""
    connection.execute(
        "UPDATE message SET body = ?, extra = ? WHERE local_id = ?", (body, rows.packed(extra), echo.local_id)
    )
    return replace(echo, body=body, extra=extra)


def waiting_for_files(connection: sqlite3.Connection) -> list[Message]:
    """Local echoes that go into the outbox once their files have arrived, the oldest first."""
    found = connection.execute(
        f"{_SELECT} WHERE seq IS NULL AND state = ?"  # noqa: S608
        " AND local_id NOT IN (SELECT local_id FROM outbox) ORDER BY local_id",
        (int(SendState.PENDING),),
    )
    return [each for each in rows.messages(found) if each.extra is not None and each.extra.upload_ids]


def others_after(connection: sqlite3.Connection, conversation_id: int, own_id: int, seq: int) -> int:
    """How many cached messages of others lie beyond ``seq``."""
    (count,) = connection.execute(
        "SELECT count(*) FROM message WHERE conversation_id = ? AND seq > ? AND sender_id <> ? AND kind <> ?",
        (conversation_id, seq, own_id, NOTICE),
    ).fetchone()
    return int(count)


def rows_after(connection: sqlite3.Connection, conversation_id: int, seq: int, most: int) -> int:
    """How many rows lie beyond ``seq``, notices and own ones among them; counted up to ``most``."""
    (count,) = connection.execute(
        "SELECT count(*) FROM (SELECT 1 FROM message WHERE conversation_id = ? AND seq > ? LIMIT ?)",
        (conversation_id, seq, most),
    ).fetchone()
    return int(count)


def _kind_and_body(message: records.Message) -> tuple[str, str]:
    if message.action is not None:
        return NOTICE, ""
    if message.content is None:
        return "deleted", ""
    return message.content.kind, message.content.body


def _extra(message: records.Message) -> Extra | None:
    extra = Extra(
        message.action,
        message.reply_to,
        message.mentions,
        message.origin,
        message.file_ids,
        message.changed_seq,
        message.edited_at_ms,
        message.deleted,
        message.reactions,
    )
    return None if extra == _NOTHING else extra
