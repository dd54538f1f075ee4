"""Frames in every way in which a WebSocket may carry them."""

import asyncio
from pathlib import Path

import pytest
from websockets.frames import Frame, Opcode

from desktop_chat.protocol.codec import encode_command
from desktop_chat.protocol.commands import FindPeople, Register
from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.protocol.replies import MessageSent, PeopleFound
from tests.server.blackbox.real_server import RealClient, a_client, a_person, a_server


async def test_a_command_may_come_in_fragments_with_a_ping_between(tmp_path: Path) -> None:
    async with a_server(tmp_path) as server, a_person(server, "ada") as ada:
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


async def test_commands_may_come_byte_by_byte_and_many_at_once(tmp_path: Path) -> None:
    async with a_server(tmp_path) as server, a_person(server, "ada") as ada:
        ids = [ada.next_id() for _ in range(100)]
        frames = [Frame(Opcode.BINARY, encode_command(FindPeople(each))).serialize(mask=True) for each in ids]
        for byte in frames[0]:
            ada.socket.transport.write(bytes((byte,)))
            await asyncio.sleep(0)
        ada.socket.transport.write(b"".join(frames[1:]))
        for each in ids:
            assert (await ada.next(PeopleFound)).re == each


async def test_a_frame_within_a_fragmented_message_closes_the_socket(tmp_path: Path) -> None:
    async with a_server(tmp_path) as server, a_client(server) as client:
        await _write(client, Frame(Opcode.TEXT, b"{", fin=False), Frame(Opcode.TEXT, b"}"))
        assert await client.closed() == 1002


async def test_a_frame_that_is_too_long_closes_the_socket(tmp_path: Path) -> None:
    async with a_server(tmp_path) as server, a_client(server) as client:
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
async def test_what_comes_after_the_end_is_not_carried_out(tmp_path: Path, end: bytes) -> None:
    async with a_server(tmp_path) as server, a_person(server, "ada") as ada, a_person(server, "bob") as bob:
        conversation_id = await ada.open(bob.user_id)
        late = Frame(Opcode.TEXT, encode_command(ada.message(conversation_id, "late")))
        ada.socket.transport.write(end + late.serialize(mask=True))
        await ada.closed()
        sent = await bob.ask(bob.message(conversation_id, "first"), MessageSent)
        assert sent.seq == 1


async def test_what_is_no_command_is_answered_in_whichever_frame_it_came(tmp_path: Path) -> None:
    async with a_server(tmp_path) as server, a_client(server) as client:
        for frame in ("nonsense", b"\xff\x00", ""):
            assert (await client.raw(frame)).code is ErrorCode.BAD_FRAME


@pytest.mark.parametrize("split", [0, 1, 20, -1, -2, -40])
async def test_what_comes_with_the_handshake_is_carried_out_after_it(tmp_path: Path, split: int) -> None:
    head = (
        b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    register = encode_command(Register(1, "ada", "correct horse"))
    early = head + Frame(Opcode.TEXT, register).serialize(mask=True)
    async with a_server(tmp_path) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(early[:split])
        await writer.drain()
        await asyncio.sleep(0)
        writer.write(early[split:])
        assert b" 101 " in await reader.readuntil(b"\r\n\r\n")
        assert b'"SIGNED_IN"' in await reader.readuntil(b"}]")
        writer.close()
        await writer.wait_closed()


async def _write(client: RealClient, *frames: Frame) -> None:
    client.socket.transport.write(b"".join(each.serialize(mask=True) for each in frames))
