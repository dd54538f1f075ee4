"""What a frame means in each state."""

import pytest

from desktop_chat.protocol.codec import encode_command
from desktop_chat.protocol.commands import FindPeople, Register, SendMessage, SignIn, UserConnect
from desktop_chat.protocol.errors import CloseCode, ErrorCode
from desktop_chat.protocol.records import Content
from server.config import Limits
from server.rates import KeyedBuckets
from server.session import Refusal, Session, SessionState

FIND = encode_command(FindPeople(5))


def connected(limits: Limits | None = None) -> Session:
    session = Session(limits or Limits(), 0.0)
    session.connected(1, 2)
    return session


def refusal(session: Session, frame: bytes, now_s: float = 0.0) -> Refusal:
    outcome = session.receive(frame, now_s)
    assert isinstance(outcome, Refusal)
    return outcome


def test_a_new_connection_may_only_come_in() -> None:
    session = Session(Limits(), 0.0)
    assert refusal(session, FIND).error.code is ErrorCode.NOT_CONNECTED
    assert refusal(session, FIND).error.re == 5
    for command in (
        UserConnect(1, "token"),
        Register(1, "ada", "password"),
        SignIn(1, "ada", "password"),
    ):
        assert session.receive(encode_command(command), 0.0) == command
    assert not session.is_connected


def test_a_connected_one_may_not_come_in_again() -> None:
    session = connected()
    assert (session.is_connected, session.user_id, session.device_id) == (True, 1, 2)
    assert session.receive(FIND, 0.0) == FindPeople(5)
    outcome = refusal(session, encode_command(UserConnect(6, "token")))
    assert (outcome.error.code, outcome.error.re) == (ErrorCode.ALREADY_CONNECTED, 6)
    assert outcome.close_code is None


def test_another_version_of_the_protocol() -> None:
    outcome = refusal(Session(Limits(), 0.0), encode_command(UserConnect(1, "token", protocol=1)))
    assert outcome.error.code is ErrorCode.UNSUPPORTED_PROTOCOL


def test_a_closing_one_is_not_listened_to() -> None:
    session = connected()
    session.close()
    assert (session.state, session.is_closing) == (SessionState.CLOSING, True)
    assert session.receive(FIND, 0.0) is None


def test_bad_frames_add_up() -> None:
    session = connected(Limits(bad_frames_max=3))
    assert refusal(session, b"?").close_code is None
    assert session.receive(FIND, 0.0) == FindPeople(5)
    assert refusal(session, b'{"type":"FIND_PEOPLE","id":4,"limit":0}').error.re == 4
    last = refusal(session, b"?")
    assert (last.error.code, last.close_code) == (ErrorCode.BAD_FRAME, CloseCode.TOO_MANY_BAD_FRAMES)


def test_too_fast_says_when() -> None:
    session = connected(Limits(commands_per_s=2.0, commands_burst=2.0))
    assert session.receive(FIND, 0.0) == FindPeople(5)
    assert session.receive(FIND, 0.0) == FindPeople(5)
    outcome = refusal(session, FIND)
    assert (outcome.error.code, outcome.error.re) == (ErrorCode.TOO_FAST, 5)
    assert outcome.error.retry_after_s == pytest.approx(0.5, abs=0.01)
    assert session.receive(FIND, 0.51) == FindPeople(5)


def test_a_long_frame_costs_more() -> None:
    session = connected(Limits(commands_per_s=1.0, commands_burst=4.0))
    long = encode_command(SendMessage(1, 1, "0" * 32, Content("text", "x" * 15_000 + "\U0001f642" * 900)))
    assert not isinstance(session.receive(long, 0.0), Refusal)
    assert not isinstance(session.receive(long, 0.0), Refusal)
    assert isinstance(session.receive(FIND, 0.0), Refusal)


def test_the_handshake_is_overdue() -> None:
    session = Session(Limits(handshake_timeout_s=10.0), 100.0)
    assert not session.handshake_overdue(109.9)
    assert session.handshake_overdue(110.0)
    session.connected(1, 1)
    assert not session.handshake_overdue(999.0)
    assert Session(Limits(handshake_timeout_s=10.0), 100.0, waited_s=4.0).handshake_overdue(106.0)


def test_a_users_connections_share_a_budget() -> None:
    shared = KeyedBuckets(1.0, 3.0, 10)
    sessions = [Session(Limits(), 0.0) for _ in range(2)]
    for each in sessions:
        each.connected(1, 2, user_budgets=shared)
    for each in (*sessions, sessions[0]):
        assert each.receive(FIND, 0.0) == FindPeople(5)
    for each in sessions:
        outcome = refusal(each, FIND)
        assert outcome.error.code is ErrorCode.TOO_FAST
        assert outcome.error.retry_after_s == pytest.approx(1.0, abs=0.01)
    assert sessions[1].receive(FIND, 1.01) == FindPeople(5)
