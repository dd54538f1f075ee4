"""The folder with the contents of files. Every call blocks, and belongs on a worker thread.

    uploads/<file_id>          what has come of an upload so far
    blobs/<2 digits>/<sha256>  whole contents, each once, by their hash

An upload's offset is the size of its part after a sync, so it can be no smaller after a power loss. A content
gets its second name, in ``blobs``, before the database says that it is whole, and loses its first one after:
wherever the power goes in between, the part is still whole and can be kept once more. Nothing is taken for an
upload's content but the part itself; a blob that is there already proves nothing about who may have it.
"""

import errno
import hashlib
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

_HASH_BLOCK_BYTES = 1024 * 1024
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS)
_NAME_DIGITS = 2
_BLOB_NAME = re.compile("[0-9a-f]{64}")


class WrongOffset(Exception):
    """A piece does not begin where the part ends. ``offset`` is where it does."""

    def __init__(self, offset: int) -> None:
        super().__init__(f"the part ends at {offset}")
        self.offset = offset


class Folder:
    """Parts and blobs. Methods raise OSError where the disk is full or failing."""

    def __init__(self, path: Path) -> None:
        """Makes what is missing of the folder."""
        self._uploads = path / "uploads"
        self._blobs = path / "blobs"
        for each in (self._uploads, self._blobs):
            each.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.sync_folder(path.parent)
        self.sync_folder(path)

    def offset(self, file_id: str) -> int:
        """How many bytes of an upload are there and will stay; 0 where it has no part."""
        try:
            part = os.open(self._part(file_id), os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return 0
        try:
            size_bytes = os.fstat(part).st_size
            self.sync_file(part)
        finally:
            os.close(part)
        return size_bytes

    def append(self, file_id: str, offset: int, block: bytes) -> None:
        """Write at the end of a part, which must be at ``offset``; not synced. Where the disk is full a
        beginning of the block may have been written. Raises WrongOffset."""
        path = self._part(file_id)
        is_new = not path.exists()
        part = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if is_new:
                self.sync_folder(self._uploads)
            size_bytes = os.fstat(part).st_size
            if size_bytes != offset:
                raise WrongOffset(size_bytes)
            left = memoryview(block)
            while left:
                written = os.pwrite(part, left, offset)
                left, offset = left[written:], offset + written
        finally:
            os.close(part)

    def hash(self, file_id: str, stop: Callable[[], bool]) -> bytes | None:
        """The SHA-256 of a part; None if ``stop`` said so meanwhile."""
        digest = hashlib.sha256()
        with self._part(file_id).open("rb", buffering=0) as part:
            while block := part.read(_HASH_BLOCK_BYTES):
                if stop():
                    return None
                digest.update(block)
        return digest.digest()

    def keep(self, file_id: str, sha256: bytes) -> None:
        """Give a part, which has this hash and is synced, its place among the blobs. It stays a part too,
        until ``drop_part``. Where the content is there already, that one stays."""
        blob = self._blob(sha256)
        if not blob.parent.exists():
            blob.parent.mkdir(exist_ok=True, mode=0o700)
            self.sync_folder(self._blobs)
        try:
            os.link(self._part(file_id), blob)
        except FileExistsError:
            pass
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            # A file system without links: a crash before the commit costs the upload, and nothing else.
            os.rename(self._part(file_id), blob)
        # Also for what was there: its entry may be as young as this one.
        self.sync_folder(blob.parent)

    def drop_part(self, file_id: str) -> None:
        """Forget a part, if there is one."""
        self._part(file_id).unlink(missing_ok=True)

    def drop_blob(self, sha256: bytes) -> None:
        """Forget a content, if it is there."""
        self._blob(sha256).unlink(missing_ok=True)

    def open_blob(self, sha256: bytes) -> int:
        """A descriptor to read a content by; it holds on to what was opened, whatever is dropped."""
        return os.open(self._blob(sha256), os.O_RDONLY | os.O_CLOEXEC)

    def parts(self) -> list[tuple[str, int]]:
        """Every part's file_id, and when it was last written to (ms)."""
        found = []
        for each in self._uploads.iterdir():
            try:
                found.append((each.name, each.stat().st_mtime_ns // 1_000_000))
            except FileNotFoundError:  # finished or cancelled meanwhile
                continue
        return found

    def blobs(self) -> Iterator[list[bytes]]:
        """The hashes of all contents, one list for each of the folders they are in."""
        for folder in sorted(self._blobs.iterdir()):
            names = [each.name for each in folder.iterdir()] if folder.is_dir() else []
            yield [bytes.fromhex(name) for name in names if _BLOB_NAME.fullmatch(name)]

    @staticmethod
    def sync_file(descriptor: int) -> None:
        """What was written to the file survives a power loss from now on."""
        os.fdatasync(descriptor)

    @staticmethod
    def sync_folder(path: Path) -> None:
        """What was made or renamed in the folder survives a power loss from now on."""
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _part(self, file_id: str) -> Path:
        return self._uploads / file_id

    def _blob(self, sha256: bytes) -> Path:
        name = sha256.hex()
        return self._blobs / name[:_NAME_DIGITS] / name
