"""The conversation list: every conversation worth showing, newest first, kept sorted in place."""

from bisect import bisect_left
from collections.abc import Callable
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace
from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from desktop_chat.core.changes import CacheReset, Change, ConversationChanged, ConversationRemoved
from desktop_chat.core.models import Conversation, SendState
from desktop_chat.language import tr, trc, trn
from desktop_chat.viewmodels import safe_text, times, wording
from desktop_chat.viewmodels.change_feed import ChangeFeed

if TYPE_CHECKING:
    from desktop_chat.services.client import Client

Index = QModelIndex | QPersistentModelIndex


class ConversationRole(IntEnum):
    """What a row answers beside its title and its spoken name."""

    ROW = Qt.ItemDataRole.UserRole + 1
    """A ConversationRow."""
    ID = Qt.ItemDataRole.UserRole + 2


class ConversationRow(Struct, frozen=True):
    """One row as it is painted. ``own_state`` is set where the previewed message is our own."""

    conversation_id: int
    title: str
    avatar_id: int
    is_note: bool
    online: bool
    time: str
    preview: str
    prefix: str
    is_draft: bool
    own_state: SendState | None
    unread: int
    failed: bool
    pinned: bool = False
    muted: bool = False
    marked_unread: bool = False
    typing: str = ""
    portrait: str = ""
    """The file_id of the picture that shows it."""

    @property
    def spoken(self) -> str:
        """The row as a screen reader says it."""
        parts = [self.title]
        if self.online:
            parts.append(trc("presence", "online"))
        if self.unread:
            # Translators: how many messages of a conversation are unread.
            parts.append(trn("{count} unread", "{count} unread", count=self.unread))
        elif self.marked_unread:
            parts.append(tr("marked as unread"))
        if self.pinned:
            parts.append(trc("state of a conversation", "pinned"))
        if self.muted:
            parts.append(trc("state of a conversation", "muted"))
        if self.failed:
            parts.append(tr("a message was not sent"))
        parts.append(self.typing or f"{self.prefix}{self.preview}")
        if self.own_state is not None:
            parts.append(wording.state(self.own_state))
        if self.time:
            parts.append(self.time)
        return wording.enumerated(parts)


def describe(
    conversation: Conversation, own_id: int, now_ms: int, heard: bool = True, sender: str = ""
) -> ConversationRow:
    """What the list shows of a conversation. ``heard`` is whether the server can be heard, without which
    nobody's presence holds; ``sender`` who wrote the newest message of a group."""
    peer = conversation.peer
    own = bool(conversation.preview_kind) and conversation.preview_sender_id == own_id
    own_state = conversation.preview_state if own else None
    draft = safe_text.one_line(conversation.draft)
    is_note = conversation.kind == "note"
    return ConversationRow(
        conversation_id=conversation.conversation_id,
        title=wording.title(conversation),
        avatar_id=wording.avatar_id(conversation, own_id),
        is_note=is_note,
        online=heard and peer is not None and peer.online and not is_note,
        time=times.list_time(conversation.activity_ms, now_ms),
        preview=draft or wording.preview(conversation),
        prefix=_prefix(bool(draft), own and not is_note, sender),
        is_draft=bool(draft),
        own_state=None if draft or is_note else own_state,
        unread=conversation.unread,
        failed=conversation.failed_count > 0,
        pinned=conversation.pinned,
        muted=conversation.alerts == "none",
        marked_unread=conversation.marked_unread,
        portrait=wording.portrait(conversation),
    )


def _prefix(draft: bool, own: bool, sender: str) -> str:
    """What stands before the preview."""
    words = tr("Draft:")
    return f"{words} " if draft else wording.by(own, sender)


