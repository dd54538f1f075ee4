"""Many databases through their losses and kills, in several processes."""

import asyncio
import logging
import multiprocessing
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from tests.server.durability.test_files_power_loss import LIVES as FILE_LIVES
from tests.server.durability.test_files_power_loss import lives as file_lives
from tests.torture import kills, power_loss, upgrades
from tests.torture.ledger import Verdict

_LOSSES_EACH = 50
"""Losses of one database, since looking at it takes as long as it has grown."""
_KILLS_EACH = 25
_UPGRADES_EACH = 5

Outcome = tuple[Verdict, Counter[str]]
"""What was found, and how many there were of each sort."""


def lose_power(losses: int, seed: int, jobs: int) -> Outcome:
    """So many power losses."""
    return _play(_lose, _shares(losses, _LOSSES_EACH, seed), jobs, "losses")


def lose_power_without_syncs(seed: int) -> Verdict:
    """The same losses for a database that is never synced, up to the first that shows."""
    return _lose((seed, _LOSSES_EACH), "OFF")[0]


def lose_files(losses: int, seed: int, jobs: int) -> Outcome:
    """So many power losses in the midst of uploads, at least."""
    return _play(_lose_files, _shares(losses, FILE_LIVES, seed), jobs, "losses of files")


def kill(times: int, seed: int, jobs: int) -> Outcome:
    """So many kills."""
    return _play(_kill, _shares(times, _KILLS_EACH, seed), jobs, "kills")


def kill_upgrades(databases: int, seed: int, jobs: int) -> Outcome:
    """Kills in the midst of so many upgrades."""
    return _play(_kill_upgrades, _shares(databases, _UPGRADES_EACH, seed), jobs, "kills in upgrades")


def _play(
    play: Callable[[tuple[int, int]], Outcome], shares: Iterable[tuple[int, int]], jobs: int, what: str
) -> Outcome:
    verdict, counted = Verdict(), Counter[str]()
    began_s = time.monotonic()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        for done in as_completed([pool.submit(play, each) for each in shares]):
            one, times = done.result()
            verdict.add(one)
            counted += times
            took_s = time.monotonic() - began_s
            sys.stderr.write(
                f"\r{counted.total():,} {what}, {took_s:.0f} s, {len(verdict.words)} findings   "
            )
            sys.stderr.flush()
    sys.stderr.write("\n")
    return verdict, counted


def _shares(total: int, each: int, seed: int) -> list[tuple[int, int]]:
    """(seed, times) of every database."""
    return [(seed + number, min(each, total - start)) for number, start in enumerate(range(0, total, each))]


def _lose(share: tuple[int, int], synchronous: str = "FULL") -> Outcome:
    seed, losses = share
    logging.getLogger("server.store").setLevel(logging.CRITICAL)  # that its disk fails is meant to be
    with tempfile.TemporaryDirectory() as folder:
        return power_loss.lives(Path(folder), seed, losses, synchronous), Counter(losses=losses)


def _lose_files(share: tuple[int, int]) -> Outcome:
    seed, _ = share
    logging.getLogger("server.files").setLevel(logging.CRITICAL)
    verdict = Verdict(confirmed=1)
    with tempfile.TemporaryDirectory() as folder:
        for words in asyncio.run(file_lives(Path(folder), seed, syncs=True)):
            verdict.blame(f"seed {seed}: {words}")
    return verdict, Counter(losses=FILE_LIVES)


def _kill(share: tuple[int, int]) -> Outcome:
    seed, times = share
    verdict, sorts = kills.kill(seed, times)
    return verdict, Counter(sorts)


def _kill_upgrades(share: tuple[int, int]) -> Outcome:
    seed, databases = share
    verdict, revisions = upgrades.kill(seed, databases)
    return verdict, Counter(revisions)
