"""Waiting for a queued operation, the same way for every store."""

import asyncio
from typing import TypeVar, cast

from server.store.base import Operation, Store

T = TypeVar("T")


async def perform(store: Store, operation: Operation[T]) -> T:
    """Queue ``operation`` and wait for its result; see ``Store.perform``."""
    future: asyncio.Future[T] = asyncio.get_running_loop().create_future()

    def done(result: T | None, error: Exception | None) -> None:
        if future.done():  # whoever waited has gone; the operation counts all the same
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(cast(T, result))

    store.write(operation, done)
    return await future
