"""How far others may know that each member has come: a model of what share_read and share_delivered promise,
beside what the server computes."""

from server.store.records import MemberRow
from tests.fuzz.past import Past


class Shown:
    """The highest pointers that may be told, by conversation and member: (read, delivered)."""

    def __init__(self, past: Past) -> None:
        self._past = past
        self._seen: dict[int, dict[int, MemberRow]] = {}
        self._most: dict[int, dict[int, tuple[int, int]]] = {}

    def committed(self) -> None:
        """Something may have changed: what is shared now may be told from now on."""
        state = self._past.state
        for conversation_id, members in state.members.items():
            if members == self._seen.get(conversation_id):
                continue
            # What was there before somebody came counts as read.
            there = state.conversations[conversation_id].last_seq if conversation_id in self._seen else 0
            most = self._most.get(conversation_id, {})
            self._seen[conversation_id] = dict(members)
            self._most[conversation_id] = {
                user_id: self._with(row, *most.get(user_id, (there, there)))
                for user_id, row in members.items()
            }

    def most(self, conversation_id: int, user_id: int) -> tuple[int, int] | None:
        """What may be told now; None for who is no member."""
        return self._most.get(conversation_id, {}).get(user_id)

    def _with(self, row: MemberRow, read: int, delivered: int) -> tuple[int, int]:
        settings = self._past.state.users[row.user_id].settings
        if settings.share_read:
            read = max(read, row.read_seq)
        if settings.share_delivered:
            delivered = max(delivered, row.delivered_seq)
        return read, max(delivered, read)
