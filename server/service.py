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

import logging
from collections.abc import Callable, Iterable

from desktop_chat.protocol.codec import encode_frame
from desktop_chat.protocol.errors import CloseCode
from desktop_chat.protocol.events import UserUpdate
from desktop_chat.protocol.records import Resume, User
from server import catchup, packets
from server.actions.people import do_note_last_seen, do_note_last_seen_of_all
from server.auth import Hasher, SignInGuard
from server.config import Config
from server.device_connection import ClientTransport, DeviceConnection
from server.files.blobs import BlobStore
from server.files.files import Files
from server.handlers import HANDLERS
from server.hub import Hub
from server.store.base import Reader, Store, StoreUnavailable, UserRow

_log = logging.getLogger(__name__)


class Service:
    """One server. All of it runs on the loop's thread."""

    handlers = HANDLERS

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
        self._stopping = False

    def start(self) -> None:
        """Begin to serve the running loop."""
        self.store.start()

    def connect(self, transport: ClientTransport, address: str = "") -> DeviceConnection:
        """A client has come; ``address`` is what its sign-in attempts are counted by."""
        connection = DeviceConnection(self, transport, address)
        self._connections[connection] = None
        if self._stopping or len(self._connections) > self.limits.connections_max:
            connection.close(CloseCode.RESTARTING)
        return connection

    async def stop(self) -> None:
        """Take nothing more, answer what was taken, close every connection, and then the store."""
        self._stopping = True
        for connection in self._connections:
            connection.session.close()
        await self._note_last_seen()
        if self.files is not None:
            self.files.close()
        await self.store.close()
        await self.hub.drained()
        for connection in list(self._connections):
            connection.close(CloseCode.RESTARTING)
        self.hasher.close()

    async def _note_last_seen(self) -> None:
        user_ids, now_ms = self.hub.online_ids(), self.now_ms()
        try:
            await self.store.perform(lambda writer: do_note_last_seen_of_all(writer, user_ids, now_ms))
        except Exception as error:
            _log.warning("last seen not noted error=%s", type(error).__name__)

    def read_catch_up(
        self, reader: Reader, user_id: int, device_id: int, resume: Resume | None
    ) -> catchup.Snapshot:
        """Read what a device that connects has to be told."""
        return catchup.read_snapshot(reader, user_id, device_id, self.store.epoch, resume)

    def users(self, rows: Iterable[UserRow]) -> list[User]:
        """People as others may know them, with their presence."""
        return [packets.user(row, online=self.hub.is_online(row.user_id)) for row in rows]

    def close_devices(self, user_id: int, device_ids: Iterable[int]) -> None:
        """Close the connections of devices that were signed out."""
        gone = set(device_ids)
        for connection in list(self.hub.connections_of(user_id)):
            if connection.device_id in gone:
                connection.close(CloseCode.SIGNED_OUT)

    def left(self, connection: DeviceConnection) -> None:
        """A connection is over. With a user's last one the user is offline."""
        self._connections.pop(connection, None)
        user_id = connection.user_id
        if not self.hub.unregister(user_id, connection):
            return
        now_ms = self.now_ms()
        try:
            self.store.write(lambda writer: do_note_last_seen(writer, user_id, now_ms), self._tell_offline)
        except StoreUnavailable:
            _log.debug("last seen not noted user=%d", user_id)

    def _tell_offline(self, noted: tuple[UserRow, list[int]] | None, error: Exception | None) -> None:
        if noted is None:
            _log.warning("last seen not noted error=%s", type(error).__name__)
            return
        user, contact_ids = noted
        if not self.hub.is_online(user.user_id):
            frame = encode_frame([UserUpdate(packets.user(user, online=False))])
            self.hub.push(contact_ids, frame)
