"""Telling those whom a change concerns, after it is durable: what is not an entry of a log."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from desktop_chat.protocol.codec import AnyPacket, encode_frame
from desktop_chat.protocol.events import (
    ConversationUpdate,
    MemberUpdate,
    StarsUpdate,
    UserUpdate,
)
from desktop_chat.protocol.limits import CATCH_UP_BATCH
from desktop_chat.protocol.replies import Done
from server import packets
from server.actions.pointers import Moved
from server.actions.preferences import Starred
from server.actions.profile import AccountChanged, ProfileChanged
from server.actions.retention import Expired
from server.device_connection import DeviceConnection
from server.store.records import ChangedConversation, ConversationRow, MemberRow, UserRow

if TYPE_CHECKING:
    from server.service import Service


def pointers_moved(
    connection: DeviceConnection, re: int, was_read: bool, moved: Moved | None, error: Exception | None
) -> None:
    """Answer MARK_READ or MARK_DELIVERED, tell the user's other devices what is personal, and the other
    members how far the user has come."""
    if error is not None:
        connection.refuse(re, error)
        return
    hub = connection.service.hub
    if moved is None:
        hub.push_one(connection, encode_frame([Done(re)]))
        return
    member = moved.member
    if was_read:
        _answer_and_tell_own(connection, re, _own_update(member, moved.position), moved.position)
    else:
        hub.push_one(connection, encode_frame([Done(re)]))
    if moved.shown:
        others = [each for each in moved.member_ids if each != member.user_id]
        update = MemberUpdate(member.conversation_id, moved.position, packets.member(member))
        hub.push(others, encode_frame([update]), moved.position)


def preferences_changed(connection: DeviceConnection, re: int, member: MemberRow) -> None:
    """Answer SET_PREFERENCES, and tell the user's other devices."""
    _answer_and_tell_own(connection, re, _own_update(member, member.position), member.position)


def starred(connection: DeviceConnection, re: int, starred: Starred | None) -> None:
    """Answer STAR_MESSAGE, and tell the user's other devices."""
    if starred is None:
        connection.reply(Done(re))
        return
    update = StarsUpdate(starred.position, [starred.star])
    _answer_and_tell_own(connection, re, update, starred.position)


def profile_changed(connection: DeviceConnection, re: int, changed: ProfileChanged) -> None:
    """Answer UPDATE_PROFILE, and tell everybody who sees this user."""
    user = changed.user
    _answer_and_tell_own(connection, re, UserUpdate(packets.user(user, online=True)), 0)
    tell_user(connection.service, user, changed.contact_ids, changed.blocked_ids)
    profile = encode_frame([packets.profile_update(user)])
    connection.service.hub.push(changed.acquaintance_ids, profile)


def account_changed(connection: DeviceConnection, re: int, changed: AccountChanged) -> None:
    """Answer a change of the account, tell the user's other devices, and those who see the user otherwise
    now."""
    update = packets.account(changed.user, changed.blocked_ids)
    _answer_and_tell_own(connection, re, update, 0)
    tell_user(connection.service, changed.user, changed.contact_ids, changed.blocked_ids)


def tell_user(
    service: "Service", user: UserRow, user_ids: Iterable[int], blocked_ids: frozenset[int] = frozenset()
) -> None:
    """Tell people of a user's profile and presence; those whom the user blocked are told that they are not
    online."""
    online = service.hub.is_online(user.user_id)
    seen = [each for each in user_ids if each not in blocked_ids]
    hidden = [each for each in user_ids if each in blocked_ids]
    service.hub.push(seen, encode_frame([UserUpdate(packets.user(user, online=online))]))
    if hidden:
        service.hub.push(hidden, encode_frame([UserUpdate(packets.hidden_user(user))]))


def expired(service: "Service", expired: Expired) -> None:
    """Tell the members of a conversation that its oldest entries are gone, and each what that does to
    them."""
    conversation = expired.conversation
    update = ConversationUpdate(
        conversation.conversation_id,
        conversation.position,
        head=packets.head(conversation),
        info=conversation.info,
    )
    moved = {member.user_id: member for member in expired.moved}
    rest = [each for each in expired.member_ids if each not in moved]
    service.hub.push(rest, encode_frame([update]), conversation.position)
    for user_id, member in moved.items():
        if service.hub.is_online(user_id):
            frame = encode_frame([packets.with_personal(update, member)])
            service.hub.push([user_id], frame, conversation.position)


def conversation_opened(
    service: "Service",
    conversation: ConversationRow,
    members: list[MemberRow],
    users: Sequence[UserRow],
    new_ids: Sequence[int],
    hidden: Mapping[int, frozenset[int]],
) -> None:
    """Show a conversation on every device of those to whom it is new. They all stand at the same place in
    it. ``hidden`` as in ``introduce``."""
    new = set(new_ids)
    own = next((each for each in members if each.user_id in new), None)
    if own is None:
        return
    introduce(service, users, new_ids, conversation, hidden)
    whole = packets.whole_conversation(ChangedConversation(conversation, own, members))
    service.hub.push(new_ids, encode_frame([whole]), conversation.position)


def introduce(
    service: "Service",
    users: Sequence[UserRow],
    to_ids: Iterable[int],
    conversation: ConversationRow,
    hidden: Mapping[int, frozenset[int]],
) -> None:
    """Tell people of other people whom they share a conversation with from now on; among many without their
    presence, which they are not told of later either. ``hidden`` says whose presence is hidden from whom, by
    the id of the one who is not to see it."""
    alike: dict[frozenset[int] | None, list[int]] = {}
    for each in to_ids:
        if service.hub.is_online(each):
            hidden_ids = hidden.get(each, frozenset()) if conversation.tells_pointers else None
            alike.setdefault(hidden_ids, []).append(each)
    for hidden_ids, receivers in alike.items():
        for start in range(0, len(users), CATCH_UP_BATCH):
            some = users[start : start + CATCH_UP_BATCH]
            if hidden_ids is None:
                met = [packets.profile_update(each) for each in some]
            else:
                met = [UserUpdate(each) for each in service.users(some, hidden_ids)]
            service.hub.push(receivers, encode_frame(met))


def _own_update(member: MemberRow, position: int) -> ConversationUpdate:
    return ConversationUpdate(member.conversation_id, position, personal=packets.personal(member))


def _answer_and_tell_own(connection: DeviceConnection, re: int, update: AnyPacket, position: int) -> None:
    hub = connection.service.hub
    hub.push_one(connection, encode_frame([Done(re), update]))
    frame = encode_frame([update])
    for each in tuple(hub.connections_of(connection.user_id)):
        if each is not connection:
            hub.push_one(each, frame, position)
