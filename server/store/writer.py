"""What can be changed in a store."""

from collections.abc import Mapping
from typing import Protocol

from desktop_chat.protocol.actions import Role
from desktop_chat.protocol.records import AuditEntry, ConversationKind, Info, Message, Star
from server.store.reader import Reader
from server.store.records import ConversationRow, DeviceRow, FileRow, InviteRow, MemberRow, UserRow


class Writer(Reader, Protocol):
    """One transaction: reads see what it has written itself."""

    def next_position(self) -> int:
        """Take the next position of the log."""

    def add_user(self, user: UserRow) -> UserRow:
        """Insert an account, whose key must be free, under an id of its own: the given one does not count."""

    def set_user(self, user: UserRow) -> None:
        """Replace an account's row."""

    def forget_user(self, user_id: int) -> None:
        """Delete whom a user blocked and who blocked them, what they starred, and what they left."""

    def set_last_seen(self, user_id: int, last_seen_ms: int, position: int) -> None:
        """Note when a user was last connected."""

    def add_device(self, *, user_id: int, token_hash: bytes, device_name: str, now_ms: int) -> DeviceRow:
        """Insert a device."""

    def set_device_seen(self, device_id: int, last_seen_ms: int) -> None:
        """Note when a device was last connected; nothing happens where it is gone."""

    def delete_device(self, device_id: int) -> None:
        """Forget a device, and with it its token."""

    def set_blocked(self, user_id: int, blocked_id: int, on: bool) -> None:
        """Note that a user blocked somebody, or no longer does."""

    def add_conversation(
        self,
        *,
        kind: ConversationKind,
        roles: Mapping[int, Role],
        info: Info,
        position: int,
    ) -> ConversationRow:
        """Insert an empty conversation with its members and their roles. ``direct`` is of two, ``note`` of
        one; there must be no other of these."""

    def set_conversation(self, conversation: ConversationRow) -> None:
        """Replace a conversation's row."""

    def add_member(self, member: MemberRow) -> None:
        """Insert a membership; ``set_conversation`` counts it."""

    def remove_member(self, conversation_id: int, user_id: int, position: int) -> None:
        """Delete a membership with the member's stars and receipts, and remember where; ``set_conversation``
        counts it."""

    def add_message(self, message: Message, moved: ConversationRow) -> None:
        """Insert an entry, the next of its conversation, whose head moves to it."""

    def set_message(self, message: Message) -> None:
        """Replace what can change of an entry, its reactions apart."""

    def set_reaction(self, conversation_id: int, seq: int, key: str, user_id: int, on: bool) -> None:
        """Note a reaction, or its end."""

    def add_version(self, message: Message, until_ms: int) -> None:
        """Keep what a message says, before it is replaced."""

    def clear_message(self, conversation_id: int, seq: int) -> None:
        """Delete a message's versions and reactions."""

    def expire(self, conversation_id: int, below_seq: int) -> None:
        """Delete the entries below a seq, with all that belongs to them."""

    def set_pointers(self, member: MemberRow) -> None:
        """Replace a membership's pointers, seen count and position."""

    def set_member(self, member: MemberRow) -> None:
        """Replace a membership."""

    def touch_conversation(self, conversation_id: int, position: int) -> None:
        """Note that something other than an entry changed in a conversation."""

    def add_receipt(self, conversation_id: int, user_id: int, was_read: bool, seq: int, at_ms: int) -> None:
        """Note when a pointer came to ``seq``. Only the latest are kept."""

    def set_star(self, user_id: int, star: Star, position: int) -> None:
        """Note a star, or its end."""

    def drop_invites(self, now_ms: int) -> None:
        """Delete the invites that nobody can use any more."""

    def set_invite(self, invite: InviteRow) -> None:
        """Insert or replace an invite."""

    def add_audit(self, entry: AuditEntry) -> None:
        """Add to the audit log; the entry's own id does not count."""

    def add_file(self, row: FileRow) -> None:
        """Insert a file or an upload. Its id and its idempotency key must be free."""

    def finish_file(self, file_id: str, now_ms: int) -> None:
        """Note that an upload is whole."""

    def delete_file(self, file_id: str) -> None:
        """Forget a file or an upload, if it is there. Nothing may use it."""

    def add_file_use(self, file_id: str, conversation_id: int, message_id: int) -> None:
        """Note that a message uses a file."""

    def delete_file_use(self, file_id: str, conversation_id: int, message_id: int) -> None:
        """One use of a file has ended, if it was there."""

    def delete_file_uses(self, message_id: int) -> None:
        """A message uses no file any more."""
