"""Writes of the SQLite store: one object for the life of the writing connection."""

from collections.abc import Mapping

from msgspec.structs import replace

from desktop_chat.protocol.actions import Role
from desktop_chat.protocol.records import AuditEntry, ConversationKind, Info, Message, Star
from server.store import statements
from server.store.base import RECEIPTS_KEPT
from server.store.message_rows import to_extra, to_kind_and_body
from server.store.records import ConversationRow, DeviceRow, FileRow, InviteRow, MemberRow, UserRow
from server.store.rows import (
    conversation_bindings,
    member_bindings,
    user_bindings,
    with_key,
)
from server.store.sqlite_batch import SqliteBatch


class SqliteWriter(SqliteBatch):
    """Writer over the transaction that is open on the writing connection."""

    def add_user(self, user: UserRow) -> UserRow:
        self.changes += 1
        user_id = self._insert(statements.users.ADD_USER, user_bindings(user) | {"user_id": None})
        return replace(user, user_id=user_id)

    def set_user(self, user: UserRow) -> None:
        self._users[user.user_id] = user
        self._change(statements.users.SET_USER, with_key(user_bindings(user), "user_id"))

    def forget_user(self, user_id: int) -> None:
        self._blocked_ids.clear()
        for statement in statements.users.FORGET_USER:
            self._change(statement, {"user_id": user_id})

    def set_last_seen(self, user_id: int, last_seen_ms: int, position: int) -> None:
        self._users.pop(user_id, None)
        bindings = {"of_user_id": user_id, "new_last_seen_ms": last_seen_ms, "new_position": position}
        self._change(statements.users.SET_LAST_SEEN, bindings)

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
            self._insert(statements.users.ADD_DEVICE, bindings), user_id, token_hash, device_name, now_ms
        )

    def set_device_seen(self, device_id: int, last_seen_ms: int) -> None:
        bindings = {"of_device_id": device_id, "new_last_seen_ms": last_seen_ms}
        self._change(statements.users.SET_DEVICE_SEEN, bindings)

    def delete_device(self, device_id: int) -> None:
        self._change(statements.users.DELETE_DEVICE, {"device_id": device_id})

    def set_blocked(self, user_id: int, blocked_id: int, on: bool) -> None:
        self._blocked_ids.pop(user_id, None)
        if on:
            self._change(statements.users.ADD_BLOCK, {"user_id": user_id, "blocked_id": blocked_id})
        else:
            self._change(statements.users.DELETE_BLOCK, {"of_user_id": user_id, "of_blocked_id": blocked_id})

    def add_conversation(
        self, *, kind: ConversationKind, roles: Mapping[int, Role], info: Info, position: int
    ) -> ConversationRow:
        self.changes += 1
        row = ConversationRow(
            0, kind, position, member_count=len(roles), members_position=position, info=info
        )
        bindings = conversation_bindings(row) | {"conversation_id": None}
        conversation_id = self._insert(statements.conversations.ADD_CONVERSATION, bindings)
        row = replace(row, conversation_id=conversation_id)
        if kind != "group":
            pair = {"low_user_id": min(roles), "high_user_id": max(roles)}
            self._connection.execute(
                statements.conversations.ADD_DIRECT, pair | {"conversation_id": conversation_id}
            )
        for user_id, role in sorted(roles.items()):
            self.add_member(MemberRow(conversation_id, user_id, role=role))
        self._conversations[conversation_id] = row
        return row

    def set_conversation(self, conversation: ConversationRow) -> None:
        conversation_id = conversation.conversation_id
        self._conversations[conversation_id] = conversation
        self._moved_conversations.discard(conversation_id)
        self._change(
            statements.conversations.SET_CONVERSATION,
            with_key(conversation_bindings(conversation), "conversation_id"),
        )

    def add_member(self, member: MemberRow) -> None:
        key = {"conversation_id": member.conversation_id, "user_id": member.user_id}
        self._members[member.conversation_id, member.user_id] = member
        self._member_ids.pop(member.conversation_id, None)
        self._change(statements.conversations.ADD_MEMBER, member_bindings(member))
        self._change(statements.conversations.DELETE_LEFT, with_key(dict(key), *key))

    def remove_member(self, conversation_id: int, user_id: int, position: int) -> None:
        key = {"conversation_id": conversation_id, "user_id": user_id}
        self._members.pop((conversation_id, user_id), None)
        self._moved_members.discard((conversation_id, user_id))
        self._member_ids.pop(conversation_id, None)
        self._change(statements.conversations.DELETE_MEMBER, with_key(dict(key), *key))
        self._change(statements.messages.DELETE_STARS, with_key(dict(key), *key))
        self._change(statements.messages.DELETE_RECEIPTS_OF, with_key(dict(key), *key))
        self._change(statements.conversations.ADD_LEFT, key | {"position": position})

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
            statements.messages.SET_MESSAGE,
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
            self._change(statements.messages.ADD_REACTION, bindings)
        else:
            self._change(statements.messages.DELETE_REACTION, with_key(bindings, *list(bindings)))

    def add_version(self, message: Message, until_ms: int) -> None:
        assert message.content is not None
        number = len(self.versions(message.conversation_id, message.seq)) + 1
        self._change(
            statements.messages.ADD_VERSION,
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
        self._change(statements.messages.DELETE_VERSIONS, bindings)
        self._change(statements.messages.DELETE_REACTIONS, bindings)

    def expire(self, conversation_id: int, below_seq: int) -> None:
        self.flush()
        for statement in statements.messages.EXPIRE:
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
        self._change(
            statements.conversations.SET_MEMBER,
            with_key(member_bindings(member), "conversation_id", "user_id"),
        )

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
        self._change(statements.files.ADD_FILE, bindings)

    def finish_file(self, file_id: str, now_ms: int) -> None:
        bindings = {"of_file_id": file_id, "new_finished_at_ms": now_ms}
        self._change(statements.files.FINISH_FILE, bindings)

    def delete_file(self, file_id: str) -> None:
        self._change(statements.files.DELETE_FILE, {"file_id": file_id})

    def add_file_use(self, file_id: str, conversation_id: int, message_id: int) -> None:
        bindings = {"file_id": file_id, "conversation_id": conversation_id, "message_id": message_id}
        self._change(statements.files.ADD_FILE_USE, bindings)

    def delete_file_use(self, file_id: str, conversation_id: int, message_id: int) -> None:
        bindings = {"file_id": file_id, "conversation_id": conversation_id, "message_id": message_id}
        self._change(statements.files.DELETE_FILE_USE, bindings)

    def delete_file_uses(self, message_id: int) -> None:
        self._change(statements.files.DELETE_FILE_USES, {"message_id": message_id})

    def add_receipt(self, conversation_id: int, user_id: int, was_read: bool, seq: int, at_ms: int) -> None:
        key = {"conversation_id": conversation_id, "user_id": user_id, "was_read": was_read}
        self._change(statements.messages.ADD_RECEIPT, key | {"seq": seq, "at_ms": at_ms})
        if seq > RECEIPTS_KEPT:
            self._change(statements.messages.DELETE_RECEIPTS, key | {"below_seq": seq - RECEIPTS_KEPT})

    def set_star(self, user_id: int, star: Star, position: int) -> None:
        self._change(
            statements.messages.SET_STAR,
            {
                "user_id": user_id,
                "conversation_id": star.conversation_id,
                "seq": star.seq,
                "starred": star.on,
                "position": position,
            },
        )

    def drop_invites(self, now_ms: int) -> None:
        self._change(statements.users.DROP_INVITES, {"now_ms": now_ms})

    def set_invite(self, invite: InviteRow) -> None:
        self._change(
            statements.users.SET_INVITE, {name: getattr(invite, name) for name in invite.__struct_fields__}
        )

    def add_audit(self, entry: AuditEntry) -> None:
        bindings = {name: getattr(entry, name) for name in entry.__struct_fields__}
        self._change(statements.users.ADD_AUDIT, bindings | {"audit_id": None})
