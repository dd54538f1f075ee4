"""From database rows to the models, in one place."""

from collections.abc import Iterable, Sequence
from typing import Any

from desktop_chat.core.models import Message, SendState

MESSAGE_COLUMNS = (
    "local_id, conversation_id, client_id, sender_id, sent_at_ms, kind, body, seq, message_id, state, error"
)

_STATES = {int(state): state for state in SendState}


def message(row: Sequence[Any]) -> Message:
    """A row of MESSAGE_COLUMNS."""
    return Message(
        row[0], row[1], row[2].hex(), row[3], row[4], row[5], row[6], row[7], row[8], _STATES[row[9]], row[10]
    )


def messages(rows: Iterable[Sequence[Any]]) -> list[Message]:
    """Rows of MESSAGE_COLUMNS, in their order."""
    return [message(row) for row in rows]
