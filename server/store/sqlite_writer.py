"""Writes of the SQLite store: one object for the life of the writing connection.

It is the only one that ever writes, so what it has read or written of conversations and members stays true
until a rollback, and is kept. Messages, heads and pointers are written together at the end of a batch, a head
that moved eight times once; any read that could miss them flushes first.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain

from msgspec.structs import replace

from desktop_chat.protocol.records import Content, ConversationKind, Message, Preview
from server.store import statements
from server.store.base import ConversationRow, DeviceRow, FileRow, MemberRow, UserRow
from server.store.sqlite_reader import SqlConnection, SqliteReader

_CACHED_ROWS_MAX = 50_000
_CHUNKS = (64, 16, 4, 1)


class SqliteWriter(SqliteReader):
    """Writer over the transaction that is open on the writing connection."""

    def __init__(self, connection: SqlConnection) -> None:
        super().__init__(connection)
        self._conversations: dict[int, ConversationRow] = {}
        self._members: dict[tuple[int, int], MemberRow] = {}
        self._new_messages: dict[tuple[str, int], Message] = {}
        self._unused_keys: set[tuple[str, int]] = set()
        self._moved_conversations: set[int] = set()
        self._moved_members: set[tuple[int, int]] = set()
        self._stored_position = self._position = super().position()
        self.changes = 0
        """Rises with every change, so that a refusal after one can be told."""

    def look_up_sent(self, keys: Sequence[tuple[str, int]]) -> None:
        """Find out at once which of these idempotency keys are unused."""
        self._unused_keys = set(keys)
        stored = [(bytes.fromhex(client_id), sender_id) for client_id, sender_id in keys]
        for sql, bindings in _in_chunks(statements.sent_messages, stored):
            for client_id, sender_id in self._all(sql, bindings):
                self._unused_keys.discard((client_id.hex(), sender_id))

    def flush(self) -> None:
        """Write what is held back. To be called before the commit."""
        if self._new_messages:
            messages = [_message_bindings(each) for each in self._new_messages.values()]
            self._execute_many(statements.add_messages, messages)
            self._new_messages.clear()
        if self._moved_conversations:
            heads = [_head_bindings(self._conversations[each]) for each in self._moved_conversations]
            self._execute_many(statements.set_conversations, heads)
            self._moved_conversations.clear()
        if self._moved_members:
            pointers = [_pointer_bindings(self._members[each]) for each in self._moved_members]
            self._execute_many(statements.set_members, pointers)
            self._moved_members.clear()
        if self._position != self._stored_position:
            self._connection.execute(statements.SET_POSITION, (self._position,))
            self._stored_position = self._position

    def forget(self) -> None:
        """The transaction was rolled back: nothing that is held or known counts."""
        self._new_messages.clear()
        self._unused_keys.clear()
        self._moved_conversations.clear()
        self._moved_members.clear()
        self._conversations.clear()
        self._members.clear()
        self._stored_position = self._position = super().position()

    def trim(self) -> None:
        """Keep what is known within bounds. To be called between transactions."""
        if len(self._conversations) > _CACHED_ROWS_MAX or len(self._members) > _CACHED_ROWS_MAX:
            self._conversations.clear()
            self._members.clear()

    def position(self) -> int:
        return self._position

    def next_position(self) -> int:
        self._position += 1
        return self._position

    def conversation(self, conversation_id: int) -> ConversationRow | None:
        row = self._conversations.get(conversation_id)
        if row is None:
            row = super().conversation(conversation_id)
            if row is not None:
                self._conversations[conversation_id] = row
        return row

    def member(self, conversation_id: int, user_id: int) -> MemberRow | None:
        row = self._members.get((conversation_id, user_id))
        if row is None:
            row = super().member(conversation_id, user_id)
            if row is not None:
                self._members[conversation_id, user_id] = row
        return row

    def sent_message(self, client_id: str, sender_id: int) -> Message | None:
        key = (client_id, sender_id)
        if key in self._unused_keys:
            return None
        return self._new_messages.get(key) or super().sent_message(client_id, sender_id)

    def direct(self, low_user_id: int, high_user_id: int) -> ConversationRow | None:
        self.flush()
        return super().direct(low_user_id, high_user_id)

    def members(self, conversation_id: int) -> list[MemberRow]:
        self.flush()
        return super().members(conversation_id)

    def changed_conversations(
        self, user_id: int, after_position: int
    ) -> list[tuple[ConversationRow, list[MemberRow]]]:
        self.flush()
        return super().changed_conversations(user_id, after_position)

    def page_before(self, conversation_id: int, before_seq: int, limit: int) -> list[Message]:
        self.flush()
        return super().page_before(conversation_id, before_seq, limit)

    def page_after(self, conversation_id: int, after_seq: int, limit: int) -> list[Message]:
        self.flush()
        return super().page_after(conversation_id, after_seq, limit)

    def count_messages(self, conversation_id: int, after_seq: int, up_to_seq: int, sender_id: int) -> int:
        self.flush()
        return super().count_messages(conversation_id, after_seq, up_to_seq, sender_id)

    def message_count_at(self, conversation_id: int, seq: int) -> int:
        self.flush()
        return super().message_count_at(conversation_id, seq)

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
        bindings = {
            "user_id": None,
            "user_name": user_name,
            "name_key": name_key,
            "display_name": display_name,
            "search_key": search_key,
            "password_hash": password_hash,
            "created_at_ms": now_ms,
            "last_seen_ms": 0,
            "position": position,
        }
        self.changes += 1
        return UserRow(
            self._insert(statements.ADD_USER, bindings),
            user_name,
            name_key,
            display_name,
            search_key,
            password_hash,
            now_ms,
            0,
            position,
        )

    def set_password_hash(self, user_id: int, password_hash: str) -> None:
        self.changes += 1
        bindings = {"of_user_id": user_id, "new_password_hash": password_hash}
        self._connection.execute(statements.SET_PASSWORD_HASH, bindings)

    def set_last_seen(self, user_id: int, last_seen_ms: int, position: int) -> None:
        self.changes += 1
        bindings = {"of_user_id": user_id, "new_last_seen_ms": last_seen_ms, "new_position": position}
        self._connection.execute(statements.SET_LAST_SEEN, bindings)

    def add_device(self, *, user_id: int, token_hash: bytes, device_name: str, now_ms: int) -> DeviceRow:
        bindings = {
            "device_id": None,
            "user_id": user_id,
            "token_hash": token_hash,
            "device_name": device_name,
            "created_at_ms": now_ms,
        }
        self.changes += 1
        return DeviceRow(
            self._insert(statements.ADD_DEVICE, bindings), user_id, token_hash, device_name, now_ms
        )

    def delete_device(self, device_id: int) -> None:
        self.changes += 1
        self._connection.execute(statements.DELETE_DEVICE, {"device_id": device_id})

    def add_conversation(
        self, *, kind: ConversationKind, low_user_id: int, high_user_id: int, position: int
    ) -> ConversationRow:
        bindings = {
            "conversation_id": None,
            "kind": kind,
            "low_user_id": low_user_id,
            "high_user_id": high_user_id,
            "position": position,
            "last_seq": 0,
            "message_count": 0,
            "preview_sender_id": None,
            "preview_kind": None,
            "preview_text": None,
            "preview_sent_at_ms": None,
        }
        self.changes += 1
        conversation_id = self._insert(statements.ADD_CONVERSATION, bindings)
        for user_id in sorted({low_user_id, high_user_id}):
            member = {"conversation_id": conversation_id, "user_id": user_id}
            pointers = {"delivered_seq": 0, "read_seq": 0, "seen_count": 0}
            self._connection.execute(statements.ADD_MEMBER, member | pointers)
        return ConversationRow(conversation_id, kind, low_user_id, high_user_id, position)

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
        self.changes += 1
        conversation_id = conversation.conversation_id
        seq = conversation.last_seq + 1
        message = Message(conversation_id, seq, position, sender_id, client_id, now_ms, content)
        moved = ConversationRow(
            conversation_id,
            conversation.kind,
            conversation.low_user_id,
            conversation.high_user_id,
            position,
            seq,
            conversation.message_count + 1,
            Preview(sender_id, content.kind, preview_text, now_ms),
        )
        self._new_messages[client_id, sender_id] = message
        self._unused_keys.discard((client_id, sender_id))
        self._conversations[conversation_id] = moved
        self._moved_conversations.add(conversation_id)
        return message, moved

    def set_member(self, member: MemberRow) -> None:
        self.changes += 1
        key = (member.conversation_id, member.user_id)
        self._members[key] = member
        self._moved_members.add(key)

    def touch_conversation(self, conversation_id: int, position: int) -> None:
        self.changes += 1
        conversation = self.conversation(conversation_id)
        assert conversation is not None
        self._conversations[conversation_id] = replace(conversation, position=position)
        self._moved_conversations.add(conversation_id)

    def add_file(self, row: FileRow) -> None:
        self.changes += 1
        bindings = {
            "file_id": row.file_id,
            "uploader_id": row.uploader_id,
            "client_id": bytes.fromhex(row.client_id),
            "size_bytes": row.size_bytes,
            "sha256": row.sha256,
            "created_at_ms": row.created_at_ms,
            "finished_at_ms": row.finished_at_ms,
        }
        self._connection.execute(statements.ADD_FILE, bindings)

    def finish_file(self, file_id: str, now_ms: int) -> None:
        self.changes += 1
        bindings = {"of_file_id": file_id, "new_finished_at_ms": now_ms}
        self._connection.execute(statements.FINISH_FILE, bindings)

    def delete_file(self, file_id: str) -> None:
        self.changes += 1
        self._connection.execute(statements.DELETE_FILE, {"file_id": file_id})

    def add_file_use(self, file_id: str, conversation_id: int, message_id: int) -> None:
        self.changes += 1
        bindings = {"file_id": file_id, "conversation_id": conversation_id, "message_id": message_id}
        self._connection.execute(statements.ADD_FILE_USE, bindings)

    def delete_file_uses(self, message_id: int) -> None:
        self.changes += 1
        self._connection.execute(statements.DELETE_FILE_USES, {"message_id": message_id})

    def _execute_many(self, statement: Callable[[int], str], rows: Sequence[tuple[object, ...]]) -> None:
        for sql, bindings in _in_chunks(statement, rows):
            self._connection.execute(sql, bindings)

    def _insert(self, sql: str, bindings: Mapping[str, object]) -> int:
        self._connection.execute(sql, bindings)
        return int(self._connection.execute("SELECT last_insert_rowid()").fetchone()[0])


def _in_chunks(
    statement: Callable[[int], str], rows: Sequence[tuple[object, ...]]
) -> Iterator[tuple[str, list[object]]]:
    """The statements that take all these rows, with their bindings; of few sizes, to stay prepared."""
    start = 0
    for size in _CHUNKS:
        sql = statement(size)
        while len(rows) - start >= size:
            yield sql, list(chain.from_iterable(rows[start : start + size]))
            start += size


def _message_bindings(message: Message) -> tuple[object, ...]:
    return (
        message.message_id,
        message.conversation_id,
        message.seq,
        message.sender_id,
        bytes.fromhex(message.client_id),
        message.sent_at_ms,
        0,
        message.content.kind,
        message.content.body,
    )


def _pointer_bindings(row: MemberRow) -> tuple[object, ...]:
    return (row.conversation_id, row.user_id, row.delivered_seq, row.read_seq, row.seen_count)


def _head_bindings(row: ConversationRow) -> tuple[object, ...]:
    place = (row.conversation_id, row.position, row.last_seq, row.message_count)
    preview = row.preview
    if preview is None:
        return (*place, None, None, None, None)
    return (*place, preview.sender_id, preview.kind, preview.text, preview.sent_at_ms)
