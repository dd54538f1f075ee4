"""A window onto one conversation's messages, from some older row down to the newest."""

from bisect import bisect_left
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from desktop_chat.core.changes import (
    CacheReset,
    Change,
    ConnectionChanged,
    ConversationChanged,
    ConversationRemoved,
    MessageChanged,
    MessageRemoved,
    MessagesAdded,
)
from desktop_chat.core.models import ConnectionPhase, Conversation, Message, Page, SendState
from desktop_chat.core.send_state import shown_state
from desktop_chat.services.errors import ClientError
from desktop_chat.store.database import StoreError
from desktop_chat.viewmodels import times, wording
from desktop_chat.viewmodels.change_feed import ChangeFeed
from desktop_chat.viewmodels.timeline_rows import TimelineRow, order_key, same_day, same_group

if TYPE_CHECKING:
    from desktop_chat.services.client import Client

Index = QModelIndex | QPersistentModelIndex
Spawn = Callable[[Coroutine[Any, Any, Any]], object]

OPEN_ROWS = 60
OLDER_ROWS = 80
ROWS_ABOVE_UNREAD = 40
"""How many rows above the unread line are there at once, for what came before it."""
UNREAD_ROWS_MAX = 2_000
"""Where more than this is unread, a conversation opens at its end, without an unread line."""


