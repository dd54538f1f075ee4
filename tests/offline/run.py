"""Plays one story with real devices and a real server, lets everything heal, and judges."""

import asyncio
import logging
import shutil
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from msgspec import Struct, field
from websockets.asyncio.client import connect

from desktop_chat.net.clock import Clock
from desktop_chat.net.transport import open_websocket
from desktop_chat.protocol.commands import CreateGroup
from desktop_chat.protocol.replies import ConversationOpened
from desktop_chat.services.account import Accounts
from tests.offline import truth
from tests.offline.backend import Backend
from tests.offline.devices import ChildDevice, Device, LocalDevice
from tests.offline.doings import Doings
from tests.offline.hands import Identity, Trouble
from tests.offline.judge import judge
from tests.offline.ledger import Ledger
from tests.offline.line import Line
from tests.offline.records import Order, View
from tests.offline.story import Step, Story
from tests.server.blackbox.real_server import RealClient

_PASSWORD = "correct horse"
HEALS_WITHIN_S = 30.0
"""Once everything works again; many times what it takes."""
_LOOK_EVERY_S = 0.05
_NAMES = ("ann", "bob", "cid")


class Outcome(Struct):
    """What became of a run. ``wrong`` is empty where all is well; ``happened`` counts steps by kind."""

    seed: int
    wrong: list[str] = field(default_factory=list)
    happened: Counter[str] = field(default_factory=Counter)
    promised: int = 0
    stored: int = 0
    devices: int = 0


async def play(story: Story, backend: Backend) -> Outcome:
    """Play and judge. The server runs before and after."""
    async with a_run(story, backend) as run:
        return await run.play()


@asynccontextmanager
async def a_run(story: Story, backend: Backend) -> AsyncIterator["Run"]:
    """A run that is to be played; nothing stays of it."""
    folder = Path(tempfile.mkdtemp(prefix="offline-"))
    run = Run(story, backend, folder)
    trouble = Trouble()
    trouble.words = run.trouble
    logging.getLogger().addHandler(trouble)
    try:
        yield run
    finally:
        await run.end()
        logging.getLogger().removeHandler(trouble)
        shutil.rmtree(folder)


