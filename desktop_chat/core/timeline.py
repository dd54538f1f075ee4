"""The gap detector: what to do with a seq, given the run of seqs that the cache holds.

The cache of a conversation is one run ``held_from..held_to`` without a hole (both 0 when empty). It grows
upward by the next seq alone and downward by the page right below; anything else is fetched, not applied
(invariant 6).
"""

from enum import Enum

from msgspec import Struct


class Verdict(Enum):
    """What a seq is to the run."""

    NEXT = "next"
    """Extends the run, or begins it."""
    HELD = "held"
    """Is in the run: a duplicate."""
    OLDER = "older"
    """Below the run: history for those who scroll, no gap."""
    GAP = "gap"
    """Beyond the run with something missing before it: fetch."""


class Run(Struct, frozen=True, gc=False):
    """The seqs that are held, both ends included."""

    held_from: int = 0
    held_to: int = 0

    @property
    def empty(self) -> bool:
        """Whether nothing is held."""
        return self.held_to == 0

    def judge(self, seq: int) -> Verdict:
        """What a single arriving ``seq`` is to this run."""
        if self.empty or seq == self.held_to + 1:
            return Verdict.NEXT
        if seq > self.held_to:
            return Verdict.GAP
        return Verdict.OLDER if seq < self.held_from else Verdict.HELD

    def extended(self, seq: int) -> "Run":
        """The run after applying the NEXT ``seq``."""
        return Run(self.held_from or seq, seq)

    def joined(self, first: int, last: int) -> "Run | None":
        """The run together with a page ``first..last`` that touches or overlaps it; None where a hole would
        remain between them."""
        if self.empty:
            return Run(first, last)
        if first > self.held_to + 1 or last < self.held_from - 1:
            return None
        return Run(min(first, self.held_from), max(last, self.held_to))
