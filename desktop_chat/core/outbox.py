"""What becomes of a queued message: which goes next, and what an answer means for it.

One message of a conversation is on the wire at a time, which keeps a sender's order (invariant 4)
whatever is lost or refused; conversations do not wait for each other.
"""

from collections.abc import Container, Iterable, Mapping

from msgspec import Struct

from desktop_chat.core.models import SendState
from desktop_chat.protocol.errors import REMEDIES, ErrorCode, Remedy

_PAUSE_S = 1.0
"""Wait after a refusal that asks for a retry and names no time."""


class Queued(Struct, frozen=True, gc=False):
    """An outbox row: one message that the server has not confirmed."""

    local_id: int
    conversation_id: int
    client_id: str
    kind: str
    body: str


class Fate(Struct, frozen=True, gc=False):
    """What follows from a refusal: the message's new state, words for the person, a pause in seconds."""

    state: SendState
    words: str = ""
    pause_s: float = 0.0


def ready(
    heads: Iterable[Queued], on_the_wire: Container[int], paused_until: Mapping[int, float], now_s: float
) -> list[Queued]:
    """The messages that may go now. ``heads`` is the oldest of each conversation, ``on_the_wire`` holds the
    conversations that have one unanswered, ``paused_until`` maps a conversation to a time on ``now_s``'s
    clock."""
    return [
        head
        for head in heads
        if head.conversation_id not in on_the_wire and paused_until.get(head.conversation_id, now_s) <= now_s
    ]


def fate(code: ErrorCode, words: str, retry_after_s: float | None) -> Fate:
    """What a refusal means: wait and try the same again, or fail and let a person decide."""
    if REMEDIES[code] is Remedy.RETRY:
        return Fate(SendState.PENDING, pause_s=_PAUSE_S if retry_after_s is None else retry_after_s)
    return Fate(SendState.FAILED, words)
