"""What was shared in one conversation, the newest first: its pictures, its files, or its links."""

from bisect import bisect_left
from collections.abc import Callable
from enum import IntEnum
from itertools import groupby
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from desktop_chat.core import attachments
from desktop_chat.core.changes import (
    CacheReset,
    Change,
    ConversationChanged,
    MessageChanged,
    MessageRemoved,
    MessagesAdded,
    TransferChanged,
)
from desktop_chat.core.models import Conversation, Message
from desktop_chat.language import tr
from desktop_chat.services.errors import ClientError
from desktop_chat.viewmodels import safe_text, times, wording
from desktop_chat.viewmodels.attached_files import AttachedFile, attached_files
from desktop_chat.viewmodels.change_feed import ChangeFeed
from desktop_chat.viewmodels.intents import Spawn
from desktop_chat.viewmodels.links import links_of
from desktop_chat.viewmodels.timeline_rows import shown_text

if TYPE_CHECKING:
    from desktop_chat.services.client import Client
    from desktop_chat.store.shared import What

Index = QModelIndex | QPersistentModelIndex

_PAGE = 60


class SharedRole(IntEnum):
    """What a row answers beside its title and its spoken name."""

    ITEM = Qt.ItemDataRole.UserRole + 1


class SharedItem(Struct, frozen=True):
    """A picture, a file, or a link, and the message that it came with. ``place`` is its number in the
    message, from 0. ``file`` is None for a link; ``url`` is empty for everything else. ``title`` is the name
    or the address, ``words`` what stands around a link, ``about`` size, who and when."""

    message: Message
    place: int
    title: str
    about: str
    file: AttachedFile | None = None
    url: str = ""
    words: str = ""

    @property
    def key(self) -> tuple[int, int]:
        """Rising from the newest to the oldest."""
        return (-(self.message.seq or 0), self.place)

    @property
    def spoken(self) -> str:
        """As a screen reader says it."""
        what = self.file.spoken if self.file is not None else tr("Link {address}", address=self.title)
        return wording.enumerated([what, self.words, self.about])


