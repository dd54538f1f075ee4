"""Conversations and who is in them."""

from functools import cache

from sqlalchemy import bindparam, delete, insert, literal_column, or_, select

from server.store.schema import conversation, direct, left_member, member
from server.store.statements.building import GIVEN_IDS, by_key, compiled, replace_row, update_rows, upsert

_mine = member.alias("mine")

DIRECT = compiled(
    select(conversation)
    .join(direct, direct.c.conversation_id == conversation.c.conversation_id)
    .where(
        direct.c.low_user_id == bindparam("low_user_id"),
        direct.c.high_user_id == bindparam("high_user_id"),
    )
)
ADD_DIRECT = compiled(insert(direct))
ADD_CONVERSATION = compiled(insert(conversation))
SET_CONVERSATION = replace_row(conversation)
CONVERSATION_IDS_AFTER = (
    compiled(
        select(conversation.c.conversation_id)
        .where(conversation.c.conversation_id > bindparam("conversation_id"))
        .order_by(conversation.c.conversation_id)
    )
    + " LIMIT :row_limit"
)
MEMBERS = compiled(
    select(member).where(member.c.conversation_id == bindparam("conversation_id")).order_by(member.c.user_id)
)
MEMBERS_OF = compiled(
    select(member)
    .join_from(GIVEN_IDS, member, member.c.conversation_id == GIVEN_IDS.c.value)
    .order_by(member.c.conversation_id, member.c.user_id)
)
MEMBER_IDS = compiled(
    select(member.c.user_id)
    .where(member.c.conversation_id == bindparam("conversation_id"))
    .order_by(member.c.user_id)
)
GROUP_IDS = compiled(
    select(conversation.c.conversation_id)
    .join(member, member.c.conversation_id == conversation.c.conversation_id)
    .where(member.c.user_id == bindparam("user_id"), conversation.c.kind == literal_column("'group'"))
    .order_by(conversation.c.conversation_id)
)
ADD_MEMBER = compiled(insert(member))
SET_MEMBER = replace_row(member)
DELETE_MEMBER = compiled(delete(member).where(*by_key(member)))
ADD_LEFT = upsert(left_member)
DELETE_LEFT = compiled(delete(left_member).where(*by_key(left_member)))
LEFT_CONVERSATIONS = compiled(
    select(left_member.c.conversation_id, left_member.c.position)
    .where(
        left_member.c.user_id == bindparam("user_id"), left_member.c.position > bindparam("after_position")
    )
    .order_by(left_member.c.position)
)
CONVERSATIONS_OF = compiled(
    select(conversation, member)
    .join_from(GIVEN_IDS, conversation, conversation.c.conversation_id == GIVEN_IDS.c.value)
    .join(member, member.c.conversation_id == conversation.c.conversation_id)
    .where(member.c.user_id == bindparam("user_id"))
    .order_by(GIVEN_IDS.c.key)
)
CHANGED_CONVERSATION_IDS = (
    compiled(
        select(conversation.c.conversation_id)
        .join(_mine, _mine.c.conversation_id == conversation.c.conversation_id)
        .where(
            _mine.c.user_id == bindparam("user_id"),
            or_(
                conversation.c.position > bindparam("after_position"),
                _mine.c.position > bindparam("after_position"),
            ),
        )
        .order_by(conversation.c.position.desc(), conversation.c.conversation_id)
    )
    + " LIMIT :row_limit"
)
CONVERSATION = (
    "SELECT conversation_id, kind, position, last_seq, message_count, preview_sender_id, preview_kind,"
    " preview_text, preview_sent_at_ms, preview_seq, first_seq, member_count, members_position, info"
    " FROM conversation WHERE conversation_id = ?"
)
MEMBER = (
    "SELECT conversation_id, user_id, delivered_seq, read_seq, seen_count, shown_delivered_seq,"
    " shown_read_seq, position, role, pinned, archived, alerts, marked_unread"
    " FROM member WHERE conversation_id = ? AND user_id = ?"
)


@cache
def set_heads(rows: int) -> str:
    """Move heads: (conversation_id, position, last_seq, message_count, the preview's five)."""
    preview = ("preview_sender_id", "preview_kind", "preview_text", "preview_sent_at_ms", "preview_seq")
    moved = ("position", "last_seq", "message_count", *preview)
    return update_rows("conversation", ("conversation_id",), moved, rows)


@cache
def set_pointers(rows: int) -> str:
    """Move pointers: (conversation_id, user_id, delivered_seq, read_seq, seen_count, shown_delivered_seq,
    shown_read_seq, position)."""
    pointers = (
        "delivered_seq",
        "read_seq",
        "seen_count",
        "shown_delivered_seq",
        "shown_read_seq",
        "position",
    )
    return update_rows("member", ("conversation_id", "user_id"), pointers, rows)
