"""What people write, read as simple Markdown: text and the styles over it. Nothing else is ever markup.

Bold, italic, strike and code by CommonMark's rules (https://spec.commonmark.org/0.31.2/#emphasis-and-strong-emphasis),
but only where a word begins and ends, so that ``2*3*4``, ``snake_case`` and ``__init__.py`` stay what they
are; fenced code and quotes a line at a time. Addresses are taken out first. Lists, headings, HTML and
entities stay what was typed, and so does every blank and line break: this is a chat, not a document.
"""

import re
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct

from desktop_chat.viewmodels import safe_text
from desktop_chat.viewmodels.mentions import mention_places

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

READ_MAX_CHARS = 4_000
"""More of one message is not read: it would not be laid out either (``ui.text_block.MAX_SHOWN_CHARS``)."""
_MAYBE = re.compile(r"[*_~`]|^>(?: |$)|\]\(https?://", re.MULTILINE)
_NO_FORMAT = r"\u200e\u200f\u202a-\u202e\u2066-\u2069"
_APART = re.compile(
    rf"\[(?P<words>[^\[\]\n]{{1,200}})\]\((?P<url>https?://[^\s(){_NO_FORMAT}]{{1,2000}})\)"
    r"|(?P<bare>(?:https?://|www\.|mailto:)[^\s`]*[^\s`*_~.,;:!?)])"
    r"|(?P<marks>([*_~])\5*)"
)
"""What must not be taken for markup: addresses, and marks where no word begins or ends."""
_FENCE = re.compile(r"```[\w+#.-]*")
_MARKS = "*_~"
_BEFORE = "([{\"'“„«‘>-–—/" + _MARKS
_AFTER = ".,;:!?)]}\"'”“»’-–—/…" + _MARKS
_MARKS_MAX = 3
_FIRST_HELD, _LAST_HELD = 0xF0000, 0xFFFFD
_HELD = re.compile(f"[{chr(_FIRST_HELD)}-{chr(_LAST_HELD)}]")
"""Stands in for what is taken out: code points for private use, which no text of people has."""


class Style(StrEnum):
    """How a stretch of text looks."""

    BOLD = "bold"
    ITALIC = "italic"
    STRIKE = "strike"
    CODE = "code"
    BLOCK = "block"
    """Code of whole lines."""
    QUOTE = "quote"
    LINK = "link"
    """Words that stand for an address."""
    MENTION = "mention"
    """Somebody's user name behind an @."""


class Span(Struct, frozen=True, gc=False):
    """A style over ``text[start:end]``, in code points; ``url`` is where a LINK goes."""

    start: int
    end: int
    style: Style
    url: str = ""


class RichText(Struct, frozen=True, gc=False):
    """A text as it is laid out (line breaks are U+2028), and its styles in the order of their ends. ``more``:
    what was written goes on, but is not shown in a timeline."""

    text: str
    spans: tuple[Span, ...] = ()
    more: bool = False


def parse(body: str) -> RichText:
    """Read what somebody wrote, as far as a timeline shows it, in time in proportion to its length. What was
    read lately is remembered, since rows are described again and again."""
    if len(body) <= READ_MAX_CHARS:
        return _parse(body)
    beginning = _parse(body[:READ_MAX_CHARS])
    return RichText(beginning.text, beginning.spans, more=True)


def with_mentions(rich: RichText, user_names: Iterable[str]) -> RichText:
    """The same text with these user names marked where they stand behind an @."""
    places = mention_places(rich.text, user_names)
    spans = (*rich.spans, *(Span(*place, Style.MENTION) for place in places))
    return RichText(rich.text, spans, rich.more)


def plain(body: str) -> str:
    """The words alone, for a preview or a notification."""
    return parse(body).text


@lru_cache(maxsize=500)
def _parse(body: str) -> RichText:
    body = body.replace("\r\n", "\n").replace("\r", "\n")
    if not _MAYBE.search(body) or _HELD.search(body):
        return RichText(safe_text.shown_body(body))
    builder = _Builder()
    for style, lines in _blocks(body.split("\n")):
        builder.block(style, "\n".join(lines))
    return RichText(safe_text.shown_body("".join(builder.parts)), tuple(builder.spans))


