"""Reads of the SQLite store, over any connection with the sqlite3 module's ``execute``."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from desktop_chat.protocol.records import Content, Message, Preview
from server.store import statements
from server.store.base import ConversationRow, DeviceRow, FileRow, FileTotals, MemberRow, UserRow


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
        return int(self._one(statements.LOG, {})[1])

    def user(self, user_id: int) -> UserRow | None:
        row = self._one(statements.USER, {"user_id": user_id})
        return None if row is None else UserRow(*row)

    def user_by_key(self, name_key: str) -> UserRow | None:
        row = self._one(statements.USER_BY_KEY, {"name_key": name_key})
        return None if row is None else UserRow(*row)

    def users(self, user_ids: list[int]) -> list[UserRow]:
        found = (self.user(user_id) for user_id in user_ids)
        return [user for user in found if user is not None]

    def find_users(self, folded_query: str, limit: int) -> list[UserRow]:
        bindings = {"query": folded_query, "row_limit": limit}
        return [UserRow(*row) for row in self._all(statements.FIND_USERS, bindings)]

    def device(self, device_id: int) -> DeviceRow | None:
        row = self._one(statements.DEVICE, {"device_id": device_id})
        return None if row is None else DeviceRow(*row)

    def device_by_token(self, token_hash: bytes) -> DeviceRow | None:
        row = self._one(statements.DEVICE_BY_TOKEN, {"token_hash": token_hash})
        return None if row is None else DeviceRow(*row)

    def devices_of(self, user_id: int) -> list[DeviceRow]:
        return [DeviceRow(*row) for row in self._all(statements.DEVICES_OF, {"user_id": user_id})]

    def conversation(self, conversation_id: int) -> ConversationRow | None:
        row = self._one(statements.CONVERSATION, (conversation_id,))
        return None if row is None else conversation_row(row)

    def direct(self, low_user_id: int, high_user_id: int) -> ConversationRow | None:
        row = self._one(statements.DIRECT, {"low_user_id": low_user_id, "high_user_id": high_user_id})
        return None if row is None else conversation_row(row)

    def member(self, conversation_id: int, user_id: int) -> MemberRow | None:
        row = self._one(statements.MEMBER, (conversation_id, user_id))
        return None if row is None else MemberRow(*row)

    def members(self, conversation_id: int) -> list[MemberRow]:
        rows = self._all(statements.MEMBERS, {"conversation_id": conversation_id})
        return [MemberRow(*row) for row in rows]

    def changed_conversations(
        self, user_id: int, after_position: int
    ) -> list[tuple[ConversationRow, list[MemberRow]]]:
        bindings = {"user_id": user_id, "after_position": after_position}
        members: dict[int, list[MemberRow]] = {}
        for row in self._all(statements.CHANGED_MEMBERS, bindings):
            members.setdefault(row[0], []).append(MemberRow(*row))
        return [
            (conversation_row(row), members[row[0]])
            for row in self._all(statements.CHANGED_CONVERSATIONS, bindings)
        ]

    def contacts(self, user_id: int) -> list[UserRow]:
        bindings = {"user_id": user_id, "not_user_id": user_id}
        return [UserRow(*row) for row in self._all(statements.CONTACTS, bindings)]

    def contact_ids(self, user_id: int) -> list[int]:
        bindings = {"user_id": user_id, "not_user_id": user_id}
        return [row[0] for row in self._all(statements.CONTACT_IDS, bindings)]

    def sent_message(self, client_id: str, sender_id: int) -> Message | None:
        row = self._one(statements.SENT_MESSAGE, (bytes.fromhex(client_id), sender_id))
        return None if row is None else _message(row)

    def page_before(self, conversation_id: int, before_seq: int, limit: int) -> list[Message]:
        rows = self._all(statements.PAGE_BEFORE, (conversation_id, before_seq, limit))
        return [_message(row) for row in rows]

    def page_after(self, conversation_id: int, after_seq: int, limit: int) -> list[Message]:
        rows = self._all(statements.PAGE_AFTER, (conversation_id, after_seq, limit))
        return [_message(row) for row in rows]

    def count_messages(self, conversation_id: int, after_seq: int, up_to_seq: int, sender_id: int) -> int:
        bindings = {
            "conversation_id": conversation_id,
            "after_seq": after_seq,
            "up_to_seq": up_to_seq,
            "sender_id": sender_id,
        }
        return int(self._one(statements.COUNT_MESSAGES, bindings)[0])

    def message_count_at(self, conversation_id: int, seq: int) -> int:
        row = self._one(statements.MESSAGE_COUNT_AT, {"conversation_id": conversation_id, "seq": seq})
        return 0 if row is None else int(row[0])

    def file(self, file_id: str) -> FileRow | None:
        row = self._one(statements.FILE, {"file_id": file_id})
        return None if row is None else _file(row)

    def file_by_client(self, client_id: str, uploader_id: int) -> FileRow | None:
        bindings = {"client_id": bytes.fromhex(client_id), "uploader_id": uploader_id}
        row = self._one(statements.FILE_BY_CLIENT, bindings)
        return None if row is None else _file(row)

    def file_totals(self, uploader_id: int) -> FileTotals:
        return FileTotals(*self._one(statements.FILE_TOTALS, {"uploader_id": uploader_id}))

    def file_is_shared(self, file_id: str, user_id: int) -> bool:
        return bool(self._one(statements.FILE_IS_SHARED, {"file_id": file_id, "user_id": user_id})[0])

    def file_is_used(self, file_id: str) -> bool:
        return bool(self._one(statements.FILE_IS_USED, {"file_id": file_id})[0])

    def picture_file(self, file_id: str) -> bool:
        return False  # nobody has a picture yet

    def message_files(self, message_id: int) -> list[str]:
        return [row[0] for row in self._all(statements.MESSAGE_FILES, {"message_id": message_id})]

    def content_is_kept(self, sha256: bytes) -> bool:
        return bool(self._one(statements.CONTENT_IS_KEPT, {"sha256": sha256})[0])

    def unused_files(self, before_ms: int, after_file_id: str, limit: int) -> list[FileRow]:
        bindings = {"before_ms": before_ms, "after_file_id": after_file_id, "row_limit": limit}
        return [_file(row) for row in self._all(statements.UNUSED_FILES, bindings)]

    def _one(self, sql: str, bindings: Sequence[Any] | Mapping[str, Any]) -> Any:
        return self._connection.execute(sql, bindings).fetchone()

    def _all(self, sql: str, bindings: Sequence[Any] | Mapping[str, Any]) -> list[Any]:
        rows: list[Any] = self._connection.execute(sql, bindings).fetchall()
        return rows


def conversation_row(row: Sequence[Any]) -> ConversationRow:
    """From the columns of the conversation table, in their order."""
    preview = None if row[7] is None else Preview(row[7], row[8], row[9], row[10])
    return ConversationRow(row[0], row[1], row[2], row[3], row[4], row[5], row[6], preview)


def _file(row: Sequence[Any]) -> FileRow:
    return FileRow(row[0], row[1], row[2].hex(), row[3], row[4], row[5], row[6])


def _message(row: Sequence[Any]) -> Message:
    return Message(row[0], row[1], row[2], row[3], row[4].hex(), row[5], Content(row[6], row[7]))
