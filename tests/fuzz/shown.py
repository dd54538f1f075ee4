"""How far others may know that each member has come: a model of what share_read and share_delivered promise,
beside what the server computes."""

from desktop_chat.protocol.actions import MembersAdded
from desktop_chat.protocol.records import Message
from server.store.records import MemberRow
from tests.fuzz.past import Past


class Shown:
    """The highest pointers that may be told, by conversation and member: (read, delivered)."""

    def __init__(self, past: Past) -> None:
        self._past = past
        self._most: dict[tuple[int, int], tuple[int, int]] = {}

    def settled(self) -> None:
        """Note how far everybody has come; to be called before the rest is noted."""
        for conversation_id, members in self._past.state.members.items():
            for user_id, row in members.items():
                self._most[conversation_id, user_id] = self._now(row)
        for key in [each for each in self._most if each[1] not in self._past.state.members[each[0]]]:
            del self._most[key]

    def added(self, entry: Message) -> None:
        """What was there before somebody came counts as read."""
        assert isinstance(entry.action, MembersAdded)
        for user_id in entry.action.user_ids:
            key = (entry.conversation_id, user_id)
            read, delivered = self._most.get(key, (0, 0))
            self._most[key] = max(read, entry.seq), max(delivered, entry.seq)

    def most(self, conversation_id: int, user_id: int) -> tuple[int, int] | None:
        """What may be told now; None where nothing is known of it."""
        row = self._past.state.members.get(conversation_id, {}).get(user_id)
        key = (conversation_id, user_id)
        if row is None or key not in self._most:
            return None
        return self._now(row)

    def _now(self, row: MemberRow) -> tuple[int, int]:
        key = (row.conversation_id, row.user_id)
        if key not in self._most:
            return row.shown_read_seq, row.shown_delivered_seq
        read, delivered = self._most[key]
        state, last = self._past.state, self._past.last
        settings = [state.users[row.user_id].settings]
        if last is not None and row.user_id in last.settings:
            settings.append(last.settings[row.user_id])
        if any(each.share_read for each in settings):
            read = max(read, row.read_seq)
        if any(each.share_delivered for each in settings):
            delivered = max(delivered, row.delivered_seq)
        expired = state.conversations[row.conversation_id].first_seq - 1
        read = max(read, expired)
        return read, max(delivered, read)
