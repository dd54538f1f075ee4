"""What one row of a timeline shows beyond its message: where it stands among its neighbours."""

from msgspec import Struct

from desktop_chat.core.models import NOTICE, Message, SendState
from desktop_chat.viewmodels import times, wording

GROUP_MS = 15 * 60_000
"""Messages of one person closer together than this are one group with one avatar."""


class TimelineRow(Struct, frozen=True):
    """One message as it is painted. ``day`` is the day line above it, empty where none is."""

    message: Message
    own: bool
    state: SendState
    first_in_group: bool
    last_in_group: bool
    day: str
    unread_line: bool
    time: str

    def spoken(self, sender: str) -> str:
        """The row as a screen reader says it: "Alice, 14:32: text, read"."""
        words = f"{'You' if self.own else sender}, {self.time}: {body_text(self.message)}"
        if self.own:
            words += f", {wording.state(self.state)}"
        if self.state is SendState.FAILED and self.message.error:
            words += f". {self.message.error}"
        return f"{self.day}. {words}" if self.day else words


def body_text(message: Message) -> str:
    """A message's text as it is laid out; words in its stead for a kind that this version cannot show."""
    if message.kind == "deleted":
        return wording.DELETED
    if message.kind == NOTICE:
        return wording.notice(message.extra.action if message.extra else None)
    if message.kind != "text":
        return "This message needs a newer version of the app."
    return wording.shown_body(message.body)


def order_key(message: Message) -> tuple[int, int]:
    """A timeline's order: by seq, then the local echoes as they were made."""
    return (0, message.seq) if message.seq is not None else (1, message.local_id)


def same_day(one: Message, other: Message) -> bool:
    """Whether two messages stand under one day line."""
    return times.local_date(one.sent_at_ms) == times.local_date(other.sent_at_ms)


def same_group(one: Message, other: Message) -> bool:
    """Whether two neighbours are said by one person in one go."""
    return (
        one.sender_id == other.sender_id
        and abs(other.sent_at_ms - one.sent_at_ms) <= GROUP_MS
        and same_day(one, other)
    )
