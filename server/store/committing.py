"""The writer thread: group commit. One fsync confirms a whole batch."""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from functools import partial
from queue import SimpleQueue
from typing import Any

from server.counting import CommitStats
from server.refusal import Refused
from server.store.base import DiskFailed, Done, KeyedOperation, Operation, StoreLost, StoreUnavailable
from server.store.files import DatabaseFiles
from server.store.sqlite_reader import SqlConnection
from server.store.sqlite_writer import SqliteWriter

Pending = tuple[Operation[Any], Done[Any]]
Answer = tuple[Done[Any], Any, Exception | None]

_log = logging.getLogger(__name__)
_KEYS_WORTH_A_LOOK_UP = 4
_PASSIVE_BYTES = 16 * 1024 * 1024
_TRUNCATE_BYTES = 128 * 1024 * 1024
_LOOK_EVERY = 500
_COMMIT_WEIGHT = 8
"""How often the WAL is looked at: after so many operations, of which a commit counts as some."""
BUSY_TIMEOUT_MS = 5_000
"""How long a thread waits for whoever else holds the database's lock."""
_LOCKED = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


class Batch:
    """Operations that are committed together. ``answers`` is None until they were performed."""

    __slots__ = ("answers", "began_s", "operations")

    def __init__(self, operations: list[Pending]) -> None:
        self.operations = operations
        self.answers: list[Answer] | None = None
        self.began_s = time.perf_counter()


class CommitThread:
    """Commits batches of operations in the order in which they were put, and hands their answers to
    ``deliver``, with whether the next batch may be begun. ``unavailable`` are the exceptions that mean a disk
    that is full or failing; ``checkpoint`` is told when the WAL should be copied back beside the writing, and
    ``lost``, once, that ``files`` are gone: from then on every operation ends with StoreLost.

    A batch is performed here, or, where that is short work, before it is put: two threads that both run
    Python stand in each other's way, and a commit, which waits for the disk, does not."""

    def __init__(
        self,
        connection: SqlConnection,
        deliver: Callable[[list[Answer], bool], None],
        *,
        unavailable: tuple[type[Exception], ...],
        files: DatabaseFiles,
        checkpoint: Callable[[], None],
        lost: Callable[[], None],
    ) -> None:
        self._connection = connection
        self._deliver = deliver
        self._unavailable = unavailable
        self._files = files
        self._checkpoint = checkpoint
        self._checkpointed = False
        self._unseen = 0
        self._report_lost = lost
        self._lost = False
        self.stats = CommitStats()
        self._counted = 0
        self._queue: SimpleQueue[Batch | None] = SimpleQueue()
        self._writer = SqliteWriter(connection)
        self._thread = threading.Thread(target=self._run, name="store writer", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def perform(self, batch: Batch) -> None:
        """Perform a batch up to its commit, on the caller's thread, while no other is put and not delivered.
        What goes wrong is left for the commit to find again."""
        # Nobody waits here for whoever holds the database's lock; the commit's thread does.
        self._connection.execute("PRAGMA busy_timeout=0").fetchall()
        try:
            batch.answers = self._perform_all(batch.operations)
        except Exception as error:
            self._roll_back(error)
        self._connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}").fetchall()

    def put(self, batch: Batch) -> None:
        """Commit a batch. There is one at a time."""
        self._queue.put(batch)

    def stop(self) -> None:
        """Commit and deliver what was put before, and wait for the end."""
        self._queue.put(None)
        self._thread.join()

    def checkpointed(self) -> None:
        """A checkpoint beside the writing is over: what is left in the WAL is little."""
        self._checkpointed = True

    def _run(self) -> None:
        while (batch := self._queue.get()) is not None:
            answers = self._commit(batch.operations, batch.answers)
            self.stats.latencies_s.observe(time.perf_counter() - batch.began_s)
            self.stats.batch_sizes.observe(len(batch.operations))
            # After the commit, since only what is found again may be confirmed.
            if self._lost or not self._files.are_there():
                self._deliver([(done, None, StoreLost()) for _, done in batch.operations], True)
                self._lose()
            elif (tend := self._what_wal_needs(len(batch.operations))) is None:
                self._deliver(answers, True)
            else:
                self._deliver(answers, False)
                tend()
                self._deliver([], True)
        try:
            self._connection.close()
        except self._unavailable as error:  # what was confirmed is in the WAL
            _log.warning("close failed error=%s", error)

    def _lose(self) -> None:
        if not self._lost:
            self._lost = True
            self._report_lost()

    def _perform_all(self, operations: list[Pending]) -> list[Answer]:
        writer = self._writer
        self._connection.execute("BEGIN IMMEDIATE")
        keys = [each[0].idempotency_key for each in operations if isinstance(each[0], KeyedOperation)]
        if len(keys) >= _KEYS_WORTH_A_LOOK_UP:
            writer.look_up_sent(keys)
        answers = [self._perform(operation, done) for operation, done in operations]
        writer.flush()
        return answers

    def _commit(self, operations: list[Pending], answers: list[Answer] | None = None) -> list[Answer]:
        writer = self._writer
        try:
            if answers is None:
                answers = self._perform_all(operations)
            self._connection.execute("COMMIT")
        except Exception as error:
            failure = self._roll_back(error)
            if len(operations) == 1:
                return [(operations[0][1], None, failure)]
            if isinstance(failure, StoreUnavailable):
                return [(done, None, failure) for _, done in operations]
            # One bad operation must not fail its neighbours.
            return [answer for each in operations for answer in self._commit([each])]
        self.stats.messages += writer.messages_written - self._counted
        self._counted = writer.messages_written
        writer.trim()
        return answers

    def _perform(self, operation: Operation[Any], done: Done[Any]) -> Answer:
        before = self._writer.changes
        try:
            return (done, operation(self._writer), None)
        except Refused as refused:
            if self._writer.changes != before:
                raise AssertionError("an operation refused after its first change") from refused
            return (done, None, refused)

    def _roll_back(self, error: Exception) -> Exception:
        unavailable = isinstance(error, self._unavailable)
        if unavailable:
            _log.error("store unavailable error=%s", error)
            error = disk_failure(error)
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            self._writer.forget()
        except Exception as second:
            # Not even reading works. What is known was dropped, and positions may skip but never repeat.
            # Whatever it is, those who wait are answered, and so are those after them.
            _log.error("rollback failed error=%s", second)
            if not unavailable:
                error = disk_failure(second)
        self._counted = self._writer.messages_written
        return error

    def _what_wal_needs(self, written: int) -> Callable[[], None] | None:
        self._unseen += _COMMIT_WEIGHT + written
        if self._unseen < _LOOK_EVERY and not self._checkpointed:
            return None
        self._unseen = 0
        if self._files.wal_reaches(_TRUNCATE_BYTES):
            return partial(self._copy_back, "TRUNCATE")
        if self._checkpointed:
            # The log begins anew only when all of it was copied back, which never happens beside a writer
            # who goes on. This takes the rest, and keeps the writer for as long as a little takes.
            self._checkpointed = False
            return partial(self._copy_back, "PASSIVE")
        if self._files.wal_reaches(_PASSIVE_BYTES):
            self._checkpoint()
        return None

    def _copy_back(self, mode: str) -> None:
        try:
            self._connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchall()
        except Exception as error:  # also of a file that is damaged: the batches after this one go on
            _log.warning("checkpoint failed error=%s", error)


def disk_failure(error: Exception) -> StoreUnavailable:
    """What a driver's exception means to whoever waits: a lock passes by itself, all else is the disk."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return StoreUnavailable(str(error)) if code in _LOCKED else DiskFailed(str(error))
