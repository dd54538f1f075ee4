"""Finding people, and noting when they were here."""

from msgspec import Struct

from server.names import fold
from server.store.reader import Reader
from server.store.records import UserRow
from server.store.writer import Writer


class Gone(Struct, frozen=True, gc=False):
    """A user whose last device has gone: the account as it is now, whom it concerns, and whom it hides
    from."""

    user: UserRow
    contact_ids: list[int]
    blocked_ids: frozenset[int]


def check_find(reader: Reader, query: str, limit: int) -> list[UserRow]:
    """Users whose names contain the query, by name."""
    return reader.find_users(" ".join(fold(query).split()), limit)


def do_note_last_seen_of_all(writer: Writer, user_ids: list[int], device_ids: list[int], now_ms: int) -> None:
    """The server ends, and these users were connected until now, with these devices."""
    for device_id in device_ids:
        writer.set_device_seen(device_id, now_ms)
    for user_id in user_ids:
        writer.set_last_seen(user_id, now_ms, writer.next_position())


def do_note_device_seen(writer: Writer, device_id: int, now_ms: int) -> None:
    """A device has gone while another of the user's is there."""
    writer.set_device_seen(device_id, now_ms)


def do_note_last_seen(writer: Writer, user_id: int, device_id: int, now_ms: int) -> Gone | None:
    """A user's last device has gone; None for an account that was deleted."""
    writer.set_device_seen(device_id, now_ms)
    user = writer.user(user_id)
    if user is None or user.is_deleted:
        return None
    writer.set_last_seen(user_id, now_ms, writer.next_position())
    user = writer.user(user_id)
    assert user is not None
    return Gone(user, writer.contact_ids(user_id), writer.blocked_ids(user_id))
