"""``python -m tests.fuzz [--executions N] [--seed S] [--jobs J] [--targets NAME …]``, and to see a finding
again ``python -m tests.fuzz --replay FILE``. Exits with 1 where something was found."""

import argparse
import os
import secrets
import sys
from pathlib import Path

from tests.fuzz import campaign, http
from tests.fuzz.finding import load
from tests.fuzz.targets import BY_NAME, SHARES

_FINDINGS = Path("out/fuzz")


def main() -> int:
    """Run the command line; returns the exit status."""
    given = _parser().parse_args()
    if given.replay is not None:
        return _replay(given.replay)
    shares = {str(target.NAME): share for target, share in SHARES.items()}
    names = given.targets or list(shares)
    whole = sum(shares[name] for name in names)
    wanted = {
        name: max(1, round(given.executions * shares[name] / whole)) for name in shares if name in names
    }
    print(f"seed {given.seed}, {given.jobs} processes, {', '.join(wanted)}", flush=True)
    report = campaign.run(wanted, given.seed, given.jobs)
    print()
    for name, tally in report.tallies.items():
        each_s = tally.executions / tally.cpu_s if tally.cpu_s else 0
        print(f"{name:<10} {tally.executions:>13,} executions {each_s:>9,.0f}/s of one core")
    print(
        f"{'together':<10} {report.executions:>13,} executions {report.executions / report.took_s:>9,.0f}/s"
    )
    print(
        f"memory     {max(report.last_kb.values(), default=0):>13,} kB at most, grown by "
        f"{report.grown_kb:,} kB since a tenth of the way"
    )
    print(f"findings   {len(report.findings):>13}")
    for finding in report.findings:
        print(f"{finding}\n  python -m tests.fuzz --replay {finding.save(_FINDINGS)}")
    if report.grown_kb > campaign.GROWN_MAX_KB:
        print(f"Memory is not flat: {campaign.GROWN_MAX_KB:,} kB are allowed.")
    return 1 if report.findings or report.grown_kb > campaign.GROWN_MAX_KB else 0


def _replay(path: Path) -> int:
    finding = load(path)
    print(f"played again: {finding}")
    if finding.target == http.NAME:
        words = http.replay(finding)
    else:
        again = BY_NAME[finding.target].play(finding.seed, finding.execution + 1)
        words = None if again is None else again.words
    print(f"found: {words}" if words else "nothing is wrong any more")
    return 1 if words else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--executions", type=int, default=1_000_000, help="all targets together (1000000)")
    parser.add_argument(
        "--seed", type=int, default=secrets.randbelow(2**32), help="by default another each time"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes (one for each core)")
    parser.add_argument("--targets", nargs="+", choices=list(BY_NAME), help="only these")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="play a finding again")
    return parser


if __name__ == "__main__":
    sys.exit(main())
