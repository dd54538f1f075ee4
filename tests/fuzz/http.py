"""Raw bytes for the server's port, where HTTP comes in: a real server process on the loopback, requests that
are whole, wrong, cut, chunked and smuggled. An execution is one request (or what stands for one).

Unlike the others this target has a process and a clock that are not ours, so a finding is the bytes alone:
a replay sends them again. What is planted: the device token, a message and a file of somebody who is signed
in."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from tests.fuzz import processes
from tests.fuzz.finding import Broken, Finding
from tests.fuzz.mutations import mutate
from tests.fuzz.uploads import upload
from tests.server.blackbox.real_server import RealServer, a_person

NAME = "http"
WORLD = 2_000

PATHS = [
    "/",
    "/healthz",
    "/metrics",
    "/files",
    "/files/1",
    "/files/{file_id}",
    "/files/{file_id}/content",
    "/files/{file_id}/../{file_id}/content",
    "/files/../healthz",
    "/admin",
    "/invite/x",
    "*",
]
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
    "Upload-Offset: 0",
    "Upload-Length: 5",
    "Range: bytes=0-10",
    "If-Range: x",
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
_AT_ONCE = 8


class _Fuzzed(NamedTuple):
    """A server, and what it must not let out."""

    server: RealServer
    secrets: tuple[bytes, ...]
    token: str
    """Of somebody who may read none of them."""
    file_id: str
    """The file that holds one."""


def play(seed: int, executions: int = WORLD) -> Finding | None:
    """Send requests to a server of their own; what was found."""
    return asyncio.run(_play(random.Random(seed), seed, executions))


def replay(finding: Finding) -> str | None:
    """Send a finding's bytes again; what is wrong, or None."""

    async def send() -> str | None:
        async with _server() as fuzzed:
            try:
                await _ask(fuzzed, bytes.fromhex(finding.input), at_ease=False)
                await processes.check_alive(fuzzed.server)
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
                requests = [_request(chance, fuzzed) for _ in range(_AT_ONCE)]
                asking = [_ask(fuzzed, each, chance.random() < 0.1) for each in requests]
                answers = await asyncio.gather(*asking, return_exceptions=True)
                for sent, answer in zip(requests, answers, strict=True):
                    request = sent
                    if isinstance(answer, BaseException):
                        raise answer
                await processes.check_alive(server)
                if execution <= executions // 3:
                    warm_kb = processes.rss_kb(server)
            grown_kb = processes.rss_kb(server) - warm_kb
            if grown_kb > processes.GROWN_MAX_KB:
                raise Broken(f"the server grew by {grown_kb} kB in {executions * 2 // 3} requests")
        except Exception as error:
            words = str(error) if isinstance(error, Broken) else f"raised {error!r}"
            return Finding(NAME, seed, execution, words, request.hex())
    return None


@asynccontextmanager
async def _server() -> AsyncIterator[_Fuzzed]:
    async with (
        processes.a_server(sign_in_per_address_burst=1e9) as server,
        a_person(server, "ada") as ada,
        a_person(server, "eve") as eve,
    ):
        note = await ada.open(ada.user_id)
        await ada.say(ada.message(note, _SECRET))
        file_id = await upload(server, ada.token, _SECRET.encode() * 100)
        yield _Fuzzed(server, (_SECRET.encode(), ada.token.encode()), eve.token, file_id)


async def _ask(fuzzed: _Fuzzed, request: bytes, at_ease: bool) -> None:
    """One request. Raises Broken."""
    answer = await processes.ask(fuzzed.server, request, at_ease=at_ease)
    for secret in fuzzed.secrets:
        if secret in answer:
            raise Broken(f"a secret came out: {answer[:500]!r}")
    processes.check_answer(answer)


def _request(chance: random.Random, fuzzed: _Fuzzed) -> bytes:
    path = chance.choice(PATHS).replace("{file_id}", fuzzed.file_id)
    if chance.random() < 0.2:
        path += chance.choice(("?x=1", "?" + "a" * 9_000, "%00", "/..%2f..", "\x7f", "#x", " x", "//"))
    if chance.random() < 0.05:
        path = "http://localhost:1" + path
    headers = chance.sample(_HEADERS, chance.randrange(0, 9))
    if chance.random() < 0.5:
        headers.append(f"Authorization: Bearer {fuzzed.token}")
    if chance.random() < 0.02:
        headers += [f"H{number}: x" for number in range(300)]
    method = "GET" if chance.random() < 0.5 else chance.choice(_METHODS)
    line = f"{method} {path} {chance.choice(_VERSIONS)}"
    end = chance.choice(("\r\n", "\r\n", "\r\n", "\n"))
    data = end.join([line, *headers, "", ""]).encode("latin-1", "replace") + chance.choice(_BODIES)
    if chance.random() < 0.3:
        data = mutate(data, chance.randbytes(30), chance)
    return data
