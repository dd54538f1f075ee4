"""What people write, read as simple Markdown: text and the styles over it. Nothing else is ever markup.

Bold, italic, strike and code by CommonMark's rules (https://spec.commonmark.org/0.31.2/#emphasis-and-strong-emphasis),
fenced code and quotes a line at a time. Lists, headings, HTML and entities stay what was typed, and so does
every blank and line break: this is a chat, not a document.
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

_MAYBE = re.compile(r"[*_~`]|^>|\]\(https?://", re.MULTILINE)
_MASKED_LINK = re.compile(r"\[([^\[\]\n]{1,200})\]\((https?://[^\s()]{1,2000})\)")
_FENCE = re.compile(r"```[\w+#.-]*")


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
    """A text as it is laid out (line breaks are U+2028), and its styles in the order of their ends."""

    text: str
    spans: tuple[Span, ...] = ()


def parse(body: str) -> RichText:
    """Read what somebody wrote. Takes time in proportion to its length, whatever it is."""
    body = body.replace("\r\n", "\n").replace("\r", "\n")
    if not _MAYBE.search(body):
        return RichText(safe_text.shown_body(body))
    builder = _Builder()
    for style, lines in _blocks(body.split("\n")):
        builder.block(style, "\n".join(lines))
    return RichText(safe_text.shown_body("".join(builder.parts)), tuple(builder.spans))


def with_mentions(rich: RichText, user_names: Iterable[str]) -> RichText:
    """The same text with these user names marked where they stand behind an @."""
    places = mention_places(rich.text, user_names)
    return RichText(rich.text, (*rich.spans, *(Span(*place, Style.MENTION) for place in places)))


def plain(body: str) -> str:
    """The words alone, for a preview or a notification."""
    return parse(body).text if _MAYBE.search(body) else body


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
        style = Style.QUOTE if line.startswith(">") else None
        if not blocks or blocks[-1][0] is not style:
            blocks.append((style, []))
        blocks[-1][1].append(line[1:].removeprefix(" ") if style else line)
        at += 1
    return blocks


class _Builder:
    def __init__(self) -> None:
        self.parts: list[str] = []
        self.spans: list[Span] = []
        self._length = 0

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
        for token in _parser().parseInline(text)[0].children or []:
            if token.type == "text":
                self._text(token.content)
            elif token.type == "code_inline":
                self._styled(token.content, Style.CODE)
            elif token.nesting == 1:
                open_at.append(self._length)
            elif token.nesting == -1:
                start = open_at.pop()
                self.spans.append(Span(start, self._length, _STYLES[token.tag]))

    def _text(self, text: str) -> None:
        at = 0
        for match in _MASKED_LINK.finditer(text):
            self._add(text[at : match.start()])
            self._styled(match[1], Style.LINK, match[2])
            at = match.end()
        self._add(text[at:])

    def _styled(self, text: str, style: Style, url: str = "") -> None:
        start = self._length
        self._add(text)
        self.spans.append(Span(start, self._length, style, url))


_STYLES = {"strong": Style.BOLD, "em": Style.ITALIC, "s": Style.STRIKE}


@lru_cache(maxsize=1)
def _parser() -> "MarkdownIt":
    # A window without any markup need not wait for the import.
    from markdown_it import MarkdownIt

    return MarkdownIt("zero").enable(["backticks", "emphasis", "strikethrough"])
