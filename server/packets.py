"""From stored rows to what goes on the wire. Pure."""

from collections.abc import Iterable

from msgspec.structs import replace

from desktop_chat.protocol.events import AccountUpdate, ConversationUpdate, UserUpdate
from desktop_chat.protocol.records import Device, Head, Member, Personal, User
from server.store.records import ChangedConversation, ConversationRow, DeviceRow, MemberRow, UserRow


def head(conversation: ConversationRow) -> Head:
    """Where the conversation stands, the same for every member."""
    return Head(
        conversation.last_seq, conversation.message_count, conversation.preview, conversation.first_seq
    )


def personal(member: MemberRow) -> Personal:
    """Where one member stands, for that member's devices alone."""
    return Personal(
        member.read_seq,
        member.seen_count,
        member.pinned,
        member.archived,
        member.alerts,
        member.marked_unread,
    )


def member(row: MemberRow) -> Member:
    """A member as the others may know them."""
    return Member(row.user_id, row.shown_delivered_seq, row.shown_read_seq, row.role)


def members(conversation: ConversationRow, rows: Iterable[MemberRow]) -> list[Member]:
    """Members as the others may know them: their pointers only in a conversation that tells them."""
    if conversation.tells_pointers:
        return [member(row) for row in rows]
    return [Member(row.user_id, role=row.role) for row in rows]


def whole_conversation(changed: ChangedConversation) -> ConversationUpdate:
    """All there is to know about a conversation, for one of its members."""
    conversation, own = changed.conversation, changed.own
    told = None
    if changed.members is not None:
        told = [
            Member(own.user_id, own.delivered_seq, own.read_seq, own.role)
            if each.user_id == own.user_id
            else each
            for each in members(conversation, changed.members)
        ]
    return ConversationUpdate(
        conversation.conversation_id,
        max(conversation.position, own.position),
        kind=conversation.kind,
        head=head(conversation),
        info=conversation.info,
        personal=personal(own),
        members=told,
    )


def with_personal(update: ConversationUpdate, own: MemberRow | None) -> ConversationUpdate:
    """What is told to all, with what is for one member alone."""
    return update if own is None else replace(update, personal=personal(own))


def gone(conversation_id: int, position: int) -> ConversationUpdate:
    """For whoever is not a member any more."""
    return ConversationUpdate(conversation_id, position, gone=True)


def user(row: UserRow, *, online: bool) -> User:
    """A person as others may know them."""
    shares = row.settings.share_presence
    return User(
        row.user_id,
        row.user_name,
        row.display_name,
        online and shares,
        row.last_seen_ms if shares else 0,
        row.about,
        row.picture,
        row.is_deleted,
    )


def hidden_user(row: UserRow) -> User:
    """A person as those may know them whom they blocked."""
    return replace(user(row, online=False), last_seen_ms=0)


def profile_update(row: UserRow) -> UserUpdate:
    """A person as those may know them who are not told of their presence."""
    return UserUpdate(hidden_user(row), without_presence=True)


def account(row: UserRow, blocked_ids: Iterable[int]) -> AccountUpdate:
    """A user's own account, for that user's devices alone."""
    return AccountUpdate(row.settings, tuple(sorted(blocked_ids)), row.is_admin)


def device(row: DeviceRow, *, online: bool) -> Device:
    """A device, for its owner alone."""
    return Device(row.device_id, row.device_name, row.created_at_ms, row.last_seen_ms, online)
