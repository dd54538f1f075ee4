"""The hosted server's life, played by small programs that stand in for it."""

import asyncio
import socket
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from desktop_chat.desktop.hosted_server import HostedServer, HostedServerError
from desktop_chat.qt_async import Tasks

# Listens where it is told, says so, and ends when its standard input does.
_SERVER = """
import pathlib, socket, sys
arguments = dict(zip(sys.argv[2:-1:2], sys.argv[3::2]))
assert sys.argv[1] == "serve" and sys.argv[-1] == "--exit-with-stdin", sys.argv
log = pathlib.Path(arguments["--data"], "log")
with socket.create_server(("127.0.0.1", int(arguments["--port"]))) as server:
    with log.open("a") as file:
        file.write("begin\\n")
    print("something else first", flush=True)
    print(f"ready ws://127.0.0.1:{server.getsockname()[1]}/", flush=True)
    {body}
with log.open("a") as file:
    file.write("end\\n")
"""
_SERVES = _SERVER.replace("{body}", "sys.stdin.read()")
_DIES = _SERVER.replace("{body}", "sys.stderr.write('no more room\\n'); sys.exit(9)")
_REFUSES = "import sys; sys.stderr.write('The folder belongs to a newer server.\\n'); sys.exit(2)"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


class World:
    """A hosted server and what it reported. ``paused`` stands in for the clock."""

    def __init__(self, folder: Path, source: str) -> None:
        self.folder = folder
        self.addresses: list[str] = []
        self.troubles: list[str] = []
        self.pauses: asyncio.Queue[float] = asyncio.Queue()
        self.paused = asyncio.Semaphore(0)
        self.tasks = Tasks()
        self.hosted = HostedServer(
            folder,
            self.tasks.spawn,
            self.addresses.append,
            self.troubles.append,
            [sys.executable, "-c", source],
            self._pause,
        )

    async def _pause(self, seconds: float) -> None:
        self.pauses.put_nowait(seconds)
        await self.paused.acquire()

    @property
    def log(self) -> list[str]:
        return (self.folder / "log").read_text().split()


async def test_it_serves_until_it_is_stopped(qapp: QApplication, tmp_path: Path) -> None:
    world = World(tmp_path, _SERVES)
    port = free_port()
    address = await world.hosted.start(port)
    assert address == world.hosted.address == f"ws://127.0.0.1:{port}/"
    assert world.addresses == [address]
    await world.hosted.stop()
    assert world.log == ["begin", "end"]
    assert world.troubles == []
    await world.hosted.stop()


async def test_a_port_that_is_taken_is_no_hindrance(qapp: QApplication, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        world = World(tmp_path, _SERVES)
        taken = other.getsockname()[1]
        address = await world.hosted.start(taken)
        assert address not in ("", f"ws://127.0.0.1:{taken}/")
        await world.hosted.stop()


async def test_one_that_dies_is_started_again_with_longer_pauses(qapp: QApplication, tmp_path: Path) -> None:
    world = World(tmp_path, _DIES)
    await world.hosted.start(free_port())
    for _ in range(4):
        world.paused.release()
    pauses = [await world.pauses.get() for _ in range(5)]
    assert all("no more room" in words for words in world.troubles)
    highest = [0.5, 1, 2, 4, 8]
    assert all(high / 2 <= pause <= high for pause, high in zip(pauses, highest, strict=True))
    assert world.log == ["begin"] * 5
    # The port was free again each time, so the address never changed.
    assert len(world.addresses) == 1
    await world.hosted.stop()


async def test_whoever_starts_it_there_is_one(qapp: QApplication, tmp_path: Path) -> None:
    world = World(tmp_path, _SERVES)
    port = free_port()
    one, other = await asyncio.gather(world.hosted.start(port), world.hosted.start(port))
    assert one == other
    assert world.log == ["begin"]
    # It dies, and is started by hand while it waits to be started by itself.
    assert world.hosted._process is not None
    world.hosted._process.kill()
    await world.pauses.get()
    assert not world.hosted.listens
    assert await world.hosted.start(port) == one
    world.paused.release()
    await world.hosted.stop()
    assert world.log == ["begin", "begin", "end"]


async def test_a_start_in_vain_does_not_end_the_watching(qapp: QApplication, tmp_path: Path) -> None:
    (tmp_path / "trouble").touch()
    source = f"""
import pathlib, sys
here = pathlib.Path({str(tmp_path)!r})
if (here / "trouble").exists() and (here / "log").exists():
    sys.exit(2)
{_SERVES}"""
    world = World(tmp_path, source)
    port = free_port()
    address = await world.hosted.start(port)
    assert world.hosted._process is not None
    world.hosted._process.kill()
    await world.pauses.get()
    for _ in range(2):
        world.paused.release()
    with pytest.raises(HostedServerError):
        await world.hosted.start(port)
    (tmp_path / "trouble").unlink()
    while not world.hosted.listens:
        world.paused.release()
        await asyncio.sleep(0.01)
    assert world.hosted.address == address
    await world.hosted.stop()


async def test_one_that_cannot_start_says_why(qapp: QApplication, tmp_path: Path) -> None:
    world = World(tmp_path, _REFUSES)
    world.paused.release()
    world.paused.release()
    with pytest.raises(HostedServerError, match="The folder belongs to a newer server"):
        await world.hosted.start(free_port())
    await world.hosted.stop()


async def test_a_program_that_is_not_there_is_said(qapp: QApplication, tmp_path: Path) -> None:
    hosted = HostedServer(
        tmp_path,
        Tasks().spawn,
        print,
        print,
        [str(tmp_path / "nothing")],
        lambda _: asyncio.sleep(0),
    )
    with pytest.raises(HostedServerError, match="did not start"):
        await hosted.start(free_port())
    await hosted.stop()


async def test_it_does_not_outlive_a_killed_app(tmp_path: Path) -> None:
    """What the app's death does to the server: its standard input ends."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        _SERVES,
        *("serve", "--data", str(tmp_path), "--port", "0", "--exit-with-stdin"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    process.stdin.close()
    await process.communicate()
    assert process.returncode == 0
