"""Opening conversations."""

from msgspec import Struct

from desktop_chat.protocol.errors import ErrorCode
from server.refusal import Refused
from server.store.base import ConversationRow, MemberRow, UserRow, Writer


class Opened(Struct, frozen=True):
    """A conversation with its members and their accounts; ``created`` if it was not there before."""

    conversation: ConversationRow
    members: list[MemberRow]
    users: list[UserRow]
    created: bool


def do_open(writer: Writer, user_id: int, other_id: int) -> Opened:
    """Find or make the conversation of two users, or with one's own id the note to self.
    Raises Refused (``not_found``) for a user who does not exist."""
    if writer.user(other_id) is None:
        raise Refused(ErrorCode.NOT_FOUND, "There is no such person on this server.")
    low, high = min(user_id, other_id), max(user_id, other_id)
    conversation = writer.direct(low, high)
    created = conversation is None
    if conversation is None:
        conversation = writer.add_conversation(
            kind="note" if low == high else "direct",
            low_user_id=low,
            high_user_id=high,
            position=writer.next_position(),
        )
    members = writer.members(conversation.conversation_id)
    users = writer.users([member.user_id for member in members])
    return Opened(conversation, members, users, created)
