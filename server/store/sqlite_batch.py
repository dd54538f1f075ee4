"""What the writing connection of the SQLite store knows, and what it holds back.

It is the only one that ever writes, so what it has read or written of conversations and members stays true
until a rollback, and is kept. Messages, heads and pointers are written together at the end of a batch, a head
that moved eight times once; any read that could miss them flushes first.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain

from desktop_chat.protocol.records import Message
from server.store import statements
from server.store.message_rows import to_extra, to_kind_and_body
from server.store.records import ConversationRow, MemberRow, UserRow
from server.store.rows import (
    head_bindings,
    pointer_bindings,
)
from server.store.sqlite_reader import SqlConnection, SqliteReader

_CACHED_ROWS_MAX = 50_000
_CHUNKS = (64, 16, 4, 1)


class SqliteBatch(SqliteReader):
    """Reader over the transaction that is open on the writing connection, with what is held back."""

    def __init__(self, connection: SqlConnection) -> None:
        super().__init__(connection)
        self._conversations: dict[int, ConversationRow] = {}
        self._members: dict[tuple[int, int], MemberRow] = {}
        self._member_ids: dict[int, tuple[int, ...]] = {}
        self._blocked_ids: dict[int, frozenset[int]] = {}
        self._users: dict[int, UserRow] = {}
        self._new_messages: dict[tuple[str, int], tuple[Message, int]] = {}
        self._unused_keys: set[tuple[str, int]] = set()
        self._moved_conversations: set[int] = set()
        self._moved_members: set[tuple[int, int]] = set()
        self._stored_position = self._position = super().position()
        self.changes = 0
        """Rises with every change, so that a refusal after one can be told."""
        self.messages_written = 0

    def look_up_sent(self, keys: Sequence[tuple[str, int]]) -> None:
        """Find out at once which of these idempotency keys are unused."""
        self._unused_keys = set(keys)
        stored = [(bytes.fromhex(client_id), sender_id) for client_id, sender_id in keys]
        for sql, bindings in _in_chunks(statements.messages.sent_messages, stored):
            for client_id, sender_id in self._all(sql, bindings):
                self._unused_keys.discard((client_id.hex(), sender_id))

    def flush(self) -> None:
        """Write what is held back. To be called before the commit."""
        if self._new_messages:
            messages = [_message_bindings(*each) for each in self._new_messages.values()]
            self._execute_many(statements.messages.add_messages, messages)
            self.messages_written += len(messages)
            self._new_messages.clear()
        if self._moved_conversations:
            heads = [head_bindings(self._conversations[each]) for each in self._moved_conversations]
            self._execute_many(statements.conversations.set_heads, heads)
            self._moved_conversations.clear()
        if self._moved_members:
            pointers = [pointer_bindings(self._members[each]) for each in self._moved_members]
            self._execute_many(statements.conversations.set_pointers, pointers)
            self._moved_members.clear()
        if self._position != self._stored_position:
            self._connection.execute(statements.log.SET_POSITION, (self._position,))
            self._stored_position = self._position

    def forget(self) -> None:
        """The transaction was rolled back: nothing that is held or known counts."""
        self._new_messages.clear()
        self._unused_keys.clear()
        self._moved_conversations.clear()
        self._moved_members.clear()
        self._let_go()
        self._stored_position = self._position = super().position()

    def trim(self) -> None:
        """Keep what is known within bounds. To be called between transactions."""
        known = (self._conversations, self._members, self._member_ids, self._blocked_ids, self._users)
        if any(len(each) > _CACHED_ROWS_MAX for each in known):
            self._let_go()

    def _let_go(self) -> None:
        self._conversations.clear()
        self._members.clear()
        self._member_ids.clear()
        self._blocked_ids.clear()
        self._users.clear()

    def position(self) -> int:
        return self._position

    def next_position(self) -> int:
        self._position += 1
        return self._position

    def user(self, user_id: int) -> UserRow | None:
        row = self._users.get(user_id)
        if row is None:
            row = super().user(user_id)
            if row is not None:
                self._users[user_id] = row
        return row

    def blocked_ids(self, user_id: int) -> frozenset[int]:
        found = self._blocked_ids.get(user_id)
        if found is None:
            found = self._blocked_ids[user_id] = super().blocked_ids(user_id)
        return found

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

    def member_ids(self, conversation_id: int) -> tuple[int, ...]:
        found = self._member_ids.get(conversation_id)
        if found is None:
            found = self._member_ids[conversation_id] = super().member_ids(conversation_id)
        return found

    def sent_message(self, client_id: str, sender_id: int) -> Message | None:
        key = (client_id, sender_id)
        if key in self._unused_keys:
            return None
        new = self._new_messages.get(key)
        return super().sent_message(client_id, sender_id) if new is None else new[0]

    def direct(self, low_user_id: int, high_user_id: int) -> ConversationRow | None:
        self.flush()
        return super().direct(low_user_id, high_user_id)

    def members(self, conversation_id: int) -> list[MemberRow]:
        self.flush()
        return super().members(conversation_id)

    def changed_conversation_ids(
        self, user_id: int, after_position: int, limit: int | None = None
    ) -> list[int]:
        self.flush()
        return super().changed_conversation_ids(user_id, after_position, limit)

    def conversations_of(
        self, user_id: int, conversation_ids: Sequence[int]
    ) -> list[tuple[ConversationRow, MemberRow]]:
        self.flush()
        return super().conversations_of(user_id, conversation_ids)

    def members_of(self, conversation_ids: Sequence[int]) -> dict[int, list[MemberRow]]:
        self.flush()
        return super().members_of(conversation_ids)

    def message(self, conversation_id: int, seq: int) -> Message | None:
        self.flush()
        return super().message(conversation_id, seq)

    def page_before(self, conversation_id: int, before_seq: int, limit: int) -> list[Message]:
        self.flush()
        return super().page_before(conversation_id, before_seq, limit)

    def page_after(self, conversation_id: int, after_seq: int, limit: int) -> list[Message]:
        self.flush()
        return super().page_after(conversation_id, after_seq, limit)

    def count_messages(self, conversation_id: int, after_seq: int, up_to_seq: int, sender_id: int) -> int:
        self.flush()
        return super().count_messages(conversation_id, after_seq, up_to_seq, sender_id)

    def message_count_at(self, conversation_id: int, seq: int) -> int | None:
        self.flush()
        return super().message_count_at(conversation_id, seq)

    def last_seq_before(self, conversation_id: int, before_ms: int, limit: int) -> int:
        self.flush()
        return super().last_seq_before(conversation_id, before_ms, limit)

    def _change(self, sql: str, bindings: Mapping[str, object]) -> None:
        self.changes += 1
        self._connection.execute(sql, bindings)

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


def _message_bindings(message: Message, other_count: int) -> tuple[object, ...]:
    return (
        message.message_id,
        message.conversation_id,
        message.seq,
        message.sender_id,
        bytes.fromhex(message.client_id),
        message.sent_at_ms,
        other_count,
        *to_kind_and_body(message),
        to_extra(message),
    )
