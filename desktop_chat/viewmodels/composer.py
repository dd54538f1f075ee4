"""From a keypress to the engine: sending is an intent, and no text is let go of before the store has it."""

import logging
from collections import deque
from typing import TYPE_CHECKING

from msgspec import Struct
from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal

from desktop_chat.core.attachments import FILE_KINDS, MAX_CAPTION_CHARS, caption
from desktop_chat.core.models import Message, User
from desktop_chat.language import tr, trn
from desktop_chat.protocol.limits import MAX_BODY_CHARS, MENTIONS_MAX
from desktop_chat.services.errors import ClientError
from desktop_chat.viewmodels.change_feed import ChangeFeed
from desktop_chat.viewmodels.intents import Spawn
from desktop_chat.viewmodels.mentions import mentioned
from desktop_chat.viewmodels.timeline_rows import quoted_text

if TYPE_CHECKING:
    from desktop_chat.services.client import Client

_log = logging.getLogger(__name__)

_DRAFT_MS = 600
_NEAR_LIMIT_CHARS = 500
_PEOPLE_MS = 10_000
"""For so long who can be mentioned is not read anew: it is asked for at every key after an @."""


class Context(Struct, frozen=True):
    """The message that is being answered, or else changed: who wrote it, and what it says in one line."""

    message: Message
    editing: bool
    sender: str
    words: str


class _Job(Struct, frozen=True):
    """Something the engine is to take: a message to send, a message to change, or else a draft to keep."""

    conversation_id: int
    text: str
    send: bool
    context: Context | None = None
    mentions: tuple[int, ...] = ()

    @property
    def edits(self) -> bool:
        return self.context is not None and self.context.editing


