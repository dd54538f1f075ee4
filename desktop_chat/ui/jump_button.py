"""The round button that leads back to the newest message, with a count of what waits there."""

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QAbstractButton, QWidget

from desktop_chat.language import tr, trn
from desktop_chat.ui import badge, icons, theme
from desktop_chat.viewmodels import wording

_ROUND = 40
_BADGE = 20


class JumpButton(QAbstractButton):
    """Sits over the lower right corner of a timeline."""

    def __init__(self, look: theme.Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self._unread = 0
        self.setFixedSize(_ROUND + 12, _ROUND + _BADGE // 2 + 4)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.set_unread(0)

    def set_unread(self, unread: int) -> None:
        """How many messages wait below."""
        self._unread = unread
        words = tr("Jump to the newest message")
        if unread:
            words = trn(
                "Jump to the newest message, {count} unread",
                "Jump to the newest message, {count} unread",
                count=unread,
            )
        self.setAccessibleName(words)
        self.update()

    def sizeHint(self) -> QSize:
        return self.size()

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = self._look.tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        circle = QRectF((self.width() - _ROUND) / 2, _BADGE / 2, _ROUND, _ROUND)
        round_one = _round(tokens, self.underMouse(), self.devicePixelRatioF())
        painter.drawPixmap(circle.topLeft(), round_one)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(tokens.color("accent"), 2))
            painter.drawEllipse(circle.adjusted(1, 1, -1, -1))
        if self._unread:
            middle = QPointF(circle.center().x(), circle.top() + 1)
            badge.paint(painter, middle, wording.unread(self._unread), tokens.badge, _BADGE)


@lru_cache(maxsize=8)
def _round(tokens: theme.Tokens, hover: bool, ratio: float) -> QPixmap:
    """The button without focus and count; kept, since it is painted with each frame of a scroll."""
    picture = QPixmap(QSize(round(_ROUND * ratio), round((_ROUND + 2) * ratio)))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    circle = QRectF(0, 0, _ROUND, _ROUND)
    painter.setBrush(QColor(0, 0, 0, 40))
    painter.drawEllipse(circle.translated(0, 1.5))
    painter.setBrush(tokens.color("row_hover" if hover else "bubble"))
    painter.drawEllipse(circle)
    at = circle.center() - QPointF(10, 9)
    painter.drawPixmap(at, icons.pixmap("down", tokens.muted, 20, ratio))
    painter.end()
    return picture
