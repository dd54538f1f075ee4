"""The durable outbox: what was typed and sent, until the server confirms it."""

import sqlite3

from desktop_chat.core.models import Message, SendState
from desktop_chat.core.outbox import Queued
from desktop_chat.core.send_state import advance
from desktop_chat.store import rows, uploads


def add(connection: sqlite3.Connection, message: Message) -> None:
    """Queue a local echo."""
    connection.execute("INSERT INTO outbox VALUES (?, ?)", (message.local_id, message.conversation_id))


def heads(connection: sqlite3.Connection) -> list[Queued]:
    """The oldest queued message of each conversation, oldest first."""
    found = connection.execute(
        "SELECT o.local_id, o.conversation_id, m.client_id, m.kind, m.body, m.extra"
        " FROM (SELECT min(local_id) AS local_id, conversation_id FROM outbox GROUP BY conversation_id) o"
        " JOIN message m ON m.local_id = o.local_id ORDER BY o.local_id"
    )
    return [Queued(row[0], row[1], row[2].hex(), row[3], row[4], rows.unpacked(row[5])) for row in found]


def recover(connection: sqlite3.Connection) -> None:
    """After a start nothing is on the wire: what was sending is pending again."""
    connection.execute(
        "UPDATE message SET state = ? WHERE seq IS NULL AND state = ?",
        (int(SendState.PENDING), int(SendState.SENDING)),
    )


def set_state(
    connection: sqlite3.Connection, local_id: int, wanted: SendState, error: str = ""
) -> Message | None:
    """Advance a local echo's state where ``core.send_state`` allows it; FAILED leaves the outbox.
    Returns the row where it changed."""
    row = connection.execute(
        f"SELECT {rows.MESSAGE_COLUMNS} FROM message WHERE local_id = ? AND seq IS NULL",  # noqa: S608
        (local_id,),
    ).fetchone()
    if row is None:
        return None
    current = rows.message(row)
    state = advance(current.state, wanted)
    if state is current.state:
        return None
    connection.execute(
        "UPDATE message SET state = ?, error = ? WHERE local_id = ?", (int(state), error, local_id)
    )
    if state is SendState.FAILED:
        connection.execute("DELETE FROM outbox WHERE local_id = ?", (local_id,))
    return rows.message((*row[:9], int(state), error, row[11]))


def holds(connection: sqlite3.Connection, local_id: int) -> bool:
    """Whether a message is still queued."""
    return connection.execute("SELECT 1 FROM outbox WHERE local_id = ?", (local_id,)).fetchone() is not None


def fail_all(connection: sqlite3.Connection, conversation_id: int, error: str) -> list[Message]:
    """Give up on every local echo of a conversation, for a reason in words. Returns the rows as they are."""
    found = connection.execute(
        "UPDATE message SET state = ?, error = ? WHERE conversation_id = ? AND seq IS NULL"  # noqa: S608
        f" RETURNING {rows.MESSAGE_COLUMNS}",
        (int(SendState.FAILED), error, conversation_id),
    ).fetchall()
    connection.execute("DELETE FROM outbox WHERE conversation_id = ?", (conversation_id,))
    return rows.messages(found)


def retry(connection: sqlite3.Connection, local_id: int) -> Message | None:
    """Queue a failed message again, in its old place and under the same idempotency key. Returns the row,
    or None where it is not failed any more."""
    message = set_state(connection, local_id, SendState.PENDING)
    if message is not None:
        add(connection, message)
    return message


def discard(connection: sqlite3.Connection, local_id: int) -> Message | None:
    """Forget a local echo that is not on the wire. Returns the row that was removed; None where it may
    already have reached the server, or has."""
    row = connection.execute(
        "DELETE FROM message WHERE local_id = ? AND seq IS NULL AND state IN (?, ?)"  # noqa: S608
        f" RETURNING {rows.MESSAGE_COLUMNS}",
        (local_id, int(SendState.FAILED), int(SendState.PENDING)),
    ).fetchone()
    connection.execute("DELETE FROM outbox WHERE local_id = ? AND ?", (local_id, row is not None))
    if row is None:
        return None
    removed = rows.message(row)
    for upload_id in removed.extra.upload_ids if removed.extra is not None else ():
        uploads.remove(connection, upload_id)
    return removed
