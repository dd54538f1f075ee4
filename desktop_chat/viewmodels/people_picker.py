"""Choosing several people."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from desktop_chat.core.models import User
from desktop_chat.language import tr
from desktop_chat.viewmodels.intents import Spawn
from desktop_chat.viewmodels.new_chat import PeopleModel, PeopleRole

if TYPE_CHECKING:
    from desktop_chat.services.client import Client

Index = QModelIndex | QPersistentModelIndex


class PeoplePicker(PeopleModel):
    """People whose name contains the query, without oneself and ``but``; to choose one is to take it in or
    out again. Who is chosen stays so whatever is searched for next."""

    chosen_changed = Signal()

    def __init__(
        self,
        client: "Client",
        spawn: Spawn,
        but: Iterable[int] = (),
        parent: QObject | None = None,
    ) -> None:
        super().__init__(client, spawn, parent)
        self._but = frozenset(but)
        self._chosen: dict[int, User] = {}

    @property
    def chosen(self) -> list[User]:
        """Who is chosen, in the order of choosing."""
        return list(self._chosen.values())

    def order(self, people: list[User], own_id: int) -> list[User]:
        return [each for each in people if each.user_id != own_id and each.user_id not in self._but]

    def choose(self, row: int) -> None:
        if not 0 <= row < self.rowCount():
            return
        index = self.index(row)
        user: User = index.data(PeopleRole.USER)
        if self._chosen.pop(user.user_id, None) is None:
            self._chosen[user.user_id] = user
        self.dataChanged.emit(index, index)
        self.chosen_changed.emit()

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == PeopleRole.CHOSEN:
            user = super().data(index, PeopleRole.USER)
            return user is not None and user.user_id in self._chosen
        if role == Qt.ItemDataRole.AccessibleTextRole and self.data(index, PeopleRole.CHOSEN):
            # Translators: a screen reader says that somebody in a list is chosen.
            return tr("{name}, chosen", name=super().data(index, role))
        return super().data(index, role)
