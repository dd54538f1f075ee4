"""``python -m tests.offline [--runs N] [--seed S] [--jobs J]``: the figures of docs/reliability.md. The
first run has the seed S, the next S + 1. Where one goes wrong its story is printed and the exit status is 1;
the same story is played again by ``--runs 1 --seed`` with its seed."""

import argparse
import signal
import sys
import time

from tests.offline import campaign, story
from tests.offline.campaign import Figures

_WORDS_MAX = 20
_INTERRUPTED = 130
_FAULTS = (
    "cut",
    "cut later",
    "half-open",
    "swallow",
    "delay",
    "throttle",
    "refuse",
    "kill server",
    "kill client",
    "restart",
    "sleep",
    "step",
)


def main() -> int:
    """Run the command line; returns the exit status."""
    given = _parser().parse_args()
    began_s = time.monotonic()
    try:
        figures = campaign.play_all(given.runs, given.seed, given.jobs)
    except KeyboardInterrupt:
        return _INTERRUPTED
    _report(figures, time.monotonic() - began_s)
    for outcome in figures.failed:
        print(f"\n{story.draw(outcome.seed)}\nwrong:")
        for words in outcome.wrong[:_WORDS_MAX]:
            print(f"  {words}")
        print(f"again: python -m tests.offline --runs 1 --seed {outcome.seed}")
    return 1 if figures.failed else 0


def _report(figures: Figures, took_s: float) -> None:
    happened = figures.happened
    faults = {each: happened[each] for each in _FAULTS if happened[each]}
    deeds = (
        happened.total()
        - sum(faults.values())
        - sum(happened[each] for each in ("calm", "start server", "start client"))
    )
    print(
        f"{figures.runs:,} runs in {took_s:,.0f} s: {figures.devices:,} devices, {deeds:,} deeds, "
        f"{figures.promised:,} messages queued for good, {figures.stored:,} entries stored, "
        f"{len(figures.failed)} wrong"
    )
    print(f"faults: {', '.join(f'{count:,} {kind}' for kind, count in faults.items())}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.offline", description=__doc__)
    parser.add_argument("--runs", type=int, default=1_000, help="stories to be played (1000)")
    parser.add_argument("--seed", type=int, default=1, help="what happens in the first (1)")
    parser.add_argument("--jobs", type=int, default=2, help="processes at once (2)")
    return parser


if __name__ == "__main__":
    # Whoever ends this ends its processes, in whichever way it was started.
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.default_int_handler)
    sys.exit(main())
