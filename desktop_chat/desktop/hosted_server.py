"""The bundled server as a child of the app: started, watched, started again, stopped with the app.

The child holds the other end of a pipe as its standard input and ends when that closes, so that it never
outlives an app that was killed.
"""

import asyncio
import logging
import random
import re
import socket
import sys
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QProcess

from desktop_chat.language import tr
from desktop_chat.qt_async import next_signal

_log = logging.getLogger(__name__)

PREFERRED_PORT = 8765
_READY = re.compile(r"ready (ws://127\.0\.0\.1:(\d+)/?)\s*")
_READY_WITHIN_S = 30.0
_STOPS_WITHIN_S = 10.0
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 30.0
_STARTS_AT_ONCE = 3
"""How often the first start is tried: a server left by a killed app may be about to end."""
_KEPT_LINES = 5
_MAX_LINE_BYTES = 4096


class HostedServerError(Exception):
    """The server does not run, in words for a person, with what it said last."""


class HostedServer:
    """Runs one server on the loopback, its data in ``data``.

    ``on_address`` is told the address whenever it is another one than before, ``on_trouble`` in words when
    the server has died and is about to be started again. ``spawn`` starts the watching task.
    """

    def __init__(
        self,
        data: Path,
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
        on_address: Callable[[str], None],
        on_trouble: Callable[[str], None],
        command: Sequence[str] = (sys.executable, "-m", "server"),
        sleep: Callable[[float], Coroutine[Any, Any, None]] = asyncio.sleep,
    ) -> None:
        self._data = data
        self._spawn = spawn
        self._on_address = on_address
        self._on_trouble = on_trouble
        self._command = list(command)
        self._sleep = sleep
        self._port = PREFERRED_PORT
        self._address = ""
        self._process: QProcess | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._listens = False
        self._starting = asyncio.Lock()
        self._said: deque[str] = deque(maxlen=_KEPT_LINES)

    @property
    def address(self) -> str:
        """Where the server listens; empty until it first did."""
        return self._address

    @property
    def listens(self) -> bool:
        """Whether it is this very child that is to be met at ``address`` now."""
        return self._listens

    async def start(self, port: int = PREFERRED_PORT) -> str:
        """Start the server, unless it runs, and return its address once it listens. ``port`` is taken where
        it is free, as it was in an earlier run, so that what others have noted stays true. Raises
        HostedServerError."""
        async with self._starting:  # who signs in starts it, and the window does: there is one of it
            if self._listens:
                return self._address
            watched = await self._stop_watching()
            self._port = port
            try:
                await self._launch_soon()
                watched = True
            finally:
                if watched:  # one that ran before is tried again for as long as it takes
                    self._watcher = self._spawn(self._watch())
            return self._address

    async def stop(self) -> None:
        """Let the server end tidily; one that does not is killed."""
        async with self._starting:
            await self._stop_watching()
            if self._process is None:
                return
            self._process.closeWriteChannel()
            try:
                async with asyncio.timeout(_STOPS_WITHIN_S):
                    await _end(self._process)
            except TimeoutError:
                self._process.kill()
                await _end(self._process)
            self._process = None

    async def _stop_watching(self) -> bool:
        """Start it no more by itself; one that was just being started so is killed. Whether it had been."""
        watcher, self._watcher = self._watcher, None
        if watcher is not None:
            watcher.cancel()
            await asyncio.wait([watcher])
        return watcher is not None

    async def _launch_soon(self) -> None:
        """Launch the server, at the second or third try where need be. Raises HostedServerError."""
        for attempt in range(_STARTS_AT_ONCE):
            try:
                await self._launch()
                return
            except HostedServerError:
                if attempt == _STARTS_AT_ONCE - 1:
                    raise
                await self._sleep(_FIRST_PAUSE_S)

    async def _watch(self) -> None:
        """Start the server again whenever it ends, the pauses growing until it runs."""
        loop = asyncio.get_running_loop()
        pause_s = _FIRST_PAUSE_S
        while True:
            assert self._process is not None
            began_s = loop.time()
            await _end(self._process)
            if loop.time() - began_s > _LONGEST_PAUSE_S:
                pause_s = _FIRST_PAUSE_S
            self._on_trouble(self._words(tr("The server on this computer has stopped and is started again.")))
            # Jitter, since several profiles may host on one computer and die together.
            await self._sleep(pause_s * random.uniform(0.5, 1.0))  # noqa: S311
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
            try:
                await self._launch()
            except HostedServerError as error:
                _log.info("The hosted server did not start: %s", error)

    async def _launch(self) -> None:
        """Start the process and wait for its ready line. Raises HostedServerError."""
        self._said.clear()
        port = self._port if _is_free(self._port) else 0
        if self._process is not None:
            await _end(self._process)
            self._process.deleteLater()
        process = QProcess()
        self._process = process
        ready: asyncio.Future[tuple[str, int]] = asyncio.get_running_loop().create_future()

        def read_output() -> None:
            while process.canReadLine():
                line = _text(process.readLine(_MAX_LINE_BYTES))
                if (match := _READY.fullmatch(line)) and not ready.done():
                    ready.set_result((match[1], int(match[2])))

        def read_errors() -> None:
            lines = _text(process.readAllStandardError()).splitlines()
            self._said.extend(line for line in lines if line.strip())

        def ended() -> None:
            if process.state() is not QProcess.ProcessState.NotRunning:
                return
            self._listens = False
            if not ready.done():
                read_errors()
                ready.set_exception(HostedServerError(self._words(tr("The server did not start."))))

        process.readyReadStandardOutput.connect(read_output)
        process.readyReadStandardError.connect(read_errors)
        process.stateChanged.connect(ended)
        program, *arguments = self._command
        process.start(
            program,
            [*arguments, "serve", "--data", str(self._data), "--port", str(port), "--exit-with-stdin"],
        )
        try:
            async with asyncio.timeout(_READY_WITHIN_S):
                address, self._port = await ready
        except TimeoutError:
            process.kill()
            await _end(process)
            raise HostedServerError(self._words(tr("The server did not get ready."))) from None
        except asyncio.CancelledError:
            process.kill()
            raise
        self._listens = True
        if address != self._address:
            self._address = address
            self._on_address(address)

    def _words(self, first: str) -> str:
        if not self._said:
            return first
        last = tr("It said last: {words}", words=" / ".join(self._said))
        return f"{first} {last}"


async def _end(process: QProcess) -> None:
    """Wait until a process has ended."""
    while process.state() is not QProcess.ProcessState.NotRunning:
        await next_signal(process.stateChanged)


def _text(output: QByteArray) -> str:
    return bytes(output.data()).decode("utf-8", "replace")


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if sys.platform != "win32":  # there it would take a port that is in use
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
