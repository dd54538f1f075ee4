"""One connection under fuzzing, and the judge of everything that is sent to it."""

import asyncio
import random
from collections.abc import Callable
from typing import Any

import msgspec

from desktop_chat.protocol.codec import AnyPacket, FrameError, decode_command, decode_frame
from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.protocol.limits import MAX_COMMAND_FRAME_BYTES, MAX_SERVER_FRAME_BYTES
from desktop_chat.protocol.replies import Error, InviteCreated, Reply, SignedIn
from server.device_connection import DeviceConnection
from server.store.memory_state import MemoryState
from tests.fuzz.draws import Known
from tests.fuzz.logs import Logs
from tests.fuzz.past import Past
from tests.fuzz.planted import Audience, Planted, Secret, conversation_around, found_in
from tests.fuzz.promises import Promises
from tests.fuzz.shown import Shown

_NOTED_EVERY = 12


class _Readable(msgspec.Struct):
    """As much of a frame as has to be there for the answer to name it."""

    type: str = ""
    id: int | None = None


_readable = msgspec.json.Decoder(_Readable)


def expected_re(frame: bytes) -> int | None:
    """What the answer to a frame has to name."""
    if len(frame) > MAX_COMMAND_FRAME_BYTES:
        return None
    try:
        if not frame.isascii():
            frame.decode()
        id_ = _readable.decode(frame).id
    except UnicodeDecodeError:
        return _as_the_codec_says(frame)
    except (msgspec.DecodeError, RecursionError):
        return None
    return id_ if id_ is not None and 1 <= id_ < 2**53 else None


def _as_the_codec_says(frame: bytes) -> int | None:
    # Whether bytes that are no text spoil a frame depends on whether their field is read or skipped.
    try:
        return decode_command(frame).id
    except FrameError as error:
        return error.re


class Judge:
    """Holds every frame that leaves the server against what was promised. ``broken`` is called in words."""

    def __init__(self, state: MemoryState, chance: random.Random, broken: Callable[[str], None]) -> None:
        self.state = state
        self.planted = Planted()
        self.known = Known()
        self.tokens: dict[int, list[str]] = {}
        """Device tokens by user, the newest last."""
        self.past = Past(state)
        self.planted.since = lambda: self.past.count
        self._chance = chance
        self._broken = broken
        shown = Shown(self.past)
        self._shown = shown
        self._logs = Logs(self.past, self.planted, broken)
        self._promises = Promises(self.past, shown, broken)
        self._last: tuple[bytes, list[AnyPacket]] = (b"", [])

    def committed(self) -> None:
        """See what was changed; to be called after each operation of the store."""
        self.past.committed()
        self._shown.committed()
        self._logs.committed()
        self._promises.committed()

    def settled(self) -> None:
        """The server is at rest."""
        self.past.settled()

    def sent(self, peer: "Peer", frame: bytes) -> None:
        """Judge one frame to one client."""
        packets = self._decoded(frame)
        for packet in packets:
            if isinstance(packet, Reply | Error):
                self._answered(peer, packet)
            self._promises.check(packet, peer.connection.user_id)
        for number in found_in(frame):
            self._check_secret(peer, number, frame, packets)
        if self._chance.random() * _NOTED_EVERY < 1:
            decoded = msgspec.to_builtins(packets)
            peer.known.note(decoded, self._chance)
            self.known.note(decoded, self._chance)

    def _decoded(self, frame: bytes) -> list[AnyPacket]:
        if frame is self._last[0]:  # one frame for many
            return self._last[1]
        if len(frame) > MAX_SERVER_FRAME_BYTES:
            self._broken(f"a frame of {len(frame)} bytes")
        try:
            packets = decode_frame(frame)
        except FrameError as error:
            self._broken(f"no client can read {frame[:300]!r}: {error}")
            packets = []
        self._last = (frame, packets)
        return packets

    def _answered(self, peer: "Peer", packet: Reply | Error) -> None:
        try:
            peer.owed.remove(packet.re)
        except ValueError:
            self._broken(f"nobody asked for {packet}; owed are {peer.owed}")
        if isinstance(packet, Error) and packet.code is ErrorCode.INTERNAL:
            self._broken(f"an internal error: {packet}")
        if isinstance(packet, SignedIn):
            self.tokens.setdefault(packet.user.user_id, []).append(packet.token)
            for number in peer.said.pop(packet.re, ()):
                self.planted.secrets[number].of = packet.user.user_id

    def _check_secret(self, peer: "Peer", number: int, frame: bytes, packets: list[AnyPacket]) -> None:
        secrets = self.planted.secrets
        if number >= len(secrets):  # put together by chance
            return
        secret, user_id = secrets[number], peer.connection.user_id
        if secret.audience is Audience.UNKNOWN:
            conversation_id = conversation_around(msgspec.to_builtins(packets), number)
            secret.audience = Audience.ALL if conversation_id is None else Audience.MEMBERS
            secret.places = {} if conversation_id is None else {conversation_id: 0}
        if secret.gone_since is not None and self.past.is_old(secret.gone_since):
            self._broken(f"user {user_id} was sent secret {number}, which was deleted: {frame[:1000]!r}")
        match secret.audience:
            case Audience.ALL:
                return
            case Audience.MEMBERS if self._may_read(secret, user_id):
                return
            case Audience.OWNER if secret.of == user_id:
                return
            case Audience.ONCE if isinstance(packets[0], SignedIn | InviteCreated):
                secret.audience = Audience.NOBODY
                return
        self._broken(
            f"user {user_id} was sent secret {number}, which is for {secret.audience.value} "
            f"{secret.of or secret.places}: {frame[:1000]!r}"
        )

    def _may_read(self, secret: Secret, user_id: int) -> bool:
        return any(self.past.was_member(place, user_id, since) for place, since in secret.places.items())


class Peer:
    """A client, as its transport sees it: the server's ClientTransport, which reads what it is sent at once
    or, while ``stalled``, not at all."""

    def __init__(self, judge: Judge, user_id: int) -> None:
        self.account_id = user_id
        """The account that it usually acts for."""
        self.connection: DeviceConnection
        self.known = Known()
        self.owed: list[Any] = []
        """What each frame that was not answered yet has to be answered with, as ``re``."""
        self.said: dict[int | None, list[int]] = {}
        """Secrets in commands whose user is not known before the answer."""
        self.is_closed = False
        self.is_gone = False
        """Whether the connection was told that its transport has gone."""
        self.working: asyncio.Task[None] | None = None
        self.next_id = 1
        self.rests_stalled = 0
        self._judge = judge
        self._waiting_bytes = 0
        self._reads = asyncio.Event()
        self._reads.set()

    @property
    def is_stalled(self) -> bool:
        """Whether it does not read."""
        return not self._reads.is_set()

    def stall(self) -> None:
        """Stop reading."""
        self._reads.clear()

    def read_on(self) -> None:
        """Read what has piled up, and go on."""
        self._waiting_bytes = 0
        self.rests_stalled = 0
        self._reads.set()

    def send(self, frame: bytes) -> None:
        if self.is_closed:
            return
        if self.is_stalled:
            self._waiting_bytes += len(frame)
        self._judge.sent(self, frame)

    def buffered_bytes(self) -> int:
        return self._waiting_bytes

    async def drain(self) -> None:
        if not self.is_closed:
            await self._reads.wait()

    def close(self, code: int, reason: str) -> None:
        self.is_closed = True
        self.owed.clear()
        self._reads.set()

    def abort(self) -> None:
        self.close(1006, "")
