"""Search as one types: conversations at every keystroke, messages from the engine once typing pauses."""

from collections.abc import Callable, Iterator
from enum import IntEnum
from itertools import islice
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer, Signal

from desktop_chat.core.attachments import searched
from desktop_chat.core.folding import fold
from desktop_chat.core.models import Conversation, SearchHit
from desktop_chat.core.query import Query, parse
from desktop_chat.language import tr
from desktop_chat.services.errors import ClientError
from desktop_chat.store.search import Filters
from desktop_chat.viewmodels import rich_text, safe_text, times, wording
from desktop_chat.viewmodels.conversation_list import ConversationListModel, ConversationRow
from desktop_chat.viewmodels.intents import Spawn

if TYPE_CHECKING:
    from desktop_chat.services.client import Client

Index = QModelIndex | QPersistentModelIndex

DEBOUNCE_MS = 120
MAX_CONVERSATIONS = 50
MAX_HITS = 50
MAX_QUERY_CHARS = 200
_PREPARED_AT_ONCE = 200
_LEAD_CHARS = 18
_LEAD_CHARS_MIN = 6
_EXCERPT_CHARS = 160


class Heading(Struct, frozen=True):
    """A line over a section of the results."""

    text: str


class FoundConversation(Struct, frozen=True):
    """A conversation whose title or preview matches."""

    row: ConversationRow


class FoundMessage(Struct, frozen=True):
    """A message that matches. ``excerpt`` is one line of it, in which ``start`` and ``end`` bound the match,
    in code points. ``seq`` is None for a local echo."""

    conversation_id: int
    seq: int | None
    title: str
    is_note: bool
    avatar_id: int
    time: str
    excerpt: str
    start: int
    end: int
    portrait: str = ""
    prefix: str = ""
    """Who wrote it, where that is not plain from whose conversation it is: it stands before the excerpt."""


Entry = Heading | FoundConversation | FoundMessage


class SearchRole(IntEnum):
    """What a row answers beside its text and its spoken name."""

    ENTRY = Qt.ItemDataRole.UserRole + 1


def excerpt(hit: SearchHit, lead_chars: int = _LEAD_CHARS) -> tuple[str, int, int]:
    """One line around the match, with about so much before it, and where the match is in it."""
    body, at, end = _shown(searched(hit.message.kind, hit.message.body), hit.start, hit.end)
    begin = max(0, at - lead_chars)
    if begin:
        space = body.find(" ", begin, at)
        begin = space + 1 if space >= 0 else begin
    lead = "…" if begin else ""
    before = safe_text.one_line(body[begin:at] + "|")[:-1]
    match = safe_text.one_line(body[at:end])
    after = safe_text.one_line("|" + body[end : end + _EXCERPT_CHARS])[1:]
    start = len(lead) + len(before)
    return f"{lead}{before}{match}{after}", start, start + len(match)


def _shown(body: str, start: int, end: int) -> tuple[str, int, int]:
    """What a body says without its Markdown, and where a match in the body is in that; the beginning, where
    it is not shown. What is too long to be read stays as it is."""
    if len(body) > rich_text.READ_MAX_CHARS:
        return body, start, end
    text, match = rich_text.plain(body), safe_text.shown_body(body[start:end])
    # It may stand there more than once. What comes before it is as long as its own plain text, or nearly so.
    near, best, at = len(rich_text.plain(body[:start])), -1, text.find(match)
    while at >= 0 and (best < 0 or abs(at - near) < abs(best - near)):
        best, at = at, text.find(match, at + 1)
    return (text, best, best + len(match)) if match and best >= 0 else (text, 0, 0)


def found_message(
    hit: SearchHit, client: "Client", conversations: ConversationListModel, now_ms: int
) -> FoundMessage | None:
    """A message as a row; None where its conversation is not there any more."""
    message = hit.message
    conversation = conversations.conversation(message.conversation_id)
    if conversation is None:
        return None
    prefix = _prefix(message.sender_id, conversation, client)
    # The match is to be seen, also in a narrow row in which a name comes first.
    text, start, end = excerpt(hit, max(_LEAD_CHARS_MIN, _LEAD_CHARS - len(prefix)))
    return FoundMessage(
        conversation_id=message.conversation_id,
        seq=message.seq,
        title=wording.title(conversation),
        is_note=conversation.kind == "note",
        avatar_id=wording.avatar_id(conversation, client.user_id),
        time=times.list_time(message.sent_at_ms, now_ms),
        excerpt=text,
        start=start,
        end=end,
        portrait=wording.portrait(conversation),
        prefix=prefix,
    )


def _prefix(sender_id: int, conversation: Conversation, client: "Client") -> str:
    """Who wrote a message, as the conversation list says it of the newest one."""
    if conversation.kind == "note":
        return ""
    sender = client.user(sender_id) if conversation.kind == "group" else None
    return wording.by(sender_id == client.user_id, wording.person(sender) if sender is not None else "")


