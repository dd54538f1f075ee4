"""WebSocket frames as bytes."""

import pytest
from websockets.frames import Frame, Opcode

from server.framing import MASK_BYTES, UnusualFrame, find_payload, text_frame

_MAX = 1 << 20
_SIZES = [0, 1, 125, 126, 65_535, 65_536, 100_000]


@pytest.mark.parametrize("size", _SIZES)
def test_a_text_frame_is_what_websockets_would_send(size: int) -> None:
    payload = b"x" * size
    assert text_frame(payload) == Frame(Opcode.TEXT, payload).serialize(mask=False)


@pytest.mark.parametrize("size", _SIZES)
def test_a_clients_frame_is_found_and_unmasked(size: int) -> None:
    payload = bytes(each % 251 for each in range(size))
    data = b"before" + Frame(Opcode.TEXT, payload).serialize(mask=True)
    place = find_payload(data, 6, _MAX)
    assert place is not None
    assert place[1] == len(data)
    body, end = place
    mask = data[body - MASK_BYTES : body] * (size // MASK_BYTES + 1)
    assert bytes(a ^ b for a, b in zip(data[body:end], mask, strict=False)) == payload


@pytest.mark.parametrize("size", _SIZES)
def test_where_a_frame_ends_is_told_as_soon_as_it_can_be(size: int) -> None:
    data = Frame(Opcode.TEXT, b"x" * size).serialize(mask=True)
    head_bytes = len(data) - size - 4
    for there in range(min(len(data), 20)):
        place = find_payload(data[:there], 0, _MAX)
        assert place == ((head_bytes + 4, len(data)) if there >= head_bytes else None)


@pytest.mark.parametrize(
    "data",
    [
        Frame(Opcode.TEXT, b"unmasked").serialize(mask=False),
        b"\x81\xff" + (_MAX + 1).to_bytes(8, "big"),
        b"\x81\xff" + b"\xff" * 8,
    ],
)
def test_what_no_client_may_send_is_left_to_others(data: bytes) -> None:
    with pytest.raises(UnusualFrame):
        find_payload(data, 0, _MAX)
