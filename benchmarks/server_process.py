"""A server to be measured: a real process on a real disk, the load from another process, and the floors."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parent.parent
_LONGEST_S = 300
_UNLIMITED = {
    "COMMANDS_PER_S": "1e6",
    "COMMANDS_BURST": "1e6",
    "COMMANDS_PER_USER_PER_S": "1e6",
    "COMMANDS_PER_USER_BURST": "1e6",
    "SIGN_IN_PER_ADDRESS_BURST": "1e6",
    "CONNECTIONS_PER_ADDRESS_MAX": "20000",
    "HASH_QUEUE_MAX": "10000",
}


@contextmanager
def folder() -> Iterator[tuple[Path, bool]]:
    """A folder on the disk that the project is on, and whether this is to be a smoke run (``--quick``)."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    options, _ = parser.parse_known_args()
    with tempfile.TemporaryDirectory(dir=_ROOT, prefix=".benchmark-") as name:
        yield Path(name), options.quick


def tell(figures: list[dict[str, Any]]) -> None:
    """Print them, for benchmarks.__main__."""
    print(json.dumps(figures))


@contextmanager
def server(data: Path, *arguments: str) -> Iterator[tuple[int, int]]:
    """A server on this folder: its port and its process id."""
    command = [sys.executable, "-m", "server", "serve", "--data", str(data), "--port", "0", *arguments]
    with process(command) as started:
        yield started


@contextmanager
def process(command: list[str]) -> Iterator[tuple[int, int]]:
    """A process that says where it listens: its port and its id."""
    settings = {f"DESKTOP_CHAT_SERVER_{name}": value for name, value in _UNLIMITED.items()}
    started = subprocess.Popen(
        command, cwd=_ROOT, env=os.environ | settings, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        assert started.stdout is not None
        ready = started.stdout.readline().decode().strip()
        yield int(ready.rstrip("/").rpartition(":")[2]), started.pid
    finally:
        started.terminate()
        started.communicate()


def load(
    name: str, at: tuple[int, int], world: Path | None, *numbers: float, tls: bool = False
) -> dict[str, float]:
    """Run one of ``benchmarks.load`` to its end."""
    return finish(begin(name, at, world, *numbers, tls=tls))


def begin(
    name: str, at: tuple[int, int], world: Path | None, *numbers: float, tls: bool = False
) -> "subprocess.Popen[bytes]":
    """Begin one of ``benchmarks.load``."""
    port, pid = at
    environment = os.environ | {"SERVER_PID": str(pid)} | ({"SERVER_TLS": "1"} if tls else {})
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.load", name, str(port), str(world or "-"), *map(str, numbers)],
        cwd=_ROOT,
        env=environment,
        stdout=subprocess.PIPE,
    )


def finish(running: "subprocess.Popen[bytes]") -> dict[str, float]:
    """The figures of a load that was begun."""
    try:
        told, _ = running.communicate(timeout=_LONGEST_S)
    finally:
        running.kill()
    figures: dict[str, float] = json.loads(told)
    print(running.args, figures)
    return figures


def fdatasync_ms(where: Path, count: int) -> float:
    """The floor of every commit: appending 4 KiB and syncing it, p50."""
    file = os.open(where / "probe", os.O_RDWR | os.O_CREAT)
    taken = []
    try:
        for _ in range(count):
            os.write(file, b"x" * 4096)
            began = time.perf_counter()
            os.fdatasync(file)
            taken.append(time.perf_counter() - began)
    finally:
        os.close(file)
    return sorted(taken)[count // 2] * 1000


def figure(what: str, value: float, unit: str, goal: str, note: str = "") -> dict[str, Any]:
    """One line of the table."""
    told: dict[str, Any] = {"what": what, "value": value, "unit": unit, "goal": goal}
    return told | {"note": note} if note else told
