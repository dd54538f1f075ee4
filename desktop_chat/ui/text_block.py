"""A message's text laid out at a width: lines, styles, links, and what is under a point. Pure geometry."""

import unicodedata
from functools import lru_cache

from msgspec import Struct
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTextBoundaryFinder
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QFontMetricsF,
    QTextCharFormat,
    QTextLayout,
    QTextOption,
)

from desktop_chat.core.folding import find
from desktop_chat.language import tr
from desktop_chat.ui import mirroring, theme
from desktop_chat.ui.selection import utf16_length
from desktop_chat.viewmodels.links import Link, links_of
from desktop_chat.viewmodels.rich_text import RichText, Span, Style

LINE = 20 / 14
"""The height of a line, for each pixel of the text's size."""
BIG_EMOJI_PX = 34
META_GAP = 10
META_LINE = 15
MAX_SHOWN_CHARS = 4_000
"""More of one message is not laid out in the timeline: one long word would freeze it."""
MAX_SHOWN_LINES = 25
"""More line breaks of one message are not laid out either: it would be taller than the window."""
_MAX_SHOWN_PITCHES = 80
"""Nor is more laid out than so many usual lines: some scripts' letters are as wide as a line."""
_SAMPLE_CHARS = 64
_SPARE = 1.25
"""Letters are not all as wide as the first."""
_FONTS_MAX = 8
_PLACES_MAX = 50


class TextLook(Struct, frozen=True):
    """The size of a text in pixels, and the colours it needs beside its pen's."""

    pixels: int
    link: QColor
    code: QColor
    """Behind code that stands within a line."""
    quote: QColor
    """Quoted words."""


@lru_cache(maxsize=_FONTS_MAX)
def metrics(pixels: int) -> tuple[QFont, QFontMetricsF]:
    """A font of the app and how wide it is."""
    made = theme.font(pixels)
    return made, QFontMetricsF(made)


def forget_fonts() -> None:
    """The application's font has changed."""
    metrics.cache_clear()


