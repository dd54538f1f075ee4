"""The writer thread: group commit of whatever has queued up. One fsync confirms a whole batch."""

import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from server.refusal import Refused
from server.store.base import Done, KeyedOperation, Operation, StoreUnavailable
from server.store.sqlite_reader import SqlConnection
from server.store.sqlite_writer import SqliteWriter

Pending = tuple[Operation[Any], Done[Any]]
Answer = tuple[Done[Any], Any, Exception | None]

_log = logging.getLogger(__name__)
_BATCH_MAX = 1000
_KEYS_WORTH_A_LOOK_UP = 4
_PASSIVE_BYTES = 16 * 1024 * 1024
_TRUNCATE_BYTES = 128 * 1024 * 1024


class CommitThread:
    """Performs operations in the order in which they were put, each batch in one transaction, and hands their
    answers to ``deliver`` after the commit. ``unavailable`` are the exceptions that mean a disk that is
    full or failing; ``checkpoint`` is told when the WAL should be copied back beside the writing."""

    def __init__(
        self,
        connection: SqlConnection,
        deliver: Callable[[list[Answer]], None],
        *,
        unavailable: tuple[type[Exception], ...],
        wal: Path,
        checkpoint: Callable[[], None],
    ) -> None:
        self._connection = connection
        self._deliver = deliver
        self._unavailable = unavailable
        self._wal = wal
        self._checkpoint = checkpoint
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
                answers = self._commit(pending)
                self._deliver(answers)
                self._tend_wal()
        try:
            self._connection.close()
        except self._unavailable as error:  # what was confirmed is in the WAL
            _log.warning("close failed error=%s", error)

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
            writer.flush()
            self._connection.execute("COMMIT")
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
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            self._writer.forget()
        except self._unavailable as second:
            # Not even reading works. What is known was dropped, and positions may skip but never repeat.
            _log.error("rollback failed error=%s", second)
            unavailable = True
        return StoreUnavailable(str(error)) if unavailable else error

    def _tend_wal(self) -> None:
        try:
            size_bytes = os.stat(self._wal).st_size
        except OSError:
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
