"""The reference store: plain dictionaries, the same interface and the same promises, in one thread. It is
what the simulation runs on, so the moments at which a real store can die are moments here too:

    queued --commit_delay--> applied = durable --confirm_delay--> answered

``crash()`` drops what is not yet applied, and the answers to what is applied and not yet answered. The
store then serves the next ``start()`` with everything durable. A faulty variant for testing the simulation
overrides a method: ``MemoryTransaction.sent_message`` returning None takes out the idempotency
(give the class to ``MemoryStore.transaction_class``); ``MemoryStore._commit`` decides when operations are
applied and when they are answered.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from server.refusal import Refused
from server.store.base import Done, Operation, StoreUnavailable
from server.store.memory_state import MemoryState
from server.store.memory_transaction import MemoryTransaction
from server.store.performing import perform
from server.store.reader import Reader

T = TypeVar("T")
Delay = Callable[[], Awaitable[None]]
Pending = tuple[Operation[Any], Done[Any]]
Answer = tuple[Done[Any], Any, Exception | None]


async def no_delay() -> None:
    """Commit at once."""


class MemoryStore:
    """A Store without a disk; ``commit_delay`` and ``confirm_delay`` stand for the time a disk takes,
    ``read_delay`` for that before and that after a read."""

    transaction_class: type[MemoryTransaction] = MemoryTransaction

    def __init__(
        self,
        epoch: str,
        *,
        commit_delay: Delay = no_delay,
        confirm_delay: Delay = no_delay,
        read_delay: Delay = no_delay,
        queue_max: int = 10_000,
    ) -> None:
        self.state = MemoryState(epoch)
        self._commit_delay = commit_delay
        self._confirm_delay = confirm_delay
        self._read_delay = read_delay
        self._queue_max = queue_max
        self._queue: list[Pending] = []
        self._committer: asyncio.Task[None] | None = None
        self._open = False

    @property
    def epoch(self) -> str:
        return self.state.epoch

    def is_well(self) -> bool:
        return self._open

    def start(self) -> None:
        self._open = True

    def write(self, operation: Operation[T], done: Done[T]) -> None:
        if not self._open or len(self._queue) >= self._queue_max:
            raise StoreUnavailable
        self._queue.append((operation, done))
        if self._committer is None:
            self._committer = asyncio.get_running_loop().create_task(
                self._pump(), name="memory store commits"
            )

    async def perform(self, operation: Operation[T]) -> T:
        return await perform(self, operation)

    async def read(self, query: Callable[[Reader], T]) -> T:
        await self._read_delay()
        if not self._open:
            raise StoreUnavailable
        result = query(self.transaction_class(self.state))
        await self._read_delay()
        return result

    async def close(self) -> None:
        self._open = False
        if self._committer is not None:
            await self._committer

    def crash(self) -> None:
        """Die here: nothing that is queued is stored, nobody who waits gets an answer. ``start()`` again."""
        self._open = False
        self._queue.clear()
        if self._committer is not None:
            self._committer.cancel()
            self._committer = None

    async def _pump(self) -> None:
        while self._queue:
            batch, self._queue = self._queue, []
            await self._commit(batch)
        self._committer = None

    async def _commit(self, batch: list[Pending]) -> None:
        await self._commit_delay()
        answers = self._apply(batch)
        await self._confirm_delay()
        self._answer(answers)

    def _apply(self, batch: list[Pending]) -> list[Answer]:
        answers: list[Answer] = []
        for operation, done in batch:
            transaction = self.transaction_class(self.state)
            try:
                answers.append((done, operation(transaction), None))
            except Refused as refused:
                answers.append((done, None, refused))
            except Exception as error:
                transaction.roll_back()
                answers.append((done, None, error))
        return answers

    def _answer(self, answers: list[Answer]) -> None:
        for done, result, error in answers:
            done(result, error)
