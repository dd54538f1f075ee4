"""The store's interface. A store runs operations, functions over a ``Writer``, one after the other, each in
one transaction, and answers an operation only after its transaction is durable. What an operation means
is decided in ``server.actions``; a store knows rows and nothing about permissions.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

from msgspec import Struct

from desktop_chat.protocol.actions import Role
from desktop_chat.protocol.limits import RECEIPTS_MEMBERS_MAX
from desktop_chat.protocol.records import (
    AuditEntry,
    ConversationKind,
    Info,
    Message,
    Mute,
    Preview,
    Settings,
    Star,
    Version,
)

T = TypeVar("T")
Result = TypeVar("Result", covariant=True)


RECEIPTS_KEPT = 2000
"""Of so many entries of each conversation, the newest, it is kept when each member got and read them."""


class StoreUnavailable(Exception):
    """The store cannot do this now: its queue is full, or it is closing. Nothing was stored, or at least
    nothing was confirmed."""


class DiskFailed(StoreUnavailable):
    """The disk is full or failing."""


class StoreLost(StoreUnavailable):
    """The store's files were deleted or replaced while it was open. It will take nothing any more."""


class UserRow(Struct, frozen=True, gc=False):
    """An account. ``name_key`` is the user name folded for comparison, ``search_key`` what people find it by;
    ``position`` is where anything that its contacts see changed last, ``profile_position`` where anything but
    its presence did."""

    user_id: int
    user_name: str
    name_key: str
    display_name: str
    search_key: str
    password_hash: str
    created_at_ms: int
    last_seen_ms: int
    position: int
    profile_position: int
    about: str = ""
    picture: str = ""
    is_admin: bool = False
    is_deleted: bool = False
    settings: Settings = Settings()


class DeviceRow(Struct, frozen=True, gc=False):
    """A device that may connect. Its token is kept only as a SHA-256 digest of 32 bytes."""

    device_id: int
    user_id: int
    token_hash: bytes
    device_name: str
    created_at_ms: int
    last_seen_ms: int = 0


class ConversationRow(Struct, frozen=True, gc=False):
    """A conversation. ``position`` is where anything changed last that every member is told,
    ``members_position`` where somebody came, went or got another role. Of the log, the entries from
    ``first_seq`` on are kept."""

    conversation_id: int
    kind: ConversationKind
    position: int
    last_seq: int = 0
    message_count: int = 0
    preview: Preview | None = None
    first_seq: int = 1
    member_count: int = 0
    members_position: int = 0
    info: Info = Info()

    @property
    def tells_pointers(self) -> bool:
        """Whether members are told of each other's pointers."""
        return self.member_count <= RECEIPTS_MEMBERS_MAX


class MemberRow(Struct, frozen=True, gc=False):
    """How far one member has come, and how they like to have it; see
    ``desktop_chat.protocol.records.Personal``. The ``shown`` pointers are what others know: they stand still
    while the member shares nothing. ``position`` is where what is told to this member alone changed last."""

    conversation_id: int
    user_id: int
    delivered_seq: int = 0
    read_seq: int = 0
    seen_count: int = 0
    shown_delivered_seq: int = 0
    shown_read_seq: int = 0
    position: int = 0
    role: Role = "member"
    pinned: bool = False
    archived: bool = False
    alerts: Mute = "all"
    marked_unread: bool = False


class ChangedConversation(Struct, frozen=True, gc=False):
    """A conversation as a catch-up needs it: ``own`` is the membership of whom it is for; ``members``, all of
    them by user id, is None where there are many and they are as they were."""

    conversation: ConversationRow
    own: MemberRow
    members: list[MemberRow] | None


class InviteRow(Struct, frozen=True, gc=False):
    """A code to register with, kept as its SHA-256 digest."""

    code_hash: bytes
    creator_id: int
    uses_left: int
    expires_at_ms: int


class FileRow(Struct, frozen=True, gc=False):
    """A file, or an upload on its way to be one. ``sha256`` is what its content has to have;
    ``finished_at_ms`` is None until the whole of it was found to."""

    file_id: str
    uploader_id: int
    client_id: str
    size_bytes: int
    sha256: bytes
    created_at_ms: int
    finished_at_ms: int | None = None


class FileTotals(Struct, frozen=True, gc=False):
    """What one user has uploaded: the bytes of all files, unfinished ones as if they were whole, and how many
    are unfinished."""

    size_bytes: int = 0
    unfinished: int = 0


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
        """The user's contacts, rising: everybody else who shares a conversation with the user that tells
        pointers, and so learns of the user's presence and profile."""

    def changed_contacts(self, user_id: int, after_position: int) -> list[UserRow]:
        """The contacts whose presence or profile changed after a position, by user id."""

    def acquaintance_ids(self, user_id: int) -> list[int]:
        """The user's acquaintances, rising: everybody who shares a conversation with the user and is not a
        contact, and so learns of the user's profile alone."""

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

    def picture_file(self, file_id: str) -> bool:
        """Whether the file is the picture of a user or a group, which everybody may see: whether any use of
        it has a ``message_id`` below 1, which no message has. See ``server.actions.files``."""

    def message_files(self, message_id: int) -> list[str]:
        """The ids of the files that a message uses, in order of id."""

    def content_is_kept(self, sha256: bytes) -> bool:
        """Whether any finished file has this content."""

    def unused_files(self, before_ms: int, after_file_id: str, limit: int) -> list[FileRow]:
        """Files that no message uses, finished (or, where they are not, begun) before a time, by id, from the
        first id after ``after_file_id``."""


class Writer(Reader, Protocol):
    """One transaction: reads see what it has written itself."""

    def next_position(self) -> int:
        """Take the next position of the log."""

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
        is_admin: bool = False,
    ) -> UserRow:
        """Insert an account. The key must be free."""

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


class Operation(Protocol[Result]):
    """What runs inside a transaction. It raises ``Refused`` only before its first change."""

    def __call__(self, writer: Writer, /) -> Result:
        """Perform it."""


class KeyedOperation:
    """Base of operations that will ask for one ``sent_message``, so that a store can look up many at once.
    One that ``is_short`` takes some microseconds whatever it meets, so that it may be performed where others
    wait."""

    __slots__ = ("idempotency_key", "is_short")

    def __init__(self, client_id: str, sender_id: int, *, is_short: bool = False) -> None:
        self.idempotency_key = (client_id, sender_id)
        self.is_short = is_short


Done = Callable[[T | None, Exception | None], None]
"""Called on the loop after the commit, with an operation's result or the exception it ended with."""


class Store(Protocol):
    """What keeps the server's state. Everything but the operations themselves runs on the loop's thread."""

    @property
    def epoch(self) -> str:
        """32 hex digits made with this log."""

    def is_well(self) -> bool:
        """Whether it is open, and what it keeps would be found again."""

    def start(self) -> None:
        """Begin to serve the running loop."""

    def write(self, operation: Operation[T], done: Done[T]) -> None:
        """Queue an operation; operations are performed and answered in the order in which they were queued.
        Raises StoreUnavailable when the queue is full or closed, and then ``done`` is never called."""

    async def perform(self, operation: Operation[T]) -> T:
        """Queue an operation and wait for its result. Raises what the operation raises."""

    async def read(self, query: Callable[[Reader], T]) -> T:
        """Run a read on a snapshot that holds at least everything that was answered before the call."""

    async def close(self) -> None:
        """Commit and answer what is queued, then release everything."""
