"""The supervisor of an account's connection: connect, greet, pump, probe, back off, wake."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from msgspec import Struct

from desktop_chat.core import backoff
from desktop_chat.core.models import ConnectionPhase, ConnectionState
from desktop_chat.core.session import Refused, Session, SessionPhase
from desktop_chat.language import known, tr
from desktop_chat.net.clock import Clock
from desktop_chat.net.transport import (
    CertificateChanged,
    OpenTransport,
    Transport,
    TransportClosed,
    TransportError,
    close_words,
)
from desktop_chat.protocol.codec import AnyPacket, FrameError
from desktop_chat.protocol.commands import AnyCommand
from desktop_chat.protocol.errors import REMEDIES, CloseCode, ErrorCode, Remedy, comes_back
from desktop_chat.protocol.records import Resume
from desktop_chat.protocol.replies import AnyReply, ConnectionConfirmed, Error

_log = logging.getLogger(__name__)

_SLEEP_JUMP_S = 5.0
"""The boot clock ran this much ahead of the monotonic one: the machine slept."""


class ConnectionLost(Exception):
    """There is no connection, or it went before the answer came; whether the command was carried out is
    not known."""


class _Lost(Exception):
    """Why a session ended. ``waits_in`` is the phase to wait in for a person, None where the next session
    may be tried without one."""

    def __init__(self, words: str, waits_in: ConnectionPhase | None = None) -> None:
        super().__init__(words)
        self.waits_in = waits_in


class Heartbeat(Struct, frozen=True):
    """How soon a connection that has fallen silent is given up, in seconds. It is looked at once in
    ``tick_s``, and probed when it was silent for as long; silent for ``dead_after_s`` in spite of a probe,
    the socket is dead: known within 10 s. A request unanswered for ``patience_s`` means that the server is
    stuck: start over."""

    tick_s: float = 3.0
    dead_after_s: float = 6.0
    patience_s: float = 15.0


STEADY = Heartbeat()
"""As people have it."""

Greeting = Callable[[], Awaitable[tuple[str, Resume | None] | None]]


class Connection:
    """Keeps one logical session of the user ``user_id`` with the server alive, for as long as ``run`` runs.

    ``greeting`` gives token and resume point for each new session, None when nobody is signed in; it may
    raise ConnectionLost where that cannot be told now.
    ``on_packets`` takes every frame's packets in order, and may make the socket wait (back-pressure).
    ``on_state`` is told each ConnectionState.
    """

    def __init__(
        self,
        user_id: int,
        address: str,
        open_transport: OpenTransport,
        clock: Clock,
        *,
        greeting: Greeting,
        on_packets: Callable[[list[AnyPacket]], Awaitable[None]],
        on_state: Callable[[ConnectionState], None],
        heartbeat: Heartbeat = STEADY,
    ) -> None:
        self._user_id = user_id
        self.device_id = 0
        """What the server calls this device; 0 before it has said so."""
        self._address = address
        self._open_transport = open_transport
        self._clock = clock
        self._greeting = greeting
        self._on_packets = on_packets
        self._on_state = on_state
        self._heartbeat = heartbeat
        self._transport: Transport | None = None
        self._session: Session | None = None
        self._waiting: dict[int, asyncio.Future[AnyReply]] = {}
        self._heard_s = 0.0
        self._nudged = asyncio.Event()
        self._dropped_because = ""
        self.state = ConnectionState(ConnectionPhase.CONNECTING)

    async def run(self) -> None:
        """Connect, and again whenever the connection is lost, until cancelled."""
        attempt = 0
        lost_at_s = self._clock.monotonic_s()
        while True:
            self._nudged.clear()
            self._tell(ConnectionPhase.CONNECTING, self.state.reason)
            try:
                await self._connect_or_say_why()
            except _Lost as lost:
                # Not from CATCHING_UP: a catch-up that fails each time would be asked for without a pause.
                if self.state.phase is ConnectionPhase.ONLINE:
                    attempt, lost_at_s = 0, self._clock.monotonic_s()
                if lost.waits_in is not None:
                    self._tell(lost.waits_in, str(lost))
                    await self._nudged.wait()
                    continue
                now_s = self._clock.monotonic_s()
                pause_s = backoff.delay_s(attempt, now_s - lost_at_s, self._clock.unit())
                attempt += 1
                self._tell(ConnectionPhase.OFFLINE, str(lost), now_s + pause_s)
                await self._rest(now_s + pause_s)

    @property
    def address(self) -> str:
        """Where the server is, a ws:// or wss:// URL."""
        return self._address

    def move_to(self, address: str) -> None:
        """The server is to be found at another address from now on; connect there at once."""
        if address != self._address:
            self._address = address
            self.drop(tr("The server has another address now."))
        self.connect_now()

    def connect_now(self) -> None:
        """Do not wait for the next try: a person asked, the network came back, or somebody signed in."""
        self._nudged.set()

    def drop(self, words: str) -> None:
        """End this session, because of ``words``, and begin another."""
        if self._transport is not None:
            self._dropped_because = words
            self._transport.abort()

    async def request(self, make: Callable[[int], AnyCommand]) -> AnyReply:
        """Send the command that ``make`` builds for a request id, and await its reply.

        Raises Refused with the server's ERROR, or ConnectionLost.
        """
        transport, session = self._transport, self._session
        if transport is None or session is None or session.phase is SessionPhase.GREETING:
            raise ConnectionLost(tr("There is no connection to the server."))
        id_, frame = session.request(make, self._clock.monotonic_s())
        return await self._exchange(transport, id_, frame)

    async def _exchange(self, transport: Transport, id_: int, frame: bytes) -> AnyReply:
        answer: asyncio.Future[AnyReply] = asyncio.get_running_loop().create_future()
        self._waiting[id_] = answer
        try:
            await transport.send(frame)
            reply = await answer
        except TransportClosed:
            raise ConnectionLost(tr("The connection to the server was lost.")) from None
        finally:
            self._waiting.pop(id_, None)
            if not answer.cancel() and not answer.cancelled():
                answer.exception()  # looked at, also where the sending failed before it
        if isinstance(reply, Error):
            raise Refused(reply)
        return reply

    async def _connect_or_say_why(self) -> None:
        try:
            await self._connect_once()
        except _Lost:
            raise
        except Exception as error:
            # A fault of ours, or of what we call. The session is lost, the account is not.
            _log.exception("a session failed")
            raise _Lost(tr("Something went wrong in this app: {reason}.", reason=str(error))) from error

    async def _connect_once(self) -> None:
        """One session from greeting to its end. Always raises _Lost."""
        try:
            greeting = await self._greeting()
        except ConnectionLost as error:
            raise _Lost(str(error)) from None
        if greeting is None:
            raise _Lost(tr("Nobody is signed in."), ConnectionPhase.SIGNED_OUT)
        try:
            transport = await self._open_transport(self._address)
        except CertificateChanged as error:
            raise _Lost(str(error), ConnectionPhase.REFUSED) from None
        except TransportError as error:
            raise _Lost(str(error)) from None
        self._transport, self._session = transport, Session()
        self._heard_s = self._clock.monotonic_s()
        self._dropped_because = ""
        probe = asyncio.ensure_future(self._probe(transport, self._session))
        try:
            _, frame = self._session.greet(*greeting, self._clock.monotonic_s())
            await transport.send(frame)
            while True:
                await self._take(await transport.receive(), self._session)
        except TransportClosed as closed:
            words = self._dropped_because or close_words(closed) or tr("The connection was lost.")
            raise _Lost(words, _phase_after(closed.code)) from None
        except FrameError as error:
            transport.abort()
            raise _Lost(str(error)) from None
        finally:
            self._transport = self._session = None
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(ConnectionLost(tr("The connection to the server was lost.")))
            probe.cancel()
            await asyncio.gather(probe, return_exceptions=True)
            await transport.close()

    async def _take(self, frame: bytes, session: Session) -> None:
        self._heard_s = self._clock.monotonic_s()
        before = session.phase
        packets, answered = session.receive(frame)
        if before is SessionPhase.GREETING:
            for _, reply in answered:
                if isinstance(reply, Error):
                    raise _Lost(known(reply.message), _phase_refused(reply.code))
                if isinstance(reply, ConnectionConfirmed):
                    if reply.user.user_id != self._user_id:
                        raise _Lost(
                            tr("The server takes this device for somebody else's."), ConnectionPhase.REFUSED
                        )
                    self.device_id = reply.device_id
        await self._on_packets(packets)
        for id_, reply in answered:
            waiting = self._waiting.get(id_)
            if waiting is not None and not waiting.done():
                waiting.set_result(reply)
        if session.phase is not before:
            online = session.phase is SessionPhase.LIVE
            self._tell(ConnectionPhase.ONLINE if online else ConnectionPhase.CATCHING_UP)

    async def _probe(self, transport: Transport, session: Session) -> None:
        """Find a dead socket: nothing tells of one but silence."""
        beat, pings = self._heartbeat, set[asyncio.Task[None]]()
        slept_s = self._clock.boot_s() - self._clock.monotonic_s()
        try:
            while True:
                await asyncio.sleep(beat.tick_s)
                now_s = self._clock.monotonic_s()
                drift_s = self._clock.boot_s() - now_s
                if drift_s - slept_s > _SLEEP_JUMP_S or session.longest_wait_s(now_s) > beat.patience_s:
                    transport.abort()
                    return
                silent_s = now_s - self._heard_s
                if silent_s >= beat.dead_after_s and pings:
                    transport.abort()
                    return
                if silent_s >= beat.tick_s * 0.9 and not pings:
                    ping = asyncio.ensure_future(self._ping(transport))
                    pings.add(ping)
                    ping.add_done_callback(pings.discard)
        finally:
            for ping in list(pings):
                ping.cancel()
            await asyncio.gather(*pings, return_exceptions=True)

    async def _ping(self, transport: Transport) -> None:
        try:
            await transport.ping()
        except TransportClosed:
            return  # receive() tells it too
        self._heard_s = self._clock.monotonic_s()

    async def _rest(self, until_s: float) -> None:
        """Wait for the next try, a nudge, or waking from sleep."""
        slept_s = self._clock.boot_s() - self._clock.monotonic_s()
        nudge = asyncio.ensure_future(self._nudged.wait())
        try:
            while not nudge.done():
                now_s = self._clock.monotonic_s()
                if now_s >= until_s or self._clock.boot_s() - now_s - slept_s > _SLEEP_JUMP_S:
                    return
                await asyncio.wait({nudge}, timeout=min(until_s - now_s, self._heartbeat.tick_s))
        finally:
            nudge.cancel()
            await asyncio.gather(nudge, return_exceptions=True)

    def _tell(self, phase: ConnectionPhase, reason: str = "", retry_at_s: float | None = None) -> None:
        state = ConnectionState(phase, reason, retry_at_s)
        if state != self.state:
            self.state = state
            self._on_state(state)


def _phase_after(close_code: int) -> ConnectionPhase | None:
    if comes_back(close_code):
        return None
    return ConnectionPhase.SIGNED_OUT if close_code == CloseCode.SIGNED_OUT else ConnectionPhase.REFUSED


def _phase_refused(code: ErrorCode) -> ConnectionPhase | None:
    if REMEDIES[code] is Remedy.RETRY:
        return None
    return ConnectionPhase.SIGNED_OUT if code is ErrorCode.BAD_TOKEN else ConnectionPhase.REFUSED
