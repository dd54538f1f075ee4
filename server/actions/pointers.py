"""Delivered and read pointers: read ≤ delivered ≤ last, and they only grow."""

from msgspec import Struct
from msgspec.structs import replace

from desktop_chat.protocol.records import Receipt
from server.actions.log import check_target
from server.actions.members import check_conversation
from server.store.reader import Reader
from server.store.records import ConversationRow, MemberRow
from server.store.writer import Writer


class Moved(Struct, frozen=True, gc=False):
    """A member whose pointers moved, the conversation it was in with its members, and the position of the
    move. ``shown`` says that the others are told."""

    member: MemberRow
    conversation: ConversationRow
    member_ids: tuple[int, ...]
    position: int
    shown: bool


def do_mark_read(writer: Writer, conversation_id: int, user_id: int, seq: int, now_ms: int) -> Moved | None:
    """Move the user's read pointer; None if it was there already. Raises Refused (``not_found``)."""
    conversation, member = check_conversation(writer, conversation_id, user_id)
    seq = min(seq, conversation.last_seq)
    if seq <= member.read_seq:
        if not member.marked_unread:
            return None
        seq = member.read_seq
    moved = replace(
        member,
        read_seq=seq,
        delivered_seq=max(seq, member.delivered_seq),
        seen_count=member.seen_count
        if seq == member.read_seq
        else seen_count_at(writer, conversation, member, seq),
        marked_unread=False,
    )
    return _store(writer, conversation, member, moved, now_ms)


def do_mark_delivered(
    writer: Writer, conversation_id: int, user_id: int, seq: int, now_ms: int
) -> Moved | None:
    """Move the user's delivered pointer; None if it was there already. Raises Refused (``not_found``)."""
    conversation, member = check_conversation(writer, conversation_id, user_id)
    seq = min(seq, conversation.last_seq)
    if seq <= member.delivered_seq:
        return None
    return _store(writer, conversation, member, replace(member, delivered_seq=seq), now_ms)


def check_details(reader: Reader, conversation_id: int, seq: int, user_id: int) -> list[Receipt]:
    """How each other member stands to a message. Raises Refused (``not_found``)."""
    conversation, _ = check_conversation(reader, conversation_id, user_id)
    check_target(reader, conversation, seq)

    def at_ms(member: MemberRow, was_read: bool) -> int:
        if not conversation.tells_pointers:
            return 0
        return reader.receipt_ms(conversation_id, member.user_id, was_read, seq)

    return [
        Receipt(
            each.user_id,
            each.shown_delivered_seq >= seq,
            each.shown_read_seq >= seq,
            at_ms(each, False),
            at_ms(each, True),
        )
        for each in reader.members(conversation_id)
        if each.user_id != user_id
    ]


def _store(
    writer: Writer, conversation: ConversationRow, before: MemberRow, member: MemberRow, now_ms: int
) -> Moved:
    """Move the pointers, and those that the others see as far as the member lets them."""
    user = writer.user(member.user_id)
    assert user is not None
    shown_read_seq = member.read_seq if user.settings.share_read else before.shown_read_seq
    shown_delivered_seq = (
        member.delivered_seq if user.settings.share_delivered else before.shown_delivered_seq
    )
    position = writer.next_position()
    member = replace(
        member,
        shown_read_seq=shown_read_seq,
        shown_delivered_seq=max(shown_delivered_seq, shown_read_seq),
        position=position,
    )
    if member.marked_unread != before.marked_unread:
        writer.set_member(member)
    else:
        writer.set_pointers(member)
    shown = conversation.tells_pointers and _note_times(writer, before, member, now_ms)
    if shown:
        writer.touch_conversation(member.conversation_id, position)
    return Moved(member, conversation, writer.member_ids(member.conversation_id), position, shown)


def _note_times(writer: Writer, before: MemberRow, member: MemberRow, now_ms: int) -> bool:
    """Keep when the pointers that others see moved; whether any did. Among many it is not kept: it would cost
    more than the messages."""
    for was_read, old, new in (
        (False, before.shown_delivered_seq, member.shown_delivered_seq),
        (True, before.shown_read_seq, member.shown_read_seq),
    ):
        if new > old:
            writer.add_receipt(member.conversation_id, member.user_id, was_read, new, now_ms)
    return (before.shown_delivered_seq, before.shown_read_seq) != (
        member.shown_delivered_seq,
        member.shown_read_seq,
    )


def seen_count_at(reader: Reader, conversation: ConversationRow, member: MemberRow, seq: int) -> int:
    """Messages up to ``seq`` and the member's own after it, counted over the shorter of the two ways."""
    if seq == conversation.last_seq:
        return conversation.message_count
    up_to_seq = _count_at(reader, conversation, seq)
    if conversation.last_seq - seq <= seq - member.read_seq:
        return up_to_seq + reader.count_messages(
            conversation.conversation_id, seq, conversation.last_seq, member.user_id
        )
    own_passed = reader.count_messages(conversation.conversation_id, member.read_seq, seq, member.user_id)
    before = _count_at(reader, conversation, member.read_seq)
    # seen_count held the messages before and all own ones; those passed now are in up_to_seq.
    own_after = member.seen_count - before - own_passed
    return up_to_seq + own_after


def _count_at(reader: Reader, conversation: ConversationRow, seq: int) -> int:
    """Messages up to ``seq``, which is at least the last entry that is gone with its time."""
    count = reader.message_count_at(conversation.conversation_id, seq)
    if count is not None:
        return count
    first = reader.page_after(conversation.conversation_id, seq, 1)
    if not first:
        return conversation.message_count
    count = reader.message_count_at(conversation.conversation_id, first[0].seq)
    assert count is not None
    return count - (first[0].action is None)
