"""An avatar that can be changed: a button with a camera on it, and what can be done in a menu."""

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QWidget

from desktop_chat.language import tr
from desktop_chat.ui import avatar, icons, theme
from desktop_chat.ui.avatar import Subject
from desktop_chat.ui.menu import Menu

_RING = 3


class PortraitButton(QAbstractButton):
    """Whether it can be changed is said by ``set_changeable``; where not, it is decoration."""

    choose_requested = Signal()
    remove_requested = Signal()

    def __init__(self, size: int, name: str, look: theme.Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._size = size
        self._look = look
        self._subject = Subject(0, "")
        self._name = name
        self._changeable = self._busy = False
        self.setFixedSize(size + 2 * _RING, size + 2 * _RING)
        self.clicked.connect(self._open_menu)
        look.changed.connect(self.update)
        look.portraits.changed.connect(self.update)
        self.set_changeable(False)

    def show_subject(self, subject: Subject) -> None:
        """Whose avatar this is."""
        if subject != self._subject:
            self._subject = subject
            self.update()

    def set_changeable(self, changeable: bool) -> None:
        """Whether a person may give another picture."""
        self._changeable = changeable
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if changeable else Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(self._name if changeable else "")
        self.setToolTip(self._name if changeable else "")
        cursor = Qt.CursorShape.PointingHandCursor if changeable else Qt.CursorShape.ArrowCursor
        self.setCursor(cursor)
        self.update()

    def set_busy(self, words: str) -> None:
        """Something goes on with the picture; words elsewhere say what."""
        self._busy = bool(words)
        self.update()

    def sizeHint(self) -> QSize:
        return self.size()

    def keyPressEvent(self, event: object) -> None:
        # Return opens the menu too: in a dialog it would press the default button.
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._changeable:  # type: ignore[attr-defined]
            self.click()
        else:
            super().keyPressEvent(event)  # type: ignore[arg-type]

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens, size = self._look.tokens, self._size
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setOpacity(0.45 if self._busy else 1.0)
        avatar.paint(painter, QPoint(_RING, _RING), size, self._subject, self._look.portraits)
        painter.setOpacity(1.0)
        if not self._changeable:
            return
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(tokens.color("accent"), 2))
            painter.drawEllipse(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        radius = max(11.0, size * 0.17)
        center = QPointF(_RING + size * 0.853, _RING + size * 0.853)
        painter.setPen(QPen(tokens.color("panel"), 2))
        painter.setBrush(tokens.color("accent_hover" if self.underMouse() else "badge"))
        painter.drawEllipse(center, radius, radius)
        inner = round(radius * 1.2)
        camera = icons.pixmap("camera", "#FFFFFF", inner, self.devicePixelRatioF())
        painter.drawPixmap(center - QPointF(inner / 2, inner / 2), camera)

    def enterEvent(self, event: object) -> None:
        self.update()

    def leaveEvent(self, event: object) -> None:
        self.update()

    def _open_menu(self) -> None:
        if not self._changeable or self._busy:
            return
        if not self._subject.portrait:
            self.choose_requested.emit()
            return
        menu = Menu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        tokens = self._look.tokens
        choose = menu.addAction(icons.icon("photo", tokens.muted, 18), tr("Choose another picture…"))
        remove = menu.addAction(icons.icon("trash", QColor(tokens.danger).name(), 18), tr("Remove picture"))
        choose.triggered.connect(self.choose_requested)
        remove.triggered.connect(self.remove_requested)
        menu.popup(self.mapToGlobal(QPoint(self.width() // 2, self.height() - _RING)))
