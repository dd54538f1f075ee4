"""Membership: the check behind every read and every write of a conversation."""

from desktop_chat.protocol.errors import ErrorCode
from server.refusal import Refused
from server.store.base import ConversationRow, MemberRow, Reader


def check_member(reader: Reader, conversation_id: int, user_id: int) -> MemberRow:
    """The user's membership. Raises Refused (``not_found``), for a conversation of others in the same words
    as for one that does not exist."""
    member = reader.member(conversation_id, user_id)
    if member is None:
        raise Refused(ErrorCode.NOT_FOUND, "There is no such conversation.")
    return member


def check_conversation(
    reader: Reader, conversation_id: int, user_id: int
) -> tuple[ConversationRow, MemberRow]:
    """A conversation and the user's membership in it. Raises Refused (``not_found``)."""
    member = check_member(reader, conversation_id, user_id)
    conversation = reader.conversation(conversation_id)
    assert conversation is not None
    return conversation, member
