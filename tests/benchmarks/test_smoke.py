"""Every benchmark runs, on little, and tells its figures. What they are says nothing beside other tests."""

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOO_LONG = {"client_start"}
"""Watches an idle app for half a minute, and empties the page cache."""
NAMES = sorted(
    path.stem
    for path in (ROOT / "benchmarks").glob("*.py")
    if "\nFIGURES_FOLLOW = True" in path.read_text("utf-8")
)


@pytest.mark.deadline(240)
@pytest.mark.parametrize("name", [each for each in NAMES if each not in TOO_LONG])
def test_it_runs_and_tells(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}", "--quick"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout.strip().splitlines()[-1])
    assert len(figures) >= 3
    for figure in figures:
        assert figure["what"]
        assert not isinstance(figure["value"], float) or math.isfinite(figure["value"])
    # Some are nothing if all is well, such as how far the view drifts.
    assert sum(figure["value"] != 0 for figure in figures) > len(figures) / 2