class Run:
    """One story while it is played."""

    def __init__(self, story: Story, backend: Backend, folder: Path) -> None:
        self.trouble: list[str] = []
        self.ledger = Ledger()
        self.truth: dict[int, truth.Kept] = {}
        self.views: dict[str, tuple[int, View]] = {}
        """What was last judged, and held against what: of each device its user's id and what it shows."""
        self._story, self._backend, self._folder = story, backend, folder
        self._devices: list[Device] = []
        self._fresh: list[LocalDevice] = []
        self._lines: list[Line] = []
        self._talks: list[int] = []
        self._doings: Doings
        self._under_way: list[asyncio.Task[None]] = []

    async def play(self) -> Outcome:
        """Settle in, live through the story, heal, and be judged."""
        outcome = Outcome(self._story.seed, devices=len(self._story.devices))
        await self._set_up()
        outcome.wrong = await self._settle(self._devices)
        if outcome.wrong:
            return outcome
        for step in self._story.steps:
            outcome.happened[step.kind] += 1
            await asyncio.sleep(step.pause_s)
            await self._happen(step)
        await self._end_all_faults()
        outcome.wrong = await self._settle(self._devices) or await self._last_look()
        outcome.wrong += self._doings.wrong
        outcome.promised = self.ledger.promises
        outcome.stored = sum(len(each.log) for each in self.truth.values())
        return outcome

    async def end(self) -> None:
        """End every device and every line, whatever state they are in."""
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        for device in [*self._devices, *self._fresh]:
            await device.end()
        for line in self._lines:
            await line.close()
        await self._backend.start()

    async def _set_up(self) -> None:
        people: dict[int, tuple[int, str]] = {}
        for number, person in enumerate(self._story.devices):
            accounts = Accounts(open_websocket, Clock(), f"device {number}")
            enter = accounts.sign_in if person in people else accounts.register
            signed_in = await enter(self._backend.url, self._user_name(person), _PASSWORD)
            user_id, token = signed_in.user.user_id, signed_in.token
            people.setdefault(person, (user_id, token))
            line = Line(lambda: self._backend.port)
            await line.open()
            self._lines.append(line)
            identity = self._identity(f"{_NAMES[person]}{number}", user_id, token, line.url)
            is_child = number == self._story.mortal
            self._devices.append(ChildDevice(identity) if is_child else LocalDevice(identity, self.trouble))
        await self._open_talks(list(people.values()))
        self._doings = Doings(self.ledger, self._backend.database, self._talks)
        for device in self._devices:
            await device.start()

    async def _open_talks(self, people: list[tuple[int, str]]) -> None:
        async with connect(self._backend.url, compression=None, max_size=None) as socket:
            client = RealClient(socket)
            await client.connect(people[0][1])
            self._talks.append(await client.open(people[1][0]))
            if self._story.with_group:
                others = tuple(user_id for user_id, _ in people[1:])
                command = CreateGroup(client.next_id(), f"{self._story.seed:032x}", "Everybody", others)
                opened = await client.ask(command, ConversationOpened)
                self._talks.append(opened.conversation.conversation_id)

    def _user_name(self, person: int) -> str:
        return f"{_NAMES[person]}{self._story.seed}"

    def _identity(self, name: str, user_id: int, token: str, url: str) -> Identity:
        folder = self._folder / name
        folder.mkdir()
        return Identity(name, user_id, token, url, str(folder / "cache.db"))

    async def _happen(self, step: Step) -> None:
        device = self._devices[step.device]
        lines = self._lines if step.device < 0 else [self._lines[step.device]]
        match step.kind:
            case "settle":
                await asyncio.gather(*self._under_way)
                await self._settle(self._devices)
            case "kill server":
                await self._backend.kill()
            case "start server":
                self._begin(self._backend.start())
            case "kill client":
                await device.end()
            case "start client":
                await device.start()
            case "restart":
                await device.end()
                await device.start()
            case "sleep" | "step":
                await device.obey(Order("clock", text=step.kind, amount=step.amount))
            case "cut" | "cut later" | "half-open" | "swallow" | "delay" | "throttle" | "refuse" | "calm":
                for line in lines:
                    await _break(line, step)
            case _:
                self._begin(self._doings.do(step, device))

    def _begin(self, doing: Coroutine[Any, Any, None]) -> None:
        self._under_way.append(asyncio.ensure_future(doing))

    async def _end_all_faults(self) -> None:
        for line in self._lines:
            await line.calm()
        await asyncio.gather(*self._under_way)
        await self._backend.start()
        for device in self._devices:
            await device.start()

    async def _last_look(self) -> list[str]:
        """Once everything that was on its way is here, beside devices that come to it new."""
        async with asyncio.timeout(HEALS_WITHIN_S):
            for device in self._devices:
                while (await device.obey(Order("barrier"))).status != "done":
                    await asyncio.sleep(_LOOK_EVERY_S)
        for person in range(self._story.people):
            accounts = Accounts(open_websocket, Clock(), "fresh")
            signed_in = await accounts.sign_in(self._backend.url, self._user_name(person), _PASSWORD)
            identity = self._identity(
                f"fresh {_NAMES[person]}", signed_in.user.user_id, signed_in.token, self._backend.url
            )
            device = LocalDevice(identity, self.trouble)
            self._fresh.append(device)
            await device.start()
        return await self._settle(self._fresh) or await self._judge([*self._devices, *self._fresh])

    async def _settle(self, devices: Sequence[Device]) -> list[str]:
        """Wait until nothing is wrong with these devices; what still is when they have had time enough."""
        loop = asyncio.get_running_loop()
        limit = loop.time() + HEALS_WITHIN_S
        while True:
            wrong = await self._what_waits(devices) or await self._judge(devices)
            if not wrong:
                return []
            if loop.time() > limit:
                return ["it does not heal", *wrong]
            await asyncio.sleep(_LOOK_EVERY_S)

    async def _what_waits(self, devices: Sequence[Device]) -> list[str]:
        for device in devices:
            if why := (await device.obey(Order("waits"))).text:
                return [f"{device.name} {why}"]
        return []

    async def _judge(self, devices: Sequence[Device]) -> list[str]:
        self.views = {}
        for device in devices:
            answer = await device.obey(Order("view"))
            if answer.view is None:
                return [f"{device.name} shows nothing: {answer.status} {answer.text}"]
            self.views[device.name] = (device.user_id, answer.view)
        self.truth = truth.read(self._backend.database, self._talks)
        return judge(self.truth, self.views, self.ledger)


async def _break(line: Line, step: Step) -> None:
    match step.kind:
        case "cut":
            line.cut()
        case "cut later":
            line.cut(after_bytes=int(step.amount))
        case "half-open":
            line.fall_silent()
        case "swallow":
            line.fall_silent()
            line.swallows = True
        case "delay":
            line.delay_s = step.amount
        case "throttle":
            line.bytes_per_s = step.amount
        case "refuse":
            await line.refuse(True)
            line.cut()
        case "calm":
            await line.calm()