class TimelineModel(QAbstractListModel):
    """Rows in the order of ``order_key``, local echoes last. Opens from the cache, synchronously.

    A row changes in place and moves only where its order changed. Made anew for every conversation that
    is opened; ``close`` before letting go of it.
    """

    loading_changed = Signal(bool)
    jumped = Signal(int)
    """The row that ``jump_to`` was asked for is there, at this index."""
    failed = Signal(str)
    """An intent was not carried out, in words."""
    unread_changed = Signal(int)
    unreadable_changed = Signal(str)
    """What ``unreadable`` is now."""

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
        self._now_ms = now_ms
        self._closed = False
        self._conversation = conversation
        self._messages: list[Message] = []
        self._keys: list[tuple[int, int]] = []
        self._key_of: dict[int, tuple[int, int]] = {}
        self._loading = False
        self._reached_start = False
        self._stalled = False
        self._unreadable = ""
        self._unread_line_seq = 0
        self._line_after_seq = conversation.read_seq if conversation.unread else None
        """Read up to here when opened, until the unread line has its place below it."""
        self._load()
        feed.listen(self.take)
        self._fill()

    @property
    def conversation(self) -> Conversation:
        """The conversation as it stands now."""
        return self._conversation

    @property
    def unreadable(self) -> str:
        """Why the cached messages cannot be shown, in words; empty while they can."""
        return self._unreadable

    @property
    def loading(self) -> bool:
        """Whether an older page is on its way."""
        return self._loading

    @property
    def reached_start(self) -> bool:
        """Whether the first row is the conversation's first message."""
        return self._reached_start

    @property
    def unread(self) -> int:
        """How many messages nobody here has seen."""
        return self._conversation.unread

    @property
    def unread_line_row(self) -> int:
        """The row under the unread line, -1 without one."""
        if not self._unread_line_seq:
            return -1
        at = bisect_left(self._keys, (0, self._unread_line_seq))
        return at if at < len(self._keys) and self._keys[at][0] == 0 else -1

    def first_unread_row(self, read_seq: int) -> int | None:
        """The first row of somebody else beyond ``read_seq``; the number of rows where none is. None where
        rows right after ``read_seq`` are not in the window, so that nobody can say."""
        at = bisect_left(self._keys, (0, read_seq + 1))
        joined = at > 0 or self._reached_start or self._keys[:1] == [(0, read_seq + 1)]
        if not joined:
            return None
        for row in range(at, len(self._messages)):
            message = self._messages[row]
            if message.seq is None:
                break
            if message.sender_id != self._client.user_id:
                return row
        return len(self._messages)

    def newest_of_others(self, first: int, last: int) -> int:
        """The seq of the newest message of somebody else in the rows ``first`` to ``last``, 0 for none."""
        for row in range(min(last, len(self._messages) - 1), max(0, first) - 1, -1):
            message = self._messages[row]
            if message.seq is not None and message.sender_id != self._client.user_id:
                return message.seq
        return 0

    def message(self, row: int) -> Message:
        """The message of a row."""
        return self._messages[row]

    def row_of(self, local_id: int) -> int:
        """Where a message stands, -1 where it is not in the window."""
        key = self._key_of.get(local_id)
        return -1 if key is None else bisect_left(self._keys, key)

    def row(self, index: int) -> TimelineRow:
        """What a row shows."""
        message = self._messages[index]
        above = self._messages[index - 1] if index else None
        below = self._messages[index + 1] if index + 1 < len(self._messages) else None
        new_day = above is None or not same_day(above, message)
        return TimelineRow(
            message=message,
            own=message.sender_id == self._client.user_id,
            state=shown_state(message, self._conversation, self._client.user_id),
            first_in_group=above is None
            or not same_group(above, message)
            or message.seq == self._unread_line_seq,
            last_in_group=below is None
            or not same_group(message, below)
            or (self._unread_line_seq > 0 and below.seq == self._unread_line_seq),
            day=times.day_line(message.sent_at_ms, self._now_ms()) if new_day else "",
            unread_line=self._unread_line_seq > 0 and message.seq == self._unread_line_seq,
            time=times.clock(message.sent_at_ms),
        )

    def sender_title(self, message: Message) -> str:
        """What to call the sender of a message."""
        user = self._client.user(message.sender_id)
        if user is None:
            user = self._conversation.peer
        return wording.person(user) if user is not None else wording.NOTE_TITLE

    def load_older(self) -> None:
        """Ask for the page above the first row, unless one is on its way or nothing is there."""
        if self._loading or self._reached_start or self._stalled or self._closed or not self._messages:
            return
        if self._messages[0].seq is None:  # local echoes alone: nothing is known to be above them
            return
        self._set_loading(True)
        self._spawn(self._load_older(self._messages[0]))

    def jump_to(self, seq: int) -> None:
        """Have the message with this seq in the window, then tell ``jumped``."""
        row = bisect_left(self._keys, (0, seq))
        if row < len(self._keys) and self._keys[row] == (0, seq):
            self.jumped.emit(row)
        elif self._messages:
            self._spawn(self._load_until(seq))

    def mark_unread_line(self, seq: int) -> None:
        """Draw the unread line above ``seq``, 0 to take it away."""
        if seq == self._unread_line_seq:
            return
        was = self.unread_line_row
        self._unread_line_seq = seq
        for row in (was, self.unread_line_row):
            self._repaint_around(row)

    def retry(self, client_id: str) -> None:
        """Send a failed message again."""
        self._spawn(self._intend(self._client.retry(client_id)))

    def discard(self, client_id: str) -> None:
        """Give a failed or waiting message up."""
        self._spawn(self._intend(self._client.discard(client_id)))

    def close(self) -> None:
        """Stop listening; whatever is on its way is dropped."""
        self._closed = True
        self._feed.leave(self.take)

    def refresh_times(self) -> None:
        """The day has changed: say every day line anew."""
        if self._messages:
            self.dataChanged.emit(self.index(0), self.index(len(self._messages) - 1))

    def take(self, changes: list[Change]) -> None:
        """Apply one tick's Changes."""
        conversation_id = self._conversation.conversation_id
        for change in changes:
            match change:
                case MessagesAdded(conversation_id=id_) if id_ == conversation_id:
                    self._add(change.messages)
                case MessageChanged(message=message) if message.conversation_id == conversation_id:
                    self._change(message)
                case MessageRemoved(conversation_id=id_) if id_ == conversation_id:
                    self._remove(change.local_id)
                case ConversationChanged(conversation=conversation) if (
                    conversation.conversation_id == conversation_id
                ):
                    self._take_conversation(conversation)
                case ConversationRemoved(conversation_id=id_) if id_ == conversation_id:
                    self._reload()
                case CacheReset():
                    self._reload()
                case ConnectionChanged(state=state) if state.phase is ConnectionPhase.ONLINE:
                    self._stalled = False

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._messages)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or not 0 <= index.row() < len(self._messages):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._messages[index.row()].body
        if role == Qt.ItemDataRole.AccessibleTextRole:
            row = self.row(index.row())
            return row.spoken(self.sender_title(row.message))
        return None

    def _load(self) -> None:
        was = self._unreadable
        try:
            page = self._client.newest(self._conversation.conversation_id, self._open_rows())
            self._unreadable = ""
        except (ClientError, StoreError) as error:
            page = Page([], complete=False)
            self._unreadable = f"The messages on this device cannot be read: {str(error).rstrip('.')}."
        self._messages = sorted(page.messages, key=order_key)
        self._keys = [order_key(each) for each in self._messages]
        self._key_of = {each.local_id: key for each, key in zip(self._messages, self._keys, strict=True)}
        self._reached_start = page.reached_start
        self._unread_line_seq = self._place_of_unread_line()
        if self._unreadable != was:
            self.unreadable_changed.emit(self._unreadable)

    def _open_rows(self) -> int:
        """As many rows as reach above the first unread one, where that is not too many."""
        conversation = self._conversation
        unseen = conversation.last_seq - conversation.read_seq if conversation.unread else 0
        return max(OPEN_ROWS, unseen + ROWS_ABOVE_UNREAD) if unseen <= UNREAD_ROWS_MAX else OPEN_ROWS

    def _reload(self) -> None:
        self.beginResetModel()
        self._load()
        self.endResetModel()
        self._fill()

    def _fill(self) -> None:
        if len(self._messages) < OPEN_ROWS and not self._reached_start and not self._unreadable:
            self._spawn(self._client.fill(self._conversation.conversation_id))

    async def _load_older(self, before: Message) -> None:
        try:
            page = await self._client.older(self._conversation.conversation_id, before, OLDER_ROWS)
        except (ClientError, StoreError):
            page = Page([], complete=False)
        if self._closed:
            return
        self._prepend(page, before)
        # Nothing more is to be had until the connection is back.
        self._stalled = not page.complete and not page.messages
        self._set_loading(False)

    async def _load_until(self, seq: int) -> None:
        before = self._messages[0]
        try:
            page = await self._client.until(self._conversation.conversation_id, before, seq)
        except (ClientError, StoreError) as error:
            if not self._closed:
                self.failed.emit(str(error))
            return
        if self._closed:
            return
        self._prepend(page, before)
        row = bisect_left(self._keys, (0, seq))
        if row < len(self._keys) and self._keys[row] == (0, seq):
            self.jumped.emit(row)
        else:
            self.failed.emit("That message is not on this computer yet. Try again when you are online.")

    def _prepend(self, page: Page, before: Message) -> None:
        if not self._messages or self._messages[0].local_id != before.local_id:
            return  # The window was read anew meanwhile.
        new = sorted((each for each in page.messages if each.local_id not in self._key_of), key=order_key)
        self._reached_start = page.reached_start
        if not new:
            return
        self.beginInsertRows(QModelIndex(), 0, len(new) - 1)
        keys = [order_key(each) for each in new]
        self._messages[:0] = new
        self._keys[:0] = keys
        self._key_of.update((each.local_id, key) for each, key in zip(new, keys, strict=True))
        self.endInsertRows()
        self._repaint_around(len(new))
        self.mark_unread_line(self._place_of_unread_line())

    def _add(self, messages: list[Message]) -> None:
        if self._leaves_hole(messages):
            self._reload()
            return
        for message in messages:
            if message.local_id in self._key_of:
                self._change(message)
            elif not self._is_above_window(message):
                self._insert(message)

    def _leaves_hole(self, messages: list[Message]) -> bool:
        seqs = [each.seq for each in messages if each.seq is not None]
        held = [key[1] for key in self._keys[-len(messages) - 200 :] if key[0] == 0]
        return bool(seqs and held) and min(seqs) > max(held) + 1

    def _is_above_window(self, message: Message) -> bool:
        return bool(self._keys) and order_key(message) < self._keys[0] and not self._reached_start

    def _insert(self, message: Message) -> None:
        key = order_key(message)
        at = bisect_left(self._keys, key)
        self.beginInsertRows(QModelIndex(), at, at)
        self._messages.insert(at, message)
        self._keys.insert(at, key)
        self._key_of[message.local_id] = key
        self.endInsertRows()
        self._repaint_around(at)

    def _change(self, message: Message) -> None:
        row = self.row_of(message.local_id)
        if row < 0:
            if message.seq is None or not self._is_above_window(message):
                self._insert(message)
            return
        key = order_key(message)
        if key != self._keys[row]:
            row = self._rekey(row, key)
        self._messages[row] = message
        self._repaint_around(row)

    def _rekey(self, row: int, key: tuple[int, int]) -> int:
        """Give the row its new key and its place; returns where it stands now."""
        at = bisect_left(self._keys, key)
        message = self._messages[row]
        if at in (row, row + 1):
            self._keys[row] = key
            to = row
        else:
            to = at if at < row else at - 1
            self.beginMoveRows(QModelIndex(), row, row, QModelIndex(), at)
            del self._messages[row], self._keys[row]
            self._messages.insert(to, message)
            self._keys.insert(to, key)
            self.endMoveRows()
            self._repaint_around(row)
        self._key_of[message.local_id] = key
        return to

    def _remove(self, local_id: int) -> None:
        row = self.row_of(local_id)
        if row < 0:
            return
        self.beginRemoveRows(QModelIndex(), row, row)
        del self._messages[row], self._keys[row], self._key_of[local_id]
        self.endRemoveRows()
        self._repaint_around(row)

    def _take_conversation(self, conversation: Conversation) -> None:
        was, self._conversation = self._conversation, conversation
        if was.unread != conversation.unread:
            self.unread_changed.emit(conversation.unread)
        pointers = (was.delivered_seq, was.others_read_seq)
        if pointers != (conversation.delivered_seq, conversation.others_read_seq) and self._messages:
            first = bisect_left(self._keys, (0, min(pointers)))
            last = len(self._messages) - 1
            self.dataChanged.emit(self.index(min(first, last)), self.index(last))

    def _place_of_unread_line(self) -> int:
        """The seq of the first unread message as of when this was opened, as soon as it is in the window."""
        if self._line_after_seq is None or (row := self.first_unread_row(self._line_after_seq)) is None:
            return self._unread_line_seq
        self._line_after_seq = None
        return (self._messages[row].seq or 0) if row < len(self._messages) else 0

    def _repaint_around(self, row: int) -> None:
        """A row and its neighbours, whose grouping may have changed with it."""
        last = len(self._messages) - 1
        if row < 0 or last < 0:
            return
        self.dataChanged.emit(self.index(max(0, min(row - 1, last))), self.index(min(row + 1, last)))

    def _set_loading(self, loading: bool) -> None:
        self._loading = loading
        self.loading_changed.emit(loading)

    async def _intend(self, intent: Coroutine[Any, Any, None]) -> None:
        try:
            await intent
        except ClientError as error:
            self.failed.emit(str(error))
        else:
            self._feed.flush()


def is_waiting(state: SendState) -> bool:
    """Whether a message of this state can still be given up."""
    return state in (SendState.FAILED, SendState.PENDING)
