"""The server that this profile hosts, beside the window: started for those who are signed in to it."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from desktop_chat.qt_async import spawn

if TYPE_CHECKING:
    from desktop_chat.desktop.hosted_server import HostedServer

_log = logging.getLogger(__name__)


class Hosting:
    """Makes the server's process when it is first asked for. ``moved`` is told where it listens now, ``tell``
    what a person has to know."""

    def __init__(self, folder: Path, moved: Callable[[str], None], tell: Callable[[str], None]) -> None:
        self._folder = folder
        self._moved = moved
        self._tell = tell
        self._server: HostedServer | None = None
        self._starting: asyncio.Task[None] | None = None

    @property
    def server(self) -> "HostedServer":
        """The server, whether it runs or not."""
        if self._server is None:
            from desktop_chat.desktop.hosted_server import HostedServer

            self._server = HostedServer(
                self._folder, spawn, on_address=self._moved, on_trouble=self._in_trouble
            )
        return self._server

    def start(self, address: str) -> None:
        """See to it that the server runs, if it can be where it was: ``address``."""
        if not self.server.listens and (self._starting is None or self._starting.done()):
            self._starting = spawn(self._start(address), "hosted server")

    async def stop(self) -> None:
        """End the server."""
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.wait([self._starting])
        if self._server is not None:
            await self._server.stop()

    async def _start(self, address: str) -> None:
        from desktop_chat.desktop.hosted_server import PREFERRED_PORT, HostedServerError

        try:
            self._moved(await self.server.start(urlsplit(address).port or PREFERRED_PORT))
        except HostedServerError as error:
            self._tell(str(error))

    def _in_trouble(self, words: str) -> None:
        _log.warning("%s", words)
