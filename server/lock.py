"""One server for one folder: an exclusive lock that goes with the process, however it ends."""

import fcntl
import os
from pathlib import Path


class FolderInUse(Exception):
    """Another server has the folder."""


class FolderLock:
    """Holds the folder from its making until ``release``."""

    def __init__(self, folder: Path) -> None:
        """Take the lock. Raises FolderInUse, or OSError where the folder cannot be written."""
        self._file = os.open(folder / "server.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._file)
            raise FolderInUse(f"Another server is running on {folder}.") from None

    def release(self) -> None:
        """Let others have the folder."""
        os.close(self._file)
