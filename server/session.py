"""One connection's conversation with the server, sans-I/O: what a frame means in the state it is in.
No clock, no randomness, no store; the time is handed in.

    NEW ──connected()──▶ CONNECTED ──close()──▶ CLOSING        (NEW may go to CLOSING directly)
"""

from enum import Enum

from desktop_chat.protocol.codec import FrameError, decode_command
from desktop_chat.protocol.commands import AnyCommand, Register, SignIn, UserConnect
from desktop_chat.protocol.errors import CloseCode, ErrorCode
from desktop_chat.protocol.limits import PROTOCOL_VERSION
from desktop_chat.protocol.replies import Error
from server.config import Limits
from server.rates import TokenBucket

_BYTES_PER_UNIT = 16 * 1024
_BEFORE_CONNECT = (UserConnect, SignIn, Register)


class SessionState(Enum):
    """How far a connection has come."""

    NEW = "new"
    CONNECTED = "connected"
    CLOSING = "closing"


class Refusal:
    """A frame that is not carried out: the answer, and where that was one too many, why to close."""

    __slots__ = ("close_code", "error")

    def __init__(self, error: Error, close_code: CloseCode | None = None) -> None:
        self.error = error
        self.close_code = close_code


class Session:
    """Decides what is done with each frame of one connection."""

    __slots__ = (
        "_bad_frames",
        "_budget",
        "_limits",
        "_opened_s",
        "capabilities",
        "device_id",
        "state",
        "user_id",
    )

    def __init__(self, limits: Limits, now_s: float) -> None:
        self._limits = limits
        self._budget = TokenBucket(limits.commands_per_s, limits.commands_burst, now_s)
        self._bad_frames = 0
        self._opened_s = now_s
        self.state = SessionState.NEW
        self.user_id = 0
        self.device_id = 0
        self.capabilities: frozenset[str] = frozenset()

    def receive(self, frame: bytes, now_s: float) -> AnyCommand | Refusal | None:
        """The command to carry out, the refusal to answer with, or None once the connection is closing."""
        if self.state is SessionState.CLOSING:
            return None
        wait_s = self._budget.take(1 + len(frame) // _BYTES_PER_UNIT, now_s)
        try:
            command = decode_command(frame)
        except FrameError as error:
            return self._bad_frame(error)
        if wait_s > 0:
            return Refusal(
                Error(
                    ErrorCode.TOO_FAST,
                    "Too much at once. Wait a moment.",
                    command.id,
                    retry_after_s=round(wait_s + 0.0005, 3),
                )
            )
        if self.state is SessionState.NEW:
            if not isinstance(command, _BEFORE_CONNECT):
                return _refuse(ErrorCode.NOT_CONNECTED, "Say USER_CONNECT first.", command)
        elif isinstance(command, _BEFORE_CONNECT):
            return _refuse(
                ErrorCode.ALREADY_CONNECTED, "This connection is in use by a signed-in user already.", command
            )
        if isinstance(command, UserConnect) and command.protocol != PROTOCOL_VERSION:
            return _refuse(
                ErrorCode.UNSUPPORTED_PROTOCOL,
                f"The server speaks version {PROTOCOL_VERSION} of the protocol, the app version "
                f"{command.protocol}. One of the two needs an update.",
                command,
            )
        return command

    def connected(self, user_id: int, device_id: int, capabilities: frozenset[str] = frozenset()) -> None:
        """A USER_CONNECT has succeeded; ``capabilities`` are those that both sides have."""
        assert self.state is SessionState.NEW
        self.state = SessionState.CONNECTED
        self.user_id = user_id
        self.device_id = device_id
        self.capabilities = capabilities

    def close(self) -> None:
        """Nothing is taken from now on."""
        self.state = SessionState.CLOSING

    @property
    def is_connected(self) -> bool:
        """Whether a user is connected through it now."""
        return self.state is SessionState.CONNECTED

    @property
    def is_closing(self) -> bool:
        """Whether it is over."""
        return self.state is SessionState.CLOSING

    def handshake_overdue(self, now_s: float) -> bool:
        """Whether it should have said USER_CONNECT by now."""
        return self.state is SessionState.NEW and now_s - self._opened_s >= self._limits.handshake_timeout_s

    def _bad_frame(self, error: FrameError) -> Refusal:
        self._bad_frames += 1
        over = self._bad_frames >= self._limits.bad_frames_max
        return Refusal(
            Error(error.code, error.message, error.re), CloseCode.TOO_MANY_BAD_FRAMES if over else None
        )


def _refuse(code: ErrorCode, message: str, command: AnyCommand) -> Refusal:
    return Refusal(Error(code, message, command.id))
