"""Plays seeds: ``python -m tests.simulation.campaign [FIRST [COUNT]] [--jobs N]`` for a long campaign. Ends
with the first violation, whose seed plays the same again."""

import argparse
import multiprocessing
import os
import sys
import time

from tests.simulation import invariants, virtual_time
from tests.simulation.world import Faults, World

_PROGRESS_EVERY = 1000


class Violation(AssertionError):
    """A seed whose world broke an invariant."""


def play(seed: int, faults: Faults | None = None) -> int:
    """Play one seed and hold the invariants against its end; returns how many things happened.
    Raises Violation, naming the seed."""

    async def story() -> int:
        world = World(seed, faults)
        try:
            await world.play()
            invariants.check(world)
        finally:
            await world.end()
        return world.events

    try:
        return virtual_time.run(story())
    except AssertionError as error:
        raise Violation(f"seed {seed}: {error}") from error


def trace(seed: int) -> list[tuple[int, int, str]]:
    """What a seed's server holds in the end: conversation, sender and text of every message."""

    async def story() -> list[tuple[int, int, str]]:
        world = World(seed)
        try:
            await world.play()
        finally:
            await world.end()
        logs = world.server.store.state.messages
        return [
            (id_, m.sender_id, f"{m.sent_at_ms} {m.content or m.action}")
            for id_, log in logs.items()
            for m in log
        ]

    return virtual_time.run(story())


def main() -> int:
    """Play them all; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("first", type=int, nargs="?", default=0)
    parser.add_argument("count", type=int, nargs="?", default=10_000)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N")
    options = parser.parse_args()
    seeds = range(options.first, options.first + options.count)
    began_s, happenings = time.perf_counter(), 0
    with multiprocessing.get_context("spawn").Pool(options.jobs) as pool:
        for done, outcome in enumerate(pool.imap_unordered(_outcome, seeds, chunksize=5), start=1):
            if isinstance(outcome, str):
                print(outcome)
                return 1
            happenings += outcome
            if done % _PROGRESS_EVERY == 0:
                print(
                    f"{done} seeds, {happenings} happenings, {time.perf_counter() - began_s:.0f} s",
                    flush=True,
                )
    took_s = time.perf_counter() - began_s
    print(
        f"{options.count} seeds from {options.first}, {happenings} happenings, {took_s:.0f} s, no violation"
    )
    return 0


def _outcome(seed: int) -> int | str:
    try:
        return play(seed)
    except Violation as violation:
        return str(violation)


if __name__ == "__main__":
    sys.exit(main())
