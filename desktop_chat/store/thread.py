"""The one thread that runs a store's transactions."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

T = TypeVar("T")


class StoreRunner(Protocol):
    """Runs a blocking function of the store, one at a time and in the order asked."""

    async def run(self, function: Callable[[], T]) -> T:
        """The function's result, or its exception."""
        ...

    def close(self) -> None:
        """Run nothing more; what was asked before is finished first."""
        ...


class StoreThread:
    """A StoreRunner with a thread of its own, so that no fsync ever holds up the screen."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="store")

    async def run(self, function: Callable[[], T]) -> T:
        """The function's result. Cancelling the wait does not cancel a transaction that has begun."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, function)

    def close(self) -> None:
        """Finish what was asked and end the thread."""
        self._pool.shutdown(wait=True)
