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
from tests.fuzz.past import Past
from tests.fuzz.planted import Planted, found_in
from tests.fuzz.shown import Shown

Place = tuple[int, int]
"""Conversation and seq."""


class Logs:
    """Reads on in every conversation's log. ``broken`` is called in words."""

    def __init__(self, past: Past, planted: Planted, shown: Shown, broken: Callable[[str], None]) -> None:
        self._past, self._planted, self._shown, self._broken = past, planted, shown, broken
        self._read_to: dict[int, int] = {}
        self._first: dict[int, int] = {}
        self._held: dict[Place, set[int]] = {}
        self._holders: dict[int, set[Place]] = {}
        self._used_in: dict[str, set[int]] = {}
        self._pictures: set[str] = set()
        self._ever: dict[int, set[int]] = {}
        """Who has ever been in a conversation."""

    def read_on(self) -> None:
        """Take in what is new since the last time."""
        state = self._past.state
        for conversation_id, members in state.members.items():
            self._ever.setdefault(conversation_id, set()).update(members)
        new = [
            entry
            for conversation_id, log in state.messages.items()
            for entry in log[max(0, self._read_to.get(conversation_id, 0) + 1 - _first(log)) :]
        ]
        for entry in sorted(new, key=lambda each: each.message_id):
            self._read_to[entry.conversation_id] = entry.seq
            self._take(entry)
        for conversation in state.conversations.values():
            first = self._first.get(conversation.conversation_id, 1)
            self._first[conversation.conversation_id] = conversation.first_seq
            for seq in range(first, conversation.first_seq):
                self._let_go((conversation.conversation_id, seq))
        self._look_at_pictures()

    def _take(self, entry: Message) -> None:
        action = entry.action
        if isinstance(action, MembersAdded):
            self._ever[entry.conversation_id].update(action.user_ids)
            self._shown.added(entry)
            for user_id in action.user_ids:
                self._past.joined[entry.conversation_id, user_id] = self._past.count
        self._check_right(entry)
        if isinstance(action, Deleted):
            self._let_go((entry.conversation_id, action.target_seq))
        elif isinstance(action, Edited):
            self._hold(entry.conversation_id, action.target_seq)
        elif action is None:
            self._check_files(entry)
            self._hold(entry.conversation_id, entry.seq, entry)

    def _hold(self, conversation_id: int, seq: int, entry: Message | None = None) -> None:
        """Note which secrets a message holds now, and held before."""
        state, place = self._past.state, (conversation_id, seq)
        log = state.messages[conversation_id]
        index = seq - _first(log)
        message = log[index] if 0 <= index < len(log) else entry
        contents = [each.content for each in state.versions.get(place, ())]
        contents += [
            each.content for each in (message, entry) if each is not None and each.content is not None
        ]
        for content in contents:
            for number in found_in(content.body.encode()):
                if number < len(self._planted.secrets):
                    self._held.setdefault(place, set()).add(number)
                    self._holders.setdefault(number, set()).add(place)
                    if message is not None and message.origin is not None:
                        self._forwarded(number, message)

    def _forwarded(self, number: int, message: Message) -> None:
        """A copy may be read where it was made, if who made it could read what was copied."""
        secret = self._planted.secrets[number]
        sender_id, to = message.sender_id, message.conversation_id
        if to not in secret.places and any(
            self._past.was_member(place, sender_id, since) for place, since in secret.places.items()
        ):
            secret.places[to] = max(0, self._past.count - 1)

    def _let_go(self, place: Place) -> None:
        for number in self._held.pop(place, ()):
            holders = self._holders[number]
            holders.discard(place)
            if not holders:
                self._planted.secrets[number].gone_since = self._past.count

    def _check_right(self, entry: Message) -> None:
        """By the roles at the last rest and now: where neither allows it, nothing did."""
        last, conversation_id, user_id = self._past.last, entry.conversation_id, entry.sender_id
        if last is None or conversation_id not in last.members:
            return
        state, action = self._past.state, entry.action
        since = [
            each for each in state.messages[conversation_id] if each.seq > last.last_seqs[conversation_id]
        ]
        if any(isinstance(each.action, MembersAdded) and user_id in each.action.user_ids for each in since):
            return  # was brought in, and may have been taken out again
        now = state.members[conversation_id].get(user_id)
        roles = {last.members[conversation_id].get(user_id, ""), now.role if now is not None else ""}
        kind = state.conversations[conversation_id].kind
        if roles == {""}:
            self._broken(f"user {user_id} is no member and wrote {entry}")
        elif kind == "direct" and (action is None or isinstance(action, Edited | Reacted | Pinned)):
            self._check_not_blocked(entry)
        elif kind == "group" and not any(_may_give_role(each, user_id) for each in since):
            self._check_role(entry, roles, since)

    def _check_role(self, entry: Message, roles: set[str], since: list[Message]) -> None:
        action, conversation_id, last = entry.action, entry.conversation_id, self._past.last
        assert last is not None
        managing = isinstance(action, MembersAdded | InfoChanged | Pinned) or (
            isinstance(action, MemberRemoved) and action.user_id != entry.sender_id
        )
        owning = isinstance(action, RoleChanged) or (
            isinstance(action, InfoChanged) and (action.board, action.retention_days) != (None, None)
        )
        if (managing and not roles & {"owner", "admin"}) or (owning and "owner" not in roles):
            self._broken(f"whoever is {roles} may not do {entry}")
        boards = {conversation_id in last.boards, self._past.state.conversations[conversation_id].info.board}
        changed = any(
            isinstance(each.action, InfoChanged) and each.action.board is not None for each in since
        )
        writes = action is None or isinstance(action, Edited)
        if writes and boards == {True} and not changed and not roles & {"owner", "admin"}:
            self._broken(f"whoever is {roles} wrote on a board: {entry}")

    def _check_not_blocked(self, entry: Message) -> None:
        state, last = self._past.state, self._past.last
        assert last is not None
        for other_id in state.members[entry.conversation_id]:
            pair = (other_id, entry.sender_id)
            unchanged = last.positions.get(other_id) == state.users[other_id].position
            if pair in state.blocks and pair in last.blocks and unchanged:
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
        for conversation in state.conversations.values():
            self._pictures.add(conversation.info.picture)


def _may_give_role(entry: Message, user_id: int) -> bool:
    """Whether an entry can have made somebody more than a member, by a word or by inheritance."""
    action = entry.action
    return isinstance(action, MemberRemoved) or (
        isinstance(action, RoleChanged) and action.user_id == user_id
    )


def _first(log: list[Message]) -> int:
    return log[0].seq if log else 1
