"""The round count of what is unread, and other short words of that kind."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter

from desktop_chat.ui import theme


def paint(painter: QPainter, middle: QPointF, text: str, color: str, height: int = 20) -> None:
    """Paint it around a point; ``color`` is one of the scheme's."""
    painter.setFont(theme.font(theme.SMALL_PX, QFont.Weight.Bold))
    room = QRectF(0, 0, max(height, painter.fontMetrics().horizontalAdvance(text) + 11), height)
    room.moveCenter(middle)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(color))
    painter.drawRoundedRect(room, height / 2, height / 2)
    painter.setPen(QColor("#FFFFFF"))
    painter.drawText(room, Qt.AlignmentFlag.AlignCenter, text)
