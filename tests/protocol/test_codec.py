"""Frames: what goes in comes out, and what cannot be taken is refused in a code and words."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_chat.protocol import limits
from desktop_chat.protocol.codec import (
    FrameError,
    decode_command,
    decode_frame,
    encode_command,
    encode_frame,
)
from desktop_chat.protocol.commands import AnyCommand, FindPeople, SendMessage, UserConnect
from desktop_chat.protocol.errors import REMEDIES, CloseCode, ErrorCode, comes_back
from desktop_chat.protocol.events import CaughtUp, NewMessage
from desktop_chat.protocol.records import Content, Message, Resume
from desktop_chat.protocol.replies import Done, Error


@pytest.mark.parametrize(
    "command",
    [
        SendMessage(1, 2, "0" * 32, Content("text", "שלום \U0001f642 \x00 \u202e")),
        UserConnect(1, "token", resume=Resume("f" * 32, 0)),
        FindPeople(2**53 - 1),
    ],
)
def test_a_command_survives(command: AnyCommand) -> None:
    assert decode_command(encode_command(command)) == command


def test_packets_survive() -> None:
    packets = [
        Done(1),
        NewMessage(Message(1, 2, 3, 4, "a" * 32, 5, Content("text", "x"))),
        CaughtUp(3),
        Error(ErrorCode.TOO_FAST, "slow down", 1, 0.5),
    ]
    assert decode_frame(encode_frame(packets)) == packets


def test_unknown_fields_are_ignored() -> None:
    assert decode_command(b'{"type":"FIND_PEOPLE","id":1,"colour":"red"}') == FindPeople(1)


@pytest.mark.parametrize(
    ("frame", "code", "re"),
    [
        (b"", ErrorCode.BAD_FRAME, None),
        (b"{", ErrorCode.BAD_FRAME, None),
        (b"[1]", ErrorCode.BAD_FRAME, None),
        (b'"\xff"', ErrorCode.BAD_FRAME, None),
        (b'{"type":1,"id":3}', ErrorCode.BAD_FRAME, None),
        (b'{"type":"DANCE","id":3}', ErrorCode.UNKNOWN_TYPE, 3),
        (b'{"type":"DANCE","id":-3}', ErrorCode.UNKNOWN_TYPE, None),
        (b'{"type":"FIND_PEOPLE","id":0}', ErrorCode.BAD_REQUEST, None),
        (b'{"type":"FIND_PEOPLE","id":3,"limit":0}', ErrorCode.BAD_REQUEST, 3),
        (b" " * (limits.MAX_COMMAND_FRAME_BYTES + 1), ErrorCode.TOO_LARGE, None),
    ],
)
def test_what_cannot_be_taken(frame: bytes, code: ErrorCode, re: int | None) -> None:
    with pytest.raises(FrameError) as refused:
        decode_command(frame)
    assert (refused.value.code, refused.value.re) == (code, re)
    assert refused.value.message.endswith(".")


def test_a_body_is_measured_in_code_points() -> None:
    def frame(chars: int) -> bytes:
        command = SendMessage(1, 1, "0" * 32, Content("text", "\U0001f642" * chars))
        return msgspec.json.encode(command)

    decode_command(frame(limits.MAX_BODY_CHARS))
    with pytest.raises(FrameError):
        decode_command(frame(limits.MAX_BODY_CHARS + 1))


@given(st.binary(max_size=200))
def test_any_bytes_are_a_command_or_refused(frame: bytes) -> None:
    with pytest.raises(FrameError):
        decode_command(frame)
    with pytest.raises(FrameError):
        decode_frame(b"{" + frame)


def test_every_refusal_has_a_remedy() -> None:
    assert set(REMEDIES) == set(ErrorCode)


def test_the_close_codes_come_in_two_kinds() -> None:
    assert {code for code in CloseCode if not comes_back(code)} == {
        CloseCode.SIGNED_OUT,
        CloseCode.TOO_MANY_BAD_FRAMES,
    }
    assert comes_back(1006)
