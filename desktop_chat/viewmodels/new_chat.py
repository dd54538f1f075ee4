"""Finding somebody to write to."""

from enum import IntEnum
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer, Signal

from desktop_chat.core.models import User
from desktop_chat.language import tr
from desktop_chat.protocol.limits import PEOPLE_QUERY_MAX_CHARS
from desktop_chat.services.errors import ClientError
from desktop_chat.viewmodels import safe_text, wording
from desktop_chat.viewmodels.intents import Spawn

if TYPE_CHECKING:
    from desktop_chat.services.client import Client

Index = QModelIndex | QPersistentModelIndex

_DEBOUNCE_MS = 150


class PeopleRole(IntEnum):
    """What a row answers beside its title."""

    USER = Qt.ItemDataRole.UserRole + 1
    IS_SELF = Qt.ItemDataRole.UserRole + 2
    CHOSEN = Qt.ItemDataRole.UserRole + 3
    """Whether the person is among those chosen, where several are."""


class PeopleModel(QAbstractListModel):
    """People whose name contains the query, oneself first as the note to self."""

    status_changed = Signal(str)
    """Words in place of people: "Nobody found", or why nobody could be asked."""
    opened = Signal(int)
    """The conversation with the chosen person, by id."""

    def __init__(
        self,
        client: "Client",
        spawn: Spawn,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._client = client
        self._spawn = spawn
        self._people: list[User] = []
        self._query = ""
        self._generation = 0
        self._opening = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DEBOUNCE_MS)
        self._timer.timeout.connect(self._ask)

    def set_query(self, query: str) -> None:
        """Look for this, once typing pauses."""
        self._query = query[:PEOPLE_QUERY_MAX_CHARS].strip()
        self._generation += 1  # an answer to what was typed before is of no use
        self._timer.start()

    def refresh(self) -> None:
        """Look now."""
        self._timer.stop()
        self._ask()

    def close(self) -> None:
        """Nobody looks any more: answers that are under way are dropped."""
        self._timer.stop()
        self._generation += 1

    def choose(self, row: int) -> None:
        """Open the conversation with the person of this row; ``opened`` follows, or words."""
        if 0 <= row < len(self._people) and not self._opening:
            self._opening = True
            self._spawn(self._open(self._people[row].user_id))

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._people)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or not 0 <= index.row() < len(self._people):
            return None
        user = self._people[index.row()]
        if role == PeopleRole.USER:
            return user
        if role == PeopleRole.IS_SELF:
            return user.user_id == self._client.user_id
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            if user.user_id == self._client.user_id:
                return wording.note_title()
            return wording.enumerated([wording.person(user), f"@{safe_text.one_line(user.user_name)}"])
        return None

    def _ask(self) -> None:
        self._generation += 1
        self._spawn(self._find(self._generation, self._query))

    async def _find(self, generation: int, query: str) -> None:
        words = ""
        try:
            people = await self._client.find_people(query)
        except ClientError as error:
            people, words = [], str(error)
        # Looked at before anything of Qt's: after ``close`` this object may be gone.
        if generation != self._generation:
            return
        own = self._client.user_id
        self.beginResetModel()
        self._people = self.order(people, own)
        self.endResetModel()
        self.status_changed.emit(words or ("" if people else tr("Nobody by that name on this server")))

    def order(self, people: list[User], own_id: int) -> list[User]:
        """Who is offered, and in which order: oneself first."""
        return sorted(people, key=lambda user: user.user_id != own_id)

    async def _open(self, user_id: int) -> None:
        try:
            conversation_id = await self._client.open_direct(user_id)
        except ClientError as error:
            self.status_changed.emit(str(error))
            return
        finally:
            self._opening = False
        self.opened.emit(conversation_id)
