"""The files of a server without its HTTP, its disk and database to be killed and opened again."""

from collections.abc import AsyncIterator, Iterable
from pathlib import Path

from server.actions.files import NewFile
from server.config import Limits
from server.files.blobs import BlobStore
from server.files.files import Caller, Files
from server.files.folder import Folder
from server.store.memory import MemoryStore
from server.store.records import DeviceRow, UserRow
from server.store.writer import Writer
from tests.server.store.filling import add_user


async def blocks(content: Iterable[bytes], failure: Exception | None = None) -> AsyncIterator[bytes]:
    """A body, which may break off."""
    for each in content:
        yield each
    if failure is not None:
        raise failure


class Engine:
    """Files over a MemoryStore, with one device of one user."""

    def __init__(self, folder: Path, **limits: float) -> None:
        self.path = folder / "files"
        self.store = MemoryStore("e" * 32)
        self.now_ms = 1_700_000_000_000
        self.limits = Limits(**limits)  # type: ignore[arg-type]
        self._made = 0
        self.files: Files

    async def start(self, folder: Folder | None = None) -> Caller:
        """Open the disk; the first time also make the user."""
        self.store.start()
        self.files = Files(
            self.store,
            BlobStore(folder or Folder(self.path)),
            self.limits,
            now_ms=lambda: self.now_ms,
            random_bytes=self._bytes,
        )
        if not self.store.state.devices:
            await self.store.perform(_add_user)
        return Caller(1, 1)

    def die(self) -> None:
        """Let go of everything, as a crash does; what runs in the threads is finished, as a kernel would."""
        self.files.close()
        self.store.crash()

    def on_disk(self) -> list[str]:
        """What the folder holds, by relative path."""
        return sorted(str(each.relative_to(self.path)) for each in self.path.rglob("*") if each.is_file())

    async def upload(self, caller: Caller, new: NewFile, content: bytes) -> str:
        """All at once."""
        row = await self.files.create(caller, new)
        await self.files.receive(caller, row.file_id, 0, blocks([content]))
        return row.file_id

    async def content(self, caller: Caller, file_id: str) -> bytes:
        """What a download gives."""
        row, blob = await self.files.open(caller, file_id)
        try:
            return await blob.read(0, row.size_bytes + 1)
        finally:
            blob.close()

    def _bytes(self, size: int) -> bytes:
        self._made += 1
        return self._made.to_bytes(size, "big")


def _add_user(writer: Writer) -> tuple[UserRow, DeviceRow]:
    user = add_user(writer, "Ada")
    device = writer.add_device(user_id=1, token_hash=b"1" * 32, device_name="", now_ms=1)
    return user, device
