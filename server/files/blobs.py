"""The folder with the contents of files, without its waiting: on a few threads of its own."""

import asyncio
import logging
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from server.files.folder import Folder
from server.store.base import DiskFailed, StoreUnavailable

T = TypeVar("T")

_log = logging.getLogger(__name__)
_THREADS = 4


class Blob:
    """A whole content that is open. To be closed."""

    def __init__(self, run: "BlobStore", descriptor: int) -> None:
        self._store = run
        self._descriptor = descriptor

    async def read(self, offset: int, size_bytes: int) -> bytes:
        """Up to that many bytes, none at the end. Raises StoreUnavailable."""
        return await self._store.run(lambda: os.pread(self._descriptor, size_bytes, offset))

    def close(self) -> None:
        """Let go of it."""
        os.close(self._descriptor)


class BlobStore:
    """Parts of uploads and whole contents; see ``server.files.folder``. Methods raise StoreUnavailable while
    it is closed, DiskFailed where the disk is full or failing."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="files")
        # Hashing two gigabytes takes seconds, and must not hold up anybody's next block.
        self._hash_pool = ThreadPoolExecutor(1, thread_name_prefix="files hash")
        self._closed = False

    async def offset(self, file_id: str) -> int:
        """How many bytes of an upload are there and will stay."""
        return await self.run(lambda: self._folder.offset(file_id))

    async def append(self, file_id: str, offset: int, block: bytes) -> None:
        """Write at the end of a part; see ``Folder.append``. Raises WrongOffset."""
        await self.run(lambda: self._folder.append(file_id, offset, block))

    async def hash(self, file_id: str) -> bytes:
        """The SHA-256 of a part."""
        digest = await self._run(self._hash_pool, lambda: self._folder.hash(file_id, lambda: self._closed))
        if digest is None:
            raise StoreUnavailable
        return digest

    async def keep(self, file_id: str, sha256: bytes) -> None:
        """Give a part its place among the contents; see ``Folder.keep``."""
        await self.run(lambda: self._folder.keep(file_id, sha256))

    async def drop_part(self, file_id: str) -> None:
        """Forget a part, if there is one."""
        await self.run(lambda: self._folder.drop_part(file_id))

    async def drop_blob(self, sha256: bytes) -> None:
        """Forget a content, if it is there."""
        await self.run(lambda: self._folder.drop_blob(sha256))

    async def open(self, sha256: bytes) -> Blob:
        """Open a whole content. Raises FileNotFoundError."""
        return Blob(self, await self.run(lambda: self._folder.open_blob(sha256)))

    async def parts(self) -> list[tuple[str, int]]:
        """See ``Folder.parts``."""
        return await self.run(self._folder.parts)

    async def blobs(self) -> list[list[bytes]]:
        """See ``Folder.blobs``."""
        return await self.run(lambda: list(self._folder.blobs()))

    def close(self) -> None:
        """Finish the blocks that were handed over, and release the threads."""
        self._closed = True
        self._pool.shutdown()
        self._hash_pool.shutdown()

    async def run(self, work: Callable[[], T]) -> T:
        """Do something blocking with the folder."""
        return await self._run(self._pool, work)

    async def _run(self, pool: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        if self._closed:
            raise StoreUnavailable
        try:
            return await _finished(asyncio.get_running_loop().run_in_executor(pool, work))
        except FileNotFoundError:  # only where a content is opened; for whoever asked to judge
            raise
        except OSError as error:
            _log.error("files unavailable error=%s", error)
            raise DiskFailed(str(error)) from error


async def _finished(work: asyncio.Future[T]) -> T:
    """Wait for a thread, even where the wait is cancelled: until it is done nobody else may have its file."""
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait([work])
        work.exception()
        raise
