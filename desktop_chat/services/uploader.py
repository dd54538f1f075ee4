"""One upload, from wherever it stands to its end."""

import contextlib
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from desktop_chat.core.session import Refused
from desktop_chat.core.transfers import FIRST_PIECE_BYTES, Upload, next_piece_bytes
from desktop_chat.net.clock import Clock
from desktop_chat.net.connection import ConnectionLost
from desktop_chat.net.file_transfer import FileTransport
from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.services.errors import ClientError
from desktop_chat.services.local_files import FileChanged, LocalFiles, Stamp
from desktop_chat.services.patience import Patience

Progress = Callable[[int, int], None]
"""Called on the loop with the bytes that have arrived and the bytes there are."""


class Uploader:
    """Sends one file in pieces. How far it has come only the server knows, so each try begins by asking."""

    def __init__(
        self,
        upload: Upload,
        transport: FileTransport,
        local: LocalFiles,
        clock: Clock,
        *,
        on_progress: Progress,
        named: Callable[[str], Awaitable[None]],
    ) -> None:
        """``named`` is awaited with the file_id as soon as the server has given one."""
        self._upload = upload
        self._path = Path(os.fsdecode(upload.path))
        self._stamp = Stamp(upload.size_bytes, upload.modified_ns)
        self._transport = transport
        self._local = local
        self._clock = clock
        self._on_progress = on_progress
        self._named = named
        self._piece_bytes = FIRST_PIECE_BYTES
        self._began_anew = False
        self._created_again = False
        self._file_id = upload.file_id

    async def run(self) -> str:
        """Send what is missing; returns the file_id. Raises ClientError."""
        patience = Patience(self._clock)
        while True:
            try:
                return await self._try(patience)
            except ConnectionLost as lost:
                await patience.wait(lost)
            except Refused as refused:
                if not await self._mends(refused):
                    await patience.wait(refused)

    async def _try(self, patience: Patience) -> str:
        upload = self._upload
        file_id = await self._transport.create(upload.client_id, upload.size_bytes, upload.sha256)
        if file_id != self._file_id:
            await self._named(file_id)
            self._file_id = file_id
        offset = await self._transport.offset(file_id)
        self._on_progress(offset, upload.size_bytes)
        while offset < upload.size_bytes:
            piece = await self._local.piece(self._path, self._stamp, offset, self._piece_bytes)
            began_s = self._clock.monotonic_s()
            offset = await self._transport.append(file_id, offset, piece)
            self._piece_bytes = next_piece_bytes(self._piece_bytes, self._clock.monotonic_s() - began_s)
            patience.went_on()
            self._on_progress(offset, upload.size_bytes)
        return file_id

    async def _mends(self, refused: Refused) -> bool:
        """Whether a refusal that is for a person can be mended without one, once."""
        code = refused.error.code
        if code is ErrorCode.NOT_FOUND and not self._created_again:
            self._created_again = True  # it was swept between two tries
            return True
        if code is not ErrorCode.BAD_CHECKSUM:
            return False
        # The file has changed without its time telling, or a power loss has spoilt what the server had.
        if await self._local.sha256(self._path) != self._upload.sha256:
            raise FileChanged(self._path)
        began_anew, self._began_anew = self._began_anew, True
        return not began_anew


async def cancel_quietly(transport: FileTransport, file_id: str) -> None:
    """Tell the server that an upload is given up; where it cannot be told, it sweeps it some day."""
    with contextlib.suppress(ConnectionLost, Refused, ClientError):
        await transport.cancel(file_id)
