"""Files go to the server that is known by its certificate, and to no other."""

import hashlib
from functools import partial
from pathlib import Path

import pytest

from desktop_chat.application.account_store import open_client
from desktop_chat.core.session import Refused
from desktop_chat.net.connection import ConnectionLost
from desktop_chat.net.file_transfer import HttpFiles
from desktop_chat.net.pinning import KnownServers, trusted_digest
from desktop_chat.net.transport import open_websocket
from desktop_chat.protocol.errors import ErrorCode
from tests.server.blackbox.real_server import RealServer, a_person, a_server

CONTENT = b"some bytes" * 1000
SHA256 = hashlib.sha256(CONTENT).digest()


async def send(files: HttpFiles) -> bytes:
    """Bring a file there and back."""
    try:
        file_id = await files.create(f"{1:032x}", len(CONTENT), SHA256)
        if await files.offset(file_id) < len(CONTENT):
            await files.append(file_id, 0, CONTENT)
        return b"".join([each async for each in files.content(file_id, SHA256, 0)])
    finally:
        await files.close()


def transport(server: RealServer, token: str, pins: KnownServers) -> HttpFiles:
    """As an account of the app has it."""

    async def give() -> str:
        return token

    return HttpFiles(lambda: server.url, give, partial(trusted_digest, server.url, pins))


async def test_by_the_certificate_that_the_chat_pinned(tmp_path: Path) -> None:
    pins = KnownServers(tmp_path / "known-servers.json")
    async with a_server(tmp_path / "data", "--tls") as server, a_person(server, "ada") as ada:
        await (await open_websocket(server.url, pins)).close()
        assert await send(transport(server, ada.token, pins)) == CONTENT
        # Somebody else's certificate, as it looks from here.
        pins.pin(f"127.0.0.1:{server.port}", "a" * 64)
        with pytest.raises(Refused) as refused:
            await send(transport(server, ada.token, pins))
        assert refused.value.error.code is ErrorCode.UNSUPPORTED_PROTOCOL
        assert "certificate" in refused.value.error.message


async def test_a_server_that_nobody_knows_or_vouches_for_gets_nothing(tmp_path: Path) -> None:
    pins = KnownServers(tmp_path / "known-servers.json")
    async with a_server(tmp_path / "data", "--tls") as server, a_person(server, "ada") as ada:
        with pytest.raises(Refused):
            await send(transport(server, ada.token, pins))
        (tmp_path / "known-servers.json").write_bytes(b"{")
        with pytest.raises(ConnectionLost):
            await send(transport(server, ada.token, pins))


async def test_an_account_of_the_app_uses_it(tmp_path: Path) -> None:
    pins = KnownServers(tmp_path / "known-servers.json")
    async with a_server(tmp_path / "data", "--tls") as server, a_person(server, "ada") as ada:

        async def token() -> str:
            return ada.token

        connect = partial(open_websocket, pins=pins)
        await (await connect(server.url)).close()
        client, words = open_client(tmp_path / "cache.sqlite3", ada.user_id, server.url, token, connect, pins)
        assert words == ""
        try:
            source = tmp_path / "a.bin"
            source.write_bytes(CONTENT)
            files = client.files._transport
            assert isinstance(files, HttpFiles)
            assert await send(files) == CONTENT
        finally:
            await client.close()
