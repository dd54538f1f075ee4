"""One app for each profile, whatever became of the one before."""

import logging
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtNetwork import QLocalSocket
from PySide6.QtWidgets import QApplication

from desktop_chat.desktop.single_instance import SingleInstance
from desktop_chat.qt_async import next_signal

# A first app: claims, says so, and runs until it is told to end.
_APP = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from desktop_chat.desktop.single_instance import SingleInstance

folder = Path(sys.argv[1])
application = QCoreApplication([])
instance = SingleInstance(folder / "lock", folder / "socket")
if not instance.claim():
    sys.exit(0 if instance.raise_other() else 3)
instance.raised.connect(lambda: print("raised", flush=True))
print("claimed", flush=True)
application.exec()
"""


def start(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _APP, str(folder)], stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": "."}
    )


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def end(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def test_a_second_start_raises_the_first(tmp_path: Path) -> None:
    first = start(tmp_path)
    assert said(first) == "claimed"
    second = start(tmp_path)
    assert second.wait() == 0
    assert said(first) == "raised"
    assert said(second) == ""
    end(first)
    end(second)


def test_what_a_killed_app_left_is_no_hindrance(tmp_path: Path) -> None:
    first = start(tmp_path)
    assert said(first) == "claimed"
    end(first)
    assert (tmp_path / "socket").exists()
    second = start(tmp_path)
    assert said(second) == "claimed"
    third = start(tmp_path)
    assert third.wait() == 0
    assert said(second) == "raised"
    end(second)
    end(third)


async def test_the_first_hears_while_its_loop_runs(qapp: QApplication, tmp_path: Path) -> None:
    first = SingleInstance(tmp_path / "lock", tmp_path / "socket")
    assert first.claim()
    second = SingleInstance(tmp_path / "lock", tmp_path / "socket")
    assert not second.claim()
    socket = QLocalSocket()
    socket.connectToServer(str(tmp_path / "socket"))
    socket.write(b"raise\n")
    await next_signal(first.raised)
    if socket.bytesAvailable() < 6:
        await next_signal(socket.readyRead)
    assert socket.readAll().data() == b"heard\n"
    first.release()
    assert second.claim()
    second.release()


def test_an_app_that_cannot_listen_is_still_the_only_one(
    qapp: QApplication, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = SingleInstance(tmp_path / "lock", tmp_path / ("x" * 200))
    with caplog.at_level(logging.WARNING, logger="desktop_chat.desktop.single_instance"):
        assert first.claim()
    assert "will not raise this window" in caplog.text
    assert not SingleInstance(tmp_path / "lock", tmp_path / "socket").claim()
    first.release()


async def test_noise_on_the_socket_is_cut_off(qapp: QApplication, tmp_path: Path) -> None:
    first = SingleInstance(tmp_path / "lock", tmp_path / "socket")
    assert first.claim()
    heard: list[None] = []
    first.raised.connect(lambda: heard.append(None))
    for noise in (b"x" * 100_000, b"other\n"):
        socket = QLocalSocket()
        socket.connectToServer(str(tmp_path / "socket"))
        socket.write(noise)
        await next_signal(socket.disconnected)
    assert heard == []
    first.release()
