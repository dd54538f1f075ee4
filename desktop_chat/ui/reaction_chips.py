"""The reactions under a bubble: small pills with an emoji and how many gave it."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen

from desktop_chat.ui import mirroring, theme
from desktop_chat.ui.theme import Tokens
from desktop_chat.viewmodels.timeline_rows import ReactionChip

CHIP_HEIGHT = 26
CHIP_GAP = 4
_PAD = 9
_EMOJI_PX = 14
_COUNT_PX = 12
_BETWEEN = 5


def place_chips(chips: Sequence[ReactionChip], room: int) -> tuple[list[tuple[QRect, ReactionChip]], int]:
    """Each chip's place in lines no wider than ``room``, and how high they are together."""
    emoji = QFontMetrics(theme.font(_EMOJI_PX))
    count = QFontMetrics(theme.font(_COUNT_PX, QFont.Weight.DemiBold))
    placed = []
    x = y = 0
    for chip in chips:
        width = 2 * _PAD + emoji.horizontalAdvance(chip.key)
        width += _BETWEEN + count.horizontalAdvance(str(chip.count))
        width = min(width, room)
        if x and x + width > room:
            x, y = 0, y + CHIP_HEIGHT + CHIP_GAP
        placed.append((QRect(x, y, width, CHIP_HEIGHT), chip))
        x += width + CHIP_GAP
    return placed, y + CHIP_HEIGHT


def paint_chip(painter: QPainter, rect: QRect, chip: ReactionChip, tokens: Tokens) -> None:
    """One reaction; one's own has a ring in the accent colour."""
    inside = QRectF(rect).adjusted(0.75, 0.75, -0.75, -0.75)
    fill = QColor(tokens.bubble)
    if chip.own:
        fill = QColor(tokens.row_selected)
    painter.setBrush(fill)
    painter.setPen(QPen(tokens.color("accent" if chip.own else "line"), 1.5 if chip.own else 1))
    painter.drawRoundedRect(inside, CHIP_HEIGHT / 2 - 1, CHIP_HEIGHT / 2 - 1)
    painter.setFont(theme.font(_EMOJI_PX))
    painter.setPen(tokens.color("text"))
    words = rect.adjusted(_PAD, 0, -_PAD, 0)
    painter.drawText(words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, chip.key)
    painter.setFont(theme.font(_COUNT_PX, QFont.Weight.DemiBold))
    painter.setPen(tokens.color("link" if chip.own else "muted"))
    count, font_metrics = str(chip.count), painter.fontMetrics()
    baseline = round(rect.center().y() + font_metrics.ascent() / 2 - 1)
    width = font_metrics.horizontalAdvance(count)
    place = mirroring.placed(QRect(words.right() + 1 - width, baseline, width, 1), words)
    painter.drawText(place.topLeft(), count)
