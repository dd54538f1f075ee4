"""What may be known of whom, and when that last was so. What is under way to a client that does not read may
be some rests of the server old, so a promise is broken only where it has held for all of them."""

from typing import NamedTuple

from server.store.memory_state import MemoryState

KEPT = 12
"""Rests after which nothing is under way any more."""


class Fact(NamedTuple):
    """Something that ``to_id`` may know of a user; of what everybody may know, 0."""

    what: str
    user_id: int
    to_id: int = 0


def _facts_of(state: MemoryState) -> set[Fact]:
    """What may be known of people now."""
    facts = set()
    for user in state.users.values():
        id_, settings = user.user_id, user.settings
        if not user.is_deleted:
            facts.add(Fact("exists", id_))
        if settings.share_typing:
            facts.add(Fact("types", id_))
        for other_id in state.users:
            blocks = (id_, other_id) in state.blocks
            if settings.share_presence and not blocks:
                facts.add(Fact("is online", id_, other_id))
            if settings.share_typing and not blocks and (other_id, id_) not in state.blocks:
                facts.add(Fact("types to", id_, other_id))
    return facts


class Past:
    """Looks at every change of one world."""

    def __init__(self, state: MemoryState) -> None:
        self.state = state
        self.count = 0
        """How many rests there were."""
        self._people: tuple[object, ...] = ()
        """What the facts were taken from."""
        self._facts: set[Fact] = set()
        self._ended: dict[Fact, int] = {}
        """By fact: before which rest it ended last."""
        self._members: dict[int, set[int]] = {}
        self._left: dict[tuple[int, int], int] = {}
        """(conversation_id, user_id): before which rest they left last."""

    def committed(self) -> None:
        """Something may have changed."""
        state = self.state
        people = (*state.users.values(), *state.blocks)
        if people != self._people:
            self._people, before = people, self._facts
            self._facts = _facts_of(state)
            self._ended.update(dict.fromkeys(before - self._facts, self.count))
        for conversation_id, members in state.members.items():
            were = self._members.get(conversation_id)
            if were is None or members.keys() != were:
                for user_id in (were or set()).difference(members):
                    self._left[conversation_id, user_id] = self.count
                self._members[conversation_id] = set(members)

    def settled(self) -> None:
        """The server is at rest."""
        self.count += 1

    def is_old(self, since: int) -> bool:
        """Whether what happened before that many rests cannot be under way any more."""
        return self.count - since > KEPT

    def was_member(self, conversation_id: int, user_id: int, since: int) -> bool:
        """Whether somebody is a member, or was one lately and not only before ``since`` rests."""
        if user_id in self.state.members.get(conversation_id, ()):
            return True
        left = self._left.get((conversation_id, user_id))
        return left is not None and left >= since and not self.is_old(left)

    def is_hidden(self, user_id: int, from_id: int) -> bool:
        """Whether one has hidden their presence from another for long enough."""
        return self._is_over(Fact("is online", user_id, from_id))

    def hides_typing(self, user_id: int, from_id: int, conversation_id: int) -> bool:
        """Whether one has not let another know for long enough that they write."""
        if self.state.conversations[conversation_id].kind == "direct":
            return self._is_over(Fact("types to", user_id, from_id))
        return self._is_over(Fact("types", user_id))

    def is_deleted(self, user_id: int) -> bool:
        """Whether an account is gone for long enough."""
        return self._is_over(Fact("exists", user_id))

    def _is_over(self, fact: Fact) -> bool:
        ended = self._ended.get(fact)
        return fact not in self._facts and (ended is None or self.is_old(ended))