class Composer(QObject):
    """The text being written in one conversation at a time. The widget tells ``text_changed``.

    ``send`` takes the text out of the field at once and queues it; sends and drafts reach the engine one
    after the other, in the order they were asked for. What could not be stored comes back: into the field,
    or into the draft of a conversation that was left meanwhile.
    """

    taken = Signal()
    """The text of the field is on its way: the field is to be emptied."""
    given_back = Signal(str)
    """This could not be sent: it is to stand before what is in the field."""
    failed = Signal(str)
    """Something of the conversation that is open was not stored, in words."""
    failed_elsewhere = Signal(int, str)
    """Something of another conversation was not: its id, and words."""
    context_changed = Signal(object)
    """What is answered or changed now: a Context, or None."""
    text_replaced = Signal(str)
    """The field is to hold this now: a message that is being changed, or what stood there before."""
    typed = Signal(int, str)
    """A person changed what is in the field of this conversation, to this."""
    limit_changed = Signal(str, bool)
    """Words about the length, empty while it is far from the limit, and whether it is over."""

    def __init__(
        self,
        client: "Client",
        feed: ChangeFeed,
        spawn: Spawn,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._client = client
        self._feed = feed
        self._spawn = spawn
        self._conversation_id = 0
        self._text = ""
        self._saved: str | None = ""
        """The draft as the store has it, or will once the jobs are done; None when that is not known."""
        self._jobs: deque[_Job] = deque()
        self._working = False
        self._left: dict[int, str] = {}
        """What stood in the fields of conversations that were left, until the store has it."""
        self._contexts: dict[int, tuple[Context, str]] = {}
        """What was being answered or changed in conversations that were left, and the change as far as it was
        written."""
        self._people: list[User] = []
        self._people_of = 0
        self._people_read = QElapsedTimer()
        self._context: Context | None = None
        self._put_aside = ""
        """What stood in the field when a message began to be changed."""
        self._limit_words = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DRAFT_MS)
        self._timer.timeout.connect(self.save_draft)

    @property
    def conversation_id(self) -> int:
        """The conversation being written in, 0 for none."""
        return self._conversation_id

    @property
    def text(self) -> str:
        """What is in the field."""
        return self._text

    @property
    def context(self) -> Context | None:
        """The message that is being answered or changed."""
        return self._context

    @property
    def can_send(self) -> bool:
        """Whether ``send`` would send something. A caption may be taken away, a text may not."""
        says = bool(self._text.strip()) or self._changes_caption
        return bool(self._conversation_id) and says and len(self._text) <= self._max_chars

    def people(self) -> list[User]:
        """Who can be mentioned here: the other members."""
        if not self._conversation_id:
            return []
        if self._people_of == self._conversation_id and not self._people_read.hasExpired(_PEOPLE_MS):
            return self._people
        own_id = self._client.user_id
        ids = [each.user_id for each in self._client.members(self._conversation_id)]
        found = [self._client.user(each) for each in ids if each != own_id]
        self._people = [each for each in found if each is not None and not each.deleted]
        self._people_of = self._conversation_id
        self._people_read.start()
        return self._people

    def switch(self, conversation_id: int, draft: str) -> None:
        """Write in another conversation; what was written in the last is kept as its draft. ``text`` is then
        ``draft``, or what is newer than that and not stored yet."""
        if self._context is not None and self._conversation_id:
            changed = self._text if self._editing else ""
            self._contexts[self._conversation_id] = (self._context, changed)
        self.end_context()
        if self._conversation_id:
            self._left[self._conversation_id] = self._text
            self.save_draft()
            self._forget_if_stored(self._conversation_id)
        self._conversation_id = conversation_id
        kept = self._left.pop(conversation_id, None)
        self._text = draft if kept is None else kept
        self._saved = draft if kept is None else None
        if kept is not None:
            self._timer.start()
        self._limit_words = ""
        self._tell_limit()
        held = self._contexts.pop(conversation_id, None)
        if held is not None and held[0].editing:
            self.edit(held[0].message, held[1])
        elif held is not None:
            self._set_context(held[0])

    def reply_to(self, message: Message, sender: str) -> None:
        """Let what is written next answer a message of ``sender``."""
        if self._context is not None and self._context.editing:
            self.end_context()
        self._set_context(Context(message, False, sender, quoted_text(message)))

    def edit(self, message: Message, text: str | None = None) -> None:
        """Change an own message, of one with files its caption, beginning with ``text`` or what it says; what
        is in the field is put aside meanwhile."""
        if self._context is not None and self._context.editing:
            self.end_context()
        self.save_draft()
        self._put_aside = self._text
        self._set_context(Context(message, True, "", quoted_text(message)))
        self._replace_text(caption(message.kind, message.body) if text is None else text)

    def end_context(self) -> None:
        """Answer nothing, or leave a message as it was."""
        was = self._context
        if was is None:
            return
        self._set_context(None)
        if was.editing:
            aside, self._put_aside = self._put_aside, ""
            self._replace_text(aside)

    def text_changed(self, text: str) -> None:
        """The field holds this now."""
        self._text = text
        self._tell_limit()
        if not self._editing:
            self.typed.emit(self._conversation_id, text)
            # The first of a text is not put off by what follows: of a conversation that the user is taken out
            # of, the store keeps only what has a draft.
            waits = self._saved == "" and self._timer.isActive()
            if text != self._saved and not waits:
                self._timer.start()

    def send(self) -> None:
        """Hand the text to the engine, as it is at this moment."""
        if self._editing:
            self._send_edit()
        elif self.can_send:
            text, self._text = self._text, ""
            context = self._context
            # The engine empties the draft in the transaction that stores the message.
            self._saved = ""
            self._timer.stop()
            mentions = self._mentions(text)
            self._queue(_Job(self._conversation_id, text, send=True, context=context, mentions=mentions))
            self._set_context(None)
            self.taken.emit()
            self._tell_limit()
        elif self._text.strip():
            self.failed.emit(self._limit_words)

    def give_back(self, text: str) -> None:
        """Put a text that was not sent before what is in the field, or before what was put aside while a
        message is changed."""
        if self._editing:
            self._put_aside = f"{text}\n{self._put_aside}" if self._put_aside else text
            self._saved = self._put_aside
            self._queue(_Job(self._conversation_id, self._put_aside, send=False))
            return
        text += "\n" if self._text else ""
        self._saved = None
        self.text_changed(text + self._text)
        self.given_back.emit(text)

    def move_to(self, feed: ChangeFeed) -> None:
        """Go on in another view, which has another feed, with everything as it is: what is being written in
        every conversation, and what waits to be stored."""
        self.switch(0, "")
        self._feed = feed

    def save_draft(self) -> None:
        """Store what is in the field, where it is not yet."""
        self._timer.stop()
        if self._conversation_id and not self._editing and self._text != self._saved:
            self._saved = self._text
            self._queue(_Job(self._conversation_id, self._text, send=False))

    def close(self) -> None:
        """Keep the draft and write no more. What waits for its turn is handed over at once, in its order: the
        engine stores what it was told before it ends, and nobody could send again what it refuses."""
        self.switch(0, "")
        while len(self._jobs) > 1:
            job = self._jobs[1]
            del self._jobs[1]
            self._spawn(self._do(job))

    @property
    def _editing(self) -> bool:
        return self._context is not None and self._context.editing

    @property
    def _changes_caption(self) -> bool:
        context = self._context
        return context is not None and context.editing and context.message.kind in FILE_KINDS

    @property
    def _max_chars(self) -> int:
        return MAX_CAPTION_CHARS if self._changes_caption else MAX_BODY_CHARS

    def _send_edit(self) -> None:
        context, text = self._context, self._text.strip()
        assert context is not None
        if not self.can_send:
            self.failed.emit(self._limit_words or tr("Delete the message to take all of it away."))
            return
        self.end_context()
        if text != caption(context.message.kind, context.message.body):
            mentions = self._mentions(text)
            # Not in the queue: it waits for the server, and what is written meanwhile for nobody.
            self._spawn(self._edit(_Job(self._conversation_id, text, False, context, mentions)))

    def _mentions(self, text: str) -> tuple[int, ...]:
        return mentioned(text, self.people())[:MENTIONS_MAX] if "@" in text else ()

    def _set_context(self, context: Context | None) -> None:
        if context != self._context:
            self._context = context
            self.context_changed.emit(context)

    def _replace_text(self, text: str) -> None:
        self._text = text
        self._tell_limit()
        self.text_replaced.emit(text)

    def _queue(self, job: _Job) -> None:
        self._jobs.append(job)
        if not self._working:
            self._working = True
            self._spawn(self._work())

    async def _work(self) -> None:
        try:
            while self._jobs:
                job = self._jobs[0]
                words = await self._do(job)
                self._jobs.popleft()
                if not words:
                    self._forget_if_stored(job.conversation_id)
                    if job.send and job.conversation_id == self._conversation_id:
                        self._feed.flush()
                elif job.send:
                    self._give_back(job)
                elif job.conversation_id == self._conversation_id:
                    self._saved = None
                if words:
                    self._fail(job, words)
        finally:
            self._working = False

    async def _edit(self, job: _Job) -> None:
        words = await self._do(job)
        if words:
            self._give_edit_back(job)
            self._fail(job, words)
        else:
            self._feed.flush()

    def _fail(self, job: _Job, words: str) -> None:
        if job.conversation_id == self._conversation_id:
            self.failed.emit(words)
        else:
            self.failed_elsewhere.emit(job.conversation_id, words)

    async def _do(self, job: _Job) -> str:
        """Let the store take it; what went wrong, in words, else empty."""
        try:
            if job.edits and job.context is not None:
                await self._client.actions.edit(job.context.message, job.text, job.mentions)
            elif job.send:
                reply_to = job.context.message.seq if job.context is not None else None
                await self._client.send(
                    job.conversation_id, job.text, reply_to=reply_to, mentions=job.mentions
                )
            else:
                await self._client.save_draft(job.conversation_id, job.text)
        except ClientError as error:
            return str(error)
        except Exception as error:
            # Whatever it was, the text must come back to the person who wrote it.
            _log.exception("a text was not stored")
            return tr("This was not stored: {reason}.", reason=str(error))
        return ""

    def _give_edit_back(self, failed: _Job) -> None:
        """Let the person go on with a change that was not made; its text at least, where something else is
        being answered or changed by now."""
        here = failed.conversation_id == self._conversation_id
        if here and self._context is None and failed.context is not None:
            self.edit(failed.context.message, failed.text)
        else:
            self._return(failed.conversation_id, failed.text)

    def _give_back(self, failed: _Job) -> None:
        """Return what was not sent, and what was to follow it in the same conversation, to be sent again."""
        conversation_id = failed.conversation_id
        later = [job for job in self._jobs if job.conversation_id == conversation_id]
        self._jobs = deque(job for job in self._jobs if job.conversation_id != conversation_id)
        self._return(conversation_id, "\n".join([failed.text, *(job.text for job in later if job.send)]))
        if conversation_id == self._conversation_id and self._context is None:
            self._set_context(failed.context)

    def _return(self, conversation_id: int, text: str) -> None:
        """Put a text before what is written in a conversation: in the field, or in the draft that it left."""
        if conversation_id == self._conversation_id:
            self.give_back(text)
        else:
            left = self._left.get(conversation_id, "")
            self._left[conversation_id] = f"{text}\n{left}" if left else text
            self._queue(_Job(conversation_id, self._left[conversation_id], send=False))

    def _forget_if_stored(self, conversation_id: int) -> None:
        if not any(job.conversation_id == conversation_id for job in self._jobs):
            self._left.pop(conversation_id, None)

    def _tell_limit(self) -> None:
        left = self._max_chars - len(self._text)
        words = ""
        if left < 0:
            words = trn(
                "{count} character too long to send in one message",
                "{count} characters too long to send in one message",
                count=-left,
            )
        elif left <= _NEAR_LIMIT_CHARS:
            words = trn(
                "{count} character left",
                "{count} characters left",
                count=left,
            )
        if words != self._limit_words:
            self._limit_words = words
            self.limit_changed.emit(words, left < 0)
