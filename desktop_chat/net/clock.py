"""The clocks and the randomness of the machine, in one place so that a simulation can bring its own."""

import os
import time
from collections.abc import Callable

from msgspec import Struct


def _boot_s() -> float:
    # Where the platform has no clock that runs on during suspend, waking is found by the next ping.
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


def _unit() -> float:
    return int.from_bytes(os.urandom(6), "big") / 2**48


class Clock(Struct, frozen=True):
    """``now_ms`` is wall time; ``monotonic_s`` orders and measures; ``boot_s`` also runs while the machine
    sleeps, so that their difference jumps on waking; ``unit`` is uniform in [0, 1); ``random_bytes``
    gives that many."""

    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    monotonic_s: Callable[[], float] = time.monotonic
    boot_s: Callable[[], float] = _boot_s
    unit: Callable[[], float] = _unit
    random_bytes: Callable[[int], bytes] = os.urandom
