"""Delivered and read pointers: read ≤ delivered ≤ last, and they only grow."""

from msgspec import Struct
from msgspec.structs import replace

from server.actions.members import check_conversation
from server.store.base import ConversationRow, MemberRow, Reader, Writer


class Moved(Struct, frozen=True, gc=False):
    """A member whose pointers moved, the conversation it was in, and the position of the move."""

    member: MemberRow
    conversation: ConversationRow
    position: int


def do_mark_read(writer: Writer, conversation_id: int, user_id: int, seq: int) -> Moved | None:
    """Move the user's read pointer; None if it was there already. Raises Refused (``not_found``)."""
    conversation, member = check_conversation(writer, conversation_id, user_id)
    seq = min(seq, conversation.last_seq)
    if seq <= member.read_seq:
        return None
    moved = replace(
        member,
        read_seq=seq,
        delivered_seq=max(seq, member.delivered_seq),
        seen_count=_seen_count(writer, conversation, member, seq),
    )
    return _store(writer, moved, conversation)


def do_mark_delivered(writer: Writer, conversation_id: int, user_id: int, seq: int) -> Moved | None:
    """Move the user's delivered pointer; None if it was there already. Raises Refused (``not_found``)."""
    conversation, member = check_conversation(writer, conversation_id, user_id)
    seq = min(seq, conversation.last_seq)
    if seq <= member.delivered_seq:
        return None
    return _store(writer, replace(member, delivered_seq=seq), conversation)


def _store(writer: Writer, member: MemberRow, conversation: ConversationRow) -> Moved:
    position = writer.next_position()
    writer.set_member(member)
    writer.touch_conversation(member.conversation_id, position)
    return Moved(member, conversation, position)


def _seen_count(reader: Reader, conversation: ConversationRow, member: MemberRow, seq: int) -> int:
    """Messages up to ``seq`` and the member's own after it, counted over the shorter of the two ways."""
    if seq == conversation.last_seq:
        return conversation.message_count
    up_to_seq = reader.message_count_at(conversation.conversation_id, seq)
    if conversation.last_seq - seq <= seq - member.read_seq:
        return up_to_seq + reader.count_messages(
            conversation.conversation_id, seq, conversation.last_seq, member.user_id
        )
    own_passed = reader.count_messages(conversation.conversation_id, member.read_seq, seq, member.user_id)
    before = reader.message_count_at(conversation.conversation_id, member.read_seq)
    # seen_count held the messages before and all own ones; those passed now are in up_to_seq.
    own_after = member.seen_count - before - own_passed
    return up_to_seq + own_after
