"""The one reducer: what the server says becomes what the store holds. Events, confirmations and pages of
history all end here, keyed by client id and seq, so that their order does not matter."""

from msgspec import Struct

from desktop_chat.core.attachments import FILE_KINDS
from desktop_chat.core.changes import (
    AccountChanged,
    CacheReset,
    Change,
    ConversationChanged,
    ConversationRemoved,
    MessageChanged,
    MessageRemoved,
    MessagesAdded,
    StarsChanged,
    TypingChanged,
    UserChanged,
)
from desktop_chat.core.models import NOTICE, Account, Message, User
from desktop_chat.core.timeline import Run, Verdict
from desktop_chat.language import tr
from desktop_chat.protocol import events, records, replies
from desktop_chat.protocol.actions import Deleted, Edited, Reacted
from desktop_chat.protocol.codec import AnyPacket
from desktop_chat.store import conversations, messages, outbox, sync_state, users
from desktop_chat.store.database import Connection, Database

_SILENT = Edited | Deleted | Reacted
"""Actions that are not shown as a row of their own."""


class Outcome(Struct):
    """What a batch of packets did. ``behind`` are conversations whose cache misses something up to its
    head; ``received`` maps conversations to the seq up to which others' messages are now stored;
    ``caught_up`` says that a catch-up was completed in this batch."""

    changes: list[Change]
    behind: list[int]
    received: dict[int, int]
    caught_up: bool = False


class Reducer:
    """Applies packets to one account's store. ``online`` holds the ids of users known to be online.

    Not thread-safe: runs where the store's transactions run.
    """

    def __init__(self, own_id: int) -> None:
        self.own_id = own_id
        self.online: set[int] = set()
        self._epoch = ""
        self._live = False
        self._cold = False

    def apply(self, database: Database, packets: list[AnyPacket]) -> Outcome:
        """Apply packets in one transaction; after it, everything the outcome tells is on disk."""
        with database.transaction() as connection:
            batch = _Batch(self, connection)
            for packet in packets:
                batch.take(packet)
            return batch.finish()


