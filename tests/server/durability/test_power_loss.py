"""Power losses under the real store: its writer thread, its group commit, its SQL. Whatever was confirmed
before the power went is there afterwards, once, in order, in a database that is whole.

kill -9 could not tell synchronous=FULL from OFF, since the operating system keeps what was written. So the
same losses are shown to be found: with synchronous=OFF confirmed messages are lost.
"""

import asyncio
import itertools
import logging
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import pytest

from desktop_chat.protocol.commands import SendMessage
from desktop_chat.protocol.records import Content
from server.actions.log import Appended
from server.actions.messages import do_send
from server.store.sqlite import Driver, SqliteStore
from server.store.sqlite_reader import SqlConnection
from tests.server.durability.losing_vfs import LosingDisk
from tests.server.store.stores import EPOCH, empty_database
from tests.server.store.test_contract import people

LOSSES = 200
_SENDERS = 4
_CONVERSATION = 1
_names = itertools.count()


class _Loss:
    """One life of a store on one disk, up to the loss."""

    def __init__(self, path: Path, chance: random.Random, synchronous: str) -> None:
        self.path = path
        self.chance = chance
        self.disk = LosingDisk(f"losing{next(_names)}")
        self.confirmed: dict[str, Appended] = {}
        self.connections: list[apsw.Connection] = []
        self.store = SqliteStore(
            path,
            new_epoch=lambda: EPOCH,
            driver=Driver(self._connect, (apsw.Error,), checkpoints_beside=False),
            synchronous=synchronous,
        )

    def _connect(self, path: Path, *, read_only: bool) -> SqlConnection:
        flags = apsw.SQLITE_OPEN_READONLY if read_only else apsw.SQLITE_OPEN_READWRITE
        connection = apsw.Connection(str(path), flags=flags, vfs=self.disk.name)
        self.connections.append(connection)
        return connection

    async def live(self, number: int) -> None:
        """Send until the power goes, at a random write in a random transaction."""
        self.store.start()
        try:
            countdown = self.chance.randrange(2, 40)
            wrote = self.disk.wrote

            def count(path: str, offset: int, data: bytes) -> None:
                nonlocal countdown
                wrote(path, offset, data)
                countdown -= 1
                if countdown == 0:
                    self.disk.lose_power(self.chance)
                    self.disk.check_alive()

            self.disk.wrote = count  # type: ignore[method-assign]
            keys = (f"{number:016x}{key:016x}" for key in itertools.count(1))
            while not self.disk.dead:
                for _ in range(self.chance.randrange(1, 12)):
                    self._send(next(keys))
                if self.chance.random() < 0.2:
                    self.store.write(_checkpoint(self.connections[0]), lambda result, error: None)
                await self._settled()
        finally:
            await self.store.close()

    def _send(self, key: str) -> None:
        sender_id = self.chance.choice((1, 2))
        command = SendMessage(1, _CONVERSATION, key, Content("text", "x" * self.chance.randrange(400)))

        def done(sent: Appended | None, error: Exception | None) -> None:
            if sent is not None:
                self.confirmed[key] = sent

        self.store.write(lambda writer: do_send(writer, command, sender_id, 1), done)

    async def _settled(self) -> None:
        done = asyncio.get_running_loop().create_future()
        self.store.write(lambda writer: None, lambda result, error: done.set_result(None))
        await done


def _checkpoint(connection: apsw.Connection) -> Any:
    """Copy the WAL back in the middle of the work; the operation ends its own transaction first."""

    def run(writer: Any) -> None:
        writer.flush()
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        connection.execute("BEGIN IMMEDIATE")

    return run


@pytest.fixture
def _quiet_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """The store says that its disk is failing; here it is meant to."""
    with caplog.at_level(logging.CRITICAL, logger="server.store"):
        yield


def _lives(folder: Path, seed: int, lives: int, synchronous: str) -> list[str]:
    """One database through a number of losses; what was found wrong."""
    path = folder / "test.sqlite3"
    path.write_bytes(empty_database())
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    asyncio.run(_prepare(path))
    chance = random.Random(seed)
    confirmed: dict[str, Appended] = {}
    for number in range(lives):
        loss = _Loss(path, chance, synchronous)
        asyncio.run(loss.live(number + 1))
        for opened in loss.connections:
            opened.close(True)
        loss.disk.restore()
        confirmed |= loss.confirmed
        try:
            wrong = asyncio.run(_found_wrong(path, confirmed))
        except (sqlite3.Error, AssertionError) as error:
            wrong = [f"unusable: {error}"]
        if wrong:
            return wrong
    assert len(confirmed) > lives
    return []


async def _prepare(path: Path) -> None:
    store = SqliteStore(path, new_epoch=lambda: EPOCH)
    store.start()
    await store.perform(people)
    await store.close()


async def _found_wrong(path: Path, confirmed: dict[str, Appended]) -> list[str]:
    """Open it with the real store again, on the real disk."""
    wrong = []
    with closing(sqlite3.connect(path)) as connection:
        (verdict,) = connection.execute("PRAGMA integrity_check").fetchone()
        if verdict != "ok":
            wrong.append(verdict)
    store = SqliteStore(path, new_epoch=lambda: "f" * 32)
    store.start()
    try:
        conversation = await store.read(lambda reader: reader.conversation(_CONVERSATION))
        page = await store.read(lambda reader: reader.page_after(_CONVERSATION, 0, 10**6))
        position = await store.read(lambda reader: reader.position())
    finally:
        await store.close()
    by_key = {message.client_id: message for message in page}
    if conversation is None or store.epoch != EPOCH:
        return [*wrong, "another log"]
    if [message.seq for message in page] != list(range(1, conversation.last_seq + 1)):
        wrong.append("seq has a hole")
    if conversation.message_count != len(page) or len(by_key) != len(page):
        wrong.append("the count is wrong, or a message is there twice")
    if page and position < page[-1].message_id:
        wrong.append("the position went back")
    wrong += [f"{key} is lost" for key, sent in confirmed.items() if by_key.get(key) != sent.message]
    return wrong


@pytest.mark.usefixtures("_quiet_log")
@pytest.mark.parametrize("seed", range(8))
def test_nothing_confirmed_is_lost(tmp_path: Path, seed: int) -> None:
    assert _lives(tmp_path, seed, LOSSES // 8, "FULL") == []


@pytest.mark.usefixtures("_quiet_log")
def test_the_same_losses_find_a_store_that_does_not_sync(tmp_path: Path) -> None:
    assert _lives(tmp_path, 0, LOSSES // 8, "OFF") != []
