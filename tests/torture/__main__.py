"""``python -m tests.torture [--losses N] [--file-losses N] [--kills N] [--upgrades N] [--seed S]
[--jobs J]``: the figures of docs/reliability.md. Exits with 1 where anything that was confirmed is not as it
should be, or where the control finds nothing."""

import argparse
import sys

from tests.torture import campaign
from tests.torture.ledger import Verdict

_WORDS_MAX = 20


def main() -> int:
    """Run the command line; returns the exit status."""
    given = _parser().parse_args()
    failed = False
    if given.losses:
        verdict, counted = campaign.lose_power(given.losses, given.seed, given.jobs)
        _report("power losses", counted.total(), verdict)
        control = campaign.lose_power_without_syncs(given.seed)
        found = control.lost + control.broken
        print(f"control      synchronous=OFF, up to the first loss that shows: {found} things wrong")
        failed = not verdict.is_sound or not found
    if given.file_losses:
        verdict, counted = campaign.lose_files(given.file_losses, given.seed, given.jobs)
        _report("with uploads", counted.total(), verdict)
        failed = failed or not verdict.is_sound
    if given.kills:
        verdict, counted = campaign.kill(given.kills, given.seed, given.jobs)
        _report("kill -9", counted.total(), verdict)
        print(f"             {', '.join(f'{count} {sort}' for sort, count in sorted(counted.items()))}")
        failed = failed or not verdict.is_sound
    if given.upgrades:
        verdict, counted = campaign.kill_upgrades(given.upgrades, given.seed, given.jobs)
        _report("upgrades", counted.total(), verdict)
        left = ", ".join(f"{count} left schema {revision}" for revision, count in sorted(counted.items()))
        print(f"             {left}")
        failed = failed or not verdict.is_sound
    return 1 if failed else 0


def _report(what: str, times: int, verdict: Verdict) -> None:
    print(
        f"{what:<12} {times:,} times: {verdict.confirmed:,} confirmed, {verdict.lost} lost, "
        f"{verdict.doubled} doubled, {verdict.out_of_order} out of order, {verdict.broken} otherwise wrong",
        flush=True,
    )
    for words in verdict.words[:_WORDS_MAX]:
        print(f"  {words}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--losses", type=int, default=10_000, help="power losses; 0 for none (10000)")
    parser.add_argument(
        "--file-losses", type=int, default=2_000, help="power losses under uploads; 0 for none (2000)"
    )
    parser.add_argument("--kills", type=int, default=300, help="kills of a real server; 0 for none (300)")
    parser.add_argument(
        "--upgrades", type=int, default=50, help="databases that are upgraded under kills; 0 for none (50)"
    )
    parser.add_argument("--seed", type=int, default=0, help="what happens when (0)")
    parser.add_argument("--jobs", type=int, default=2, help="processes at once (2)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
