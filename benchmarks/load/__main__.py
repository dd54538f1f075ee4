"""``python -m benchmarks.load LOAD PORT WORLD NUMBERS…``: run one load and print its figures as JSON."""

import asyncio
import json
import sys
from collections.abc import Callable, Coroutine
from typing import Any

from benchmarks.load import fanning, logins, sending, standing
from benchmarks.people import World

_LOADS: dict[str, Callable[..., Coroutine[Any, Any, dict[str, float]]]] = {
    "saturate": sending.saturate,
    "offer": sending.offer,
    "relay": sending.relay,
    "idle": standing.idle,
    "fan_out": fanning.fan_out,
    "stalled": fanning.stalled,
    "logins": logins.logins,
    "lag": logins.lag,
}


def main() -> None:
    """Run it."""
    import uvloop

    name, port, world, *numbers = sys.argv[1:]
    arguments = [float(each) if "." in each else int(each) for each in numbers]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        figures = runner.run(_LOADS[name](int(port), World.load(world), *arguments))
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
