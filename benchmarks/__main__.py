"""Runs the benchmarks, prints one table and writes out/benchmarks.json: ``python -m benchmarks [NAME …]``.
Options go to each of them: ``--quick`` for a smoke run.

A benchmark is a module here with ``FIGURES_FOLLOW = True``. Run by itself (``python -m benchmarks.NAME``)
it prints, as its last line, a JSON list of figures: objects with ``what``, ``value`` and ``unit``, and, where
there is something to say, ``goal`` and ``note``. Whatever else it has to tell goes before that line.
"""

import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent
_REPORT = _HERE.parent / "out" / "benchmarks.json"
_LONGEST_S = 1800


def main(arguments: list[str]) -> int:
    """Run the benchmarks with these names, or all; 1 if one of them failed."""
    wanted = [each for each in arguments if not each.startswith("-")]
    options = [each for each in arguments if each.startswith("-")]
    known = [
        path.stem
        for path in sorted(_HERE.glob("*.py"))
        if "\nFIGURES_FOLLOW = True" in path.read_text("utf-8")
    ]
    if strange := set(wanted) - set(known):
        sys.exit(f"No such benchmark: {', '.join(sorted(strange))}. There are: {', '.join(known)}.")
    results: dict[str, list[dict[str, Any]]] = {}
    failed = []
    for name in wanted or known:
        print(f"… {name}", file=sys.stderr, flush=True)
        began = time.monotonic()
        figures = _run(name, options)
        if figures is None:
            failed.append(name)
            continue
        results[name] = figures
        print(f"  {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    print(_table(results))
    _REPORT.parent.mkdir(exist_ok=True)
    _REPORT.write_text(json.dumps({"machine": _machine(), "figures": results}, indent=2, ensure_ascii=False))
    for name in failed:
        print(f"{name} failed; run python -m benchmarks.{name} to see why.", file=sys.stderr)
    return 1 if failed else 0


def _run(name: str, options: list[str]) -> list[dict[str, Any]] | None:
    try:
        done = subprocess.run(
            [sys.executable, "-m", f"benchmarks.{name}", *options],
            cwd=_HERE.parent,
            stdout=subprocess.PIPE,
            text=True,
            timeout=_LONGEST_S,
            check=True,
        )
        figures: list[dict[str, Any]] = json.loads(done.stdout.strip().splitlines()[-1])
    except (subprocess.SubprocessError, ValueError, IndexError) as error:
        print(f"  {error}", file=sys.stderr, flush=True)
        return None
    return figures


def _table(results: dict[str, list[dict[str, Any]]]) -> str:
    lines = ["| what | figure | goal | note |", "|---|---|---|---|"]
    for name, figures in results.items():
        lines.append(f"| **{name}** | | | |")
        lines += [
            f"| {figure['what']} | {_number(figure['value'])} {figure.get('unit', '')} "
            f"| {figure.get('goal', '')} | {figure.get('note', '')} |"
            for figure in figures
        ]
    return "\n".join(lines)


def _number(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _machine() -> dict[str, Any]:
    return {"system": platform.platform(), "python": platform.python_version(), "cores": os.cpu_count()}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
