"""From stored rows to what goes on the wire. Pure."""

from collections.abc import Sequence

from desktop_chat.protocol.events import ConversationUpdate
from desktop_chat.protocol.records import Head, Personal, User
from server.store.base import ConversationRow, MemberRow, UserRow


def head(conversation: ConversationRow) -> Head:
    """Where the conversation stands, the same for every member."""
    return Head(conversation.last_seq, conversation.message_count, conversation.preview)


def personal(member: MemberRow) -> Personal:
    """Where one member stands, for that member's devices alone."""
    return Personal(member.read_seq, member.seen_count)


def whole_conversation(
    conversation: ConversationRow, members: Sequence[MemberRow], user_id: int
) -> ConversationUpdate:
    """All there is to know about a conversation, for one of its members."""
    own = next(member for member in members if member.user_id == user_id)
    return ConversationUpdate(
        conversation.conversation_id,
        conversation.position,
        kind=conversation.kind,
        head=head(conversation),
        personal=personal(own),
        members=[member.pointers() for member in members],
    )


def user(row: UserRow, *, online: bool) -> User:
    """A person as others may know them."""
    return User(row.user_id, row.user_name, row.display_name, online, row.last_seen_ms)
