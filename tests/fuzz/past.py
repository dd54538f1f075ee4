"""What was so lately: who was where, with which role, who hid what from whom, each time the server was at
rest. What is under way to a client that does not read may be some rests old, so a promise is broken only
where it did not hold for all of them."""

from collections import deque
from collections.abc import Collection
from typing import NamedTuple

from desktop_chat.protocol.records import Settings
from server.store.memory_state import MemoryState
from server.store.records import UserRow

KEPT = 12


class Rest(NamedTuple):
    """One time at rest."""

    members: dict[int, dict[int, str]]
    """By conversation: each member's role."""
    settings: dict[int, Settings]
    blocks: frozenset[tuple[int, int]]
    """(who blocked, whom)"""
    deleted: frozenset[int]
    """Accounts that are gone."""
    admins: frozenset[int]
    boards: frozenset[int]
    last_seqs: dict[int, int]
    positions: dict[int, int]
    """By user: where anything changed last that others see, whom they block included."""


def rest_of(state: MemoryState) -> Rest:
    """The state as it is now."""
    return Rest(
        {each: {id_: row.role for id_, row in rows.items()} for each, rows in state.members.items()},
        {each.user_id: each.settings for each in state.users.values()},
        frozenset(state.blocks),
        frozenset(each.user_id for each in state.users.values() if each.is_deleted),
        frozenset(each.user_id for each in state.users.values() if each.is_admin),
        frozenset(each.conversation_id for each in state.conversations.values() if each.info.board),
        {each.conversation_id: each.last_seq for each in state.conversations.values()},
        {each.user_id: each.position for each in state.users.values()},
    )


class Past:
    """The last rests of one world."""

    def __init__(self, state: MemoryState) -> None:
        self.state = state
        self.count = 0
        """How many rests there were."""
        self.rests: deque[Rest] = deque(maxlen=KEPT)
        self.joined: dict[tuple[int, int], int] = {}
        """Before which rest somebody was brought into a conversation; he may have left it before that too."""

    def settled(self) -> None:
        """The server is at rest."""
        self.rests.append(rest_of(self.state))
        self.count += 1

    @property
    def last(self) -> Rest | None:
        """The last rest."""
        return self.rests[-1] if self.rests else None

    def is_old(self, since: int) -> bool:
        """Whether what happened before that many rests cannot be under way any more."""
        return self.count - since > KEPT

    def was_member(self, conversation_id: int, user_id: int, since: int) -> bool:
        """Whether somebody is a member, or was one lately and not only before ``since`` rests."""
        if user_id in self.state.members.get(conversation_id, ()):
            return True
        joined = self.joined.get((conversation_id, user_id))
        if joined is not None and joined >= since and not self.is_old(joined):
            return True
        first = max(0, since - (self.count - len(self.rests)))
        return any(user_id in rest.members.get(conversation_id, ()) for rest in list(self.rests)[first:])

    def is_hidden(self, user_id: int, from_id: int) -> bool:
        """Whether one has hidden their presence from another for long enough."""
        user = self.state.users[user_id]
        hides = not user.settings.share_presence or (user_id, from_id) in self.state.blocks
        return (
            hides
            and len(self.rests) == KEPT
            and self._is_unchanged(user)
            and all(
                (user_id in rest.settings and not rest.settings[user_id].share_presence)
                or (user_id, from_id) in rest.blocks
                for rest in self.rests
            )
        )

    def hides_typing(self, user_id: int, from_id: int, conversation_id: int) -> bool:
        """Whether one has not let another know for long enough that they write."""
        direct = self.state.conversations[conversation_id].kind == "direct"

        pairs = {(user_id, from_id), (from_id, user_id)}

        def hides(settings: Settings | None, blocks: Collection[tuple[int, int]]) -> bool:
            if settings is not None and not settings.share_typing:
                return True
            return direct and any(pair in blocks for pair in pairs)

        users = [self.state.users[each] for each in (user_id, from_id)]
        return (
            hides(users[0].settings, self.state.blocks)
            and len(self.rests) == KEPT
            and all(map(self._is_unchanged, users))
            and all(hides(rest.settings.get(user_id), rest.blocks) for rest in self.rests)
        )

    def _is_unchanged(self, user: UserRow) -> bool:
        """Whether nothing that others see of a user changed since the last rest."""
        last = self.last
        return last is not None and last.positions.get(user.user_id) == user.position

    def is_deleted(self, user_id: int) -> bool:
        """Whether an account is gone for long enough."""
        return len(self.rests) == KEPT and user_id in self.rests[0].deleted
