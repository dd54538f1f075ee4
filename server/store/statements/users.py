"""Accounts and what belongs to them: devices, whom they block, invites, and what was done to them."""

from sqlalchemy import bindparam, delete, func, insert, literal_column, or_, select, update

from server.store.schema import audit, block, device, invite, left_member, star, user
from server.store.statements.building import GIVEN_IDS, by_key, compiled, replace_row, upsert

USER = compiled(select(user).where(user.c.user_id == bindparam("user_id")))
USERS = compiled(select(user).join_from(GIVEN_IDS, user, user.c.user_id == GIVEN_IDS.c.value))
USER_BY_KEY = compiled(select(user).where(user.c.name_key == bindparam("name_key")))
FIND_USERS = (
    compiled(
        select(user)
        .where(
            func.instr(user.c.search_key, bindparam("query")) > literal_column("0"),
            user.c.is_deleted == literal_column("0"),
        )
        .order_by(user.c.name_key)
    )
    + " LIMIT :row_limit"
)
USER_COUNT = compiled(select(func.count()).select_from(user))
ADMIN_IDS = compiled(
    select(user.c.user_id).where(user.c.is_admin == literal_column("1")).order_by(user.c.user_id)
)
ADD_USER = compiled(insert(user))
SET_USER = replace_row(user)
SET_LAST_SEEN = compiled(
    update(user)
    .where(user.c.user_id == bindparam("of_user_id"))
    .values(last_seen_ms=bindparam("new_last_seen_ms"), position=bindparam("new_position"))
)

DEVICE = compiled(select(device).where(device.c.device_id == bindparam("device_id")))
DEVICE_BY_TOKEN = compiled(select(device).where(device.c.token_hash == bindparam("token_hash")))
DEVICES_OF = compiled(
    select(device).where(device.c.user_id == bindparam("user_id")).order_by(device.c.device_id)
)
ADD_DEVICE = compiled(insert(device))
SET_DEVICE_SEEN = compiled(
    update(device)
    .where(device.c.device_id == bindparam("of_device_id"))
    .values(last_seen_ms=bindparam("new_last_seen_ms"))
)
DELETE_DEVICE = compiled(delete(device).where(device.c.device_id == bindparam("device_id")))

BLOCKED_IDS = compiled(select(block.c.blocked_id).where(block.c.user_id == bindparam("user_id")))
BLOCKER_IDS = compiled(select(block.c.user_id).where(block.c.blocked_id == bindparam("user_id")))
ADD_BLOCK = upsert(block)
DELETE_BLOCK = compiled(delete(block).where(*by_key(block)))
FORGET_USER = (
    compiled(
        delete(block).where(
            or_(block.c.user_id == bindparam("user_id"), block.c.blocked_id == bindparam("user_id"))
        )
    ),
    compiled(delete(star).where(star.c.user_id == bindparam("user_id"))),
    compiled(delete(left_member).where(left_member.c.user_id == bindparam("user_id"))),
)

DROP_INVITES = compiled(
    delete(invite).where(
        or_(invite.c.uses_left < literal_column("1"), invite.c.expires_at_ms <= bindparam("now_ms"))
    )
)
INVITE_COUNT = compiled(
    select(func.count()).where(
        invite.c.creator_id == bindparam("creator_id"),
        invite.c.uses_left > literal_column("0"),
        invite.c.expires_at_ms > bindparam("now_ms"),
    )
)
INVITE = compiled(select(invite).where(invite.c.code_hash == bindparam("code_hash")))
SET_INVITE = upsert(invite)

ADD_AUDIT = compiled(insert(audit))
AUDIT = (
    compiled(select(audit).where(audit.c.audit_id < bindparam("before_id")).order_by(audit.c.audit_id.desc()))
    + " LIMIT :row_limit"
)
