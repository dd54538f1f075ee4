"""Plays many worlds of all targets in several processes, and measures that they stay as small as they are."""

import multiprocessing
import os
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

from tests.fuzz.finding import Finding
from tests.fuzz.targets import BY_NAME

GROWN_MAX_KB = 8 * 1024
"""What a process may grow by between a tenth of the way and the end. It is what the allocator and the garbage
collector leave lying about; a leak of one small object an execution is hundreds of times as much."""
FINDINGS_MAX = 10

_CHUNK = 30_000
_PROGRESS_EVERY_S = 2.0


@dataclass
class Tally:
    """What became of one target."""

    executions: int = 0
    cpu_s: float = 0.0


@dataclass
class Report:
    """What became of it all."""

    tallies: dict[str, Tally] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    took_s: float = 0.0
    early_kb: dict[int, int] = field(default_factory=dict)
    """By process: its resident memory after a tenth of all executions."""
    last_kb: dict[int, int] = field(default_factory=dict)

    @property
    def executions(self) -> int:
        """All of them."""
        return sum(each.executions for each in self.tallies.values())

    @property
    def grown_kb(self) -> int:
        """The process that grew most, and by how much."""
        return max((self.last_kb[pid] - early for pid, early in self.early_kb.items()), default=0)


@dataclass(frozen=True)
class _Chunk:
    target: str
    seeds: range
    executions: int
    """In each world but the last, which has what is left over."""
    last: int


def run(wanted: Mapping[str, int], seed: int, jobs: int) -> Report:
    """Play ``wanted`` executions of each target, from this seed on."""
    report = Report({name: Tally() for name in wanted})
    began_s = time.monotonic()
    told_s = 0.0
    # Not forked: a child must not begin with whatever this process has in memory.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        running = {pool.submit(_play, each): each for each in _chunks(wanted, seed)}
        total = sum(wanted.values())
        for done in as_completed(running):
            _note(report, running[done], done, total)
            if time.monotonic() - told_s > _PROGRESS_EVERY_S:
                told_s = time.monotonic()
                _tell(report, total, told_s - began_s)
            if len(report.findings) >= FINDINGS_MAX:
                pool.shutdown(cancel_futures=True)
                break
    report.took_s = time.monotonic() - began_s
    return report


def _note(report: Report, chunk: _Chunk, done: "Future[_Played]", total: int) -> None:
    played = done.result()
    tally = report.tallies[chunk.target]
    tally.executions += played.executions
    tally.cpu_s += played.cpu_s
    report.findings += played.findings
    if report.executions >= total // 10:
        report.early_kb.setdefault(played.pid, played.rss_kb)
        report.last_kb[played.pid] = played.rss_kb


def _tell(report: Report, total: int, so_far_s: float) -> None:
    rate = report.executions / so_far_s
    sys.stderr.write(
        f"\r{report.executions:,} of {total:,} executions, {rate:,.0f}/s, {len(report.findings)} findings   "
    )
    sys.stderr.flush()


def _chunks(wanted: Mapping[str, int], seed: int) -> Iterator[_Chunk]:
    for name, executions in wanted.items():
        world = BY_NAME[name].WORLD
        worlds = -(-executions // world)
        for first in range(0, worlds, max(1, _CHUNK // world)):
            count = min(max(1, _CHUNK // world), worlds - first)
            is_last = first + count == worlds
            last = executions - (worlds - 1) * world if is_last else world
            yield _Chunk(name, range(seed + first, seed + first + count), world, last)


@dataclass(frozen=True)
class _Played:
    pid: int
    rss_kb: int
    executions: int
    cpu_s: float
    findings: list[Finding]


def _play(chunk: _Chunk) -> _Played:
    target = BY_NAME[chunk.target]
    began_s = time.process_time()
    findings, executions = [], 0
    for seed in chunk.seeds:
        count = chunk.last if seed == chunk.seeds[-1] else chunk.executions
        found: Finding | None = target.play(seed, count)
        executions += count if found is None else found.execution + 1
        if found is not None:
            findings.append(found)
    return _Played(os.getpid(), _rss_kb(), executions, time.process_time() - began_s, findings)


def _rss_kb() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024
