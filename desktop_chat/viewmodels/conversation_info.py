"""What there is to know about a conversation and its people, and running a group."""

from collections.abc import Callable, Coroutine
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from desktop_chat.core.changes import (
    AccountChanged,
    Change,
    ConversationChanged,
    ConversationRemoved,
    UserChanged,
)
from desktop_chat.core.models import Conversation, User
from desktop_chat.core.rights import is_manager
from desktop_chat.language import tr, trc
from desktop_chat.protocol.actions import Role
from desktop_chat.viewmodels import safe_text, times, wording
from desktop_chat.viewmodels.change_feed import ChangeFeed
from desktop_chat.viewmodels.file_actions import FileActions
from desktop_chat.viewmodels.intents import Intents, Spawn
from desktop_chat.viewmodels.portrait_change import PortraitChange
from desktop_chat.viewmodels.shared import SharedModel

if TYPE_CHECKING:
    from desktop_chat.services.client import Client
    from desktop_chat.store.shared import What

Index = QModelIndex | QPersistentModelIndex
_ORDER: dict[Role, int] = {"owner": 0, "admin": 1, "member": 2}


class MemberRow(Struct, frozen=True):
    """Somebody in a group, as a row shows it."""

    user: User
    role: Role
    own: bool
    title: str
    words: str


class MemberRole(IntEnum):
    """What a row answers beside its title."""

    ROW = Qt.ItemDataRole.UserRole + 1


class MemberRights(Struct, frozen=True):
    """What the user may do with a member of a group (docs/protocol.md, Rights)."""

    set_role: bool = False
    remove: bool = False


