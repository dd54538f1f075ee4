"""Bringing a device up to date: what it missed, from one snapshot, in frames that it has room for.

The order is what makes it complete. The connection is registered in buffering mode first, then the store
is read: whatever is committed after the snapshot is in the buffer, whatever is in both is dropped from
the buffer by its position, and nothing falls between.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from desktop_chat.protocol.codec import AnyPacket, encode_frame
from desktop_chat.protocol.events import CaughtUp, UserUpdate
from desktop_chat.protocol.limits import CATCH_UP_BATCH
from desktop_chat.protocol.records import Resume
from server import packets
from server.hub import Hub
from server.store.base import ConversationRow, MemberRow, Reader, UserRow


class Snapshot(Struct, frozen=True):
    """What a device of a user needs. ``position`` is that of the snapshot, ``after_position`` where the
    device stood; ``resync`` if that could not be resumed from."""

    position: int
    after_position: int
    resync: bool
    user: UserRow | None
    device_exists: bool
    conversations: list[tuple[ConversationRow, list[MemberRow]]]
    contacts: list[UserRow]


def read_snapshot(
    reader: Reader, user_id: int, device_id: int, epoch: str, resume: Resume | None
) -> Snapshot:
    """Everything that changed for the user since ``resume``; everything if it is absent, of another epoch, or
    ahead of this log."""
    position = reader.position()
    resumable = resume is not None and resume.epoch == epoch and resume.position <= position
    after_position = resume.position if resume is not None and resumable else 0
    return Snapshot(
        position=position,
        after_position=after_position,
        resync=resume is not None and not resumable,
        user=reader.user(user_id),
        device_exists=reader.device(device_id) is not None,
        conversations=changed_heads(reader, user_id, after_position),
        contacts=reader.contacts(user_id),
    )


def changed_heads(
    reader: Reader, user_id: int, after_position: int
) -> list[tuple[ConversationRow, list[MemberRow]]]:
    """The conversations that a catch-up names."""
    return reader.changed_conversations(user_id, after_position)


def frames(snapshot: Snapshot, user_id: int, hub: Hub) -> Iterator[bytes]:
    """The catch-up, a frame at a time: each batch of conversations with the users in it before them, then the
    other users whose profile changed or who are online, then CAUGHT_UP."""
    users = {user.user_id: user for user in snapshot.contacts}
    if snapshot.user is not None:
        users[user_id] = snapshot.user
    for start in range(0, len(snapshot.conversations), CATCH_UP_BATCH):
        batch = snapshot.conversations[start : start + CATCH_UP_BATCH]
        frame: list[AnyPacket] = []
        for user in _take_members(users, batch):
            frame.append(_user_update(user, hub))
        for conversation, members in batch:
            frame.append(packets.whole_conversation(conversation, members, user_id))
        yield encode_frame(frame)
    rest = [
        user
        for user in users.values()
        if user.position > snapshot.after_position or hub.is_online(user.user_id)
    ]
    for start in range(0, len(rest), CATCH_UP_BATCH):
        yield encode_frame([_user_update(user, hub) for user in rest[start : start + CATCH_UP_BATCH]])
    yield encode_frame([CaughtUp(snapshot.position)])


def _take_members(
    users: dict[int, UserRow], batch: Sequence[tuple[ConversationRow, list[MemberRow]]]
) -> Iterator[UserRow]:
    for _, members in batch:
        for member in members:
            user = users.pop(member.user_id, None)
            if user is not None:
                yield user


def _user_update(row: UserRow, hub: Hub) -> UserUpdate:
    return UserUpdate(packets.user(row, online=hub.is_online(row.user_id)))
