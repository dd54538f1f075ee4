"""The tray icon: how many messages wait, and a menu. Alerts do not come from here, see ``notifications``."""

from PySide6.QtCore import QObject, QRect, Qt, Signal
from PySide6.QtGui import QAction, QBrush, QColor, QFont, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from desktop_chat.language import tr, trc, trn

ICON_SIZES_PX = (16, 22, 24, 32, 48, 64)
"""Trays take the size nearest to theirs; each is painted, since a scaled figure cannot be read."""
_LARGEST_NUMBER = 99
_BADGE_COLOUR = QColor("#e5484d")
_QUIET_COLOUR = QColor("#8b8d98")


class Tray(QObject):
    """The icon in the desktop's tray. Hidden until ``show`` is called."""

    open_asked = Signal()
    quit_asked = Signal()
    do_not_disturb_asked = Signal(bool)

    def __init__(self, icon: QIcon, title: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._plain = icon
        self._title = title
        self._unread = 0
        self._menu = QMenu()
        self._open = QAction(self._menu)
        self._open.triggered.connect(self.open_asked)
        self._quiet = QAction(self._menu)
        self._quiet.setCheckable(True)
        self._quiet.toggled.connect(self._on_quiet)
        self._quit = QAction(self._menu)
        self._quit.triggered.connect(self.quit_asked)
        self._menu.addActions([self._open, self._quiet])
        self._menu.addSeparator()
        self._menu.addAction(self._quit)
        self._icon = QSystemTrayIcon(self)
        self._icon.setContextMenu(self._menu)
        self._icon.activated.connect(self._on_activated)
        self.say()

    @staticmethod
    def available() -> bool:
        """Whether the desktop has a tray; without one, closing the window must not hide the app."""
        return QSystemTrayIcon.isSystemTrayAvailable()

    def show(self) -> None:
        """Put the icon into the tray."""
        self._icon.show()

    def hide(self) -> None:
        """Take the icon away, as before the app ends: some trays keep it otherwise."""
        self._icon.hide()

    def say(self) -> None:
        """Say everything in the language that is spoken now."""
        self._open.setText(trc("button", "Open"))
        self._quiet.setText(tr("Do not disturb"))
        self._quit.setText(tr("Quit"))
        self._repaint()

    def set_unread(self, count: int) -> None:
        """Show how many messages wait to be read."""
        if count != self._unread:
            self._unread = count
            self._repaint()

    def set_do_not_disturb(self, quiet: bool) -> None:
        """Show whether alerts are held back, without asking for it again."""
        blocked = self._quiet.blockSignals(True)
        self._quiet.setChecked(quiet)
        self._quiet.blockSignals(blocked)
        self._repaint()

    def _repaint(self) -> None:
        self._icon.setIcon(badged_icon(self._plain, self._unread, quiet=self._quiet.isChecked()))
        words = self._title
        if self._unread:
            words = trn(
                "{name}: {count} unread", "{name}: {count} unread", count=self._unread, name=self._title
            )
        self._icon.setToolTip(words)

    def _on_quiet(self, quiet: bool) -> None:
        self._repaint()
        self.do_not_disturb_asked.emit(quiet)

    def _on_activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason is QSystemTrayIcon.ActivationReason.Trigger:
            self.open_asked.emit()


def badged_icon(plain: QIcon, count: int, *, quiet: bool = False) -> QIcon:
    """An icon with a number on it, painted for each size a tray may want; ``quiet`` greys the number."""
    if count <= 0:
        return plain
    icon = QIcon()
    for size in ICON_SIZES_PX:
        icon.addPixmap(_badged_pixmap(plain.pixmap(size, size), size, count, quiet))
    return icon


def _badged_pixmap(plain: QPixmap, size: int, count: int, quiet: bool) -> QPixmap:
    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.drawPixmap(0, 0, plain)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QBrush(_QUIET_COLOUR if quiet else _BADGE_COLOUR))
    if size < 22:  # too small for figures: a dot says that something waits
        side = round(size * 0.5)
        painter.drawEllipse(QRect(size - side, size - side, side, side))
    else:
        text = str(count) if count <= _LARGEST_NUMBER else "∞"
        height = round(size * 0.62)
        font = QFont(painter.font())
        font.setPixelSize(round(height * 0.78))
        font.setBold(True)
        painter.setFont(font)
        width = max(height, painter.fontMetrics().horizontalAdvance(text) + round(height * 0.4))
        badge = QRect(size - min(width, size), size - height, min(width, size), height)
        painter.drawRoundedRect(badge, height / 2, height / 2)
        painter.setPen(QColor(Qt.GlobalColor.white))
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, text)
    painter.end()
    return pixmap
