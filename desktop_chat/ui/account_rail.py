"""The rail at the window's left edge that leads from one account to another."""

import zlib
from itertools import pairwise

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QPainter, QPaintEvent, QPen, QShortcut
from PySide6.QtWidgets import QAbstractButton, QToolButton, QVBoxLayout, QWidget

from desktop_chat.language import tr, trn
from desktop_chat.ui import avatar, badge, icons, mirroring, theme
from desktop_chat.ui.keys import with_keys
from desktop_chat.ui.portraits import PortraitSource
from desktop_chat.viewmodels import wording

WIDTH_PX = 72
_HEIGHT_PX = 70
_AVATAR_PX = 42
_BADGE_PX = 18
_KEYS = 9
"""Accounts that have a key of their own, Ctrl+1 and on."""


class AccountButton(QAbstractButton):
    """One account: who one is there, and beneath it where that is."""

    def __init__(self, key: str, portraits: PortraitSource, look: theme.Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._portraits = portraits
        self._name = ""
        # Not the user's id: the same person has another colour on another server.
        self._subject = avatar.Subject(zlib.crc32(key.encode()), "")
        self._server = ""
        self._look = look
        self._unread = 0
        self._signed_out = False
        self._place = 0
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setFixedSize(WIDTH_PX, _HEIGHT_PX)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._say()

    def set_person(self, name: str, portrait: str) -> None:
        """Who one is there, and the file_id of one's picture."""
        self._name = name
        self._subject = self._subject._replace(title=name, portrait=portrait)
        self._say()

    def set_server(self, server: str) -> None:
        """What its server is called here."""
        self._server = server
        self._say()

    def set_unread(self, unread: int) -> None:
        """How many unread messages the account has."""
        self._unread = unread
        self._say()

    def set_signed_out(self, signed_out: bool) -> None:
        """Whether nothing comes in any more until the person signs in again."""
        self._signed_out = signed_out
        self._say()

    def _say(self) -> None:
        where = self._server
        if self._place < _KEYS:
            where = with_keys(where, f"Ctrl+{self._place + 1}")
        lines = [self._name, where, *([tr("Signed out")] if self._signed_out else [])]
        # As markup of our own, or Qt may take a name for markup.
        told = "\n".join(lines).replace("&", "&amp;").replace("<", "&lt;")
        self.setToolTip(f"<qt>{told.replace(chr(10), '<br>')}</qt>")
        self.setAccessibleName(self._spoken())
        self.update()

    def _spoken(self) -> str:
        values = {"name": self._name, "server": self._server}
        if self._signed_out and self._unread:
            return trn(
                "{name}, {server}, signed out, {count} unread",
                "{name}, {server}, signed out, {count} unread",
                count=self._unread,
                **values,
            )
        if self._signed_out:
            return tr("{name}, {server}, signed out", **values)
        if self._unread:
            return trn(
                "{name}, {server}, {count} unread",
                "{name}, {server}, {count} unread",
                count=self._unread,
                **values,
            )
        return tr("{name}, {server}", **values)

    def set_place(self, place: int) -> None:
        """Which one of the rail it is, from 0: what its key is."""
        self._place = place
        self._say()

    def sizeHint(self) -> QSize:
        return self.size()

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = self._look.tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        circle = QRectF((WIDTH_PX - _AVATAR_PX) / 2, 6, _AVATAR_PX, _AVATAR_PX)
        if self.isChecked():
            painter.setBrush(tokens.color("accent"))
            mark = QRect(-4, round(circle.top()) + 5, 8, round(circle.height()) - 10)
            painter.drawRoundedRect(mirroring.placed(mark, self.rect()), 4, 4)
        elif self.underMouse():
            painter.setBrush(tokens.color("row_hover"))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(5, 1, -5, -1), 10, 10)
        painter.setOpacity(1.0 if self.isChecked() or self.underMouse() or self._unread else 0.75)
        self._paint_person(painter, circle.topLeft().toPoint())
        painter.setOpacity(1.0)
        painter.setFont(theme.font(theme.SMALL_PX))
        painter.setPen(tokens.color("text" if self.isChecked() else "muted"))
        room = QRectF(5, circle.bottom() + 3, WIDTH_PX - 10, 16)
        # A port is there where nothing else tells two servers apart.
        mode = Qt.TextElideMode.ElideMiddle if ":" in self._server else Qt.TextElideMode.ElideRight
        words = painter.fontMetrics().elidedText(self._server, mode, int(room.width()))
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, mirroring.in_its_order(words))
        middle = QPointF(circle.right() - 3, circle.top() + 5)
        if self._signed_out:
            badge.paint(painter, middle, "!", tokens.danger, _BADGE_PX)
        elif self._unread:
            badge.paint(painter, middle, wording.unread(self._unread), tokens.badge, _BADGE_PX)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(tokens.color("accent"), 2))
            painter.drawEllipse(circle.adjusted(-3, -3, 3, 3))

    def _paint_person(self, painter: QPainter, at: QPoint) -> None:
        # Most are not the account on screen: each has its picture from its own server, or none.
        look, ratio = self._look.portraits, painter.device().devicePixelRatioF()
        portrait = look.get(self._subject.portrait, _AVATAR_PX, ratio, self._portraits)
        if portrait is not None:
            painter.drawPixmap(QRect(at, QSize(_AVATAR_PX, _AVATAR_PX)), portrait)
        else:
            avatar.paint(painter, at, _AVATAR_PX, self._subject._replace(portrait=""), look)


