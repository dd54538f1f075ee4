"""Addresses as people type them, and a socket as it is."""

import asyncio
import socket

import pytest
from websockets.asyncio.server import ServerConnection, serve

from desktop_chat.net.transport import TransportClosed, TransportError, checked_address, open_websocket


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("127.0.0.1", "ws://127.0.0.1:8765/"),
        (" chat.lab:9000 ", "wss://chat.lab:9000/"),
        ("ws://[::1]:8765/", "ws://[::1]:8765/"),
        ("localhost:1", "ws://localhost:1/"),
        ("wss://chat.lab/team", "wss://chat.lab:8765/team"),
        (f"127.0.0.1:1#sha256={'A' * 64}", f"wss://127.0.0.1:1/#sha256={'a' * 64}"),
    ],
)
def test_addresses(typed: str, url: str) -> None:
    assert checked_address(typed) == url


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "  ",
        "http://x",
        "a b:c",
        "ws://x:99999",
        "ws://user:pw@x",
        "ws://",
        "a..b",
        "x" * 64,
        "a\0b",
        "h:0",
        "ws://[",
        "wss://x/#sha256=1",
        "wss://x/#top",
        f"ws://127.0.0.1/#sha256={'a' * 64}",
    ],
)
def test_what_is_no_address_is_said_in_words(typed: str) -> None:
    with pytest.raises(ValueError, match="address"):
        checked_address(typed)


@pytest.mark.parametrize("typed", ["ws://chat.lab", "ws://192.168.1.5:8765", "ws://[2001:db8::1]"])
def test_no_password_leaves_this_computer_in_the_clear(typed: str) -> None:
    with pytest.raises(ValueError, match="TLS"):
        checked_address(typed)


async def test_nobody_is_sent_elsewhere() -> None:
    async def elsewhere(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(elsewhere, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(TransportError, match="not a desktop-chat server"):
            await open_websocket(f"ws://127.0.0.1:{port}/")


async def test_an_address_that_cannot_be_looked_up_is_said_in_words() -> None:
    with pytest.raises(TransportError, match="address"):
        await open_websocket("ws://a..b:1/")


async def test_frames_pings_and_the_close_code_travel() -> None:
    async def echo(connection: ServerConnection) -> None:
        frame = await connection.recv(decode=False)
        await connection.send(frame, text=True)
        await connection.recv()
        await connection.close(4100, "This device was signed out.")

    async with serve(echo, "127.0.0.1", 0, compression=None) as server:
        [listening] = server.sockets
        transport = await open_websocket(f"ws://127.0.0.1:{listening.getsockname()[1]}/")
        await transport.send('{"say": "héllo"}'.encode())
        assert await transport.receive() == '{"say": "héllo"}'.encode()
        await transport.ping()
        await transport.send(b"bye")
        with pytest.raises(TransportClosed) as closed:
            await transport.receive()
        assert (closed.value.code, closed.value.reason) == (4100, "This device was signed out.")
        for use in (transport.send(b"{}"), transport.ping()):
            with pytest.raises(TransportClosed):
                await use
        await transport.close()


async def test_an_aborted_connection_has_no_code() -> None:
    async def hold(connection: ServerConnection) -> None:
        await connection.wait_closed()

    async with serve(hold, "127.0.0.1", 0, compression=None) as server:
        [listening] = server.sockets
        transport = await open_websocket(f"ws://127.0.0.1:{listening.getsockname()[1]}/")
        transport.abort()
        with pytest.raises(TransportClosed) as closed:
            await transport.receive()
        assert closed.value.code == 1006


async def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(TransportError, match="No server answers"):
        await open_websocket(f"ws://127.0.0.1:{port}/")


async def test_somebody_who_says_nothing() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(TransportError, match="in time"):
            await open_websocket(f"ws://127.0.0.1:{taken.getsockname()[1]}/", timeout_s=0.01)


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 101 Swi"])
async def test_a_connection_that_is_lost_before_the_answer_is_not_taken_for_somebody_else(
    said: bytes,
) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(said)
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with server:
        with pytest.raises(TransportError, match="was lost before"):
            await open_websocket(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/")


async def test_somebody_else_is_there() -> None:
    async def http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(http, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(TransportError, match="not a desktop-chat server"):
            await open_websocket(f"ws://127.0.0.1:{port}/")
