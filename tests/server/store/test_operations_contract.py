"""How every store performs operations and answers them."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from desktop_chat.protocol.errors import ErrorCode
from server.refusal import Refused
from server.store.base import StoreUnavailable
from server.store.records import MemberRow
from server.store.writer import Writer
from tests.server.store.filling import append, people
from tests.server.store.stores import EPOCH, OpenStore, every_store

pytestmark = every_store


async def test_answers_come_in_order_and_only_what_failed_fails(
    open_store: OpenStore, tmp_path: Path
) -> None:
    async with open_store(tmp_path) as store:
        await store.perform(people)
        answers: list[tuple[int, Any]] = []

        def operation(number: int) -> Any:
            def run(writer: Writer) -> int:
                if number == 3:
                    raise Refused(ErrorCode.NOT_FOUND, "no")
                seq = append(writer, 1, 1, number)
                writer.set_pointers(MemberRow(1, 1, seq, seq, seq))
                if number == 5:
                    raise RuntimeError("bug")
                return seq

            return run

        def note(number: int) -> Any:
            return lambda result, error: answers.append((number, result if error is None else type(error)))

        for number in range(1, 9):
            store.write(operation(number), note(number))
        await store.perform(lambda writer: None)
        assert [number for number, _ in answers] == list(range(1, 9))
        assert [result for _, result in answers] == [1, 2, Refused, 3, RuntimeError, 4, 5, 6]
        page = await store.read(lambda reader: reader.page_after(1, 0, 99))
        assert [int(each.client_id, 16) for each in page] == [1, 2, 4, 6, 7, 8]
        assert await store.read(lambda reader: reader.member(1, 1)) == MemberRow(1, 1, 6, 6, 6)
        positions = [each.message_id for each in page]
        assert positions == sorted(set(positions))
        assert await store.read(lambda reader: reader.position()) == positions[-1]


async def test_a_full_queue_says_so(open_store: OpenStore, tmp_path: Path) -> None:
    async with open_store(tmp_path, queue_max=2) as store:
        first, second = (asyncio.ensure_future(store.perform(lambda writer: 7)) for _ in range(2))
        await asyncio.sleep(0)
        with pytest.raises(StoreUnavailable):
            await store.perform(lambda writer: 7)
        assert (await first, await second) == (7, 7)
        assert await store.perform(lambda writer: 7) == 7


async def test_close_answers_what_is_queued(open_store: OpenStore, tmp_path: Path) -> None:
    answers: list[Any] = []
    async with open_store(tmp_path) as store:
        assert store.epoch == EPOCH
        store.write(people, lambda result, error: answers.append(result))
        await store.close()
        assert answers == [1]
        with pytest.raises(StoreUnavailable):
            store.write(people, lambda result, error: answers.append(result))
        with pytest.raises(StoreUnavailable):
            await store.read(lambda reader: reader.position())


async def test_a_waiter_that_is_gone_does_not_stop_the_work(open_store: OpenStore, tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        waiting = asyncio.ensure_future(store.perform(people))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert await store.perform(lambda writer: writer.position()) == 4
