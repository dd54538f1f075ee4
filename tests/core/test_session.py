"""The logical session: pairs replies with requests and follows the handshake."""

import pytest

from desktop_chat.core.session import Session, SessionPhase
from desktop_chat.protocol.codec import FrameError, decode_command, encode_frame
from desktop_chat.protocol.commands import FindPeople, UserConnect
from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.protocol.events import CaughtUp
from desktop_chat.protocol.records import Resume, User
from desktop_chat.protocol.replies import ConnectionConfirmed, Done, Error, PeopleFound

EPOCH = "0" * 32


def test_the_handshake_goes_from_greeting_to_live() -> None:
    session = Session()
    id_, frame = session.greet("secret", Resume(EPOCH, 7), 0)
    assert decode_command(frame) == UserConnect(
        id_, "secret", resume=Resume(EPOCH, 7), capabilities=("files", "typing")
    )
    confirmed = ConnectionConfirmed(id_, User(1, "ada", "Ada"), 1, "lab", EPOCH)
    _, answered = session.receive(encode_frame([confirmed]))
    assert answered == [(id_, confirmed)]
    assert session.phase is SessionPhase.CATCHING_UP
    session.receive(encode_frame([CaughtUp(9)]))
    assert session.phase is SessionPhase.LIVE


def test_each_request_gets_its_own_reply_once() -> None:
    session = Session()
    first, _ = session.request(lambda id_: FindPeople(id_, "a"), 0)
    second, _ = session.request(lambda id_: FindPeople(id_, "b"), 0)
    assert first != second
    reply = PeopleFound(second, [])
    assert session.receive(encode_frame([reply]))[1] == [(second, reply)]
    assert session.receive(encode_frame([reply]))[1] == []
    error = Error(ErrorCode.TOO_FAST, "Slow down.", first, 1.0)
    assert session.receive(encode_frame([error]))[1] == [(first, error)]


def test_an_error_that_answers_nothing_is_only_a_packet() -> None:
    error = Error(ErrorCode.BAD_FRAME, "What?")
    assert Session().receive(encode_frame([error])) == ([error], [])


def test_how_long_the_oldest_request_waits() -> None:
    session = Session()
    assert session.longest_wait_s(100) == 0
    first, _ = session.request(FindPeople, 100)
    session.request(FindPeople, 110)
    assert session.longest_wait_s(115) == 15
    session.receive(encode_frame([Done(first)]))
    assert session.longest_wait_s(115) == 5


def test_a_server_that_speaks_something_else() -> None:
    with pytest.raises(FrameError):
        Session().receive(b"<html>")
