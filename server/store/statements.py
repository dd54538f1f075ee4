"""Every statement of the SQLite store. The ordinary ones are SQLAlchemy Core, compiled once to SQL with named
parameters; those of the hot path are written by hand with positional ones, which sqlite3 binds faster.

Those that take many rows at once are made for a number of rows: every statement lets go of the interpreter's
lock and has to wait for it again, so one for 64 rows is worth 64 for one."""

from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ClauseElement,
    ColumnElement,
    Table,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import sqlite

from desktop_chat.protocol.limits import RECEIPTS_MEMBERS_MAX
from server.store.schema import (
    audit,
    block,
    conversation,
    device,
    direct,
    file,
    file_use,
    invite,
    left_member,
    member,
    message,
    reaction,
    receipt,
    server_log,
    star,
    user,
    version,
)

_dialect = sqlite.dialect(paramstyle="named")


def _sql(statement: ClauseElement) -> str:
    return str(statement.compile(dialect=_dialect))


LOG = _sql(select(server_log.c.epoch, server_log.c.position))
ADD_LOG = _sql(
    insert(server_log).values(
        log_id=literal_column("1"), epoch=bindparam("epoch"), position=literal_column("0")
    )
)


def _by_key(table: Table) -> list[ColumnElement[bool]]:
    """That a row of a table has the bound key."""
    return [each == bindparam(f"of_{each.name}") for each in table.primary_key]


def _replace(table: Table) -> str:
    """Replace the row of a table: its columns by their names, its key with ``of_`` before them."""
    key = {each.name for each in table.primary_key}
    values: dict[str, BindParameter[Any]] = {
        each.name: bindparam(each.name) for each in table.c if each.name not in key
    }
    return _sql(update(table).where(*_by_key(table)).values(values))


def _upsert(table: Table) -> str:
    """Insert a row of a table, or replace the one with its key."""
    return _sql(insert(table).prefix_with("OR REPLACE"))


USER = _sql(select(user).where(user.c.user_id == bindparam("user_id")))
_given_ids = func.json_each(bindparam("ids")).table_valued("key", "value", name="given")
USERS = _sql(select(user).join_from(_given_ids, user, user.c.user_id == _given_ids.c.value))
USER_BY_KEY = _sql(select(user).where(user.c.name_key == bindparam("name_key")))
FIND_USERS = (
    _sql(
        select(user)
        .where(
            func.instr(user.c.search_key, bindparam("query")) > literal_column("0"),
            user.c.is_deleted == literal_column("0"),
        )
        .order_by(user.c.name_key)
    )
    + " LIMIT :row_limit"
)
USER_COUNT = _sql(select(func.count()).select_from(user))
ADMIN_IDS = _sql(
    select(user.c.user_id).where(user.c.is_admin == literal_column("1")).order_by(user.c.user_id)
)
ADD_USER = _sql(insert(user))
SET_USER = _replace(user)
SET_LAST_SEEN = _sql(
    update(user)
    .where(user.c.user_id == bindparam("of_user_id"))
    .values(last_seen_ms=bindparam("new_last_seen_ms"), position=bindparam("new_position"))
)

DEVICE = _sql(select(device).where(device.c.device_id == bindparam("device_id")))
DEVICE_BY_TOKEN = _sql(select(device).where(device.c.token_hash == bindparam("token_hash")))
DEVICES_OF = _sql(select(device).where(device.c.user_id == bindparam("user_id")).order_by(device.c.device_id))
ADD_DEVICE = _sql(insert(device))
SET_DEVICE_SEEN = _sql(
    update(device)
    .where(device.c.device_id == bindparam("of_device_id"))
    .values(last_seen_ms=bindparam("new_last_seen_ms"))
)
DELETE_DEVICE = _sql(delete(device).where(device.c.device_id == bindparam("device_id")))

BLOCKED_IDS = _sql(select(block.c.blocked_id).where(block.c.user_id == bindparam("user_id")))
BLOCKER_IDS = _sql(select(block.c.user_id).where(block.c.blocked_id == bindparam("user_id")))
ADD_BLOCK = _upsert(block)
DELETE_BLOCK = _sql(delete(block).where(*_by_key(block)))

