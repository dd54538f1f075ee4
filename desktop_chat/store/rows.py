"""From database rows to the models, in one place."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from desktop_chat.core.models import Extra, Message, SendState

MESSAGE_COLUMNS = (
    "local_id, conversation_id, client_id, sender_id, sent_at_ms, kind, body, seq, message_id, state, error,"
    " extra"
)

_STATES = {int(state): state for state in SendState}


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Extra).decode
_NOTHING = Extra()


def unpacked(stored: str | None) -> Extra | None:
    """The packed column of a message."""
    return None if stored is None else _decode(stored)


def packed(extra: Extra | None) -> str | None:
    """A message's packed column; nothing where there is nothing to say."""
    return None if extra is None or extra == _NOTHING else _encode(extra).decode()


def message(row: Sequence[Any]) -> Message:
    """A row of MESSAGE_COLUMNS."""
    return Message(
        row[0],
        row[1],
        row[2].hex(),
        row[3],
        row[4],
        row[5],
        row[6],
        row[7],
        row[8],
        _STATES[row[9]],
        row[10],
        unpacked(row[11]),
    )


def messages(rows: Iterable[Sequence[Any]]) -> list[Message]:
    """Rows of MESSAGE_COLUMNS, in their order."""
    return [message(row) for row in rows]
