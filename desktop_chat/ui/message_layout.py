"""Lays one message out: where its text, its time, its links and its bubble are. Pure geometry."""

import unicodedata
from functools import lru_cache

from PySide6.QtCore import QPoint, QPointF, QRect, QSize, Qt, QTextBoundaryFinder
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QFontMetricsF,
    QTextCharFormat,
    QTextLayout,
    QTextOption,
)

from desktop_chat.core.models import SendState
from desktop_chat.ui import theme
from desktop_chat.ui.links import Link, find_links
from desktop_chat.ui.selection import utf16_length
from desktop_chat.viewmodels.timeline_rows import TimelineRow, body_text

PAD_X, PAD_Y = 14, 8
LINE = 20
BIG_EMOJI_PX = 34
META_GAP = 10
META_LINE = 15
TICKS_WIDTH = 21
AVATAR = 32
AVATAR_X = 16
OTHER_X = AVATAR_X + AVATAR + 12
OWN_MARGIN = 22
GROUP_GAP, ROW_GAP = 8, 3
DAY_HEIGHT = 42
UNREAD_HEIGHT = 40
FAILED_HEIGHT = 22
MAX_SHOWN_CHARS = 4_000
"""More of one message is not laid out in the timeline: one long word would freeze it."""
MAX_SHOWN_LINES = 25
"""More line breaks of one message are not laid out either: it would be taller than the window."""
OPEN_WHOLE = "… Show the whole message"


@lru_cache(maxsize=8)
def _metrics(pixels: int) -> tuple[QFont, QFontMetricsF]:
    made = theme.font(pixels)
    return made, QFontMetricsF(made)


def forget_fonts() -> None:
    """The application's font has changed."""
    _metrics.cache_clear()