class SharedModel(QAbstractListModel):
    """Loaded by pages from the cache, from the first ``load_more`` on. ``close`` before letting go of it."""

    status_changed = Signal(str, str)
    """Words in place of rows and what is said below them; both empty while there are any."""
    can_load = Signal()
    """There may be more again: older messages have come."""

    def __init__(
        self,
        client: "Client",
        feed: ChangeFeed,
        spawn: Spawn,
        conversation: Conversation,
        what: "What",
        now_ms: Callable[[], int] = times.wall_clock_ms,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._client = client
        self._feed = feed
        self._spawn = spawn
        self._conversation_id = conversation.conversation_id
        self._what = what
        self._now_ms = now_ms
        self._items: list[SharedItem] = []
        self._seq_of: dict[int, int] = {}
        """Of the messages that have rows, by local_id."""
        self._messages_of: dict[str, set[int]] = {}
        """The seqs of messages with a file, by the key of its transfer."""
        self._below: int | None = None
        """Every message from this seq on was looked at, None for none at all."""
        self._held_from = conversation.held_from
        self._begun = self._loading = self._exhausted = self._closed = False
        self._status = ("", "")
        feed.listen(self.take)

    @property
    def what(self) -> "What":
        """What this is a list of."""
        return self._what

    @property
    def status(self) -> tuple[str, str]:
        """What ``status_changed`` told last."""
        return self._status

    def load_more(self) -> None:
        """Load a page of older ones, where there are any."""
        if not (self._loading or self._exhausted or self._closed):
            self._loading = self._begun = True
            self._spawn(self._load())

    def item(self, row: int) -> SharedItem:
        """What a row shows."""
        return self._items[row]

    def row_of(self, local_id: int, place: int) -> int:
        """Where a file or link of a message stands, -1 where it is no row."""
        seq = self._seq_of.get(local_id)
        if seq is None:
            return -1
        at = self._place_of((-seq, place))
        return at if at < len(self._items) and self._items[at].key == (-seq, place) else -1

    def who(self, message: Message) -> str:
        """Who shared it."""
        if message.sender_id == self._client.user_id:
            return tr("You")
        user = self._client.user(message.sender_id)
        return wording.person(user) if user is not None else tr("Somebody")

    def close(self) -> None:
        """Stop listening."""
        self._closed = True
        self._feed.leave(self.take)

    def take(self, changes: list[Change]) -> None:
        """Apply one tick's Changes."""
        if not self._begun:
            return  # nothing was looked at yet
        for change in changes:
            match change:
                case MessagesAdded(conversation_id, added) if conversation_id == self._conversation_id:
                    for message in added:
                        self._put(message)
                case MessageChanged(message) if message.conversation_id == self._conversation_id:
                    self._put(message)
                case MessageRemoved(conversation_id, local_id) if conversation_id == self._conversation_id:
                    self._drop(local_id)
                case TransferChanged(transfer):
                    for seq in self._messages_of.get(transfer.key, ()):
                        self._look_again(seq)
                case ConversationChanged(row) if row.conversation_id == self._conversation_id:
                    if row.held_from != self._held_from:
                        self._held_from = row.held_from
                        self._exhausted = False
                        self.can_load.emit()
                case CacheReset():
                    self._reset()
        self._tell_status()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._items)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or not 0 <= index.row() < len(self._items):
            return None
        item = self._items[index.row()]
        if role == SharedRole.ITEM:
            return item
        if role == Qt.ItemDataRole.DisplayRole:
            return item.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return item.spoken
        return None

    async def _load(self) -> None:
        held_from = self._held_from
        try:
            found = await self._client.shared(self._conversation_id, self._what, self._below, _PAGE)
        except ClientError as error:
            self._loading = False
            if not self._closed:
                self._say(str(error), "")
            return
        self._loading = False
        if self._closed:
            return
        before = len(self._items)
        self._put_page(found)
        self._exhausted = len(found) < _PAGE and held_from == self._held_from
        if len(found) < _PAGE:
            self._below = held_from or None
        else:
            self._below = found[-1].seq
        self._tell_status()
        if not self._exhausted and len(self._items) == before:
            self.load_more()  # a whole page of what only looked as if it had any

    def _put(self, message: Message, *, loaded: bool = False) -> None:
        """Let a message have the rows that it has now."""
        seq = message.seq
        if seq is None or not (loaded or self._exhausted or seq >= (self._below or 0)):
            return
        items = self._items_of(message)
        at, end = self._range(seq)
        old = self._items[at:end]
        if [each.key for each in old] == [each.key for each in items]:
            if old != items:
                self._items[at:end] = items
                self.dataChanged.emit(self.index(at), self.index(end - 1))
            return
        self._remove(at, end)
        if items:
            self._insert(at, items)

    def _put_page(self, found: list[Message]) -> None:
        """Let the messages of a page have their rows, all that stand together at once: views lay out anew
        whenever rows come."""
        fresh: list[SharedItem] = []
        for message in found:
            at, end = self._range(message.seq or 0)
            if at < end:
                self._put(message, loaded=True)  # it came meanwhile
            else:
                fresh += self._items_of(message)
        runs = [(at, list(run)) for at, run in groupby(fresh, lambda item: self._place_of(item.key))]
        for at, run in reversed(runs):
            self._insert(at, run)

    def _insert(self, at: int, items: list[SharedItem]) -> None:
        self.beginInsertRows(QModelIndex(), at, at + len(items) - 1)
        self._items[at:at] = items
        for each in items:
            seq = each.message.seq or 0
            self._seq_of[each.message.local_id] = seq
            if each.file is not None:
                self._messages_of.setdefault(each.file.key, set()).add(seq)
        self.endInsertRows()

    def _drop(self, local_id: int) -> None:
        seq = self._seq_of.get(local_id)
        if seq is not None:
            self._remove(*self._range(seq))

    def _look_again(self, seq: int) -> None:
        at, end = self._range(seq)
        if at < end:
            self._put(self._items[at].message)

    def _remove(self, at: int, end: int) -> None:
        if at == end:
            return
        self.beginRemoveRows(QModelIndex(), at, end - 1)
        for each in self._items[at:end]:
            self._seq_of.pop(each.message.local_id, None)
            if each.file is not None:
                self._messages_of.get(each.file.key, set()).discard(each.message.seq or 0)
        del self._items[at:end]
        self.endRemoveRows()

    def _range(self, seq: int) -> tuple[int, int]:
        """The rows of the message with this seq."""
        return self._place_of((-seq, -1)), self._place_of((-seq + 1, -1))

    def _place_of(self, key: tuple[int, int]) -> int:
        """The first row whose key is not below this one."""
        return bisect_left(self._items, key, key=_key)

    def _reset(self) -> None:
        self.beginResetModel()
        self._items.clear()
        self._seq_of.clear()
        self._messages_of.clear()
        self._below = None
        self._exhausted = False
        self.endResetModel()
        self.load_more()

    def _items_of(self, message: Message) -> list[SharedItem]:
        when = times.list_time(message.sent_at_ms, self._now_ms())
        who = self.who(message)
        if self._what == "link":
            return self._links_of(message, wording.beside(who, when))
        return [
            SharedItem(message, each.place, each.name, wording.beside(each.words, who, when), each)
            for each in attached_files(message, self._client)
            if each.is_picture is (self._what == "picture")
        ]

    def _links_of(self, message: Message, about: str) -> list[SharedItem]:
        if message.kind != "text" and message.kind not in attachments.FILE_KINDS:
            return []
        rich = shown_text(message)
        said = safe_text.one_line(rich.text)
        links = {each.url: each for each in links_of(rich.text, rich.spans) if each.url.startswith("http")}
        return [
            SharedItem(message, place, url, about, url=url, words=said.replace(url, "").strip())
            for place, url in enumerate(links)
        ]

    def _tell_status(self) -> None:
        self._say(*(("", "") if self._items or not self._exhausted else _none_yet(self._what)))

    def _say(self, words: str, more: str) -> None:
        if (words, more) != self._status:
            self._status = (words, more)
            self.status_changed.emit(words, more)


def _none_yet(what: "What") -> tuple[str, str]:
    """What stands in the place of rows, and below that."""
    match what:
        case "picture":
            return tr("No pictures here yet"), tr("Pictures that are sent here are found in this place.")
        case "file":
            return tr("No files here yet"), tr("Files that are sent here are found in this place.")
        case "link":
            return tr("No links here yet"), tr("Addresses that are written here are found in this place.")


def _key(item: SharedItem) -> tuple[int, int]:
    return item.key
