"""The logical session of one connection, without I/O: pairs replies with requests and follows the
handshake. The connection feeds it frames and sends what it makes."""

from collections.abc import Callable
from enum import Enum

from desktop_chat.protocol.codec import AnyPacket, decode_frame, encode_command
from desktop_chat.protocol.commands import CAPABILITIES, AnyCommand, UserConnect
from desktop_chat.protocol.errors import REMEDIES, Remedy
from desktop_chat.protocol.events import CaughtUp
from desktop_chat.protocol.records import Resume
from desktop_chat.protocol.replies import AnyReply, ConnectionConfirmed, Error

_CAPABILITIES = tuple(sorted(CAPABILITIES))
_PAUSE_S = 1.0
"""Wait after a refusal that asks for a retry and names no time."""


class SessionPhase(Enum):
    """How far the handshake has come."""

    GREETING = "greeting"
    CATCHING_UP = "catching_up"
    LIVE = "live"


class Refused(Exception):
    """The server refused a command; carries its ERROR."""

    def __init__(self, error: Error) -> None:
        super().__init__(error.message)
        self.error = error

    @property
    def pause_s(self) -> float | None:
        """Seconds after which the same command may succeed; None where waiting does not help."""
        if REMEDIES[self.error.code] is not Remedy.RETRY:
            return None
        return _PAUSE_S if self.error.retry_after_s is None else self.error.retry_after_s


class Session:
    """One connection's requests and phase. Not for reuse after the connection is gone."""

    def __init__(self) -> None:
        self.phase = SessionPhase.GREETING
        self._last_id = 0
        self._asked_at_s: dict[int, float] = {}

    def greet(self, token: str, resume: Resume | None, now_s: float) -> tuple[int, bytes]:
        """The request id and frame of USER_CONNECT."""
        return self.request(
            lambda id_: UserConnect(id_, token, resume=resume, capabilities=_CAPABILITIES), now_s
        )

    def request(self, make: Callable[[int], AnyCommand], now_s: float) -> tuple[int, bytes]:
        """Give a command the next request id; returns the id and the frame to send."""
        self._last_id += 1
        self._asked_at_s[self._last_id] = now_s
        return self._last_id, encode_command(make(self._last_id))

    def receive(self, frame: bytes) -> tuple[list[AnyPacket], list[tuple[int, AnyReply]]]:
        """All packets of a frame in their order, and of them the replies to requests that wait, each with
        its id. Raises FrameError where the server speaks something else."""
        packets = decode_frame(frame)
        answered: list[tuple[int, AnyReply]] = []
        for packet in packets:
            if isinstance(packet, AnyReply):
                if isinstance(packet, ConnectionConfirmed):
                    self.phase = SessionPhase.CATCHING_UP
                if packet.re is not None and self._asked_at_s.pop(packet.re, None) is not None:
                    answered.append((packet.re, packet))
            elif isinstance(packet, CaughtUp):
                self.phase = SessionPhase.LIVE
        return packets, answered

    def longest_wait_s(self, now_s: float) -> float:
        """How long the oldest unanswered request has been waiting; 0 when none is."""
        oldest = next(iter(self._asked_at_s.values()), now_s)
        return now_s - oldest
