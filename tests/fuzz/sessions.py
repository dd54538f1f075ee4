"""The sans-I/O session, in any order of frames, connects, closes and jumps of time, beside a model of it that
is made of nothing but what its documentation says."""

import random

from desktop_chat.protocol.codec import encode_command
from desktop_chat.protocol.commands import FindPeople, MarkRead, Register, SignIn, SignOut, UserConnect
from desktop_chat.protocol.errors import CloseCode, ErrorCode
from desktop_chat.protocol.limits import PROTOCOL_VERSION
from server.config import Limits
from server.session import Refusal, Session, SessionState
from tests.fuzz.finding import Broken, Finding

NAME = "sessions"
WORLD = 1_000

_UNIT_BYTES = 16 * 1024
_LIVES = 40
"""Steps that one session takes on average."""
_OUTSIDE = [
    encode_command(each) for each in (UserConnect(1, "token"), SignIn(2, "a", "b"), Register(3, "a", "b"))
]
_INSIDE = [encode_command(each) for each in (FindPeople(4), MarkRead(5, 1, 1), SignOut(6))]
_OTHER_PROTOCOL = encode_command(UserConnect(7, "token", protocol=PROTOCOL_VERSION + 1))
_BAD = [b"", b"?", b"[]", b'{"type":"NOBODY_KNOWS","id":8}', b'{"type":"MARK_READ","id":9}', b"x" * 300_000]
_LONG = b'{"type":"FIND_PEOPLE","id":10,"extra":"' + b"x" * 40_000 + b'"}'


class _Model:
    """What a session should do."""

    def __init__(self, limits: Limits, now_s: float) -> None:
        self.limits = limits
        self.opened_s = self.seen_s = now_s
        self.state = SessionState.NEW
        self.level = limits.commands_burst
        self.bad = 0

    def receive(self, frame: bytes, now_s: float) -> tuple[object, object]:
        """(error code, close code), both None where the command is to be carried out; an error code of
        ``""`` where nothing is."""
        if self.state is SessionState.CLOSING:
            return "", None
        fast = self._pay(1 + len(frame) // _UNIT_BYTES, now_s)
        if frame in _BAD:
            self.bad += 1
            code = {b"x" * 300_000: ErrorCode.TOO_LARGE, _BAD[3]: ErrorCode.UNKNOWN_TYPE}.get(frame)
            code = code or (ErrorCode.BAD_REQUEST if frame is _BAD[4] else ErrorCode.BAD_FRAME)
            return code, CloseCode.TOO_MANY_BAD_FRAMES if self.bad >= self.limits.bad_frames_max else None
        if fast:
            return ErrorCode.TOO_FAST, None
        outside = frame in _OUTSIDE or frame is _OTHER_PROTOCOL
        if self.state is SessionState.NEW and not outside:
            return ErrorCode.NOT_CONNECTED, None
        if self.state is SessionState.CONNECTED and outside:
            return ErrorCode.ALREADY_CONNECTED, None
        return (ErrorCode.UNSUPPORTED_PROTOCOL if frame is _OTHER_PROTOCOL else None), None

    def _pay(self, units: float, now_s: float) -> bool:
        burst = self.limits.commands_burst
        self.level = min(burst, self.level + (now_s - self.seen_s) * self.limits.commands_per_s)
        self.seen_s = now_s
        if self.level < min(units, burst):
            return True
        self.level -= units
        return False


class _Story:
    """One session and its model."""

    def __init__(self, chance: random.Random) -> None:
        # Powers of two, so that the model may add up in another order and still be exact.
        self.limits = Limits(
            commands_per_s=chance.choice((0.5, 4.0, 1024.0)),
            commands_burst=chance.choice((1.0, 2.0, 8.0, 1024.0)),
            bad_frames_max=chance.choice((1, 3, 20)),
        )
        self.now_s = float(chance.randrange(1000))
        self.session = Session(self.limits, self.now_s)
        self.model = _Model(self.limits, self.now_s)
        self.input = b""

    def step(self, chance: random.Random) -> None:
        """Let one thing happen to both. Raises Broken."""
        way = chance.random()
        if way < 0.2:
            self.now_s += chance.choice((0.0, 0.125, 1.0, 9.875, 10.0, 4096.0))
        elif way < 0.25 and self.model.state is SessionState.NEW:
            self.session.connected(chance.randrange(1, 9), chance.randrange(1, 9))
            self.model.state = SessionState.CONNECTED
        elif way < 0.26:
            self.session.close()
            self.model.state = SessionState.CLOSING
        else:
            self._receive(chance)
        self._compare()

    def _receive(self, chance: random.Random) -> None:
        kinds = (_OUTSIDE, _INSIDE, _INSIDE, _INSIDE, _BAD, [_OTHER_PROTOCOL], [_LONG])
        self.input = chance.choice(chance.choice(kinds))
        outcome = self.session.receive(self.input, self.now_s)
        code, close = self.model.receive(self.input, self.now_s)
        if outcome is None:
            got: tuple[object, object] = ("", None)
        elif isinstance(outcome, Refusal):
            got = (outcome.error.code, outcome.close_code)
            retry_s = outcome.error.retry_after_s
            if (retry_s is not None) != (code is ErrorCode.TOO_FAST) or (
                retry_s is not None and retry_s <= 0
            ):
                raise Broken(f"retry_after_s is {retry_s} with {code}")
        else:
            got = (None, None)
            if encode_command(outcome) != self.input and self.input is not _LONG:
                raise Broken(f"another command came out: {outcome}")
        if got != (code, close):
            raise Broken(f"{got} instead of {(code, close)}")

    def _compare(self) -> None:
        session, model = self.session, self.model
        if session.state is not model.state:
            raise Broken(f"the state is {session.state} instead of {model.state}")
        overdue = model.state is SessionState.NEW and (
            self.now_s - model.opened_s >= self.limits.handshake_timeout_s
        )
        if session.handshake_overdue(self.now_s) != overdue:
            raise Broken(f"overdue is {not overdue} after {self.now_s - model.opened_s} s")


def play(seed: int, executions: int = WORLD) -> Finding | None:
    """Let things happen to some sessions, one after the other; what was found."""
    chance = random.Random(seed)
    story = _Story(chance)
    for execution in range(executions):
        if chance.random() * _LIVES < 1:
            story = _Story(chance)
        try:
            story.step(chance)
        except Exception as error:
            words = str(error) if isinstance(error, Broken) else f"raised {error!r}"
            return Finding(NAME, seed, execution, words, story.input.hex())
    return None
