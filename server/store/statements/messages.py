"""Entries of the logs, and what belongs to each: versions, reactions, receipts, stars."""

from functools import cache

from sqlalchemy import bindparam, delete, func, insert, literal_column, select, update

from server.store.schema import file_use, message, reaction, receipt, star, version
from server.store.statements.building import by_key, compiled, given_rows, places, upsert

MESSAGE_COUNT_AT = compiled(
    select(message.c.seq - message.c.other_count).where(
        message.c.conversation_id == bindparam("conversation_id"), message.c.seq == bindparam("seq")
    )
)
COUNT_MESSAGES = compiled(
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
SET_MESSAGE = compiled(
    update(message)
    .where(message.c.message_id == bindparam("of_message_id"))
    .values(kind=bindparam("kind"), body=bindparam("body"), extra=bindparam("extra"))
)
_EXPIRED_IDS = select(message.c.message_id).where(
    message.c.conversation_id == bindparam("conversation_id"), message.c.seq < bindparam("below_seq")
)
EXPIRE = (
    # First, while the messages tell which.
    compiled(delete(file_use).where(file_use.c.message_id.in_(_EXPIRED_IDS))),
    *(
        compiled(
            delete(table).where(
                table.c.conversation_id == bindparam("conversation_id"), table.c.seq < bindparam("below_seq")
            )
        )
        for table in (message, version, reaction, receipt, star)
    ),
)

VERSIONS = compiled(
    select(version.c.kind, version.c.body, version.c.until_ms)
    .where(version.c.conversation_id == bindparam("conversation_id"), version.c.seq == bindparam("seq"))
    .order_by(version.c.number)
)
ADD_VERSION = compiled(insert(version))
DELETE_VERSIONS = compiled(
    delete(version).where(
        version.c.conversation_id == bindparam("conversation_id"), version.c.seq == bindparam("seq")
    )
)
REACTIONS = compiled(
    select(reaction.c.seq, reaction.c.reaction_key, reaction.c.user_id)
    .where(
        reaction.c.conversation_id == bindparam("conversation_id"),
        reaction.c.seq >= bindparam("from_seq"),
        reaction.c.seq <= bindparam("to_seq"),
    )
    .order_by(reaction.c.seq, reaction.c.reaction_key, reaction.c.user_id)
)
ADD_REACTION = upsert(reaction)
DELETE_REACTION = compiled(delete(reaction).where(*by_key(reaction)))
DELETE_REACTIONS = compiled(
    delete(reaction).where(
        reaction.c.conversation_id == bindparam("conversation_id"), reaction.c.seq == bindparam("seq")
    )
)

ADD_RECEIPT = upsert(receipt)
RECEIPT_MS = (
    compiled(
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
DELETE_RECEIPTS = compiled(
    delete(receipt).where(
        receipt.c.conversation_id == bindparam("conversation_id"),
        receipt.c.user_id == bindparam("user_id"),
        receipt.c.was_read == bindparam("was_read"),
        receipt.c.seq < bindparam("below_seq"),
    )
)

DELETE_RECEIPTS_OF = compiled(
    delete(receipt).where(
        receipt.c.conversation_id == bindparam("of_conversation_id"),
        receipt.c.user_id == bindparam("of_user_id"),
    )
)

SET_STAR = upsert(star)
DELETE_STARS = compiled(
    delete(star).where(
        star.c.user_id == bindparam("of_user_id"), star.c.conversation_id == bindparam("of_conversation_id")
    )
)
STARS = compiled(
    select(star.c.conversation_id, star.c.seq, star.c.starred)
    .where(star.c.user_id == bindparam("user_id"), star.c.position > bindparam("after_position"))
    .order_by(star.c.position)
)

_MESSAGE = (
    "SELECT conversation_id, seq, message_id, sender_id, client_id, sent_at_ms, kind, body, extra"
    " FROM message "
)
SENT_MESSAGE = _MESSAGE + "WHERE client_id = ? AND sender_id = ?"
MESSAGE = _MESSAGE + "WHERE conversation_id = ? AND seq = ?"
PAGE_BEFORE = _MESSAGE + "WHERE conversation_id = ? AND seq < ? ORDER BY seq DESC LIMIT ?"
PAGE_AFTER = _MESSAGE + "WHERE conversation_id = ? AND seq > ? ORDER BY seq LIMIT ?"
_USED_KEYS = "SELECT client_id, sender_id FROM given CROSS JOIN message USING (client_id, sender_id)"


@cache
def sent_messages(rows: int) -> str:
    """Which of these idempotency keys, (client_id, sender_id), are used."""
    return given_rows("client_id, sender_id", rows) + _USED_KEYS


@cache
def add_messages(rows: int) -> str:
    """Insert messages: the columns in the table's order."""
    return f"INSERT INTO message VALUES {places(10, rows)}"  # noqa: S608  # nothing but places is put in