class TextBlock:
    """A text at one width. Positions are in UTF-16 units of ``text``, which for a very long message is its
    beginning; points are relative to the block's upper left corner."""

    def __init__(self, whole: RichText, look: TextLook, meta_width: int, max_width: int) -> None:
        self._lay_out(whole, likely_end(whole.text, look.pixels, max_width), look, meta_width, max_width)
        if self._too_high:
            # Its last line was the first that is too much.
            start = self.layout.lineAt(self.layout.lineCount() - 1).textStart()
            end = len(self.text.encode("utf-16-le")[: 2 * start].decode("utf-16-le", "ignore"))
            self._lay_out(whole, max(1, end), look, meta_width, max_width)

    def _lay_out(self, whole: RichText, end: int, look: TextLook, meta_width: int, max_width: int) -> None:
        self.cut = whole.more or end < len(whole.text)
        shown = whole.text[:end] + "\u2028" if self.cut else whole.text
        self.text = shown + open_whole() if self.cut else shown
        self._ascii = self.text.isascii()
        self._found: tuple[str, tuple[tuple[int, int], ...]] | None = None
        self._spans = [each for each in whole.spans if each.end <= end]
        self.links = links_of(whole.text[:end], self._spans)
        self.shown_length = utf16_length(shown)
        self.big = not self.cut and not self._spans and is_few_emoji(whole.text)
        self._pixels = BIG_EMOJI_PX if self.big else look.pixels
        self._font, self._metrics = metrics(self._pixels)
        self.layout = QTextLayout(self.text, self._font)
        self.layout.setCacheEnabled(True)
        self._set_formats(look, shown)
        self._link_places = [(*self._utf16(link.start, link.end), link) for link in self.links]
        self._place(meta_width, max_width)
        self.blocks = self._frames(Style.BLOCK)
        """Where code of whole lines stands."""
        self.quotes = self._frames(Style.QUOTE)

    def position_at(self, point: QPointF) -> int:
        """The place in the text nearest to a point."""
        for number in range(self.layout.lineCount()):
            line = self.layout.lineAt(number)
            if point.y() < line.y() + line.height() or number == self.layout.lineCount() - 1:
                cursor = line.xToCursor(point.x())
                return min(int(cursor if isinstance(cursor, int) else cursor[0]), self.shown_length)
        return 0

    def position_on_text(self, point: QPointF) -> int | None:
        """The character under a point, None beside the lines."""
        for number in range(self.layout.lineCount()):
            line = self.layout.lineAt(number)
            if line.naturalTextRect().contains(point):
                cursor = line.xToCursor(
                    point.x(), self.layout.lineAt(number).CursorPosition.CursorOnCharacter
                )
                return int(cursor if isinstance(cursor, int) else cursor[0])
        return None

    def link_at(self, point: QPointF) -> Link | None:
        """The link under a point."""
        position = self.position_on_text(point)
        if position is None:
            return None
        return next((link for start, end, link in self._link_places if start <= position < end), None)

    def places_of(self, words: str) -> tuple[tuple[int, int], ...]:
        """Where words stand in the text, after folding."""
        if self._found is None or self._found[0] != words:
            places: list[tuple[int, int]] = []
            at = 0
            while len(places) < _PLACES_MAX and (place := find(self.text[at:], words)) is not None:
                places.append(self._utf16(at + place[0], at + place[1]))
                at += max(place[1], place[0] + 1)
            self._found = (words, tuple(places))
        return self._found[1]

    def on_last_line(self, point: QPointF) -> bool:
        """Whether a point is as high as the last line."""
        line = self.layout.lineAt(self.layout.lineCount() - 1)
        return line.y() <= point.y() < line.y() + line.height()

    def _utf16(self, start: int, end: int) -> tuple[int, int]:
        if self._ascii:
            return start, end
        before = utf16_length(self.text[:start])
        return before, before + utf16_length(self.text[start:end])

    def _set_formats(self, look: TextLook, shown: str) -> None:
        ranges = [self._range(each.start, each.end, _format(each, look)) for each in self._spans]
        underlined = QTextCharFormat()
        underlined.setFontUnderline(True)
        underlined.setForeground(look.link)
        ranges += [self._range(link.start, link.end, underlined) for link in self.links]
        if self.cut:
            ranges.append(self._range(len(shown), len(self.text), underlined))
        if ranges:
            self.layout.setFormats(ranges)

    def _range(self, start: int, end: int, look: QTextCharFormat) -> QTextLayout.FormatRange:
        made = QTextLayout.FormatRange()
        made.start, stop = self._utf16(start, end)
        made.length = stop - made.start
        made.format = look
        return made

    def _place(self, meta: int, max_width: int) -> None:
        rtl = self.right_to_left = is_right_to_left(self.text)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        option.setTextDirection(Qt.LayoutDirection.RightToLeft if rtl else Qt.LayoutDirection.LeftToRight)
        self.layout.setTextOption(option)
        ascent = self._metrics.ascent()
        pitch = round(self._pixels * LINE) if not self.big else round(self._metrics.height() + 2)
        y = 0.0
        widths: list[float] = []
        most = pitch * (_MAX_SHOWN_PITCHES + (2 if self.cut else 0))
        self._too_high = False
        self.layout.beginLayout()
        while not self._too_high and (line := self.layout.createLine()).isValid():
            line.setLineWidth(max_width)
            # One pitch and one baseline, whichever fonts a line mixes; only tall scripts get more room.
            height = max(pitch, round(line.height()) if line.height() > pitch + 4 else pitch)
            lead = (pitch - self._metrics.height()) / 2
            line.setPosition(QPointF(0, y + lead + ascent - line.ascent() if height == pitch else y))
            widths.append(line.naturalTextWidth())
            y += height
            self._too_high = y > most and len(widths) > 1
        self.layout.endLayout()
        text_width = max(widths, default=0.0)
        single = len(widths) == 1
        last = widths[-1] if widths else 0.0
        # The time is at the end of a line that runs as the window does; beside one that runs against it, it
        # is where the line begins, and there quoted words have their bar.
        towards_meta = rtl == mirroring.mirrored()
        quotes = any(each.style is Style.QUOTE for each in self._spans)
        beside = towards_meta or (single and not quotes)
        self.meta_inline = beside and last + META_GAP + meta <= max_width
        if self.meta_inline:
            text_width = max(text_width, last + META_GAP + meta)
        content = max(text_width, float(meta))
        if rtl:
            self._align_right(last if self.meta_inline and not towards_meta else content)
        elif self.meta_inline and not towards_meta:
            self._align_right(content)
        self.size = QSize(int(content + 0.999), round(y))
        """How much room it takes, the time at the end of its last line included where that is inline."""

    def _align_right(self, edge: float) -> None:
        for number in range(self.layout.lineCount()):
            line = self.layout.lineAt(number)
            shift = edge - line.naturalTextRect().right()
            line.setPosition(QPointF(line.x() + shift, line.y()))

    def _frames(self, style: Style) -> list[QRectF]:
        frames = []
        for each in self._spans:
            if each.style is style:
                start, end = self._utf16(each.start, each.end)
                first = self.layout.lineForTextPosition(start)
                last = self.layout.lineForTextPosition(max(start, end - 1))
                bottom = last.y() + last.height()
                frames.append(QRectF(0, first.y(), self.size.width(), bottom - first.y()))
        return frames


