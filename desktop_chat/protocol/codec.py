"""Frames. A client's frame is one command as a JSON object; a server's frame is a JSON array of packets,
so that what belongs together travels, and is applied, together. Both travel as WebSocket text (UTF-8).
Unknown fields are ignored, so that either side may learn new ones first; unknown types are refused."""

from collections.abc import Sequence
from typing import get_args

import msgspec

from desktop_chat.protocol.commands import AnyCommand
from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.protocol.events import AnyEvent
from desktop_chat.protocol.limits import MAX_COMMAND_FRAME_BYTES
from desktop_chat.protocol.replies import AnyReply

AnyPacket = AnyReply | AnyEvent

_NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding raises; the last for brackets within brackets a thousand times."""

_encoder = msgspec.json.Encoder()
_command_decoder: msgspec.json.Decoder[AnyCommand] = msgspec.json.Decoder(AnyCommand)
_frame_decoder: msgspec.json.Decoder[list[AnyPacket]] = msgspec.json.Decoder(list[AnyPacket])


class _Envelope(msgspec.Struct):
    """As much of a broken command as is needed to answer it."""

    type: str = ""
    id: int | None = None


_envelope_decoder = msgspec.json.Decoder(_Envelope)
_KNOWN_TYPES = frozenset(str(each.__struct_config__.tag) for each in get_args(AnyCommand))


class FrameError(Exception):
    """A frame that cannot be taken: ``code`` and words for the answer, ``re`` where its id could be read."""

    def __init__(self, code: ErrorCode, message: str, re: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.re = re


def encode_command(command: AnyCommand) -> bytes:
    """One command as a frame."""
    return _encoder.encode(command)


def decode_command(frame: bytes) -> AnyCommand:
    """The command in a client's frame. Raises FrameError with a code and words for the answer."""
    if len(frame) > MAX_COMMAND_FRAME_BYTES:
        raise FrameError(
            ErrorCode.TOO_LARGE, f"The frame has {len(frame)} bytes; {MAX_COMMAND_FRAME_BYTES} are allowed."
        )
    try:
        return _command_decoder.decode(frame)
    except msgspec.ValidationError as error:
        raise _refusal(frame, str(error)) from None
    except _NOT_JSON as error:
        raise FrameError(ErrorCode.BAD_FRAME, f"The frame is not JSON that can be read: {error}.") from None


def encode_frame(packets: Sequence[AnyPacket]) -> bytes:
    """Packets as one server frame."""
    return _encoder.encode(packets)


def decode_frame(frame: bytes) -> list[AnyPacket]:
    """The packets in a server's frame. Raises FrameError."""
    try:
        return _frame_decoder.decode(frame)
    except _NOT_JSON as error:
        raise FrameError(ErrorCode.BAD_FRAME, f"The server's frame cannot be read: {error}") from None


def _refusal(frame: bytes, words: str) -> FrameError:
    """Tell a type nobody knows from a known one with a wrong field, and find the id to answer to."""
    try:
        envelope = _envelope_decoder.decode(frame)
    except _NOT_JSON:
        return FrameError(ErrorCode.BAD_FRAME, f"The frame is not a command: {words}.")
    re = envelope.id if envelope.id is not None and 1 <= envelope.id < 2**53 else None
    if envelope.type not in _KNOWN_TYPES:
        return FrameError(ErrorCode.UNKNOWN_TYPE, "The server does not know this type of command.", re)
    return FrameError(ErrorCode.BAD_REQUEST, f"{envelope.type} cannot be taken: {words}.", re)
