"""Choosing where messages are forwarded to."""

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QLineEdit, QVBoxLayout, QWidget

from desktop_chat.ui import theme
from desktop_chat.ui.conversation_list import ConversationDelegate, SidebarList
from desktop_chat.ui.plain_label import PlainLabel
from desktop_chat.viewmodels.chooser import ConversationChooser


class ForwardDialog(QDialog):
    """A field and the conversations it finds; ``chosen`` tells the one."""

    chosen = Signal(int)

    def __init__(self, model: ConversationChooser, count: int, look: theme.Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        model.setParent(self)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        title = "Forward message" if count == 1 else f"Forward {count} messages"
        self.setWindowTitle(title)
        self.resize(400, 520)
        self.field = QLineEdit(self)
        self.field.setPlaceholderText("To whom?")
        self.field.setAccessibleName("Find a conversation")
        self.field.setMaxLength(64)
        self.list = SidebarList("Conversations", self)
        self.list.setItemDelegate(ConversationDelegate(look, self.list))
        self.list.setModel(model)
        head = QVBoxLayout()
        head.setContentsMargins(16, 0, 16, 0)
        head.setSpacing(12)
        head.addWidget(PlainLabel(title, "heading", self))
        head.addWidget(self.field)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 20, 4, 12)
        column.setSpacing(10)
        column.addLayout(head)
        column.addWidget(self.list, 1)
        self.field.textChanged.connect(self._search)
        self.list.chosen.connect(self._choose)
        self._search("")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self.list.currentIndex().row()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self._model.index(max(0, row)))
        elif event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            step = 1 if event.key() == Qt.Key.Key_Down else -1
            self.list.setCurrentIndex(self._model.index(max(0, min(row + step, self._model.rowCount() - 1))))
        else:
            super().keyPressEvent(event)

    def _search(self, query: str) -> None:
        self._model.set_query(query)
        if self._model.rowCount():
            self.list.setCurrentIndex(self._model.index(0))

    def _choose(self, index: QModelIndex) -> None:
        conversation_id = self._model.conversation_id(index.row())
        if conversation_id:
            self.chosen.emit(conversation_id)
            self.accept()
