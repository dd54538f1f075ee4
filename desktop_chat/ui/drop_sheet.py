"""The sheet over a conversation while files are dragged onto it."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from desktop_chat.language import tr
from desktop_chat.ui import icons, theme


class DropSheet(QWidget):
    """Says what a drop does; the mouse does not see it."""

    def __init__(self, look: theme.Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = self._look.tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        back = QColor(tokens.panel)
        back.setAlpha(226)
        painter.fillRect(self.rect(), back)
        frame = QRectF(self.rect()).adjusted(18, 18, -18, -18)
        pen = QPen(tokens.color("accent"), 2, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.drawRoundedRect(frame, 16, 16)
        glyph = icons.pixmap("attach", tokens.accent, 40, self.devicePixelRatioF())
        middle = frame.center()
        painter.drawPixmap(round(middle.x()) - 20, round(middle.y()) - 44, glyph)
        painter.setPen(tokens.color("text"))
        painter.setFont(theme.font(16, QFont.Weight.DemiBold))
        words = QRectF(frame.left(), middle.y() + 4, frame.width(), 30)
        painter.drawText(words, Qt.AlignmentFlag.AlignCenter, tr("Drop files here to send them"))
