"""What surrounds every HTTP handler, without a process and without TLS."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest
from aiohttp import web

from desktop_chat.protocol.errors import ErrorCode
from server.config import Limits
from server.door import Arrivals
from server.http import bearer, make_app
from server.listener import Listener
from server.refusal import Refused
from server.store.base import DiskFailed
from tests.server.blackbox.plain_http import Answer, HttpSocket, an_http_socket
from tests.server.harness import TestServer


@asynccontextmanager
async def _listening(server: TestServer) -> AsyncIterator[HttpSocket]:
    async def who(request: web.Request) -> web.Response:
        user, _ = await bearer(server.service, request)
        return web.Response(text=user.user_name)

    async def busy(request: web.Request) -> web.Response:
        raise Refused(ErrorCode.SERVER_BUSY, "Later.", 2.5)

    async def full(request: web.Request) -> web.Response:
        raise DiskFailed

    async def broken(request: web.Request) -> web.Response:
        raise ValueError("somebody's words")

    async def half(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b"half")
        raise Refused(ErrorCode.INTERNAL, "Too late.")

    async def take(request: web.Request) -> web.Response:
        return web.Response(text=str(len(await request.read())))

    routes = [web.get(f"/{each.__name__}", each) for each in (who, busy, full, broken, half)]
    service = server.service
    app = make_app(service, [*routes, web.post("/take", take)])
    listener = Listener(service.config, service, Arrivals(service.config, service.counters), app, None)
    await listener.start()
    try:
        async with an_http_socket(urlsplit(listener.url).port or 0) as socket:
            yield socket
    finally:
        listener.stop_accepting()
        await service.drain()
        await listener.finish_requests(5)
        await service.stop()
        await listener.close()


def _server(**limits: float) -> TestServer:
    return TestServer(limits=Limits(**limits), port=0)  # type: ignore[arg-type]


async def test_a_refusal_is_a_status_and_words() -> None:
    server = _server()
    async with _listening(server) as socket:
        busy = await socket.ask("/busy")
        assert (busy.status, busy.headers["retry-after"]) == (503, "2")
        assert busy.problem == {"code": "server_busy", "message": "Later.", "retry_after_s": 2.5}
        full = await socket.ask("/full")
        assert (full.status, full.problem["code"]) == (503, "server_busy")
    assert server.service.counters.refusals == {"server_busy": 2}
    assert server.service.counters.http_responses == {503: 2}


async def test_a_fault_is_logged_and_not_told(caplog: pytest.LogCaptureFixture) -> None:
    async with _listening(_server()) as socket:
        with caplog.at_level(logging.ERROR, logger="server.http"):
            broken = await socket.ask("/broken?secret=1")
        assert (broken.status, broken.problem["code"]) == (500, "internal")
        assert b"words" not in broken.body
        [record] = caplog.records
        assert record.getMessage() == "request failed path=/broken error=ValueError"


async def test_half_an_answer_is_never_made_whole() -> None:
    async with _listening(_server()) as socket:
        socket.writer.write(b"GET /half HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await socket.ended()).endswith(b"\r\n\r\nhalf")


async def test_a_body_that_is_too_large() -> None:
    async with _listening(_server(http_body_max_bytes=10)) as socket:
        assert (await socket.ask("/take", method="POST", body=b"x" * 10)).body == b"10"
        large = await socket.ask("/take", method="POST", body=b"x" * 11)
        assert (large.status, large.problem["code"]) == (413, "too_large")


async def test_who_asks() -> None:
    server = _server(sign_in_per_address_burst=3.0)
    ada = await server.person("ada")

    async def ask(socket: HttpSocket, *headers: str) -> Answer:
        return await socket.ask("/who", *headers)

    async with _listening(server) as socket:
        assert (await ask(socket, f"Authorization: bearer {ada.token}")).body == b"ada"
        for wrong in ((), ("Authorization: Basic eA==",), ("Authorization: Bearer ",)):
            nobody = await ask(socket, *wrong)
            assert (nobody.status, nobody.problem["code"]) == (401, "bad_token")
            assert nobody.headers["www-authenticate"] == "Bearer"
        answers = [(await ask(socket, "Authorization: Bearer guess")).status for _ in range(4)]
        assert answers == [401, 401, 401, 429]


async def test_a_user_makes_so_many_requests_and_no_more() -> None:
    server = _server(http_requests_per_user_burst=2.0)
    ada = await server.person("ada")
    async with _listening(server) as socket:
        statuses = [(await socket.ask("/who", f"Authorization: Bearer {ada.token}")).status for _ in range(3)]
    assert statuses == [200, 200, 429]


async def test_a_server_that_drains_begins_nothing() -> None:
    server = _server()
    async with _listening(server) as socket:
        await server.service.drain()
        refused = await socket.ask("/busy")
        assert (refused.status, refused.headers["connection"]) == (503, "close")
        assert refused.problem["message"] == "The server is about to stop."
        assert await socket.ended() == b""
    await asyncio.sleep(0)
