"""The round count of what is unread."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter

from desktop_chat.ui import theme
from desktop_chat.viewmodels import wording


def paint(painter: QPainter, middle: QPointF, count: int, tokens: theme.Tokens, height: int = 20) -> QRectF:
    """Paint it around a point; gives the room that it took."""
    text = wording.unread(count)
    painter.setFont(theme.font(theme.SMALL_PX, QFont.Weight.Bold))
    room = QRectF(0, 0, max(height, painter.fontMetrics().horizontalAdvance(text) + 11), height)
    room.moveCenter(middle)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(tokens.color("badge"))
    painter.drawRoundedRect(room, height / 2, height / 2)
    painter.setPen(QColor("#FFFFFF"))
    painter.drawText(room, Qt.AlignmentFlag.AlignCenter, text)
    return room
