"""Stopping: in order, in time, and at once for who asks twice."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from desktop_chat.protocol.errors import CloseCode
from tests.server.blackbox.plain_http import HttpSocket, an_http_socket
from tests.server.blackbox.real_server import RealServer, a_person, any_certificate, start_server

_ROOT = Path(__file__).parents[3]
_WITH_AN_UPLOAD = """
import sys
from aiohttp import web
from server import serving
from server.main import main

usual = serving.routes

async def upload(request):
    return web.Response(text=str(len(await request.read())))

serving.routes = lambda *arguments: [*usual(*arguments), web.post("/upload", upload)]
sys.exit(main())
"""


@asynccontextmanager
async def _uploading(folder: Path, drain_timeout_s: float) -> AsyncIterator[tuple[RealServer, HttpSocket]]:
    """A server that has half of what somebody sends."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _WITH_AN_UPLOAD, "serve", "--data", str(folder), "--port", "0"),
        cwd=_ROOT,
        env={**os.environ, "DESKTOP_CHAT_SERVER_DRAIN_TIMEOUT_S": str(drain_timeout_s)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    server = RealServer(process, (await process.stdout.readline()).decode().removeprefix("ready ").strip())
    try:
        async with an_http_socket(server.port) as socket:
            socket.writer.write(b"POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf ")
            yield server, socket
    finally:
        if process.returncode is None:
            await server.kill()


async def test_idle_sockets_hold_nobody_up(tmp_path: Path) -> None:
    server = await start_server(tmp_path, "--tls")
    async with (
        a_person(server, "ada") as ada,
        an_http_socket(server.port, any_certificate()) as idle,
        an_http_socket(server.port, any_certificate()) as silent,
    ):
        await idle.ask("/readyz")
        server.process.terminate()
        assert await ada.closed() == CloseCode.RESTARTING
        await idle.ended()
        await silent.ended()
        assert await server.ended() == 0


async def test_what_is_under_way_is_finished_and_nothing_new_begun(tmp_path: Path) -> None:
    async with (
        _uploading(tmp_path, 3600) as (server, upload),
        an_http_socket(server.port) as other,
        a_person(server, "ada") as ada,
    ):
        assert (await other.ask("/readyz")).status == 200
        server.process.terminate()
        assert await ada.closed() == CloseCode.RESTARTING
        not_ready = await other.ask("/readyz")
        assert (not_ready.status, not_ready.headers["connection"]) == (503, "close")
        upload.writer.write(b"whole")
        done = await upload.answer()
        assert (done.status, done.body) == (200, b"10")
        assert await server.ended() == 0


async def test_what_takes_longer_is_cancelled(tmp_path: Path) -> None:
    async with _uploading(tmp_path, 0.1) as (server, upload), a_person(server, "ada") as ada:
        server.process.terminate()
        assert await ada.closed() == CloseCode.RESTARTING
        assert await upload.ended() == b""
        assert await server.ended() == 0


async def test_who_asks_twice_means_at_once(tmp_path: Path) -> None:
    async with _uploading(tmp_path, 3600) as (server, _), a_person(server, "ada") as ada:
        server.process.terminate()
        assert await ada.closed() == CloseCode.RESTARTING
        server.process.terminate()
        assert await server.ended() == -signal.SIGTERM
