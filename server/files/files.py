"""Uploads and downloads, whatever carries them: what may be done, in which order it reaches disk and
database, and what is swept."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager

from msgspec import Struct

from desktop_chat.protocol.errors import ErrorCode
from server.actions.accounts import check_device
from server.actions.files import (
    Allowance,
    NewFile,
    check_read,
    check_upload,
    do_cancel,
    do_create,
    do_finish,
)
from server.config import Limits
from server.files.blobs import Blob, BlobStore
from server.files.folder import WrongOffset
from server.files.holds import Holds, busy
from server.refusal import Refused
from server.store.base import Store
from server.store.reader import Reader
from server.store.records import FileRow

_log = logging.getLogger(__name__)
_TRANSFERS_RETRY_S = 2.0


class Caller(Struct, frozen=True, gc=False):
    """Who asks, from which device."""

    user_id: int
    device_id: int


class Files:
    """The files of one server. All of it runs on the loop's thread. Methods raise Refused, and
    StoreUnavailable where the disk or the database takes nothing."""

    def __init__(
        self,
        store: Store,
        blobs: BlobStore,
        limits: Limits,
        *,
        now_ms: Callable[[], int],
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self.store = store
        self.blobs = blobs
        self.limits = limits
        self.now_ms = now_ms
        self._random_bytes = random_bytes
        self._allowance = Allowance(
            limits.max_file_bytes, limits.file_quota_bytes, limits.unfinished_uploads_per_user_max
        )
        self._holds = Holds()
        self._finishing: dict[str, asyncio.Future[None]] = {}
        self._transfers: Counter[int] = Counter()
        # From the placing of a content to the commit that needs it, and from the look whether one is needed
        # to its removal: neither may fall into the other.
        self._placing = asyncio.Lock()

    def is_busy(self, file_id: str) -> bool:
        """Whether something is at work on an upload."""
        return file_id in self._holds or file_id in self._finishing

    def holding(self, *file_ids: str) -> AbstractContextManager[None]:
        """Be the only one at work on these uploads. Raises Refused (``upload_busy``)."""
        self._check_not_finishing(*file_ids)
        return self._holds.holding(*file_ids)

    @contextmanager
    def transferring(self, user_id: int) -> Iterator[None]:
        """Count a transfer of the user. Raises Refused (``too_fast``)."""
        if self._transfers[user_id] >= self.limits.transfers_per_user_max:
            raise Refused(
                ErrorCode.TOO_FAST, "Too many of your transfers run at the same time.", _TRANSFERS_RETRY_S
            )
        self._transfers[user_id] += 1
        try:
            yield
        finally:
            self._transfers[user_id] -= 1
            if not self._transfers[user_id]:
                del self._transfers[user_id]

    async def create(self, caller: Caller, new: NewFile) -> FileRow:
        """Begin an upload, or find the one that was begun under this key."""
        file_id, now_ms = self._random_bytes(16).hex(), self.now_ms()
        return await self.store.perform(
            lambda writer: do_create(writer, new, caller.user_id, file_id, self._allowance, now_ms)
        )

    async def offset(self, caller: Caller, file_id: str) -> tuple[FileRow, int]:
        """How much of an upload is there and will stay; finishes one that a crash left whole and
        unfinished."""
        async with self._at_work_on(file_id, caller) as row:
            if row.finished_at_ms is not None:
                return row, row.size_bytes
            offset = await self.blobs.offset(file_id)
            if offset == row.size_bytes:
                await self._finish(row)
            return row, offset

    async def receive(
        self,
        caller: Caller,
        file_id: str,
        offset: int,
        blocks: AsyncIterator[bytes],
        *,
        give_way: Callable[[], None] = lambda: None,
    ) -> tuple[FileRow, int]:
        """Store the next blocks of an upload, from ``offset`` on, and finish it with the last. Returns how
        much is there and will stay. What came before ``blocks`` ended with an exception may be there too.
        ``give_way`` is called when a later request wants the upload: ``blocks`` should end then."""
        async with self._at_work_on(file_id, caller, give_way) as row:
            if row.finished_at_ms is not None:
                _check_offset(row.size_bytes, offset)
                return row, offset
            with self.transferring(caller.user_id):
                await self._take(caller, row, offset, blocks)
                offset = await self.blobs.offset(file_id)
                if offset == row.size_bytes:
                    await self._finish(row)
            return row, offset

    async def cancel(self, caller: Caller, file_id: str) -> None:
        """Give up an upload, or a file that nothing uses."""
        async with self._at_work_on(file_id, caller):
            row = await self.store.perform(lambda writer: do_cancel(writer, file_id, caller.user_id))
            await self.drop(row)

    async def check_read(self, caller: Caller, file_id: str) -> FileRow:
        """A file that the caller may read now."""

        def check(reader: Reader) -> FileRow:
            check_device(reader, caller.device_id)
            return check_read(reader, file_id, caller.user_id)

        return await self.store.read(check)

    async def open(self, caller: Caller, file_id: str) -> tuple[FileRow, Blob]:
        """A file that the caller may read now, and its content, to be closed."""
        row = await self.check_read(caller, file_id)
        try:
            return row, await self.blobs.open(row.sha256)
        except FileNotFoundError:
            await self.check_read(caller, file_id)  # swept meanwhile
            _log.error("a content is missing file=%s sha256=%s", file_id, row.sha256.hex())
            raise Refused(ErrorCode.INTERNAL, "The server has lost the content of this file.") from None

    async def drop(self, row: FileRow) -> None:
        """Remove what is on the disk of a file that the database has forgotten."""
        await self.blobs.drop_part(row.file_id)
        if row.finished_at_ms is not None:
            await self.drop_content(row.sha256)

    async def drop_content(self, sha256: bytes) -> None:
        """Remove a content that no file has any more."""
        async with self._placing:
            if not await self.store.read(lambda reader: reader.content_is_kept(sha256)):
                await self.blobs.drop_blob(sha256)

    def close(self) -> None:
        """Take nothing more, and release the threads."""
        self.blobs.close()

    async def _take(self, caller: Caller, row: FileRow, offset: int, blocks: AsyncIterator[bytes]) -> None:
        _check_offset(await self.blobs.offset(row.file_id), offset)
        async for block in blocks:
            await self._own(caller, row.file_id)
            if offset + len(block) > row.size_bytes:
                raise Refused(ErrorCode.BAD_REQUEST, "This is more than was announced.")
            try:
                await self.blobs.append(row.file_id, offset, block)
            except WrongOffset as wrong:
                raise _wrong_offset(wrong.offset) from None
            offset += len(block)

    @asynccontextmanager
    async def _at_work_on(
        self, file_id: str, caller: Caller, give_way: Callable[[], None] = lambda: None
    ) -> AsyncIterator[FileRow]:
        """As ``holding``, for a request of the uploader: an earlier one that waits for its body is ended. It
        may have finished the upload, or given it up: what it has left is given."""
        await self._own(caller, file_id)  # nobody else ends anything
        self._check_not_finishing(file_id)
        async with self._holds.taking_over(file_id, give_way=give_way):
            self._check_not_finishing(file_id)  # which may have outlived the earlier request
            yield await self._own(caller, file_id)

    def _check_not_finishing(self, *file_ids: str) -> None:
        if any(file_id in self._finishing for file_id in file_ids):
            raise busy()

    async def _own(self, caller: Caller, file_id: str) -> FileRow:
        def check(reader: Reader) -> FileRow:
            check_device(reader, caller.device_id)
            return check_upload(reader, file_id, caller.user_id)

        return await self.store.read(check)

    async def _finish(self, row: FileRow) -> None:
        """Everything is there: see ``_check_and_place``. Once begun it goes on to its end though the request
        is given up, since hashing gigabytes can take longer than somebody in between has patience."""
        finishing = asyncio.ensure_future(self._check_and_place(row))
        self._finishing[row.file_id] = finishing
        finishing.add_done_callback(lambda _: self._finishing.pop(row.file_id))
        await asyncio.shield(finishing)

    async def _check_and_place(self, row: FileRow) -> None:
        """Raises Refused (``bad_checksum``) where it is not what was announced."""
        if await self.blobs.hash(row.file_id) != row.sha256:
            await self.blobs.drop_part(row.file_id)
            raise Refused(
                ErrorCode.BAD_CHECKSUM, "What arrived is not the file that was announced. Send it again."
            )
        now_ms = self.now_ms()
        async with self._placing:
            await self.blobs.keep(row.file_id, row.sha256)
            await self.store.perform(lambda writer: do_finish(writer, row.file_id, now_ms))
        await self.blobs.drop_part(row.file_id)


def _check_offset(there: int, offset: int) -> None:
    if there != offset:
        raise _wrong_offset(there)


def _wrong_offset(there: int) -> Refused:
    return Refused(ErrorCode.WRONG_OFFSET, f"The upload goes on at {there}.")
