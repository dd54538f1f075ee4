"""What stands above the text in a bubble: who says it, where it was forwarded from, and what it answers."""

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter

from desktop_chat.language import tr
from desktop_chat.ui import avatar, mirroring, theme
from desktop_chat.ui.text_block import is_right_to_left
from desktop_chat.ui.theme import Tokens
from desktop_chat.viewmodels.timeline_rows import TimelineRow

_LINE = 19
_QUOTE_LINE = 17
_QUOTE_PAD_X, _QUOTE_PAD_Y = 10, 5
_BAR = 3
_SMALL = 12
_GAP = 5
_FLAGS = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class MessageHead:
    """Laid out within ``room`` pixels; ``width`` and ``height`` are what it takes, 0 for nothing."""

    def __init__(self, row: TimelineRow, room: int) -> None:
        self._row = row
        self.width = 0
        self.height = 0
        self.quote_rect = QRect()
        """The quote, relative to the head's upper left corner; it is as wide as the head may be."""
        self._sender = self._line(row.sender, room, QFont.Weight.DemiBold)
        self._origin = self._line(tr("Forwarded from {name}", name=row.origin) if row.origin else "", room)
        if row.quote is not None:
            self._place_quote(row.quote.sender, row.quote.text, room)

    def paint(self, painter: QPainter, at: QPoint, width: int, tokens: Tokens) -> None:
        """With the upper left corner ``at`` a point, as wide as the bubble's inside."""
        own = self._row.own
        y = at.y()
        if self._sender:
            painter.setFont(theme.font(13, QFont.Weight.DemiBold))
            painter.setPen(avatar.name_color(self._row.message.sender_id, dark=tokens.dark))
            painter.drawText(QRect(at.x(), y - 1, width, _LINE), _FLAGS, mirroring.in_its_order(self._sender))
            y += _LINE
        if self._origin:
            painter.setFont(theme.font(_SMALL))
            painter.setPen(tokens.color("on_own_muted" if own else "muted"))
            painter.drawText(QRect(at.x(), y - 1, width, _LINE), _FLAGS, self._origin)
        if self._row.quote is not None:
            self._paint_quote(painter, self.quote_rect.translated(at), width, tokens)

    def _line(self, words: str, room: int, weight: QFont.Weight = QFont.Weight.Normal) -> str:
        if not words:
            return ""
        font_metrics = QFontMetrics(theme.font(13 if weight is not QFont.Weight.Normal else _SMALL, weight))
        shown = font_metrics.elidedText(words, Qt.TextElideMode.ElideRight, room)
        self.width = max(self.width, font_metrics.horizontalAdvance(shown))
        self.height += _LINE
        return shown

    def _place_quote(self, sender: str, text: str, room: int) -> None:
        inner = room - _BAR - 2 * _QUOTE_PAD_X
        lines = []
        for words, weight in ((sender, QFont.Weight.DemiBold), (text, QFont.Weight.Normal)):
            font_metrics = QFontMetrics(theme.font(_SMALL, weight))
            shown = font_metrics.elidedText(words, Qt.TextElideMode.ElideRight, inner)
            lines.append((shown, weight))
            self.width = max(self.width, font_metrics.horizontalAdvance(shown) + _BAR + 2 * _QUOTE_PAD_X + 1)
        self._quote_lines = [each for each in lines if each[0]]
        height = len(self._quote_lines) * _QUOTE_LINE + 2 * _QUOTE_PAD_Y
        self.quote_rect = QRect(0, self.height, room, height)
        self.height += height + _GAP

    def _paint_quote(self, painter: QPainter, rect: QRect, width: int, tokens: Tokens) -> None:
        own = self._row.own
        quote = self._row.quote
        assert quote is not None
        rect = QRect(rect.x(), rect.y(), width, rect.height())
        accent = QColor(tokens.on_own) if own else avatar.name_color(quote.sender_id, dark=tokens.dark)
        back = QColor(accent)
        back.setAlpha(38 if own else 26)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(back)
        painter.drawRoundedRect(rect, 6, 6)
        painter.setBrush(accent)
        # At the side where the words begin; they find it by themselves, a name of another script does not.
        rtl = is_right_to_left(quote.text)
        bar_x = rect.right() + 1 - _BAR if rtl else rect.x()
        painter.drawRoundedRect(QRect(bar_x, rect.y(), _BAR, rect.height()), 1.5, 1.5)
        side = Qt.AlignmentFlag.AlignRight if rtl else Qt.AlignmentFlag.AlignLeft
        flags = side | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter
        left = rect.x() + _QUOTE_PAD_X + (0 if rtl else _BAR)
        y = rect.y() + _QUOTE_PAD_Y
        for words, weight in self._quote_lines:
            painter.setFont(theme.font(_SMALL, weight))
            head = weight is not QFont.Weight.Normal
            painter.setPen(accent if head else tokens.color("on_own_muted" if own else "muted"))
            line = QRect(left, y, rect.width() - _BAR - 2 * _QUOTE_PAD_X + (0 if rtl else 2), _QUOTE_LINE)
            painter.drawText(line, flags, mirroring.in_its_order(words))
            y += _QUOTE_LINE