def _blocks(lines: list[str]) -> list[tuple[Style | None, list[str]]]:
    """Code, quotes, and what is between them."""
    blocks: list[tuple[Style | None, list[str]]] = []
    fences = [number for number, line in enumerate(lines) if line.rstrip() == "```"]
    at = 0
    while at < len(lines):
        line = lines[at]
        while fences and fences[0] <= at:
            fences.pop(0)
        if fences and _FENCE.fullmatch(line.rstrip()) and fences[0] > at + 1:
            blocks.append((Style.BLOCK, lines[at + 1 : fences[0]]))
            at = fences[0] + 1
            continue
        style = Style.QUOTE if line == ">" or line.startswith("> ") else None
        if not blocks or blocks[-1][0] is not style:
            blocks.append((style, []))
        blocks[-1][1].append(line[2:] if style else line)
        at += 1
    return blocks


class _Builder:
    def __init__(self) -> None:
        self.parts: list[str] = []
        self.spans: list[Span] = []
        self._length = 0
        self._held: list[tuple[str, str]] = []
        """Text and, for words that stand for one, address of what is taken out."""

    def block(self, style: Style | None, text: str) -> None:
        if self.parts:
            self._add("\n")
        start = self._length
        if style is Style.BLOCK:
            self._add(text)
        else:
            self._inline(text)
        if style is not None and self._length > start:
            self.spans.append(Span(start, self._length, style))

    def _add(self, text: str) -> None:
        self.parts.append(text)
        self._length += len(text)

    def _inline(self, text: str) -> None:
        if not _MAYBE.search(text):
            self._add(text)
            return
        open_at: list[int] = []
        self._held.clear()
        taken = _APART.sub(self._hold, text)
        for token in _parser().parseInline(taken)[0].children or []:
            if token.type == "text":
                self._text(token.content)
            elif token.type == "code_inline":
                start = self._length
                self._text(token.content, linked=False)
                self.spans.append(Span(start, self._length, Style.CODE))
            elif token.nesting == 1:
                open_at.append(self._length)
            elif token.nesting == -1:
                start = open_at.pop()
                if self._length > start:
                    self.spans.append(Span(start, self._length, _STYLES[token.tag]))

    def _hold(self, match: re.Match[str]) -> str:
        """What stands in for something that is no markup, or the marks themselves where they may be some."""
        if match["marks"] and _may_be_markup(match.string, match.start(), match.end()):
            return match[0]
        self._held.append((match["words"], match["url"]) if match["url"] else (match[0], ""))
        return chr(_FIRST_HELD + len(self._held) - 1)

    def _text(self, text: str, *, linked: bool = True) -> None:
        at = 0
        for match in _HELD.finditer(text):
            self._add(text[at : match.start()])
            words, url = self._held[ord(match[0]) - _FIRST_HELD]
            if url and not linked:
                words = f"[{words}]({url})"
            start = self._length
            self._add(words)
            if url and linked:
                self.spans.append(Span(start, self._length, Style.LINK, url))
            at = match.end()
        self._add(text[at:])


def _may_be_markup(text: str, start: int, end: int) -> bool:
    """Whether a run of marks stands where a word begins, or where one ends."""
    if end - start > _MARKS_MAX:
        return False
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    opens = (before.isspace() or before in _BEFORE) and not after.isspace() and after not in ".,;:!?)"
    beyond = text[end + 1] if end + 1 < len(text) else " "
    ends = after.isspace() or (after in _AFTER and not (after in ".-/" and beyond.isalnum()))
    return opens or (ends and not before.isspace())


_STYLES = {"strong": Style.BOLD, "em": Style.ITALIC, "s": Style.STRIKE}


def prepare() -> None:
    """Read in the parser, from any thread."""
    _parser()


@lru_cache(maxsize=1)
def _parser() -> "MarkdownIt":
    # A window without any markup need not wait for the import.
    from markdown_it import MarkdownIt

    return MarkdownIt("zero").enable(["backticks", "emphasis", "strikethrough"])
