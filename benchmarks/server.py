"""The server under load, measured from outside: a real process on a real disk, the load from another process.

Beside it, in the same run, the floors: what the disk's own fdatasync takes, and a bare relay in Python that
stores nothing. ``--quick`` is a smoke run; ``--json FILE`` writes everything that was measured.
"""

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

FIGURES_FOLLOW = True

_ROOT = Path(__file__).parent.parent
_LONGEST_S = 120
_UNLIMITED = {
    "COMMANDS_PER_S": "1e6",
    "COMMANDS_BURST": "1e6",
    "COMMANDS_PER_USER_PER_S": "1e6",
    "COMMANDS_PER_USER_BURST": "1e6",
    "SIGN_IN_PER_ADDRESS_BURST": "1e6",
    "HASH_QUEUE_MAX": "10000",
}
_RELAY = """
import asyncio, sys, uvloop
from websockets.asyncio.server import serve
peers = []
async def handle(socket):
    peers.append(socket)
    number = len(peers) - 1
    async for frame in socket:
        await socket.send(frame)
        await peers[number ^ 1].send(frame)
async def main():
    async with serve(handle, "127.0.0.1", 0, compression=None) as server:
        print(f"ready ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/", flush=True)
        await asyncio.Event().wait()
asyncio.Runner(loop_factory=uvloop.new_event_loop).run(main())
"""


def main() -> None:
    """Measure, and print the figures as one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=_ROOT, prefix=".benchmark-") as folder:
        measured = measure(Path(folder), quick=options.quick)
    for name, figures in measured.items():
        print(f"{name}: " + ", ".join(f"{key} {value:.4g}" for key, value in figures.items()))
    if options.json is not None:
        options.json.write_text(json.dumps(measured, indent=2))
    print(json.dumps(_figures(measured)))


def measure(folder: Path, *, quick: bool) -> dict[str, dict[str, float]]:
    """Everything, with the disk under ``folder``."""
    senders, connections, duration_s = (20, 100, 1.0) if quick else (200, 2000, 8.0)
    measured = {"disk": {"fdatasync_p50_ms": _fdatasync_ms(folder, 50 if quick else 300)}}
    with _server(folder / "saturate") as (port, pid):
        measured["saturate"] = _load("saturate", port, pid, senders, 8, duration_s)
    measured["stored"] = {"bytes_per_message": _stored_bytes(folder / "saturate" / "server.sqlite3")}
    with _server(folder / "offer") as (port, pid):
        measured["one sender"] = _load("saturate", port, pid, 1, 1, duration_s / 2)
        measured["offer"] = _load("offer", port, pid, 50, 1000.0, duration_s)
    with _server(folder / "idle") as (port, pid):
        measured["idle"] = _load("idle", port, pid, connections)
    with _process([sys.executable, "-c", _RELAY]) as (port, pid):
        measured["relay"] = _load("relay", port, pid, senders, 8, duration_s / 2)
    return measured


def _figures(measured: dict[str, dict[str, float]]) -> list[dict[str, Any]]:
    saturate, offer, relay = measured["saturate"], measured["offer"], measured["relay"]
    confirmed_ms = measured["one sender"]["p50_ms"]
    disk_ms = measured["disk"]["fdatasync_p50_ms"]
    return [
        {
            "what": "durable messages a second, 200 senders with 8 outstanding each",
            "value": round(saturate["messages_per_s"]),
            "unit": "/s",
            "goal": "≥ 20000",
        },
        {
            "what": "CPU a message: received, stored, confirmed, delivered to one",
            "value": round(saturate["cpu_us_per_message"], 1),
            "unit": "µs",
            "goal": "≤ 50",
            "note": f"a relay in Python that stores nothing: {relay['cpu_us_per_message']:.1f} µs",
        },
        {
            "what": "durable confirmation p50, one sender, as a multiple of the disk's fdatasync",
            "value": round(confirmed_ms / disk_ms, 2),
            "unit": "×",
            "goal": "≤ 2.5",
            "note": f"{confirmed_ms:.2f} ms against {disk_ms:.2f} ms",
        },
        {
            "what": "confirmation p50 at 1000 messages/s offered",
            "value": round(offer["p50_ms"], 2),
            "unit": "ms",
            "goal": "≤ 1",
        },
        {
            "what": "confirmation p99 at 1000 messages/s offered",
            "value": round(offer["p99_ms"], 2),
            "unit": "ms",
            "goal": "≤ 8",
        },
        {
            "what": "bytes stored a message beyond its body",
            "value": round(measured["stored"]["bytes_per_message"]),
            "unit": "B",
            "goal": "≤ 100",
        },
        {
            "what": "memory of an idle connection",
            "value": round(measured["idle"]["bytes_per_connection"] / 1000, 1),
            "unit": "kB",
            "goal": "≤ 14",
            "note": f"over {measured['idle']['connections']:.0f} connections of as many users",
        },
    ]


def _stored_bytes(database: Path) -> float:
    """What a message takes in the file, indexes and its share of all else included, beyond its body."""
    with closing(sqlite3.connect(database)) as connection:
        count, body_bytes = connection.execute("SELECT count(*), sum(length(body)) FROM message").fetchone()
    return float((database.stat().st_size - body_bytes) / count)


def _fdatasync_ms(folder: Path, count: int) -> float:
    """Appending 4 KiB and syncing it, as a commit does."""
    file = os.open(folder / "probe", os.O_RDWR | os.O_CREAT)
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


@contextmanager
def _server(data: Path) -> Iterator[tuple[int, int]]:
    command = [sys.executable, "-m", "server", "serve", "--data", str(data), "--port", "0"]
    with _process(command) as started:
        yield started


@contextmanager
def _process(command: list[str]) -> Iterator[tuple[int, int]]:
    """A process that says where it listens: its port and its id."""
    settings = {f"DESKTOP_CHAT_SERVER_{name}": value for name, value in _UNLIMITED.items()}
    process = subprocess.Popen(
        command, cwd=_ROOT, env=os.environ | settings, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        assert process.stdout is not None
        ready = process.stdout.readline().decode().strip()
        yield int(ready.rstrip("/").rpartition(":")[2]), process.pid
    finally:
        process.terminate()
        process.communicate()


def _load(name: str, port: int, pid: int, *numbers: float) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "benchmarks/loadgen.py", name, str(port), *map(str, numbers)],
        cwd=_ROOT,
        env=os.environ | {"SERVER_PID": str(pid)},
        stdout=subprocess.PIPE,
        timeout=_LONGEST_S,
        check=True,
    )
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


if __name__ == "__main__":
    main()
