"""Who shares a conversation with a user; see ``server.store.reader``."""

from sqlalchemy import bindparam, literal_column, or_, select

from desktop_chat.protocol.limits import RECEIPTS_MEMBERS_MAX
from server.store.schema import conversation, member, user
from server.store.statements.building import compiled

_mine = member.alias("mine")
_same_conversation = _mine.c.conversation_id == conversation.c.conversation_id

_shared_with_me = (
    select(member.c.user_id)
    .join(_mine, _mine.c.conversation_id == member.c.conversation_id)
    .join(conversation, _same_conversation)
    .where(_mine.c.user_id == bindparam("user_id"), member.c.user_id != bindparam("not_user_id"))
)
_few_members = conversation.c.member_count <= literal_column(str(RECEIPTS_MEMBERS_MAX))
_contact_ids = _shared_with_me.where(_few_members)
CONTACT_IDS = compiled(_contact_ids.distinct().order_by(member.c.user_id))
CHANGED_CONTACTS = compiled(
    select(user)
    .where(user.c.user_id.in_(_contact_ids), user.c.position > bindparam("after_position"))
    .order_by(user.c.user_id)
)
ACQUAINTANCE_IDS = compiled(
    _shared_with_me.where(~_few_members, member.c.user_id.not_in(_contact_ids))
    .distinct()
    .order_by(member.c.user_id)
)
CHANGED_ACQUAINTANCES = compiled(
    _shared_with_me.with_only_columns(user)
    .join(user, user.c.user_id == member.c.user_id)
    .where(
        ~_few_members,
        or_(
            user.c.profile_position > bindparam("after_position"),
            conversation.c.members_position > bindparam("after_position"),
        ),
        user.c.user_id.not_in(_contact_ids),
    )
    .distinct()
    .order_by(user.c.user_id)
)
