"""Entries of the log as rows: what every message has in columns, what few have in one packed column."""

from collections.abc import Sequence
from typing import Any

import msgspec

from desktop_chat.protocol.actions import AnyAction
from desktop_chat.protocol.records import Content, Message, Origin, Reaction


class _Extra(msgspec.Struct, array_like=True, omit_defaults=True, gc=False):
    """New fields go to the end, with a default."""

    action: AnyAction | None = None
    reply_to: int | None = None
    mentions: tuple[int, ...] = ()
    origin: Origin | None = None
    file_ids: tuple[str, ...] = ()
    changed_seq: int = 0
    edited_at_ms: int = 0
    deleted: bool = False


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Extra).decode


def to_extra(message: Message) -> bytes | None:
    """The packed column; None for an ordinary message."""
    if (
        message.content is not None
        and message.reply_to is None
        and not message.mentions
        and not message.file_ids
        and message.origin is None
        and not message.changed_seq
    ):
        return None
    return _encode(
        _Extra(
            message.action,
            message.reply_to,
            message.mentions,
            message.origin,
            message.file_ids,
            message.changed_seq,
            message.edited_at_ms,
            message.deleted,
        )
    )


def to_kind_and_body(message: Message) -> tuple[str, str]:
    """The two columns of the content; an empty kind is an action's."""
    if message.content is not None:
        return message.content.kind, message.content.body
    return ("", "") if message.action is not None else ("deleted", "")


def to_message(row: Sequence[Any], reactions: Sequence[Reaction] = ()) -> Message:
    """From (conversation_id, seq, message_id, sender_id, client_id, sent_at_ms, kind, body, extra)."""
    if row[8] is None:
        return Message(row[0], row[1], row[2], row[3], row[4].hex(), row[5], Content(row[6], row[7]))
    extra = _decode(row[8])
    return Message(
        row[0],
        row[1],
        row[2],
        row[3],
        row[4].hex(),
        row[5],
        None if extra.deleted or extra.action is not None else Content(row[6], row[7]),
        extra.action,
        extra.reply_to,
        extra.mentions,
        extra.origin,
        extra.file_ids,
        extra.changed_seq,
        extra.edited_at_ms,
        extra.deleted,
        tuple(reactions),
    )
