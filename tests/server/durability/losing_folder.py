"""The folder of files on a disk that loses power. A file keeps what was synced, and of what came later any
part, or zeros in its place; a folder keeps the entries it had at its last sync, and of later changes any."""

import os
import random
from pathlib import Path

from server.files.folder import Folder


class PowerLost(BaseException):
    """The process is no more."""


class LosingFolder(Folder):
    """Counts down with each sync and each write; at zero the power goes, before or after that one."""

    def __init__(self, path: Path, chance: random.Random, countdown: int, *, syncs: bool = True) -> None:
        self._root = path.parent
        self._chance = chance
        self._countdown = countdown
        self._syncs = syncs
        self._durable_bytes: dict[int, int] = {}
        self._durable_entries: dict[Path, dict[str, int]] = {}
        self._held: dict[int, int] = {}  # inode to descriptor, to read what was deleted
        self.dead = False
        super().__init__(path)
        self._note_everything(path.parent)

    def append(self, file_id: str, offset: int, block: bytes) -> None:
        self._step()
        super().append(file_id, offset, block)

    def drop_part(self, file_id: str) -> None:
        self._step()
        super().drop_part(file_id)

    def sync_file(self, descriptor: int) -> None:  # type: ignore[override]
        self._step()
        found = os.fstat(descriptor)
        if self._syncs:
            self._durable_bytes[found.st_ino] = found.st_size
        self._step()

    def sync_folder(self, path: Path) -> None:  # type: ignore[override]
        self._step()
        if self._syncs:
            self._durable_entries[path] = self._entries(path)
        self._step()

    def restore(self, to: Path) -> None:
        """Write to another folder what is found when the power is back."""
        self._restore(self._root, to)
        for descriptor in self._held.values():
            os.close(descriptor)

    def _step(self) -> None:
        self._countdown -= 1
        if self._countdown <= 0 or self.dead:
            self.dead = True
            raise PowerLost

    def _entries(self, path: Path) -> dict[str, int]:
        entries = {}
        for each in path.iterdir():
            inode = entries[each.name] = each.stat().st_ino
            if inode not in self._held and each.is_file():
                self._held[inode] = os.open(each, os.O_RDONLY)
        return entries

    def _note_everything(self, path: Path) -> None:
        """What is there at the start has been there before."""
        self._durable_entries[path] = self._entries(path)
        for each in path.iterdir():
            if each.is_dir():
                self._note_everything(each)
            else:
                self._durable_bytes[each.stat().st_ino] = each.stat().st_size

    def _restore(self, path: Path, to: Path) -> None:
        to.mkdir()
        durable = self._durable_entries.get(path, {})
        current = self._entries(path) if path.exists() else {}
        for name in sorted(durable | current):
            if durable.get(name) == current.get(name):
                inode: int | None = current[name]
            else:
                inode = self._chance.choice((durable.get(name), current.get(name)))
            if inode is None:
                continue
            if (path / name).is_dir():
                self._restore(path / name, to / name)
            else:
                (to / name).write_bytes(self._content(inode))

    def _content(self, inode: int) -> bytes:
        now = os.pread(self._held[inode], 1 << 30, 0)
        durable = self._durable_bytes.get(inode, 0)
        kept = self._chance.randint(durable, len(now))
        later = now[durable:kept]
        return now[:durable] + (bytes(len(later)) if self._chance.random() < 0.5 else later)
