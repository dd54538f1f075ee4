"""Raw bytes for the server's port, where HTTP comes in: a real server process on the loopback, requests that
are whole, wrong, cut, chunked and smuggled. An execution is one request (or what stands for one).

Unlike the others this target has a process and a clock that are not ours, so a finding is the bytes alone:
a replay sends them again. What is planted: the device token and a message of somebody who is signed in."""

import asyncio
import contextlib
import random
import re
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from tests.fuzz.finding import Broken, Finding
from tests.fuzz.mutations import mutate
from tests.server.blackbox.real_server import RealServer, a_person, start_server

NAME = "http"
WORLD = 2_000

PATHS = ["/", "/healthz", "/metrics", "/files", "/files/1", "/files/../healthz", "/admin", "/invite/x", "*"]
"""What is asked for. A new part of the server puts its paths here."""
_SECRET = "XqZ9-of-somebody-else"
_METHODS = [
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "TRACE",
    "CONNECT",
    "get",
    "G\x00T",
    "X" * 300,
]
_HEADERS = [
    "Host: localhost",
    "Host: localhost",
    "Connection: keep-alive",
    "Connection: close",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Version: 99",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    "Sec-WebSocket-Key: x",
    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=99",
    "Origin: http://evil.example",
    "Content-Length: 0",
    "Content-Length: 5",
    "Content-Length: -1",
    "Content-Length: 99999999999999999999",
    "Content-Length: 0x5",
    "Content-Length: 5, 6",
    "Transfer-Encoding: chunked",
    "Transfer-Encoding: chunked, identity",
    "Transfer-Encoding : chunked",
    "Transfer-Encoding: \x0bchunked",
    "Expect: 100-continue",
    "Authorization: Bearer wrong",
    "Authorization: Bearer ",
    "Authorization: Basic YTpi",
    "Range: bytes=0-,1-,2-",
    "Tus-Resumable: 1.0.0",
    "Upload-Length: 18446744073709551616",
    "Upload-Offset: -1",
    "Upload-Metadata: filename Li4vLi4vZXRjL3Bhc3N3ZA==",
    "Content-Type: application/offset+octet-stream",
    "X-Forwarded-For: 127.0.0.1",
    "X: " + "y" * 9_000,
    "no colon",
    ": no name",
    " folded",
    "N\x00l: x",
]
_BODIES = [
    b"",
    b"hello",
    b"5\r\nhello\r\n0\r\n\r\n",
    b"ffffffffffffffff\r\n",
    b"0\r\n\r\nGET /healthz HTTP/1.1\r\n\r\n",
]
_VERSIONS = ["HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/0.9", "HTTP/2.0", "HTTP/1.1 x", ""]
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9][0-9]) [^\r\n]*\r\n")
_AT_ONCE = 8
_ANSWER_MAX_BYTES = 256 * 1024
_HUNG_S = 30.0
_AT_EASE_S = 0.02
_GROWN_MAX_KB = 16 * 1024
"""What a process may have grown by that has warmed up. Leaks grow with the requests; this does not."""


class _Fuzzed(NamedTuple):
    """A server, and what it must not let out."""

    server: RealServer
    secrets: tuple[bytes, ...]


def play(seed: int, executions: int = WORLD) -> Finding | None:
    """Send requests to a server of their own; what was found."""
    return asyncio.run(_play(random.Random(seed), seed, executions))


def replay(finding: Finding) -> str | None:
    """Send a finding's bytes again; what is wrong, or None."""

    async def send() -> str | None:
        async with _server() as fuzzed:
            try:
                await _ask(fuzzed, bytes.fromhex(finding.input), at_ease=False)
                await _check_alive(fuzzed.server)
            except Broken as error:
                return str(error)
        return None

    return asyncio.run(send())


