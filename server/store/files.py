"""The database's files on the disk, as they were when they were opened."""

import os
from pathlib import Path


class DatabaseFiles:
    """What was opened at a path, to be told from what is there now: a process goes on writing into a file
    that was deleted, and nobody will ever read it."""

    def __init__(self, path: Path) -> None:
        """``path`` is open. Raises OSError."""
        self._path = path
        self._wal = path.with_name(f"{path.name}-wal")
        self._identity = self._identify()

    def are_there(self) -> bool:
        """Whether the path still leads to the file that was opened."""
        try:
            return self._identify() == self._identity
        except OSError:
            return False

    def wal_bytes(self) -> int | None:
        """The size of the write-ahead log, None if there is none."""
        try:
            return os.stat(self._wal).st_size
        except OSError:
            return None

    def _identify(self) -> tuple[int, int]:
        found = os.stat(self._path)
        return found.st_dev, found.st_ino