def _format(span: Span, look: TextLook) -> QTextCharFormat:
    made = QTextCharFormat()
    match span.style:
        case Style.MENTION:
            made.setFontWeight(QFont.Weight.DemiBold)
            made.setForeground(look.link)
        case Style.BOLD:
            made.setFontWeight(QFont.Weight.Bold)
        case Style.ITALIC:
            made.setFontItalic(True)
        case Style.STRIKE:
            made.setFontStrikeOut(True)
        case Style.QUOTE:
            made.setForeground(look.quote)
        case Style.CODE | Style.BLOCK:
            made.setFontFamilies([_fixed_family()])
            made.setFontFixedPitch(True)
            if span.style is Style.CODE:
                made.setBackground(look.code)
    return made


@lru_cache(maxsize=1)
def _fixed_family() -> str:
    return QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).family()


def open_whole() -> str:
    """What stands at the end of a message that is shown in part."""
    return tr("… Show the whole message")


def shown_end(text: str) -> int:
    """Where the part of a body ends that is laid out in the timeline."""
    at = -1
    for _ in range(MAX_SHOWN_LINES):
        at = text.find("\u2028", at + 1, MAX_SHOWN_CHARS)
        if at < 0:
            return min(len(text), MAX_SHOWN_CHARS)
    return at


def likely_end(text: str, pixels: int, width: int) -> int:
    """``shown_end``, or less of a text whose letters are so wide that so many would be higher than what is
    laid out: shaping them takes longer than a frame. What its beginning takes says how wide they are."""
    end = shown_end(text)
    if end <= _SAMPLE_CHARS * 8 or text.isascii():
        return end
    advance = metrics(pixels)[1].horizontalAdvance(text[:_SAMPLE_CHARS]) / _SAMPLE_CHARS
    in_sight = _MAX_SHOWN_PITCHES * width / max(1.0, advance)
    return min(end, int(in_sight * _SPARE))


def is_right_to_left(text: str) -> bool:
    """Whether the first letter with a direction runs from right to left (Unicode, UAX 9, rules P2 and P3)."""
    if text.isascii():
        return False
    for mark in text[:500]:
        direction = unicodedata.bidirectional(mark)
        if direction in ("R", "AL"):
            return True
        if direction == "L":
            return False
    return False


def is_few_emoji(text: str) -> bool:
    """Whether a text is one to three emoji and nothing else."""
    if not text or len(text) > 24 or text.isascii() or not all(_is_emoji_part(mark) for mark in text):
        return False
    finder = QTextBoundaryFinder(QTextBoundaryFinder.BoundaryType.Grapheme, text)
    clusters = 0
    while finder.toNextBoundary() > 0:
        clusters += 1
    return 1 <= clusters <= 3


def _is_emoji_part(mark: str) -> bool:
    point = ord(mark)
    return (
        point in (0x200D, 0xFE0F, 0x2764, 0x20E3) or 0x1F000 <= point <= 0x1FAFF or 0x2600 <= point <= 0x27BF
    )