async def _play(chance: random.Random, seed: int, executions: int) -> Finding | None:
    request, execution, warm_kb = b"", 0, 0
    async with _server() as fuzzed:
        server = fuzzed.server
        try:
            for execution in range(0, executions, _AT_ONCE):
                requests = [_request(chance) for _ in range(_AT_ONCE)]
                asking = [_ask(fuzzed, each, chance.random() < 0.1) for each in requests]
                answers = await asyncio.gather(*asking, return_exceptions=True)
                for sent, answer in zip(requests, answers, strict=True):
                    request = sent
                    if isinstance(answer, BaseException):
                        raise answer
                await _check_alive(server)
                if execution <= executions // 3:
                    warm_kb = _rss_kb(server)
            grown_kb = _rss_kb(server) - warm_kb
            if grown_kb > _GROWN_MAX_KB:
                raise Broken(f"the server grew by {grown_kb} kB in {executions * 2 // 3} requests")
        except Exception as error:
            words = str(error) if isinstance(error, Broken) else f"raised {error!r}"
            return Finding(NAME, seed, execution, words, request.hex())
    return None


@asynccontextmanager
async def _server() -> AsyncIterator[_Fuzzed]:
    with tempfile.TemporaryDirectory() as folder:
        server = await start_server(Path(folder), handshake_timeout_s=5)
        # A pipe that nobody empties would be full one day, and then the server would wait for us.
        assert server.process.stderr is not None
        reading = asyncio.ensure_future(server.process.stderr.read())
        try:
            async with a_person(server, "ada") as ada:
                note = await ada.open(ada.user_id)
                await ada.say(ada.message(note, _SECRET))
                yield _Fuzzed(server, (_SECRET.encode(), ada.token.encode()))
        finally:
            if server.process.returncode is None:
                server.process.kill()
            await server.process.wait()
            await reading


async def _ask(fuzzed: _Fuzzed, request: bytes, at_ease: bool) -> None:
    """Send bytes, say that there are no more, and read to the end; ``at_ease`` leaves it open, and goes when
    there is an answer or none comes. Raises Broken."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", fuzzed.server.port)
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
    _check_answer(fuzzed.secrets, answer)


def _check_answer(secrets: tuple[bytes, ...], answer: bytes) -> None:
    for secret in secrets:
        if secret in answer:
            raise Broken(f"a secret came out: {answer[:500]!r}")
    if not answer:
        return
    found = _STATUS.match(answer)
    if found is None:
        raise Broken(f"this is no HTTP: {answer[:200]!r}")
    if int(found[1]) >= 500:
        raise Broken(f"the server failed: {answer[:500]!r}")
    head, separator, _ = answer.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")[1:]
    if not separator or any(b":" not in each for each in lines):
        raise Broken(f"the head is broken: {head[:500]!r}")


async def _check_alive(server: RealServer) -> None:
    """It still answers who asks properly."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    async with asyncio.timeout(_HUNG_S):
        answer = await reader.read(1000)
    writer.transport.abort()
    if not answer.startswith(b"HTTP/1.1 200 ") or server.process.returncode is not None:
        raise Broken(f"the server is not well any more: {answer!r}")


def _rss_kb(server: RealServer) -> int:
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])


def _request(chance: random.Random) -> bytes:
    path = chance.choice(PATHS)
    if chance.random() < 0.2:
        path += chance.choice(("?x=1", "?" + "a" * 9_000, "%00", "/..%2f..", "\x7f", "#x", " x", "//"))
    if chance.random() < 0.05:
        path = "http://localhost:1" + path
    headers = chance.sample(_HEADERS, chance.randrange(0, 9))
    if chance.random() < 0.02:
        headers += [f"H{number}: x" for number in range(300)]
    method = "GET" if chance.random() < 0.5 else chance.choice(_METHODS)
    line = f"{method} {path} {chance.choice(_VERSIONS)}"
    end = chance.choice(("\r\n", "\r\n", "\r\n", "\n"))
    data = end.join([line, *headers, "", ""]).encode("latin-1", "replace") + chance.choice(_BODIES)
    if chance.random() < 0.3:
        data = mutate(data, chance.randbytes(30), chance)
    return data
