"""One app for each profile, whatever became of the one before."""

import asyncio
import logging
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtNetwork import QLocalSocket
from PySide6.QtWidgets import QApplication

from desktop_chat.desktop.instance_messages import Done, Export, OpenLink, Raise, Text, decode_answer, encode
from desktop_chat.desktop.instance_talk import Talk, TalkEnded
from desktop_chat.desktop.single_instance import SingleInstance
from desktop_chat.qt_async import next_signal

# A first app: claims, says so, and runs until it is told to end.
_APP = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from desktop_chat.desktop.instance_messages import Done, Raise
from desktop_chat.desktop.single_instance import SingleInstance

folder = Path(sys.argv[1])
application = QCoreApplication([])
instance = SingleInstance(folder / "lock", folder / "socket")
if not instance.claim():
    sys.exit(0 if instance.tell_other(Raise()) == Done() else 3)
def answer(request, talk):
    print("raised" if request == Raise() else request, flush=True)
    talk.close(Done())

instance.asked.connect(answer)
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
    socket.write(encode(OpenLink("desktop-chat://conversation/7")))
    request, talk = await next_signal(first.asked)
    assert request == OpenLink("desktop-chat://conversation/7")
    await talk.tell(Text("é" * 100_000))
    talk.close(Done())
    await next_signal(socket.disconnected)
    answers = [decode_answer(line) for line in socket.readAll().data().splitlines()]
    assert answers == [Text("é" * 100_000), Done()]
    first.release()
    assert second.claim()
    second.release()


async def tell_without_end(talk: Talk) -> None:
    while True:
        await talk.tell(Text("x" * 100_000))


async def test_an_asker_that_does_not_read_is_waited_for(qapp: QApplication, tmp_path: Path) -> None:
    first = SingleInstance(tmp_path / "lock", tmp_path / "socket")
    assert first.claim()
    socket = QLocalSocket()
    socket.setReadBufferSize(1)
    socket.connectToServer(str(tmp_path / "socket"))
    socket.write(encode(Export()))
    _, talk = await next_signal(first.asked)
    telling = asyncio.ensure_future(tell_without_end(talk))
    while talk._socket.bytesToWrite() <= 256 * 1024:
        await asyncio.sleep(0)
    socket.abort()  # it has stopped taking, and is waited for: now it goes
    with pytest.raises(TalkEnded):
        await telling
    first.release()


def test_who_was_started_meanwhile_waits_for_the_app_before_to_end(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = SingleInstance(tmp_path / "lock", tmp_path / "socket")
    second = SingleInstance(tmp_path / "lock", tmp_path / "socket")
    assert first.claim()
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 4:
            first.release()

    monkeypatch.setattr("desktop_chat.desktop.single_instance.time.sleep", sleep)
    assert not second.claim(3)
    assert second.claim(3)
    assert len(waited) == 4
    second.release()


async def test_an_app_that_hangs_has_no_last_word(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("desktop_chat.desktop.single_instance._PATIENCE_S", 0.1)
    hanging = SingleInstance(tmp_path / "lock", tmp_path / "socket")
    assert hanging.claim()
    later = SingleInstance(tmp_path / "lock", tmp_path / "socket")
    with caplog.at_level(logging.WARNING, logger="desktop_chat.desktop.single_instance"):
        assert await asyncio.to_thread(later.tell_other, Raise()) is None
    assert "does not answer" in caplog.text
    caplog.clear()
    hanging.release()


def test_an_app_that_cannot_listen_is_still_the_only_one(
    qapp: QApplication, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = SingleInstance(tmp_path / "lock", tmp_path / ("x" * 200))
    with caplog.at_level(logging.WARNING, logger="desktop_chat.desktop.single_instance"):
        assert first.claim()
    assert "Later starts will not be heard" in caplog.text
    assert not SingleInstance(tmp_path / "lock", tmp_path / "socket").claim()
    first.release()


async def test_noise_on_the_socket_is_cut_off(qapp: QApplication, tmp_path: Path) -> None:
    first = SingleInstance(tmp_path / "lock", tmp_path / "socket")
    assert first.claim()
    heard: list[object] = []
    first.asked.connect(lambda request, talk: heard.append(request))
    too_long = encode(OpenLink("x" * 3000))
    for noise in (b"x" * 1_000_000, b"other\n", b"{}\n", b'{"type":"other"}\n', b"\xff\n", too_long):
        socket = QLocalSocket()
        socket.connectToServer(str(tmp_path / "socket"))
        socket.write(noise)
        await next_signal(socket.disconnected)
    assert heard == []
    first.release()
