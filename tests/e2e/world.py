"""People at their desktops, and a server: everything a scenario needs, all of it real processes."""

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from tests.e2e.accessible import Accessibility, GoneError, Node, accessibility
from tests.e2e.notification_daemon import NotificationDaemon, notification_daemon
from tests.e2e.screen import Hand, xvfb
from tests.e2e.session_bus import session_bus
from tests.e2e.tray_host import TrayHost, tray_host

_POLL_S = 0.05
_OFFERED = ("actions", "body", "body-markup", "inline-reply")
"""What the desktops' notifications can do."""


class Desktop:
    """One person's screen, session bus, tray, notifications and screen reader."""

    def __init__(
        self,
        home: Path,
        runtime: Path,
        display: str,
        bus_address: str,
        tray: TrayHost,
        notifications: NotificationDaemon,
        reader: Accessibility,
    ) -> None:
        self.home = home
        self.tray = tray
        self.notifications = notifications
        self.reader = reader
        self.hand = Hand(display)
        self.environment = {
            **os.environ,
            "DBUS_SESSION_BUS_ADDRESS": bus_address,
            "DESKTOP_CHAT_HOME": str(home / "data"),
            "DISPLAY": display,
            "HOME": str(home),
            "PYTHONPATH": str(Path(__file__).parents[2]),
            # The keyring library finds nobody to keep secrets on this bus; it need not look.
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
            "QT_QPA_PLATFORM": "xcb",
            "XDG_RUNTIME_DIR": str(runtime),
        }

    @asynccontextmanager
    async def run(self, *command: str) -> AsyncIterator["App"]:
        """Run a program on this desktop; it is killed at the end, if it still runs."""
        process = await asyncio.create_subprocess_exec(
            *command,
            env=self.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        app = App(self, process)
        try:
            yield app
        finally:
            await app.kill()


class App:
    """A program that runs on a desktop, seen by a screen reader and driven by a hand."""

    def __init__(self, desktop: Desktop, process: asyncio.subprocess.Process) -> None:
        self.desktop = desktop
        self.process = process

    async def tree(self) -> Node | None:
        """Its windows as they are now."""
        try:
            return await self.desktop.reader.app(self.process.pid)
        except GoneError:
            return None

    async def wait_for(self, condition: Callable[[Node], object], what: str) -> Node:
        """Wait until its windows are as a condition wants them. ``what`` names it in the report of a wait
        that never ends."""
        tree = None
        try:
            while True:
                tree = await self.tree()
                if tree is not None and condition(tree):
                    return tree
                if self.process.returncode is not None:
                    raise AssertionError(f"The app ended while waiting for {what}.\n{await self.said()}")
                await asyncio.sleep(_POLL_S)
        except asyncio.CancelledError:
            outline = tree.outline() if tree else "no window"
            sys.stderr.write(f"Waited in vain for {what}. The app shows:\n{outline}\n")
            raise

    async def see(self, name: str, role: str | None = None, *states: str) -> Node:
        """Wait until something with these words shows, and give it."""

        def found(tree: Node) -> list[Node]:
            return tree.find(role, name, "showing", *states)

        return found(await self.wait_for(found, f"{role or 'anything'} {name!r} {' '.join(states)}"))[0]

    async def focus(self) -> None:
        """Look at the app: give its window the keyboard."""
        await self.desktop.hand.focus(self.process.pid)

    async def click(self, node: Node) -> None:
        """Click on something it shows."""
        await self.desktop.hand.click(*await self.desktop.reader.place(node))

    async def end(self) -> int:
        """Ask it to quit, as the end of a session does, and give its exit code."""
        self.process.terminate()
        await self.process.communicate()
        assert self.process.returncode is not None
        return self.process.returncode

    async def kill(self) -> None:
        """End it without a word."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL)
        await self.process.communicate()

    async def said(self) -> str:
        """What it wrote; it must have ended."""
        output, _ = await self.process.communicate()
        return output.decode("utf-8", "replace")


@asynccontextmanager
async def desktop(home: Path) -> AsyncIterator[Desktop]:
    """A desktop of its own for one person; ``home`` is made and holds what they keep."""
    home.mkdir()
    async with AsyncExitStack() as stack:
        display = stack.enter_context(xvfb())
        # A socket's path is short, and the tests' own folders lie deep.
        runtime = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="desktop-")))
        address = stack.enter_context(session_bus(runtime, activates_services=True))
        tray = await stack.enter_async_context(tray_host(address))
        notifications = await stack.enter_async_context(notification_daemon(address, *_OFFERED))
        reader = await stack.enter_async_context(accessibility(address))
        yield Desktop(home, runtime, display, address, tray, notifications, reader)


class Server:
    """The real server on a data folder; it can be killed and started again on the same port."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._process: asyncio.subprocess.Process | None = None
        self._port = 0
        self.address = ""

    async def start(self) -> None:
        """Start it and wait until it listens."""
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "server", "serve"),
            *("--data", str(self._data), "--port", str(self._port), "--exit-with-stdin"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            if line.startswith(b"ready "):
                self.address = line.split()[1].decode()
                self._port = int(self.address.rstrip("/").rsplit(":", 1)[1])
                return
        raise AssertionError("The server ended before it was ready.")

    async def kill(self) -> None:
        """End it without a word, as a power cut does."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.communicate()


@asynccontextmanager
async def server(data: Path) -> AsyncIterator[Server]:
    """A running server; it is killed at the end."""
    running = Server(data)
    await running.start()
    try:
        yield running
    finally:
        await running.kill()
