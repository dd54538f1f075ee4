"""kill -9 of the real server under load, at random moments of its life: while it starts, works, or is told to
stop. Each time the database that it leaves is looked at, and the next server has to start on it as on any
other."""

import asyncio
import contextlib
import random
import shutil
import tempfile
from pathlib import Path

from server.store.reader import Reader
from server.store.sqlite import SqliteStore
from tests.server.blackbox.real_server import RealServer, spawn_server, start_server, until_ready
from tests.torture.changers import Changer
from tests.torture.ledger import Ledger, Verdict
from tests.torture.senders import Address, Sender
from tests.torture.uploader import Uploader

SENDERS = 4
CHANGERS = 2
_FILES = {"files", "server.sqlite3", "server.sqlite3-wal", "server.sqlite3-shm", "server.lock"}
"""What a folder may hold after a kill. A file that needs mending is one too many."""
_AT_WORK_S = (0.0, 0.25)
_AT_START_S = (0.0, 0.8)
_AT_STOP_S = (0.0, 0.03)
_SETTINGS = {
    "commands_per_s": 1e6,
    "commands_burst": 1e6,
    "connections_per_user_max": 1000,
    "http_requests_per_user_burst": 1e6,
    "http_requests_per_address_burst": 1e6,
}
TROUBLE = (" WARNING ", " ERROR ", " CRITICAL ", "Traceback")
"""What no server logs while nothing is wrong with it."""


def kill(seed: int, kills: int) -> tuple[Verdict, dict[str, int]]:
    """One folder through a number of kills; also how many there were of each sort."""
    with tempfile.TemporaryDirectory() as folder:
        killing = _Killing(Path(folder), random.Random(seed))
        asyncio.run(killing.run(kills))
    if not killing.verdict.is_sound:
        killing.verdict.words.insert(0, f"seed {seed}")
    return killing.verdict, killing.sorts


class _Killing:
    """One folder, one server after the other, and the clients that outlive them."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self.verdict = Verdict()
        self.sorts = {"at work": 0, "at start": 0, "at stop": 0}
        self._folder, self._chance = folder / "data", chance
        self._copy = folder / "copy"
        self._address = Address()
        self._ledger = Ledger()
        self._wrong: list[str] = []
        self._senders = [Sender(each, self._address, self._ledger, self._wrong) for each in range(SENDERS)]
        self._changers = [Changer(each, self._address, self._wrong) for each in range(CHANGERS)]
        self._uploader = Uploader(self._address, self._wrong)
        self._epoch = ""

    async def run(self, kills: int) -> None:
        """Kill as often as that, then stop once as one should. The verdict is the last one, or the first that
        is not sound."""
        self._folder.mkdir()
        await self._first_start()
        everybody = [*self._senders, *self._changers, self._uploader]
        tasks = [asyncio.ensure_future(each.run()) for each in everybody]
        try:
            for _ in range(kills):
                await self._kill_one()
                await self._look()
                if not self.verdict.is_sound:
                    return
            await self._stop_well()
            await self._look()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _first_start(self) -> None:
        server = await start_server(self._folder, **_SETTINGS)
        self._address.url = server.url
        for number, sender in enumerate(self._senders):
            await sender.set_up(self._senders[:number])
        await self._changers[0].set_up(None)
        await self._changers[1].set_up(self._changers[0])
        await self._uploader.set_up()
        self._address.url = ""
        await server.stop()

    async def _kill_one(self) -> None:
        sort = self._chance.choices(list(self.sorts), (6, 2, 2))[0]
        self.sorts[sort] += 1
        process = await spawn_server(self._folder, **_SETTINGS)
        if sort == "at start":
            await asyncio.sleep(self._chance.uniform(*_AT_START_S))
            process.kill()
            await self._ended(process, -9)
            return
        server = await self._ready(process)
        if server is None:
            return
        # Whatever else is going on, somebody has to have been told something before it ends.
        await self._somebody_is_told(server)
        await asyncio.sleep(self._chance.uniform(*_AT_WORK_S))
        if sort == "at stop":
            process.terminate()
            await asyncio.sleep(self._chance.uniform(*_AT_STOP_S))
        self._address.url = ""
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await self._ended(process, -9 if sort == "at work" else None)

    async def _stop_well(self) -> None:
        server = await self._ready(await spawn_server(self._folder, **_SETTINGS))
        if server is None:
            return
        await self._somebody_is_told(server)
        self._address.url = ""
        server.process.terminate()
        await self._ended(server.process, 0)

    async def _ready(self, process: asyncio.subprocess.Process) -> RealServer | None:
        try:
            return await until_ready(process)
        except AssertionError as error:
            self.verdict.blame(f"no start after a kill: {error}")
            return None

    async def _somebody_is_told(self, server: RealServer) -> None:
        told = self._chance.choice(self._senders).confirmed_here
        told.clear()
        self._address.url = server.url
        ended = asyncio.ensure_future(server.process.wait())
        waiting = asyncio.ensure_future(told.wait())
        await asyncio.wait((ended, waiting), return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        ended.cancel()

    async def _ended(self, process: asyncio.subprocess.Process, status: int | None) -> None:
        _, err = await process.communicate()
        if status is not None and process.returncode != status:
            self.verdict.blame(f"the server ended by itself with {process.returncode}: {err.decode()}")
        if any(word in err.decode() for word in TROUBLE):
            self.verdict.blame(f"the server had trouble: {err.decode()}")

    async def _look(self) -> None:
        """Open a copy of what is there, so that the next server has the mending to do, if there is any."""
        verdict, before = Verdict(), self.verdict
        for words in [*self._wrong, *before.words]:
            verdict.blame(words)
        if strange := {each.name for each in self._folder.iterdir()} - _FILES:
            verdict.blame(f"left behind: {strange}")
        shutil.rmtree(self._copy, ignore_errors=True)
        shutil.copytree(self._folder, self._copy)
        store = SqliteStore(self._copy / "server.sqlite3", new_epoch=lambda: "of nobody")
        store.start()
        try:
            self._epoch = self._epoch or store.epoch
            if store.epoch != self._epoch:
                verdict.blame("another log")
            for conversation_id in sorted(
                {each for sender in self._senders for each in sender.conversations}
            ):
                verdict.add(await store.read(lambda reader, of=conversation_id: self._check(reader, of)))  # type: ignore[misc]
            for changer in self._changers:
                verdict.add(await store.read(changer.check))
            verdict.add(await store.read(lambda reader: self._uploader.check(reader, self._copy / "files")))
        finally:
            await store.close()
        self.verdict = verdict

    def _check(self, reader: Reader, conversation_id: int) -> Verdict:
        conversation = reader.conversation(conversation_id)
        count = conversation.message_count if conversation is not None else 0
        return self._ledger.check(conversation_id, count, reader.page_after(conversation_id, 0, 10**6))
