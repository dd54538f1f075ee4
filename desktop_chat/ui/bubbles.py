"""Bubbles as three strips: two caps and a column between them that is drawn as wide as is needed.

Filling a rounded path costs a tenth of a frame's time for each bubble; these strips are made once for each
height, and heights are few.
"""

from enum import Enum
from functools import lru_cache

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPainterPath, QPixmap

from desktop_chat.ui.theme import Tokens

RADIUS, TIGHT = 16, 4
_SHADOW = 1
_STRIP = RADIUS + 1


class Side(Enum):
    """One of a bubble's."""

    LEFT = "left"
    RIGHT = "right"


def paint_bubble(painter: QPainter, rect: QRect, tokens: Tokens, *, own: bool, tail: Side | None) -> None:
    """A bubble with its shadow. Where its group ends its lower corner on the sender's side, ``tail``, is
    tight."""
    ratio = painter.device().devicePixelRatioF()
    left, middle, right = _strips(tokens, rect.height(), own, tail, ratio)
    painter.drawPixmap(rect.topLeft(), left)
    painter.drawPixmap(QPoint(rect.right() + 1 - _STRIP, rect.top()), right)
    between = QRect(rect.left() + _STRIP, rect.top(), rect.width() - 2 * _STRIP, rect.height() + _SHADOW)
    painter.drawPixmap(between, middle)


@lru_cache(maxsize=128)
def _strips(
    tokens: Tokens, height: int, own: bool, tail: Side | None, ratio: float
) -> tuple[QPixmap, QPixmap, QPixmap]:
    width = 2 * _STRIP + 2
    whole = QPixmap(QSize(round(width * ratio), round((height + _SHADOW) * ratio)))
    whole.setDevicePixelRatio(ratio)
    whole.fill(Qt.GlobalColor.transparent)
    painter = QPainter(whole)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    path = _path(QRectF(0, 0, width, height), tail)
    shadow = tokens.color("bubble_shadow")
    if shadow.alpha():
        painter.fillPath(path.translated(0, _SHADOW), shadow)
    if own:
        gradient = QLinearGradient(0, 0, 0, height)
        gradient.setColorAt(0, QColor(tokens.own_top))
        gradient.setColorAt(1, QColor(tokens.own_bottom))
        painter.fillPath(path, gradient)
    else:
        painter.fillPath(path, tokens.color("bubble"))
    painter.end()

    def strip(left: int, right: int) -> QPixmap:
        return whole.copy(round(left * ratio), 0, round((right - left) * ratio), whole.height())

    return strip(0, _STRIP), strip(_STRIP, _STRIP + 1), strip(width - _STRIP, width)


def _path(rect: QRectF, tail: Side | None) -> QPainterPath:
    upper = min(float(RADIUS), rect.height() / 2)
    right = TIGHT if tail is Side.RIGHT else upper
    left = TIGHT if tail is Side.LEFT else upper
    path = QPainterPath()
    path.moveTo(rect.left() + upper, rect.top())
    path.arcTo(rect.right() - 2 * upper, rect.top(), 2 * upper, 2 * upper, 90, -90)
    path.arcTo(rect.right() - 2 * right, rect.bottom() - 2 * right, 2 * right, 2 * right, 0, -90)
    path.arcTo(rect.left(), rect.bottom() - 2 * left, 2 * left, 2 * left, 270, -90)
    path.arcTo(rect.left(), rect.top(), 2 * upper, 2 * upper, 180, -90)
    path.closeSubpath()
    return path
