"""One at a time at each upload, and who gives way to whom."""

import asyncio

import pytest

from desktop_chat.protocol.errors import ErrorCode
from server.files.holds import Holds
from server.refusal import Refused


async def test_only_one_holds_an_upload() -> None:
    holds, asked = Holds(), []
    with holds.holding("a", "b", give_way=lambda: asked.append("a")):
        assert "a" in holds
        assert "c" not in holds
        with holds.holding("c"):
            assert "c" in holds
        with pytest.raises(Refused) as refused, holds.holding("b"):
            pytest.fail("two hold it")
        assert refused.value.code is ErrorCode.UPLOAD_BUSY
    assert asked == []
    assert "a" not in holds
    with holds.holding("a"):
        pass


async def test_the_earlier_one_gives_way() -> None:
    holds, ended = Holds(), asyncio.Event()

    async def hold() -> None:
        with holds.holding("a", give_way=ended.set):
            await ended.wait()

    earlier = asyncio.create_task(hold())
    await asyncio.sleep(0)
    async with holds.taking_over("a"):
        assert earlier.done()
        assert "a" in holds
    assert "a" not in holds


async def test_one_that_does_not_give_way_is_left_alone() -> None:
    holds = Holds(patience_s=0.0)
    with holds.holding("a"):
        with pytest.raises(Refused) as refused:
            async with holds.taking_over("a"):
                pytest.fail("two hold it")
        assert refused.value.code is ErrorCode.UPLOAD_BUSY
        assert "a" in holds
    assert "a" not in holds


async def test_of_two_that_wait_one_gets_it() -> None:
    holds, ended, got, let_go = Holds(), asyncio.Event(), [], asyncio.Event()

    async def hold() -> None:
        with holds.holding("a", give_way=ended.set):
            await ended.wait()

    async def take(name: str) -> None:
        async with holds.taking_over("a"):
            got.append(name)
            await let_go.wait()

    earlier = asyncio.create_task(hold())
    await asyncio.sleep(0)
    waiting = [asyncio.create_task(take("first")), asyncio.create_task(take("second"))]
    done, [left] = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    assert [type(each.exception()) for each in done] == [Refused]
    let_go.set()
    await asyncio.gather(earlier, left)
    assert len(got) == 1
