"""Writes of the SQLite store: one object for the life of the writing connection.

It is the only one that ever writes, so what it has read or written of conversations and members stays true
until a rollback, and is kept. Messages, heads and pointers are written together at the end of a batch, a head
that moved eight times once; any read that could miss them flushes first.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain

from msgspec.structs import replace

from desktop_chat.protocol.actions import Role
from desktop_chat.protocol.records import AuditEntry, ConversationKind, Info, Message, Star
from server.store import statements
from server.store.base import RECEIPTS_KEPT
from server.store.message_rows import to_extra, to_kind_and_body
from server.store.records import ConversationRow, DeviceRow, FileRow, InviteRow, MemberRow, UserRow
from server.store.rows import (
    conversation_bindings,
    head_bindings,
    member_bindings,
    pointer_bindings,
    user_bindings,
    with_key,
)
from server.store.sqlite_reader import SqlConnection, SqliteReader

_CACHED_ROWS_MAX = 50_000
_CHUNKS = (64, 16, 4, 1)


class SqliteWriter(SqliteReader):
    """Writer over the transaction that is open on the writing connection."""

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
        for sql, bindings in _in_chunks(statements.sent_messages, stored):
            for client_id, sender_id in self._all(sql, bindings):
                self._unused_keys.discard((client_id.hex(), sender_id))

    def flush(self) -> None:
        """Write what is held back. To be called before the commit."""
        if self._new_messages:
            messages = [_message_bindings(*each) for each in self._new_messages.values()]
            self._execute_many(statements.add_messages, messages)
            self.messages_written += len(messages)
            self._new_messages.clear()
        if self._moved_conversations:
            heads = [head_bindings(self._conversations[each]) for each in self._moved_conversations]
            self._execute_many(statements.set_heads, heads)
            self._moved_conversations.clear()
        if self._moved_members:
            pointers = [pointer_bindings(self._members[each]) for each in self._moved_members]
            self._execute_many(statements.set_pointers, pointers)
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

    def add_user(self, user: UserRow) -> UserRow:
        self.changes += 1
        user_id = self._insert(statements.ADD_USER, user_bindings(user) | {"user_id": None})
        return replace(user, user_id=user_id)

    def set_user(self, user: UserRow) -> None:
        self._users[user.user_id] = user
        self._change(statements.SET_USER, with_key(user_bindings(user), "user_id"))

    def forget_user(self, user_id: int) -> None:
        self._blocked_ids.clear()
        for statement in statements.FORGET_USER:
            self._change(statement, {"user_id": user_id})

    def set_last_seen(self, user_id: int, last_seen_ms: int, position: int) -> None:
        self._users.pop(user_id, None)
        bindings = {"of_user_id": user_id, "new_last_seen_ms": last_seen_ms, "new_position": position}
        self._change(statements.SET_LAST_SEEN, bindings)

    def add_device(self, *, user_id: int, token_hash: bytes, device_name: str, now_ms: int) -> DeviceRow:
        bindings = {
            "device_id": None,
            "user_id": user_id,
            "token_hash": token_hash,
            "device_name": device_name,
            "created_at_ms": now_ms,
            "last_seen_ms": 0,
        }
        self.changes += 1
        return DeviceRow(
            self._insert(statements.ADD_DEVICE, bindings), user_id, token_hash, device_name, now_ms
        )

    def set_device_seen(self, device_id: int, last_seen_ms: int) -> None:
        bindings = {"of_device_id": device_id, "new_last_seen_ms": last_seen_ms}
        self._change(statements.SET_DEVICE_SEEN, bindings)

    def delete_device(self, device_id: int) -> None:
        self._change(statements.DELETE_DEVICE, {"device_id": device_id})

    def set_blocked(self, user_id: int, blocked_id: int, on: bool) -> None:
        self._blocked_ids.pop(user_id, None)
        if on:
            self._change(statements.ADD_BLOCK, {"user_id": user_id, "blocked_id": blocked_id})
        else:
            self._change(statements.DELETE_BLOCK, {"of_user_id": user_id, "of_blocked_id": blocked_id})

    def add_conversation(
        self, *, kind: ConversationKind, roles: Mapping[int, Role], info: Info, position: int
    ) -> ConversationRow:
        self.changes += 1
        row = ConversationRow(
            0, kind, position, member_count=len(roles), members_position=position, info=info
        )
        bindings = conversation_bindings(row) | {"conversation_id": None}
        conversation_id = self._insert(statements.ADD_CONVERSATION, bindings)
        row = replace(row, conversation_id=conversation_id)
        if kind != "group":
            pair = {"low_user_id": min(roles), "high_user_id": max(roles)}
            self._connection.execute(statements.ADD_DIRECT, pair | {"conversation_id": conversation_id})
        for user_id, role in sorted(roles.items()):
            self.add_member(MemberRow(conversation_id, user_id, role=role))
        self._conversations[conversation_id] = row
        return row

    def set_conversation(self, conversation: ConversationRow) -> None:
        conversation_id = conversation.conversation_id
        self._conversations[conversation_id] = conversation
        self._moved_conversations.discard(conversation_id)
        self._change(
            statements.SET_CONVERSATION, with_key(conversation_bindings(conversation), "conversation_id")
        )

    def add_member(self, member: MemberRow) -> None:
        key = {"conversation_id": member.conversation_id, "user_id": member.user_id}
        self._members[member.conversation_id, member.user_id] = member
        self._member_ids.pop(member.conversation_id, None)
        self._change(statements.ADD_MEMBER, member_bindings(member))
        self._change(statements.DELETE_LEFT, with_key(dict(key), *key))

    def remove_member(self, conversation_id: int, user_id: int, position: int) -> None:
        key = {"conversation_id": conversation_id, "user_id": user_id}
        self._members.pop((conversation_id, user_id), None)
        self._moved_members.discard((conversation_id, user_id))
        self._member_ids.pop(conversation_id, None)
        self._change(statements.DELETE_MEMBER, with_key(dict(key), *key))
        self._change(statements.DELETE_STARS, with_key(dict(key), *key))
        self._change(statements.DELETE_RECEIPTS_OF, with_key(dict(key), *key))
        self._change(statements.ADD_LEFT, key | {"position": position})

    def add_message(self, message: Message, moved: ConversationRow) -> None:
        self.changes += 1
        key = (message.client_id, message.sender_id)
        self._new_messages[key] = (message, moved.last_seq - moved.message_count)
        self._unused_keys.discard(key)
        self._conversations[moved.conversation_id] = moved
        self._moved_conversations.add(moved.conversation_id)

    def set_message(self, message: Message) -> None:
        self.flush()
        kind, body = to_kind_and_body(message)
        self._change(
            statements.SET_MESSAGE,
            {"of_message_id": message.message_id, "kind": kind, "body": body, "extra": to_extra(message)},
        )

    def set_reaction(self, conversation_id: int, seq: int, key: str, user_id: int, on: bool) -> None:
        bindings = {
            "conversation_id": conversation_id,
            "seq": seq,
            "reaction_key": key,
            "user_id": user_id,
        }
        if on:
            self._change(statements.ADD_REACTION, bindings)
        else:
            self._change(statements.DELETE_REACTION, with_key(bindings, *list(bindings)))

    def add_version(self, message: Message, until_ms: int) -> None:
        assert message.content is not None
        number = len(self.versions(message.conversation_id, message.seq)) + 1
        self._change(
            statements.ADD_VERSION,
            {
                "conversation_id": message.conversation_id,
                "seq": message.seq,
                "number": number,
                "until_ms": until_ms,
                "kind": message.content.kind,
                "body": message.content.body,
            },
        )

    def clear_message(self, conversation_id: int, seq: int) -> None:
        bindings = {"conversation_id": conversation_id, "seq": seq}
        self._change(statements.DELETE_VERSIONS, bindings)
        self._change(statements.DELETE_REACTIONS, bindings)

    def expire(self, conversation_id: int, below_seq: int) -> None:
        self.flush()
        for statement in statements.EXPIRE:
            self._change(statement, {"conversation_id": conversation_id, "below_seq": below_seq})

    def set_pointers(self, member: MemberRow) -> None:
        self.changes += 1
        key = (member.conversation_id, member.user_id)
        self._members[key] = member
        self._moved_members.add(key)

    def set_member(self, member: MemberRow) -> None:
        key = (member.conversation_id, member.user_id)
        self._members[key] = member
        self._moved_members.discard(key)
        self._change(statements.SET_MEMBER, with_key(member_bindings(member), "conversation_id", "user_id"))

    def touch_conversation(self, conversation_id: int, position: int) -> None:
        self.changes += 1
        conversation = self.conversation(conversation_id)
        assert conversation is not None
        self._conversations[conversation_id] = replace(conversation, position=position)
        self._moved_conversations.add(conversation_id)

    def add_file(self, row: FileRow) -> None:
        bindings = {
            "file_id": row.file_id,
            "uploader_id": row.uploader_id,
            "client_id": bytes.fromhex(row.client_id),
            "size_bytes": row.size_bytes,
            "sha256": row.sha256,
            "created_at_ms": row.created_at_ms,
            "finished_at_ms": row.finished_at_ms,
        }
        self._change(statements.ADD_FILE, bindings)

    def finish_file(self, file_id: str, now_ms: int) -> None:
        bindings = {"of_file_id": file_id, "new_finished_at_ms": now_ms}
        self._change(statements.FINISH_FILE, bindings)

    def delete_file(self, file_id: str) -> None:
        self._change(statements.DELETE_FILE, {"file_id": file_id})

    def add_file_use(self, file_id: str, conversation_id: int, message_id: int) -> None:
        bindings = {"file_id": file_id, "conversation_id": conversation_id, "message_id": message_id}
        self._change(statements.ADD_FILE_USE, bindings)

    def delete_file_use(self, file_id: str, conversation_id: int, message_id: int) -> None:
        bindings = {"file_id": file_id, "conversation_id": conversation_id, "message_id": message_id}
        self._change(statements.DELETE_FILE_USE, bindings)

    def delete_file_uses(self, message_id: int) -> None:
        self._change(statements.DELETE_FILE_USES, {"message_id": message_id})

    def add_receipt(self, conversation_id: int, user_id: int, was_read: bool, seq: int, at_ms: int) -> None:
        key = {"conversation_id": conversation_id, "user_id": user_id, "was_read": was_read}
        self._change(statements.ADD_RECEIPT, key | {"seq": seq, "at_ms": at_ms})
        if seq > RECEIPTS_KEPT:
            self._change(statements.DELETE_RECEIPTS, key | {"below_seq": seq - RECEIPTS_KEPT})

    def set_star(self, user_id: int, star: Star, position: int) -> None:
        self._change(
            statements.SET_STAR,
            {
                "user_id": user_id,
                "conversation_id": star.conversation_id,
                "seq": star.seq,
                "starred": star.on,
                "position": position,
            },
        )

    def drop_invites(self, now_ms: int) -> None:
        self._change(statements.DROP_INVITES, {"now_ms": now_ms})

    def set_invite(self, invite: InviteRow) -> None:
        self._change(
            statements.SET_INVITE, {name: getattr(invite, name) for name in invite.__struct_fields__}
        )

    def add_audit(self, entry: AuditEntry) -> None:
        bindings = {name: getattr(entry, name) for name in entry.__struct_fields__}
        self._change(statements.ADD_AUDIT, bindings | {"audit_id": None})

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
