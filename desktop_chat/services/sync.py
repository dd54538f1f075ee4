"""Takes what the connection receives to the store and tells what changed, in the order it came."""

import asyncio
import logging
from collections.abc import Callable

from desktop_chat.core.changes import Publish
from desktop_chat.language import tr
from desktop_chat.net.clock import Clock
from desktop_chat.protocol.codec import AnyPacket
from desktop_chat.protocol.replies import ConnectionConfirmed
from desktop_chat.services.indexer import Indexer
from desktop_chat.services.reducer import Outcome, Reducer
from desktop_chat.store.database import Database, StoreError
from desktop_chat.store.thread import StoreRunner

_log = logging.getLogger(__name__)

_INBOX_MAX = 2_000
"""Packets waiting for the store; over it the socket waits."""
_PACE_S = 0.02
"""Under load, the store commits once in this time: the first packet goes at once, a flood in batches."""
_QUIET_S = 0.1
_INDEXING_PAUSE_S = 0.01
_INDEXING_DEFERRED_S = 10.0
"""A first sync is stored before it is indexed; a flood without end has to be indexed all the same."""


class Sync:
    """The inbox between the socket and the store."""

    def __init__(
        self,
        database: Database,
        runner: StoreRunner,
        reducer: Reducer,
        clock: Clock,
        *,
        publish: Publish,
        on_outcome: Callable[[Outcome], None],
        on_failure: Callable[[str], None],
    ) -> None:
        self._database = database
        self._runner = runner
        self._reducer = reducer
        self._clock = clock
        self._publish = publish
        self._on_outcome = on_outcome
        self._on_failure = on_failure
        self._indexer = Indexer(database, runner)
        self._indexed_s = clock.monotonic_s()
        self._inbox: list[AnyPacket] = []
        self._arrived = asyncio.Event()
        self._applied = asyncio.Condition()
        self._taken_count = 0
        self._applied_count = 0
        self._failed = False

    async def take(self, packets: list[AnyPacket]) -> None:
        """Queue packets; waits while too many are queued. After a failure of the store, what still comes in
        the same session is dropped, since it builds on what was lost; the next session repeats it."""
        if self._failed:
            if not any(isinstance(packet, ConnectionConfirmed) for packet in packets):
                return
            self._failed = False
        self._inbox.extend(packets)
        self._taken_count += len(packets)
        self._arrived.set()
        if len(self._inbox) > _INBOX_MAX:
            await self.settle()

    async def settle(self) -> None:
        """Wait until everything taken so far is applied, or given up after a failure of the store."""
        mark = self._taken_count
        async with self._applied:
            await self._applied.wait_for(lambda: self._applied_count >= mark)

    async def run(self) -> None:
        """Apply what arrives, and while nothing does let it be found by search, until cancelled."""
        last_s = -_PACE_S
        while True:
            await self._index()
            await self._arrived.wait()
            pause_s = last_s + _PACE_S - self._clock.monotonic_s()
            if pause_s > 0:
                await asyncio.sleep(pause_s)
            last_s = self._clock.monotonic_s()
            self._arrived.clear()
            batch, self._inbox = self._inbox, []
            outcome = await self._apply(batch)
            self._applied_count += len(batch)
            if outcome is not None:
                for change in outcome.changes:
                    self._publish(change)
                self._on_outcome(outcome)
            async with self._applied:
                self._applied.notify_all()

    async def _index(self) -> None:
        """Let be found what is stored: once it is quiet, or has not been for long, until something arrives or
        nothing is left to be done."""
        overdue = self._clock.monotonic_s() > self._indexed_s + _INDEXING_DEFERRED_S
        pause_s = _QUIET_S
        while overdue or not await self._arrives_within(pause_s):
            if not await self._indexer.go_on():
                self._indexed_s = self._clock.monotonic_s()
                return
            overdue = False
            pause_s = _INDEXING_PAUSE_S

    async def _arrives_within(self, pause_s: float) -> bool:
        try:
            async with asyncio.timeout(pause_s):
                await self._arrived.wait()
        except TimeoutError:
            return False
        return True

    async def _apply(self, batch: list[AnyPacket]) -> Outcome | None:
        try:
            return await self._runner.run(lambda: self._reducer.apply(self._database, batch))
        except Exception as error:
            if isinstance(error, StoreError | OSError):
                _log.error("the local store failed: %s", error)
            else:
                _log.exception("what the server said could not be applied")
            self._failed = True
            self._applied_count += len(self._inbox)
            self._inbox.clear()
            self._on_failure(tr("This device cannot store messages: {reason}.", reason=str(error)))
            return None
