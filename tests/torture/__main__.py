"""``python -m tests.torture [--losses N] [--kills N] [--seed S] [--jobs J]``: the figures of docs/reliability.md.
Exits with 1 where anything that was confirmed is not as it should be, or where the control finds nothing."""

import argparse
import logging
import multiprocessing
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from tests.torture import kills, power_loss
from tests.torture.ledger import Verdict

_LOSSES_EACH = 50
"""Losses of one database, since looking at it takes as long as it has grown."""
_KILLS_EACH = 25
_WORDS_MAX = 20

Outcome = tuple[Verdict, Counter[str]]


def main() -> int:
    """Run the command line; returns the exit status."""
    given = _parser().parse_args()
    failed = False
    if given.losses:
        verdict, counted = _play(_lose, _shares(given.losses, _LOSSES_EACH, given.seed), given.jobs, "losses")
        _report("power losses", counted.total(), verdict)
        control, _ = _lose_unsynced(given.seed)
        found = control.lost + control.broken
        print(f"control      synchronous=OFF, {_LOSSES_EACH} losses at most: {found} things wrong")
        failed = not verdict.is_sound or not found
    if given.kills:
        verdict, counted = _play(_kill, _shares(given.kills, _KILLS_EACH, given.seed), given.jobs, "kills")
        _report("kill -9", counted.total(), verdict)
        print(f"             {', '.join(f'{count} {sort}' for sort, count in sorted(counted.items()))}")
        failed = failed or not verdict.is_sound
    return 1 if failed else 0


def _report(what: str, times: int, verdict: Verdict) -> None:
    print(
        f"{what:<12} {times:,} times: {verdict.confirmed:,} confirmed, {verdict.lost} lost, {verdict.doubled} "
        f"doubled, {verdict.out_of_order} out of order, {verdict.broken} otherwise wrong",
        flush=True,
    )
    for words in verdict.words[:_WORDS_MAX]:
        print(f"  {words}")


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
            sys.stderr.write(f"\r{counted.total():,} {what}, {took_s:.0f} s, {len(verdict.words)} findings   ")
            sys.stderr.flush()
    sys.stderr.write("\n")
    return verdict, counted


def _shares(total: int, each: int, seed: int) -> list[tuple[int, int]]:
    """(seed, times) of every database."""
    return [
        (seed + number, min(each, total - start)) for number, start in enumerate(range(0, total, each))
    ]


def _lose(share: tuple[int, int], synchronous: str = "FULL") -> Outcome:
    seed, losses = share
    logging.getLogger("server.store").setLevel(logging.CRITICAL)  # that its disk fails is meant to be
    with tempfile.TemporaryDirectory() as folder:
        return power_loss.lives(Path(folder), seed, losses, synchronous), Counter(losses=losses)


def _lose_unsynced(seed: int) -> Outcome:
    return _lose((seed, _LOSSES_EACH), "OFF")


def _kill(share: tuple[int, int]) -> Outcome:
    seed, times = share
    verdict, sorts = kills.kill(seed, times)
    return verdict, Counter(sorts)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--losses", type=int, default=10_000, help="power losses; 0 for none (10000)")
    parser.add_argument("--kills", type=int, default=300, help="kills of a real server; 0 for none (300)")
    parser.add_argument("--seed", type=int, default=0, help="what happens when (0)")
    parser.add_argument("--jobs", type=int, default=2, help="processes at once (2)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
