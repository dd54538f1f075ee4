"""The app's start and rest: first paint, memory, what it does while nobody does anything.

The real app on the sample of ``make demo``, in a window under Xvfb, its server beside it. First paint is seen
from outside: the first change of the screen's own memory after the process was begun, which is the whole
window with its cached list, since Qt shows a window painted.
"""

import asyncio
import json
import mmap
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FIGURES_FOLLOW = True

_ROOT = Path(__file__).parents[1]
_STARTS = 9
_SETTLE_S = 6.0
_IDLE_S = 30.0
_PASSWORD = "a sample, not a secret"
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measure and print the figures as JSON."""
    # The sample belongs to the demonstration, whose folder is no package.
    sys.path.append(str(_ROOT / "packaging"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with _screen(folder) as (display, memory), _server(folder) as address:
            os.environ["DISPLAY"] = display
            os.environ["QT_QPA_PLATFORM"] = "xcb"
            # An installed app has its modules compiled; here the first start compiles them.
            os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
            os.environ["PYTHONPYCACHEPREFIX"] = str(folder / "compiled")
            _prepare(folder / "home", address)
            _start(folder / "home", memory, settle_s=_SETTLE_S)  # fills the app's cache
            warm = [_start(folder / "home", memory)["first_paint_ms"] for _ in range(_STARTS)]
            cold = _cold(folder / "home", memory)
            rest = _start(folder / "home", memory, settle_s=_SETTLE_S, idle_s=_IDLE_S)
    figures = [
        _figure("first paint, warm, median", statistics.median(warm), "ms", "≤ 450", f"of {_STARTS}"),
        _figure("first paint, warm, slowest", max(warm), "ms"),
        _figure("PSS at start", rest["pss_mib"], "MiB", "≤ 85"),
        _figure("idle CPU", rest["cpu_percent"], "% of a core", "≤ 0.1", f"over {_IDLE_S:.0f} s, connected"),
        _figure("idle wake-ups", rest["wakeups_per_s"], "per s", "≤ 2", "of all threads"),
    ]
    if cold is not None:
        figures.insert(1, _figure("first paint, cold", cold, "ms", "≤ 900", "page cache dropped"))
    print(json.dumps(figures, ensure_ascii=False))


def _figure(what: str, value: float, unit: str, goal: str = "", note: str = "") -> dict[str, object]:
    return {"what": what, "value": round(value, 2), "unit": unit, "goal": goal, "note": note}


@contextmanager
def _screen(folder: Path) -> Iterator[tuple[str, mmap.mmap]]:
    """An X server, and the memory it draws in."""
    reader, writer = os.pipe()
    server = subprocess.Popen(
        [
            *("Xvfb", "-displayfd", str(writer), "-screen", "0", "1280x800x24"),
            *("-nolisten", "tcp", "-noreset", "-fbdir", str(folder)),
        ],
        pass_fds=[writer],
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    try:
        with os.fdopen(reader) as told:
            display = ":" + told.readline().strip()
        with (folder / "Xvfb_screen0").open("rb") as file:
            memory = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
        yield display, memory
        memory.close()
    finally:
        server.terminate()
        server.wait()


@contextmanager
def _server(folder: Path) -> Iterator[str]:
    """The bundled server on the sample."""
    from fill_server import fill, now
    from sample import lines

    data = folder / "server"
    data.mkdir(mode=0o700)
    now_ms = now()
    asyncio.run(fill(data / "server.sqlite3", _PASSWORD, list(lines(now_ms)), now_ms))
    process = subprocess.Popen(
        [sys.executable, "-m", "server", "serve", "--data", str(data), "--port", "0", "--exit-with-stdin"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=_ROOT,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process.stdout.readline().split()[1]
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()


def _prepare(home: Path, address: str) -> None:
    from profiles import prepare_profile, side_by_side

    asyncio.run(prepare_profile(home, "alice", address, _PASSWORD, side_by_side(1)[0]))


def _start(home: Path, memory: mmap.mmap, settle_s: float = 0.2, idle_s: float = 0.0) -> dict[str, float]:
    """Start the app, see it paint, let it settle, watch it rest, end it."""
    before = memory[:]
    began = time.perf_counter()
    app = subprocess.Popen(
        [sys.executable, "-m", "desktop_chat", "--profile", "alice"],
        env={**os.environ, "DESKTOP_CHAT_HOME": str(home)},
        cwd=_ROOT,
    )
    try:
        while memory[:] == before:
            if app.poll() is not None:
                raise SystemExit("The app ended before it painted.")
            time.sleep(0.002)
        measured = {"first_paint_ms": (time.perf_counter() - began) * 1000}
        time.sleep(settle_s)
        measured["pss_mib"] = _pss_mib(app.pid)
        if idle_s:
            ticks, switches = _ticks(app.pid), _switches(app.pid)
            time.sleep(idle_s)
            measured["cpu_percent"] = (_ticks(app.pid) - ticks) / _TICKS_PER_S / idle_s * 100
            measured["wakeups_per_s"] = (_switches(app.pid) - switches) / idle_s
    finally:
        app.terminate()
        app.wait()
    return measured


def _cold(home: Path, memory: mmap.mmap) -> float | None:
    """First paint with nothing in the page cache; None where one may not drop it."""
    os.sync()
    try:
        Path("/proc/sys/vm/drop_caches").write_text("3")
    except OSError:
        return None
    return _start(home, memory)["first_paint_ms"]


def _pss_mib(process_id: int) -> float:
    for line in Path(f"/proc/{process_id}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise ValueError("no Pss in smaps_rollup")


def _ticks(process_id: int) -> int:
    fields = Path(f"/proc/{process_id}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def _switches(process_id: int) -> int:
    """How often the process's threads have gone to sleep, and so were woken."""
    return sum(
        int(line.split()[1])
        for status in Path(f"/proc/{process_id}/task").glob("*/status")
        for line in status.read_text().splitlines()
        if line.startswith("voluntary_ctxt_switches")
    )


if __name__ == "__main__":
    main()
