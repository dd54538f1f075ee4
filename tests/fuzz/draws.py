"""What a frame is drawn from: chance, the ids that exist, and secrets to plant."""

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

T = TypeVar("T")

_KEPT = 64
_SAME_AS = {
    "sender_id": "user_id",
    "member_id": "user_id",
    "owner_id": "user_id",
    "creator_id": "user_id",
    "mentions": "user_id",
    "actor_id": "user_id",
    "subject_id": "user_id",
    "reply_to": "seq",
    "before_id": "audit_id",
    "picture": "file_id",
    "invite": "code",
}
_SUFFIXES = (
    "conversation_id",
    "message_id",
    "user_id",
    "device_id",
    "client_id",
    "file_id",
    "audit_id",
    "seq",
    "position",
)


def canonical(name: str) -> str:
    """One name for all fields that hold the same sort of id: ``before_seq`` is a ``seq``, ``user_ids`` hold
    a ``user_id``."""
    name = _SAME_AS.get(name, name)
    singular = name[:-1] if name.endswith(("_ids", "seqs")) else name
    for each in _SUFFIXES:
        if singular.endswith(each):
            return each
    return singular


class Known:
    """Ids that came out of the server: in sets that belong together, and by sort. Bounded."""

    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []
        self.by_sort: dict[str, list[Any]] = {}

    def note(self, decoded: Any, chance: random.Random, around: Mapping[str, Any] | None = None) -> None:
        """Take the ids from anything decoded, with those of what is around it."""
        if isinstance(decoded, list):
            for each in decoded:
                self.note(each, chance, around)
        elif isinstance(decoded, dict):
            own = dict(around or {})
            for name, value in decoded.items():
                if isinstance(value, int | str) and not isinstance(value, bool) and _is_id(name):
                    own[canonical(name)] = value
                    _put(self.by_sort.setdefault(canonical(name), []), value, chance)
            if own:
                _put(self.records, own, chance)
            for value in decoded.values():
                if isinstance(value, dict | list):
                    self.note(value, chance, own)

    def of(self, sort: str) -> list[Any]:
        """The ids of a sort."""
        return self.by_sort.get(sort, [])


class Draw:
    """One frame's worth of chance. ``record`` are ids that belong together, ``secret`` makes a secret for a
    field of the command, and is None where the frame must hold none."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.random: Callable[[], float] = chance.random
        self.record: Mapping[str, Any] = {}
        self.known: Sequence[Known] = ()
        self.secret: Callable[[str, int | None], str] | None = None
        self.fullness = 0.5
        """How likely a field is there that may be left out."""
        self.conversation_id: int | None = None
        """The conversation that this command names, once it has."""

    def pick(self, choices: Sequence[T]) -> T:
        """One of them, all as likely."""
        return choices[int(self.random() * len(choices))]

    def id(self, sort: str) -> Any:
        """An id of this sort that exists, mostly one that belongs to the others; None if there is none."""
        if self.random() < 0.75:
            found = self.record.get(sort)
            if found is not None:
                return found
        for known in self.known:
            pool = known.of(sort)
            if pool and (self.random() < 0.7 or known is self.known[-1]):
                return self.pick(pool)
        return None


def _is_id(name: str) -> bool:
    return name.endswith(("_id", "seq", "position", "epoch", "token", "user_name", "_key", "code"))


def _put(pool: list[T], value: T, chance: random.Random) -> None:
    if len(pool) < _KEPT:
        pool.append(value)
    else:
        pool[int(chance.random() * _KEPT)] = value
