"""Letting go of what was kept long enough."""

from msgspec import Struct
from msgspec.structs import replace

from server.actions.pointers import seen_count_at
from server.store.reader import Reader
from server.store.records import ConversationRow, MemberRow
from server.store.writer import Writer

_DAY_MS = 24 * 3600 * 1000
EXPIRED_AT_ONCE = 500
"""Entries that one transaction lets go of, so that nobody waits for it."""


class Expired(Struct, frozen=True, gc=False):
    """A conversation whose oldest entries are gone, and the memberships whose pointers had to follow."""

    conversation: ConversationRow
    member_ids: tuple[int, ...]
    moved: tuple[MemberRow, ...]


def check_expired(reader: Reader, conversation_id: int, server_days: int, now_ms: int) -> int:
    """The seq below which a conversation's entries were kept long enough; 0 where there is nothing to let go
    of. Both ``server_days`` and the conversation's own are limits where they are not 0."""
    conversation = reader.conversation(conversation_id)
    if conversation is None:
        return 0
    if not conversation.member_count:
        # Nobody is left to read it. The last entry stays, to answer a repeat of the command that made it.
        below_seq = min(conversation.first_seq + EXPIRED_AT_ONCE, conversation.last_seq)
        return below_seq if below_seq > conversation.first_seq else 0
    limits = [days for days in (server_days, conversation.info.retention_days) if days]
    if not limits:
        return 0
    before_ms = now_ms - min(limits) * _DAY_MS
    last = reader.last_seq_before(conversation_id, before_ms, EXPIRED_AT_ONCE)
    return last + 1 if last >= conversation.first_seq else 0


def do_expire(writer: Writer, conversation_id: int, below_seq: int) -> Expired | None:
    """Delete the entries below a seq for good. Whoever has not read them never will: their pointers move past
    them, so that nothing that is gone counts as unread. What others see of them stays, as nobody read
    anything."""
    conversation = writer.conversation(conversation_id)
    if conversation is None or below_seq <= conversation.first_seq:
        return None
    position = writer.next_position()
    last_gone = below_seq - 1
    moved = tuple(
        replace(
            member,
            read_seq=last_gone,
            seen_count=seen_count_at(writer, conversation, member, last_gone),
            delivered_seq=max(member.delivered_seq, last_gone),
            position=position,
        )
        for member in writer.members(conversation_id)
        if member.read_seq < last_gone
    )
    preview = conversation.preview
    if preview is not None and preview.seq < below_seq:
        preview = None
    pins = tuple(each for each in conversation.info.pinned_seqs if each >= below_seq)
    conversation = replace(
        conversation,
        first_seq=below_seq,
        position=position,
        preview=preview,
        info=replace(conversation.info, pinned_seqs=pins),
    )
    writer.expire(conversation_id, below_seq)
    for member in moved:
        writer.set_member(member)
    writer.set_conversation(conversation)
    return Expired(conversation, writer.member_ids(conversation_id), moved)
