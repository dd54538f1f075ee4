"""Deleting the own account: what goes, what stays, and the password."""

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from desktop_chat.language import tr
from desktop_chat.protocol.limits import PASSWORD_MAX_CHARS
from desktop_chat.ui.plain_label import PlainLabel
from desktop_chat.viewmodels import safe_text, wording
from desktop_chat.viewmodels.preferences import Preferences


class DeletionDialog(QDialog):
    """Nothing happens before the password was typed, or, where this app keeps that, the user name; why it was
    not done is said here."""

    def __init__(self, preferences: Preferences, parent: QWidget) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self._wanted = ""
        """What has to be typed, where it is not the password."""
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Delete account"))
        self.setFixedWidth(460)
        self.field = QLineEdit(self)
        self.field.setProperty("role", "form")
        self.field.setMaxLength(PASSWORD_MAX_CHARS)
        self.words = PlainLabel("", "error", self)
        self.words.setWordWrap(True)
        self.words.setContentsMargins(0, 4, 0, 0)
        self.words.hide()
        self.go = QPushButton(tr("Delete for good"), self)
        self.go.setProperty("role", "danger-primary")
        self.go.setAutoDefault(False)
        self.go.setEnabled(False)
        self.cancel = QPushButton(tr("Cancel"), self)
        self.cancel.setAutoDefault(False)
        buttons = QHBoxLayout()
        buttons.addStretch()
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.go)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(6)
        column.addWidget(PlainLabel(tr("Delete your account?"), "heading", self))
        own = preferences.own
        whose = preferences.address
        if own is not None:
            # Translators: whose account: the name, the user name, and the server's address.
            whose = tr(
                "{name}, {user_name}, at {address}",
                name=wording.person(own),
                user_name=f"@{safe_text.one_line(own.user_name)}",
                address=preferences.address,
            )
        self._add_words(column, whose, "muted")
        self._add_list(column, tr("This goes, and nobody can bring it back:"), _goes())
        self._add_list(column, tr("This stays:"), _stays())
        column.addSpacing(14)
        column.addWidget(self.field)
        column.addWidget(self.words)
        column.addSpacing(8)
        column.addLayout(buttons)
        self.field.textChanged.connect(self._typed)
        self.field.returnPressed.connect(self.go.click)
        self.go.clicked.connect(self._delete)
        self.cancel.clicked.connect(self.reject)
        preferences.failed.connect(self._say)
        preferences.deleted.connect(self.accept)
        preferences.changed.connect(self._ask)
        self._ask()
        self.field.setFocus()

    def reject(self) -> None:
        # What the server is asked for cannot be taken back, and its answer is awaited.
        if self.cancel.isEnabled():
            super().reject()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Be as high as the words need at this width: Qt asks wrapped ones only where it is free to."""
        layout = self.layout()
        if layout is not None:
            layout.activate()
            self.setFixedHeight(layout.totalHeightForWidth(self.width()))

    def _add_list(self, column: QVBoxLayout, title: str, lines: tuple[str, ...]) -> None:
        column.addSpacing(8)
        self._add_words(column, title, "")
        for line in lines:
            row = QHBoxLayout()
            row.setSpacing(8)
            row.addWidget(PlainLabel("•", "muted", self), 0, Qt.AlignmentFlag.AlignTop)
            words = PlainLabel(line, "muted", self)
            words.setWordWrap(True)
            row.addWidget(words, 1)
            column.addLayout(row)

    def _add_words(self, column: QVBoxLayout, text: str, role: str) -> None:
        words = PlainLabel(text, role, self)
        words.setWordWrap(True)
        column.addWidget(words)

    def _ask(self) -> None:
        """For the password; where this app knows that, for the user name: something has to be typed."""
        own, known = self._preferences.own, bool(self._preferences.known_password)
        self._wanted = own.user_name if known and own is not None else ""
        words = tr("Your user name") if self._wanted else tr("Your password")
        if words == self.field.accessibleName():
            return
        echo = QLineEdit.EchoMode
        with QSignalBlocker(self.field):  # nobody has typed: what was said stays
            self.field.clear()
        self.go.setEnabled(False)
        self.field.setEchoMode(echo.Normal if self._wanted else echo.Password)
        self.field.setPlaceholderText(words)
        self.field.setAccessibleName(words)

    def _is_whole(self) -> bool:
        typed = self.field.text()
        return typed.strip() == self._wanted if self._wanted else bool(typed)

    def _typed(self, text: str) -> None:
        if self.words.isVisible():
            self.words.hide()
            self._fit()
        self.go.setEnabled(self._is_whole())

    def _delete(self) -> None:
        self.words.hide()
        self.go.setEnabled(False)
        self.cancel.setEnabled(False)
        self.go.setText(tr("Deleting…"))
        known = self._preferences.known_password
        self._preferences.delete_account(known if self._wanted else self.field.text())

    def _say(self, words: str) -> None:
        self.go.setText(tr("Delete for good"))
        self.go.setEnabled(self._is_whole())
        self.cancel.setEnabled(True)
        self.words.setText(words)
        self.words.show()
        self._fit()
        self.field.setFocus()
        self.field.selectAll()


def _goes() -> tuple[str, ...]:
    return (
        tr("Your name, your picture and what you say about yourself"),
        tr("Your user name: somebody else may take it"),
        tr("Every device of yours is signed out"),
        tr("You leave every group; one that you alone own gets another owner"),
        tr("Everything of this account that is kept on this computer, and what was not sent yet"),
    )


def _stays() -> tuple[str, ...]:
    return (tr("What you wrote, with those who got it. It says “Deleted account” in place of your name."),)