DIRECT = _sql(
    select(conversation)
    .join(direct, direct.c.conversation_id == conversation.c.conversation_id)
    .where(
        direct.c.low_user_id == bindparam("low_user_id"),
        direct.c.high_user_id == bindparam("high_user_id"),
    )
)
ADD_DIRECT = _sql(insert(direct))
ADD_CONVERSATION = _sql(insert(conversation))
SET_CONVERSATION = _replace(conversation)
CONVERSATION_IDS_AFTER = (
    _sql(
        select(conversation.c.conversation_id)
        .where(conversation.c.conversation_id > bindparam("conversation_id"))
        .order_by(conversation.c.conversation_id)
    )
    + " LIMIT :row_limit"
)
MEMBERS = _sql(
    select(member).where(member.c.conversation_id == bindparam("conversation_id")).order_by(member.c.user_id)
)
MEMBERS_OF = _sql(
    select(member)
    .join_from(_given_ids, member, member.c.conversation_id == _given_ids.c.value)
    .order_by(member.c.conversation_id, member.c.user_id)
)
MEMBER_IDS = _sql(
    select(member.c.user_id)
    .where(member.c.conversation_id == bindparam("conversation_id"))
    .order_by(member.c.user_id)
)
GROUP_IDS = _sql(
    select(conversation.c.conversation_id)
    .join(member, member.c.conversation_id == conversation.c.conversation_id)
    .where(member.c.user_id == bindparam("user_id"), conversation.c.kind == literal_column("'group'"))
    .order_by(conversation.c.conversation_id)
)
ADD_MEMBER = _sql(insert(member))
SET_MEMBER = _replace(member)
DELETE_MEMBER = _sql(delete(member).where(*_by_key(member)))
ADD_LEFT = _upsert(left_member)
DELETE_LEFT = _sql(delete(left_member).where(*_by_key(left_member)))
LEFT_CONVERSATIONS = _sql(
    select(left_member.c.conversation_id, left_member.c.position)
    .where(
        left_member.c.user_id == bindparam("user_id"), left_member.c.position > bindparam("after_position")
    )
    .order_by(left_member.c.position)
)

