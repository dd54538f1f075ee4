"""Changes of what the reference store holds, each of which can be taken back."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from msgspec.structs import replace

from desktop_chat.protocol.actions import Role
from desktop_chat.protocol.records import (
    AuditEntry,
    ConversationKind,
    Info,
    Message,
    Star,
    Version,
)
from server.store.base import RECEIPTS_KEPT
from server.store.memory_reader import MemoryReader
from server.store.memory_state import MemoryState
from server.store.records import ConversationRow, DeviceRow, FileRow, InviteRow, MemberRow, UserRow

K = TypeVar("K")
T = TypeVar("T")


class MemoryTransaction(MemoryReader):
    """Reader and Writer over a MemoryState. Every change notes how to undo it."""

    def __init__(self, state: MemoryState) -> None:
        super().__init__(state)
        self._undo: list[Callable[[], object]] = []

    def roll_back(self) -> None:
        """Take back every change."""
        while self._undo:
            self._undo.pop()()

    def next_position(self) -> int:
        self._set(self._state, "position", self._state.position + 1)
        return self._state.position

    def add_user(self, user: UserRow) -> UserRow:
        assert self.user_by_key(user.name_key) is None
        row = replace(user, user_id=len(self._state.users) + 1)
        self._put(self._state.users, row.user_id, row)
        return row

    def set_user(self, user: UserRow) -> None:
        self._put(self._state.users, user.user_id, user)

    def forget_user(self, user_id: int) -> None:
        for pair in [each for each in self._state.blocks if user_id in each]:
            self._drop(self._state.blocks, pair)
        for star in [each for each in self._state.stars if each[0] == user_id]:
            self._drop(self._state.stars, star)
        for left in [each for each in self._state.left if each[0] == user_id]:
            self._drop(self._state.left, left)

    def set_last_seen(self, user_id: int, last_seen_ms: int, position: int) -> None:
        row = replace(self._state.users[user_id], last_seen_ms=last_seen_ms, position=position)
        self._put(self._state.users, user_id, row)

    def add_device(self, *, user_id: int, token_hash: bytes, device_name: str, now_ms: int) -> DeviceRow:
        assert self.device_by_token(token_hash) is None
        self._set(self._state, "devices_made", self._state.devices_made + 1)
        row = DeviceRow(self._state.devices_made, user_id, token_hash, device_name, now_ms)
        self._put(self._state.devices, row.device_id, row)
        return row

    def set_device_seen(self, device_id: int, last_seen_ms: int) -> None:
        row = self._state.devices.get(device_id)
        if row is not None:
            self._put(self._state.devices, device_id, replace(row, last_seen_ms=last_seen_ms))

    def delete_device(self, device_id: int) -> None:
        self._drop(self._state.devices, device_id)

    def set_blocked(self, user_id: int, blocked_id: int, on: bool) -> None:
        if on:
            self._put(self._state.blocks, (user_id, blocked_id), None)
        else:
            self._drop(self._state.blocks, (user_id, blocked_id))

    def add_conversation(
        self, *, kind: ConversationKind, roles: Mapping[int, Role], info: Info, position: int
    ) -> ConversationRow:
        conversation_id = len(self._state.conversations) + 1
        if kind != "group":
            pair = (min(roles), max(roles))
            assert pair not in self._state.directs
            self._put(self._state.directs, pair, conversation_id)
        row = ConversationRow(
            conversation_id,
            kind,
            position,
            member_count=len(roles),
            members_position=position,
            info=info,
        )
        self._put(self._state.conversations, conversation_id, row)
        self._put(self._state.members, conversation_id, {})
        self._put(self._state.messages, conversation_id, [])
        for user_id, role in roles.items():
            self.add_member(MemberRow(conversation_id, user_id, role=role))
        return row

    def set_conversation(self, conversation: ConversationRow) -> None:
        self._put(self._state.conversations, conversation.conversation_id, conversation)

    def add_member(self, member: MemberRow) -> None:
        members = self._state.members[member.conversation_id]
        assert member.user_id not in members
        self._put(members, member.user_id, member)
        self._drop(self._state.left, (member.user_id, member.conversation_id))

    def remove_member(self, conversation_id: int, user_id: int, position: int) -> None:
        self._drop(self._state.members[conversation_id], user_id)
        self._put(self._state.left, (user_id, conversation_id), position)
        for was_read in (False, True):
            self._drop(self._state.receipts, (conversation_id, user_id, was_read))
        for key in [each for each in self._state.stars if each[:2] == (user_id, conversation_id)]:
            self._drop(self._state.stars, key)

    def add_message(self, message: Message, moved: ConversationRow) -> None:
        log = self._state.messages[message.conversation_id]
        assert message.seq == self._state.conversations[message.conversation_id].last_seq + 1
        log.append(message)
        self._undo.append(log.pop)
        sent = self._state.sent.setdefault((message.client_id, message.sender_id), [])
        sent.append(message)
        self._undo.append(sent.pop)
        self._put(self._state.conversations, moved.conversation_id, moved)

    def set_message(self, message: Message) -> None:
        log = self._state.messages[message.conversation_id]
        place = message.seq - log[0].seq
        before, log[place] = log[place], replace(message, reactions=())
        self._undo.append(lambda: log.__setitem__(place, before))

    def set_reaction(self, conversation_id: int, seq: int, key: str, user_id: int, on: bool) -> None:
        reactions = self._state.reactions.setdefault((conversation_id, seq), {})
        if on:
            self._put(reactions, (key, user_id), None)
        else:
            self._drop(reactions, (key, user_id))

    def add_version(self, message: Message, until_ms: int) -> None:
        assert message.content is not None
        versions = self._state.versions.setdefault((message.conversation_id, message.seq), [])
        versions.append(Version(message.content, until_ms))
        self._undo.append(versions.pop)

    def clear_message(self, conversation_id: int, seq: int) -> None:
        self._drop(self._state.versions, (conversation_id, seq))
        self._drop(self._state.reactions, (conversation_id, seq))

    def expire(self, conversation_id: int, below_seq: int) -> None:
        log = self._state.messages[conversation_id]
        expired = [message for message in log if message.seq < below_seq]
        self._put(self._state.messages, conversation_id, log[len(expired) :])
        for message in expired:
            self.clear_message(conversation_id, message.seq)
            self._drop(self._state.sent, (message.client_id, message.sender_id))
            self.delete_file_uses(message.message_id)
        for key in [each for each in self._state.stars if each[1] == conversation_id and each[2] < below_seq]:
            self._drop(self._state.stars, key)

    def set_pointers(self, member: MemberRow) -> None:
        self.set_member(member)

    def set_member(self, member: MemberRow) -> None:
        assert member.user_id in self._state.members[member.conversation_id]
        self._put(self._state.members[member.conversation_id], member.user_id, member)

    def touch_conversation(self, conversation_id: int, position: int) -> None:
        row = replace(self._state.conversations[conversation_id], position=position)
        self._put(self._state.conversations, conversation_id, row)

    def add_file(self, row: FileRow) -> None:
        assert row.file_id not in self._state.files
        assert self.file_by_client(row.client_id, row.uploader_id) is None
        self._put(self._state.files, row.file_id, row)

    def finish_file(self, file_id: str, now_ms: int) -> None:
        row = replace(self._state.files[file_id], finished_at_ms=now_ms)
        self._put(self._state.files, file_id, row)

    def delete_file(self, file_id: str) -> None:
        self._drop(self._state.files, file_id)

    def add_file_use(self, file_id: str, conversation_id: int, message_id: int) -> None:
        assert (file_id, conversation_id, message_id) not in self._state.file_uses
        self._put(self._state.file_uses, (file_id, conversation_id, message_id), None)

    def delete_file_use(self, file_id: str, conversation_id: int, message_id: int) -> None:
        self._drop(self._state.file_uses, (file_id, conversation_id, message_id))

    def delete_file_uses(self, message_id: int) -> None:
        for use in [each for each in self._state.file_uses if each[2] == message_id]:
            self._drop(self._state.file_uses, use)

    def add_receipt(self, conversation_id: int, user_id: int, was_read: bool, seq: int, at_ms: int) -> None:
        times = self._state.receipts.setdefault((conversation_id, user_id, was_read), {})
        self._put(times, seq, at_ms)
        for old in [each for each in times if each < seq - RECEIPTS_KEPT]:
            self._drop(times, old)

    def set_star(self, user_id: int, star: Star, position: int) -> None:
        self._put(self._state.stars, (user_id, star.conversation_id, star.seq), (star, position))

    def drop_invites(self, now_ms: int) -> None:
        for code_hash, each in list(self._state.invites.items()):
            if each.uses_left < 1 or each.expires_at_ms <= now_ms:
                self._drop(self._state.invites, code_hash)

    def set_invite(self, invite: InviteRow) -> None:
        self._put(self._state.invites, invite.code_hash, invite)

    def add_audit(self, entry: AuditEntry) -> None:
        self._state.audit.append(replace(entry, audit_id=len(self._state.audit) + 1))
        self._undo.append(self._state.audit.pop)

    def _put(self, rows: dict[K, T], key: K, row: T) -> None:
        if key in rows:
            before = rows[key]
            self._undo.append(lambda: rows.__setitem__(key, before))
        else:
            self._undo.append(lambda: rows.pop(key))
        rows[key] = row

    def _drop(self, rows: dict[K, T], key: K) -> None:
        if key in rows:
            before = rows.pop(key)
            self._undo.append(lambda: rows.__setitem__(key, before))

    def _set(self, state: MemoryState, name: str, value: int) -> None:
        before = getattr(state, name)
        self._undo.append(lambda: setattr(state, name, before))
        setattr(state, name, value)