class MessageLayout:
    """One row at one width. Rectangles are relative to the row's top left corner; ``text`` is what is laid
    out, which for a very long message is its beginning."""

    def __init__(self, row: TimelineRow, width: int, link_color: QColor) -> None:
        self.row = row
        self.width = width
        whole = body_text(row.message)
        end = shown_end(whole)
        self.cut = end < len(whole)
        shown = whole[:end] + "\u2028" if self.cut else whole
        self.text = shown + OPEN_WHOLE if self.cut else shown
        self.links = find_links(whole[:end])
        self.shown_length = utf16_length(shown)
        self.big = not self.cut and is_few_emoji(whole)
        pixels = BIG_EMOJI_PX if self.big else theme.TEXT_PX
        self._font, self._font_metrics = _metrics(pixels)
        small_metrics = _metrics(theme.SMALL_PX)[1]
        # The time, and the ticks where there are any.
        self.meta_width = round(small_metrics.horizontalAdvance(row.time)) + (TICKS_WIDTH if row.own else 0)
        self.layout = QTextLayout(self.text, self._font)
        self.layout.setCacheEnabled(True)
        self._set_formats(link_color)
        self._spans = [(*self._utf16(link.start, link.end), link) for link in self.links]
        self._place_text(max_bubble_width(width) - 2 * PAD_X)
        self._place_row()

    def refit(self, width: int) -> bool:
        """Take another width where that breaks no line elsewhere; whether it could."""
        fits = self.meta_inline and self.bubble_size.width() <= max_bubble_width(width)
        if not fits or self.layout.lineCount() > 1:
            return False
        self.width = width
        self._place_row()
        return True

    def position_at(self, point: QPoint) -> int:
        """The place in the text nearest to a point of the row, in UTF-16 units."""
        inside = QPointF(point) - self.text_at
        for number in range(self.layout.lineCount()):
            line = self.layout.lineAt(number)
            if inside.y() < line.y() + line.height() or number == self.layout.lineCount() - 1:
                cursor = line.xToCursor(inside.x())
                return min(int(cursor if isinstance(cursor, int) else cursor[0]), self.shown_length)
        return 0

    def link_at(self, point: QPoint) -> Link | None:
        """The link under a point of the row."""
        position = self._position_on_text(point)
        if position is None:
            return None
        return next((link for start, end, link in self._spans if start <= position < end), None)

    def opens_whole(self, point: QPoint) -> bool:
        """Whether a point of the row is on the words that open a very long message."""
        return (
            self.cut and self.bubble.contains(point) and self._line_of(point) == self.layout.lineCount() - 1
        )

    def on_text(self, point: QPoint) -> bool:
        """Whether a point of the row is on a line of its text."""
        return self._position_on_text(point) is not None

    def _position_on_text(self, point: QPoint) -> int | None:
        inside = QPointF(point) - self.text_at
        for number in range(self.layout.lineCount()):
            line = self.layout.lineAt(number)
            if line.naturalTextRect().contains(inside):
                cursor = line.xToCursor(
                    inside.x(), self.layout.lineAt(number).CursorPosition.CursorOnCharacter
                )
                return int(cursor if isinstance(cursor, int) else cursor[0])
        return None

    def _line_of(self, point: QPoint) -> int:
        inside = point.y() - self.text_at.y()
        for number in range(self.layout.lineCount()):
            line = self.layout.lineAt(number)
            if line.y() <= inside < line.y() + line.height():
                return number
        return -1

    def _utf16(self, start: int, end: int) -> tuple[int, int]:
        before = utf16_length(self.text[:start])
        return before, before + utf16_length(self.text[start:end])

    def _set_formats(self, link_color: QColor) -> None:
        ranges: list[QTextLayout.FormatRange] = []
        spans = [self._utf16(link.start, link.end) for link in self.links]
        if self.cut:
            spans.append((self.shown_length, utf16_length(self.text)))
        for start, end in spans:
            underlined = QTextLayout.FormatRange()
            underlined.start, underlined.length = start, end - start
            look = QTextCharFormat()
            look.setFontUnderline(True)
            look.setForeground(link_color)
            underlined.format = look
            ranges.append(underlined)
        if ranges:
            self.layout.setFormats(ranges)

    def _place_text(self, max_width: int) -> None:
        rtl = is_right_to_left(self.text)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        option.setTextDirection(Qt.LayoutDirection.RightToLeft if rtl else Qt.LayoutDirection.LeftToRight)
        self.layout.setTextOption(option)
        ascent = self._font_metrics.ascent()
        pitch = LINE if not self.big else round(self._font_metrics.height() + 2)
        y = 0.0
        widths: list[float] = []
        self.layout.beginLayout()
        while (line := self.layout.createLine()).isValid():
            line.setLineWidth(max_width)
            # One pitch and one baseline, whichever fonts a line mixes; only tall scripts get more room.
            height = max(pitch, round(line.height()) if line.height() > pitch + 4 else pitch)
            lead = (pitch - self._font_metrics.height()) / 2
            line.setPosition(QPointF(0, y + lead + ascent - line.ascent() if height == pitch else y))
            widths.append(line.naturalTextWidth())
            y += height
        self.layout.endLayout()
        text_width = max(widths, default=0.0)
        meta = self.meta_width
        single = len(widths) == 1
        self.meta_inline = (not rtl or single) and widths[-1] + META_GAP + meta <= max_width
        if self.meta_inline:
            text_width = max(text_width, widths[-1] + META_GAP + meta)
        content = max(text_width, float(meta))
        if rtl:
            edge = widths[0] if single and self.meta_inline else content
            for number in range(len(widths)):
                line = self.layout.lineAt(number)
                shift = edge - line.naturalTextRect().right()
                line.setPosition(QPointF(line.x() + shift, line.y()))
        self.text_height = round(y)
        height = self.text_height + 2 * PAD_Y + (0 if self.meta_inline else META_LINE)
        self.bubble_size = QSize(int(content + 0.999) + 2 * PAD_X, height)

    def _place_row(self) -> None:
        row = self.row
        top = 0
        self.day_rect = QRect()
        self.unread_rect = QRect()
        if row.day:
            self.day_rect = QRect(0, top, self.width, DAY_HEIGHT)
            top += DAY_HEIGHT
        if row.unread_line:
            self.unread_rect = QRect(0, top, self.width, UNREAD_HEIGHT)
            top += UNREAD_HEIGHT
        if not row.day and not row.unread_line:
            top += GROUP_GAP if row.first_in_group else ROW_GAP
        size = self.bubble_size
        left = self.width - OWN_MARGIN - size.width() if row.own else OTHER_X
        self.bubble = QRect(QPoint(left, top), size)
        self.text_at = QPointF(left + PAD_X, top + PAD_Y)
        self.meta_right = self.bubble.right() + 1 - PAD_X + 2
        self.meta_baseline = self.bubble.bottom() + 1 - PAD_Y - 2
        top += size.height()
        self.failed_rect = QRect()
        self.retry_rect = QRect()
        self.discard_rect = QRect()
        if row.own and row.state is SendState.FAILED:
            self._place_failed(top)
            top += FAILED_HEIGHT
        self.height = top + 1

    def _place_failed(self, top: int) -> None:
        metrics = QFontMetrics(theme.font(12))
        right = self.width - OWN_MARGIN
        discard = metrics.horizontalAdvance("Discard")
        retry = metrics.horizontalAdvance("Retry")
        dot = metrics.horizontalAdvance(" · ")
        self.discard_rect = QRect(right - discard, top + 3, discard, FAILED_HEIGHT - 4)
        self.retry_rect = QRect(right - discard - dot - retry, top + 3, retry, FAILED_HEIGHT - 4)
        error = self.row.message.error.rstrip(".")
        words = f"Not sent: {error}" if error else "Not sent"
        room = self.retry_rect.left() - 16
        self.failed_words = metrics.elidedText(f"{words} — ", Qt.TextElideMode.ElideMiddle, room)
        width = metrics.horizontalAdvance(self.failed_words)
        self.failed_rect = QRect(self.retry_rect.left() - width, top + 3, width, FAILED_HEIGHT - 4)


def shown_end(text: str) -> int:
    """Where the part of a body ends that is laid out in the timeline."""
    at = -1
    for _ in range(MAX_SHOWN_LINES):
        at = text.find("\u2028", at + 1, MAX_SHOWN_CHARS)
        if at < 0:
            return min(len(text), MAX_SHOWN_CHARS)
    return at


def max_bubble_width(width: int) -> int:
    """At most 65 % of the timeline; more of a narrow one, where that would leave a few words a line."""
    room = width - OTHER_X - OWN_MARGIN - 24
    return max(120, round(width * 0.65), min(room, 300))


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
