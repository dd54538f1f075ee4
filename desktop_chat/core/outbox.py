"""Which queued message goes next.

One message of a conversation is on the wire at a time, which keeps a sender's order (invariant 4)
whatever is lost or refused; conversations do not wait for each other.
"""

from collections.abc import Container, Iterable, Mapping

from msgspec import Struct

from desktop_chat.core.models import Extra


class Queued(Struct, frozen=True, gc=False):
    """An outbox row: one message that the server has not confirmed."""

    local_id: int
    conversation_id: int
    client_id: str
    kind: str
    body: str
    extra: Extra | None = None


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
