"""The quiet words about the connection, with what a person can do about it."""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from desktop_chat.language import tr
from desktop_chat.ui.plain_label import PlainLabel
from desktop_chat.viewmodels.connection import ConnectionModel


class ConnectionPill(QFrame):
    """Floats over a part of the window that is in sight, and is gone while all is well."""

    sign_in_requested = Signal()

    def __init__(self, connection: ConnectionModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._connection = connection
        self._over = parent
        self._below = False
        parent.installEventFilter(self)
        self.setProperty("role", "pill-frame")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._words = PlainLabel("", "pill-words", self)
        self._try = self._button(tr("Try now"))
        self._sign_in = self._button(tr("Sign in"))
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 4, 14, 4)
        row.setSpacing(8)
        row.addWidget(self._words)
        row.addWidget(self._try)
        row.addWidget(self._sign_in)
        self._try.clicked.connect(connection.try_now)
        self._sign_in.clicked.connect(self.sign_in_requested)
        connection.changed.connect(self.refresh)
        self.refresh()

    def put_over(self, over: QWidget, *, below: bool = False) -> None:
        """Float over another part of the window, which is in sight now: at its upper edge, or at the lower
        one."""
        if over is not self._over:
            self._over.removeEventFilter(self)
            self._over, self._below = over, below
            over.installEventFilter(self)
            self.setParent(over)
            self.refresh()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def refresh(self) -> None:
        """Say how things stand."""
        words = self._connection.words
        self._words.setText(words)
        self.setAccessibleName(words)
        self._words.setToolTip("")
        self._try.setVisible(self._connection.can_try_now)
        self._sign_in.setVisible(self._connection.can_sign_in)
        self.setVisible(bool(words))
        self.adjustSize()
        self._place()
        self.raise_()

    def _place(self) -> None:
        room = self._over.size()
        self.move(
            (room.width() - self.width()) // 2, room.height() - self.height() - 14 if self._below else 10
        )

    def _button(self, words: str) -> QPushButton:
        button = QPushButton(words, self)
        button.setProperty("role", "link")
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        return button
