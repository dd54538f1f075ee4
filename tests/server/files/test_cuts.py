"""Connections that are cut at random points, seen from the server: nothing but what was sent is stored,
nothing acknowledged is lost, and a download goes on where it was."""

import contextlib
import random
from pathlib import Path

import aiohttp
import pytest

from tests.server.files.cutting import a_cutting_relay
from tests.server.files.file_server import a_file_server, until


@pytest.mark.parametrize("seed", range(4))
async def test_uploads_and_downloads_that_are_cut(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    content = chance.randbytes(600_000)
    async with (
        a_file_server(tmp_path, file_block_bytes=20_000) as server,
        a_cutting_relay(server.url, lambda: chance.randrange(1, 250_000)) as relay,
    ):
        ada = await server.person("ada")
        file_id = await ada.begin(content)
        direct, acknowledged = server.url, 0
        while acknowledged < len(content):
            server.url = relay.url
            end = acknowledged + chance.randrange(1, 300_000)
            with contextlib.suppress(aiohttp.ClientError, OSError):
                await ada.patch(file_id, acknowledged, content[acknowledged:end])
            server.url = direct
            await until(lambda: not server.files.is_busy(file_id))
            offset = await ada.offset(file_id)
            assert offset >= acknowledged
            part = tmp_path / "files" / "uploads" / file_id
            if part.exists():
                assert part.read_bytes() == content[:offset]
            acknowledged = offset
        received = b""
        server.url = relay.url
        headers = {"Authorization": f"Bearer {ada.client.token}"}
        while len(received) < len(content):
            with contextlib.suppress(aiohttp.ClientError, OSError):
                async with server.session.get(
                    f"{server.url}/files/{file_id}/content",
                    headers=headers | {"Range": f"bytes={len(received)}-"},
                ) as response:
                    assert response.status == 206
                    async for block in response.content.iter_any():
                        received += block
        assert received == content
        assert relay.cuts > 2
