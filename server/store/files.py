"""The database's files on the disk, as they were when they were opened."""

import os
from pathlib import Path

_HEADER_BYTES = 32
_FRAME_HEADER_BYTES = 24
"""Of a write-ahead log, and of each page in it: https://www.sqlite.org/fileformat2.html#walformat."""


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

    def wal_reaches(self, size_bytes: int) -> bool:
        """Whether so much of the write-ahead log is in use. The file may be longer: when the log begins anew,
        what was there before stays behind it, with another salt."""
        try:
            if os.stat(self._wal).st_size < size_bytes:
                return False
            with self._wal.open("rb", buffering=0) as file:
                header = file.read(_HEADER_BYTES)
                frame_bytes = _FRAME_HEADER_BYTES + int.from_bytes(header[8:12], "big")
                file.seek(_HEADER_BYTES + (size_bytes // frame_bytes - 1) * frame_bytes)
                return file.read(_FRAME_HEADER_BYTES)[8:16] == header[16:24]
        except OSError:
            return False

    def _identify(self) -> tuple[int, int]:
        found = os.stat(self._path)
        return found.st_dev, found.st_ino