class ConversationListModel(QAbstractListModel):
    """Rows sorted by ``Conversation.sort_key``; a change moves or repaints its own row and no other.

    Conversations without a message, a draft or a place on screen are not rows. Only a CacheReset resets.
    """

    total_unread_changed = Signal(int)
    """Unread messages over all conversations that are not muted: for the tray, the title and the taskbar."""
    archived_changed = Signal(int)
    """How many conversations are put away."""
    conversation_changed = Signal(int)
    """The conversation with this id changed in any way, a row or not."""

    def __init__(
        self,
        client: "Client",
        feed: ChangeFeed,
        now_ms: Callable[[], int] = times.wall_clock_ms,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._client = client
        self._now_ms = now_ms
        self._all: dict[int, Conversation] = {}
        self._opened: set[int] = set()
        self._rows: list[int] = []
        self._keys: list[tuple[bool, int, int]] = []
        self._described: dict[int, ConversationRow] = {}
        self._typing: dict[int, str] = {}
        self._unread_now = 0
        self._total_unread = 0
        self._archived_now = 0
        self._archived_count = 0
        self._shows_archived = False
        self._heard = True
        self._load(client.conversations())
        feed.listen(self.take)

    @property
    def total_unread(self) -> int:
        """Unread messages over all conversations that are not muted."""
        return self._total_unread

    @property
    def archived_count(self) -> int:
        """How many conversations are put away."""
        return self._archived_count

    @property
    def shows_archived(self) -> bool:
        """Whether the rows are those that are put away, instead of the others."""
        return self._shows_archived

    def show_archived(self, archived: bool) -> None:
        """Let the rows be the conversations that are put away, or the others."""
        if archived != self._shows_archived:
            self.beginResetModel()
            self._shows_archived = archived
            self._sort()
            self.endResetModel()

    def conversation(self, conversation_id: int) -> Conversation | None:
        """The conversation as the cache has it, a row or not."""
        return self._all.get(conversation_id)

    def conversations(self) -> list[Conversation]:
        """The conversations that are rows, top to bottom, then those that the other rows would be."""
        rows = [self._all[each] for each in self._rows]
        if self._archived_now:
            rows += [each for each in self._all.values() if each.archived != self._shows_archived]
        return rows

    def describe(self, conversation_id: int) -> ConversationRow:
        """The row of a conversation that is known. Raises KeyError for another."""
        row = self._described.get(conversation_id)
        if row is None:
            conversation = self._all[conversation_id]
            row = describe(
                conversation, self._client.user_id, self._now_ms(), self._heard, self._sender(conversation)
            )
            if typing := self._typing.get(conversation_id):
                row = replace(row, typing=typing)
            self._described[conversation_id] = row
        return row

    def _sender(self, conversation: Conversation) -> str:
        """Who wrote the newest message, where that is not plain from whose conversation it is."""
        if conversation.kind != "group" or not conversation.preview_kind:
            return ""
        user = self._client.user(conversation.preview_sender_id)
        return wording.person(user) if user is not None else ""

    def set_typing(self, conversation_id: int, words: str) -> None:
        """Show that somebody writes in a conversation, or with no words its newest message again."""
        if words:
            self._typing[conversation_id] = words
        else:
            self._typing.pop(conversation_id, None)
        self._described.pop(conversation_id, None)
        row = self.row_of(conversation_id)
        if row >= 0:
            self.dataChanged.emit(self.index(row), self.index(row))

    def row_of(self, conversation_id: int) -> int:
        """Where a conversation stands, -1 where it is no row."""
        conversation = self._all.get(conversation_id)
        if conversation is None or conversation.archived != self._shows_archived:
            return -1
        at = bisect_left(self._keys, conversation.sort_key)
        return at if at < len(self._rows) and self._rows[at] == conversation_id else -1

    def keep(self, conversation_id: int) -> None:
        """Show this conversation even while it has no message: a person has opened it."""
        self._opened.add(conversation_id)
        if (conversation := self._all.get(conversation_id)) is not None:
            self._place(conversation)

    def set_heard(self, heard: bool) -> None:
        """Whether the server can be heard; while not, nobody is shown as online."""
        if heard != self._heard:
            self._heard = heard
            self.refresh()

    def refresh(self) -> None:
        """Say every row anew: the day has changed, or whose presence holds."""
        self._described.clear()
        if self._rows:
            self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))

    def take(self, changes: list[Change]) -> None:
        """Apply one tick's Changes; of several of one conversation, the last."""
        newest: dict[int, Conversation] = {}
        for change in changes:
            if isinstance(change, CacheReset):
                newest.clear()
                self.beginResetModel()
                self._load(change.kept)
                self.endResetModel()
            elif isinstance(change, ConversationRemoved):
                newest.pop(change.conversation_id, None)
                self._remove(change.conversation_id)
            elif isinstance(change, ConversationChanged):
                newest[change.conversation.conversation_id] = change.conversation
        for conversation in newest.values():
            self._place(conversation)
            self.conversation_changed.emit(conversation.conversation_id)
        self._tell_counts()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or not 0 <= index.row() < len(self._rows):
            return None
        conversation_id = self._rows[index.row()]
        if role == ConversationRole.ID:
            return conversation_id
        if role == ConversationRole.ROW:
            return self.describe(conversation_id)
        if role == Qt.ItemDataRole.DisplayRole:
            return self.describe(conversation_id).title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self.describe(conversation_id).spoken
        return None

    def _load(self, conversations: list[Conversation]) -> None:
        self._all = {each.conversation_id: each for each in conversations}
        self._described.clear()
        self._sort()
        self._unread_now = sum(each.counted for each in self._all.values())
        self._archived_now = sum(each.archived for each in self._all.values())
        self._tell_counts()

    def _sort(self) -> None:
        shown = sorted((each for each in self._all.values() if self._is_row(each)), key=_sort_key)
        self._rows = [each.conversation_id for each in shown]
        self._keys = [each.sort_key for each in shown]

    def _is_row(self, conversation: Conversation) -> bool:
        return conversation.archived == self._shows_archived and bool(
            conversation.preview_kind
            or conversation.message_count
            or conversation.kind == "group"
            or conversation.draft
            or conversation.conversation_id in self._opened
        )

    def _place(self, conversation: Conversation) -> None:
        conversation_id = conversation.conversation_id
        was = self.row_of(conversation_id)
        before = self._all.get(conversation_id)
        self._unread_now += conversation.counted - (before.counted if before is not None else 0)
        self._archived_now += conversation.archived - (before.archived if before is not None else 0)
        self._all[conversation_id] = conversation
        self._described.pop(conversation_id, None)
        key = conversation.sort_key
        if not self._is_row(conversation):
            self._remove_row(was)
            return
        at = bisect_left(self._keys, key)
        if was < 0:
            self.beginInsertRows(QModelIndex(), at, at)
            self._rows.insert(at, conversation_id)
            self._keys.insert(at, key)
            self.endInsertRows()
            return
        if at not in (was, was + 1):
            self.beginMoveRows(QModelIndex(), was, was, QModelIndex(), at)
            to = at if at < was else at - 1
            del self._rows[was], self._keys[was]
            self._rows.insert(to, conversation_id)
            self._keys.insert(to, key)
            self.endMoveRows()
            was = to
        else:
            self._keys[was] = key
        index = self.index(was)
        self.dataChanged.emit(index, index)

    def _remove(self, conversation_id: int) -> None:
        self._remove_row(self.row_of(conversation_id))
        before = self._all.pop(conversation_id, None)
        if before is not None:
            self._unread_now -= before.counted
            self._archived_now -= before.archived
        self._described.pop(conversation_id, None)

    def _remove_row(self, row: int) -> None:
        if row >= 0:
            self.beginRemoveRows(QModelIndex(), row, row)
            del self._rows[row], self._keys[row]
            self.endRemoveRows()

    def _tell_counts(self) -> None:
        if self._archived_now != self._archived_count:
            self._archived_count = self._archived_now
            self.archived_changed.emit(self._archived_count)
        if self._unread_now != self._total_unread:
            self._total_unread = self._unread_now
            self.total_unread_changed.emit(self._total_unread)


def _sort_key(conversation: Conversation) -> tuple[bool, int, int]:
    return conversation.sort_key
