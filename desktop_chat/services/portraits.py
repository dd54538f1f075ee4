"""Portraits, the pictures of people and groups: those on screen are fetched behind everything else, and an
own one is sent."""

import asyncio
import logging
import os
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path

from desktop_chat.core.ids import new_client_id
from desktop_chat.core.session import Refused
from desktop_chat.core.transfers import TransferPhase, Upload
from desktop_chat.language import tr
from desktop_chat.net.clock import Clock
from desktop_chat.net.connection import ConnectionLost
from desktop_chat.net.file_transfer import FileFacts, FileTransport, is_file_id
from desktop_chat.services.errors import ClientError
from desktop_chat.services.files import Files
from desktop_chat.services.local_files import LocalFiles
from desktop_chat.services.patience import Patience
from desktop_chat.services.transfers import Transfers
from desktop_chat.services.uploader import Progress, Uploader, cancel_quietly

_log = logging.getLogger(__name__)

PORTRAIT_MAX_BYTES = 2_000_000
"""A larger one is not fetched: this app sends some ten times less, and nobody asked for it."""
_WAITING_MAX = 200
"""Of more, those that were on screen longest ago are given up; painted again, they are asked for again."""
AT_ONCE = 2


class Portraits:
    """One account's, by file_id. Only ids that this account's server has told are ever asked for: what
    belongs to another account is nobody's business here. They are kept in the folder ``media`` of pictures,
    which has a bound; None to keep none."""

    def __init__(
        self,
        files: Files,
        transport: FileTransport,
        local: LocalFiles,
        transfers: Transfers,
        clock: Clock,
        media: Path | None,
    ) -> None:
        self._files = files
        self._transport = transport
        self._local = local
        self._transfers = transfers
        self._clock = clock
        self._media = media
        self._met: set[str] = set()
        self._waiting: OrderedDict[str, None] = OrderedDict()
        self._running: set[str] = set()
        self._refused: set[str] = set()
        self._woken = asyncio.Event()
        self._online = False

    def met(self, file_id: str) -> None:
        """The server has told that this shows somebody; "" is nobody."""
        if file_id:
            self._met.add(file_id)

    def path(self, file_id: str) -> str:
        """Where a portrait is on this computer, empty while it is not; costs no more than a look-up."""
        known = self._transfers.get(file_id)
        return known.path if known is not None and known.phase is TransferPhase.DONE else ""

    def want(self, file_id: str) -> None:
        """A portrait is on screen and not here; needs no running loop."""
        known = file_id in self._running or file_id in self._refused
        if self._media is None or known or file_id not in self._met or not is_file_id(file_id):
            return
        self._waiting[file_id] = None
        self._waiting.move_to_end(file_id)
        if len(self._waiting) > _WAITING_MAX:
            self._waiting.popitem(last=False)
        self._woken.set()

    def set_online(self, online: bool) -> None:
        """Whether the account is caught up: before that, everything else goes first."""
        self._online = online
        if online:
            # What was in the way, a full disk or a server that was ill, may be gone with the last connection.
            self._refused.clear()
            self._woken.set()

    async def run(self) -> None:
        """Fetch one after the other, until cancelled; ``AT_ONCE`` of these run side by side."""
        while True:
            while not (self._online and self._waiting):
                self._woken.clear()
                await self._woken.wait()
            file_id, _ = self._waiting.popitem()
            self._running.add(file_id)
            try:
                await self._fetch(file_id)
            except ClientError as error:
                _log.info("a portrait was not fetched: %s", error)
                self._refused.add(file_id)
            finally:
                self._running.discard(file_id)

    async def send(self, picture: Path, on_progress: Progress = lambda done, total: None) -> str:
        """Upload a picture that is to show somebody; its file_id. The file was made for this, and is gone
        afterwards; a copy is kept. An upload that this app does not see to its end, the server sweeps. Raises
        ClientError."""
        try:
            if not self._online:
                raise ClientError(tr("There is no connection to the server. Try again when you are online."))
            return await self._send(picture, on_progress)
        finally:
            with suppress(ClientError):  # what is left is swept at the next start
                await self._local.remove(picture)

    async def abandon(self, file_id: str) -> None:
        """What was sent is to show nobody after all."""
        await cancel_quietly(self._transport, file_id)

    async def _send(self, picture: Path, on_progress: Progress) -> str:
        stamp = await self._local.stamp(picture)
        upload = Upload(
            new_client_id(self._clock.now_ms(), self._clock.random_bytes(10)),
            os.fsencode(picture),
            stamp.size_bytes,
            stamp.modified_ns,
            await self._local.sha256(picture),
        )

        async def named(file_id: str) -> None:
            self.met(file_id)

        uploader = Uploader(
            upload, self._transport, self._local, self._clock, on_progress=on_progress, named=named
        )
        file_id = await uploader.run()
        if self._media is not None:
            copy = self._media / file_id
            with suppress(ClientError):  # it has arrived; without a copy it is fetched like any other
                await self._local.copy(picture, copy)
                self._transfers.whole(file_id, str(copy), stamp.size_bytes)
        return file_id

    async def _fetch(self, file_id: str) -> None:
        if self._media is None or self.path(file_id):
            return
        facts = await self._facts(file_id)
        if facts.size_bytes > PORTRAIT_MAX_BYTES:
            raise ClientError(f"It has {facts.size_bytes:,} bytes, which is too large for a portrait.")
        target = self._media / file_id
        await self._files.download(file_id, facts.size_bytes, facts.sha256, target)
        self._transfers.whole(file_id, str(target), facts.size_bytes)

    async def _facts(self, file_id: str) -> FileFacts:
        patience = Patience(self._clock)
        while True:
            try:
                return await self._transport.facts(file_id)
            except (ConnectionLost, Refused) as error:
                await patience.wait(error)
