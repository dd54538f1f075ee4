"""Files of other people: pictures into this app's own folder, everything else to where a person wants it."""

import asyncio
import logging
import os
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TypeVar
from weakref import WeakValueDictionary

from msgspec.structs import replace

from desktop_chat.core.attachments import Attachment, free_names
from desktop_chat.core.transfers import Claim, Download, Transfer, TransferPhase, UploadState
from desktop_chat.language import tr
from desktop_chat.net.file_transfer import is_file_id
from desktop_chat.services.downloader import part_path
from desktop_chat.services.errors import ClientError
from desktop_chat.services.files import Files
from desktop_chat.services.local_files import LocalFiles
from desktop_chat.services.tasks import Tasks
from desktop_chat.services.transfers import Transfers
from desktop_chat.store import downloads
from desktop_chat.store.database import Connection, Database, StoreError
from desktop_chat.store.thread import StoreRunner

T = TypeVar("T")

_log = logging.getLogger(__name__)

PICTURE_AUTO_BYTES = 10_000_000
"""Pictures up to this size are fetched when they come on screen, larger ones when a person asks."""
CACHE_BYTES = 512_000_000
"""What the folder of pictures may hold after a start; beyond, the longest untouched go."""
_AT_ONCE = 3


class FileFetching:
    """One account's downloads, by file_id. ``media`` is the folder of pictures, None to keep none. What a
    person asked for goes on after a restart; a picture is fetched again when it is on screen again."""

    def __init__(
        self,
        database: Database,
        runner: StoreRunner,
        files: Files,
        local: LocalFiles,
        transfers: Transfers,
        tasks: Tasks,
        media: Path | None,
    ) -> None:
        self._database = database
        self._runner = runner
        self._files = files
        self._local = local
        self._transfers = transfers
        self._tasks = tasks
        self._media = media
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._running: dict[str, asyncio.Task[None]] = {}
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        """What a person asks for one file is done one after the other."""
        self._seen: set[str] = set()
        """Pictures that were shown since the start."""
        self._load()

    @property
    def media(self) -> Path | None:
        """The folder of pictures."""
        return self._media

    async def recover(self) -> None:
        """After a start: forget what was moved away, keep the cache within bounds, go on with downloads."""
        for each in await self._run(lambda: downloads.load_all(self._database.writer)):
            path = Path(os.fsdecode(each.path))
            if each.state is UploadState.DONE:
                known = self._transfers.get(each.file_id)
                if await self._local.size_bytes(path):
                    continue
                if known is not None and known.path == str(path):
                    self._transfers.drop(each.file_id)
                await self._write(partial(downloads.remove, file_id=each.file_id))
            elif each.state is UploadState.ACTIVE:
                await self._go_on_after_start(each.file_id, path.name)
        if self._media is not None:
            for name in await self._local.keep_within(self._media, CACHE_BYTES):
                self._transfers.drop(name)

    def show(self, file_id: str, attachment: Attachment, *, asked: bool = False) -> None:
        """A picture is on screen, or a person ``asked`` for it: fetch it if it is not here."""
        known = self._transfers.get(file_id)
        if self._media is None or not is_file_id(file_id) or not attachment.sha256:
            return
        if (known is not None or attachment.size_bytes > PICTURE_AUTO_BYTES) and not asked:
            return
        if known is not None and known.phase not in (TransferPhase.FAILED, TransferPhase.PAUSED):
            return
        if file_id in self._locks:
            return  # A person wants it elsewhere, and it is about to begin.
        self._transfers.put(Transfer(file_id, TransferPhase.WAITING, 0, attachment.size_bytes))
        self._drive(_download(file_id, attachment, self._media / file_id, Claim.CHOSEN))

    def seen(self, file_id: str) -> None:
        """A picture that is here is on screen: of the own folder, those that nobody sees go first."""
        known = self._transfers.get(file_id)
        if known is None or self._media is None or file_id in self._seen:
            return
        path = Path(known.path)
        # A person's own files keep their times.
        if path.parent == self._media:
            self._seen.add(file_id)
            self._tasks.spawn(self._touch(path), f"touch {file_id}")

    async def fetch(self, file_id: str, attachment: Attachment, folder: Path) -> None:
        """Fetch a file into a folder, under its name or the next that is free. Raises ClientError."""
        _check(file_id, attachment)
        async with self._lock(file_id):
            await self._clear(file_id)
            target = await self._local.reserve(folder, list(free_names(attachment.safe_name)))
            await self._begin(_download(file_id, attachment, target, Claim.RESERVED))

    async def save(self, file_id: str, attachment: Attachment, target: Path) -> None:
        """Put a file to where a person wants it, in place of what is there. Raises ClientError."""
        _check(file_id, attachment)
        async with self._lock(file_id):
            known = self._transfers.get(file_id)
            here = known is not None and known.phase is TransferPhase.DONE and known.path != str(target)
            if here and known is not None:
                path = Path(known.path)
                if await self._local.size_bytes(path) == attachment.size_bytes:
                    await self._local.copy(path, target)
                    return
            await self._clear(file_id)
            await self._begin(_download(file_id, attachment, target, Claim.CHOSEN))

    async def pause(self, file_id: str) -> None:
        """Stop a download until it is resumed, over a restart too."""
        async with self._lock(file_id):
            await self._stop(file_id)
            known = self._transfers.get(file_id)
            if known is not None and known.phase is TransferPhase.DONE:
                return  # It was quicker.
            self._transfers.move(file_id, TransferPhase.PAUSED)
            await self._write(partial(downloads.set_state, file_id=file_id, state=UploadState.PAUSED))

    async def resume(self, file_id: str, attachment: Attachment) -> None:
        """Go on with a download that was paused or failed."""
        async with self._lock(file_id):
            if file_id in self._running:
                return
            known = await self._run(lambda: downloads.by_file_id(self._database.writer, file_id))
            if known is not None:
                await self._go_on(known, attachment.safe_name)
                return
        self.show(file_id, attachment, asked=True)

    async def cancel(self, file_id: str) -> None:
        """Give a download up; nothing stays of it."""
        async with self._lock(file_id):
            await self._clear(file_id)
            await self.forget(file_id)

    async def forget(self, file_id: str) -> None:
        """A file is not where it was: it can be fetched again."""
        await self._write(lambda connection: downloads.remove(connection, file_id))
        self._transfers.drop(file_id)

    async def sent(self, file_id: str, attachment: Attachment, path: str) -> None:
        """An own file has been uploaded: it need not be fetched. Of a picture a copy is kept, so that it is
        seen even after its file was moved or changed."""
        picture = attachment.is_picture and attachment.size_bytes <= PICTURE_AUTO_BYTES
        if picture and self._media is not None and is_file_id(file_id):
            copy = self._media / file_id
            try:
                await self._local.copy(Path(path), copy)
                path = str(copy)
            except ClientError as error:
                # The message needs no copy: without one the picture is shown from where it is.
                _log.warning("no copy of a sent picture is kept: %s", error)
        self._transfers.whole(file_id, path, attachment.size_bytes)

    async def _begin(self, download: Download) -> None:
        await self._write(lambda connection: downloads.put(connection, download))
        self._transfers.put(Transfer(download.file_id, TransferPhase.WAITING, 0, download.size_bytes))
        self._drive(download)

    async def _go_on_after_start(self, file_id: str, name: str) -> None:
        async with self._lock(file_id):
            # A person may have been quicker.
            known = await self._run(lambda: downloads.by_file_id(self._database.writer, file_id))
            if known is None or known.state is not UploadState.ACTIVE or file_id in self._running:
                return
            try:
                await self._go_on(known, name)
            except ClientError as error:
                self._transfers.move(file_id, TransferPhase.FAILED, str(error))

    async def _go_on(self, known: Download, name: str) -> None:
        """Fetch what is missing, under the name that is still this download's, else the next that is free:
        what it does not hold any more, a person or another download may have taken."""
        target = Path(os.fsdecode(known.path))
        held = known.claim is Claim.RESERVED and await self._local.is_empty(target)
        if known.claim is Claim.CHOSEN or held:
            again = replace(known, state=UploadState.ACTIVE)
        else:
            target = await self._local.reserve(target.parent, list(free_names(name)))
            again = replace(known, path=os.fsencode(target), state=UploadState.ACTIVE, claim=Claim.RESERVED)
        await self._write(lambda connection: downloads.put(connection, again))
        self._transfers.move(known.file_id, TransferPhase.WAITING)
        self._drive(again)

    async def _clear(self, file_id: str) -> None:
        """Stop a download, and take away what there is of it."""
        await self._stop(file_id)
        known = await self._run(lambda: downloads.by_file_id(self._database.writer, file_id))
        if known is not None and known.state is not UploadState.DONE:
            target = Path(os.fsdecode(known.path))
            await self._local.remove(part_path(file_id, target))
            if known.claim is Claim.RESERVED:
                await self._local.remove_if_empty(target)

    def _drive(self, download: Download) -> None:
        file_id = download.file_id
        if file_id not in self._running:
            task = self._tasks.spawn(self._fetch(download), f"fetch {file_id}")
            self._running[file_id] = task
            task.add_done_callback(lambda _: self._running.pop(file_id, None))

    async def _stop(self, file_id: str) -> None:
        task = self._running.get(file_id)
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
            self._running.pop(file_id, None)

    async def _fetch(self, download: Download) -> None:
        file_id, size_bytes = download.file_id, download.size_bytes
        target = Path(os.fsdecode(download.path))
        async with self._slots:
            try:
                await self._files.download(
                    file_id, size_bytes, download.sha256, target, partial(self._transfers.went, file_id)
                )
                await self._write(partial(downloads.set_state, file_id=file_id, state=UploadState.DONE))
            except ClientError as error:
                await self._let_go(download)
                self._transfers.move(file_id, TransferPhase.FAILED, str(error))
                return
        self._transfers.whole(file_id, str(target), size_bytes)

    async def _touch(self, path: Path) -> None:
        # One that is gone, or on a disk that cannot be written, is no worse off.
        with suppress(ClientError):
            await self._local.touch(path)

    async def _let_go(self, download: Download) -> None:
        """Remember that a download has stopped, as far as this device lets it: nothing moves either way."""
        try:
            await self._write(partial(downloads.fail, file_id=download.file_id))
            if download.claim is Claim.RESERVED:
                await self._local.remove_if_empty(Path(os.fsdecode(download.path)))
        except ClientError as error:
            _log.warning("a failed download is not remembered as such: %s", error)

    def _lock(self, file_id: str) -> asyncio.Lock:
        return self._locks.setdefault(file_id, asyncio.Lock())

    def _load(self) -> None:
        """What is known at a start; blocking, before anybody listens."""
        for each in downloads.load_all(self._database.reader):
            path = os.fsdecode(each.path)
            if each.state is UploadState.DONE:
                self._transfers.whole(each.file_id, path, each.size_bytes)
            else:
                paused = each.state is UploadState.PAUSED
                phase = TransferPhase.PAUSED if paused else TransferPhase.WAITING
                self._transfers.put(Transfer(each.file_id, phase, 0, each.size_bytes))
        if self._media is None:
            return
        self._media.mkdir(exist_ok=True, mode=0o700)
        for entry in os.scandir(self._media):
            if is_file_id(entry.name):
                self._transfers.whole(entry.name, entry.path, 0)

    async def _write(self, write: Callable[[Connection], None]) -> None:
        def transaction() -> None:
            with self._database.transaction() as connection:
                write(connection)

        await self._run(transaction)

    async def _run(self, work: Callable[[], T]) -> T:
        try:
            return await self._runner.run(work)
        except StoreError as error:
            raise ClientError(
                tr("This device cannot store anything now: {reason}.", reason=str(error))
            ) from error


def _download(file_id: str, attachment: Attachment, target: Path, claim: Claim) -> Download:
    digest = bytes.fromhex(attachment.sha256)
    return Download(file_id, os.fsencode(target), attachment.size_bytes, digest, claim=claim)


def _check(file_id: str, attachment: Attachment) -> None:
    """Raises ClientError for what no server can have."""
    if not is_file_id(file_id) or not attachment.sha256:
        raise ClientError(tr("There is no such file."))
