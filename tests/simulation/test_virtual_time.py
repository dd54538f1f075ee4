"""Virtual time is fast, ordered, and says when nothing can happen any more."""

import asyncio
import random

import pytest

from tests.simulation import virtual_time


def test_a_day_passes_at_once_and_in_order() -> None:
    async def main() -> list[tuple[str, float]]:
        seen: list[tuple[str, float]] = []
        clock = virtual_time.clock(random.Random(1))

        async def after(delay_s: float, name: str) -> None:
            await asyncio.sleep(delay_s)
            seen.append((name, round(clock.monotonic_s())))

        await asyncio.gather(after(86_400, "day"), after(60, "minute"))
        return seen

    assert virtual_time.run(main()) == [("minute", 60), ("day", 86_400)]


def test_waiting_for_nothing_is_found_out() -> None:
    async def main() -> None:
        await asyncio.Event().wait()

    with pytest.raises(virtual_time.Stuck):
        virtual_time.run(main())


def test_going_round_in_circles_is_found_out() -> None:
    async def main() -> None:
        while True:
            await asyncio.sleep(0)

    with pytest.raises(virtual_time.Stuck):
        virtual_time.run(main())