class _Batch:
    """One transaction's work: runs are kept at hand and changes are told once, at the end."""

    def __init__(self, reducer: Reducer, connection: Connection) -> None:
        self._reducer = reducer
        self._connection = connection
        self._own_id = reducer.own_id
        self._fresh_from = sync_state.fresh_from(connection)
        self._runs: dict[int, Run | None] = {}
        self._moved: set[int] = set()
        self._added: dict[int, list[Message]] = {}
        self._told: list[Change] = []
        self._touched: dict[int, None] = {}
        self._users: dict[int, User] = {}
        self._received: dict[int, int] = {}
        self._position = 0
        self._caught_up = False

    def take(self, packet: AnyPacket) -> None:
        match packet:
            case events.NewMessage(message, target):
                self._message(message)
                if target is not None:
                    self._target(target)
                self._position = max(self._position, message.message_id)
            case replies.MessageSent():
                self._confirmation(packet)
            case replies.MessageHistory(_, conversation_id, page, targets):
                self._page(conversation_id, page)
                for target in targets:
                    self._target(target)
            case events.ConversationUpdate(conversation_id, position, gone=True):
                self._gone(conversation_id)
                self._position = max(self._position, position)
            case events.ConversationUpdate():
                self._conversation(packet)
            case replies.ConversationOpened(_, conversation, met):
                for user in met:
                    self._user(user)
                self._conversation(conversation)
            case events.MemberUpdate(conversation_id, position, member):
                conversations.apply_member(self._connection, conversation_id, member)
                self._touched[conversation_id] = None
                self._position = max(self._position, position)
            case events.UserUpdate(user, without_presence):
                self._user(user, keeps_presence=without_presence)
            case events.StarsUpdate(position, stars):
                for star in stars:
                    sync_state.set_star(self._connection, star)
                self._told.append(StarsChanged(stars))
                self._position = max(self._position, position)
            case events.AccountUpdate(settings, blocked_ids, is_admin):
                account = Account(settings, blocked_ids, is_admin)
                sync_state.set_account(self._connection, account)
                self._told.append(AccountChanged(account))
            case events.UserTyping(conversation_id, user_id, on):
                self._told.append(TypingChanged(conversation_id, user_id, on))
            case replies.ConnectionConfirmed():
                self._confirmed(packet)
            case events.CaughtUp(position):
                self._caught_up = self._reducer._live = True
                self._position = max(self._position, position)
                if self._reducer._cold:
                    sync_state.set_fresh_from(self._connection, position)
                    self._reducer._cold = False
            case _:
                pass  # replies that concern only who asked

    def finish(self) -> Outcome:
        connection, reducer = self._connection, self._reducer
        for conversation_id in self._moved:
            run = self._runs[conversation_id]
            assert run is not None
            conversations.set_run(connection, conversation_id, run)
        if reducer._live and self._position:
            sync_state.set_position(connection, reducer._epoch, self._position)
        changes: list[Change] = [*self._told]
        for user in self._users.values():
            changes.append(UserChanged(user))
            self._touched.update(dict.fromkeys(conversations.with_user(connection, user.user_id)))
        for conversation_id, added in self._added.items():
            fresh = any((message.message_id or 0) > self._fresh_from for message in added)
            changes.append(MessagesAdded(conversation_id, added, live=fresh))
        behind = []
        for row in conversations.load(connection, self._own_id, reducer.online, self._touched):
            changes.append(ConversationChanged(row))
            if row.held_to < row.last_seq and row.first_seq <= row.last_seq:
                behind.append(row.conversation_id)
        if self._caught_up:
            behind = conversations.behind(connection)
        return Outcome(changes, behind, self._received, self._caught_up)

    def _message(self, message: records.Message) -> None:
        run = self._run(message.conversation_id)
        if run is None:
            return
        self._touched[message.conversation_id] = None
        if message.sender_id == self._own_id:
            echo = messages.by_client_id(self._connection, message.client_id, self._own_id)
            if echo is not None:
                self._confirm(echo, message.seq, message.message_id, message.sent_at_ms)
                self._settle(message)
                return
        if run.judge(message.seq) is Verdict.NEXT:
            self._extend(message.conversation_id, run, message.seq)
            self._store(message.conversation_id, [message])

    def _settle(self, message: records.Message) -> None:
        """Let an own message say what the server has of it: a forwarded one may have been changed before it
        came."""
        row = messages.by_seq(self._connection, message.conversation_id, message.seq)
        if row is None:
            return
        content = message.content
        if content is not None and (row.kind, row.body) != (content.kind, content.body):
            self._told.append(MessageChanged(messages.change(self._connection, row, message)))
        else:
            self._target(message)

    def _target(self, target: records.Message) -> None:
        """A message as it is now, where this cache has it in an older state."""
        row = messages.by_seq(self._connection, target.conversation_id, target.seq)
        if row is None or (row.extra.changed_seq if row.extra else 0) >= target.changed_seq:
            return
        changed = messages.change(self._connection, row, target)
        for added in self._added.get(target.conversation_id, []):
            if added.local_id == row.local_id:
                self._added[target.conversation_id].remove(added)
                self._added[target.conversation_id].append(changed)
                self._added[target.conversation_id].sort(key=lambda each: each.seq or 0)
                return
        self._told.append(MessageChanged(changed))

    def _confirmation(self, sent: replies.MessageSent) -> None:
        echo = messages.by_client_id(self._connection, sent.client_id, self._own_id)
        if echo is None:
            return
        self._touched[sent.conversation_id] = None
        if echo.extra is not None and echo.extra.forward is not None:
            # What was forwarded may have been edited meanwhile: only the entry itself says what was stored,
            # and where it does not come with the confirmation, it is fetched.
            run = self._run(echo.conversation_id)
            if run is not None and echo.seq is None:
                self._place(echo, run, sent.seq, sent.message_id, sent.sent_at_ms)
        else:
            self._confirm(echo, sent.seq, sent.message_id, sent.sent_at_ms)

    def _confirm(self, echo: Message, seq: int, message_id: int, sent_at_ms: int) -> None:
        """A message of our own has its place. Where others are missing before it, it stands beyond the run
        until they are fetched."""
        run = self._run(echo.conversation_id)
        if run is None:
            return
        if echo.seq is None:
            self._place(echo, run, seq, message_id, sent_at_ms)
        if run.judge(seq) is Verdict.NEXT:
            self._extend(echo.conversation_id, run, seq)

    def _place(self, echo: Message, run: Run, seq: int, message_id: int, sent_at_ms: int) -> None:
        confirmed = messages.confirm(self._connection, echo, seq, message_id, sent_at_ms)
        if run.judge(seq) is Verdict.OLDER:
            # It was stored long ago: its place is above everything that is shown, and comes with its page.
            self._told.append(MessageRemoved(echo.conversation_id, echo.local_id))
        else:
            self._told.append(MessageChanged(confirmed))

    def _page(self, conversation_id: int, page: list[records.Message]) -> None:
        run = self._run(conversation_id)
        if not page or run is None:
            return
        joined = run.joined(page[0].seq, page[-1].seq)
        if joined is None:
            return
        # Where nothing but what shows no row is held (a reaction that came before the first page), no screen
        # can ask for the page above its first row: then what lies below is told too.
        blank = not messages.any_within(self._connection, conversation_id, run.held_from, run.held_to)
        here = messages.client_ids(self._connection, conversation_id, page[0].seq, page[-1].seq)
        fresh = []
        for message in page:
            if run.held_from <= message.seq <= run.held_to:
                continue
            if message.client_id in here and message.sender_id == self._own_id:
                echo = messages.by_client_id(self._connection, message.client_id, self._own_id)
                if echo is not None:
                    if echo.seq is None:
                        self._place(echo, run, message.seq, message.message_id, message.sent_at_ms)
                    self._settle(message)
                    if blank and message.seq < run.held_from:
                        # It was taken off the screen when it was confirmed; see _place.
                        row = messages.by_seq(self._connection, conversation_id, message.seq)
                        self._added.setdefault(conversation_id, []).extend([row] if row else [])
                    continue
            fresh.append(message)
        self._store(conversation_id, fresh, tell_above=0 if blank else run.held_to)
        self._runs[conversation_id] = joined
        self._moved.add(conversation_id)
        captioned = any(each.content is not None and each.content.kind in FILE_KINDS for each in fresh)
        if blank or captioned or joined.held_to != run.held_to:
            # How far up the cache reaches is in no row of the screen; the list may show a caption.
            self._touched[conversation_id] = None

    def _store(self, conversation_id: int, entries: list[records.Message], *, tell_above: int = 0) -> None:
        """Entries new to this cache, in rising seq."""
        # What is silent is seen in the message that it acts on.
        shown = [entry for entry in entries if not isinstance(entry.action, _SILENT)]
        told = [row for row in messages.insert_page(self._connection, shown) if (row.seq or 0) > tell_above]
        noticed_ms = max((entry.sent_at_ms for entry in shown if entry.action is not None), default=0)
        if noticed_ms and conversations.place(self._connection, conversation_id, noticed_ms):
            self._touched[conversation_id] = None
        if not told:
            return
        added = self._added.setdefault(conversation_id, [])
        added.extend(told)
        added.sort(key=lambda each: each.seq or 0)
        for row in told:
            if row.sender_id != self._own_id and row.kind != NOTICE:
                self._received[conversation_id] = row.seq or 0

    def _conversation(self, update: events.ConversationUpdate) -> None:
        if conversations.is_with_somebody_else(self._connection, self._own_id, update):
            conversations.take_over(self._connection, self._own_id, update)
            words = tr("The server was set up anew, and this conversation is with somebody else now.")
            failed = outbox.fail_all(self._connection, update.conversation_id, words)
            self._told.extend(MessageChanged(message) for message in failed)
        if conversations.apply_update(self._connection, self._own_id, update):
            self._touched[update.conversation_id] = None
            if self._runs.get(update.conversation_id, self) is None:
                del self._runs[update.conversation_id]
        self._position = max(self._position, update.position)

        if update.head is not None and update.head.first_seq > 1:
            self._expire(update.conversation_id, update.head.first_seq)

    def _expire(self, conversation_id: int, first_seq: int) -> None:
        """Let go of what the server let go of."""
        run = self._run(conversation_id)
        if run is None or run.empty or run.held_from >= first_seq:
            return
        for message in messages.expire(self._connection, conversation_id, first_seq):
            added = self._added.get(conversation_id, [])
            if message in added:
                added.remove(message)
            else:
                self._told.append(MessageRemoved(conversation_id, message.local_id))
        self._runs[conversation_id] = Run(first_seq, run.held_to) if run.held_to >= first_seq else Run()
        self._moved.add(conversation_id)

    def _gone(self, conversation_id: int) -> None:
        """This user is not in a conversation any more."""
        words = tr("You are not in this conversation any more.")
        failed = outbox.fail_all(self._connection, conversation_id, words)
        self._told.extend(MessageChanged(message) for message in failed)
        run = self._run(conversation_id)
        if run is None:
            return
        self._moved.discard(conversation_id)
        self._added.pop(conversation_id, None)
        self._runs.pop(conversation_id, None)
        if conversations.leave(self._connection, conversation_id):
            self._touched[conversation_id] = None
        else:
            self._touched.pop(conversation_id, None)
        self._told.append(ConversationRemoved(conversation_id))

    def _user(self, user: records.User, *, keeps_presence: bool = False) -> None:
        users.upsert(self._connection, user)
        online = self._reducer.online
        if not keeps_presence:
            (online.add if user.online else online.discard)(user.user_id)
        self._users[user.user_id] = User(
            user.user_id,
            user.user_name,
            user.display_name,
            user.user_id in online,
            user.last_seen_ms,
            user.about,
            user.picture,
            user.deleted,
        )

    def _confirmed(self, confirmed: replies.ConnectionConfirmed) -> None:
        """A new session. Nobody is online until the catch-up says so; another log means a cold start."""
        reducer = self._reducer
        resume = sync_state.resume(self._connection)
        reducer._live = False
        reducer._epoch = confirmed.epoch
        for user_id in reducer.online:
            self._touched.update(dict.fromkeys(conversations.with_user(self._connection, user_id)))
        reducer.online.clear()
        reducer._cold = resume is None or confirmed.resync or resume.epoch != confirmed.epoch
        if reducer._cold and (resume is not None or conversations.any_held(self._connection)):
            # Also what a cold start left that was cut short: nobody tells what it has lost since.
            sync_state.reset(self._connection)
            self._runs.clear()
            self._moved.clear()
            self._added.clear()
            kept = conversations.load_all(self._connection, self._own_id, reducer.online)
            self._told.append(CacheReset(kept))
        self._user(confirmed.user)

    def _run(self, conversation_id: int) -> Run | None:
        if conversation_id not in self._runs:
            self._runs[conversation_id] = conversations.run(self._connection, conversation_id)
        return self._runs[conversation_id]

    def _extend(self, conversation_id: int, run: Run, seq: int) -> None:
        self._runs[conversation_id] = run.extended(seq)
        self._moved.add(conversation_id)
