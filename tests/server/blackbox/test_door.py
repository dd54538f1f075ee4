"""One port for WebSockets and for HTTP, and what it does with those who come wrongly."""

import asyncio
from pathlib import Path

import pytest

from desktop_chat.protocol.commands import FindPeople
from desktop_chat.protocol.replies import PeopleFound
from tests.server.blackbox.plain_http import an_http_socket, ask
from tests.server.blackbox.real_server import a_client, a_person, a_server, any_certificate


@pytest.mark.parametrize("tls", [(), ("--tls",)])
async def test_both_travel_on_one_port(tmp_path: Path, tls: tuple[str, ...]) -> None:
    async with a_server(tmp_path, *tls) as server, a_person(server, "ada") as ada:
        assert (await ask(server, "/healthz")).body == b"ok\n"
        assert (await ask(server, "/readyz")).body == b"ready\n"
        await ada.ask(FindPeople(ada.next_id()), PeopleFound)


async def test_errors_are_for_the_program_and_for_the_person(tmp_path: Path) -> None:
    async with a_server(tmp_path) as server, an_http_socket(server.port) as socket:
        missing = await socket.ask("/other")
        assert (missing.status, missing.problem) == (
            404,
            {"code": "not_found", "message": "There is nothing here."},
        )
        assert "server" not in missing.headers
        door = await socket.ask("/")
        assert (door.status, door.headers["upgrade"]) == (426, "websocket")
        assert "connect with the app" in str(door.problem["message"])
        wrong = await socket.ask("/healthz", method="DELETE")
        assert (wrong.status, wrong.problem["code"]) == (405, "bad_request")


@pytest.mark.parametrize("path", ["/", "/healthz", "/metrics", "/nothing"])
async def test_no_web_page_gets_an_answer(tmp_path: Path, path: str) -> None:
    async with a_server(tmp_path) as server:
        answer = await ask(server, path, "origin: http://127.0.0.1")
        assert answer.status == 403
        assert answer.problem["message"] == "Web pages cannot connect to this server."


@pytest.mark.parametrize("tls", [(), ("--tls",)])
@pytest.mark.parametrize("said", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\nX: "])
async def test_who_never_finishes_a_request_is_dropped(
    tmp_path: Path, said: bytes, tls: tuple[str, ...]
) -> None:
    async with (
        a_server(tmp_path, *tls, handshake_timeout_s=0.2) as server,
        an_http_socket(server.port, any_certificate() if tls else None) as socket,
    ):

        async def drip() -> None:
            while True:
                await asyncio.sleep(0.02)
                socket.writer.write(b"x")

        socket.writer.write(said)
        dripping = asyncio.create_task(drip()) if said else None
        assert await socket.ended() == b""
        if dripping is not None:
            dripping.cancel()


async def test_a_body_that_never_ends_is_dropped(tmp_path: Path) -> None:
    async with (
        a_server(tmp_path, http_stall_timeout_s=0.2) as server,
        an_http_socket(server.port) as socket,
    ):
        socket.writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
        await socket.answer()
        assert await socket.ended() == b""


async def test_a_head_that_is_too_long(tmp_path: Path) -> None:
    async with (
        a_server(tmp_path, http_head_max_bytes=1000) as server,
        an_http_socket(server.port) as socket,
    ):
        socket.writer.write(b"GET / HTTP/1.1\r\nX: " + b"x" * 2000)
        answer = await socket.answer()
        assert (answer.status, answer.problem["code"]) == (431, "too_large")
        assert await socket.ended() == b""


async def test_noise_is_not_answered(tmp_path: Path) -> None:
    async with a_server(tmp_path) as server, an_http_socket(server.port) as socket:
        socket.writer.write(b"\x16\x03\x01\x02\x00\x01\x00")
        assert await socket.ended() == b""


async def test_a_socket_carries_so_many_requests_and_no_more(tmp_path: Path) -> None:
    async with (
        a_server(tmp_path, http_requests_per_connection_max=2) as server,
        an_http_socket(server.port) as socket,
    ):
        assert "connection" not in (await socket.ask("/healthz")).headers
        assert (await socket.ask("/healthz")).headers["connection"] == "close"
        assert await socket.ended() == b""


async def test_an_address_has_so_many_sockets_and_no_more(tmp_path: Path) -> None:
    async with (
        a_server(tmp_path, connections_per_address_max=2) as server,
        a_person(server, "ada") as ada,
        an_http_socket(server.port) as second,
    ):
        await second.ask("/healthz")
        third = await ask(server, "/healthz")
        assert (third.status, third.problem["code"]) == (429, "too_fast")
        second.writer.close()
        await second.ended()
        async with asyncio.timeout(30):
            while (await ask(server, "/healthz")).status != 200:
                pass  # that it is gone is noticed at the server's next turn
        await ada.ask(FindPeople(ada.next_id()), PeopleFound)


async def test_an_address_makes_so_many_requests_and_no_more(tmp_path: Path) -> None:
    settings = {"http_requests_per_address_burst": 2, "http_requests_per_address_per_s": 0.01}
    async with a_server(tmp_path, **settings) as server, an_http_socket(server.port) as socket:
        assert [(await socket.ask("/healthz")).status for _ in range(2)] == [200, 200]
        refused = await socket.ask("/healthz")
        assert (refused.status, refused.problem["code"]) == (429, "too_fast")
        assert int(refused.headers["retry-after"]) > 1


async def test_behind_a_proxy_people_are_told_apart(tmp_path: Path) -> None:
    settings = {"http_requests_per_address_burst": 1, "http_requests_per_address_per_s": 0.01}
    async with a_server(tmp_path, "--behind-proxy", **settings) as server:
        for forwarded, status in (("1.1.1.1", 200), ("9.9.9.9, 1.1.1.1", 429), ("1.1.1.1, 2.2.2.2", 200)):
            assert (await ask(server, "/healthz", f"X-Forwarded-For: {forwarded}")).status == status


async def test_without_one_nobody_is_believed(tmp_path: Path) -> None:
    settings = {"http_requests_per_address_burst": 1, "http_requests_per_address_per_s": 0.01}
    async with a_server(tmp_path, **settings) as server:
        for forwarded, status in (("1.1.1.1", 200), ("2.2.2.2", 429)):
            assert (await ask(server, "/healthz", f"X-Forwarded-For: {forwarded}")).status == status


async def test_a_full_server_is_alive_and_not_ready(tmp_path: Path) -> None:
    async with a_server(tmp_path, connections_max=1) as server, a_client(server):
        assert (await ask(server, "/healthz")).status == 200
        full = await ask(server, "/readyz")
        assert (full.status, full.problem["code"]) == (503, "server_busy")
