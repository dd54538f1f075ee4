"""Power losses under the real store: its writer thread, its group commit, its SQL. Whatever was confirmed
before the power went is there afterwards, in a database that is whole."""

import asyncio
import itertools
import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw

from server.store.sqlite import Driver, SqliteStore
from server.store.sqlite_reader import SqlConnection
from tests.server.durability.losing_vfs import LosingDisk
from tests.server.store.stores import EPOCH, empty_database
from tests.torture.deeds import Kind, every_kind
from tests.torture.doings import groundwork
from tests.torture.ledger import Verdict
from tests.torture.shadow import Shadow

_WRITES = (2, 60)
"""At which write after the start the power goes."""
_names = itertools.count()


def lives(folder: Path, seed: int, losses: int, synchronous: str) -> Verdict:
    """One database through a number of losses, up to the first after which something is wrong."""
    path = folder / "test.sqlite3"
    path.write_bytes(empty_database())
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    asyncio.run(_prepare(path))
    shadow = Shadow(EPOCH)
    shadow.confirm(shadow.issue(groundwork))
    chance = random.Random(seed)
    kinds = every_kind()
    verdict = Verdict()
    for _ in range(losses):
        for kind, _weight in kinds:
            kind.power_is_back()
        life = _Life(path, chance, kinds, shadow, synchronous)
        asyncio.run(life.live())
        for opened in life.connections:
            opened.close(True)
        life.disk.restore()
        try:
            verdict = asyncio.run(_look(path, kinds, shadow))
        except (sqlite3.Error, AssertionError) as error:
            verdict.blame(f"unusable: {error}")
        if not verdict.is_sound:
            verdict.words.insert(0, f"seed {seed}, synchronous={synchronous}")
            break
    return verdict


class _Life:
    """A store on one disk, up to the loss."""

    def __init__(
        self,
        path: Path,
        chance: random.Random,
        kinds: list[tuple[Kind, float]],
        shadow: Shadow,
        synchronous: str,
    ) -> None:
        self.chance = chance
        self.disk = LosingDisk(f"losing{next(_names)}")
        self.connections: list[apsw.Connection] = []
        self._shadow = shadow
        self._kinds = [kind for kind, _ in kinds]
        self._weights = [weight for _, weight in kinds]
        self._store = SqliteStore(
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

    async def live(self) -> None:
        """Do one deed after the other until the power goes, at a random write in a random transaction."""
        self._store.start()
        try:
            self._lose_power_at(self.chance.randrange(*_WRITES))
            while not self.disk.dead:
                for _ in range(self.chance.randrange(1, 12)):
                    self._do(self.chance.choices(self._kinds, self._weights)[0])
                if self.chance.random() < 0.2:
                    self._store.write(_checkpoint(self.connections[0]), lambda result, error: None)
                await self._settled()
        finally:
            await self._store.close()

    def _lose_power_at(self, countdown: int) -> None:
        wrote = self.disk.wrote

        def count(path: str, offset: int, data: bytes) -> None:
            nonlocal countdown
            wrote(path, offset, data)
            countdown -= 1
            if countdown == 0:
                self.disk.lose_power(self.chance)
                self.disk.check_alive()

        self.disk.wrote = count  # type: ignore[method-assign]

    def _do(self, kind: Kind) -> None:
        operation, confirmed = kind.next(self.chance)
        number = self._shadow.issue(operation)

        def done(result: Any, error: Exception | None) -> None:
            if error is None:
                self._shadow.confirm(number)
                confirmed(result)

        self._store.write(operation, done)

    async def _settled(self) -> None:
        done = asyncio.get_running_loop().create_future()
        self._store.write(lambda writer: None, lambda result, error: done.set_result(None))
        await done


def _checkpoint(connection: apsw.Connection) -> Any:
    """Copy the WAL back in the middle of the work; the operation ends its own transaction first."""

    def run(writer: Any) -> None:
        writer.flush()
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        connection.execute("BEGIN IMMEDIATE")

    return run


async def _prepare(path: Path) -> None:
    store = SqliteStore(path, new_epoch=lambda: EPOCH)
    store.start()
    await store.perform(groundwork)
    await store.close()


async def _look(path: Path, kinds: list[tuple[Kind, float]], shadow: Shadow) -> Verdict:
    """Open it with the real store again, on the real disk."""
    verdict = Verdict()
    with closing(sqlite3.connect(path)) as connection:
        (answer,) = connection.execute("PRAGMA integrity_check").fetchone()
        if answer != "ok":
            verdict.blame(f"the database is not whole: {answer}")
    store = SqliteStore(path, new_epoch=lambda: "f" * 32)
    store.start()
    try:
        if store.epoch != EPOCH:
            verdict.blame("another log")
        for kind, _ in kinds:
            verdict.add(await store.read(kind.check))
        verdict.add(await store.read(shadow.look))
    finally:
        await store.close()
    return verdict
