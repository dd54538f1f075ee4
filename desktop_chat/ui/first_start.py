"""The first window: host here, or join a server."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from desktop_chat.language import tr
from desktop_chat.protocol.limits import (
    DISPLAY_NAME_MAX_CHARS,
    INVITE_CODE_MAX_CHARS,
    PASSWORD_MAX_CHARS,
    USER_NAME_MAX_CHARS,
)
from desktop_chat.ui import icons
from desktop_chat.ui.plain_label import PlainLabel, set_role_state
from desktop_chat.ui.theme import Theme

_CARD_WIDTH = 380
_CARD_MARGIN = 24
_ADDRESS_MAX_CHARS = 300


class FirstStart(QWidget):
    """Emits what a person wants; whoever listens answers with ``show_progress`` and ``show_error``, and
    closes the window when it is done."""

    host_requested = Signal(str)
    """The name of the person who hosts."""
    sign_in_requested = Signal(str, str, str)
    """Address, user name, password."""
    register_requested = Signal(str, str, str, str)
    """Address, user name, password, invite code or nothing."""
    closed = Signal()
    """The person closed the window."""

    def __init__(self, look: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._held_focus: QWidget | None = None
        """Where the keyboard was when the cards were put to rest, which takes it away."""
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle("desktop-chat")
        self.setWindowIcon(icons.app_icon())
        self.resize(760, 640)
        self._picture = QLabel(self)
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        welcome = PlainLabel(tr("Welcome to desktop-chat"), "welcome", self)
        promise = PlainLabel(
            tr("The messenger you own. Your messages stay on computers you choose."), "muted", self
        )
        promise.setWordWrap(True)
        self._words = PlainLabel("", "muted", self)
        self._words.setWordWrap(True)
        self._words.setMinimumHeight(40)
        for label in (welcome, promise, self._words):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._host_card = self._make_host()
        self._join_card = self._make_join()
        self._join_card.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(32, 24, 32, 24)
        column.addStretch(2)
        column.addWidget(self._picture)
        column.addSpacing(10)
        column.addWidget(welcome)
        column.addSpacing(2)
        column.addWidget(promise)
        column.addSpacing(22)
        for card in (self._host_card, self._join_card):
            _fit(card)
            column.addWidget(card, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(6)
        column.addWidget(self._words)
        column.addStretch(3)
        look.changed.connect(self._dress)
        self._dress()

    def show_error(self, words: str) -> None:
        """It did not work, for this reason; the person may change something and try again."""
        set_role_state(self._words, "role", "error")
        self._words.setText(words)
        self._set_enabled(True)

    def show_progress(self, words: str) -> None:
        """What is being done; the fields rest meanwhile."""
        set_role_state(self._words, "role", "muted")
        self._words.setText(words)
        self._set_enabled(False)

    def show_join(self, address: str = "", user_name: str = "", invite: str = "") -> None:
        """Offer to join a server, with these fields filled in."""
        self._host_card.hide()
        self._join_card.show()
        if address != self._address.text():
            self._password.clear()  # it was typed for another server
        self._address.setText(address)
        self._user.setText(user_name)
        self._invite.setText(invite)
        self._words.setText("")
        empty = (field for field in (self._address, self._user) if not field.text())
        self._go_to(next(empty, self._password))

    def show_host(self, name: str) -> None:
        """Offer to host here, as somebody who has hosted before."""
        self._show_host()
        self._name.setText(name)
        self._name.selectAll()  # whoever is somebody else just types

    def go_on_from(self, before: "FirstStart") -> None:
        """Hold what was filled in into a window that this one takes the place of."""
        if not before._join_card.isHidden():
            self.show_join()
        for field, held in zip(self._fields(), before._fields(), strict=True):
            field.setText(held.text())
        self.setGeometry(before.geometry())

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        self.closed.emit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._host_card.isVisible():
            self._name.setFocus()

    def _make_host(self) -> QWidget:
        card, column = self._card(tr("Host on this computer"), "host")
        self._intro(tr("Your own server, on your own machine."), column)
        column.addSpacing(4)
        self._name = self._field(tr("Your name"), column)
        self._name.setMaxLength(DISPLAY_NAME_MAX_CHARS)
        self._host = self._primary(tr("Start chatting"), column)
        other = self._link(tr("Join a server instead"), column)
        self._name.textChanged.connect(self._check)
        self._name.returnPressed.connect(self._host_clicked)
        self._host.clicked.connect(self._host_clicked)
        other.clicked.connect(self._join_instead)
        self._host.setEnabled(False)
        return card

    def _make_join(self) -> QWidget:
        card, column = self._card(tr("Join a server"), "join")
        self._address = self._field(tr("Server address"), column)
        self._address.setMaxLength(_ADDRESS_MAX_CHARS)
        self._address.setPlaceholderText("ws://127.0.0.1:8765")
        self._user = self._field(tr("User name"), column)
        self._user.setMaxLength(USER_NAME_MAX_CHARS)
        self._password = self._field(tr("Password"), column)
        self._password.setMaxLength(PASSWORD_MAX_CHARS)
        self._password.setEchoMode(QLineEdit.EchoMode.Password)
        self._invite = self._field(tr("Invite, for a new account"), column)
        self._invite.setMaxLength(INVITE_CODE_MAX_CHARS)
        self._sign_in = self._primary(tr("Sign in"), column)
        self._register = QPushButton(tr("Create account"), card)
        # Beside each other: the card has to fit on a screen of 768 pixels.
        column.removeWidget(self._sign_in)
        both = QHBoxLayout()
        both.setSpacing(10)
        both.addWidget(self._sign_in, 1)
        both.addWidget(self._register, 1)
        column.addLayout(both)
        back = self._link(tr("Host on this computer instead"), column)
        for field in (self._address, self._user, self._password):
            field.textChanged.connect(self._check)
            field.returnPressed.connect(self._sign_in_clicked)
        self._sign_in.clicked.connect(self._sign_in_clicked)
        self._register.clicked.connect(self._register_clicked)
        back.clicked.connect(self._show_host)
        for button in (self._sign_in, self._register):
            button.setEnabled(False)
        return card

    def _card(self, title: str, icon: str) -> tuple[QFrame, QVBoxLayout]:
        card = QFrame(self)
        card.setProperty("role", "card")
        column = QVBoxLayout(card)
        column.setContentsMargins(_CARD_MARGIN, 20, _CARD_MARGIN, 16)
        column.setSpacing(10)
        head = QHBoxLayout()
        head.setSpacing(10)
        picture = QLabel(card)
        picture.setFixedSize(QSize(22, 22))
        picture.setPixmap(icons.pixmap(icon, self._look.tokens.accent, 22, self.devicePixelRatioF()))
        head.addWidget(picture)
        head.addWidget(PlainLabel(title, "heading", card), 1)
        column.addLayout(head)
        return card, column

    def _intro(self, words: str, column: QVBoxLayout) -> None:
        label = PlainLabel(words, "muted", self)
        label.setWordWrap(True)
        # Its height is settled here: one that hangs on the width is no part of the card's size hint.
        label.ensurePolished()
        label.setFixedHeight(label.heightForWidth(_CARD_WIDTH - 2 * _CARD_MARGIN))
        label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        column.addWidget(label)

    def _field(self, name: str, column: QVBoxLayout) -> QLineEdit:
        field = QLineEdit(self)
        field.setProperty("role", "form")
        field.setAccessibleName(name)
        field.setPlaceholderText(name)
        label = PlainLabel(name, "small", self)
        label.setBuddy(field)
        pair = QVBoxLayout()
        pair.setSpacing(4)
        pair.addWidget(label)
        pair.addWidget(field)
        column.addLayout(pair)
        return field

    def _primary(self, words: str, column: QVBoxLayout) -> QPushButton:
        button = QPushButton(words, self)
        button.setProperty("role", "primary")
        column.addSpacing(4)
        column.addWidget(button)
        return button

    def _link(self, words: str, column: QVBoxLayout) -> QPushButton:
        button = QPushButton(words, self)
        button.setProperty("role", "link")
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        column.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        return button

    def _join_instead(self) -> None:
        self.show_join()

    def _set_enabled(self, enabled: bool) -> None:
        if not enabled and self._host_card.isEnabled():
            self._held_focus = self.focusWidget()
        self._host_card.setEnabled(enabled)
        self._join_card.setEnabled(enabled)
        if enabled and self._held_focus is not None:
            self._go_to(self._held_focus)
            self._held_focus = None

    def _go_to(self, widget: QWidget) -> None:
        """Give it the keyboard; while the cards rest, once they do not."""
        if widget.isEnabled():
            widget.setFocus()
        else:
            self._held_focus = widget

    def _check(self) -> None:
        self._host.setEnabled(bool(self._name.text().strip()))
        whole = bool(self._address.text().strip() and self._user.text().strip() and self._password.text())
        self._sign_in.setEnabled(whole)
        self._register.setEnabled(whole)

    def _show_host(self) -> None:
        self._join_card.hide()
        self._host_card.show()
        self._words.setText("")
        self._go_to(self._name)

    def _host_clicked(self) -> None:
        if self._host.isEnabled():
            self.host_requested.emit(self._name.text().strip())

    def _sign_in_clicked(self) -> None:
        if self._sign_in.isEnabled():
            self.sign_in_requested.emit(*self._joined())

    def _register_clicked(self) -> None:
        self.register_requested.emit(*self._joined(), self._invite.text().strip())

    def _fields(self) -> tuple[QLineEdit, ...]:
        return self._name, self._address, self._user, self._password, self._invite

    def _joined(self) -> tuple[str, str, str]:
        return self._address.text().strip(), self._user.text().strip(), self._password.text()

    def _dress(self) -> None:
        self._picture.setPixmap(icons.pixmap(icons.APP_ICON, "", 76, self.devicePixelRatioF()))


def _fit(card: QWidget) -> None:
    """Make a card as high as its contents are once the style sheet has had its say; the size it would get by
    itself is older than that, and its fields would touch each other."""
    for each in (card, *card.findChildren(QWidget)):
        each.ensurePolished()
    card.setFixedSize(_CARD_WIDTH, card.sizeHint().height())
