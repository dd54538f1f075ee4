"""Ctrl+K: going to a conversation or a person by name."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from desktop_chat.language import tr, trc
from desktop_chat.ui import theme
from desktop_chat.ui.conversation_list import ConversationDelegate
from desktop_chat.ui.pick_list import PickList
from desktop_chat.ui.plain_label import PlainLabel
from desktop_chat.viewmodels.switcher import Switcher


class SwitcherDialog(QDialog):
    """``opened`` tells the conversation."""

    opened = Signal(int)

    def __init__(self, model: Switcher, look: theme.Theme, parent: QWidget) -> None:
        super().__init__(parent)
        model.setParent(self)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(trc("switcher", "Go to"))
        self.resize(460, 480)
        placeholder = tr("Go to a conversation or a person")
        self.pick = PickList(model, placeholder, trc("switcher", "Go to"), trc("list", "Found"), self)
        self.pick.set_delegate(ConversationDelegate(look, self.pick))
        self._words = PlainLabel("", "error", self)
        self._words.hide()
        self.pick.between.addWidget(self._words)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 18, 4, 12)
        column.addWidget(self.pick)
        self.pick.setFocus()
        self.pick.queried.connect(model.set_query)
        self.pick.picked.connect(model.choose)
        model.opened.connect(self._opened)
        model.failed.connect(self._say)
        self.pick.list.setCurrentIndex(model.index(0))

    def _opened(self, conversation_id: int) -> None:
        self.opened.emit(conversation_id)
        self.accept()

    def _say(self, words: str) -> None:
        self._words.setText(words)
        self._words.show()
