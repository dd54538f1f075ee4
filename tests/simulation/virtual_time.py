"""An asyncio loop whose clock moves only when everybody waits: an hour passes in no time, and one seed
gives one course of events."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

from desktop_chat.net.clock import Clock

T = TypeVar("T")

START_MS = 1_700_000_000_000
_ROUNDS_AT_ONCE = 100_000
"""Rounds of the loop without time passing that are taken for a task going round in circles."""


class Stuck(Exception):
    """Every task waits for something that no timer will bring, or some go round without end."""


class _Selector(selectors.SelectSelector):
    """Waiting costs nothing but virtual time; the only descriptor is the loop's own wake-up pipe."""

    now_s = 0.0
    rounds = 0

    def select(self, timeout: float | None = None) -> list[Any]:
        self.rounds = 0 if timeout else self.rounds + 1
        if timeout is None or self.rounds > _ROUNDS_AT_ONCE:
            self.rounds = 0
            raise Stuck
        self.now_s += max(timeout, 0.0)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop in virtual time."""

    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)

    def time(self) -> float:
        return self._virtual.now_s


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run ``main`` to its end in a virtual time of its own."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)


def clock(random: Any) -> Clock:
    """The running virtual loop's clock, with randomness from ``random``."""
    loop = asyncio.get_running_loop()
    return Clock(
        now_ms=lambda: START_MS + round(loop.time() * 1000),
        monotonic_s=loop.time,
        boot_s=loop.time,
        unit=random.random,
        random_bytes=random.randbytes,
    )
