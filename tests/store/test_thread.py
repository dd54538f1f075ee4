"""The store's thread, asked from the loop that the application runs on."""

import asyncio
import threading

import pytest
from PySide6.QtWidgets import QApplication

from desktop_chat.store.thread import StoreThread


async def test_one_thing_at_a_time_in_the_order_asked(qapp: QApplication) -> None:
    store = StoreThread()
    seen: list[tuple[int, str]] = []

    def note(number: int) -> int:
        seen.append((number, threading.current_thread().name))
        return number * 2

    doubled = await asyncio.gather(*(store.run(lambda n=n: note(n)) for n in range(50)))
    assert doubled == [2 * n for n in range(50)]
    assert seen == [(n, "store_0") for n in range(50)]
    with pytest.raises(ZeroDivisionError):
        await store.run(lambda: divmod(1, 0))
    store.close()


async def test_what_was_asked_is_finished_though_nobody_waits(qapp: QApplication) -> None:
    store = StoreThread()
    begun, done = threading.Event(), threading.Event()

    def write() -> None:
        begun.wait()
        done.set()

    waiting = asyncio.ensure_future(store.run(write))
    await asyncio.sleep(0)
    waiting.cancel()
    begun.set()
    store.close()
    assert done.is_set()
