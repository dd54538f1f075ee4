"""What people did in a run and what they were told of it, and so what has to be true in the end."""

import itertools
from collections.abc import Hashable
from typing import Any

from msgspec import Struct

from tests.offline.records import Status

UNKNOWN = float("inf")
"""The end of what nobody knows the end of."""


class Sent(Struct):
    """One message that was handed to a device. ``client_id`` is known once that device had it for good."""

    device: str
    user_id: int
    conversation_id: int
    body: str
    is_file: bool = False
    client_id: str = ""
    discarded: bool = False
    """It was taken back: it may be there or not."""


class _Writing(Struct):
    value: Any
    began: float
    ended: float = UNKNOWN
    done: bool = False


class Register:
    """Something that is written now and then, by several at once. What may be found is what was written last,
    or at the same time as that, or is not known to have been written."""

    def __init__(self, first: Any) -> None:
        self._writings = [_Writing(first, 0, 0, True)]

    def begin(self, value: Any, now: float) -> _Writing:
        """Somebody begins to write."""
        writing = _Writing(value, now)
        self._writings.append(writing)
        return writing

    def end(self, writing: _Writing, status: Status, now: float) -> None:
        """It was done, or was not; where it is lost, it may yet be done at any time."""
        if status == "done":
            writing.ended, writing.done = now, True
        elif status in ("refused", "skipped"):
            self._writings.remove(writing)

    def may_hold(self) -> list[Any]:
        """Every value that may be found now."""
        last = max(each.began for each in self._writings if each.done)
        return [each.value for each in self._writings if each.ended >= last]


class Ledger:
    """Everything of one run."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        """In the order in which each device was told to send."""
        self.registers: dict[Hashable, Register] = {}
        self.read: dict[tuple[int, int], int] = {}
        """(user, conversation) → the seq up to which some device of theirs has noted that it was read."""
        self._clock = itertools.count(1)

    def begin(self, key: Hashable, value: Any, first: Any) -> _Writing:
        """Something is about to be written to the register ``key``, which held ``first`` at first."""
        return self.registers.setdefault(key, Register(first)).begin(value, next(self._clock))

    def end(self, key: Hashable, writing: _Writing, status: Status) -> None:
        """What became of it."""
        self.registers[key].end(writing, status, next(self._clock))

    def may_hold(self, key: Hashable, first: Any) -> list[Any]:
        """Every value that a register may hold."""
        register = self.registers.get(key)
        return [first] if register is None else register.may_hold()

    def has_read(self, user_id: int, conversation_id: int, seq: int) -> None:
        """A device has it in its store that everything up to ``seq`` was read."""
        key = (user_id, conversation_id)
        self.read[key] = max(seq, self.read.get(key, 0))

    @property
    def promises(self) -> int:
        """How many messages have to be there."""
        return sum(1 for each in self.sent if each.client_id and not each.discarded)
