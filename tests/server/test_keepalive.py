"""One task that pings everybody, spread over the interval."""

import asyncio

import pytest

from server.keepalive import keep_alive


class _Connection:
    def __init__(self) -> None:
        self.pings = 0

    def check_alive(self) -> None:
        self.pings += 1


@pytest.mark.parametrize("count", [0, 1, 100, 101, 1000])
async def test_everybody_is_pinged_once_a_round(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    connections = [_Connection() for _ in range(count)]
    slept: list[float] = []

    async def sleep(delay_s: float) -> None:
        slept.append(delay_s)
        if sum(slept) > 40.001:  # in the third round
            raise asyncio.CancelledError

    monkeypatch.setattr("server.keepalive.asyncio.sleep", sleep)
    with pytest.raises(asyncio.CancelledError):
        await keep_alive(lambda: connections, 20.0)
    assert all(each.pings == 2 for each in connections)
    assert len(slept) == 2 * max(1, -(-count // 100)) + 1
