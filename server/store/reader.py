"""What can be read of a store.

A **contact** of a user is somebody else in a conversation of theirs with at most RECEIPTS_MEMBERS_MAX
members: each learns of the other's presence, profile and pointers. An **acquaintance** is whoever else
shares a conversation with them, all of which are larger: they learn of each other's profile alone.
"""

from collections.abc import Sequence
from typing import Protocol

from desktop_chat.protocol.records import AuditEntry, Message, Star, Version
from server.store.records import (
    ConversationRow,
    DeviceRow,
    FileRow,
    FileTotals,
    InviteRow,
    MemberRow,
    UserRow,
)


class Reader(Protocol):
    """Reads of one consistent snapshot."""

    def position(self) -> int:
        """The highest position given out in this snapshot."""

    def user(self, user_id: int) -> UserRow | None:
        """The account with this id."""

    def user_by_key(self, name_key: str) -> UserRow | None:
        """The account with this folded name."""

    def users(self, user_ids: Sequence[int]) -> list[UserRow]:
        """Those of these accounts that exist, in no order."""

    def find_users(self, folded_query: str, limit: int) -> list[UserRow]:
        """Accounts that are not deleted and whose ``search_key`` contains the text, by ``name_key``."""

    def user_count(self) -> int:
        """How many accounts there are, deleted ones included."""

    def admin_ids(self) -> list[int]:
        """The server's admins."""

    def device(self, device_id: int) -> DeviceRow | None:
        """The device with this id."""

    def device_by_token(self, token_hash: bytes) -> DeviceRow | None:
        """The device that holds the token with this digest."""

    def devices_of(self, user_id: int) -> list[DeviceRow]:
        """The user's devices, the oldest first."""

    def blocked_ids(self, user_id: int) -> frozenset[int]:
        """Whom the user blocked."""

    def blocker_ids(self, user_id: int) -> frozenset[int]:
        """Who blocked the user."""

    def conversation(self, conversation_id: int) -> ConversationRow | None:
        """The conversation with this id."""

    def direct(self, low_user_id: int, high_user_id: int) -> ConversationRow | None:
        """The conversation of these two, or with one id twice the note to self."""

    def member(self, conversation_id: int, user_id: int) -> MemberRow | None:
        """The user's membership, None for somebody who is not a member."""

    def members(self, conversation_id: int) -> list[MemberRow]:
        """All members, by user id."""

    def member_ids(self, conversation_id: int) -> tuple[int, ...]:
        """All members' ids, rising."""

    def group_ids(self, user_id: int) -> list[int]:
        """The groups that the user is in."""

    def changed_conversation_ids(
        self, user_id: int, after_position: int, limit: int | None = None
    ) -> list[int]:
        """The user's conversations of which something that the user is told changed after a position, those
        whose members were told something last first; the first ``limit`` of them, or all."""

    def conversations_of(
        self, user_id: int, conversation_ids: Sequence[int]
    ) -> list[tuple[ConversationRow, MemberRow]]:
        """Those of these conversations that the user is in, in the order given, with the user's
        membership."""

    def members_of(self, conversation_ids: Sequence[int]) -> dict[int, list[MemberRow]]:
        """All members of each of these conversations, by user id."""

    def left_conversations(self, user_id: int, after_position: int) -> list[tuple[int, int]]:
        """The conversations that the user ceased to be in after a position, each with the position of
        that."""

    def contact_ids(self, user_id: int) -> list[int]:
        """The ids of the user's contacts, rising."""

    def changed_contacts(self, user_id: int, after_position: int) -> list[UserRow]:
        """The contacts whose presence or profile changed after a position, by user id."""

    def acquaintance_ids(self, user_id: int) -> list[int]:
        """The ids of the user's acquaintances, rising."""

    def changed_acquaintances(self, user_id: int, after_position: int) -> list[UserRow]:
        """The acquaintances whose profile changed after a position, or who are in a shared conversation where
        somebody came, went or got another role after it, by user id."""

    def sent_message(self, client_id: str, sender_id: int) -> Message | None:
        """The entry that was stored under this idempotency key; its reactions may be missing."""

    def message(self, conversation_id: int, seq: int) -> Message | None:
        """One entry as it stands now."""

    def page_before(self, conversation_id: int, before_seq: int, limit: int) -> list[Message]:
        """The newest ``limit`` entries below a seq, in falling seq."""

    def page_after(self, conversation_id: int, after_seq: int, limit: int) -> list[Message]:
        """The oldest ``limit`` entries above a seq, in rising seq."""

    def versions(self, conversation_id: int, seq: int) -> list[Version]:
        """What an edited message said before, the oldest first."""

    def count_messages(self, conversation_id: int, after_seq: int, up_to_seq: int, sender_id: int) -> int:
        """How many messages in (``after_seq``, ``up_to_seq``] are from this sender; actions do not count."""

    def message_count_at(self, conversation_id: int, seq: int) -> int | None:
        """How many messages there ever were up to and including the entry ``seq``; 0 for 0, None for an entry
        that is not there."""

    def last_seq_before(self, conversation_id: int, before_ms: int, limit: int) -> int:
        """Of the oldest ``limit`` entries, the seq before the first that was not stored before a time, or
        that of the last; 0 where there are no entries."""

    def conversation_ids_after(self, conversation_id: int, limit: int) -> list[int]:
        """The next conversations in the order of their ids, to go through all of them."""

    def receipt_ms(self, conversation_id: int, user_id: int, was_read: bool, seq: int) -> int:
        """When the user's delivered or read pointer passed ``seq``; 0 where that is not known."""

    def stars(self, user_id: int, after_position: int) -> list[Star]:
        """What the user starred, or ceased to, after a position."""

    def invite_count(self, creator_id: int, now_ms: int) -> int:
        """How many invites of a user can still be used."""

    def invite(self, code_hash: bytes) -> InviteRow | None:
        """The invite whose code has this digest."""

    def audit(self, before_id: int, limit: int) -> list[AuditEntry]:
        """Entries of the audit log below an id, the newest first."""

    def file(self, file_id: str) -> FileRow | None:
        """The file or upload with this id."""

    def file_by_client(self, client_id: str, uploader_id: int) -> FileRow | None:
        """The file or upload that was begun under this idempotency key."""

    def file_totals(self, uploader_id: int) -> FileTotals:
        """What a user's files come to."""

    def file_is_shared(self, file_id: str, user_id: int) -> bool:
        """Whether the file is used in a conversation that the user is a member of."""

    def file_is_used(self, file_id: str) -> bool:
        """Whether any message uses the file."""

    def file_is_picture(self, file_id: str) -> bool:
        """Whether the file is the picture of a user or a group, which everybody may see: whether any use of
        it has a ``message_id`` below 1, which no message has. See ``server.actions.files``."""

    def file_ids_of(self, message_id: int) -> list[str]:
        """The ids of the files that a message uses, in order of id."""

    def content_is_kept(self, sha256: bytes) -> bool:
        """Whether any finished file has this content."""

    def unused_files(self, before_ms: int, after_file_id: str, limit: int) -> list[FileRow]:
        """Files that no message uses, finished (or, where they are not, begun) before a time, by id, from the
        first id after ``after_file_id``."""
