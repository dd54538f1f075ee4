"""The devices of a run: in this process, or in one of their own that can be killed. Each starts again on the
cache that it left."""

import asyncio
import itertools
import multiprocessing
import socket
from contextlib import suppress
from multiprocessing.process import BaseProcess
from typing import Protocol

import msgspec
from msgspec.structs import replace

from tests.offline import child
from tests.offline.hands import Hands, Identity
from tests.offline.records import Answer, Order

_HUNG_S = 60.0
"""No answer takes so long; it ends what would wait for ever."""
_encode = msgspec.json.encode
_answer = msgspec.json.Decoder(Answer).decode


class Device(Protocol):
    """One device. Orders to one that does not run are skipped."""

    name: str
    user_id: int
    runs: bool

    async def start(self) -> None:
        """Begin, or begin again."""

    async def end(self) -> None:
        """End in the way that this device ends in."""

    async def obey(self, order: Order) -> Answer:
        """Carry an order out; ``lost`` where the device ended before it answered."""


class LocalDevice:
    """In this process; it ends as the app does."""

    def __init__(self, identity: Identity, trouble: list[str]) -> None:
        self.name, self.user_id = identity.name, identity.user_id
        self.runs = False
        self._identity, self._trouble = identity, trouble
        self._hands: Hands
        self._turn = asyncio.Lock()
        self._under_way = set[asyncio.Task[Answer]]()

    async def start(self) -> None:
        if not self.runs:
            self._hands = Hands(self._identity, self._trouble)
            self.runs = True

    async def end(self) -> None:
        async with self._turn:
            if not self.runs:
                return
            self.runs = False
            for task in self._under_way:
                task.cancel()
            await asyncio.gather(*self._under_way, return_exceptions=True)
            self._identity = replace(self._identity, wall_ms=self._hands.shifts.wall_ms)
            await self._hands.close()

    async def obey(self, order: Order) -> Answer:
        if not Hands.is_local(order):
            return await self._obey(order)
        async with self._turn:
            return await self._obey(order)

    async def _obey(self, order: Order) -> Answer:
        if not self.runs:
            return Answer(order.number, "skipped")
        task = asyncio.ensure_future(self._hands.obey(order))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        await asyncio.wait((task,))
        return Answer(order.number, "lost") if task.cancelled() else task.result()


class ChildDevice:
    """In a process of its own; it ends by kill -9."""

    def __init__(self, identity: Identity) -> None:
        self.name, self.user_id = identity.name, identity.user_id
        self.runs = False
        self._identity = identity
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self._process: BaseProcess
        self._writer: asyncio.StreamWriter
        self._listening: asyncio.Task[None]

    async def start(self) -> None:
        if self.runs:
            return
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([child.__name__])
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = context.Process(
                target=child.main, args=(theirs, _encode(self._identity)), daemon=True
            )
            self._process.start()
        reader, self._writer = await asyncio.open_connection(sock=ours, limit=child.LINE_MAX_BYTES)
        self.runs = True
        ready = self._waiting[0] = asyncio.get_running_loop().create_future()
        self._listening = asyncio.ensure_future(self._listen(reader))
        async with asyncio.timeout(_HUNG_S):
            await ready

    async def end(self) -> None:
        if not self.runs:
            return
        self.runs = False
        self._process.kill()
        await self._listening
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()
        self._process.join()
        self._process.close()

    async def obey(self, order: Order) -> Answer:
        if not self.runs:
            return Answer(order.number, "skipped")
        if order.kind == "clock":
            moved_ms = self._identity.wall_ms + round(order.amount * 1000)
            self._identity = replace(self._identity, wall_ms=moved_ms)
        number = next(self._numbers)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        self._writer.write(_encode(replace(order, number=number)) + b"\n")
        async with asyncio.timeout(_HUNG_S):
            return await answer

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            while line := await reader.readline():
                if not line.endswith(b"\n"):
                    break  # killed in the midst of it
                answer = _answer(line)
                waiting = self._waiting.pop(answer.number)
                if not waiting.done():
                    waiting.set_result(answer)
        self.runs = False
        for number, answer_ in self._waiting.items():
            if not answer_.done():
                answer_.set_result(Answer(number, "lost"))
        self._waiting.clear()
