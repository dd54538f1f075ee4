"""Sending and fetching files: what survives a lost connection, a pause and a restart."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from msgspec.structs import replace

from desktop_chat.core.ids import new_client_id
from desktop_chat.core.transfers import Upload, UploadState
from desktop_chat.language import tr
from desktop_chat.net.clock import Clock
from desktop_chat.net.file_transfer import FileTransport, is_file_id
from desktop_chat.services.downloader import Downloader, part_path
from desktop_chat.services.errors import ClientError
from desktop_chat.services.local_files import FileChanged, LocalFiles, Stamp
from desktop_chat.services.transfer_control import Control, TransferCancelled
from desktop_chat.services.uploader import Progress, Uploader, cancel_quietly
from desktop_chat.store import uploads
from desktop_chat.store.database import Connection, Database, StoreError
from desktop_chat.store.thread import StoreRunner

T = TypeVar("T")


class Files:
    """One account's transfers. An upload is named by its client_id, a download by its file_id; ``upload`` and
    ``download`` return when all of it has arrived, however often it was paused or the connection was lost.
    To cancel the task that waits ends the transfer and leaves it for the next start. Everything raises
    ClientError."""

    def __init__(
        self,
        database: Database,
        runner: StoreRunner,
        transport: FileTransport,
        clock: Clock,
        local: LocalFiles | None = None,
    ) -> None:
        self._database = database
        self._runner = runner
        self._transport = transport
        self._clock = clock
        self._local = local or LocalFiles()
        self._controls: dict[str, Control] = {}

    async def prepare(self, path: Path) -> Upload:
        """Hash a file and remember that it is to be uploaded; the one that is remembered already where the
        same unchanged file was prepared before and not yet forgotten."""
        stamp = await self._local.stamp(path)
        name = _name(path)
        for upload in await self.uploads():
            if (upload.path, upload.size_bytes, upload.modified_ns) == (
                name,
                stamp.size_bytes,
                stamp.modified_ns,
            ):
                return upload
        sha256 = await self._local.sha256(path)
        if await self._local.stamp(path) != stamp:
            raise FileChanged(path)
        client_id = new_client_id(self._clock.now_ms(), self._clock.random_bytes(10))
        upload = Upload(client_id, name, stamp.size_bytes, stamp.modified_ns, sha256)
        await self._write(lambda connection: uploads.add(connection, upload))
        return upload

    async def uploads(self) -> list[Upload]:
        """Every upload that is remembered, the oldest first: at a start, those to go on with."""
        return await self._run(lambda: uploads.load_all(self._database.writer))

    async def upload(self, client_id: str, on_progress: Progress = lambda done, total: None) -> str:
        """Send a prepared file, from wherever it stands; returns the server's file_id. One that was paused
        waits until it is resumed. Raises TransferCancelled, and FileChanged, after
        which it is forgotten; after any other ClientError it can be tried again."""
        upload = await self._run(lambda: uploads.by_client_id(self._database.writer, client_id))
        if upload is None:
            raise ClientError(tr("This upload is not there any more."))
        if not upload.sha256:
            upload = await self._hashed(upload)

        uploader = Uploader(
            upload,
            self._transport,
            self._local,
            self._clock,
            on_progress=on_progress,
            named=lambda file_id: self._write(
                lambda connection: uploads.set_file_id(connection, client_id, file_id)
            ),
        )
        with self._controlled(client_id, paused=upload.state is UploadState.PAUSED) as control:
            try:
                file_id = await control.run(uploader.run)
            except FileChanged:
                await self.cancel(client_id)
                raise
        await self._write(lambda connection: uploads.set_done(connection, client_id))
        return file_id

    async def download(
        self,
        file_id: str,
        size_bytes: int,
        sha256: bytes,
        target: Path,
        on_progress: Progress = lambda done, total: None,
    ) -> None:
        """Fetch a file to ``target``, which is replaced once everything has arrived and is what was
        announced. What an earlier try left beside the target is gone on with. Raises TransferCancelled."""
        if not is_file_id(file_id):
            raise ClientError(tr("There is no such file."))
        downloader = Downloader(
            file_id,
            size_bytes,
            sha256,
            target,
            self._transport,
            self._local,
            self._clock,
            on_progress=on_progress,
        )
        with self._controlled(file_id) as control:
            try:
                await control.run(downloader.run)
            except TransferCancelled:
                await self._local.remove(part_path(file_id, target))
                raise

    async def pause(self, key: str) -> None:
        """Stop a transfer until it is resumed; an upload stays paused over a restart."""
        if (control := self._controls.get(key)) is not None:
            control.pause()
        await self._write(lambda connection: uploads.set_paused(connection, key, paused=True))

    async def resume(self, key: str) -> None:
        """Go on with a transfer that was paused."""
        await self._write(lambda connection: uploads.set_paused(connection, key, paused=False))
        if (control := self._controls.get(key)) is not None:
            control.go_on()

    async def cancel(self, key: str) -> None:
        """Give up a transfer: whoever waits for it gets TransferCancelled, and nothing stays of it."""
        if (control := self._controls.get(key)) is not None:
            control.cancel()
        upload = await self._run(lambda: uploads.by_client_id(self._database.writer, key))
        if upload is None:
            return
        await self.forget(key)
        if upload.file_id:
            await cancel_quietly(self._transport, upload.file_id)

    async def stamp(self, path: Path) -> Stamp:
        """A file as it is now. Raises ClientError for one that cannot be sent."""
        return await self._local.stamp(path)

    async def sweep(self, folder: Path) -> None:
        """Delete the files of a folder that are not to be uploaded."""
        kept = {Path(os.fsdecode(each.path)).name for each in await self.uploads()}
        await self._local.keep_only(folder, kept)

    async def abandon(self, file_id: str) -> None:
        """Tell the server that nobody wants what was uploaded of a file, if it can be told."""
        await cancel_quietly(self._transport, file_id)

    async def forget(self, client_id: str) -> None:
        """An upload is done with: its file is in a message, or nobody wants it."""
        await self._write(lambda connection: uploads.remove(connection, client_id))

    async def close(self) -> None:
        """Release threads and connections; to be called when nobody waits for a transfer any more."""
        self._local.close()
        await self._transport.close()

    async def _hashed(self, upload: Upload) -> Upload:
        path = Path(os.fsdecode(upload.path))
        sha256 = await self._local.sha256(path)
        stamp = await self._local.stamp(path)
        if stamp != Stamp(upload.size_bytes, upload.modified_ns):
            await self.forget(upload.client_id)
            raise FileChanged(path)
        await self._write(lambda connection: uploads.set_sha256(connection, upload.client_id, sha256))
        return replace(upload, sha256=sha256)

    @contextmanager
    def _controlled(self, key: str, *, paused: bool = False) -> Iterator[Control]:
        if key in self._controls:
            raise ClientError(tr("This file is on its way already."))
        control = self._controls[key] = Control(paused=paused)
        try:
            yield control
        finally:
            del self._controls[key]

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


def _name(path: Path) -> bytes:
    """A path as the store keeps it: whole, and whatever bytes it is made of."""
    return os.fsencode(path.absolute())
