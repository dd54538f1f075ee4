"""Reads of the reference store."""

from collections.abc import Sequence
from itertools import takewhile

from msgspec.structs import replace

from desktop_chat.protocol.records import (
    AuditEntry,
    Message,
    Reaction,
    Star,
    Version,
)
from server.store.memory_state import MemoryState
from server.store.records import (
    ConversationRow,
    DeviceRow,
    FileRow,
    FileTotals,
    InviteRow,
    MemberRow,
    UserRow,
)


class MemoryReader:
    """Reader over a MemoryState."""

    def __init__(self, state: MemoryState) -> None:
        self._state = state

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

    def changed_conversation_ids(
        self, user_id: int, after_position: int, limit: int | None = None
    ) -> list[int]:
        changed = [
            row
            for row in self._conversations_of(user_id)
            if max(row.position, self._state.members[row.conversation_id][user_id].position) > after_position
        ]
        changed.sort(key=lambda row: (-row.position, row.conversation_id))
        return [row.conversation_id for row in changed[:limit]]

    def conversations_of(
        self, user_id: int, conversation_ids: Sequence[int]
    ) -> list[tuple[ConversationRow, MemberRow]]:
        return [
            (self._state.conversations[each], self._state.members[each][user_id])
            for each in conversation_ids
            if user_id in self._state.members.get(each, ())
        ]

    def members_of(self, conversation_ids: Sequence[int]) -> dict[int, list[MemberRow]]:
        return {each: members for each in conversation_ids if (members := self.members(each))}

    def left_conversations(self, user_id: int, after_position: int) -> list[tuple[int, int]]:
        found = [
            (conversation_id, position)
            for (who, conversation_id), position in self._state.left.items()
            if who == user_id and position > after_position
        ]
        return sorted(found, key=lambda each: each[1])

    def contact_ids(self, user_id: int) -> list[int]:
        few = [row for row in self._conversations_of(user_id) if row.tells_pointers]
        return sorted({each for row in few for each in self._state.members[row.conversation_id]} - {user_id})

    def changed_contacts(self, user_id: int, after_position: int) -> list[UserRow]:
        contacts = self.users(self.contact_ids(user_id))
        return [each for each in contacts if each.position > after_position]

    def acquaintance_ids(self, user_id: int) -> list[int]:
        shared = (self._state.members[row.conversation_id] for row in self._conversations_of(user_id))
        known = {each for members in shared for each in members}
        return sorted(known - {user_id, *self.contact_ids(user_id)})

    def changed_acquaintances(self, user_id: int, after_position: int) -> list[UserRow]:
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

    def file_is_picture(self, file_id: str) -> bool:
        return any(use[0] == file_id and use[2] < 1 for use in self._state.file_uses)

    def file_ids_of(self, message_id: int) -> list[str]:
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
