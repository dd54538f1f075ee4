"""Opening conversations."""

from msgspec import Struct

from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.protocol.records import Info
from server.actions.members import check_not_blocked, hidden_among
from server.actions.users import check_user
from server.refusal import Refused
from server.store.records import ConversationRow, MemberRow, UserRow
from server.store.writer import Writer


class Opened(Struct, frozen=True):
    """A conversation with its members and their accounts; ``created`` if it was not there before. ``hidden``
    says whose presence is hidden from whom, as ``server.actions.members.hidden_among`` does."""

    conversation: ConversationRow
    members: list[MemberRow]
    users: list[UserRow]
    created: bool
    hidden: dict[int, frozenset[int]]


def do_open(writer: Writer, user_id: int, other_id: int) -> Opened:
    """Find or make the conversation of two users, or with one's own id the note to self.
    Raises Refused: ``not_found`` for a user who does not exist, ``blocked`` where there is none yet and the
    other takes nothing from this one."""
    check_user(writer, user_id)
    other = writer.user(other_id)
    if other is None or other.is_deleted:
        raise Refused(ErrorCode.NOT_FOUND, "There is no such person on this server.")
    low, high = min(user_id, other_id), max(user_id, other_id)
    conversation = writer.direct(low, high)
    created = conversation is None
    if conversation is None:
        check_not_blocked(writer, other_id, user_id)
        conversation = writer.add_conversation(
            kind="note" if low == high else "direct",
            roles={low: "member", high: "member"},
            info=Info(),
            position=writer.next_position(),
        )
    members = writer.members(conversation.conversation_id)
    users = writer.users([member.user_id for member in members])
    hidden = hidden_among(writer, {user_id, other_id} if created else [user_id])
    return Opened(conversation, members, users, created, hidden)
