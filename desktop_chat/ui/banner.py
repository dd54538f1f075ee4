"""An alert inside the window, where the desktop has nothing that shows notifications."""

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QColor,
    QEnterEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from desktop_chat.language import tr
from desktop_chat.ui import icons, mirroring, theme
from desktop_chat.ui.plain_label import ElidedLabel

_WIDTH_PX = 340
_MARGIN_PX = 14
_PICTURE_PX = 40
_STAYS_MS = 8_000
"""Counted while a person can see it."""


class Banner(QWidget):
    """One alert at the top of a window, where lines end: the newest; hidden while there is none. It goes
    after a while, and waits with that under the pointer and while the window is not the active one."""

    opened = Signal(object, object)
    """The conversation, and the seq of the message in it, both ints of up to 2**53."""

    def __init__(self, look: theme.Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self._conversation_id = 0
        self._seq = 0
        self.setObjectName("banner")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._picture = QLabel(self)
        self._picture.setFixedSize(_PICTURE_PX, _PICTURE_PX)
        self._picture.setScaledContents(True)
        self._who = ElidedLabel("", "name", self)
        self._text = ElidedLabel("", "muted", self)
        self._close = QToolButton(self)
        self._close.setFixedSize(28, 28)
        self._close.setAccessibleName(tr("Dismiss"))
        self._close.setToolTip(tr("Dismiss"))
        self._close.clicked.connect(self._dismiss)
        lines = QVBoxLayout()
        lines.setSpacing(1)
        lines.addWidget(self._who)
        lines.addWidget(self._text)
        row = QHBoxLayout(self)
        row.setContentsMargins(mirroring.margins(14, 12, 8, 12))
        row.setSpacing(12)
        row.addWidget(self._picture)
        row.addLayout(lines, 1)
        row.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_STAYS_MS)
        self._timer.timeout.connect(self._dismiss)
        parent.installEventFilter(self)
        look.changed.connect(self._dress)
        self._dress()
        self.hide()

    def show_alert(self, conversation_id: int, seq: int, who: str, text: str, png: bytes | None) -> None:
        """Show this alert in place of whichever is shown."""
        self._conversation_id, self._seq = conversation_id, seq
        spoken = self._say(who, text)
        picture = QPixmap()
        if png is not None:
            picture.loadFromData(png)
        self._picture.setPixmap(picture)
        self._picture.setVisible(not picture.isNull())
        self._place()
        self.show()
        self.raise_()
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, spoken))
        self._timer.stop()
        self._count()

    def correct(self, conversation_id: int, seq: int, who: str, text: str) -> None:
        """The message that is shown says something else now; its time runs on."""
        if seq and (conversation_id, seq) == (self._conversation_id, self._seq):
            self._say(who, text)

    def withdraw(self, conversation_id: int) -> None:
        """The alert to this conversation has had its day."""
        if conversation_id == self._conversation_id:
            self._dismiss()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize:
            self._place()
        elif event.type() is QEvent.Type.ActivationChange:
            self._count()
        return False

    def enterEvent(self, event: QEnterEvent) -> None:
        self._timer.stop()

    def leaveEvent(self, event: QEvent) -> None:
        self._count()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()  # otherwise the release goes elsewhere

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self._open()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._open()
        elif event.key() == Qt.Key.Key_Escape:
            self._dismiss()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = self._look.tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        inside = QRectF(self.rect()).adjusted(1, 1, -1, -3)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(0, 0, 0, 26))
        painter.drawRoundedRect(inside.translated(0, 2), 14, 14)
        edge = "accent" if self.hasFocus() else "line"
        painter.setPen(QPen(tokens.color(edge), 2 if self.hasFocus() else 1))
        painter.setBrush(tokens.color("panel"))
        painter.drawRoundedRect(inside, 14, 14)

    def _say(self, who: str, text: str) -> str:
        """Show these words; as they are spoken."""
        self._who.setText(who)
        self._text.setText(" ".join(text.split()))
        spoken = tr("{name}: {words}", name=who, words=text)
        self.setAccessibleName(spoken)
        return spoken

    def _open(self) -> None:
        conversation_id, seq = self._conversation_id, self._seq
        self._dismiss()
        self.opened.emit(conversation_id, seq)

    def _dismiss(self) -> None:
        self._conversation_id = 0
        self._timer.stop()
        self.hide()

    def _count(self) -> None:
        """Let the time run while somebody can see it."""
        if self.isVisible() and self.window().isActiveWindow() and not self.underMouse():
            if not self._timer.isActive():
                self._timer.start()
        else:
            self._timer.stop()

    def _place(self) -> None:
        room = self.window().width()
        width = min(_WIDTH_PX, room - 2 * _MARGIN_PX)
        place = QRect(room - width - _MARGIN_PX, _MARGIN_PX, width, self.sizeHint().height())
        self.setGeometry(mirroring.placed(place, QRect(0, 0, room, 0)))

    def _dress(self) -> None:
        self._close.setIcon(icons.icon("close", self._look.tokens.muted, 16))
        self.update()