class AccountRail(QWidget):
    """Is there where there is more than one account; Ctrl+1 and on go to them."""

    chosen = Signal(str)
    add_requested = Signal()

    def __init__(self, look: theme.Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self._buttons: dict[str, AccountButton] = {}
        self.setProperty("role", "rail")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(WIDTH_PX)
        self._add = QToolButton(self)
        self._add.setFixedSize(40, 40)
        self._add.setIconSize(QSize(20, 20))
        self._add.clicked.connect(self.add_requested)
        self._column = QVBoxLayout()
        self._column.setSpacing(2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 10, 0, 10)
        column.addLayout(self._column)
        column.addWidget(self._add, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        for place in range(_KEYS):
            shortcut = QShortcut(QKeySequence(f"Ctrl+{place + 1}"), self)
            shortcut.activated.connect(lambda place=place: self._choose(place))
        look.changed.connect(self._dress)
        look.portraits.changed.connect(self._dress)
        self.say()
        self._dress()
        self._arrange()

    @property
    def buttons(self) -> list[AccountButton]:
        """The accounts, from the top."""
        return list(self._buttons.values())

    def add(self, key: str, place: int, portraits: PortraitSource) -> None:
        """Have an account, after ``place`` others, and where its portraits are."""
        button = AccountButton(key, portraits, self._look, self)
        button.clicked.connect(lambda: self.chosen.emit(key))
        buttons = list(self._buttons.items())
        self._buttons = dict([*buttons[:place], (key, button), *buttons[place:]])
        self._column.insertWidget(place, button)
        self._arrange()

    def remove(self, key: str) -> None:
        """Have it no more."""
        button = self._buttons.pop(key)
        self._column.removeWidget(button)
        button.hide()
        button.deleteLater()
        self._arrange()

    def select(self, key: str) -> None:
        """Show that this one is on screen."""
        self._buttons[key].setChecked(True)

    def set_person(self, key: str, name: str, portrait: str) -> None:
        """Who one is with an account, and the file_id of one's picture."""
        self._buttons[key].set_person(name, portrait)

    def set_server(self, key: str, server: str) -> None:
        """What the server of an account is called among the others."""
        self._buttons[key].set_server(server)

    def set_unread(self, key: str, unread: int) -> None:
        """How many unread messages an account has."""
        self._buttons[key].set_unread(unread)

    def set_signed_out(self, key: str, signed_out: bool) -> None:
        """Whether a person has to sign in again to an account."""
        self._buttons[key].set_signed_out(signed_out)

    def say(self) -> None:
        """Say what the rail itself says, in the language that is spoken now."""
        self.setAccessibleName(tr("Accounts"))
        self._add.setAccessibleName(tr("Add an account"))
        self._add.setToolTip(tr("Add an account"))

    def _choose(self, place: int) -> None:
        keys = list(self._buttons)
        if place < len(keys):
            self.chosen.emit(keys[place])

    def _arrange(self) -> None:
        for place, button in enumerate(self._buttons.values()):
            button.set_place(place)
        # From where the rail is in the order, down the accounts, and then to what adds another.
        for before, after in pairwise([self._add, *self._buttons.values(), self._add]):
            QWidget.setTabOrder(before, after)
        self.setVisible(len(self._buttons) > 1)

    def _dress(self) -> None:
        self._add.setIcon(icons.icon("plus", self._look.tokens.muted))
        self.update()
