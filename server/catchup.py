"""Bringing a device up to date: what it missed, from one snapshot, in frames that it has room for.

The order is what makes it complete. The connection is registered in buffering mode first, then the store
is read: whatever is committed after the snapshot is in the buffer, whatever is in both is dropped from
the buffer by its position, and nothing falls between.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from desktop_chat.protocol.codec import AnyPacket, encode_frame
from desktop_chat.protocol.events import CaughtUp, StarsUpdate, UserUpdate
from desktop_chat.protocol.limits import CATCH_UP_BATCH, STARS_PAGE
from desktop_chat.protocol.records import Resume, Star
from server import packets
from server.hub import Hub
from server.store.base import ChangedConversation, Reader, UserRow

_MEMBERS_IN_A_FRAME = 5_000
_GONE_IN_A_FRAME = 1_000


class Snapshot(Struct, frozen=True):
    """What a device of a user needs. ``position`` is that of the snapshot, ``after_position`` where the
    device stood; ``resync`` if that could not be resumed from. ``hidden_ids`` are those who let the user see
    nothing of their presence."""

    position: int
    after_position: int
    resync: bool
    user: UserRow | None
    device_exists: bool
    conversations: list[ChangedConversation]
    left: list[tuple[int, int]]
    contacts: list[UserRow]
    acquaintances: list[UserRow]
    blocked_ids: frozenset[int]
    hidden_ids: frozenset[int]
    stars: list[Star]


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
        conversations=reader.changed_conversations(user_id, after_position),
        left=reader.left_conversations(user_id, after_position) if after_position else [],
        contacts=reader.contacts(user_id),
        acquaintances=reader.acquaintances(user_id, after_position),
        blocked_ids=reader.blocked_ids(user_id),
        hidden_ids=reader.blocker_ids(user_id),
        stars=[star for star in reader.stars(user_id, after_position) if star.on or after_position],
    )


def frames(snapshot: Snapshot, user_id: int, hub: Hub) -> Iterator[bytes]:
    """The catch-up, a frame at a time: the account; what the user is not in any more; each batch of
    conversations with the users in it before them; the other users whose profile changed or who are online;
    the stars; then CAUGHT_UP."""
    assert snapshot.user is not None
    # What is known of everybody is of one moment: who hides their presence while a slow client reads this is
    # not told to be online after that.
    online_ids = frozenset(
        user.user_id for user in (*snapshot.contacts, snapshot.user) if hub.is_online(user.user_id)
    )
    acquainted_ids = {each.user_id for each in snapshot.acquaintances}

    def shown(user: UserRow) -> UserUpdate:
        if user.user_id in acquainted_ids:
            return packets.profile_update(user)
        if user.user_id in snapshot.hidden_ids:
            return UserUpdate(packets.hidden_user(user))
        return UserUpdate(packets.user(user, online=user.user_id in online_ids))

    first: list[AnyPacket] = [packets.account(snapshot.user, snapshot.blocked_ids)]
    for start in range(0, len(snapshot.left), _GONE_IN_A_FRAME):
        first += (packets.gone(*each) for each in snapshot.left[start : start + _GONE_IN_A_FRAME])
        yield encode_frame(first)
        first = []
    if first:
        yield encode_frame(first)
    users = {user.user_id: user for user in (*snapshot.contacts, *snapshot.acquaintances)}
    users[user_id] = snapshot.user
    for batch in _batches(snapshot.conversations):
        frame: list[AnyPacket] = []
        for user in _take_members(users, batch):
            if len(frame) == CATCH_UP_BATCH:
                yield encode_frame(frame)
                frame = []
            frame.append(shown(user))
        yield encode_frame([*frame, *map(packets.whole_conversation, batch)])
    after_position = snapshot.after_position
    rest = [
        user
        for user in users.values()
        if user.position > after_position or user.user_id in acquainted_ids | online_ids
    ]
    for start in range(0, len(rest), CATCH_UP_BATCH):
        chunk = rest[start : start + CATCH_UP_BATCH]
        yield encode_frame([shown(user) for user in chunk])
    for start in range(0, len(snapshot.stars), STARS_PAGE):
        chunk_of_stars = snapshot.stars[start : start + STARS_PAGE]
        yield encode_frame([StarsUpdate(snapshot.position, chunk_of_stars)])
    yield encode_frame([CaughtUp(snapshot.position)])


def _batches(conversations: Sequence[ChangedConversation]) -> Iterator[list[ChangedConversation]]:
    """As many as one frame holds: of groups with many members fewer."""
    batch: list[ChangedConversation] = []
    members = 0
    for each in conversations:
        count = len(each.members or ())
        if batch and (len(batch) == CATCH_UP_BATCH or members + count > _MEMBERS_IN_A_FRAME):
            yield batch
            batch, members = [], 0
        batch.append(each)
        members += count
    if batch:
        yield batch


def _take_members(users: dict[int, UserRow], batch: Sequence[ChangedConversation]) -> Iterator[UserRow]:
    for each in batch:
        for member in each.members or ():
            user = users.pop(member.user_id, None)
            if user is not None:
                yield user