_mine = member.alias("mine")
_same_conversation = _mine.c.conversation_id == conversation.c.conversation_id
CONVERSATIONS_OF = _sql(
    select(conversation, member)
    .join_from(_given_ids, conversation, conversation.c.conversation_id == _given_ids.c.value)
    .join(member, member.c.conversation_id == conversation.c.conversation_id)
    .where(member.c.user_id == bindparam("user_id"))
    .order_by(_given_ids.c.key)
)
CHANGED_CONVERSATION_IDS = (
    _sql(
        select(conversation.c.conversation_id)
        .join(_mine, _same_conversation)
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

_shared_with_me = (
    select(member.c.user_id)
    .join(_mine, _mine.c.conversation_id == member.c.conversation_id)
    .join(conversation, _same_conversation)
    .where(_mine.c.user_id == bindparam("user_id"), member.c.user_id != bindparam("not_user_id"))
)
_few_members = conversation.c.member_count <= literal_column(str(RECEIPTS_MEMBERS_MAX))
_contact_ids = _shared_with_me.where(_few_members)
CONTACT_IDS = _sql(_contact_ids.distinct().order_by(member.c.user_id))
CHANGED_CONTACTS = _sql(
    select(user)
    .where(user.c.user_id.in_(_contact_ids), user.c.position > bindparam("after_position"))
    .order_by(user.c.user_id)
)
ACQUAINTANCE_IDS = _sql(
    _shared_with_me.where(~_few_members, member.c.user_id.not_in(_contact_ids))
    .distinct()
    .order_by(member.c.user_id)
)
CHANGED_ACQUAINTANCES = _sql(
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

MESSAGE_COUNT_AT = _sql(
    select(message.c.seq - message.c.other_count).where(
        message.c.conversation_id == bindparam("conversation_id"), message.c.seq == bindparam("seq")
    )
)
COUNT_MESSAGES = _sql(
    select(func.count()).where(
        message.c.conversation_id == bindparam("conversation_id"),
        message.c.seq > bindparam("after_seq"),
        message.c.seq <= bindparam("up_to_seq"),
        message.c.sender_id == bindparam("sender_id"),
        message.c.kind != literal_column("''"),
    )
)
LAST_SEQ_BEFORE = """
    SELECT coalesce(min(CASE WHEN sent_at_ms >= :before_ms THEN seq END) - 1, max(seq)) FROM (
        SELECT seq, sent_at_ms FROM message
        WHERE conversation_id = :conversation_id ORDER BY seq LIMIT :row_limit
    )
"""
SET_MESSAGE = _sql(
    update(message)
    .where(message.c.message_id == bindparam("of_message_id"))
    .values(kind=bindparam("kind"), body=bindparam("body"), extra=bindparam("extra"))
)
_EXPIRED_IDS = select(message.c.message_id).where(
    message.c.conversation_id == bindparam("conversation_id"), message.c.seq < bindparam("below_seq")
)
EXPIRE = (
    _sql(delete(file_use).where(file_use.c.message_id.in_(_EXPIRED_IDS))),  # while the messages tell which
    *(
        _sql(
            delete(table).where(
                table.c.conversation_id == bindparam("conversation_id"), table.c.seq < bindparam("below_seq")
            )
        )
        for table in (message, version, reaction, receipt, star)
    ),
)

VERSIONS = _sql(
    select(version.c.kind, version.c.body, version.c.until_ms)
    .where(version.c.conversation_id == bindparam("conversation_id"), version.c.seq == bindparam("seq"))
    .order_by(version.c.number)
)
ADD_VERSION = _sql(insert(version))
DELETE_VERSIONS = _sql(
    delete(version).where(
        version.c.conversation_id == bindparam("conversation_id"), version.c.seq == bindparam("seq")
    )
)
REACTIONS = _sql(
    select(reaction.c.seq, reaction.c.reaction_key, reaction.c.user_id)
    .where(
        reaction.c.conversation_id == bindparam("conversation_id"),
        reaction.c.seq >= bindparam("from_seq"),
        reaction.c.seq <= bindparam("to_seq"),
    )
    .order_by(reaction.c.seq, reaction.c.reaction_key, reaction.c.user_id)
)
ADD_REACTION = _upsert(reaction)
DELETE_REACTION = _sql(delete(reaction).where(*_by_key(reaction)))
DELETE_REACTIONS = _sql(
    delete(reaction).where(
        reaction.c.conversation_id == bindparam("conversation_id"), reaction.c.seq == bindparam("seq")
    )
)

FILE = _sql(select(file).where(file.c.file_id == bindparam("file_id")))
FILE_BY_CLIENT = _sql(
    select(file).where(
        file.c.uploader_id == bindparam("uploader_id"), file.c.client_id == bindparam("client_id")
    )
)
FILE_TOTALS = _sql(
    select(
        func.coalesce(func.sum(file.c.size_bytes), literal_column("0")),
        func.count() - func.count(file.c.finished_at_ms),
    ).where(file.c.uploader_id == bindparam("uploader_id"))
)
FILE_IS_SHARED = _sql(
    select(
        exists()
        .where(file_use.c.file_id == bindparam("file_id"))
        .where(member.c.conversation_id == file_use.c.conversation_id)
        .where(member.c.user_id == bindparam("user_id"))
    )
)
FILE_IS_USED = _sql(select(exists().where(file_use.c.file_id == bindparam("file_id"))))
FILE_IS_PICTURE = _sql(
    select(
        exists().where(
            file_use.c.file_id == bindparam("file_id"), file_use.c.message_id < literal_column("1")
        )
    )
)
FILE_IDS_OF = _sql(
    select(file_use.c.file_id)
    .where(file_use.c.message_id == bindparam("message_id"))
    .order_by(file_use.c.file_id)
)
CONTENT_IS_KEPT = _sql(
    select(exists().where(file.c.sha256 == bindparam("sha256"), file.c.finished_at_ms.is_not(None)))
)
UNUSED_FILES = (
    _sql(
        select(file)
        .where(file.c.file_id > bindparam("after_file_id"))
        .where(func.coalesce(file.c.finished_at_ms, file.c.created_at_ms) < bindparam("before_ms"))
        .where(~exists().where(file_use.c.file_id == file.c.file_id))
        .order_by(file.c.file_id)
    )
    + " LIMIT :row_limit"
)
ADD_FILE = _sql(insert(file))
FINISH_FILE = _sql(
    update(file)
    .where(file.c.file_id == bindparam("of_file_id"))
    .values(finished_at_ms=bindparam("new_finished_at_ms"))
)
DELETE_FILE = _sql(delete(file).where(file.c.file_id == bindparam("file_id")))
ADD_FILE_USE = _sql(insert(file_use))
DELETE_FILE_USE = _sql(
    delete(file_use).where(
        file_use.c.file_id == bindparam("file_id"),
        file_use.c.conversation_id == bindparam("conversation_id"),
        file_use.c.message_id == bindparam("message_id"),
    )
)
DELETE_FILE_USES = _sql(delete(file_use).where(file_use.c.message_id == bindparam("message_id")))

ADD_RECEIPT = _upsert(receipt)
RECEIPT_MS = (
    _sql(
        select(receipt.c.at_ms)
        .where(
            receipt.c.conversation_id == bindparam("conversation_id"),
            receipt.c.user_id == bindparam("user_id"),
            receipt.c.was_read == bindparam("was_read"),
            receipt.c.seq >= bindparam("seq"),
        )
        .order_by(receipt.c.seq)
    )
    + " LIMIT 1"
)
DELETE_RECEIPTS = _sql(
    delete(receipt).where(
        receipt.c.conversation_id == bindparam("conversation_id"),
        receipt.c.user_id == bindparam("user_id"),
        receipt.c.was_read == bindparam("was_read"),
        receipt.c.seq < bindparam("below_seq"),
    )
)

DELETE_RECEIPTS_OF = _sql(
    delete(receipt).where(
        receipt.c.conversation_id == bindparam("of_conversation_id"),
        receipt.c.user_id == bindparam("of_user_id"),
    )
)
FORGET_USER = (
    _sql(
        delete(block).where(
            or_(block.c.user_id == bindparam("user_id"), block.c.blocked_id == bindparam("user_id"))
        )
    ),
    _sql(delete(star).where(star.c.user_id == bindparam("user_id"))),
    _sql(delete(left_member).where(left_member.c.user_id == bindparam("user_id"))),
)

SET_STAR = _upsert(star)
DELETE_STARS = _sql(
    delete(star).where(
        star.c.user_id == bindparam("of_user_id"), star.c.conversation_id == bindparam("of_conversation_id")
    )
)
STARS = _sql(
    select(star.c.conversation_id, star.c.seq, star.c.starred)
    .where(star.c.user_id == bindparam("user_id"), star.c.position > bindparam("after_position"))
    .order_by(star.c.position)
)

DROP_INVITES = _sql(
    delete(invite).where(
        or_(invite.c.uses_left < literal_column("1"), invite.c.expires_at_ms <= bindparam("now_ms"))
    )
)
INVITE_COUNT = _sql(
    select(func.count()).where(
        invite.c.creator_id == bindparam("creator_id"),
        invite.c.uses_left > literal_column("0"),
        invite.c.expires_at_ms > bindparam("now_ms"),
    )
)
INVITE = _sql(select(invite).where(invite.c.code_hash == bindparam("code_hash")))
SET_INVITE = _upsert(invite)

ADD_AUDIT = _sql(insert(audit))
AUDIT = (
    _sql(select(audit).where(audit.c.audit_id < bindparam("before_id")).order_by(audit.c.audit_id.desc()))
    + " LIMIT :row_limit"
)

_MESSAGE = (
    "SELECT conversation_id, seq, message_id, sender_id, client_id, sent_at_ms, kind, body, extra"
    " FROM message "
)
SENT_MESSAGE = _MESSAGE + "WHERE client_id = ? AND sender_id = ?"
MESSAGE = _MESSAGE + "WHERE conversation_id = ? AND seq = ?"
PAGE_BEFORE = _MESSAGE + "WHERE conversation_id = ? AND seq < ? ORDER BY seq DESC LIMIT ?"
PAGE_AFTER = _MESSAGE + "WHERE conversation_id = ? AND seq > ? ORDER BY seq LIMIT ?"
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
SET_POSITION = "UPDATE server_log SET position = ?"
_USED_KEYS = "SELECT client_id, sender_id FROM given CROSS JOIN message USING (client_id, sender_id)"


@cache
def sent_messages(rows: int) -> str:
    """Which of these idempotency keys, (client_id, sender_id), are used."""
    return _given("client_id, sender_id", rows) + _USED_KEYS


@cache
def add_messages(rows: int) -> str:
    """Insert messages: the columns in the table's order."""
    return f"INSERT INTO message VALUES {_places(10, rows)}"  # noqa: S608  # nothing but places is put in


@cache
def set_heads(rows: int) -> str:
    """Move heads: (conversation_id, position, last_seq, message_count, the preview's five)."""
    preview = ("preview_sender_id", "preview_kind", "preview_text", "preview_sent_at_ms", "preview_seq")
    moved = ("position", "last_seq", "message_count", *preview)
    return _update("conversation", ("conversation_id",), moved, rows)


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
    return _update("member", ("conversation_id", "user_id"), pointers, rows)


def _update(table: str, key: tuple[str, ...], columns: tuple[str, ...], rows: int) -> str:
    if rows == 1:
        places = {name: f"?{number}" for number, name in enumerate((*key, *columns), start=1)}
        moved = ", ".join(f"{each} = {places[each]}" for each in columns)
        same = " AND ".join(f"{each} = {places[each]}" for each in key)
        return f"UPDATE {table} SET {moved} WHERE {same}"  # noqa: S608
    assignments = ", ".join(f"{each} = given.{each}" for each in columns)
    same = " AND ".join(f"{table}.{each} = given.{each}" for each in key)
    given = _given(", ".join((*key, *columns)), rows)
    return f"{given}UPDATE {table} SET {assignments} FROM given WHERE {same}"  # noqa: S608


def _given(columns: str, rows: int) -> str:
    return f"WITH given ({columns}) AS (VALUES {_places(columns.count(',') + 1, rows)}) "


def _places(columns: int, rows: int) -> str:
    row = ", ".join("?" * columns)
    return ", ".join([f"({row})"] * rows)
