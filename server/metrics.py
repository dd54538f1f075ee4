"""The server's figures for Prometheus. They are collected when somebody reads them: while messages travel,
nothing here is touched."""

import asyncio
import contextlib
import os
import resource
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Protocol

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4 as CONTENT_TYPE
from prometheus_client.exposition import generate_latest

from server.counting import CommitStats, Histogram
from server.device_connection import DeviceConnection
from server.door import Arrivals
from server.store.base import StoreUnavailable

if TYPE_CHECKING:
    from server.service import Service

__all__ = ["CONTENT_TYPE", "Metrics", "StoreFigures"]

_PREFIX = "desktop_chat_"
_CHUNK = 1000
_FAILED_SIGN_INS = ("bad_credentials", "bad_token")


class StoreFigures(Protocol):
    """What a store tells of itself."""

    @property
    def commit_stats(self) -> CommitStats:
        """What has been committed."""

    @property
    def queued_writes(self) -> int:
        """Operations that wait for their answer."""

    @property
    def queued_reads(self) -> int:
        """Reads that wait or run."""


class Metrics:
    """Reads the figures of one server, by a registry of its own."""

    def __init__(self, service: "Service", store: StoreFigures, arrivals: Arrivals) -> None:
        self._service = service
        self._store = store
        self._arrivals = arrivals
        self._started_s = service.monotonic_s()
        self._position = 0
        self._waiting_bytes = (0, 0)
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(_Collector(self))

    async def read(self) -> bytes:
        """All figures, in Prometheus' text format."""
        self._waiting_bytes = await _waiting_bytes(list(self._service.connections))
        # Where the store fails, the last position is told: an operator needs the others all the more then.
        with contextlib.suppress(StoreUnavailable):
            self._position = await self._service.store.read(lambda reader: reader.position())
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Every figure as it is now."""
        service, counters, store = self._service, self._service.counters, self._store
        stats, budget = store.commit_stats, self._waiting_bytes
        commits = sum(stats.batch_sizes.counts)
        in_use = sum(1 for each in service.connections if each.session.is_connected)
        yield _gauge("connections", "Chat connections, signed in or not.", len(service.connections))
        yield _gauge("connections_signed_in", "Chat connections of a signed-in device.", in_use)
        yield _gauge("users_connected", "Users with a connected device.", len(service.hub.online_ids()))
        yield _gauge("http_connections", "Sockets that carry HTTP.", self._arrivals.http_count)
        yield _gauge("ready", "1 while another client would be served.", int(service.is_ready()))
        yield _counter("messages_stored", "Messages and other entries.", stats.messages)
        yield _counter("commits", "Transactions, those that failed included.", commits)
        yield _histogram("commit_seconds", "Time until a batch was durable.", stats.latencies_s)
        yield _histogram("commit_batch_operations", "Operations in a batch.", stats.batch_sizes)
        queues = {
            "writes": store.queued_writes,
            "reads": store.queued_reads,
            "hashing": service.hasher.queued,
        }
        yield _gauges("queued", "What waits, by queue.", "queue", queues)
        yield _gauge("unread_bytes", "Bytes that wait for connections to read them.", budget[0])
        yield _gauge("unread_bytes_max", "The most that waits for one connection.", budget[1])
        yield _counter("slow_readers", "Connections closed since they did not read.", counters.slow_readers)
        yield _counter("frames_in", "Frames from clients.", counters.frames_in)
        yield _counter("frames_in_bytes", "Their bytes.", counters.bytes_in)
        yield _counter("frames_out", "Frames to clients.", counters.frames_out)
        yield _counter("frames_out_bytes", "Their bytes.", counters.bytes_out)
        yield _counters("refusals", "Refusals, by error code.", "code", counters.refusals)
        failed = sum(counters.refusals[code] for code in _FAILED_SIGN_INS)
        yield _counter("sign_in_failures", "Wrong passwords and wrong tokens.", failed)
        responses = counters.http_responses + counters.http_refused_at_door
        yield _counters("http_requests", "HTTP requests, by status.", "status", responses)
        yield _gauge("log_position", "The highest position in the server's log.", self._position)
        yield _gauge("uptime_seconds", "Since the start.", service.monotonic_s() - self._started_s)
        usage = resource.getrusage(resource.RUSAGE_SELF)
        yield _counter("process_cpu_seconds", "User and system time.", usage.ru_utime + usage.ru_stime)
        yield _gauge("process_resident_bytes", "Resident memory.", _resident_bytes())


class _Collector:
    """What the registry asks. It has no ``describe``, so that registering collects nothing."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics.collect()


async def _waiting_bytes(connections: list[DeviceConnection]) -> tuple[int, int]:
    """The sum and the highest of what waits, with a pause for others now and then."""
    total = highest = 0
    for count, connection in enumerate(connections, 1):
        waiting = connection.transport.buffered_bytes()
        total += waiting
        highest = max(highest, waiting)
        if count % _CHUNK == 0:
            await asyncio.sleep(0)
    return total, highest


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(_PREFIX + name, words, value)


def _counter(name: str, words: str, value: float) -> Metric:
    return CounterMetricFamily(_PREFIX + name, words, value)


def _gauges(name: str, words: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(_PREFIX + name, words, labels=[label])
    for each, value in values.items():
        family.add_metric([each], value)
    return family


def _counters(name: str, words: str, label: str, values: Mapping[str, int] | Mapping[int, int]) -> Metric:
    family = CounterMetricFamily(_PREFIX + name, words, labels=[label])
    for each, value in values.items():
        family.add_metric([str(each)], value)
    return family


def _histogram(name: str, words: str, histogram: Histogram) -> Metric:
    buckets, seen = [], 0
    for bound, count in zip((*histogram.bounds, float("inf")), histogram.counts, strict=True):
        seen += count
        buckets.append((f"{bound:g}" if bound != float("inf") else "+Inf", float(seen)))
    family = HistogramMetricFamily(_PREFIX + name, words)
    family.add_metric([], buckets, histogram.total)
    return family


def _resident_bytes() -> int:
    try:
        with open("/proc/self/statm") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:  # not Linux: the highest so far is the best there is
        highest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return highest if sys.platform == "darwin" else highest * 1024
