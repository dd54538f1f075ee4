"""Many stories in several processes: in each several beside each other on one server, and those that kill
theirs one after the other on a second."""

import asyncio
import multiprocessing
import os
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from msgspec import Struct, field

from tests.offline import run, story
from tests.offline.backend import Backend
from tests.offline.run import Outcome
from tests.offline.story import Story

_BATCH = 20
_BESIDE_EACH_OTHER = 5
"""Most of a run is waiting: for what is cut to be noticed, and for the next try."""


class Figures(Struct):
    """What became of many runs."""

    runs: int = 0
    devices: int = 0
    promised: int = 0
    stored: int = 0
    happened: Counter[str] = field(default_factory=Counter)
    failed: list[Outcome] = field(default_factory=list)

    def add(self, outcomes: Sequence[Outcome]) -> None:
        """Count these too."""
        for each in outcomes:
            self.runs += 1
            self.devices += each.devices
            self.promised += each.promised
            self.stored += each.stored
            self.happened += each.happened
            if each.wrong:
                self.failed.append(each)


def play_all(runs: int, seed: int, jobs: int) -> Figures:
    """So many runs, the first of them with ``seed``; up to the first batch in which something is wrong."""
    figures, began_s = Figures(), time.monotonic()
    batches = [range(first, min(first + _BATCH, seed + runs)) for first in range(seed, seed + runs, _BATCH)]
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        try:
            for done in as_completed([pool.submit(_play_in_worker, batch) for batch in batches]):
                figures.add(done.result())
                took_s = time.monotonic() - began_s
                sys.stderr.write(f"\r{figures.runs:,} runs, {took_s:.0f} s, {len(figures.failed)} wrong   ")
                sys.stderr.flush()
                if figures.failed:
                    break
        except KeyboardInterrupt:
            for each in multiprocessing.active_children():
                os.kill(each.pid or 0, signal.SIGINT)
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
            sys.stderr.write("\n")
    return figures


def play(seeds: Sequence[int]) -> list[Outcome]:
    """The runs of these seeds, on servers of their own."""
    return asyncio.run(_play([story.draw(seed) for seed in seeds]))


def _play_in_worker(seeds: Sequence[int]) -> list[Outcome]:
    try:
        return play(seeds)
    except KeyboardInterrupt:
        os._exit(1)  # the pool would go on with the next batch


async def _play(stories: Sequence[Story]) -> list[Outcome]:
    quiet = [each for each in stories if not each.kills_server]
    loud = [each for each in stories if each.kills_server]
    played = await asyncio.gather(_play_on_one(quiet, _BESIDE_EACH_OTHER), _play_on_one(loud, 1))
    return [*played[0], *played[1]]


async def _play_on_one(stories: Sequence[Story], beside_each_other: int) -> list[Outcome]:
    """On one server, which has to be well at the end."""
    outcomes: list[Outcome] = []
    if not stories:
        return outcomes
    with tempfile.TemporaryDirectory(prefix="offline-server-") as folder:
        backend = Backend(Path(folder) / "server")
        await backend.start()
        waiting = iter(stories)

        async def play_some() -> None:
            for each in waiting:
                outcomes.append(await _play_one(each, backend))

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(beside_each_other):
                    group.create_task(play_some())
            await backend.stop()
        finally:
            await backend.kill()
    if backend.trouble and not outcomes[-1].wrong:
        outcomes[-1].wrong += backend.trouble
    return outcomes


async def _play_one(story_: Story, backend: Backend) -> Outcome:
    try:
        outcome = await run.play(story_, backend)
    except Exception:  # a story that cannot be played is to be looked at like any other
        outcome = Outcome(story_.seed, [traceback.format_exc()])
    outcome.wrong += backend.trouble
    return outcome
