"""The SQLite file: connections, pragmas, transactions."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from desktop_chat.store.migrations import migrate

Connection = sqlite3.Connection
"""What the store's functions work on."""

StoreError = sqlite3.Error
"""What a transaction raises where the file cannot be written or read: disk full, damaged, locked."""

IN_MEMORY = Path(":memory:")


class Database:
    """A store file with one connection that writes and one that reads.

    ``writer`` belongs to whichever thread runs the store's transactions, one at a time; ``reader`` to the
    thread that made this object, for the few reads before the first paint. In WAL mode they do not wait
    for each other. In memory there is one connection for both.

    Raises ``store.migrations.NewerSchemaError`` for a file written by a newer version.
    """

    def __init__(self, path: Path) -> None:
        self.writer = _connect(path)
        try:
            if path != IN_MEMORY:
                self.writer.execute("PRAGMA journal_mode=WAL")
            # FULL: a message that the composer has let go of survives a power loss, not only a crash.
            self.writer.execute("PRAGMA synchronous=FULL")
            migrate(self.writer)
        except BaseException:
            self.writer.close()
            raise
        self._path = path
        self.reader = self.open_reader()

    def open_reader(self) -> sqlite3.Connection:
        """Another connection that reads, for a thread of its own."""
        return self.writer if self._path == IN_MEMORY else _connect(self._path)

    def close_reader(self, connection: sqlite3.Connection) -> None:
        """Close what ``open_reader`` gave."""
        if connection is not self.writer:
            connection.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of the block's writes, or none."""
        self.writer.execute("BEGIN IMMEDIATE")
        try:
            yield self.writer
            self.writer.execute("COMMIT")
        except BaseException:
            if self.writer.in_transaction:  # after some errors, a full disk among them, SQLite has ended it
                self.writer.execute("ROLLBACK")
            raise

    def close(self) -> None:
        """Close both connections; the last one to close folds the WAL into the file."""
        self.close_reader(self.reader)
        self.writer.close()


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
    connection.execute("PRAGMA busy_timeout=5000")
    connection.execute("PRAGMA foreign_keys=ON")
    return connection
