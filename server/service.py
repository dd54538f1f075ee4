"""The server without its socket: everything between a frame that came in and a frame that goes out.

Nothing here knows websockets, threads, files or a real clock, so that the very same code runs in a process,
in a test and in a simulation under virtual time:

    store = MemoryStore(epoch="0" * 32, commit_delay=…)      # or SqliteStore
    service = Service(Config(data=Path("unused")), store, hasher, now_ms=…, monotonic_s=…, token_bytes=…)
    service.start()                                          # needs a running loop, as does all below
    connection = service.connect(transport, address="a")     # transport: a ClientTransport
    await connection.receive(frame)                          # frames of one connection one after the other
    connection.closed()                                      # once, when the transport has gone
    await service.stop()                                     # confirms what is queued, closes everybody

``receive`` of a send or a pointer returns as soon as it is queued; the answer follows its commit. A crash
is ``store.crash()`` (MemoryStore), after which the old service is let go of, no ``closed`` called, and a
new Service takes over the same store. ``hasher`` is a ``server.auth.Hasher``. Without ``blobs`` there are no
files. A faulty variant for testing the simulation overrides ``read_catch_up``, or the store as
``server.store.memory`` describes.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Collection, Iterable, Sequence

from desktop_chat.protocol.codec import AnyPacket, encode_frame
from desktop_chat.protocol.commands import CAPABILITIES
from desktop_chat.protocol.errors import CloseCode
from desktop_chat.protocol.records import User
from server import packets, publishing
from server.actions.people import (
    Gone,
    do_note_device_seen,
    do_note_last_seen,
    do_note_last_seen_of_all,
)
from server.auth import Hasher, SignInGuard
from server.catchup import CatchUp, Piece
from server.config import Config
from server.counting import Counters
from server.device_connection import ClientTransport, DeviceConnection
from server.files.blobs import BlobStore
from server.files.files import Files
from server.handlers import HANDLERS
from server.hub import Hub
from server.rates import KeyedBuckets
from server.store.base import Store, StoreUnavailable
from server.store.reader import Reader
from server.store.records import UserRow

_log = logging.getLogger(__name__)
_FILES = "files"
_BUDGETS_MAX = 20_000
_CLOSED_AT_ONCE = 200
_NOTE_TRIES = 20
_NOTE_PAUSE_S = 0.1


class Service:
    """One server. All of it runs on the loop's thread."""

    handlers = HANDLERS
    catch_up_batch = 50
    """Conversations in one piece of a catch-up: more than a window shows, and read within 2 ms."""

    def __init__(
        self,
        config: Config,
        store: Store,
        hasher: Hasher,
        *,
        now_ms: Callable[[], int],
        monotonic_s: Callable[[], float],
        token_bytes: Callable[[int], bytes],
        blobs: BlobStore | None = None,
    ) -> None:
        self.config = config
        self.limits = config.limits
        self.store = store
        self.capabilities = CAPABILITIES if blobs is not None else CAPABILITIES - {_FILES}
        self.hasher = hasher
        self.hub = Hub(config.limits.fan_out_chunk)
        self.sign_in_guard = SignInGuard(config.limits)
        self.now_ms = now_ms
        self.monotonic_s = monotonic_s
        self.token_bytes = token_bytes
        self.files = (
            None
            if blobs is None
            else Files(store, blobs, config.limits, now_ms=now_ms, random_bytes=token_bytes)
        )
        self._connections: dict[DeviceConnection, None] = {}  # in the order in which they came
        self.counters = Counters()
        self.is_draining = False
        """Whether it was told to stop."""
        self.user_budgets = KeyedBuckets(
            self.limits.commands_per_user_per_s, self.limits.commands_per_user_burst, _BUDGETS_MAX
        )
        """What all connections of a user may ask for together. Coming back does not fill it."""

    def start(self) -> None:
        """Begin to serve the running loop."""
        self.store.start()

    def connect(
        self, transport: ClientTransport, address: str = "", waited_s: float = 0.0
    ) -> DeviceConnection:
        """A client has come, and was ``waited_s`` on its way in; ``address`` is what its sign-in attempts are
        counted by."""
        connection = DeviceConnection(self, transport, address, waited_s)
        self._connections[connection] = None
        if self.is_draining or len(self._connections) > self.limits.connections_max:
            connection.close(CloseCode.RESTARTING)
        return connection

    @property
    def connections(self) -> Collection[DeviceConnection]:
        """Every connection, signed in or not, the oldest first."""
        return self._connections.keys()

    def is_ready(self) -> bool:
        """Whether another client would be served."""
        return (
            not self.is_draining
            and self.store.is_well()
            and len(self._connections) < self.limits.connections_max
        )

    async def drain(self) -> None:
        """Take nothing more, answer what was taken, and close every connection. The store stays open."""
        if self.is_draining:
            return
        self.is_draining = True
        for connection in self._connections:
            connection.session.close()
        # Answered after everything that was queued before it.
        await self._note_last_seen()
        await self.hub.drained()
        for count, connection in enumerate(list(self._connections)):
            connection.close(CloseCode.RESTARTING)
            if count % _CLOSED_AT_ONCE == _CLOSED_AT_ONCE - 1:
                await asyncio.sleep(0)

    async def stop(self) -> None:
        """Drain it, if that is still to be done, and then close the store."""
        await self.drain()
        if self.files is not None:
            self.files.close()
        await self.store.close()
        await self.hub.drained()
        for connection in list(self._connections):
            connection.close(CloseCode.RESTARTING)
        self.hasher.close()

    async def _note_last_seen(self) -> None:
        user_ids, now_ms = self.hub.online_ids(), self.now_ms()
        device_ids = [each.device_id for each in self._connections if each.device_id]
        for attempt in range(_NOTE_TRIES):
            try:
                await self.store.perform(
                    lambda writer: do_note_last_seen_of_all(writer, user_ids, device_ids, now_ms)
                )
            except Exception as error:
                if type(error) is StoreUnavailable and attempt < _NOTE_TRIES - 1:
                    await asyncio.sleep(_NOTE_PAUSE_S)  # the queue is full, and nothing is added to it now
                    continue
                _log.warning("last seen not noted error=%s", type(error).__name__)
            return

    def read_catch_up(self, reader: Reader, catch_up: CatchUp) -> Piece:
        """Read the next piece of what a device that connects has to be told."""
        return catch_up.read(reader)

    def users(self, rows: Iterable[UserRow], hidden_ids: frozenset[int] = frozenset()) -> list[User]:
        """People as others may know them, with the presence of those who are not in ``hidden_ids``."""
        return [
            packets.hidden_user(row)
            if row.user_id in hidden_ids
            else packets.user(row, online=self.hub.is_online(row.user_id))
            for row in rows
        ]

    def push_packets(self, user_ids: Iterable[int], pushed: Sequence[AnyPacket]) -> None:
        """Tell every connection of these users something that has no position."""
        self.hub.push(user_ids, encode_frame(pushed))

    def push_to_capable(
        self,
        capability: str,
        user_ids: Iterable[int],
        pushed: Sequence[AnyPacket],
        watching: int | None = None,
    ) -> None:
        """Tell the connections of these users that have a capability; with ``watching`` only those that show
        that conversation."""
        frame = encode_frame(pushed)
        for user_id in user_ids:
            for each in tuple(self.hub.connections_of(user_id)):
                if each.is_capable(capability) and (watching is None or each.looking_at == watching):
                    self.hub.push_one(each, frame)

    def close_devices(self, user_id: int, device_ids: Iterable[int]) -> None:
        """Close the connections of devices that were signed out."""
        gone = set(device_ids)
        for connection in list(self.hub.connections_of(user_id)):
            if connection.device_id in gone:
                connection.close(CloseCode.SIGNED_OUT)

    def left(self, connection: DeviceConnection) -> None:
        """A connection is over; once it is, saying so again changes nothing. With a user's last one the user
        is offline."""
        if connection not in self._connections:
            return
        del self._connections[connection]
        user_id = connection.user_id
        if not self.hub.unregister(user_id, connection):
            self._note_device_seen(connection)
            return
        now_ms, device_id = self.now_ms(), connection.device_id
        try:
            self.store.write(
                lambda writer: do_note_last_seen(writer, user_id, device_id, now_ms), self._tell_offline
            )
        except StoreUnavailable:
            _log.debug("last seen not noted user=%d", user_id)

    def _note_device_seen(self, connection: DeviceConnection) -> None:
        if not connection.device_id:
            return
        now_ms, device_id = self.now_ms(), connection.device_id
        with contextlib.suppress(StoreUnavailable):
            self.store.write(
                lambda writer: do_note_device_seen(writer, device_id, now_ms), lambda result, error: None
            )

    def _tell_offline(self, gone: Gone | None, error: Exception | None) -> None:
        if error is not None:
            _log.warning("last seen not noted error=%s", type(error).__name__)
            return
        if gone is not None and not self.hub.is_online(gone.user.user_id):
            publishing.tell_user(self, gone.user, gone.contact_ids, gone.blocked_ids)