class SearchModel(QAbstractListModel):
    """The results of one query: conversations, then messages. A new query is a new list; results of an
    older one that come late are dropped."""

    status_changed = Signal(str)
    """Words in place of results: "Nothing found"; empty while there is something to show."""
    reach_changed = Signal(str)
    """How far the search reaches, where that is not everything."""

    def __init__(
        self,
        client: "Client",
        spawn: Spawn,
        conversations: ConversationListModel,
        now_ms: Callable[[], int] = times.wall_clock_ms,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._client = client
        self._spawn = spawn
        self._conversations = conversations
        self._now_ms = now_ms
        self._query = ""
        self._parsed = Query()
        self._found: list[Entry] = []
        self._hits: list[Entry] = []
        self._entries: list[Entry] = []
        self._folded: dict[int, tuple[Conversation, str]] = {}
        self._generation = 0
        self._unprepared: Iterator[Conversation] = iter(())
        self._prepare_timer = QTimer(self)
        self._prepare_timer.setInterval(0)
        self._prepare_timer.timeout.connect(self._prepare_some)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DEBOUNCE_MS)
        self._timer.timeout.connect(self._search)

    @property
    def query(self) -> str:
        """What is searched for, without the space around it."""
        return self._query

    def prepare(self) -> None:
        """Make ready what conversations are found by, some at each turn of the loop, so that the first key
        need not wait for it."""
        self._unprepared = iter(list(self._conversations.conversations()))
        self._prepare_timer.start()

    def set_query(self, query: str) -> None:
        """Search for this; empty ends the search."""
        query = query[:MAX_QUERY_CHARS].strip()
        if query == self._query:
            return
        self._query = query
        self._generation += 1
        self._timer.stop()
        self._parsed = parse(query)
        words = self._parsed.text if not self._parsed.filtered else ""
        self._found = self._filter(words) if words else []
        if query:
            # Earlier hits stay until the new ones are there: a list that blinks cannot be read.
            self._timer.start()
        else:
            self._hits = []
        self._show()
        self.status_changed.emit("")

    def entry(self, row: int) -> Entry:
        """The result at a row."""
        return self._entries[row]

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._entries)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if index.isValid() and isinstance(self._entries[index.row()], Heading):
            return Qt.ItemFlag.ItemIsEnabled
        return super().flags(index)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or not 0 <= index.row() < len(self._entries):
            return None
        entry = self._entries[index.row()]
        if role == SearchRole.ENTRY:
            return entry
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            match entry:
                case Heading(text=text):
                    return text
                case FoundConversation(row=row):
                    return row.spoken
                case FoundMessage():
                    heading = wording.enumerated([entry.title, entry.time])
                    # Translators: a screen reader says who or what, and then what is written there.
                    return tr("{name}: {words}", name=heading, words=f"{entry.prefix}{entry.excerpt}")
        return None

    def _filter(self, words: str) -> list[Entry]:
        wanted = fold(words)
        found: list[Entry] = []
        for conversation in self._conversations.conversations():
            if wanted in self._haystack(conversation):
                found.append(FoundConversation(self._conversations.describe(conversation.conversation_id)))
                if len(found) == MAX_CONVERSATIONS:
                    break
        return found

    def _prepare_some(self) -> None:
        some = list(islice(self._unprepared, _PREPARED_AT_ONCE))
        for conversation in some:
            self._haystack(conversation)
        if not some:
            self._prepare_timer.stop()

    def _haystack(self, conversation: Conversation) -> str:
        held = self._folded.get(conversation.conversation_id)
        if held is not None and held[0] is conversation:
            return held[1]
        peer = conversation.peer
        name = wording.title(conversation)
        if peer is not None and conversation.kind != "note":
            name = f"{peer.display_name}\n{peer.user_name}"
        preview = searched(conversation.preview_kind, conversation.preview_text)
        text = fold(f"{name}\n{preview}")
        self._folded[conversation.conversation_id] = (conversation, text)
        return text

    def _search(self) -> None:
        query = self._parsed
        if query.problem:
            self._hits = []
            self._show()
            self.status_changed.emit(query.problem)
        else:
            self._spawn(self._ask(self._generation, query.text, self._filters(query)))

    def _filters(self, query: Query) -> Filters:
        """Names in a filter become the ids of everybody, and of every conversation, that they may mean."""
        places: tuple[int, ...] | None = None
        senders: tuple[int, ...] | None = None
        if query.place:
            wanted = fold(query.place)
            known = self._conversations.conversations()
            places = tuple(each.conversation_id for each in known if wanted in fold(wording.title(each)))
        if query.sender:
            wanted = fold(query.sender.removeprefix("@"))
            senders = tuple(
                each.user_id
                for each in self._client.people()
                if wanted in fold(each.user_name) or wanted in fold(each.display_name)
            )
            if wanted == "me":
                senders = (self._client.user_id,)
        return Filters(
            places,
            senders,
            query.has,
            times.day_start_ms(query.after, 1) if query.after else None,
            times.day_start_ms(query.before) if query.before else None,
        )

    async def _ask(self, generation: int, text: str, filters: Filters) -> None:
        try:
            hits = await self._client.search(text, filters, MAX_HITS)
        except ClientError as error:
            if generation == self._generation:
                self.status_changed.emit(str(error))
            return
        if generation != self._generation:
            return
        found = (found_message(hit, self._client, self._conversations, self._now_ms()) for hit in hits)
        self._hits = [each for each in found if each is not None]
        self._show()
        self.status_changed.emit(
            "" if self._entries else tr("Nothing found for “{query}”", query=self._query)
        )
        self.reach_changed.emit(self._reach())

    def _reach(self) -> str:
        count = self._client.incomplete()
        return wording.older_missing(count) if count else ""

    def _show(self) -> None:
        entries: list[Entry] = []
        if self._found:
            entries += [Heading(tr("Conversations")), *self._found]
        if self._hits:
            entries += [Heading(tr("Messages")), *self._hits]
        self.beginResetModel()
        self._entries = entries
        self.endResetModel()