class ConversationInfo(QAbstractListModel):
    """One conversation, followed while it is looked at; its rows are its members, who run it first. ``close``
    before letting go of it."""

    changed = Signal()
    """Something that is not in a row changed."""
    gone = Signal()
    """The user is not in this conversation any more."""
    failed = Signal(str)

    def __init__(
        self,
        client: "Client",
        feed: ChangeFeed,
        spawn: Spawn,
        conversation: Conversation,
        now_ms: Callable[[], int] = times.wall_clock_ms,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._client = client
        self._feed = feed
        self._spawn = spawn
        self._shared: list[SharedModel] = []
        self._file_actions: FileActions | None = None
        self._intents = Intents(feed, spawn, self.failed.emit)
        self._now_ms = now_ms
        self._conversation = conversation
        self.portrait = PortraitChange(client, feed, spawn, self._show_portrait, self)
        """The picture of the group."""
        self._roles = self._read_roles()
        """Of everybody in it, by user id."""
        self._members = self._rows()
        feed.listen(self.take)

    @property
    def conversation(self) -> Conversation:
        """The conversation as it stands now."""
        return self._conversation

    @property
    def manages(self) -> bool:
        """Whether the user may change what is said about it and who is in it."""
        return self._conversation.kind == "group" and is_manager(self._conversation)

    @property
    def owns(self) -> bool:
        """Whether the user may change how it is run."""
        return self._conversation.kind == "group" and self._conversation.role == "owner"

    @property
    def peer(self) -> User | None:
        """The other person of a direct conversation."""
        peer = self._conversation.peer
        return self._client.user(peer.user_id) or peer if peer is not None else None

    @property
    def presence(self) -> str:
        """How the other person is there, or how many there are."""
        peer = self.peer
        words = ""
        if peer is not None:
            words = _presence(peer.online, peer.last_seen_ms, self._now_ms())
        return wording.subtitle(self._conversation, words)

    @property
    def blocked(self) -> bool:
        """Whether the user takes nothing from the other person."""
        peer = self.peer
        return peer is not None and peer.user_id in self._client.account().blocked_ids

    @property
    def reach(self) -> str:
        """That not all of its history is here, in words; empty where it is."""
        row = self._conversation
        whole = 0 < row.held_from <= row.first_seq or row.first_seq > row.last_seq or row.gone
        return "" if whole else wording.older_missing_here()

    def shared(self, what: "What") -> SharedModel:
        """What was shared in it, to be loaded when it is looked at; closed with this."""
        model = SharedModel(
            self._client, self._feed, self._spawn, self._conversation, what, self._now_ms, self
        )
        self._shared.append(model)
        return model

    def file_actions(self, downloads: Callable[[], Path]) -> FileActions:
        """What can be done with its files."""
        if self._file_actions is None:
            self._file_actions = FileActions(self._client, self._feed, self._spawn, downloads, self)
        return self._file_actions

    def member_ids(self) -> list[int]:
        """Who is in it."""
        return [each.user.user_id for each in self._members]

    def rights(self, row: MemberRow) -> MemberRights:
        """What may be offered for a member."""
        own_role = self._conversation.role
        if row.own or not self.manages:
            return MemberRights()
        return MemberRights(own_role == "owner", own_role == "owner" or row.role == "member")

    def set_about(self, *, title: str | None = None, about: str | None = None) -> None:
        """Name the group, or say what it is about; None stays as it is."""
        self._do(self._client.actions.set_info(self._conversation.conversation_id, title=title, about=about))

    def set_board(self, board: bool) -> None:
        """Let only owners and admins write, or everybody."""
        self._do(self._client.actions.set_info(self._conversation.conversation_id, board=board))

    def add(self, user_ids: tuple[int, ...]) -> None:
        """Bring people in."""
        if user_ids:
            self._do(self._client.actions.add_members(self._conversation.conversation_id, user_ids))

    def remove(self, user_id: int) -> None:
        """Take somebody out."""
        self._do(self._client.actions.remove_member(self._conversation.conversation_id, user_id))

    def set_role(self, user_id: int, role: Role) -> None:
        """Give somebody another role."""
        self._do(self._client.actions.set_role(self._conversation.conversation_id, user_id, role))

    def block(self, on: bool) -> None:
        """Take nothing from the other person any more, or again."""
        peer = self.peer
        if peer is not None:
            self._do(self._client.actions.block(peer.user_id, on))

    def close(self) -> None:
        """Stop listening."""
        self._intents.close()
        self.portrait.close()
        for model in self._shared:
            model.close()
        if self._file_actions is not None:
            self._file_actions.close()
        self._feed.leave(self.take)

    def take(self, changes: list[Change]) -> None:
        """Apply one tick's Changes: each message changes the conversation, but seldom who is in it."""
        told = about_it = people = False
        for change in changes:
            match change:
                case ConversationChanged(conversation=conversation) if (
                    conversation.conversation_id == self._conversation.conversation_id
                ):
                    self._conversation = conversation
                    about_it = True
                case ConversationRemoved(conversation_id) if (
                    conversation_id == self._conversation.conversation_id
                ):
                    self.gone.emit()
                case UserChanged(user=user) if user.user_id in self._roles:
                    people = True
                case AccountChanged():
                    told = True
        if about_it and (roles := self._read_roles()) != self._roles:
            self._roles = roles
            people = True
        if people:
            self._show(self._rows())
        if told or about_it or people:
            self.changed.emit()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._members)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or not 0 <= index.row() < len(self._members):
            return None
        row = self._members[index.row()]
        if role == MemberRole.ROW:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            said = [row.title, wording.role(row.role), row.words]
            return wording.enumerated(said)
        return None

    async def _show_portrait(self, file_id: str) -> None:
        await self._client.actions.set_info(self._conversation.conversation_id, picture=file_id)

    def _show(self, rows: list[MemberRow]) -> None:
        """Let these be the rows; while they are the same people, whoever is selected stays so."""
        before = self.member_ids()
        now = {row.user.user_id: at for at, row in enumerate(rows)}
        if now.keys() != set(before):
            self.beginResetModel()
            self._members = rows
            self.endResetModel()
        elif list(now) != before:
            self.layoutAboutToBeChanged.emit()
            kept = self.persistentIndexList()
            self._members = rows
            self.changePersistentIndexList(kept, [self.index(now[before[each.row()]]) for each in kept])
            self.layoutChanged.emit()
        else:
            old, self._members = self._members, rows
            for at, row in enumerate(rows):
                if row != old[at]:
                    self.dataChanged.emit(self.index(at), self.index(at))

    def _read_roles(self) -> dict[int, Role]:
        if self._conversation.kind != "group":
            return {}
        members = self._client.members(self._conversation.conversation_id)
        return {member.user_id: member.role for member in members}

    def _rows(self) -> list[MemberRow]:
        users = ((self._client.user(user_id), role) for user_id, role in self._roles.items())
        rows = [self._row(user, role) for user, role in users if user is not None]
        return sorted(rows, key=lambda row: (_ORDER[row.role], row.title.casefold()))

    def _row(self, user: User, role: Role) -> MemberRow:
        own = user.user_id == self._client.user_id
        words = _presence(user.online or own, user.last_seen_ms, self._now_ms())
        words = words or f"@{safe_text.one_line(user.user_name)}"
        return MemberRow(user, role, own, tr("You") if own else wording.person(user), words)

    def _do(self, intent: Coroutine[Any, Any, Any]) -> None:
        self._intents.do(intent)


def _presence(online: bool, last_seen_ms: int, now_ms: int) -> str:
    return trc("presence", "online") if online else times.last_seen(last_seen_ms, now_ms)
