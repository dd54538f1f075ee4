"""The store on disk: SQLite in WAL mode with synchronous=FULL, one writer thread, a few readers."""

import asyncio
import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from server.counting import CommitStats
from server.store import statements
from server.store.base import Done, KeyedOperation, Operation, StoreLost, StoreUnavailable
from server.store.committing import BUSY_TIMEOUT_MS, Answer, Batch, CommitThread, Pending, disk_failure
from server.store.files import DatabaseFiles
from server.store.performing import perform
from server.store.reader import Reader
from server.store.sqlite_reader import SqlConnection, SqliteReader

T = TypeVar("T")

_log = logging.getLogger(__name__)
_READERS = 2
_WAL_KEPT_BYTES = 32 * 1024 * 1024
_BATCH_MAX = 1000


def connect_sqlite(path: Path, *, read_only: bool) -> SqlConnection:
    """Open a database with the standard library."""
    mode = "ro" if read_only else "rw"
    return sqlite3.connect(
        f"file:{quote(str(path))}?mode={mode}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
    )


@dataclass(frozen=True, slots=True)
class Driver:
    """How databases are opened, and which of its exceptions mean a disk that is full or failing."""

    connect: Callable[..., SqlConnection] = connect_sqlite
    unavailable: tuple[type[Exception], ...] = (sqlite3.OperationalError,)
    checkpoints_beside: bool = True
    """Whether the WAL is copied back on a thread of its own."""


class SqliteStore:
    """A Store in one file. The schema must be current; see ``server.store.migrations``. ``lost`` is called
    once, on the loop, when the file was found to be deleted or replaced."""

    def __init__(
        self,
        path: Path,
        *,
        new_epoch: Callable[[], str],
        queue_max: int = 10_000,
        read_queue_max: int = 2_000,
        driver: Driver | None = None,
        synchronous: str = "FULL",
        lost: Callable[[], None] = lambda: None,
    ) -> None:
        self._path = path
        self._driver = driver or Driver()
        self._queue_max = queue_max
        self._read_queue_max = read_queue_max
        self._waiting: deque[Pending] = deque()
        self._committing = False
        self._queued = 0
        self._reading = 0
        self._open = False
        self._lost = False
        self._report_lost = lost
        self._loop: asyncio.AbstractEventLoop | None = None
        connection = self._driver.connect(path, read_only=False)
        for pragma in (
            "journal_mode=WAL",
            f"synchronous={synchronous}",
            "wal_autocheckpoint=0",
            f"journal_size_limit={_WAL_KEPT_BYTES}",
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "cache_size=-16384",
        ):
            connection.execute(f"PRAGMA {pragma}").fetchall()
        self._epoch = _epoch(connection, new_epoch)
        self._files = DatabaseFiles(path)
        self._local = threading.local()
        self._reader_connections: list[SqlConnection] = []
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="store reader")
        self._checkpoints = ThreadPoolExecutor(1, thread_name_prefix="store checkpoint")
        self._checkpointing = False
        self._commits = CommitThread(
            connection,
            self._deliver,
            unavailable=self._driver.unavailable,
            files=self._files,
            checkpoint=self._checkpoint_beside if self._driver.checkpoints_beside else _never,
            lost=self._lost_on_writer,
        )

    @property
    def epoch(self) -> str:
        return self._epoch

    @property
    def commit_stats(self) -> CommitStats:
        """What the writer thread has done."""
        return self._commits.stats

    @property
    def queued_writes(self) -> int:
        """Operations that wait for their answer."""
        return self._queued

    @property
    def queued_reads(self) -> int:
        """Reads that wait or run."""
        return self._reading

    def is_well(self) -> bool:
        if self._open and not self._lost and not self._files.are_there():
            self._lose()
        return self._open and not self._lost

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._open = True
        self._commits.start()

    def write(self, operation: Operation[T], done: Done[T]) -> None:
        if self._lost:
            raise StoreLost
        if not self._open or self._queued >= self._queue_max:
            raise StoreUnavailable
        self._queued += 1
        self._waiting.append((operation, done))
        if not self._committing:
            assert self._loop is not None
            self._committing = True
            self._loop.call_soon(self._begin)  # with all else that comes before the loop turns

    async def perform(self, operation: Operation[T]) -> T:
        return await perform(self, operation)

    async def read(self, query: Callable[[Reader], T]) -> T:
        if self._lost:
            raise StoreLost
        if not self._open or self._reading >= self._read_queue_max:
            raise StoreUnavailable
        self._reading += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, query)
        finally:
            self._reading -= 1

    async def close(self) -> None:
        if not self._open:
            return
        self._open = False
        if self._waiting:
            self._commits.put(Batch(list(self._waiting)))
            self._waiting.clear()
        await asyncio.to_thread(self._release)
        # The answers of the last batch were handed to the loop before this coroutine's turn.
        await asyncio.sleep(0)

    def _release(self) -> None:
        self._commits.stop()
        self._readers.shutdown()
        self._checkpoints.shutdown()
        for connection in self._reader_connections:
            connection.close()

    def _lost_on_writer(self) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._lose)

    def _lose(self) -> None:
        if not self._lost:
            self._lost = True
            _log.error("the database was deleted or replaced path=%s", self._path)
            self._report_lost()

    def _begin(self) -> None:
        if not self._waiting:
            self._committing = False
            return
        waiting = self._waiting
        batch = Batch([waiting.popleft() for _ in range(min(len(waiting), _BATCH_MAX))])
        if all(isinstance(each, KeyedOperation) and each.is_short for each, _ in batch.operations):
            self._commits.perform(batch)
        self._commits.put(batch)

    def _deliver(self, answers: list[Answer], go_on: bool) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._answer, answers, go_on)

    def _answer(self, answers: list[Answer], go_on: bool) -> None:
        if go_on:
            self._begin()  # first, so that the disk works while these are told
        self._queued -= len(answers)
        for done, result, error in answers:
            try:
                done(result, error)
            except Exception:
                _log.exception("answer failed")

    def _read(self, query: Callable[[Reader], T]) -> T:
        connection: SqlConnection | None = getattr(self._local, "connection", None)
        try:
            if connection is None:
                connection = self._driver.connect(self._path, read_only=True)
                connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}").fetchall()
                self._local.connection = connection
                self._reader_connections.append(connection)
            connection.execute("BEGIN")
            try:
                return query(SqliteReader(connection))
            finally:
                connection.execute("ROLLBACK")
        except self._driver.unavailable as error:
            _log.error("read failed error=%s", error)
            raise disk_failure(error) from error

    def _checkpoint_beside(self) -> None:
        if not self._checkpointing:
            self._checkpointing = True
            self._checkpoints.submit(self._checkpoint)

    def _checkpoint(self) -> None:
        try:
            connection = self._driver.connect(self._path, read_only=False)
            try:
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            finally:
                connection.close()
        except self._driver.unavailable as error:
            _log.warning("checkpoint failed error=%s", error)
        finally:
            self._checkpointing = False
            self._commits.checkpointed()


def _epoch(connection: SqlConnection, new_epoch: Callable[[], str]) -> str:
    row: Any = connection.execute(statements.log.LOG).fetchone()
    if row is None:
        connection.execute(statements.log.ADD_LOG, {"epoch": new_epoch()})
        row = connection.execute(statements.log.LOG).fetchone()
    return str(row[0])


def _never() -> None:
    """Leave the WAL to the writer."""
