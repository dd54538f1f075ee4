"""What comes into the logs, entry by entry: whether its sender may do that, which secrets it holds, and which
of them are gone for good with a deletion or their time."""

from collections.abc import Callable

from desktop_chat.protocol.actions import (
    Deleted,
    Edited,
    InfoChanged,
    MemberRemoved,
    MembersAdded,
    Pinned,
    Reacted,
    RoleChanged,
)
from desktop_chat.protocol.records import Message
from server.store.records import ConversationRow
from tests.fuzz.past import Past
from tests.fuzz.planted import Planted, found_in

Place = tuple[int, int]
"""Conversation and seq."""


class Logs:
    """Reads on in every conversation's log. ``broken`` is called in words."""

    def __init__(self, past: Past, planted: Planted, broken: Callable[[str], None]) -> None:
        self._past, self._planted, self._broken = past, planted, broken
        self._seen: dict[int, ConversationRow] = {}
        """Each conversation as it was before."""
        self._roles: dict[int, dict[int, str]] = {}
        self._held: dict[Place, set[int]] = {}
        self._holders: dict[int, set[Place]] = {}
        self._used_in: dict[str, set[int]] = {}
        self._pictures: set[str] = set()
        self._ever: dict[int, set[int]] = {}
        """Who has ever been in a conversation."""

    def committed(self) -> None:
        """Take in what one operation has changed."""
        for conversation in self._past.state.conversations.values():
            if conversation is not self._seen.get(conversation.conversation_id):
                self._read_on(conversation)
        self._look_at_pictures()

    def _read_on(self, now: ConversationRow) -> None:
        state, conversation_id = self._past.state, now.conversation_id
        before = self._seen.get(conversation_id)
        members, log = state.members[conversation_id], state.messages[conversation_id]
        self._ever.setdefault(conversation_id, set()).update(members)
        count = now.last_seq - (0 if before is None else before.last_seq)
        for entry in log[len(log) - count :]:
            if before is not None:
                self._check_right(entry, before)
            self._take(entry, log)
        for seq in range(1 if before is None else before.first_seq, now.first_seq):
            self._let_go((conversation_id, seq))
        self._pictures.add(now.info.picture)
        self._seen[conversation_id] = now
        self._roles[conversation_id] = {user_id: row.role for user_id, row in members.items()}

    def _take(self, entry: Message, log: list[Message]) -> None:
        action = entry.action
        if isinstance(action, Deleted):
            self._let_go((entry.conversation_id, action.target_seq))
        elif isinstance(action, Edited):
            self._hold(log[action.target_seq - log[0].seq])
        elif action is None:
            self._check_files(entry)
            self._hold(entry)

    def _hold(self, message: Message) -> None:
        """Note which secrets a message holds now, beside those that it held before."""
        if message.content is None:
            return
        place = (message.conversation_id, message.seq)
        for number in found_in(message.content.body.encode()):
            if number < len(self._planted.secrets):
                self._held.setdefault(place, set()).add(number)
                self._holders.setdefault(number, set()).add(place)
                if message.origin is not None:
                    self._forwarded(number, message)

    def _forwarded(self, number: int, message: Message) -> None:
        """A copy may be read where it was made, if who made it could read what was copied."""
        places, members = self._planted.secrets[number].places, self._past.state.members
        if any(message.sender_id in members.get(place, ()) for place in places):
            places.setdefault(message.conversation_id, self._past.count)

    def _let_go(self, place: Place) -> None:
        for number in self._held.pop(place, ()):
            holders = self._holders[number]
            holders.discard(place)
            if not holders:
                self._planted.secrets[number].gone_since = self._past.count

    def _check_right(self, entry: Message, before: ConversationRow) -> None:
        """By what was so before the entry was made."""
        action = entry.action
        role = self._roles[entry.conversation_id].get(entry.sender_id)
        if role is None:
            self._broken(f"user {entry.sender_id} is no member and wrote {entry}")
        elif before.kind == "direct" and isinstance(action, None | Edited | Reacted | Pinned | InfoChanged):
            self._check_not_blocked(entry)
        elif before.kind == "group":
            self._check_role(entry, role, before)

    def _check_role(self, entry: Message, role: str, before: ConversationRow) -> None:
        action, needed = entry.action, {"owner", "admin", "member"}
        if (before.info.board and isinstance(action, None | Edited)) or isinstance(
            action, MembersAdded | InfoChanged | Pinned
        ):
            needed = {"owner", "admin"}
        if isinstance(action, MemberRemoved) and action.user_id != entry.sender_id:
            other_role = self._roles[entry.conversation_id].get(action.user_id)
            needed = {"owner", "admin"} if other_role == "member" else {"owner"}
        if isinstance(action, RoleChanged) or (
            isinstance(action, InfoChanged) and (action.board, action.retention_days) != (None, None)
        ):
            needed = {"owner"}
        if role not in needed:
            self._broken(f"whoever is {role} may not do {entry}")

    def _check_not_blocked(self, entry: Message) -> None:
        state = self._past.state
        for other_id in state.members[entry.conversation_id]:
            if (other_id, entry.sender_id) in state.blocks:
                self._broken(f"user {other_id} has blocked the sender of {entry}")

    def _check_files(self, entry: Message) -> None:
        for file_id in entry.file_ids:
            self._check_file(file_id, entry.sender_id)
            self._used_in.setdefault(file_id, set()).add(entry.conversation_id)

    def _check_file(self, file_id: str, user_id: int) -> None:
        """Whether a user could ever read a file that is used."""
        row = self._past.state.files.get(file_id)
        if row is None or row.finished_at_ms is None:
            self._broken(f"there is no whole file {file_id}, which user {user_id} uses")
        elif (
            user_id != row.uploader_id
            and file_id not in self._pictures
            and not any(user_id in self._ever[each] for each in self._used_in.get(file_id, ()))
        ):
            self._broken(f"user {user_id} uses file {file_id}, which is not for them")

    def _look_at_pictures(self) -> None:
        """From whoever shows it, everybody may have it."""
        state = self._past.state
        for user in state.users.values():
            if user.picture and user.picture not in self._pictures:
                self._check_file(user.picture, user.user_id)
                self._pictures.add(user.picture)
