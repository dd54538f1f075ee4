"""One account's headless client: the one door that view models go through."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from desktop_chat.core.changes import (
    Change,
    ConnectionChanged,
    ConversationChanged,
    Publish,
    UserChanged,
)
from desktop_chat.core.models import (
    Account,
    ConnectionPhase,
    ConnectionState,
    Conversation,
    Member,
    Message,
    SearchHit,
    User,
)
from desktop_chat.core.session import Refused
from desktop_chat.language import tr
from desktop_chat.net.clock import Clock
from desktop_chat.net.connection import STEADY, Connection, ConnectionLost, Heartbeat
from desktop_chat.net.file_transfer import FileTransport, HttpFiles
from desktop_chat.net.transport import OpenTransport, open_websocket
from desktop_chat.paths import media_folder, outgoing_folder
from desktop_chat.protocol.codec import AnyPacket
from desktop_chat.protocol.commands import JoinConversation, SignOut
from desktop_chat.protocol.records import Resume
from desktop_chat.services import portraits
from desktop_chat.services.actions import Actions
from desktop_chat.services.chat import Chat
from desktop_chat.services.committer import Committer
from desktop_chat.services.errors import ClientError
from desktop_chat.services.file_fetching import FileFetching
from desktop_chat.services.file_sending import FileSending
from desktop_chat.services.files import Files
from desktop_chat.services.filling import Filling
from desktop_chat.services.history import History
from desktop_chat.services.local_files import LocalFiles
from desktop_chat.services.people import People
from desktop_chat.services.pointers import Pointers
from desktop_chat.services.portraits import Portraits
from desktop_chat.services.reducer import Outcome, Reducer
from desktop_chat.services.searcher import Searcher
from desktop_chat.services.sender import Sender
from desktop_chat.services.sharing import SharedReader
from desktop_chat.services.sync import Sync
from desktop_chat.services.tasks import Tasks
from desktop_chat.services.transfers import Transfers
from desktop_chat.store import conversations, messages, outbox, sync_state, users
from desktop_chat.store.database import IN_MEMORY, Database, StoreError
from desktop_chat.store.search import Filters
from desktop_chat.store.thread import StoreRunner, StoreThread

__all__ = ["Client", "ClientError"]

_log = logging.getLogger(__name__)

_RESTART_PAUSE_S = 5.0
_FILL_AFTER_S = 3.0
"""After a catch-up, so that what people wait for goes first."""


class Client:
    """Cache, outbox and connection of one account.

    Constructing it opens the store and puts what was on the wire at the last end back into the outbox;
    ``conversations`` and ``newest`` answer from then on, without a loop. ``start`` begins to connect.
    ``database`` may be handed in open, and is then left open by ``close``. ``files`` sends and fetches files,
    over ``file_transport`` or over HTTP on the chat's port; whoever waits for one ends before ``close``.
    Pictures are kept in ``media``, by default a folder beside ``path``.
    ``token`` gives the device token, None when nobody is signed in, or raises
    ``net.connection.ConnectionLost`` where it cannot be had now. Raises
    ``store.migrations.NewerSchemaError`` for a store of a newer version.
    """

    def __init__(
        self,
        path: Path,
        user_id: int,
        address: str,
        token: Callable[[], Awaitable[str | None]],
        *,
        open_transport: OpenTransport = open_websocket,
        clock: Clock | None = None,
        runner: StoreRunner | None = None,
        database: Database | None = None,
        file_transport: FileTransport | None = None,
        media: Path | None = None,
        heartbeat: Heartbeat = STEADY,
    ) -> None:
        self.user_id = user_id
        self._token = token
        self._clock = clock or Clock()
        self._own_database = database is None
        self._database = database or Database(path)
        self._runner = runner or StoreThread()
        with self._database.transaction() as connection:
            outbox.recover(connection)
        # A caller that brings a way to run the store's work runs the searches in it too.
        self._searcher = Searcher(self._database, StoreThread if runner is None else lambda: runner)
        self._shared = SharedReader(self._database, StoreThread if runner is None else lambda: runner)
        self._tasks = Tasks()
        self._listeners: list[Publish] = []
        self._reducer = Reducer(user_id)
        self._users = users.load_all(self._database.reader, self._reducer.online)
        self._looking_at: int | None = None
        self._fills = False
        self._fill_generation = 0
        self._connection = Connection(
            user_id,
            address,
            open_transport,
            self._clock,
            greeting=self._greeting,
            on_packets=self._on_packets,
            on_state=self._on_state,
            heartbeat=heartbeat,
        )
        self._sync = Sync(
            self._database,
            self._runner,
            self._reducer,
            self._clock,
            publish=self._publish,
            on_outcome=self._on_outcome,
            on_failure=self._connection.drop,
        )
        self._filling = Filling(self._database, self._runner, self._connection, self._sync)
        self._history = History(
            self._database, self._runner, self._connection, self._sync, self._tasks, self._filling
        )
        self._pointers = Pointers(self._database, self._runner, self._connection, user_id)
        committer = Committer(self._database, self._runner, self._reducer, publish=self._publish)
        self._sender = Sender(
            self._database,
            self._runner,
            self._clock,
            self._connection,
            self._sync,
            self._tasks,
            committer,
        )
        self._chat = Chat(committer, self._clock, queued=self._sender.wake, read=self._pointers.wake)
        self._people = People(committer, self._clock, self._connection, self._sync)
        self.actions = Actions(self._clock, self._connection, self._sync)
        """What needs the server's answer at once: changing messages, groups, the account, the server."""
        self.files = Files(
            self._database,
            self._runner,
            transport := file_transport or HttpFiles(lambda: self._connection.address, token),
            self._clock,
            local := LocalFiles(),
        )
        self.outgoing = outgoing_folder(path) if path != IN_MEMORY else None
        """Where pictures that have no file of their own wait to be sent; None where nothing is kept."""
        self.transfers = Transfers(self._publish)
        """Where every file stands that is on its way or here."""
        if media is None and path != IN_MEMORY:
            media = media_folder(path)
        self.file_fetching = FileFetching(
            self._database, self._runner, self.files, local, self.transfers, self._tasks, media
        )
        self.portraits = Portraits(self.files, transport, local, self.transfers, self._clock, media)
        """The pictures of people and groups."""
        for user in self._users.values():
            self.portraits.met(user.picture)
        self.file_sending = FileSending(
            committer,
            self._clock,
            self.files,
            self._chat,
            self.transfers,
            self._tasks,
            queued=self._sender.wake,
            arrived=self.file_fetching.sent,
        )
        self.send = self._chat.send
        self.forward = self._chat.forward
        self.retry = self.file_sending.retry
        self.discard = self.file_sending.discard
        self.mark_read = self._chat.mark_read
        self.save_draft = self._chat.save_draft
        self.newest = self._history.newest
        self.shared = self._shared.page
        self.newest_of_all = self._history.newest_of_all
        self.older = self._history.older
        self.until = self._history.until
        self.cached_after = self._history.cached_after
        self.open_direct = self._people.open_direct
        self.connect_now = self._connection.connect_now
        self.move_to = self._connection.move_to

    @property
    def device_id(self) -> int:
        """What the server calls this device; 0 before it has said so."""
        return self._connection.device_id

    @property
    def address(self) -> str:
        """Where its server is."""
        return self._connection.address

    def subscribe(self, listener: Publish) -> Callable[[], None]:
        """Tell every Change to ``listener``, on the loop's thread; returns what ends it."""
        self._listeners.append(listener)

        def unsubscribe() -> None:
            self._listeners.remove(listener)

        return unsubscribe

    @property
    def connection_state(self) -> ConnectionState:
        """Where the connection stands now."""
        return self._connection.state

    def conversations(self) -> list[Conversation]:
        """Every cached conversation, in no order; blocking, for the first paint."""
        found = conversations.load_all(self._database.reader, self.user_id, self._reducer.online)
        for each in found:
            self.portraits.met(each.info.picture)
        return found

    def members(self, conversation_id: int) -> list[Member]:
        """Who is in a conversation; blocking, but only for its members' rows."""
        return conversations.members(self._database.reader, conversation_id)

    def account(self) -> Account:
        """The own account as the server told it last."""
        return sync_state.account(self._database.reader)

    def message(self, conversation_id: int, seq: int) -> Message | None:
        """A cached message by its place, None where the cache has none there; blocking, for one row."""
        return messages.by_seq(self._database.reader, conversation_id, seq)

    def rows_after(self, conversation_id: int, seq: int, most: int) -> int:
        """How many cached messages lie beyond ``seq``, counted up to ``most``; blocking, for one look."""
        return messages.rows_after(self._database.reader, conversation_id, seq, most)

    def first_since(self, conversation_id: int, at_ms: int) -> int | None:
        """The seq of the oldest cached message of that moment or later; blocking, for one look."""
        return messages.first_since(self._database.reader, conversation_id, at_ms)

    def starred_in(self, conversation_id: int) -> set[int]:
        """The seqs of a conversation that the user starred, on whichever device."""
        return sync_state.starred_in(self._database.reader, conversation_id)

    def starred(self, limit: int) -> tuple[list[Message], int]:
        """The newest cached messages that the user starred, and how many there are in all."""
        return messages.starred(self._database.reader, limit)

    def user(self, user_id: int) -> User | None:
        """A person this account has met."""
        return self._users.get(user_id)

    def people(self) -> list[User]:
        """Everybody this account has met."""
        return list(self._users.values())

    async def find_people(self, query: str) -> list[User]:
        """Users whose names contain ``query``, in the order of their names. Raises ClientError."""
        found = await self._people.find(query)
        for each in found:
            self.portraits.met(each.picture)
        return found

    def start(self, *, fill: bool = False) -> None:
        """Begin to connect and to send; needs the running loop. With ``fill`` the whole history is fetched
        behind everything else."""
        self._fills = fill
        self._tasks.spawn(self._sync.run(), "sync")
        self._tasks.spawn(self._keep(self._sender.run), "sender")
        self._tasks.spawn(self._keep(self._pointers.run), "pointers")
        for number in range(portraits.AT_ONCE):
            self._tasks.spawn(self._keep(self.portraits.run), f"portraits {number}")
        self._tasks.spawn(self._connection.run(), "connection")
        self._tasks.spawn(self._recover_files(), "files")

    async def close(self) -> None:
        """End everything; what was committed stays, what was queued is sent at the next start."""
        await self._tasks.cancel_all()
        await self.files.close()
        self._searcher.close()
        self._shared.close()
        self._runner.close()
        if self._own_database:
            self._database.close()

    async def fill(self, conversation_id: int) -> None:
        """Ask for what the cache misses at the lower end of a conversation that is opened."""
        self._history.heal([conversation_id])

    async def look_at(self, conversation_id: int | None) -> None:
        """This device is looking at a conversation, or at none; the server hears it when it can."""
        self._looking_at = conversation_id
        try:
            await self._connection.request(lambda id_: JoinConversation(id_, conversation_id))
        except ConnectionLost:
            return
        except Refused as refused:
            _log.info("JOIN_CONVERSATION was refused: %s", refused.error.message)

    async def search(self, text: str, filters: Filters | None = None, limit: int = 50) -> list[SearchHit]:
        """The newest cached messages that contain ``text`` and pass the filters; nothing where a later search
        took over. Raises ClientError."""
        return await self._searcher.search(text, filters or Filters(), limit)

    def incomplete(self) -> int:
        """Of how many conversations older messages are not in the cache yet; blocking, for one count."""
        return conversations.incomplete(self._database.reader)

    async def sign_out(self) -> None:
        """Revoke this device's token. Raises ClientError when the server cannot be asked."""
        try:
            await self._connection.request(SignOut)
        except (Refused, ConnectionLost) as error:
            raise ClientError.of(error) from None

    async def online(self) -> None:
        """Wait until a session is caught up."""
        caught_up = asyncio.Event()

        def listen(change: Change) -> None:
            if isinstance(change, ConnectionChanged) and change.state.phase is ConnectionPhase.ONLINE:
                caught_up.set()

        unsubscribe = self.subscribe(listen)
        try:
            if self._connection.state.phase is not ConnectionPhase.ONLINE:
                await caught_up.wait()
        finally:
            unsubscribe()
        await self._sync.settle()

    async def settle(self) -> None:
        """Wait until everything received so far is in the store."""
        await self._sync.settle()

    async def _fill_behind(self) -> None:
        """One at a time: a new session takes over from the last."""
        self._fill_generation += 1
        mine = self._fill_generation
        await asyncio.sleep(_FILL_AFTER_S)
        try:
            await self._filling.run(lambda: mine == self._fill_generation)
        except StoreError as error:
            _log.error("older messages cannot be kept: %s", error)

    async def _keep(self, run: Callable[[], Awaitable[None]]) -> None:
        """Run something that has no end, again and in a new session where it fails all the same."""
        while True:
            try:
                await run()
            except Exception as error:
                _log.exception("a part of the client failed")
                self._connection.drop(tr("Something went wrong in this app: {reason}.", reason=str(error)))
                await asyncio.sleep(_RESTART_PAUSE_S)

    async def _recover_files(self) -> None:
        """Go on with what was on its way at the last end."""
        try:
            await self.file_sending.recover()
            if self.outgoing is not None:
                await self.files.sweep(self.outgoing)
            await self.file_fetching.recover()
        except ClientError as error:
            _log.error("files on their way were not gone on with: %s", error)

    async def _greeting(self) -> tuple[str, Resume | None] | None:
        token = await self._token()
        if token is None:
            return None
        await self._sync.settle()
        try:
            return token, await self._runner.run(lambda: sync_state.resume(self._database.writer))
        except StoreError as error:
            raise ConnectionLost(
                tr("This device cannot read its store: {reason}.", reason=str(error))
            ) from None

    async def _on_packets(self, packets: list[AnyPacket]) -> None:
        await self._sync.take(packets)

    def _on_state(self, state: ConnectionState) -> None:
        if state.phase not in (ConnectionPhase.CATCHING_UP, ConnectionPhase.ONLINE):
            self._sender.went_offline()
            self._pointers.online = False
            self.portraits.set_online(False)
        self._publish(ConnectionChanged(state))

    def _on_outcome(self, outcome: Outcome) -> None:
        self._history.heal(outcome.behind)
        if outcome.caught_up:
            if self._fills:
                self._tasks.spawn(self._fill_behind(), "fill")
            self._sender.came_online()
            self._pointers.online = True
            self.portraits.set_online(True)
            if self._looking_at is not None:
                self._tasks.spawn(self.look_at(self._looking_at), "look at")
        if outcome.caught_up or outcome.received:
            self._pointers.wake()

    def _publish(self, change: Change) -> None:
        if isinstance(change, UserChanged):
            self._users[change.user.user_id] = change.user
            self.portraits.met(change.user.picture)
        elif isinstance(change, ConversationChanged):
            self.portraits.met(change.conversation.info.picture)
        for listener in list(self._listeners):
            try:
                listener(change)
            except Exception:
                # A bug of a listener must not stop what is stored, or the others.
                _log.exception("a listener failed on %s", type(change).__name__)
