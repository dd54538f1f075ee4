"""The writer thread: group commit of whatever has queued up. One fsync confirms a whole batch."""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
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
_BATCH_MAX = 1000
_KEYS_WORTH_A_LOOK_UP = 4
_PASSIVE_BYTES = 16 * 1024 * 1024
_TRUNCATE_BYTES = 128 * 1024 * 1024
_LOCKED = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


class CommitThread:
    """Performs operations in the order in which they were put, each batch in one transaction, and hands their
    answers to ``deliver`` after the commit. ``unavailable`` are the exceptions that mean a disk that is
    full or failing; ``checkpoint`` is told when the WAL should be copied back beside the writing, and
    ``lost``, once, that ``files`` are gone: from then on every operation ends with StoreLost."""

    def __init__(
        self,
        connection: SqlConnection,
        deliver: Callable[[list[Answer]], None],
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
        self._report_lost = lost
        self._lost = False
        self.stats = CommitStats()
        self._passive_at_bytes = _PASSIVE_BYTES
        self._queue: SimpleQueue[Pending | None] = SimpleQueue()
        self._writer = SqliteWriter(connection)
        self._thread = threading.Thread(target=self._run, name="store writer", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def put(self, pending: Pending) -> None:
        """Queue an operation."""
        self._queue.put(pending)

    def stop(self) -> None:
        """Commit and deliver what was put before, and wait for the end."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        going = True
        while going:
            batch = self._next_batch()
            if batch[-1] is None:
                going = False
            pending = [each for each in batch if each is not None]
            if pending:
                began_s = time.perf_counter()
                answers = self._commit(pending)
                self.stats.latencies_s.observe(time.perf_counter() - began_s)
                self.stats.batch_sizes.observe(len(pending))
                # After the commit, since only what is found again may be confirmed.
                if self._lost or not self._files.are_there():
                    self._deliver([(done, None, StoreLost()) for _, done in pending])
                    self._lose()
                    continue
                self._deliver(answers)
                self._tend_wal()
        try:
            self._connection.close()
        except self._unavailable as error:  # what was confirmed is in the WAL
            _log.warning("close failed error=%s", error)

    def _lose(self) -> None:
        if not self._lost:
            self._lost = True
            self._report_lost()

    def _next_batch(self) -> list[Pending | None]:
        batch = [self._queue.get()]
        try:
            while batch[-1] is not None and len(batch) < _BATCH_MAX:
                batch.append(self._queue.get_nowait())
        except Empty:
            pass
        return batch

    def _commit(self, batch: list[Pending]) -> list[Answer]:
        writer = self._writer
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            keys = [each[0].idempotency_key for each in batch if isinstance(each[0], KeyedOperation)]
            if len(keys) >= _KEYS_WORTH_A_LOOK_UP:
                writer.look_up_sent(keys)
            answers = [self._perform(operation, done) for operation, done in batch]
            written = writer.messages_written
            writer.flush()
            self._connection.execute("COMMIT")
            self.stats.messages += writer.messages_written - written
        except Exception as error:
            failure = self._roll_back(error)
            if len(batch) == 1:
                return [(batch[0][1], None, failure)]
            if isinstance(failure, StoreUnavailable):
                return [(done, None, failure) for _, done in batch]
            # One bad operation must not fail its neighbours.
            return [answer for each in batch for answer in self._commit([each])]
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
        except self._unavailable as second:
            # Not even reading works. What is known was dropped, and positions may skip but never repeat.
            _log.error("rollback failed error=%s", second)
            if not unavailable:
                error = disk_failure(second)
        return error

    def _tend_wal(self) -> None:
        size_bytes = self._files.wal_bytes()
        if size_bytes is None:
            return
        if size_bytes < _PASSIVE_BYTES:
            self._passive_at_bytes = _PASSIVE_BYTES
        elif size_bytes >= _TRUNCATE_BYTES:
            try:
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            except self._unavailable as error:
                _log.warning("checkpoint failed error=%s", error)
        elif size_bytes >= self._passive_at_bytes:
            self._passive_at_bytes = size_bytes + _PASSIVE_BYTES // 2
            self._checkpoint()


def disk_failure(error: Exception) -> StoreUnavailable:
    """What a driver's exception means to whoever waits: a lock passes by itself, all else is the disk."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return StoreUnavailable(str(error)) if code in _LOCKED else DiskFailed(str(error))
