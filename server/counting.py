"""Figures about the running server, as plain numbers on plain objects: counting one message must cost next to
nothing. ``server.metrics`` turns them into what is read from outside. Pure."""

from bisect import bisect_left
from collections import Counter


class Histogram:
    """How often a value was in each range. ``bounds`` are the ranges' upper ends, rising."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        """For each range, and at the end for what is above all of them."""
        self.total = 0.0
        """The sum of all values."""

    def observe(self, value: float) -> None:
        """Note a value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value


class Counters:
    """What has happened since the start, counted on the loop's thread."""

    __slots__ = (
        "bytes_in",
        "bytes_out",
        "frames_in",
        "frames_out",
        "http_refused_at_door",
        "http_responses",
        "refusals",
        "slow_readers",
    )

    def __init__(self) -> None:
        self.frames_in = 0
        self.bytes_in = 0
        """Of the frames' payloads; so is ``bytes_out``."""
        self.frames_out = 0
        self.bytes_out = 0
        self.slow_readers = 0
        self.refusals: Counter[str] = Counter()
        """By error code, whatever carried the request."""
        self.http_responses: Counter[int] = Counter()
        """By status."""
        self.http_refused_at_door: Counter[int] = Counter()
        """By status: answered before anything was parsed."""


class CommitStats:
    """What the thread that commits has done. It alone writes; others may read at any time."""

    __slots__ = ("batch_sizes", "latencies_s", "messages")

    def __init__(self) -> None:
        self.messages = 0
        """Messages stored, repeats of earlier ones not included."""
        self.latencies_s = Histogram((0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.5, 2))
        """For each batch, from its beginning until it was durable."""
        self.batch_sizes = Histogram((1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000))
        """Operations in each batch."""
