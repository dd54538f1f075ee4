"""Frames, handed to real connections of a real Service over the reference store: what a client may say, what
it may not, and bytes that are no frames at all, in every state of a connection, about its own things and
others'."""

import logging

from server.service import Service
from tests.fuzz.finding import Broken, Finding
from tests.fuzz.world import World
from tests.simulation import virtual_time
from tests.simulation.virtual_time import Stuck

NAME = "frames"
WORLD = 3_000
"""Executions in one world. Then everything is let go of, so that memory stays flat."""


class _LogWatch(logging.Handler):
    """Nothing that a client does is worth a warning."""

    def __init__(self, wrong: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._wrong = wrong

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        self._wrong.append(f"logged {record.levelname}: {record.getMessage()} {error!r}")


def play(seed: int, executions: int = WORLD, service_type: type[Service] = Service) -> Finding | None:
    """Play one world from its seed; what it found."""
    wrong: list[str] = []
    watch = _LogWatch(wrong)
    worlds: list[World] = []

    async def story() -> None:
        world = World(seed, service_type, wrong)
        worlds.append(world)
        await world.play(executions)

    logging.root.addHandler(watch)
    try:
        virtual_time.run(story())
    except (Broken, Stuck) as error:
        words = str(error) or "a command is never answered"
        return Finding(NAME, seed, worlds[0].execution, words, worlds[0].frame.hex())
    finally:
        logging.root.removeHandler(watch)
    return None
