"""Searches run beside everything else, and the last one asked for wins."""

import asyncio
from pathlib import Path

import pytest

from desktop_chat.services.errors import ClientError
from desktop_chat.services.searcher import Searcher
from desktop_chat.store.database import Database
from desktop_chat.store.search import Filters
from desktop_chat.store.thread import StoreThread
from tests.services.test_reducer import Device, events, message, whole


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "cache.db"
    database = Database(path)
    device = Device(database)
    device.greet()
    device.take(*whole(0), events.CaughtUp(1))
    device.take(*(events.NewMessage(message(seq, body=f"word {seq}")) for seq in range(1, 3000)))
    database.close()
    return path


async def test_a_search_does_not_wait_for_a_transaction(path: Path) -> None:
    database = Database(path)
    searcher = Searcher(database, StoreThread)
    with database.transaction():
        hits = await searcher.search("word 2999", Filters(), 10)
    assert [hit.message.seq for hit in hits] == [2999]
    searcher.close()
    database.close()


async def test_the_last_search_wins(path: Path) -> None:
    database = Database(path)
    searcher = Searcher(database, StoreThread)
    # Short queries look through everything, so that the first is surely superseded.
    earlier = [asyncio.ensure_future(searcher.search("zz", Filters(), 10)) for _ in range(5)]
    await asyncio.sleep(0)
    last = await searcher.search("word 7", Filters(), 3)
    assert len(last) == 3
    assert await asyncio.gather(*earlier) == [[]] * 5
    searcher.close()
    database.close()


async def test_a_store_that_cannot_be_read_is_told(path: Path) -> None:
    database = Database(path)
    searcher = Searcher(database, StoreThread)
    database.writer.execute("DROP TABLE message_gram")
    with pytest.raises(ClientError, match="cannot be searched"):
        await searcher.search("word", Filters(), 3)
    searcher.close()
    database.close()
