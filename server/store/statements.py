"""Every statement of the SQLite store. The ordinary ones are SQLAlchemy Core, compiled once to SQL with named
parameters; those of the hot path are written by hand with positional ones, which sqlite3 binds faster.

Those that take many rows at once are made for a number of rows: every statement lets go of the interpreter's
lock and has to wait for it again, so one for 64 rows is worth 64 for one."""

from functools import cache

from sqlalchemy import ClauseElement, bindparam, delete, exists, func, insert, literal_column, select, update
from sqlalchemy.dialects import sqlite

from server.store.schema import conversation, device, file, file_use, member, message, server_log, user

_dialect = sqlite.dialect(paramstyle="named")


def _sql(statement: ClauseElement) -> str:
    return str(statement.compile(dialect=_dialect))


LOG = _sql(select(server_log.c.epoch, server_log.c.position))
ADD_LOG = _sql(
    insert(server_log).values(
        log_id=literal_column("1"), epoch=bindparam("epoch"), position=literal_column("0")
    )
)

USER = _sql(select(user).where(user.c.user_id == bindparam("user_id")))
USER_BY_KEY = _sql(select(user).where(user.c.name_key == bindparam("name_key")))
FIND_USERS = (
    _sql(
        select(user)
        .where(func.instr(user.c.search_key, bindparam("query")) > literal_column("0"))
        .order_by(user.c.name_key)
    )
    + " LIMIT :row_limit"
)
ADD_USER = _sql(insert(user))
SET_PASSWORD_HASH = _sql(
    update(user)
    .where(user.c.user_id == bindparam("of_user_id"))
    .values(password_hash=bindparam("new_password_hash"))
)
SET_LAST_SEEN = _sql(
    update(user)
    .where(user.c.user_id == bindparam("of_user_id"))
    .values(last_seen_ms=bindparam("new_last_seen_ms"), position=bindparam("new_position"))
)

DEVICE = _sql(select(device).where(device.c.device_id == bindparam("device_id")))
DEVICE_BY_TOKEN = _sql(select(device).where(device.c.token_hash == bindparam("token_hash")))
DEVICES_OF = _sql(select(device).where(device.c.user_id == bindparam("user_id")).order_by(device.c.device_id))
ADD_DEVICE = _sql(insert(device))
DELETE_DEVICE = _sql(delete(device).where(device.c.device_id == bindparam("device_id")))

DIRECT = _sql(
    select(conversation).where(
        conversation.c.low_user_id == bindparam("low_user_id"),
        conversation.c.high_user_id == bindparam("high_user_id"),
    )
)
ADD_CONVERSATION = _sql(insert(conversation))
MEMBERS = _sql(
    select(member).where(member.c.conversation_id == bindparam("conversation_id")).order_by(member.c.user_id)
)
ADD_MEMBER = _sql(insert(member))

_mine = member.alias("mine")
CHANGED_CONVERSATIONS = _sql(
    select(conversation)
    .join(_mine, _mine.c.conversation_id == conversation.c.conversation_id)
    .where(_mine.c.user_id == bindparam("user_id"), conversation.c.position > bindparam("after_position"))
    .order_by(conversation.c.position.desc())
)
CHANGED_MEMBERS = _sql(
    select(member)
    .join(_mine, _mine.c.conversation_id == member.c.conversation_id)
    .join(conversation, conversation.c.conversation_id == member.c.conversation_id)
    .where(_mine.c.user_id == bindparam("user_id"), conversation.c.position > bindparam("after_position"))
    .order_by(member.c.conversation_id, member.c.user_id)
)
_contact_ids = (
    select(member.c.user_id)
    .join(_mine, _mine.c.conversation_id == member.c.conversation_id)
    .where(_mine.c.user_id == bindparam("user_id"), member.c.user_id != bindparam("not_user_id"))
    .distinct()
)
CONTACT_IDS = _sql(_contact_ids.order_by(member.c.user_id))
CONTACTS = _sql(select(user).where(user.c.user_id.in_(_contact_ids)).order_by(user.c.user_id))

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
MESSAGE_FILES = _sql(
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
DELETE_FILE_USES = _sql(delete(file_use).where(file_use.c.message_id == bindparam("message_id")))

_MESSAGE = (
    "SELECT conversation_id, seq, message_id, sender_id, client_id, sent_at_ms, kind, body FROM message "
)
SENT_MESSAGE = _MESSAGE + "WHERE client_id = ? AND sender_id = ?"
PAGE_BEFORE = _MESSAGE + "WHERE conversation_id = ? AND seq < ? ORDER BY seq DESC LIMIT ?"
PAGE_AFTER = _MESSAGE + "WHERE conversation_id = ? AND seq > ? ORDER BY seq LIMIT ?"
CONVERSATION = (
    "SELECT conversation_id, kind, low_user_id, high_user_id, position, last_seq, message_count,"
    " preview_sender_id, preview_kind, preview_text, preview_sent_at_ms"
    " FROM conversation WHERE conversation_id = ?"
)
MEMBER = (
    "SELECT conversation_id, user_id, delivered_seq, read_seq, seen_count"
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
    return f"INSERT INTO message VALUES {_places(9, rows)}"  # noqa: S608  # nothing but places is put in


@cache
def set_conversations(rows: int) -> str:
    """Move heads: (conversation_id, position, last_seq, message_count, the preview's four)."""
    preview = ("preview_sender_id", "preview_kind", "preview_text", "preview_sent_at_ms")
    moved = ("position", "last_seq", "message_count", *preview)
    return _update("conversation", ("conversation_id",), moved, rows)


@cache
def set_members(rows: int) -> str:
    """Move pointers: (conversation_id, user_id, delivered_seq, read_seq, seen_count)."""
    pointers = ("delivered_seq", "read_seq", "seen_count")
    return _update("member", ("conversation_id", "user_id"), pointers, rows)


def _update(table: str, key: tuple[str, ...], columns: tuple[str, ...], rows: int) -> str:
    assignments = ", ".join(f"{each} = given.{each}" for each in columns)
    same = " AND ".join(f"{table}.{each} = given.{each}" for each in key)
    given = _given(", ".join((*key, *columns)), rows)
    return f"{given}UPDATE {table} SET {assignments} FROM given WHERE {same}"  # noqa: S608


def _given(columns: str, rows: int) -> str:
    return f"WITH given ({columns}) AS (VALUES {_places(columns.count(',') + 1, rows)}) "


def _places(columns: int, rows: int) -> str:
    row = ", ".join("?" * columns)
    return ", ".join([f"({row})"] * rows)
