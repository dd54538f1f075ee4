"""People that this account has met."""

import sqlite3
from collections.abc import Container

from desktop_chat.core.models import User
from desktop_chat.protocol import records


def upsert(connection: sqlite3.Connection, user: records.User) -> None:
    """Remember a user as the server tells it; a last-seen time that is not told is kept."""
    connection.execute(
        "INSERT INTO user VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
        " user_name = excluded.user_name, display_name = excluded.display_name,"
        " last_seen_ms = max(last_seen_ms, excluded.last_seen_ms), about = excluded.about,"
        " picture = excluded.picture, deleted = excluded.deleted",
        (
            user.user_id,
            user.user_name,
            user.display_name,
            user.last_seen_ms,
            user.about,
            user.picture,
            user.deleted,
        ),
    )


def load_all(connection: sqlite3.Connection, online: Container[int]) -> dict[int, User]:
    """Every known user by id."""
    found = connection.execute(
        "SELECT user_id, user_name, display_name, last_seen_ms, about, picture, deleted FROM user"
    )
    return {
        row[0]: User(row[0], row[1], row[2], row[0] in online, row[3], row[4], row[5], bool(row[6]))
        for row in found
    }
