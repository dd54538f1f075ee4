"""A line does to connections what it says."""

import asyncio
import gc
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.offline.line import Line


@asynccontextmanager
async def an_echo() -> AsyncIterator[Line]:
    """A line to somebody who says everything again."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(100):
                writer.write(data)
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    line = Line(lambda: port)
    await line.open()
    try:
        yield line
    finally:
        await line.close()
        server.close()
        await server.wait_closed()


@asynccontextmanager
async def a_socket(line: Line) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(line.url.rstrip("/").rpartition(":")[2]))
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def hears(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, said: bytes) -> bool:
    writer.write(said)
    return await reader.readexactly(len(said)) == said


async def test_it_carries_in_order_however_slow_it_is() -> None:
    async with an_echo() as line, a_socket(line) as (reader, writer):
        assert await hears(reader, writer, b"x" * 5000)
        line.delay_s = 0.001
        line.bytes_per_s = 1e6
        assert await hears(reader, writer, bytes(range(256)) * 10)


async def test_a_cut_is_a_reset_and_the_next_connection_works() -> None:
    async with an_echo() as line:
        async with a_socket(line) as (reader, writer):
            assert await hears(reader, writer, b"hello")
            line.cut()
            with pytest.raises(ConnectionResetError):
                await reader.read()
        async with a_socket(line) as (reader, writer):
            assert await hears(reader, writer, b"hello")


async def test_a_cut_in_the_midst_of_what_is_said() -> None:
    async with an_echo() as line, a_socket(line) as (reader, writer):
        assert await hears(reader, writer, b"hello")
        line.cut(after_bytes=7)
        writer.write(b"hello")
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await reader.readexactly(5)


async def test_what_has_fallen_silent_stays_so_and_tells_nobody() -> None:
    async with an_echo() as line, a_socket(line) as (reader, writer), a_socket(line) as (_, other):
        assert await hears(reader, writer, b"hello")
        line.fall_silent()
        await line.calm()
        writer.write(b"is anybody there?")
        other.write(b"x")
        async with a_socket(line) as (third, third_writer):
            assert await hears(third, third_writer, b"hello")
            line.swallows = True
        async with a_socket(line) as (fourth, fourth_writer):
            fourth_writer.write(b"x")
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(asyncio.gather(reader.read(1), fourth.read(1)), 0.05)


async def test_where_nobody_listens_one_is_refused() -> None:
    async with an_echo() as line:
        await line.refuse(True)
        with pytest.raises(ConnectionRefusedError):
            async with a_socket(line):
                pass
        await line.calm()
        async with a_socket(line) as (reader, writer):
            assert await hears(reader, writer, b"hello")


async def test_where_no_server_is_a_connection_ends_at_once() -> None:
    line = Line(lambda: 0)
    await line.open()
    try:
        async with a_socket(line) as (reader, _):
            with pytest.raises(ConnectionResetError):
                await reader.read()
    finally:
        await line.close()


@pytest.mark.parametrize("turns", range(4))
async def test_what_was_accepted_as_it_closed_is_let_go(turns: int) -> None:
    line = Line(lambda: 0)
    await line.open()
    port = int(line.url.rstrip("/").rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)):
        for _ in range(turns):
            await asyncio.sleep(0)
        await line.close()
        gc.collect()
