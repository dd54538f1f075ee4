"""The write-ahead log begins anew under writes that never pause, and its file stays for the next round."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from server.store import committing
from server.store.files import DatabaseFiles
from server.store.records import UserRow
from server.store.sqlite import SqliteStore
from tests.server.store.stores import EPOCH, empty_database

_WAL_BYTES = 400_000


def test_what_is_left_of_an_earlier_log_is_not_in_use(tmp_path: Path) -> None:
    path = tmp_path / "test.sqlite3"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE page (body)")
        files = DatabaseFiles(path)
        assert not files.wal_reaches(_WAL_BYTES)
        connection.execute("INSERT INTO page VALUES (zeroblob(?))", (_WAL_BYTES,))
        assert files.wal_reaches(_WAL_BYTES)
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        connection.execute("INSERT INTO page VALUES (1)")
        assert path.with_name("test.sqlite3-wal").stat().st_size > _WAL_BYTES
        assert not files.wal_reaches(_WAL_BYTES)


async def test_the_log_stays_short_while_writes_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(committing, "_PASSIVE_BYTES", _WAL_BYTES)
    monkeypatch.setattr(committing, "_LOOK_EVERY", 1)
    (tmp_path / "test.sqlite3").write_bytes(empty_database())
    store = SqliteStore(tmp_path / "test.sqlite3", new_epoch=lambda: EPOCH)
    store.start()
    wal = tmp_path / "test.sqlite3-wal"
    written, largest = 0, 0
    for number in range(400):
        await store.perform(
            lambda writer, number=number: writer.add_user(
                UserRow.new(
                    user_name=f"u{number}",
                    name_key=f"u{number}",
                    display_name="x" * 8000,
                    search_key="",
                    password_hash="",
                    now_ms=0,
                    position=writer.next_position(),
                )
            )
        )
        written += 8000
        largest = max(largest, wal.stat().st_size)
    assert written > 3_000_000
    assert largest < 2_500_000
    await store.close()
