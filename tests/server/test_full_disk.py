"""A disk that is full or failing: said in words, and over as soon as it is well again."""

import contextlib
import logging
import sqlite3
from pathlib import Path
from typing import Any

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


class _Damaged:
    """A connection of which, once ``is_damaged``, whatever is done says that the file is no database."""

    is_damaged = False

    def __init__(self, connection: SqlConnection) -> None:
        self._connection = connection

    @property
    def in_transaction(self) -> bool:
        return self._connection.in_transaction

    def execute(self, sql: str, *bindings: Any) -> Any:
        if self.is_damaged:
            raise sqlite3.DatabaseError("file is not a database")
        return self._connection.execute(sql, *bindings)

    def close(self) -> None:
        self._connection.close()


async def test_a_damaged_file_leaves_nobody_without_an_answer(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    opened: list[_Damaged] = []

    def connect(path: Path, *, read_only: bool) -> SqlConnection:
        opened.append(_Damaged(connect_sqlite(path, read_only=read_only)))
        return opened[-1]

    (tmp_path / "test.sqlite3").write_bytes(empty_database())
    store = SqliteStore(tmp_path / "test.sqlite3", new_epoch=lambda: EPOCH, driver=Driver(connect))
    server = TestServer(store)
    ada = await server.person("ada")
    note = await ada.open(ada.user_id)
    opened[0].is_damaged = True
    with caplog.at_level(logging.ERROR, logger="server.store.committing"):
        for _ in range(2):
            await ada.connection.receive(encode_command(ada.message(note, "x")))
            with pytest.raises(DiskFailed):
                await store.perform(lambda writer: None)
            assert only(Error, ada.packets()).code is ErrorCode.SERVER_BUSY
    opened[0].is_damaged = False
    only(MessageSent, await ada.send(note, "x"))
    await server.service.stop()
