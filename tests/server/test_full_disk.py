"""A disk that is full: said in words, and over as soon as there is room."""

import contextlib
import logging
from pathlib import Path

import pytest

from desktop_chat.protocol.codec import encode_command
from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.protocol.replies import Error, MessageSent
from server.store.base import DiskFailed
from server.store.sqlite import Driver, SqliteStore, connect_sqlite
from server.store.sqlite_reader import SqlConnection
from tests.server.harness import TestServer, only
from tests.server.store.stores import EPOCH, empty_database


async def test_a_full_disk(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    opened: list[SqlConnection] = []

    def connect(path: Path, *, read_only: bool) -> SqlConnection:
        connection = connect_sqlite(path, read_only=read_only)
        opened.append(connection)
        return connection

    (tmp_path / "test.sqlite3").write_bytes(empty_database())
    store = SqliteStore(tmp_path / "test.sqlite3", new_epoch=lambda: EPOCH, driver=Driver(connect))
    server = TestServer(store)
    ada = await server.person("ada")
    note = await ada.open(ada.user_id)
    (pages,) = opened[0].execute("PRAGMA page_count").fetchone()
    opened[0].execute(f"PRAGMA max_page_count={pages + 1}")
    with caplog.at_level(logging.ERROR, logger="server.store.committing"):
        await ada.connection.receive(encode_command(ada.message(note, "x" * 16_000)))
        with contextlib.suppress(DiskFailed):  # where it shares the transaction
            await store.perform(lambda writer: None)
        refusal = only(Error, ada.packets())
        assert (refusal.code, refusal.retry_after_s) == (ErrorCode.SERVER_BUSY, 30.0)
        assert "disk cannot store anything now" in refusal.message
        assert "disk is full" in caplog.text
    assert store.is_well()
    opened[0].execute("PRAGMA max_page_count=1000000")
    only(MessageSent, await ada.send(note, "x" * 16_000))
    await server.service.stop()
