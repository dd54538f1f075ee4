"""Running several things side by side as one."""

import asyncio

import pytest

from desktop_chat.services.tasks import together
from tests.simulation import virtual_time


async def _after(pause_s: float, ended: list[float]) -> float:
    await asyncio.sleep(pause_s)
    ended.append(pause_s)
    return pause_s


async def _failing(pause_s: float) -> float:
    await asyncio.sleep(pause_s)
    raise LookupError(f"after {pause_s}")


def test_all_run_side_by_side_and_give_their_results_in_their_order() -> None:
    ended: list[float] = []
    assert virtual_time.run(together(_after(each, ended) for each in (3.0, 1.0, 2.0))) == [3.0, 1.0, 2.0]
    assert ended == [1.0, 2.0, 3.0]


def test_the_first_that_fails_ends_the_others_and_says_why() -> None:
    ended: list[float] = []

    async def story() -> None:
        with pytest.raises(LookupError, match=r"after 2\.0"):
            await together([_after(1.0, ended), _failing(2.0), _after(3.0, ended), _failing(4.0)])
        await asyncio.sleep(10)

    virtual_time.run(story())
    assert ended == [1.0]
