"""An account's cache opens whatever state its file is in, and nothing is thrown away."""

import logging
from pathlib import Path

import pytest

from desktop_chat.application.account_store import open_client
from desktop_chat.net.transport import open_websocket


async def _token() -> str | None:
    return None


async def test_a_damaged_cache_is_set_aside_and_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "cache.sqlite3"
    path.write_bytes(b"this is no database, but somebody's words may be in it" * 100)
    with caplog.at_level(logging.WARNING, logger="desktop_chat.application.account_store"):
        client, words = open_client(path, 1, "ws://127.0.0.1:1/", _token, open_websocket)
    await client.close()
    [aside] = tmp_path.glob("cache.sqlite3.broken-*")
    assert aside.read_bytes().startswith(b"this is no database")
    assert aside.name in words
    client, words = open_client(path, 1, "ws://127.0.0.1:1/", _token, open_websocket)
    await client.close()
    assert words == ""
