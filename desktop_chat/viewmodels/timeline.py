"""A window onto one conversation's messages, from some older row down to the newest."""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from desktop_chat.core.attachments import searched
from desktop_chat.core.changes import (
    CacheReset,
    Change,
    ConnectionChanged,
    ConversationChanged,
    ConversationRemoved,
    MessageChanged,
    MessageRemoved,
    MessagesAdded,
    StarsChanged,
    TransferChanged,
    UserChanged,
)
from desktop_chat.core.models import NOTICE, ConnectionPhase, Conversation, Message, Page
from desktop_chat.core.send_state import shown_state
from desktop_chat.language import tr
from desktop_chat.services.errors import ClientError
from desktop_chat.store.database import StoreError
from desktop_chat.viewmodels import times, wording
from desktop_chat.viewmodels.attached_files import AttachedFile
from desktop_chat.viewmodels.change_feed import ChangeFeed
from desktop_chat.viewmodels.intents import Intents, Spawn
from desktop_chat.viewmodels.message_window import MessageWindow
from desktop_chat.viewmodels.row_details import RowDetails, is_pinned
from desktop_chat.viewmodels.timeline_rows import TimelineRow, same_day, same_group

if TYPE_CHECKING:
    from desktop_chat.services.client import Client

Index = QModelIndex | QPersistentModelIndex

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
    conversation_changed = Signal()
    """``conversation`` is another."""
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
        self._intents = Intents(feed, spawn, self.failed.emit)
        self._now_ms = now_ms
        self._closed = False
        self._conversation = conversation
        self._window = MessageWindow()
        self._details = RowDetails(client, conversation.conversation_id)
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
        row = self._window.at_seq(self._unread_line_seq)
        return row if row < len(self._window) and self._window[row].seq is not None else -1

    def first_unread_row(self, read_seq: int) -> int | None:
        """The first row of somebody else beyond ``read_seq``; the number of rows where none is. None where
        rows right after ``read_seq`` are not in the window, so that nobody can say."""
        at = self._window.at_seq(read_seq + 1)
        if not (at > 0 or self._reached_start or self._window.first_seq == read_seq + 1):
            return None
        for row in range(at, len(self._window)):
            message = self._window[row]
            if message.seq is None:
                break
            if message.sender_id != self._client.user_id and message.kind != NOTICE:
                return row
        return len(self._window)

    def newest_of_others(self, first: int, last: int) -> int:
        """The seq of the newest message of somebody else in the rows ``first`` to ``last``, 0 for none."""
        for row in range(min(last, len(self._window) - 1), max(0, first) - 1, -1):
            message = self._window[row]
            if message.seq is not None and message.sender_id != self._client.user_id:
                return message.seq
        return 0

    def message(self, row: int) -> Message:
        """The message of a row."""
        return self._window[row]

    def files(self, row: int) -> tuple[AttachedFile, ...]:
        """The files of a row, and where each stands; nothing is read from the store."""
        return self._details.files(self._window[row])

    def row_of(self, local_id: int) -> int:
        """Where a message stands, -1 where it is not in the window."""
        return self._window.row_of(local_id)

    def newest_own(self) -> Message | None:
        """The newest message in the window that one wrote and the server has."""
        for row in range(len(self._window) - 1, -1, -1):
            message = self._window[row]
            own = message.sender_id == self._client.user_id and message.seq is not None
            if own and message.kind not in (NOTICE, "deleted"):
                return message
        return None

    def row(self, index: int) -> TimelineRow:
        """What a row shows."""
        message = self._window[index]
        above = self._window[index - 1] if index else None
        below = self._window[index + 1] if index + 1 < len(self._window) else None
        own = message.sender_id == self._client.user_id
        line = self._unread_line_seq
        first = above is None or not same_group(above, message) or (line > 0 and message.seq == line)
        last = below is None or not same_group(message, below) or (line > 0 and below.seq == line)
        new_day = above is None or not same_day(above, message)
        notice = self._details.notice(message)
        named = first and not own and not notice and self._conversation.kind == "group"
        return TimelineRow(
            message=message,
            own=own,
            state=shown_state(message, self._conversation, self._client.user_id),
            first_in_group=first,
            last_in_group=last,
            day=times.day_line(message.sent_at_ms, self._now_ms()) if new_day else "",
            unread_line=line > 0 and message.seq == line,
            time=times.clock(message.sent_at_ms),
            sender=self._details.sender(message.sender_id) if named else "",
            notice=notice,
            origin=self._details.origin(message),
            quote=self._details.quote(message, self._window),
            reactions=self._details.reactions(message),
            starred=self._details.starred(message),
            pinned=is_pinned(message, self._conversation),
            files=self._details.files(message),
            mentions=self._details.mentions(message),
        )

    def is_own(self, message: Message) -> bool:
        """Whether the user wrote a message."""
        return message.sender_id == self._client.user_id

    def sender_title(self, message: Message) -> str:
        """What to call the sender of a message."""
        user = self._client.user(message.sender_id)
        if user is None:
            user = self._conversation.peer
        return wording.person(user) if user is not None else wording.note_title()

    def sender_portrait(self, message: Message) -> str:
        """The file_id of the picture that shows the sender of a message, empty for none."""
        user = self._client.user(message.sender_id)
        return user.picture if user is not None else ""

    def words_at(self, seq: int) -> str:
        """The message with this seq in one line, from the window or the cache."""
        quote = self._details.quoted(seq, self._window)
        return tr("{name}: {words}", name=quote.sender, words=quote.text) if quote.sender else quote.text

    def load_older(self) -> None:
        """Ask for the page above the first row, unless one is on its way or nothing is there."""
        if self._loading or self._reached_start or self._stalled or self._closed:
            return
        if self._window.first_seq is None:  # local echoes alone: nothing is known to be above them
            return
        self._set_loading(True)
        self._spawn(self._load_older(self._window[0]))

    def jump_to(self, seq: int) -> None:
        """Have the message with this seq in the window, then tell ``jumped``."""
        row = self._window.with_seq(seq)
        if row >= 0:
            self.jumped.emit(row)
        elif len(self._window):
            self._spawn(self._load_until(seq))

    def jump_to_day(self, day: date) -> None:
        """Have the first message of a day in the window, or of the next with any, then tell ``jumped``."""
        start_ms = times.day_start_ms(day)
        seq = self._client.first_since(self._conversation.conversation_id, start_ms)
        if seq is None:
            self.failed.emit(tr("Nothing was written on that day or later."))
        else:
            self.jump_to(seq)

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
        self._intents.do(self._client.retry(client_id))

    def discard(self, client_id: str) -> None:
        """Give a failed or waiting message up."""
        self._intents.do(self._client.discard(client_id))

    def close(self) -> None:
        """Stop listening; whatever is on its way is dropped."""
        self._closed = True
        self._intents.close()
        self._feed.leave(self.take)

    def refresh_times(self) -> None:
        """The day has changed: say every day line anew."""
        self._repaint(0, len(self._window) - 1)

    def take(self, changes: list[Change]) -> None:
        """Apply one tick's Changes."""
        conversation_id = self._conversation.conversation_id
        moved: set[int] = set()
        for change in changes:
            match change:
                case MessagesAdded(conversation_id=id_) if id_ == conversation_id:
                    self._add(change.messages, self._held_from(changes))
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
                case StarsChanged(stars=stars):
                    for seq in self._details.take_stars(stars):
                        self._repaint_around(self._window.with_seq(seq))
                case TransferChanged(transfer=transfer):
                    moved.update(self._details.with_file(transfer.key))
                case UserChanged(user=user) if self._details.concerns(user.user_id):
                    self._details.forget_quote()
                    self._repaint(0, len(self._window) - 1)
                case ConnectionChanged(state=state):
                    self._stalled = self._stalled and state.phase is not ConnectionPhase.ONLINE
                    moved.update(self._details.on_their_way())
        for local_id in moved:
            row = self._window.row_of(local_id)
            if row >= 0:
                self._repaint(row, row)

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._window)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or not 0 <= index.row() < len(self._window):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            message = self._window[index.row()]
            return searched(message.kind, message.body)
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
            reason = str(error).rstrip(".")
            self._unreadable = tr("The messages on this device cannot be read: {reason}.", reason=reason)
        self._window = MessageWindow(page.messages)
        self._details.forget_quote()
        self._reached_start = page.reached_start
        self._unread_line_seq = self._place_of_unread_line()
        if self._unreadable != was:
            self.unreadable_changed.emit(self._unreadable)

    def _open_rows(self) -> int:
        """As many rows as reach above the first unread one, where that is not too many."""
        conversation = self._conversation
        if not conversation.unread:
            return OPEN_ROWS
        unseen = conversation.last_seq - conversation.read_seq
        if unseen + ROWS_ABOVE_UNREAD > OPEN_ROWS:
            # Many of these entries may have no row, as reactions and edits have none.
            id_, most = conversation.conversation_id, UNREAD_ROWS_MAX + 1
            unseen = self._client.rows_after(id_, conversation.read_seq, most)
        return max(OPEN_ROWS, unseen + ROWS_ABOVE_UNREAD) if unseen <= UNREAD_ROWS_MAX else OPEN_ROWS

    def _reload(self) -> None:
        self.beginResetModel()
        self._load()
        self.endResetModel()
        self._fill()

    def _fill(self) -> None:
        if len(self._window) < OPEN_ROWS and not self._reached_start and not self._unreadable:
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
        before = self._window[0]
        try:
            page = await self._client.until(self._conversation.conversation_id, before, seq)
        except (ClientError, StoreError) as error:
            if not self._closed:
                self.failed.emit(str(error))
            return
        if self._closed:
            return
        self._prepend(page, before)
        row = self._window.with_seq(seq)
        if row >= 0:
            self.jumped.emit(row)
        else:
            self.failed.emit(tr("That message is not on this computer yet. Try again when you are online."))

    def _prepend(self, page: Page, before: Message) -> None:
        if not len(self._window) or self._window[0].local_id != before.local_id:
            return  # The window was read anew meanwhile.
        new = list(MessageWindow(each for each in page.messages if each.local_id not in self._window))
        self._reached_start = page.reached_start
        if not new:
            return
        self.beginInsertRows(QModelIndex(), 0, len(new) - 1)
        self._window.prepend(new)
        self._details.forget_quote()
        self.endInsertRows()
        self._repaint_around(len(new))
        self.mark_unread_line(self._place_of_unread_line())

    def _add(self, messages: list[Message], held_from: int) -> None:
        last_seq = self._window.last_seq()
        if last_seq < held_from and (last_seq or held_from > self.conversation.first_seq):
            # A hole. By the seqs of rows it could not be told: a reaction takes one too, and is none.
            self._reload()
            return
        for message in messages:
            if message.local_id in self._window:
                self._change(message)
            elif not self._is_above_window(message):
                self._insert(message)

    def _held_from(self, changes: list[Change]) -> int:
        """From where on the cache has no hole after these changes."""
        for change in reversed(changes):
            if isinstance(change, ConversationChanged):
                conversation = change.conversation
                if conversation.conversation_id == self._conversation.conversation_id:
                    return conversation.held_from
        return self._conversation.held_from

    def _is_above_window(self, message: Message) -> bool:
        return len(self._window) > 0 and self._window.place_for(message) == 0 and not self._reached_start

    def _insert(self, message: Message) -> None:
        at = self._window.place_for(message)
        self.beginInsertRows(QModelIndex(), at, at)
        self._window.insert(at, message)
        self.endInsertRows()
        self._repaint_around(at)

    def _change(self, message: Message) -> None:
        row = self._window.row_of(message.local_id)
        if row < 0:
            if message.seq is None or not self._is_above_window(message):
                self._insert(message)
            return
        at = self._window.place_for(message)
        if at in (row, row + 1):
            self._window.replace(row, message)
        else:
            row = self._move(row, at, message)
        self._repaint_around(row)
        self._repaint_answers(message)

    def _move(self, row: int, at: int, message: Message) -> int:
        """Put a message that gained its seq where it belongs; returns where it stands now."""
        to = at if at < row else at - 1
        self.beginMoveRows(QModelIndex(), row, row, QModelIndex(), at)
        self._window.remove(row)
        self._window.insert(to, message)
        self.endMoveRows()
        self._repaint_around(row)
        return to

    def _repaint_answers(self, message: Message) -> None:
        """A message says something else: so do the quotes of it."""
        if message.seq is None:
            return
        self._details.forget_quote(message.seq)
        for row in range(self._window.at_seq(message.seq + 1), len(self._window)):
            extra = self._window[row].extra
            if extra is not None and extra.reply_to == message.seq:
                self._repaint(row, row)

    def _remove(self, local_id: int) -> None:
        row = self._window.row_of(local_id)
        if row < 0:
            return
        self.beginRemoveRows(QModelIndex(), row, row)
        self._window.remove(row)
        self.endRemoveRows()
        self._repaint_around(row)

    def _take_conversation(self, conversation: Conversation) -> None:
        was, self._conversation = self._conversation, conversation
        if was.unread != conversation.unread:
            self.unread_changed.emit(conversation.unread)
        pointers = (was.delivered_seq, was.others_read_seq)
        if pointers != (conversation.delivered_seq, conversation.others_read_seq):
            self._repaint(self._window.at_seq(min(pointers)), len(self._window) - 1)
        for seq in set(was.info.pinned_seqs) ^ set(conversation.info.pinned_seqs):
            self._repaint_around(self._window.with_seq(seq))
        self.conversation_changed.emit()

    def _place_of_unread_line(self) -> int:
        """The seq of the first unread message as of when this was opened, as soon as it is in the window."""
        if self._line_after_seq is None or (row := self.first_unread_row(self._line_after_seq)) is None:
            return self._unread_line_seq
        self._line_after_seq = None
        return (self._window[row].seq or 0) if row < len(self._window) else 0

    def _repaint_around(self, row: int) -> None:
        """A row and its neighbours, whose grouping may have changed with it."""
        if row >= 0:
            self._repaint(row - 1, row + 1)

    def _repaint(self, first: int, last: int) -> None:
        end = len(self._window) - 1
        if end >= 0:
            self.dataChanged.emit(self.index(max(0, min(first, end))), self.index(max(0, min(last, end))))

    def _set_loading(self, loading: bool) -> None:
        self._loading = loading
        self.loading_changed.emit(loading)
