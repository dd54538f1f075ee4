"""The own account: its password, another one, and where one is signed in."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop_chat.language import tr, trc
from desktop_chat.protocol.limits import PASSWORD_MAX_CHARS
from desktop_chat.protocol.records import Device
from desktop_chat.ui import theme
from desktop_chat.ui.plain_label import PlainLabel
from desktop_chat.ui.settings_rows import Section
from desktop_chat.viewmodels import safe_text, times
from desktop_chat.viewmodels.preferences import Preferences

_FIELD_MARGINS_PX = 32
_FIELD_MAX_PX = 420


class PasswordDialog(QDialog):
    """The old password, and the new one twice."""

    def __init__(self, preferences: Preferences, parent: QWidget) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Change password"))
        self.setMinimumWidth(380)
        self.fields = [
            self._field(words) for words in (tr("Password now"), tr("New password"), tr("New password again"))
        ]
        self.keep = QCheckBox(tr("Stay signed in on my other devices"), self)
        self.words = PlainLabel("", "error", self)
        self.words.setWordWrap(True)
        self.words.hide()
        self.go = go = QPushButton(trc("button", "Change"), self)
        go.setProperty("role", "primary")
        go.setDefault(True)
        cancel = QPushButton(tr("Cancel"), self)
        buttons = QHBoxLayout()
        buttons.addStretch()
        buttons.addWidget(cancel)
        buttons.addWidget(go)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(10)
        column.addWidget(PlainLabel(tr("Change password"), "heading", self))
        for field in self.fields:
            column.addWidget(field)
        column.addWidget(self.keep)
        column.addWidget(self.words)
        column.addLayout(buttons)
        go.clicked.connect(self._change)
        cancel.clicked.connect(self.reject)
        preferences.failed.connect(self._say)
        preferences.password_changed.connect(self.accept)
        preferences.changed.connect(self._ask_for_old)
        self._ask_for_old()

    def _field(self, name: str) -> QLineEdit:
        field = QLineEdit(self)
        field.setProperty("role", "form")
        field.setEchoMode(QLineEdit.EchoMode.Password)
        field.setPlaceholderText(name)
        field.setAccessibleName(name)
        field.setMaxLength(PASSWORD_MAX_CHARS)
        return field

    def _ask_for_old(self) -> None:
        """What this app knows nobody types."""
        old, new, _ = self.fields
        known = bool(self._preferences.known_password)
        if known != old.isHidden():
            old.setHidden(known)
            (new if known else old).setFocus()

    def _change(self) -> None:
        self.words.hide()
        old, new, again = (field.text() for field in self.fields)
        old = self._preferences.known_password or old
        self.go.setEnabled(False)
        self._preferences.change_password(old, new, again, keep_devices=self.keep.isChecked())

    def _say(self, words: str) -> None:
        self.go.setEnabled(True)
        self.words.setText(words)
        self.words.show()


class KnownPasswordDialog(QDialog):
    """The password that this app made, to be typed or copied elsewhere."""

    def __init__(self, preferences: Preferences, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Your password"))
        self.setMinimumWidth(420)
        words = tr(
            "You began to host with a name alone, so this app keeps the password for you. "
            "With it you can also sign in from another profile on this computer."
        )
        explained = PlainLabel(words, "muted", self)
        explained.setWordWrap(True)
        form = QGridLayout()
        form.setHorizontalSpacing(12)
        form.setVerticalSpacing(10)
        form.setColumnStretch(1, 1)
        own = preferences.own
        shown = (
            (tr("Server"), preferences.address),
            (tr("User name"), safe_text.one_line(own.user_name) if own is not None else ""),
            (tr("Password"), preferences.known_password),
        )
        for at, (name, value) in enumerate(shown):
            form.addWidget(PlainLabel(name, "muted", self), at, 0)
            form.addWidget(self._value(name, value), at, 1)
        self.copy = QPushButton(tr("Copy the password"), self)
        self.copy.setProperty("role", "primary")
        self.copy.setDefault(True)
        close = QPushButton(trc("button", "Close"), self)
        buttons = QHBoxLayout()
        buttons.addStretch()
        buttons.addWidget(close)
        buttons.addWidget(self.copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(PlainLabel(tr("Your password"), "heading", self))
        column.addWidget(explained)
        column.addLayout(form)
        column.addSpacing(4)
        column.addLayout(buttons)
        self.copy.clicked.connect(lambda: self._copy(preferences.known_password))
        self.copy.setFocus()
        close.clicked.connect(self.reject)

    def _value(self, name: str, value: str) -> QLineEdit:
        field = QLineEdit(value, self)
        field.setProperty("role", "form")
        field.setReadOnly(True)
        field.setAccessibleName(name)
        field.setCursorPosition(0)
        field.ensurePolished()
        wanted = field.fontMetrics().horizontalAdvance(value) + _FIELD_MARGINS_PX
        field.setMinimumWidth(min(wanted, _FIELD_MAX_PX))
        return field

    def _copy(self, password: str) -> None:
        QGuiApplication.clipboard().setText(password)
        self.copy.setText(tr("Copied"))


class DevicesDialog(QDialog):
    """Where one is signed in, this device first; each of the others can be signed out, at once."""

    def __init__(self, preferences: Preferences, look: theme.Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Devices"))
        self.resize(440, 420)
        self.section = Section(tr("Devices"), self)
        self.words = PlainLabel(tr("Asking the server…"), "muted", self)
        self.words.setWordWrap(True)
        inside = QWidget(self)
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.section)
        column.addStretch()
        scroll = QScrollArea(self)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setWidget(inside)
        close = QPushButton(trc("button", "Close"), self)
        close.clicked.connect(self.accept)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(20, 20, 20, 16)
        outer.setSpacing(12)
        outer.addWidget(scroll, 1)
        outer.addWidget(self.words)
        outer.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)
        preferences.devices_ready.connect(self._show)
        preferences.failed.connect(self.words.setText)
        preferences.load_devices()

    def _show(self, devices: Sequence[Device]) -> None:
        self.section.remove_rows()
        self.words.setText("" if len(devices) > 1 else tr("You are signed in nowhere else."))
        now_ms = times.wall_clock_ms()
        for device in sorted(devices, key=lambda each: not self._preferences.is_this(each)):
            name = safe_text.one_line(device.device_name) or tr("Unnamed device")
            if self._preferences.is_this(device):
                day = times.day_line(device.created_at_ms, now_ms)
                self.section.add(name, tr("this device, signed in {day}", day=day))
                continue
            button = QPushButton(tr("Sign out"), self.section)
            button.setAccessibleName(tr("Sign out {name}", name=name))
            button.setAutoDefault(False)
            button.clicked.connect(lambda _=False, each=device: self._preferences.sign_out_device(each))
            self.section.add(name, _standing(device, now_ms), button)


def _standing(device: Device, now_ms: int) -> str:
    """Whether a device is there, and since when it is signed in."""
    day = times.day_line(device.created_at_ms, now_ms)
    if device.online:
        return tr("online, signed in {day}", day=day)
    seen = times.last_seen(device.last_seen_ms, now_ms)
    # Translators: {seen} is like “last seen at 14:31”, {day} like “Today” or “Monday, 3 March”.
    return tr("{seen}, signed in {day}", seen=seen, day=day) if seen else tr("signed in {day}", day=day)
