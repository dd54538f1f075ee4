"""What the reference store holds."""

from copy import copy

from desktop_chat.protocol.records import (
    AuditEntry,
    Message,
    Star,
    Version,
)
from server.store.records import (
    ConversationRow,
    DeviceRow,
    FileRow,
    InviteRow,
    MemberRow,
    UserRow,
)


class MemoryState:
    """Everything that is durable."""

    def __init__(self, epoch: str) -> None:
        self.epoch = epoch
        self.position = 0
        self.devices_made = 0
        self.users: dict[int, UserRow] = {}
        self.devices: dict[int, DeviceRow] = {}
        self.blocks: dict[tuple[int, int], None] = {}
        """(user_id, blocked_id)"""
        self.conversations: dict[int, ConversationRow] = {}
        self.directs: dict[tuple[int, int], int] = {}
        self.members: dict[int, dict[int, MemberRow]] = {}
        self.left: dict[tuple[int, int], int] = {}
        """(user_id, conversation_id): position"""
        self.messages: dict[int, list[Message]] = {}
        """By conversation, in rising seq without a hole, from ``first_seq`` on; without reactions."""
        self.reactions: dict[tuple[int, int], dict[tuple[str, int], None]] = {}
        """(conversation_id, seq): (key, user_id)"""
        self.versions: dict[tuple[int, int], list[Version]] = {}
        self.receipts: dict[tuple[int, int, bool], dict[int, int]] = {}
        """(conversation_id, user_id, was_read): time by seq"""
        self.sent: dict[tuple[str, int], list[Message]] = {}
        self.files: dict[str, FileRow] = {}
        self.file_uses: dict[tuple[str, int, int], None] = {}
        """By (file_id, conversation_id, message_id)."""
        self.stars: dict[tuple[int, int, int], tuple[Star, int]] = {}
        """(user_id, conversation_id, seq): the star and its position"""
        self.invites: dict[bytes, InviteRow] = {}
        self.audit: list[AuditEntry] = []

    def copy(self) -> "MemoryState":
        """The same state, untouched by what happens to this one."""
        other = MemoryState(self.epoch)
        for name, value in vars(self).items():
            copied = copy(value)
            if isinstance(copied, dict):
                for key, rows in copied.items():
                    if isinstance(rows, dict | list):
                        copied[key] = copy(rows)
            setattr(other, name, copied)
        return other
