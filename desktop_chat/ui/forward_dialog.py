"""Choosing where messages are forwarded to."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from desktop_chat.language import tr, trn
from desktop_chat.ui import theme
from desktop_chat.ui.conversation_list import ConversationDelegate
from desktop_chat.ui.pick_list import PickList
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
        title = trn("Forward message", "Forward {count} messages", count=count)
        self.setWindowTitle(title)
        self.resize(400, 520)
        self.pick = PickList(model, tr("To whom?"), tr("Find a conversation"), tr("Conversations"), self)
        self.pick.set_delegate(ConversationDelegate(look, self.pick))
        heading = PlainLabel(title, "heading", self)
        heading.setContentsMargins(16, 0, 16, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 20, 4, 12)
        column.setSpacing(12)
        column.addWidget(heading)
        column.addWidget(self.pick, 1)
        self.pick.setFocus()
        self.pick.queried.connect(model.set_query)
        self.pick.picked.connect(self._choose)
        model.set_query("")

    def _choose(self, row: int) -> None:
        conversation_id = self._model.conversation_id(row)
        if conversation_id:
            self.chosen.emit(conversation_id)
            self.accept()
