"""The files of this computer that are sent or received: read, written and hashed, each call on a thread."""

import asyncio
import hashlib
import os
import shutil
import threading
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from stat import S_ISREG
from typing import Literal, TypeVar

from msgspec import Struct

from desktop_chat.language import tr
from desktop_chat.services.errors import ClientError

T = TypeVar("T")

_THREADS = 2
_HASH_BLOCK_BYTES = 1024 * 1024
_Deed = Literal["read", "write", "delete"]
"""What is done with a file."""


class FileChanged(ClientError):
    """A file that is being sent is another one by now."""

    def __init__(self, path: Path) -> None:
        super().__init__(tr("“{name}” was changed while it was being sent. Send it again.", name=path.name))


class Stamp(Struct, frozen=True):
    """By what a file is known to be unchanged."""

    size_bytes: int
    modified_ns: int


class LocalFiles:
    """Threads for files, and what is done on them. Methods raise ClientError where the file or its disk does
    not allow it."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="local files")

    async def stamp(self, path: Path) -> Stamp:
        """A file as it is now, which must be one that can be sent."""
        stamp = await self._run(path, "read", lambda: _stamp(path.stat(), path))
        if not stamp.size_bytes:
            raise ClientError(tr("“{name}” is empty. There is nothing to send.", name=path.name))
        return stamp

    async def sha256(self, path: Path) -> bytes:
        """The hash of the whole file."""
        stop = threading.Event()
        return await self._run(path, "read", lambda: _hash(path, stop), stop)

    async def piece(self, path: Path, stamp: Stamp, offset: int, size_bytes: int) -> bytes:
        """Up to that many bytes of a file. Raises FileChanged where it is not
        the file of that stamp any more."""

        def read() -> bytes:
            with path.open("rb", buffering=0) as file:
                file.seek(offset)
                piece = bytearray()
                while len(piece) < size_bytes and (data := file.read(size_bytes - len(piece))):
                    piece += data
                # After the read, or a change between the two would be missed.
                if _stamp(os.fstat(file.fileno()), path) != stamp or not piece:
                    raise FileChanged(path)
                return bytes(piece)

        return await self._run(path, "read", read)

    async def size_bytes(self, path: Path) -> int:
        """How large a file is, 0 where there is none."""

        def size() -> int:
            try:
                return path.stat().st_size
            except FileNotFoundError:
                return 0

        return await self._run(path, "read", size)

    async def append(self, path: Path, block: bytes, *, anew: bool = False) -> None:
        """Write at a file's end, or begin it ``anew``."""

        def write() -> None:
            with path.open("wb" if anew else "ab", buffering=0) as file:
                left = memoryview(block)
                while left:
                    left = left[file.write(left) :]

        await self._run(path, "write", write)

    async def put_in_place(self, part: Path, target: Path) -> None:
        """Give a whole file its name, on the disk before anybody sees it."""

        def put() -> None:
            with part.open("rb") as file:
                os.fsync(file.fileno())
            part.replace(target)

        await self._run(target, "write", put)

    async def remove(self, path: Path) -> None:
        """Delete a file, if it is there."""
        await self._run(path, "delete", lambda: path.unlink(missing_ok=True))

    async def is_empty(self, path: Path) -> bool:
        """Whether an empty file has this name."""
        return await self._run(path, "read", lambda: path.is_file() and not path.stat().st_size)

    async def remove_if_empty(self, path: Path) -> None:
        """Delete a name that was reserved and never used."""

        def remove() -> None:
            if path.exists() and not path.stat().st_size:
                path.unlink()

        await self._run(path, "delete", remove)

    async def reserve(self, folder: Path, names: list[str]) -> Path:
        """Take the first name that nobody has, with an empty file; the folder is made where it is missing."""

        def reserve() -> Path:
            folder.mkdir(parents=True, exist_ok=True)
            for name in names:
                try:
                    (folder / name).open("xb").close()
                except FileExistsError:
                    continue
                return folder / name
            raise ClientError(tr("“{name}” has too many files of this name.", name=folder.name))

        return await self._run(folder / names[0], "write", reserve)

    async def copy(self, source: Path, target: Path) -> None:
        """Put a copy of a file to another place, whole or not at all."""
        part = target.parent / f".{target.name[:100]}.copy"

        def copy() -> None:
            try:
                shutil.copyfile(source, part)
                part.replace(target)
            finally:
                part.unlink(missing_ok=True)

        await self._run(target, "write", copy)

    async def touch(self, path: Path) -> None:
        """Note that a file was used now."""
        await self._run(path, "write", lambda: os.utime(path))

    async def keep_only(self, folder: Path, names: Collection[str]) -> None:
        """Delete every other file of a folder, if there is one."""

        def sweep() -> None:
            for each in os.scandir(folder) if folder.is_dir() else ():
                if each.name not in names and each.is_file():
                    Path(each.path).unlink(missing_ok=True)

        await self._run(folder, "write", sweep)

    async def keep_within(self, folder: Path, size_bytes: int) -> list[str]:
        """Delete files of a folder, the longest untouched first, until the rest is no larger; their names."""

        def sweep() -> list[str]:
            found = [(each.stat(), Path(each.path)) for each in os.scandir(folder) if each.is_file()]
            found.sort(key=lambda each: each[0].st_mtime_ns, reverse=True)
            kept, gone = 0, []
            for stat, path in found:
                kept += stat.st_size
                if kept > size_bytes:
                    path.unlink(missing_ok=True)
                    gone.append(path.name)
            return gone

        return await self._run(folder, "write", sweep)

    def close(self) -> None:
        """End the threads, when nobody waits for them any more."""
        self._pool.shutdown(cancel_futures=True)

    async def _run(
        self, path: Path, deed: _Deed, work: Callable[[], T], stop: threading.Event | None = None
    ) -> T:
        future = asyncio.get_running_loop().run_in_executor(self._pool, work)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            if stop is not None:
                stop.set()
            # What is done next to the file must not meet this.
            await asyncio.wait([future])
            if not future.cancelled():
                future.exception()
            raise
        except OSError as error:
            raise ClientError(_failed(path.name, deed, error)) from None


def _failed(name: str, deed: _Deed, error: OSError) -> str:
    reason = error.strerror or str(error)
    match deed:
        case "read":
            return tr("“{name}” cannot be read: {reason}.", name=name, reason=reason)
        case "write":
            return tr("“{name}” cannot be written: {reason}.", name=name, reason=reason)
        case "delete":
            return tr("“{name}” cannot be deleted: {reason}.", name=name, reason=reason)


def _hash(path: Path, stop: threading.Event) -> bytes:
    """The SHA-256 of a file; of a part of it where ``stop`` was set because nobody waits any more."""
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        while not stop.is_set() and (block := file.read(_HASH_BLOCK_BYTES)):
            digest.update(block)
    return digest.digest()


def _stamp(found: os.stat_result, path: Path) -> Stamp:
    if not S_ISREG(found.st_mode):
        raise ClientError(tr("“{name}” is not a file.", name=path.name))
    return Stamp(found.st_size, found.st_mtime_ns)
