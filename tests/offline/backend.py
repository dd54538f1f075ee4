"""The real server as a process that is killed and started again, on one folder."""

import asyncio
import contextlib
from pathlib import Path

from tests.server.blackbox.real_server import RealServer, spawn_server, until_ready
from tests.server.store.stores import empty_database
from tests.torture.kills import TROUBLE

_SETTINGS = {
    "exit_with_stdin": "yes",  # however the run ends
    "commands_per_s": 1e6,
    "commands_burst": 1e6,
    "commands_per_user_per_s": 1e6,
    "commands_per_user_burst": 1e6,
    "connections_per_user_max": 1000,
    "sign_in_per_address_per_s": 1e6,
    "sign_in_per_address_burst": 1e6,
    "http_requests_per_user_burst": 1e6,
    "http_requests_per_address_burst": 1e6,
    "unfinished_uploads_per_user_max": 1000,
    "ping_interval_s": 2,
}
_TOLD_MAX = 30
"""Lines of the log, from the first on that no server should write."""


class Backend:
    """One folder, one server after the other. ``port`` is 0 while there is none."""

    def __init__(self, folder: Path) -> None:
        self.trouble: list[str] = []
        """What it logged that no server should, and how it ended where nobody ended it."""
        self.port = 0
        self._folder = folder
        self._server: RealServer | None = None
        self._reading: asyncio.Task[None]

    @property
    def database(self) -> Path:
        """The file with everything that was confirmed."""
        return self._folder / "server.sqlite3"

    @property
    def url(self) -> str:
        """The direct way, without anything that breaks."""
        return f"ws://127.0.0.1:{self.port}/"

    async def start(self) -> None:
        """Start, unless it runs."""
        if self._server is None:
            if not self.database.exists():
                self._folder.mkdir(exist_ok=True)
                self.database.write_bytes(empty_database())
            process = await spawn_server(self._folder, **_SETTINGS)
            try:
                self._server = await until_ready(process)
            except BaseException:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.communicate()
                raise
            self._reading = asyncio.ensure_future(self._read(self._server))
            self.port = self._server.port

    async def kill(self) -> None:
        """kill -9."""
        await self._end(-9)

    async def stop(self) -> None:
        """SIGTERM."""
        await self._end(0)

    async def _end(self, status: int) -> None:
        if self._server is None:
            return
        server, self._server, self.port = self._server, None, 0
        if server.process.returncode is not None:
            self.trouble.append(f"the server ended by itself with {server.process.returncode}")
        elif status:
            server.process.kill()
        else:
            server.process.terminate()
        await self._reading
        ended = await server.process.wait()
        if ended != status:
            self.trouble.append(f"the server ended with {ended}, not {status}")

    async def _read(self, server: RealServer) -> None:
        """Take what it logs, before the pipe is full."""
        assert server.process.stderr is not None
        told = 0
        async for line in server.process.stderr:
            if told or any(each in line.decode() for each in TROUBLE):
                told += 1  # with what comes after it, which says where
                if told <= _TOLD_MAX:
                    self.trouble.append(f"the server logged: {line.decode().rstrip()}")
