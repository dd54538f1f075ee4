"""Plays seeds: ``python -m tests.simulation.campaign FIRST COUNT`` for a long campaign."""

import sys
import time

from tests.simulation import invariants, virtual_time
from tests.simulation.world import Faults, World


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
            (id_, m.sender_id, f"{m.sent_at_ms} {m.content.body}") for id_, log in logs.items() for m in log
        ]

    return virtual_time.run(story())


def main() -> None:
    first, count = int(sys.argv[1]), int(sys.argv[2])
    began_s = time.perf_counter()
    events = sum(play(seed) for seed in range(first, first + count))
    took_s = time.perf_counter() - began_s
    print(f"{count} seeds from {first}, {events} happenings, {took_s:.1f} s, no violation")


if __name__ == "__main__":
    main()
