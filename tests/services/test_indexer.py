"""The index is filled behind, and nobody suffers where it cannot be."""

import pytest

from desktop_chat.services.indexer import Indexer
from desktop_chat.store import search, search_index
from desktop_chat.store.database import IN_MEMORY, Database
from desktop_chat.store.search import Filters
from tests.services.test_reducer import Device, events, message, whole
from tests.simulation.device import InlineRunner


def unindexed(database: Database) -> int:
    [count] = database.writer.execute("SELECT count(*) FROM unindexed").fetchone()
    return int(count)


async def test_a_piece_at_a_time_until_little_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_index, "LEFT_ALONE", 5)
    monkeypatch.setattr(search_index, "_INDEXED_AT_ONCE", 10)
    monkeypatch.setattr(search_index, "_CHARS_AT_ONCE", 1000)
    database = Database(IN_MEMORY)
    device = Device(database)
    device.greet()
    device.take(*whole(0), events.CaughtUp(1))
    device.take(*(events.NewMessage(message(seq, body=f"word {seq}")) for seq in range(1, 40)))
    device.take(events.NewMessage(message(40, body="word " * 1000)))
    indexer = Indexer(database, InlineRunner())
    left = [unindexed(database)]
    while await indexer.go_on():
        left.append(unindexed(database))
    assert left[:5] == [40, 39, 29, 19, 9]
    assert left[-1] == 0
    assert len(search.search(database.writer, "word", Filters(), 100)) == 40
    device.take(events.NewMessage(message(41, body="word 41")))
    assert not await indexer.go_on()
    assert len(search.search(database.writer, "word", Filters(), 100)) == 41
    database.close()


async def test_a_store_that_cannot_be_written_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_index, "LEFT_ALONE", 0)
    database = Database(IN_MEMORY)
    device = Device(database)
    device.greet()
    device.take(*whole(0), events.NewMessage(message(1, body="a word")), events.CaughtUp(1))
    database.writer.execute("PRAGMA query_only=ON")
    assert not await Indexer(database, InlineRunner()).go_on()
    assert len(search.search(database.writer, "word", Filters(), 100)) == 1
    database.close()
