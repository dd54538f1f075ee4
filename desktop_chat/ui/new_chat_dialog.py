"""Choosing somebody to write to."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QPushButton, QVBoxLayout, QWidget

from desktop_chat.language import tr
from desktop_chat.ui import icons, theme
from desktop_chat.ui.person_delegate import PersonDelegate
from desktop_chat.ui.pick_list import PickList
from desktop_chat.ui.plain_label import PlainLabel
from desktop_chat.viewmodels.new_chat import PeopleModel


class NewChatDialog(QDialog):
    """A field and the people it finds; ``conversation_opened`` tells the conversation with the one chosen."""

    conversation_opened = Signal(int)
    group_requested = Signal()
    """Not one person is looked for, but several."""

    def __init__(self, model: PeopleModel, look: theme.Theme, parent: QWidget) -> None:
        super().__init__(parent)
        model.setParent(self)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("New conversation"))
        self.resize(400, 520)
        self._pick = PickList(model, tr("Name or user name"), tr("Find a person"), tr("People"), self)
        self._pick.set_delegate(PersonDelegate(look, self._pick))
        self.field = self._pick.field
        group = QPushButton(tr("New group"), self)
        group.setProperty("role", "row")
        group.setIcon(icons.icon("group", look.tokens.accent))
        group.setAutoDefault(False)
        group.clicked.connect(self._leave_for_group)
        self._words = PlainLabel("", "muted", self)
        self._words.setWordWrap(True)
        self._words.hide()
        self._pick.between.addWidget(group)
        self._pick.between.addWidget(self._words)
        QWidget.setTabOrder(self.field, group)
        QWidget.setTabOrder(group, self._pick.list)
        title = PlainLabel(tr("New conversation"), "heading", self)
        title.setContentsMargins(16, 0, 16, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 20, 4, 12)
        column.setSpacing(12)
        column.addWidget(title)
        column.addWidget(self._pick, 1)
        self._pick.setFocus()
        self._pick.queried.connect(model.set_query)
        self._pick.picked.connect(model.choose)
        model.status_changed.connect(self._say)
        model.opened.connect(self._opened)
        self.finished.connect(model.close)
        model.refresh()

    def _leave_for_group(self) -> None:
        self.group_requested.emit()
        self.accept()

    def _opened(self, conversation_id: int) -> None:
        self.conversation_opened.emit(conversation_id)
        self.accept()

    def _say(self, words: str) -> None:
        self._words.setText(words)
        self._words.setVisible(bool(words))
