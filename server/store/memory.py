"""The reference store: plain dictionaries, the same interface and the same promises, in one thread. It is
what the simulation runs on, so the moments at which a real store can die are moments here too:

    queued --commit_delay--> applied = durable --confirm_delay--> answered

``crash()`` drops what is not yet applied, and the answers to what is applied and not yet answered. The
store then serves the next ``start()`` with everything durable. A faulty variant for testing the simulation
overrides a method: ``MemoryTransaction.sent_message`` returning None takes out the idempotency
(give the class to ``MemoryStore.transaction_class``); ``MemoryStore._commit`` decides when operations are
applied and when they are answered.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from copy import copy
from itertools import takewhile
from typing import Any, TypeVar

from msgspec.structs import replace

from desktop_chat.protocol.actions import Role
from desktop_chat.protocol.records import (
    AuditEntry,
    ConversationKind,
    Info,
    Message,
    Reaction,
    Star,
    Version,
)
from server.refusal import Refused
from server.store.base import (
    RECEIPTS_KEPT,
    ChangedConversation,
    ConversationRow,
    DeviceRow,
    Done,
    FileRow,
    FileTotals,
    InviteRow,
    MemberRow,
    Operation,
    Reader,
    StoreUnavailable,
    UserRow,
)
from server.store.performing import perform

K = TypeVar("K")
T = TypeVar("T")
Delay = Callable[[], Awaitable[None]]
Pending = tuple[Operation[Any], Done[Any]]
Answer = tuple[Done[Any], Any, Exception | None]


class MemoryState:
    """Everything that is durable."""

    def __init__(self, epoch: str) -> None:
        self.epoch = epoch
        self.position = 0
        self.devices_made = 0
        self.users: dict[int, UserRow] = {}
        self.devices: dict[int, DeviceRow] = {}
        self.blocks: dict[tuple[int, int], None] = {}
        """(user_id, blocked_id)"""
        self.conversations: dict[int, ConversationRow] = {}
        self.directs: dict[tuple[int, int], int] = {}
        self.members: dict[int, dict[int, MemberRow]] = {}
        self.left: dict[tuple[int, int], int] = {}
        """(user_id, conversation_id): position"""
        self.messages: dict[int, list[Message]] = {}
        """By conversation, in rising seq without a hole, from ``first_seq`` on; without reactions."""
        self.reactions: dict[tuple[int, int], dict[tuple[str, int], None]] = {}
        """(conversation_id, seq): (key, user_id)"""
        self.versions: dict[tuple[int, int], list[Version]] = {}
        self.receipts: dict[tuple[int, int, bool], dict[int, int]] = {}
        """(conversation_id, user_id, was_read): time by seq"""
        self.sent: dict[tuple[str, int], list[Message]] = {}
        self.files: dict[str, FileRow] = {}
        self.file_uses: dict[tuple[str, int, int], None] = {}
        """By (file_id, conversation_id, message_id)."""
        self.stars: dict[tuple[int, int, int], tuple[Star, int]] = {}
        """(user_id, conversation_id, seq): the star and its position"""
        self.invites: dict[bytes, InviteRow] = {}
        self.audit: list[AuditEntry] = []

    def copy(self) -> "MemoryState":
        """The same state, untouched by what happens to this one."""
        other = MemoryState(self.epoch)
        for name, value in vars(self).items():
            copied = copy(value)
            if isinstance(copied, dict):
                for key, rows in copied.items():
                    if isinstance(rows, dict | list):
                        copied[key] = copy(rows)
            setattr(other, name, copied)
        return other


class MemoryTransaction:
    """Reader and Writer over a MemoryState. Every change notes how to undo it."""

    def __init__(self, state: MemoryState) -> None:
        self._state = state
        self._undo: list[Callable[[], object]] = []

    def roll_back(self) -> None:
        """Take back every change."""
        while self._undo:
            self._undo.pop()()

    def position(self) -> int:
        return self._state.position

    def user(self, user_id: int) -> UserRow | None:
        return self._state.users.get(user_id)

    def user_by_key(self, name_key: str) -> UserRow | None:
        return next((user for user in self._state.users.values() if user.name_key == name_key), None)

    def users(self, user_ids: Sequence[int]) -> list[UserRow]:
        return [self._state.users[each] for each in user_ids if each in self._state.users]

    def find_users(self, folded_query: str, limit: int) -> list[UserRow]:
        users = self._state.users.values()
        found = [user for user in users if folded_query in user.search_key and not user.is_deleted]
        return sorted(found, key=lambda user: user.name_key)[:limit]

    def user_count(self) -> int:
        return len(self._state.users)

    def admin_ids(self) -> list[int]:
        return sorted(each.user_id for each in self._state.users.values() if each.is_admin)

    def device(self, device_id: int) -> DeviceRow | None:
        return self._state.devices.get(device_id)

    def device_by_token(self, token_hash: bytes) -> DeviceRow | None:
        return next((each for each in self._state.devices.values() if each.token_hash == token_hash), None)

    def devices_of(self, user_id: int) -> list[DeviceRow]:
        return sorted(
            (each for each in self._state.devices.values() if each.user_id == user_id),
            key=lambda device: device.device_id,
        )

    def blocked_ids(self, user_id: int) -> frozenset[int]:
        return frozenset(blocked_id for blocker, blocked_id in self._state.blocks if blocker == user_id)

    def blocker_ids(self, user_id: int) -> frozenset[int]:
        return frozenset(blocker for blocker, blocked_id in self._state.blocks if blocked_id == user_id)

    def conversation(self, conversation_id: int) -> ConversationRow | None:
        return self._state.conversations.get(conversation_id)

    def direct(self, low_user_id: int, high_user_id: int) -> ConversationRow | None:
        conversation_id = self._state.directs.get((low_user_id, high_user_id))
        return None if conversation_id is None else self._state.conversations[conversation_id]

    def member(self, conversation_id: int, user_id: int) -> MemberRow | None:
        return self._state.members.get(conversation_id, {}).get(user_id)

    def members(self, conversation_id: int) -> list[MemberRow]:
        return sorted(self._state.members.get(conversation_id, {}).values(), key=lambda row: row.user_id)

    def member_ids(self, conversation_id: int) -> tuple[int, ...]:
        return tuple(sorted(self._state.members.get(conversation_id, ())))

    def group_ids(self, user_id: int) -> list[int]:
        return [row.conversation_id for row in self._conversations_of(user_id) if row.kind == "group"]

    def changed_conversations(self, user_id: int, after_position: int) -> list[ChangedConversation]:
        changed = []
        for row in self._conversations_of(user_id):
            own = self._state.members[row.conversation_id][user_id]
            if max(row.position, own.position) > after_position:
                told = row.tells_pointers or row.members_position > after_position
                members = self.members(row.conversation_id) if told else None
                changed.append(ChangedConversation(row, own, members))
        return sorted(changed, key=lambda each: -each.conversation.position)

    def left_conversations(self, user_id: int, after_position: int) -> list[tuple[int, int]]:
        found = [
            (conversation_id, position)
            for (who, conversation_id), position in self._state.left.items()
            if who == user_id and position > after_position
        ]
        return sorted(found, key=lambda each: each[1])

    def contacts(self, user_id: int) -> list[UserRow]:
        return [self._state.users[each] for each in self.contact_ids(user_id)]

    def contact_ids(self, user_id: int) -> list[int]:
        few = [row for row in self._conversations_of(user_id) if row.tells_pointers]
        return sorted({each for row in few for each in self._state.members[row.conversation_id]} - {user_id})

    def known_to(self, user_id: int) -> list[int]:
        shared = (self._state.members[row.conversation_id] for row in self._conversations_of(user_id))
        return sorted({each for members in shared for each in members} - {user_id})

    def acquaintances(self, user_id: int, after_position: int) -> list[UserRow]:
        found: set[int] = set()
        for row in self._conversations_of(user_id):
            if not row.tells_pointers:
                known = row.members_position <= after_position
                for each in self._state.members[row.conversation_id]:
                    if not known or self._state.users[each].profile_position > after_position:
                        found.add(each)
        return [self._state.users[each] for each in sorted(found - {user_id, *self.contact_ids(user_id)})]

    def sent_message(self, client_id: str, sender_id: int) -> Message | None:
        found = self._state.sent.get((client_id, sender_id))
        return found[0] if found else None

    def message(self, conversation_id: int, seq: int) -> Message | None:
        found = self._from_log(conversation_id, seq, seq)
        return found[0] if found else None

    def page_before(self, conversation_id: int, before_seq: int, limit: int) -> list[Message]:
        last = min(before_seq - 1, self._last_seq(conversation_id))
        return self._from_log(conversation_id, last - limit + 1, last)[::-1]

    def page_after(self, conversation_id: int, after_seq: int, limit: int) -> list[Message]:
        first = max(after_seq + 1, self._first_seq(conversation_id))
        return self._from_log(conversation_id, first, first + limit - 1)

    def versions(self, conversation_id: int, seq: int) -> list[Version]:
        return list(self._state.versions.get((conversation_id, seq), ()))

    def count_messages(self, conversation_id: int, after_seq: int, up_to_seq: int, sender_id: int) -> int:
        log = self._from_log(conversation_id, after_seq + 1, up_to_seq)
        return sum(message.sender_id == sender_id and message.action is None for message in log)

    def message_count_at(self, conversation_id: int, seq: int) -> int | None:
        if seq == 0:
            return 0
        if not self._from_log(conversation_id, seq, seq):
            return None
        after = self._from_log(conversation_id, seq + 1, self._last_seq(conversation_id))
        later = sum(message.action is None for message in after)
        return self._state.conversations[conversation_id].message_count - later

    def last_seq_before(self, conversation_id: int, before_ms: int, limit: int) -> int:
        oldest = self._state.messages.get(conversation_id, [])[:limit]
        old = list(takewhile(lambda message: message.sent_at_ms < before_ms, oldest))
        return old[-1].seq if old else (oldest[0].seq - 1 if oldest else 0)

    def conversation_ids_after(self, conversation_id: int, limit: int) -> list[int]:
        return sorted(each for each in self._state.conversations if each > conversation_id)[:limit]

    def receipt_ms(self, conversation_id: int, user_id: int, was_read: bool, seq: int) -> int:
        times = self._state.receipts.get((conversation_id, user_id, was_read), {})
        passed = [reached for reached in times if reached >= seq]
        return times[min(passed)] if passed else 0

    def stars(self, user_id: int, after_position: int) -> list[Star]:
        found = [
            each
            for (who, _, _), each in self._state.stars.items()
            if who == user_id and each[1] > after_position
        ]
        return [star for star, _ in sorted(found, key=lambda each: each[1])]

    def invite_count(self, creator_id: int, now_ms: int) -> int:
        own = [each for each in self._state.invites.values() if each.creator_id == creator_id]
        return sum(each.uses_left > 0 and each.expires_at_ms > now_ms for each in own)

    def invite(self, code_hash: bytes) -> InviteRow | None:
        return self._state.invites.get(code_hash)

    def audit(self, before_id: int, limit: int) -> list[AuditEntry]:
        return [each for each in reversed(self._state.audit) if each.audit_id < before_id][:limit]

    def file(self, file_id: str) -> FileRow | None:
        return self._state.files.get(file_id)

    def file_by_client(self, client_id: str, uploader_id: int) -> FileRow | None:
        for row in self._state.files.values():
            if row.client_id == client_id and row.uploader_id == uploader_id:
                return row
        return None

    def file_totals(self, uploader_id: int) -> FileTotals:
        own = [row for row in self._state.files.values() if row.uploader_id == uploader_id]
        unfinished = sum(row.finished_at_ms is None for row in own)
        return FileTotals(sum(row.size_bytes for row in own), unfinished)

    def file_is_shared(self, file_id: str, user_id: int) -> bool:
        used_in = (use[1] for use in self._state.file_uses if use[0] == file_id)
        return any(self.member(conversation_id, user_id) is not None for conversation_id in used_in)

    def file_is_used(self, file_id: str) -> bool:
        return any(use[0] == file_id for use in self._state.file_uses)

    def picture_file(self, file_id: str) -> bool:
        return any(use[0] == file_id and use[2] < 1 for use in self._state.file_uses)

    def message_files(self, message_id: int) -> list[str]:
        return sorted(use[0] for use in self._state.file_uses if use[2] == message_id)

    def content_is_kept(self, sha256: bytes) -> bool:
        files = self._state.files.values()
        return any(row.sha256 == sha256 and row.finished_at_ms is not None for row in files)

    def unused_files(self, before_ms: int, after_file_id: str, limit: int) -> list[FileRow]:
        used = {use[0] for use in self._state.file_uses}
        found = [
            row
            for row in self._state.files.values()
            if row.file_id > after_file_id
            and row.file_id not in used
            and (row.created_at_ms if row.finished_at_ms is None else row.finished_at_ms) < before_ms
        ]
        return sorted(found, key=lambda row: row.file_id)[:limit]

    def next_position(self) -> int:
        self._set(self._state, "position", self._state.position + 1)
        return self._state.position

    def add_user(
        self,
        *,
        user_name: str,
        name_key: str,
        display_name: str,
        search_key: str,
        password_hash: str,
        now_ms: int,
        position: int,
        is_admin: bool = False,
    ) -> UserRow:
        assert self.user_by_key(name_key) is None
        row = UserRow(
            user_id=len(self._state.users) + 1,
            user_name=user_name,
            name_key=name_key,
            display_name=display_name,
            search_key=search_key,
            password_hash=password_hash,
            created_at_ms=now_ms,
            last_seen_ms=0,
            position=position,
            profile_position=position,
            is_admin=is_admin,
        )
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

    def _conversations_of(self, user_id: int) -> list[ConversationRow]:
        return [
            row
            for row in self._state.conversations.values()
            if user_id in self._state.members[row.conversation_id]
        ]

    def _first_seq(self, conversation_id: int) -> int:
        log = self._state.messages.get(conversation_id)
        return log[0].seq if log else 1

    def _last_seq(self, conversation_id: int) -> int:
        log = self._state.messages.get(conversation_id)
        return log[-1].seq if log else 0

    def _from_log(self, conversation_id: int, first: int, last: int) -> list[Message]:
        log = self._state.messages.get(conversation_id, [])
        start = self._first_seq(conversation_id)
        found = log[max(0, first - start) : max(0, last - start + 1)]
        return [self._with_reactions(message) for message in found]

    def _with_reactions(self, message: Message) -> Message:
        given = self._state.reactions.get((message.conversation_id, message.seq))
        if not given:
            return message
        users: dict[str, list[int]] = {}
        for key, user_id in sorted(given):
            users.setdefault(key, []).append(user_id)
        return replace(message, reactions=tuple(Reaction(key, tuple(ids)) for key, ids in users.items()))

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


async def no_delay() -> None:
    """Commit at once."""


class MemoryStore:
    """A Store without a disk; ``commit_delay`` and ``confirm_delay`` stand for the time a disk takes."""

    transaction_class: type[MemoryTransaction] = MemoryTransaction

    def __init__(
        self,
        epoch: str,
        *,
        commit_delay: Delay = no_delay,
        confirm_delay: Delay = no_delay,
        queue_max: int = 10_000,
    ) -> None:
        self.state = MemoryState(epoch)
        self._commit_delay = commit_delay
        self._confirm_delay = confirm_delay
        self._queue_max = queue_max
        self._queue: list[Pending] = []
        self._committer: asyncio.Task[None] | None = None
        self._open = False

    @property
    def epoch(self) -> str:
        return self.state.epoch

    def is_well(self) -> bool:
        return self._open

    def start(self) -> None:
        self._open = True

    def write(self, operation: Operation[T], done: Done[T]) -> None:
        if not self._open or len(self._queue) >= self._queue_max:
            raise StoreUnavailable
        self._queue.append((operation, done))
        if self._committer is None:
            self._committer = asyncio.get_running_loop().create_task(
                self._pump(), name="memory store commits"
            )

    async def perform(self, operation: Operation[T]) -> T:
        return await perform(self, operation)

    async def read(self, query: Callable[[Reader], T]) -> T:
        if not self._open:
            raise StoreUnavailable
        return query(self.transaction_class(self.state))

    async def close(self) -> None:
        self._open = False
        if self._committer is not None:
            await self._committer

    def crash(self) -> None:
        """Die here: nothing that is queued is stored, nobody who waits gets an answer. ``start()`` again."""
        self._open = False
        self._queue.clear()
        if self._committer is not None:
            self._committer.cancel()
            self._committer = None

    async def _pump(self) -> None:
        while self._queue:
            batch, self._queue = self._queue, []
            await self._commit(batch)
        self._committer = None

    async def _commit(self, batch: list[Pending]) -> None:
        await self._commit_delay()
        answers = self._apply(batch)
        await self._confirm_delay()
        self._answer(answers)

    def _apply(self, batch: list[Pending]) -> list[Answer]:
        answers: list[Answer] = []
        for operation, done in batch:
            transaction = self.transaction_class(self.state)
            try:
                answers.append((done, operation(transaction), None))
            except Refused as refused:
                answers.append((done, None, refused))
            except Exception as error:
                transaction.roll_back()
                answers.append((done, None, error))
        return answers

    def _answer(self, answers: list[Answer]) -> None:
        for done, result, error in answers:
            done(result, error)
