"""The seam between asyncio and Qt, on the loop the application runs on."""

import asyncio
import gc
import logging
import os
import signal
import sys
import threading
import weakref

import pytest
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication, QWidget

from desktop_chat import qt_async


class Sender(QObject):
    """Signals of each size."""

    nothing = Signal()
    one = Signal(int)
    two = Signal(int, str)


async def test_a_spawned_task_is_kept_while_it_waits(qapp: QApplication) -> None:
    tasks = qt_async.Tasks()
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def wait() -> None:
        # Nothing but the task itself knows this future's waiter.
        inner: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        future.add_done_callback(lambda _: inner.set_result(None))
        await inner

    waiting = [weakref.ref(tasks.spawn(wait(), name=f"wait {n}")) for n in range(20)]
    await asyncio.sleep(0)
    gc.collect()
    assert all(reference() is not None for reference in waiting)
    future.set_result(None)
    await asyncio.gather(*(task for reference in waiting if (task := reference())))


async def test_an_error_is_reported_with_the_tasks_name(qapp: QApplication) -> None:
    reported: list[tuple[str, BaseException]] = []
    tasks = qt_async.Tasks(lambda name, error: reported.append((name, error)))

    async def fail() -> None:
        raise ValueError("no")

    task = tasks.spawn(fail(), name="failing")
    await asyncio.wait([task])
    await asyncio.sleep(0)
    assert [(name, str(error)) for name, error in reported] == [("failing", "no")]


async def test_without_a_reporter_an_error_is_logged(
    qapp: QApplication, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail() -> None:
        raise ValueError("no")

    with caplog.at_level(logging.ERROR, logger="desktop_chat.qt_async"):
        await asyncio.wait([qt_async.spawn(fail())])
        await asyncio.sleep(0)
    assert "fail failed" in caplog.text
    assert "ValueError: no" in caplog.text


async def test_cancel_all_waits_until_everything_has_ended(qapp: QApplication) -> None:
    tasks = qt_async.Tasks()
    ended: list[str] = []

    async def tidy() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            tasks.spawn(last())

    async def last() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("last")

    tasks.spawn(tidy())
    await asyncio.sleep(0)
    await tasks.cancel_all()
    # A task that is cancelled before its first step never enters its body.
    assert ended in ([], ["last"])
    assert len(asyncio.all_tasks()) == 1


async def test_next_signal_gives_what_was_emitted(qapp: QApplication) -> None:
    sender = Sender()
    for emit, expected in (
        (sender.nothing.emit, None),
        (lambda: sender.one.emit(7), 7),
        (lambda: sender.two.emit(7, "x"), (7, "x")),
    ):
        QTimer.singleShot(0, emit)
        signal_instance = {None: sender.nothing, 7: sender.one}.get(expected, sender.two)
        assert await qt_async.next_signal(signal_instance) == expected


async def test_next_signal_leaves_no_connection(qapp: QApplication) -> None:
    sender = Sender()
    waiting = asyncio.ensure_future(qt_async.next_signal(sender.one))
    await asyncio.sleep(0)
    assert sender.receivers("2one(int)") == 1
    waiting.cancel()
    await asyncio.wait([waiting])
    assert sender.receivers("2one(int)") == 0
    waiting = asyncio.ensure_future(qt_async.next_signal(sender.one))
    await asyncio.sleep(0)
    sender.one.emit(1)
    sender.one.emit(2)
    assert await waiting == 1
    assert sender.receivers("2one(int)") == 0


async def test_void_calls_lose_no_reference_to_none(qapp: QApplication) -> None:
    """PySide6 6.12.0 loses one for each call that returns nothing, until Python 3.11 aborts."""
    widget = QWidget()
    await asyncio.sleep(0)
    before = sys.getrefcount(None)
    for number in range(1000):
        widget.setObjectName("x")
        widget.update()
        if number % 100 == 0:
            await asyncio.sleep(0)
    assert abs(sys.getrefcount(None) - before) < 200


def test_run_returns_the_exit_code_and_cancels_what_is_left(qapp: QApplication) -> None:
    ended: list[str] = []

    async def background() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("background")

    async def main() -> int:
        qt_async.spawn(background())
        await asyncio.sleep(0)
        return 3

    assert qt_async.run(main) == 3
    assert ended == ["background"]


def test_run_goes_on_when_the_last_window_closes(qapp: QApplication) -> None:
    async def main() -> int:
        widget = QWidget()
        widget.show()
        await asyncio.sleep(0)
        widget.close()
        await asyncio.sleep(0.02)
        return 5

    assert qt_async.run(main) == 5
    assert not QApplication.quitOnLastWindowClosed()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_quits_tidily(qapp: QApplication, number: signal.Signals) -> None:
    tidied: list[bool] = []

    async def main() -> int:
        try:
            os.kill(os.getpid(), number)
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            tidied.append(True)
        return 1

    assert qt_async.run(main) == 0
    assert tidied == [True]


def test_run_raises_what_main_raises(qapp: QApplication) -> None:
    async def main() -> int:
        raise LookupError("nothing there")

    with pytest.raises(LookupError):
        qt_async.run(main)


async def test_names_are_looked_up_on_few_threads(qapp: QApplication) -> None:
    loop = asyncio.get_running_loop()
    names = await asyncio.gather(
        *(loop.run_in_executor(None, lambda: threading.current_thread().name) for _ in range(50))
    )
    assert {name.rsplit("_", 1)[0] for name in names} == {"loop"}
    assert len(set(names)) <= 2
