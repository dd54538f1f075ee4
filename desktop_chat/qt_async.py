"""Where asyncio and Qt meet: one thread, one loop. The only module that knows of qasync.

``run`` gives the application its loop. ``spawn`` is how Qt code starts a coroutine: it keeps the task,
names it and reports its error. ``next_signal`` is how a coroutine waits for Qt.
"""

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from PySide6.QtCore import SignalInstance
from PySide6.QtWidgets import QApplication

# qasync takes the binding that is imported already, unless the environment names another.
os.environ["QT_API"] = "pyside6"
import qasync

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

_DEFAULT_THREADS = 2
"""For what asyncio itself hands to threads: look-ups of names."""

ReportError = Callable[[str, BaseException], None]
"""Told the name of a spawned task and what it raised."""


def new_loop() -> asyncio.AbstractEventLoop:
    """An event loop driven by Qt's. The QApplication must exist."""
    application = QApplication.instance()
    if not isinstance(application, QApplication):
        raise RuntimeError("The loop needs a QApplication.")
    loop: asyncio.AbstractEventLoop = qasync.QEventLoop(application)
    # qasync's own executor would start ten threads at its first use.
    loop.set_default_executor(ThreadPoolExecutor(_DEFAULT_THREADS, thread_name_prefix="loop"))
    return loop


def run(main: Callable[[], Coroutine[Any, Any, int]]) -> int:
    """Run ``main`` to its end and return its exit code; the QApplication must exist.

    Closing the last window does not end it: quitting is ``main`` returning. SIGINT, SIGTERM and SIGHUP
    cancel ``main``, whose ``finally`` tidies up; that is a quit as well and returns 0. Whatever was spawned
    and still runs is cancelled and awaited before the loop closes.
    """
    QApplication.setQuitOnLastWindowClosed(False)
    with asyncio.Runner(loop_factory=new_loop) as runner:
        return runner.run(_until_done_or_told(main))


async def _until_done_or_told(main: Callable[[], Coroutine[Any, Any, int]]) -> int:
    loop = asyncio.get_running_loop()
    task = loop.create_task(main(), name="main")
    told: list[signal.Signals] = []

    def quit_on(number: signal.Signals) -> None:
        told.append(number)
        task.cancel()

    handled = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP] if os.name == "posix" else []
    for number in handled:
        loop.add_signal_handler(number, quit_on, number)
    try:
        return await task
    except asyncio.CancelledError:
        if not told:
            raise
        return 0
    finally:
        await cancel_all()
        for number in handled:
            loop.remove_signal_handler(number)


class Tasks:
    """Owns tasks from their start to their end, so that none is collected while it waits and none is
    forgotten at exit."""

    def __init__(self, report: ReportError | None = None) -> None:
        self.report = report or _log_error
        self._running: set[asyncio.Task[Any]] = set()

    def spawn(self, coroutine: Coroutine[Any, Any, _T], name: str | None = None) -> asyncio.Task[_T]:
        """Start a coroutine on the running loop. Its error goes to ``report``, never to nowhere."""
        task = asyncio.get_running_loop().create_task(
            coroutine, name=name or getattr(coroutine, "__qualname__", None)
        )
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    async def cancel_all(self) -> None:
        """Cancel everything that still runs and wait until it has ended."""
        own = asyncio.current_task()
        while waiting := [task for task in self._running if task is not own]:
            for task in waiting:
                task.cancel()
            await asyncio.wait(waiting)
            # Their callbacks, which take them out of the set, run on the loop's next turn.
            await asyncio.sleep(0)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            self.report(task.get_name(), error)


def _log_error(name: str, error: BaseException) -> None:
    _log.error("The task %s failed.", name, exc_info=error)


_tasks = Tasks()


def spawn(coroutine: Coroutine[Any, Any, _T], name: str | None = None) -> asyncio.Task[_T]:
    """Start a coroutine as a task of the application. See ``Tasks.spawn``."""
    return _tasks.spawn(coroutine, name)


async def cancel_all() -> None:
    """Cancel every spawned task and wait until all have ended. ``run`` does it at exit."""
    await _tasks.cancel_all()


async def next_signal(signal_instance: SignalInstance) -> Any:
    """Wait until a signal is emitted and return what it carries: nothing as None, one value as it is,
    several as a tuple."""
    emitted: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def take(*values: Any) -> None:
        if not emitted.done():
            emitted.set_result(values[0] if len(values) == 1 else values or None)

    connection = signal_instance.connect(take)
    try:
        return await emitted
    finally:
        # The sender may be gone by now, and the connection with it.
        with contextlib.suppress(RuntimeError):
            signal_instance.disconnect(connection)
