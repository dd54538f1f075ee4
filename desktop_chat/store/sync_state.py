"""How far this device has stored the server's log."""

import sqlite3

import msgspec

from desktop_chat.core.models import Account
from desktop_chat.protocol.records import Resume, Star
from desktop_chat.store import search_index

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Account).decode


def resume(connection: sqlite3.Connection) -> Resume | None:
    """Where to resume from; None before the first catch-up was stored whole."""
    found = dict(
        connection.execute("SELECT key, value FROM sync_state WHERE key IN ('epoch', 'position')").fetchall()
    )
    if len(found) < 2:
        return None
    return Resume(found["epoch"], int(found["position"]))


def set_position(connection: sqlite3.Connection, epoch: str, position: int) -> None:
    """Everything up to ``position`` of this epoch's log is stored. It never goes back within an epoch."""
    before = resume(connection)
    if before is not None and before.epoch == epoch:
        position = max(position, before.position)
    _set(connection, "epoch", epoch)
    _set(connection, "position", str(position))


def fresh_from(connection: sqlite3.Connection) -> int:
    """Messages with a higher ``message_id`` are news to this device; those up to it were history when the
    device had its cold start, and are worth no alert."""
    row = connection.execute("SELECT value FROM sync_state WHERE key = 'fresh_from'").fetchone()
    return 2**53 if row is None else int(row[0])


def set_fresh_from(connection: sqlite3.Connection, position: int) -> None:
    """Remember the position of a cold start."""
    _set(connection, "fresh_from", str(position))


def account(connection: sqlite3.Connection) -> Account:
    """The own account as the server told it last."""
    row = connection.execute("SELECT value FROM sync_state WHERE key = 'account'").fetchone()
    return Account() if row is None else _decode(row[0])


def set_account(connection: sqlite3.Connection, account: Account) -> None:
    """Remember the own account."""
    _set(connection, "account", _encode(account).decode())


def starred_in(connection: sqlite3.Connection, conversation_id: int) -> set[int]:
    """The seqs of a conversation that the user starred."""
    found = connection.execute("SELECT seq FROM star WHERE conversation_id = ?", (conversation_id,))
    return {row[0] for row in found}


def set_star(connection: sqlite3.Connection, star: Star) -> None:
    """Remember a star, or its end."""
    if star.on:
        connection.execute("INSERT OR IGNORE INTO star VALUES (?, ?)", (star.conversation_id, star.seq))
    else:
        connection.execute(
            "DELETE FROM star WHERE conversation_id = ? AND seq = ?", (star.conversation_id, star.seq)
        )


def reset(connection: sqlite3.Connection) -> None:
    """Empty the cache for a cold start. What the server does not have stays: local echoes with their
    outbox, and drafts."""
    connection.execute("DELETE FROM sync_state")
    connection.execute("DELETE FROM message WHERE seq IS NOT NULL")
    search_index.clear(connection)
    connection.execute("DELETE FROM member")
    connection.execute("DELETE FROM star")
    connection.execute(
        "DELETE FROM conversation WHERE draft = ''"
        " AND conversation_id NOT IN (SELECT conversation_id FROM message WHERE seq IS NULL)"
    )
    connection.execute(
        "UPDATE conversation SET last_seq = 0, message_count = 0, read_seq = 0, seen_count = 0,"
        " wanted_read_seq = 0, held_from = 0, held_to = 0, first_seq = 1"
    )


def _set(connection: sqlite3.Connection, key: str, value: str) -> None:
    connection.execute(
        "INSERT INTO sync_state VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", (key, value)
    )
