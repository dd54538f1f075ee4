"""Choosing a conversation: those whose name contains what is typed, in the list's order."""

from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from desktop_chat.core.folding import fold
from desktop_chat.core.rights import may_write
from desktop_chat.viewmodels import wording
from desktop_chat.viewmodels.conversation_list import ConversationListModel, ConversationRole

Index = QModelIndex | QPersistentModelIndex


class ConversationChooser(QAbstractListModel):
    """The conversations that the user may write in, as they were when it was made."""

    def __init__(self, conversations: ConversationListModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._conversations = conversations
        self._all = [
            (each.conversation_id, fold(wording.title(each)))
            for each in conversations.conversations()
            if may_write(each)
        ]
        self._found = [each for each, _ in self._all]

    def set_query(self, query: str) -> None:
        """Offer those whose name contains this."""
        wanted = fold(query.strip())
        self.beginResetModel()
        self._found = [each for each, title in self._all if wanted in title]
        self.endResetModel()

    def conversation_id(self, row: int) -> int:
        """The conversation of a row, 0 for none."""
        return self._found[row] if 0 <= row < len(self._found) else 0

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._found)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        conversation_id = self.conversation_id(index.row()) if index.isValid() else 0
        if not conversation_id or self._conversations.conversation(conversation_id) is None:
            return None
        row = self._conversations.describe(conversation_id)
        if role == ConversationRole.ROW:
            return row
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return row.title
        return None
