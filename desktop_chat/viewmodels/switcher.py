"""Going somewhere by name: conversations first, then people there is no conversation with yet."""

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from desktop_chat.core.folding import fold
from desktop_chat.core.models import Conversation, User
from desktop_chat.services.errors import ClientError
from desktop_chat.viewmodels import safe_text, wording
from desktop_chat.viewmodels.conversation_list import ConversationListModel, ConversationRole, ConversationRow
from desktop_chat.viewmodels.intents import Spawn

if TYPE_CHECKING:
    from desktop_chat.services.client import Client

Index = QModelIndex | QPersistentModelIndex
ROWS_MAX = 50


class Switcher(QAbstractListModel):
    """What is found for a query: where a name begins with it stands before where it is inside."""

    opened = Signal(int)
    failed = Signal(str)

    def __init__(
        self,
        client: "Client",
        spawn: Spawn,
        conversations: ConversationListModel,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._client = client
        self._spawn = spawn
        self._conversations = conversations
        known = conversations.conversations()
        self._places = [(each, fold(_names(each))) for each in known]
        met = {each.peer.user_id for each in known if each.peer is not None}
        own_id = client.user_id
        self._people = [
            (each, fold(f"{each.display_name}\n{each.user_name}"))
            for each in client.people()
            if each.user_id not in met and each.user_id != own_id and not each.deleted
        ]
        self._found: list[Conversation | User] = []
        self.set_query("")

    def set_query(self, query: str) -> None:
        """Offer what this may mean."""
        wanted = fold(query.strip())
        places = [pair for pair in self._places if wanted in pair[1]]
        people = [pair for pair in self._people if wanted and wanted in pair[1]]
        found: list[tuple[Conversation | User, str]] = [*places, *people]
        if wanted:
            found.sort(key=lambda pair: not any(word.startswith(wanted) for word in pair[1].split()))
        self.beginResetModel()
        self._found = [each for each, _ in found[:ROWS_MAX]]
        self.endResetModel()

    def choose(self, row: int) -> None:
        """Go there; ``opened`` follows, or words."""
        if not 0 <= row < len(self._found):
            return
        each = self._found[row]
        if isinstance(each, Conversation):
            self.opened.emit(each.conversation_id)
        else:
            self._spawn(self._open(each.user_id))

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._found)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or not 0 <= index.row() < len(self._found):
            return None
        row = self._row(self._found[index.row()])
        if row is None or role == ConversationRole.ROW:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return row.spoken
        return None

    def _row(self, each: Conversation | User) -> ConversationRow | None:
        if isinstance(each, Conversation):
            if self._conversations.conversation(each.conversation_id) is None:
                return None  # it went while the dialog is open
            return self._conversations.describe(each.conversation_id)
        return ConversationRow(
            conversation_id=0,
            title=wording.person(each),
            avatar_id=each.user_id,
            is_note=False,
            online=each.online,
            time="",
            preview=f"@{safe_text.one_line(each.user_name)}",
            prefix="",
            is_draft=False,
            own_state=None,
            unread=0,
            failed=False,
            portrait=each.picture,
        )

    async def _open(self, user_id: int) -> None:
        try:
            self.opened.emit(await self._client.open_direct(user_id))
        except ClientError as error:
            self.failed.emit(str(error))


def _names(conversation: Conversation) -> str:
    peer = conversation.peer
    return f"{wording.title(conversation)}\n{peer.user_name if peer is not None else ''}"
