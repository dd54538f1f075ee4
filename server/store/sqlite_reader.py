"""Reads of the SQLite store, over any connection with the sqlite3 module's ``execute``."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec

from desktop_chat.protocol.records import AuditEntry, Content, Message, Reaction, Star, Version
from server.store import statements
from server.store.message_rows import to_message
from server.store.records import (
    ConversationRow,
    DeviceRow,
    FileRow,
    FileTotals,
    InviteRow,
    MemberRow,
    UserRow,
)
from server.store.rows import CONVERSATION_COLUMNS, conversation_row, member_row, user_row

_encode = msgspec.json.Encoder().encode


class Cursor(Protocol):
    """A statement's rows."""

    def fetchone(self) -> Any:
        """The next row as a tuple, or None."""

    def fetchall(self) -> list[Any]:
        """The rest of the rows."""


class SqlConnection(Protocol):
    """An open database in autocommit mode: transactions begin and end by SQL alone."""

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""

    def execute(self, sql: str, bindings: Sequence[Any] | Mapping[str, Any] = ..., /) -> Any:
        """Run one statement and return its Cursor."""

    def close(self) -> None:
        """Close it."""


class SqliteReader:
    """Reader over the transaction that is open on a connection."""

    def __init__(self, connection: SqlConnection) -> None:
        self._connection = connection

    def position(self) -> int:
        return int(self._one(statements.log.LOG, {})[1])

    def user(self, user_id: int) -> UserRow | None:
        row = self._one(statements.users.USER, {"user_id": user_id})
        return None if row is None else user_row(row)

    def user_by_key(self, name_key: str) -> UserRow | None:
        row = self._one(statements.users.USER_BY_KEY, {"name_key": name_key})
        return None if row is None else user_row(row)

    def users(self, user_ids: Sequence[int]) -> list[UserRow]:
        return [user_row(row) for row in self._all(statements.users.USERS, {"ids": _ids(user_ids)})]

    def find_users(self, folded_query: str, limit: int) -> list[UserRow]:
        bindings = {"query": folded_query, "row_limit": limit}
        return [user_row(row) for row in self._all(statements.users.FIND_USERS, bindings)]

    def user_count(self) -> int:
        return int(self._one(statements.users.USER_COUNT, {})[0])

    def admin_ids(self) -> list[int]:
        return [row[0] for row in self._all(statements.users.ADMIN_IDS, {})]

    def device(self, device_id: int) -> DeviceRow | None:
        row = self._one(statements.users.DEVICE, {"device_id": device_id})
        return None if row is None else DeviceRow(*row)

    def device_by_token(self, token_hash: bytes) -> DeviceRow | None:
        row = self._one(statements.users.DEVICE_BY_TOKEN, {"token_hash": token_hash})
        return None if row is None else DeviceRow(*row)

    def devices_of(self, user_id: int) -> list[DeviceRow]:
        return [DeviceRow(*row) for row in self._all(statements.users.DEVICES_OF, {"user_id": user_id})]

    def blocked_ids(self, user_id: int) -> frozenset[int]:
        return frozenset(row[0] for row in self._all(statements.users.BLOCKED_IDS, {"user_id": user_id}))

    def blocker_ids(self, user_id: int) -> frozenset[int]:
        return frozenset(row[0] for row in self._all(statements.users.BLOCKER_IDS, {"user_id": user_id}))

    def conversation(self, conversation_id: int) -> ConversationRow | None:
        row = self._one(statements.conversations.CONVERSATION, (conversation_id,))
        return None if row is None else conversation_row(row)

    def direct(self, low_user_id: int, high_user_id: int) -> ConversationRow | None:
        row = self._one(
            statements.conversations.DIRECT, {"low_user_id": low_user_id, "high_user_id": high_user_id}
        )
        return None if row is None else conversation_row(row)

    def member(self, conversation_id: int, user_id: int) -> MemberRow | None:
        row = self._one(statements.conversations.MEMBER, (conversation_id, user_id))
        return None if row is None else member_row(row)

    def members(self, conversation_id: int) -> list[MemberRow]:
        rows = self._all(statements.conversations.MEMBERS, {"conversation_id": conversation_id})
        return [member_row(row) for row in rows]

    def member_ids(self, conversation_id: int) -> tuple[int, ...]:
        rows = self._all(statements.conversations.MEMBER_IDS, {"conversation_id": conversation_id})
        return tuple([row[0] for row in rows])

    def group_ids(self, user_id: int) -> list[int]:
        return [row[0] for row in self._all(statements.conversations.GROUP_IDS, {"user_id": user_id})]

    def changed_conversation_ids(
        self, user_id: int, after_position: int, limit: int | None = None
    ) -> list[int]:
        bindings = {
            "user_id": user_id,
            "after_position": after_position,
            "row_limit": -1 if limit is None else limit,
        }
        return [row[0] for row in self._all(statements.conversations.CHANGED_CONVERSATION_IDS, bindings)]

    def conversations_of(
        self, user_id: int, conversation_ids: Sequence[int]
    ) -> list[tuple[ConversationRow, MemberRow]]:
        bindings = {"user_id": user_id, "ids": _ids(conversation_ids)}
        return [
            (conversation_row(row), member_row(row[CONVERSATION_COLUMNS:]))
            for row in self._all(statements.conversations.CONVERSATIONS_OF, bindings)
        ]

    def members_of(self, conversation_ids: Sequence[int]) -> dict[int, list[MemberRow]]:
        found: dict[int, list[MemberRow]] = {}
        for row in self._all(statements.conversations.MEMBERS_OF, {"ids": _ids(conversation_ids)}):
            found.setdefault(row[0], []).append(member_row(row))
        return found

    def left_conversations(self, user_id: int, after_position: int) -> list[tuple[int, int]]:
        bindings = {"user_id": user_id, "after_position": after_position}
        return [(row[0], row[1]) for row in self._all(statements.conversations.LEFT_CONVERSATIONS, bindings)]

    def contact_ids(self, user_id: int) -> list[int]:
        bindings = {"user_id": user_id, "not_user_id": user_id}
        return [row[0] for row in self._all(statements.contacts.CONTACT_IDS, bindings)]

    def changed_contacts(self, user_id: int, after_position: int) -> list[UserRow]:
        bindings = {"user_id": user_id, "not_user_id": user_id, "after_position": after_position}
        return [user_row(row) for row in self._all(statements.contacts.CHANGED_CONTACTS, bindings)]

    def acquaintance_ids(self, user_id: int) -> list[int]:
        bindings = {"user_id": user_id, "not_user_id": user_id}
        return [row[0] for row in self._all(statements.contacts.ACQUAINTANCE_IDS, bindings)]

    def changed_acquaintances(self, user_id: int, after_position: int) -> list[UserRow]:
        bindings = {"user_id": user_id, "not_user_id": user_id, "after_position": after_position}
        return [user_row(row) for row in self._all(statements.contacts.CHANGED_ACQUAINTANCES, bindings)]

    def sent_message(self, client_id: str, sender_id: int) -> Message | None:
        row = self._one(statements.messages.SENT_MESSAGE, (bytes.fromhex(client_id), sender_id))
        return None if row is None else to_message(row)

    def message(self, conversation_id: int, seq: int) -> Message | None:
        rows = self._all(statements.messages.MESSAGE, (conversation_id, seq))
        return self._messages(rows)[0] if rows else None

    def page_before(self, conversation_id: int, before_seq: int, limit: int) -> list[Message]:
        return self._messages(
            self._all(statements.messages.PAGE_BEFORE, (conversation_id, before_seq, limit))
        )

    def page_after(self, conversation_id: int, after_seq: int, limit: int) -> list[Message]:
        return self._messages(self._all(statements.messages.PAGE_AFTER, (conversation_id, after_seq, limit)))

    def versions(self, conversation_id: int, seq: int) -> list[Version]:
        rows = self._all(statements.messages.VERSIONS, {"conversation_id": conversation_id, "seq": seq})
        return [Version(Content(row[0], row[1]), row[2]) for row in rows]

    def count_messages(self, conversation_id: int, after_seq: int, up_to_seq: int, sender_id: int) -> int:
        bindings = {
            "conversation_id": conversation_id,
            "after_seq": after_seq,
            "up_to_seq": up_to_seq,
            "sender_id": sender_id,
        }
        return int(self._one(statements.messages.COUNT_MESSAGES, bindings)[0])

    def message_count_at(self, conversation_id: int, seq: int) -> int | None:
        if seq == 0:
            return 0
        row = self._one(
            statements.messages.MESSAGE_COUNT_AT, {"conversation_id": conversation_id, "seq": seq}
        )
        return None if row is None else int(row[0])

    def last_seq_before(self, conversation_id: int, before_ms: int, limit: int) -> int:
        bindings = {"conversation_id": conversation_id, "before_ms": before_ms, "row_limit": limit}
        return int(self._one(statements.messages.LAST_SEQ_BEFORE, bindings)[0] or 0)

    def conversation_ids_after(self, conversation_id: int, limit: int) -> list[int]:
        bindings = {"conversation_id": conversation_id, "row_limit": limit}
        return [row[0] for row in self._all(statements.conversations.CONVERSATION_IDS_AFTER, bindings)]

    def receipt_ms(self, conversation_id: int, user_id: int, was_read: bool, seq: int) -> int:
        bindings = {
            "conversation_id": conversation_id,
            "user_id": user_id,
            "was_read": was_read,
            "seq": seq,
        }
        row = self._one(statements.messages.RECEIPT_MS, bindings)
        return 0 if row is None else int(row[0])

    def file(self, file_id: str) -> FileRow | None:
        row = self._one(statements.files.FILE, {"file_id": file_id})
        return None if row is None else _file(row)

    def file_by_client(self, client_id: str, uploader_id: int) -> FileRow | None:
        bindings = {"client_id": bytes.fromhex(client_id), "uploader_id": uploader_id}
        row = self._one(statements.files.FILE_BY_CLIENT, bindings)
        return None if row is None else _file(row)

    def file_totals(self, uploader_id: int) -> FileTotals:
        return FileTotals(*self._one(statements.files.FILE_TOTALS, {"uploader_id": uploader_id}))

    def file_is_shared(self, file_id: str, user_id: int) -> bool:
        return bool(self._one(statements.files.FILE_IS_SHARED, {"file_id": file_id, "user_id": user_id})[0])

    def file_is_used(self, file_id: str) -> bool:
        return bool(self._one(statements.files.FILE_IS_USED, {"file_id": file_id})[0])

    def file_is_picture(self, file_id: str) -> bool:
        return bool(self._one(statements.files.FILE_IS_PICTURE, {"file_id": file_id})[0])

    def file_ids_of(self, message_id: int) -> list[str]:
        return [row[0] for row in self._all(statements.files.FILE_IDS_OF, {"message_id": message_id})]

    def content_is_kept(self, sha256: bytes) -> bool:
        return bool(self._one(statements.files.CONTENT_IS_KEPT, {"sha256": sha256})[0])

    def unused_files(self, before_ms: int, after_file_id: str, limit: int) -> list[FileRow]:
        bindings = {"before_ms": before_ms, "after_file_id": after_file_id, "row_limit": limit}
        return [_file(row) for row in self._all(statements.files.UNUSED_FILES, bindings)]

    def stars(self, user_id: int, after_position: int) -> list[Star]:
        rows = self._all(statements.messages.STARS, {"user_id": user_id, "after_position": after_position})
        return [Star(row[0], row[1], bool(row[2])) for row in rows]

    def invite_count(self, creator_id: int, now_ms: int) -> int:
        bindings = {"creator_id": creator_id, "now_ms": now_ms}
        return int(self._one(statements.users.INVITE_COUNT, bindings)[0])

    def invite(self, code_hash: bytes) -> InviteRow | None:
        row = self._one(statements.users.INVITE, {"code_hash": code_hash})
        return None if row is None else InviteRow(*row)

    def audit(self, before_id: int, limit: int) -> list[AuditEntry]:
        rows = self._all(statements.users.AUDIT, {"before_id": before_id, "row_limit": limit})
        return [AuditEntry(*row) for row in rows]

    def _messages(self, rows: Sequence[Any]) -> list[Message]:
        """Entries with their reactions; only those that were changed can have any."""
        if all(row[8] is None for row in rows):
            return [to_message(row) for row in rows]
        seqs = [row[1] for row in rows if row[8] is not None]
        bindings = {"conversation_id": rows[0][0], "from_seq": min(seqs), "to_seq": max(seqs)}
        users: dict[tuple[int, str], list[int]] = {}
        for seq, key, user_id in self._all(statements.messages.REACTIONS, bindings):
            users.setdefault((seq, key), []).append(user_id)
        reactions: dict[int, list[Reaction]] = {}
        for (seq, key), user_ids in users.items():
            reactions.setdefault(seq, []).append(Reaction(key, tuple(user_ids)))
        return [to_message(row, reactions.get(row[1], ())) for row in rows]

    def _one(self, sql: str, bindings: Sequence[Any] | Mapping[str, Any]) -> Any:
        return self._connection.execute(sql, bindings).fetchone()

    def _all(self, sql: str, bindings: Sequence[Any] | Mapping[str, Any]) -> list[Any]:
        rows: list[Any] = self._connection.execute(sql, bindings).fetchall()
        return rows


def _file(row: Sequence[Any]) -> FileRow:
    return FileRow(row[0], row[1], row[2].hex(), row[3], row[4], row[5], row[6])


def _ids(ids: Sequence[int]) -> str:
    """For ``json_each``: one statement for any number of rows."""
    return _encode(ids).decode()
