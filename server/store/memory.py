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
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from msgspec.structs import replace

from desktop_chat.protocol.records import Content, ConversationKind, Message, Preview
from server.refusal import Refused
from server.store.base import (
    ConversationRow,
    DeviceRow,
    Done,
    FileRow,
    FileTotals,
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
        self.users: dict[int, UserRow] = {}
        self.devices: dict[int, DeviceRow] = {}
        self.conversations: dict[int, ConversationRow] = {}
        self.members: dict[int, dict[int, MemberRow]] = {}
        self.messages: dict[int, list[Message]] = {}
        """By conversation, in rising seq: the message with seq n stands at n - 1."""
        self.sent: dict[tuple[str, int], list[Message]] = {}
        self.devices_made = 0
        self.files: dict[str, FileRow] = {}
        self.file_uses: dict[tuple[str, int, int], None] = {}
        """By (file_id, conversation_id, message_id)."""

    def copy(self) -> "MemoryState":
        """The same state, untouched by what happens to this one."""
        other = MemoryState(self.epoch)
        other.position = self.position
        other.devices_made = self.devices_made
        other.users = dict(self.users)
        other.devices = dict(self.devices)
        other.conversations = dict(self.conversations)
        other.members = {key: dict(rows) for key, rows in self.members.items()}
        other.messages = {key: list(rows) for key, rows in self.messages.items()}
        other.sent = {key: list(rows) for key, rows in self.sent.items()}
        other.files = dict(self.files)
        other.file_uses = dict(self.file_uses)
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

    def users(self, user_ids: list[int]) -> list[UserRow]:
        return [self._state.users[each] for each in user_ids if each in self._state.users]

    def find_users(self, folded_query: str, limit: int) -> list[UserRow]:
        found = [user for user in self._state.users.values() if folded_query in user.search_key]
        return sorted(found, key=lambda user: user.name_key)[:limit]

    def device(self, device_id: int) -> DeviceRow | None:
        return self._state.devices.get(device_id)

    def device_by_token(self, token_hash: bytes) -> DeviceRow | None:
        return next((each for each in self._state.devices.values() if each.token_hash == token_hash), None)

    def devices_of(self, user_id: int) -> list[DeviceRow]:
        return sorted(
            (each for each in self._state.devices.values() if each.user_id == user_id),
            key=lambda device: device.device_id,
        )

    def conversation(self, conversation_id: int) -> ConversationRow | None:
        return self._state.conversations.get(conversation_id)

    def direct(self, low_user_id: int, high_user_id: int) -> ConversationRow | None:
        for row in self._state.conversations.values():
            if row.low_user_id == low_user_id and row.high_user_id == high_user_id:
                return row
        return None

    def member(self, conversation_id: int, user_id: int) -> MemberRow | None:
        return self._state.members.get(conversation_id, {}).get(user_id)

    def members(self, conversation_id: int) -> list[MemberRow]:
        return sorted(self._state.members.get(conversation_id, {}).values(), key=lambda row: row.user_id)

    def changed_conversations(
        self, user_id: int, after_position: int
    ) -> list[tuple[ConversationRow, list[MemberRow]]]:
        changed = [
            (row, self.members(row.conversation_id))
            for row in self._state.conversations.values()
            if row.position > after_position and user_id in self._state.members[row.conversation_id]
        ]
        return sorted(changed, key=lambda each: -each[0].position)

    def contacts(self, user_id: int) -> list[UserRow]:
        return [self._state.users[each] for each in self.contact_ids(user_id)]

    def contact_ids(self, user_id: int) -> list[int]:
        shared = (members for members in self._state.members.values() if user_id in members)
        return sorted({each for members in shared for each in members} - {user_id})

    def sent_message(self, client_id: str, sender_id: int) -> Message | None:
        found = self._state.sent.get((client_id, sender_id))
        return found[0] if found else None

    def page_before(self, conversation_id: int, before_seq: int, limit: int) -> list[Message]:
        log = self._state.messages.get(conversation_id, [])
        end = max(0, min(before_seq - 1, len(log)))
        return log[max(0, end - limit) : end][::-1]

    def page_after(self, conversation_id: int, after_seq: int, limit: int) -> list[Message]:
        return self._state.messages.get(conversation_id, [])[after_seq : after_seq + limit]

    def count_messages(self, conversation_id: int, after_seq: int, up_to_seq: int, sender_id: int) -> int:
        log = self._state.messages.get(conversation_id, [])[after_seq:up_to_seq]
        return sum(message.sender_id == sender_id for message in log)

    def message_count_at(self, conversation_id: int, seq: int) -> int:
        return min(seq, len(self._state.messages.get(conversation_id, [])))

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
        return False  # nobody has a picture yet

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
        )
        self._put(self._state.users, row.user_id, row)
        return row

    def set_password_hash(self, user_id: int, password_hash: str) -> None:
        row = replace(self._state.users[user_id], password_hash=password_hash)
        self._put(self._state.users, user_id, row)

    def set_last_seen(self, user_id: int, last_seen_ms: int, position: int) -> None:
        row = replace(self._state.users[user_id], last_seen_ms=last_seen_ms, position=position)
        self._put(self._state.users, user_id, row)

    def add_device(self, *, user_id: int, token_hash: bytes, device_name: str, now_ms: int) -> DeviceRow:
        assert self.device_by_token(token_hash) is None
        self._set(self._state, "devices_made", self._state.devices_made + 1)
        row = DeviceRow(self._state.devices_made, user_id, token_hash, device_name, now_ms)
        self._put(self._state.devices, row.device_id, row)
        return row

    def delete_device(self, device_id: int) -> None:
        self._drop(self._state.devices, device_id)

    def add_conversation(
        self, *, kind: ConversationKind, low_user_id: int, high_user_id: int, position: int
    ) -> ConversationRow:
        assert self.direct(low_user_id, high_user_id) is None
        conversation_id = len(self._state.conversations) + 1
        row = ConversationRow(conversation_id, kind, low_user_id, high_user_id, position)
        members = {each: MemberRow(conversation_id, each) for each in (low_user_id, high_user_id)}
        self._put(self._state.conversations, conversation_id, row)
        self._put(self._state.members, conversation_id, members)
        self._put(self._state.messages, conversation_id, [])
        return row

    def append_message(
        self,
        conversation: ConversationRow,
        *,
        sender_id: int,
        client_id: str,
        content: Content,
        preview_text: str,
        now_ms: int,
        position: int,
    ) -> tuple[Message, ConversationRow]:
        conversation_id = conversation.conversation_id
        seq = conversation.last_seq + 1
        message = Message(conversation_id, seq, position, sender_id, client_id, now_ms, content)
        log = self._state.messages[conversation_id]
        assert len(log) == conversation.last_seq
        log.append(message)
        self._undo.append(log.pop)
        sent = self._state.sent.setdefault((client_id, sender_id), [])
        sent.append(message)
        self._undo.append(sent.pop)
        row = replace(
            conversation,
            position=position,
            last_seq=seq,
            message_count=conversation.message_count + 1,
            preview=Preview(sender_id, content.kind, preview_text, now_ms),
        )
        self._put(self._state.conversations, conversation_id, row)
        return message, row

    def set_member(self, member: MemberRow) -> None:
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

    def delete_file_uses(self, message_id: int) -> None:
        for use in [each for each in self._state.file_uses if each[2] == message_id]:
            self._drop(self._state.file_uses, use)

    def _drop(self, rows: dict[K, T], key: K) -> None:
        if key in rows:
            row = rows.pop(key)
            self._undo.append(lambda: rows.__setitem__(key, row))

    def _put(self, rows: dict[K, T], key: K, row: T) -> None:
        if key in rows:
            before = rows[key]
            self._undo.append(lambda: rows.__setitem__(key, before))
        else:
            self._undo.append(lambda: rows.pop(key))
        rows[key] = row

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
