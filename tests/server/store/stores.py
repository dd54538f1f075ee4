"""Every store there is, to be held to the one contract."""

import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache
from pathlib import Path

import pytest

from server.store.base import Store
from server.store.memory import MemoryStore
from server.store.migrations import upgrade
from server.store.sqlite import SqliteStore

EPOCH = "0123456789abcdef" * 2
OpenStore = Callable[..., AbstractAsyncContextManager[Store]]


@asynccontextmanager
async def open_memory(folder: Path, queue_max: int = 10_000) -> AsyncIterator[Store]:
    store = MemoryStore(EPOCH, queue_max=queue_max)
    store.start()
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def open_sqlite(folder: Path, queue_max: int = 10_000) -> AsyncIterator[Store]:
    (folder / "test.sqlite3").write_bytes(empty_database())
    store = SqliteStore(folder / "test.sqlite3", new_epoch=lambda: EPOCH, queue_max=queue_max)
    store.start()
    try:
        yield store
    finally:
        await store.close()


@cache
def empty_database() -> bytes:
    """A database with the current schema."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.sqlite3"
        upgrade(path)
        return path.read_bytes()


every_store = pytest.mark.parametrize("open_store", [open_memory, open_sqlite], ids=["memory", "sqlite"])
