"""Frames in every way in which a WebSocket may carry them, and what is no command in any."""

import asyncio
from urllib.parse import urlsplit

import pytest
from websockets.frames import Frame, Opcode

from desktop_chat.protocol.codec import encode_command
from desktop_chat.protocol.commands import FindPeople
from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.protocol.limits import MAX_COMMAND_FRAME_BYTES, MAX_TRANSPORT_FRAME_BYTES
from desktop_chat.protocol.replies import MessageSent, PeopleFound
from tests.conformance.person import Person
from tests.conformance.place import Place


async def test_a_command_may_come_in_fragments_with_a_ping_between(place: Place) -> None:
    async with place.person("ada") as ada:
        command = encode_command(FindPeople(ada.next_id()))
        for frame in (
            Frame(Opcode.TEXT, command[:5], fin=False),
            Frame(Opcode.PING, b"alive?"),
            Frame(Opcode.CONT, command[5:9], fin=False),
            Frame(Opcode.CONT, command[9:]),
        ):
            ada.socket.transport.write(frame.serialize(mask=True))
        await ada.next(PeopleFound)
        await ada.ask(FindPeople(ada.next_id()), PeopleFound)


async def test_commands_may_come_byte_by_byte_and_many_at_once(place: Place) -> None:
    async with place.person("ada") as ada:
        ids = [ada.next_id() for _ in range(100)]
        frames = [Frame(Opcode.BINARY, encode_command(FindPeople(each))).serialize(mask=True) for each in ids]
        for byte in frames[0]:
            ada.socket.transport.write(bytes((byte,)))
            await asyncio.sleep(0)
        ada.socket.transport.write(b"".join(frames[1:]))
        for each in ids:
            assert (await ada.next(PeopleFound)).re == each


async def test_a_frame_within_a_fragmented_message_closes_the_socket(place: Place) -> None:
    async with place.client() as client:
        await _write(client, Frame(Opcode.TEXT, b"{", fin=False), Frame(Opcode.TEXT, b"}"))
        assert await client.closed() == 1002


async def test_a_frame_that_is_too_long_closes_the_socket(place: Place) -> None:
    async with place.client() as client:
        client.socket.transport.write(b"\x81\xff" + (2**40).to_bytes(8, "big") + b"mask" + b"x" * 1000)
        assert await client.closed() == 1009


@pytest.mark.parametrize(
    "end",
    [
        Frame(Opcode.CLOSE, b"\x03\xe8").serialize(mask=True),
        b"\x83\x80mask",
        Frame(Opcode.TEXT, b"{}").serialize(mask=False),
    ],
    ids=["close", "unknown opcode", "unmasked"],
)
async def test_what_comes_after_the_end_is_not_carried_out(place: Place, end: bytes) -> None:
    async with place.people("ada", "bob") as (ada, bob):
        conversation_id = await ada.do_open(bob.user_id)
        late = Frame(Opcode.TEXT, encode_command(ada.message(conversation_id, "late")))
        ada.socket.transport.write(end + late.serialize(mask=True))
        await ada.closed()
        sent = await bob.ask(bob.message(conversation_id, "first"), MessageSent)
        assert sent.seq == 1


async def test_what_is_no_command_is_answered_in_whichever_frame_it_came(place: Place) -> None:
    async with place.client() as client:
        for frame in ("nonsense", b"\xff\x00", ""):
            assert (await client.raw(frame)).code is ErrorCode.BAD_FRAME


@pytest.mark.parametrize("split", [0, 1, 20, -1, -2, -40])
async def test_what_comes_with_the_handshake_is_carried_out_after_it(place: Place, split: int) -> None:
    head = (
        b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    early = head + Frame(Opcode.TEXT, encode_command(FindPeople(1))).serialize(mask=True)
    parts = urlsplit(place.url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port, ssl=place.secure)
    writer.write(early[:split])
    await writer.drain()
    await asyncio.sleep(0)
    writer.write(early[split:])
    assert b" 101 " in await reader.readuntil(b"\r\n\r\n")
    assert b'"not_connected"' in await reader.readuntil(b"}]")
    writer.transport.abort()


async def _write(client: Person, *frames: Frame) -> None:
    client.socket.transport.write(b"".join(each.serialize(mask=True) for each in frames))


_NO_COMMANDS: tuple[tuple[bytes | str, ErrorCode], ...] = (
    ("", ErrorCode.BAD_FRAME),
    ("not JSON", ErrorCode.BAD_FRAME),
    ("[]", ErrorCode.BAD_FRAME),
    (b"\xff\xfe", ErrorCode.BAD_FRAME),
    (b"\x00" * 100, ErrorCode.BAD_FRAME),
    ("[" * 100_000, ErrorCode.BAD_FRAME),
    ('{"type":"FIND_PEOPLE","id":8,"x":' + "[" * 5_000 + "]" * 5_000 + "}", ErrorCode.BAD_FRAME),
    ('{"x":' * 5_000 + "1" + "}" * 5_000, ErrorCode.BAD_FRAME),
    ('{"type":"FIND_PEOPLE","id":7,"query":"\\ud800"}', ErrorCode.BAD_FRAME),
    ('{"type":"DANCE","id":7}', ErrorCode.UNKNOWN_TYPE),
    ('{"id":7}', ErrorCode.UNKNOWN_TYPE),
    ('{"type":"FIND_PEOPLE"}', ErrorCode.BAD_REQUEST),
    ('{"type":"FIND_PEOPLE","id":7,"query":1}', ErrorCode.BAD_REQUEST),
    ('{"type":"FIND_PEOPLE","id":7,"limit":1000}', ErrorCode.BAD_REQUEST),
    ('{"type":"MARK_READ","id":7,"conversation_id":-1,"seq":1}', ErrorCode.BAD_REQUEST),
    ('{"type":"MARK_READ","id":7,"conversation_id":1,"seq":9007199254740993}', ErrorCode.BAD_REQUEST),
    ('{"type":"REACT","id":7,"conversation_id":1,"client_id":"x","seq":1,"key":"x"}', ErrorCode.BAD_REQUEST),
    (" " * (MAX_COMMAND_FRAME_BYTES + 1), ErrorCode.TOO_LARGE),
)


async def test_what_is_no_command(place: Place) -> None:
    for start in range(0, len(_NO_COMMANDS), 9):  # fewer than a server bears from one connection
        async with place.person("ada") as ada:
            for frame, code in _NO_COMMANDS[start : start + 9]:
                refusal = await ada.raw(frame)
                assert (refusal.code, bool(refusal.message)) == (code, True), frame[:50]
                named = b'"id":7' in (frame if isinstance(frame, bytes) else frame.encode())
                assert refusal.re == (7 if named and code != "bad_frame" else None)
            await ada.do(FindPeople)


async def test_fields_that_nobody_knows_do_no_harm(place: Place) -> None:
    async with place.regulars("ada") as (ada,):
        await ada.socket.send('{"type":"FIND_PEOPLE","id":4711,"colour":{"red":[1]},"limit":1}')
        assert (await ada.next(PeopleFound)).re == 4711


async def test_a_frame_over_the_transports_limit_closes_one_socket(place: Place) -> None:
    async with place.people("ada", "bob") as (ada, bob):
        await bob.socket.send("x" * (MAX_TRANSPORT_FRAME_BYTES + 1))
        assert await bob.closed() == 1009
        await ada.do(FindPeople)
