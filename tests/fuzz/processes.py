"""A real server process under fuzzing, requests to it as raw bytes, and whether it stays well and small."""

import asyncio
import contextlib
import re
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.fuzz.finding import Broken
from tests.server.blackbox.real_server import RealServer, start_server

GROWN_MAX_KB = 16 * 1024
"""What a process may have grown by that has warmed up. Leaks grow with the requests; this does not."""
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9][0-9]) [^\r\n]*\r\n")
_MEANT = (505, 507)
"""Another version of HTTP, a full quota: the client's doing, though the numbers say otherwise."""
_ANSWER_MAX_BYTES = 256 * 1024
_HUNG_S = 30.0
_AT_EASE_S = 0.02


@asynccontextmanager
async def a_server(**settings: object) -> AsyncIterator[RealServer]:
    """A server in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        server = await start_server(Path(folder), handshake_timeout_s=5, **settings)
        # A pipe that nobody empties would be full one day, and then the server would wait for us.
        assert server.process.stderr is not None
        reading = asyncio.ensure_future(server.process.stderr.read())
        try:
            yield server
        finally:
            if server.process.returncode is None:
                server.process.kill()
            await server.process.wait()
            said = (await reading).decode()
        if any(word in said for word in (" ERROR ", "Traceback")):
            raise Broken(f"the server logged {said[-2000:]}")


async def ask(server: RealServer, request: bytes, *, at_ease: bool = False, ends: bool = True) -> bytes:
    """Send bytes, say that there are no more, and read to the end. Without ``ends`` it is for the request to
    say so, since the server drops what it is at work on for a client that has gone. ``at_ease`` leaves it
    open, and goes when there is an answer or none comes. Raises Broken."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    except OSError as error:
        raise Broken(f"the server takes no connection: {error}") from error
    answer = b""
    try:
        writer.write(request)
        await writer.drain()
        if at_ease:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_AT_EASE_S):
                    answer = await reader.read(_ANSWER_MAX_BYTES)
        else:
            if ends:
                writer.write_eof()
            async with asyncio.timeout(_HUNG_S):
                while len(answer) < _ANSWER_MAX_BYTES and (data := await reader.read(65_536)):
                    answer += data
    except TimeoutError:
        raise Broken("no answer and no end") from None
    except OSError:
        pass  # the server may hang up whenever it likes
    finally:
        writer.transport.abort()
    return answer


def check_answer(answer: bytes) -> int:
    """The status of an answer, 0 where there is none. Raises Broken for what is no HTTP, and for a failure of
    the server's."""
    if not answer:
        return 0
    found = _STATUS.match(answer)
    if found is None:
        raise Broken(f"this is no HTTP: {answer[:200]!r}")
    status = int(found[1])
    if status >= 500 and status not in _MEANT:
        raise Broken(f"the server failed: {answer[:500]!r}")
    head, separator, _ = answer.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")[1:]
    if not separator or any(b":" not in each for each in lines):
        raise Broken(f"the head is broken: {head[:500]!r}")
    return status


async def check_alive(server: RealServer) -> None:
    """It still answers who asks properly."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    async with asyncio.timeout(_HUNG_S):
        answer = await reader.read(1000)
    writer.transport.abort()
    if not answer.startswith(b"HTTP/1.1 200 ") or server.process.returncode is not None:
        raise Broken(f"the server is not well any more: {answer!r}")


def rss_kb(server: RealServer) -> int:
    """What it holds in memory."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])
