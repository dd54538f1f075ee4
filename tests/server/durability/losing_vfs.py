"""A disk that loses power. What was written since a file's last sync may be there, may be missing, or may be
torn: that is what a drive's cache and an operating system leave behind.

The VFS works on real files and keeps beside them what was durable. ``lose_power`` puts each file back to
that, with a random part of the later writes on top, page by page of the disk; from then on every call of the
dead process fails.
"""

import os
import random
from dataclasses import dataclass, field
from pathlib import Path

import apsw

_SECTOR_BYTES = 512


@dataclass
class _File:
    """One file: what is durable, and what was written since, in order."""

    path: Path
    durable: bytearray
    later: list[tuple[int, bytes] | int] = field(default_factory=list)
    """(offset, data) of a write, or the size of a truncation."""


class LosingDisk:
    """The files of one simulated disk."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.files: dict[str, _File] = {}
        self.dead = False
        self._vfs: _LosingVfs | None = _LosingVfs(self)

    def opened(self, path: str) -> None:
        if path not in self.files:
            self.files[path] = _File(Path(path), bytearray(Path(path).read_bytes()))

    def wrote(self, path: str, offset: int, data: bytes) -> None:
        self.files[path].later.append((offset, data))

    def truncated(self, path: str, size: int) -> None:
        self.files[path].later.append(size)

    def synced(self, path: str) -> None:
        file = self.files[path]
        for each in file.later:
            _apply(file.durable, each)
        file.later.clear()

    def deleted(self, path: str) -> None:
        self.files.pop(path, None)

    def check_alive(self) -> None:
        if self.dead:
            raise apsw.IOError("the power is gone")

    def lose_power(self, chance: random.Random) -> None:
        """From now on the process does nothing any more."""
        self.dead = True
        self.remains = {path: self._remains(file, chance) for path, file in self.files.items()}

    def restore(self) -> None:
        """What is found when the power is back; to be called after the dead process closed its files."""
        for path, content in self.remains.items():
            if path.endswith("-shm"):
                Path(path).unlink(missing_ok=True)
            else:
                Path(path).write_bytes(content)
        if self._vfs is not None:
            self._vfs.unregister()
            self._vfs = None

    @staticmethod
    def _remains(file: _File, chance: random.Random) -> bytes:
        content = bytearray(file.durable)
        kept = chance.choice((0.0, 0.3, 0.7, 1.0))
        for each in file.later:
            if isinstance(each, int):
                if chance.random() < kept:
                    _apply(content, each)
                continue
            offset, data = each
            for start in range(0, len(data), _SECTOR_BYTES):
                if chance.random() < kept:
                    _apply(content, (offset + start, data[start : start + _SECTOR_BYTES]))
        return bytes(content)


def _apply(content: bytearray, change: tuple[int, bytes] | int) -> None:
    if isinstance(change, int):
        del content[change:]
        return
    offset, data = change
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(data)] = data


class _LosingVfs(apsw.VFS):
    def __init__(self, disk: LosingDisk) -> None:
        self._disk = disk
        super().__init__(disk.name, base="")

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> "_LosingFile":  # noqa: N802
        self._disk.check_alive()
        return _LosingFile(self._disk, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        self._disk.check_alive()
        self._disk.deleted(filename)
        super().xDelete(filename, syncdir)


class _LosingFile(apsw.VFSFile):
    def __init__(self, disk: LosingDisk, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        assert name is not None
        super().__init__("", name, flags)
        self._disk = disk
        self._path = os.path.realpath(name if isinstance(name, str) else name.filename())
        disk.opened(self._path)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self._disk.check_alive()
        super().xWrite(data, offset)
        self._disk.wrote(self._path, offset, bytes(data))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        self._disk.check_alive()
        super().xTruncate(newsize)
        self._disk.truncated(self._path, newsize)

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._disk.check_alive()
        self._disk.synced(self._path)
