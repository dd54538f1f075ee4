"""Pausing, going on and cancelling: what other people's hands may do to a transfer that runs."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from desktop_chat.language import tr
from desktop_chat.services.errors import ClientError

T = TypeVar("T")


class TransferCancelled(ClientError):
    """A person has cancelled the transfer."""


class Control:
    """One transfer's. Its work is begun anew after each pause, and finds by itself how far it has come."""

    def __init__(self, *, paused: bool) -> None:
        self._going = asyncio.Event()
        if not paused:
            self._going.set()
        self._cancelled = False
        self._work: asyncio.Future[Any] | None = None

    def pause(self) -> None:
        """Stop at once, and wait."""
        self._going.clear()
        self._stop()

    def go_on(self) -> None:
        """Begin again where it stopped."""
        self._going.set()

    def cancel(self) -> None:
        """Stop at once, for good."""
        self._cancelled = True
        self._going.set()
        self._stop()

    async def run(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do the work, with all its pauses. Raises TransferCancelled, and what the work raises."""
        task = asyncio.current_task()
        assert task is not None
        while True:
            await self._going.wait()
            if self._cancelled:
                raise TransferCancelled(tr("The transfer was cancelled."))
            running: asyncio.Future[T] = asyncio.ensure_future(work())
            self._work = running
            try:
                return await running
            except asyncio.CancelledError:
                if task.cancelling():  # whoever waits was cancelled, and the work with him
                    raise
            finally:
                self._work = None

    def _stop(self) -> None:
        if self._work is not None:
            self._work.cancel()
