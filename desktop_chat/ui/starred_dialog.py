"""The starred messages; choosing one leads to it."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from desktop_chat.language import tr, trn
from desktop_chat.ui import theme
from desktop_chat.ui.conversation_list import SidebarList
from desktop_chat.ui.plain_label import PlainLabel
from desktop_chat.ui.search_results import ResultDelegate
from desktop_chat.viewmodels.search import FoundMessage, SearchRole


class StarredDialog(QDialog):
    """``chosen`` tells a message's conversation and seq."""

    chosen = Signal(int, int)

    def __init__(
        self, found: Sequence[FoundMessage], missing: int, look: theme.Theme, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Starred messages"))
        self.resize(460, 560)
        self._model = QStandardItemModel(self)
        for each in found:
            words = f"{each.prefix}{each.excerpt}"
            item = QStandardItem(
                tr("{title}, {time}: {excerpt}", title=each.title, time=each.time, excerpt=words)
            )
            item.setData(each, SearchRole.ENTRY)
            self._model.appendRow(item)
        self.list = SidebarList(tr("Starred messages"), self)
        self.list.setItemDelegate(ResultDelegate(look, self.list))
        self.list.setModel(self._model)
        self.list.chosen.connect(self._chosen)
        heading = PlainLabel(tr("Starred messages"), "heading", self)
        heading.setContentsMargins(16, 0, 16, 0)
        words = "" if found else tr("Star a message from its menu, and you find it here again.")
        if missing:
            words = trn(
                "One more is not on this computer yet.",
                "{count} more are not on this computer yet.",
                count=missing,
            )
        self.words = PlainLabel(words, "muted", self)
        self.words.setWordWrap(True)
        self.words.setContentsMargins(16, 0, 16, 8)
        self.words.setVisible(bool(words))
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 20, 4, 12)
        column.setSpacing(10)
        column.addWidget(heading)
        column.addWidget(self.list, 1)
        column.addWidget(self.words)
        if found:
            self.list.setCurrentIndex(self._model.index(0, 0))
        self.list.setFocus()

    def _chosen(self, index: QModelIndex) -> None:
        each: FoundMessage = index.data(SearchRole.ENTRY)
        if each.seq is not None:
            self.chosen.emit(each.conversation_id, each.seq)
            self.accept()
