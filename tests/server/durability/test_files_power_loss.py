"""Power losses under uploads: no acknowledged offset goes back, and a file that the database calls whole is.
The database is the reference one, whose commits are durable; that those of the real one are is shown beside
this."""

import hashlib
import random
from pathlib import Path

import pytest

from desktop_chat.protocol.errors import ErrorCode
from server.actions.files import NewFile
from server.files.files import Caller
from server.files.sweeper import sweep
from server.refusal import Refused
from tests.server.durability.losing_folder import LosingFolder, PowerLost
from tests.server.files.engine import Engine, blocks

LIVES = 40
_FILES = 4


class _Uploads:
    """Some uploads, two of one content, over many lives of a server."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        contents = [chance.randbytes(chance.randrange(1, 3000)) for _ in range(_FILES - 1)]
        self.contents = [*contents, contents[0]]
        self.ids: dict[str, bytes] = {}
        self.acknowledged: dict[str, int] = {}
        self.wrong: list[str] = []

    async def go_on(self, engine: Engine, caller: Caller) -> None:
        """Send pieces of everything until all is there."""
        for number, content in enumerate(self.contents):
            new = NewFile(f"{number:032x}", len(content), hashlib.sha256(content).digest())
            row = await engine.files.create(caller, new)
            self.ids[row.file_id] = content
            self.acknowledged.setdefault(row.file_id, 0)
        while waiting := [each for each in self.ids if self.acknowledged[each] < len(self.ids[each])]:
            file_id = self.chance.choice(waiting)
            content = self.ids[file_id]
            try:
                _, offset = await engine.files.offset(caller, file_id)
                if offset < self.acknowledged[file_id]:
                    self.wrong.append("an acknowledged offset went back")
                if offset < len(content):
                    piece = content[offset : offset + self.chance.randrange(1, 900)]
                    body = blocks([piece[:300], piece[300:]] if len(piece) > 300 else [piece])
                    _, offset = await engine.files.receive(caller, file_id, offset, body)
                self.acknowledged[file_id] = offset
            except Refused as refused:
                # Bytes that were never acknowledged may come back as others: found out, and sent again.
                if refused.code is not ErrorCode.BAD_CHECKSUM:
                    raise
                self.acknowledged[file_id] = 0

    async def check(self, engine: Engine, caller: Caller) -> None:
        """Whatever the database calls whole can be read, and is what was sent."""
        for row in engine.store.state.files.values():
            if row.finished_at_ms is not None:
                try:
                    found = await engine.content(caller, row.file_id)
                except Refused:
                    found = b"nothing"
                if found != self.ids[row.file_id]:
                    self.wrong.append("a whole file is not what was sent")


async def lives(folder: Path, seed: int, *, syncs: bool) -> list[str]:
    """So many losses of one folder; what is wrong."""
    chance = random.Random(seed)
    engine, uploads = Engine(folder), _Uploads(chance)
    engine.path = folder / "life0" / "files"
    for number in range(LIVES):
        disk = LosingFolder(engine.path, chance, 10_000, syncs=syncs)
        caller = await engine.start(disk)
        await uploads.check(engine, caller)
        if uploads.wrong:
            engine.die()
            break
        disk._countdown = chance.randrange(1, 40)
        try:
            await sweep(engine.files)
            await uploads.go_on(engine, caller)
        except PowerLost:
            assert disk.dead
        engine.die()
        engine.path = folder / f"life{number + 1}" / "files"
        disk.restore(engine.path.parent)
    else:
        caller = await engine.start()
        await uploads.go_on(engine, caller)
        await uploads.check(engine, caller)
        await sweep(engine.files)
        assert len(engine.on_disk()) == len(set(uploads.contents))
        engine.die()
    return uploads.wrong


@pytest.mark.parametrize("seed", range(4))
async def test_no_file_is_lost_to_the_power(
    tmp_path: Path, seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    assert await lives(tmp_path, seed, syncs=True) == []


async def test_the_same_losses_find_a_folder_that_does_not_sync(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    wrong: list[str] = []
    with caplog.at_level(40, logger="server.files.files"):
        for seed in range(4):
            (tmp_path / str(seed)).mkdir()
            wrong += await lives(tmp_path / str(seed), seed, syncs=False)
    assert "an acknowledged offset went back" in wrong
    assert "a whole file is not what was sent" in wrong
