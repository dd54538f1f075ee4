"""kill -9 while a server brings the database of the first one to its own schema. It is the old one then or
the new one, nothing is missing from it, and the next server starts on it."""

import asyncio
import contextlib
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from random import Random

from server.store.migrations import REVISIONS
from tests.server.blackbox.real_server import spawn_server, until_ready
from tests.server.store import previous
from tests.torture.ledger import Verdict

_KILLS_MAX = 3
"""Of one database before it may be upgraded in peace."""
_BEGINS_S = 2.0
_STARTS_S = (0.2, 1.2)
_WORKS_S = 0.3
"""What the steps take, about."""


def kill(seed: int, times: int) -> tuple[Verdict, dict[str, int]]:
    """So many databases; also how many kills left each revision."""
    chance, verdict, found = Random(seed), Verdict(), dict[str, int]()
    with tempfile.TemporaryDirectory() as folder:
        original = Path(folder) / "original.sqlite3"
        previous.make_database(original)
        for number in range(times):
            data = Path(folder) / str(number)
            data.mkdir()
            (data / "server.sqlite3").write_bytes(original.read_bytes())
            asyncio.run(_upgrade(data, chance, verdict, found))
    if not verdict.is_sound:
        verdict.words.insert(0, f"seed {seed}")
    return verdict, found


async def _upgrade(folder: Path, chance: Random, verdict: Verdict, found: dict[str, int]) -> None:
    for _ in range(chance.randint(1, _KILLS_MAX)):
        process = await spawn_server(folder)
        if chance.random() < 0.3:
            await asyncio.sleep(chance.uniform(*_STARTS_S))
        else:
            await _writing(folder)
            await asyncio.sleep(chance.random() * _WORKS_S)
        process.kill()
        await process.communicate()
        revision = _check(folder, verdict)
        found[revision] = found.get(revision, 0) + 1
    try:
        server = await until_ready(await spawn_server(folder))
    except AssertionError as error:
        verdict.blame(f"no start after an upgrade was killed: {error}")
        return
    await server.stop()
    if _check(folder, verdict) != REVISIONS[-1]:
        verdict.blame("it was not upgraded")


async def _writing(folder: Path) -> None:
    """Wait until the server opens its database to write to it, or has had time enough."""
    log = folder / "server.sqlite3-wal"
    before = log.stat().st_mtime_ns if log.exists() else 0
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_BEGINS_S):
            while not log.exists() or log.stat().st_mtime_ns == before:  # noqa: ASYNC110
                await asyncio.sleep(0.001)


def _check(folder: Path, verdict: Verdict) -> str:
    """Look at what is there, without mending anything; the revision."""
    path = folder / "server.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        (answer,) = connection.execute("PRAGMA integrity_check").fetchone()
        if answer != "ok":
            verdict.blame(f"the database is not whole: {answer}")
        (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        messages = connection.execute("SELECT seq, body FROM message WHERE conversation_id = 1").fetchall()
        counts = [
            connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]
            for table in ("user", "device", "conversation", "member", "message")
        ]
        columns = {row[1] for row in connection.execute("PRAGMA table_info(conversation)")}
        there = revision == REVISIONS[-1]
        directs = connection.execute("SELECT count(*) FROM direct").fetchone()[0] if there else 3
    wanted = [(seq, previous.body_of(seq)) for seq in range(1, previous.MESSAGES + 1)]
    verdict.confirmed += len(messages)
    if sorted(messages) != wanted or counts != [3, 3, 3, 5, previous.MESSAGES + previous.NOTES]:
        verdict.lost += 1
        verdict.words.append(f"revision {revision}: something is missing: {counts}")
    if directs != 3 or ("low_user_id" in columns) == there:
        verdict.blame(f"revision {revision} is there by half: {columns}")
    return str(revision)
