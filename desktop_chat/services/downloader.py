"""One download, from wherever it stands to its end."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import cast

from desktop_chat.core.session import Refused
from desktop_chat.language import tr
from desktop_chat.net.clock import Clock
from desktop_chat.net.connection import ConnectionLost
from desktop_chat.net.file_transfer import FileTransport
from desktop_chat.services.errors import ClientError
from desktop_chat.services.local_files import LocalFiles
from desktop_chat.services.patience import Patience
from desktop_chat.services.uploader import Progress


def part_path(file_id: str, target: Path) -> Path:
    """Where a download is while it is not whole: on the target's disk, under a name that nobody guesses."""
    return target.parent / f".{file_id}.part"


class Downloader:
    """Fetches one file. How far it has come is the size of its part, so it goes on after a restart too."""

    def __init__(
        self,
        file_id: str,
        size_bytes: int,
        sha256: bytes,
        target: Path,
        transport: FileTransport,
        local: LocalFiles,
        clock: Clock,
        *,
        on_progress: Progress,
    ) -> None:
        self._file_id = file_id
        self._size_bytes = size_bytes
        self._sha256 = sha256
        self._target = target
        self._part = part_path(file_id, target)
        self._transport = transport
        self._local = local
        self._clock = clock
        self._on_progress = on_progress

    async def run(self) -> None:
        """Fetch what is missing, and put the whole in its place if it is what was announced. Raises
        ClientError."""
        patience = Patience(self._clock)
        while True:
            try:
                await self._fetch(patience)
                break
            except (ConnectionLost, Refused) as error:
                await patience.wait(error)
        if await self._local.sha256(self._part) != self._sha256:
            await self._local.remove(self._part)
            name = self._target.name
            raise ClientError(tr("“{name}” did not arrive as it was sent. Try it once more.", name=name))
        await self._local.put_in_place(self._part, self._target)

    async def _fetch(self, patience: Patience) -> None:
        offset = await self._local.size_bytes(self._part)
        if offset > self._size_bytes:
            await self._local.append(self._part, b"", anew=True)
            offset = 0
        self._on_progress(offset, self._size_bytes)
        if offset == self._size_bytes:
            return
        blocks = self._transport.content(self._file_id, self._sha256, offset)
        async with aclosing(cast(AsyncGenerator[bytes, None], blocks)):
            async for block in blocks:
                if offset + len(block) > self._size_bytes:
                    name = self._target.name
                    raise ClientError(tr("“{name}” is not the file that was announced.", name=name))
                await self._local.append(self._part, block)
                offset += len(block)
                patience.went_on()
                self._on_progress(offset, self._size_bytes)
        if offset < self._size_bytes:
            raise ConnectionLost(tr("The file ended early."))
