"""The store's interface. A store runs operations, functions over a ``Writer``, one after the other, each in
one transaction, and answers an operation only after its transaction is durable. What an operation means
is decided in ``server.actions``; a store knows rows and nothing about permissions.
"""

from collections.abc import Callable
from typing import Protocol, TypeVar

from server.store.reader import Reader
from server.store.writer import Writer

T = TypeVar("T")
Result = TypeVar("Result", covariant=True)

RECEIPTS_KEPT = 2000
"""Of so many entries of each conversation, the newest, it is kept when each member got and read them."""


class StoreUnavailable(Exception):
    """The store cannot do this now: its queue is full, or it is closing. Nothing was stored, or at least
    nothing was confirmed."""


class DiskFailed(StoreUnavailable):
    """The disk is full or failing."""


class StoreLost(StoreUnavailable):
    """The store's files were deleted or replaced while it was open. It will take nothing any more."""


class Operation(Protocol[Result]):
    """What runs inside a transaction. It raises ``Refused`` only before its first change."""

    def __call__(self, writer: Writer, /) -> Result:
        """Perform it."""


class KeyedOperation:
    """Base of operations that will ask for one ``sent_message``, so that a store can look up many at once.
    One that ``is_short`` takes some microseconds whatever it meets, so that it may be performed where others
    wait."""

    __slots__ = ("idempotency_key", "is_short")

    def __init__(self, client_id: str, sender_id: int, *, is_short: bool = False) -> None:
        self.idempotency_key = (client_id, sender_id)
        self.is_short = is_short


Done = Callable[[T | None, Exception | None], None]
"""Called on the loop after the commit, with an operation's result or the exception it ended with."""


class Store(Protocol):
    """What keeps the server's state. Everything but the operations themselves runs on the loop's thread."""

    @property
    def epoch(self) -> str:
        """32 hex digits made with this log."""

    def is_well(self) -> bool:
        """Whether it is open, and what it keeps would be found again."""

    def start(self) -> None:
        """Begin to serve the running loop."""

    def write(self, operation: Operation[T], done: Done[T]) -> None:
        """Queue an operation; operations are performed and answered in the order in which they were queued.
        Raises StoreUnavailable when the queue is full or closed, and then ``done`` is never called."""

    async def perform(self, operation: Operation[T]) -> T:
        """Queue an operation and wait for its result. Raises what the operation raises."""

    async def read(self, query: Callable[[Reader], T]) -> T:
        """Run a read on a snapshot that holds at least everything that was answered before the call."""

    async def close(self) -> None:
        """Commit and answer what is queued, then release everything."""
