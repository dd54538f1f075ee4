"""What one row of a timeline shows beyond its message: where it stands among its neighbours."""

from msgspec import Struct

from desktop_chat.core import attachments
from desktop_chat.core.attachments import FILE_KINDS
from desktop_chat.core.models import NOTICE, Message, SendState
from desktop_chat.language import tr, trc
from desktop_chat.viewmodels import rich_text, safe_text, times, wording
from desktop_chat.viewmodels.attached_files import AttachedFile
from desktop_chat.viewmodels.rich_text import RichText, Span, Style

GROUP_MS = 15 * 60_000
"""Messages of one person closer together than this are one group with one avatar."""


class Quote(Struct, frozen=True):
    """The message that another answers, as it stands above the answer. ``seq`` is where a click leads."""

    seq: int
    sender: str
    text: str
    sender_id: int = 0


class ReactionChip(Struct, frozen=True):
    """One reaction under a bubble: how many gave it, whether oneself, and who, in words."""

    key: str
    count: int
    own: bool
    names: str


class TimelineRow(Struct, frozen=True):
    """One message as it is painted. ``day`` is the day line above it, empty where none is; ``sender`` the
    name above its text, where there are several people to tell apart; ``origin`` who wrote what was
    forwarded. ``notice`` is what happened, for a row that nobody wrote."""

    message: Message
    own: bool
    state: SendState
    first_in_group: bool
    last_in_group: bool
    day: str
    unread_line: bool
    time: str
    sender: str = ""
    notice: str = ""
    origin: str = ""
    quote: Quote | None = None
    reactions: tuple[ReactionChip, ...] = ()
    starred: bool = False
    pinned: bool = False
    files: tuple[AttachedFile, ...] = ()
    mentions: tuple[str, ...] = ()
    """The user names of those who are mentioned."""

    @property
    def edited(self) -> bool:
        """Whether it says something else than it did at first."""
        return bool(self.message.extra and self.message.extra.edited_at_ms)

    @property
    def text(self) -> RichText:
        """What is laid out; words in its stead for a kind that this version cannot show."""
        if self.notice:
            return RichText(self.notice)
        shown = shown_text(self.message)
        return rich_text.with_mentions(shown, self.mentions) if self.mentions else shown

    @property
    def copied(self) -> str:
        """What goes on the clipboard for the whole message: as it was written."""
        if self.message.kind in FILE_KINDS:
            return attachments.searched(self.message.kind, self.message.body)
        return self.message.body if self.message.kind == "text" else self.text.text

    def spoken(self, sender: str) -> str:
        """The row as a screen reader says it: "Alice, 14:32: text, read"."""
        parts = [self._said(sender)]
        if self.edited:
            parts.append(trc("state of a message", "edited"))
        if self.starred:
            parts.append(trc("state of a message", "starred"))
        if self.own and not self.notice:
            parts.append(wording.state(self.state))
        for chip in self.reactions:
            # Translators: a screen reader says who reacted to a message: “👍 from Alice, you”.
            parts.append(tr("{reaction} from {names}", reaction=chip.key, names=chip.names))
        words = wording.enumerated(parts)
        if self.state is SendState.FAILED and self.message.error:
            words += f". {self.message.error}"
        return f"{self.day}. {words}" if self.day else words

    def _said(self, sender: str) -> str:
        """Who said what, and when."""
        if self.notice:
            return tr("{name}: {words}", name=self.time, words=self.notice)
        said = [tr("You") if self.own else sender, self.time]
        if self.origin:
            said.append(tr("forwarded from {name}", name=self.origin))
        if self.quote is not None:
            quote = self.quote
            said.append(tr("in answer to {name}, {words}", name=quote.sender, words=quote.text))
        told = [each.spoken for each in self.files]
        if self.text.text:
            told.append(self.text.text)
        return tr("{name}: {words}", name=wording.enumerated(said), words=". ".join(told))


def shown_text(message: Message) -> RichText:
    """A message's text as it is laid out."""
    if message.kind == "deleted":
        words = wording.deleted()
        return RichText(words, (Span(0, len(words), Style.ITALIC),))
    if message.kind in FILE_KINDS:
        content = attachments.decode(message.body)
        extra = message.extra
        named = extra is not None and bool(extra.file_ids or extra.upload_ids)
        if not content.caption and not (content.files and named):
            return RichText(tr("These files cannot be shown: what is said of them cannot be read."))
        return rich_text.parse(content.caption)
    if message.kind != "text":
        return RichText(tr("This message needs a newer version of the app."))
    return rich_text.parse(message.body)


def written(message: Message) -> str:
    """What somebody wrote, as it was written: a text, or what stands below files."""
    return attachments.caption(message.kind, message.body)


def quoted_text(message: Message) -> str:
    """A message in one line."""
    if message.kind in FILE_KINDS:
        return wording.files(message.kind, message.body)
    return safe_text.one_line(shown_text(message).text.replace("\u2028", " "))


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
        and (one.kind == NOTICE) == (other.kind == NOTICE)
        and abs(other.sent_at_ms - one.sent_at_ms) <= GROUP_MS
        and same_day(one, other)
    )
