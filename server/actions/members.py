"""Membership and rights: the checks behind every read and every write of a conversation."""

from collections.abc import Iterable

from desktop_chat.protocol.errors import ErrorCode
from server.refusal import Refused
from server.store.reader import Reader
from server.store.records import ConversationRow, MemberRow

_MANAGERS = ("owner", "admin")


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


def check_writer(reader: Reader, conversation: ConversationRow, member: MemberRow) -> None:
    """Whether a member may add to a conversation. Raises Refused: ``forbidden`` on a board that is not
    theirs, ``blocked`` where the other of two does not want it."""
    if conversation.kind == "group":
        if conversation.info.board and member.role == "member":
            raise forbidden("Only the owners and admins of this board write in it.")
    elif conversation.kind == "direct":
        for other_id in reader.member_ids(conversation.conversation_id):
            if other_id != member.user_id:
                check_not_blocked(reader, other_id, member.user_id)


def check_not_blocked(reader: Reader, user_id: int, other_id: int) -> None:
    """Raises Refused (``blocked``) where ``user_id`` takes nothing from ``other_id``."""
    if other_id in reader.blocked_ids(user_id):
        raise Refused(ErrorCode.BLOCKED, "This person does not take anything from you.")


def hidden_among(reader: Reader, new_ids: Iterable[int]) -> dict[int, frozenset[int]]:
    """Whose presence is hidden from whom, by the id of the one who is not to see it, as far as it concerns
    people who are new to others."""
    hidden: dict[int, frozenset[int]] = {}
    for new_id in new_ids:
        blockers = reader.blocker_ids(new_id)
        if blockers:
            hidden[new_id] = hidden.get(new_id, frozenset()) | blockers
        for each in reader.blocked_ids(new_id):
            hidden[each] = hidden.get(each, frozenset()) | {new_id}
    return hidden


def check_group(conversation: ConversationRow) -> None:
    """Raises Refused (``forbidden``) for what only groups have."""
    if conversation.kind != "group":
        raise forbidden("This is possible in groups only.")


def check_manager(conversation: ConversationRow, member: MemberRow) -> None:
    """Whether a member manages a group: every other conversation is managed by whoever is in it. Raises
    Refused (``forbidden``)."""
    if conversation.kind == "group" and not is_manager(member):
        raise forbidden("Only the group's owners and admins may do this.")


def check_owner(conversation: ConversationRow, member: MemberRow) -> None:
    """Whether a member owns a group, as ``check_manager``. Raises Refused (``forbidden``)."""
    if conversation.kind == "group" and member.role != "owner":
        raise forbidden("Only the group's owners may do this.")


def is_manager(member: MemberRow) -> bool:
    """Whether this is an owner or an admin."""
    return member.role in _MANAGERS


def forbidden(words: str) -> Refused:
    """The refusal of what somebody with another role may do."""
    return Refused(ErrorCode.FORBIDDEN, words)
