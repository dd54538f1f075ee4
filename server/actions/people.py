"""Finding people, and noting when they were here."""

from server.names import fold
from server.store.base import Reader, UserRow, Writer


def check_find(reader: Reader, query: str, limit: int) -> list[UserRow]:
    """Users whose names contain the query, by name."""
    return reader.find_users(" ".join(fold(query).split()), limit)


def do_note_last_seen_of_all(writer: Writer, user_ids: list[int], now_ms: int) -> None:
    """The server ends, and these users were connected until now."""
    for user_id in user_ids:
        writer.set_last_seen(user_id, now_ms, writer.next_position())


def do_note_last_seen(writer: Writer, user_id: int, now_ms: int) -> tuple[UserRow, list[int]]:
    """A user's last device has gone: the account as it is now, and the ids of those whom it concerns."""
    writer.set_last_seen(user_id, now_ms, writer.next_position())
    user = writer.user(user_id)
    assert user is not None
    return user, writer.contact_ids(user_id)
