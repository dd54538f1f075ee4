"""The store's interface. A store runs operations, functions over a ``Writer``, one after the other, each in
one transaction, and answers an operation only after its transaction is durable. What an operation means
is decided in ``server.actions``; a store knows rows and nothing about permissions.
"""

from collections.abc import Callable
from typing import Protocol, TypeVar

from msgspec import Struct

from desktop_chat.protocol.records import Content, ConversationKind, Member, Message, Preview

T = TypeVar("T")
Result = TypeVar("Result", covariant=True)


class StoreUnavailable(Exception):
    """The store cannot do this now: its queue is full, or it is closing. Nothing was stored, or at least
    nothing was confirmed."""


class DiskFailed(StoreUnavailable):
    """The disk is full or failing."""


class StoreLost(StoreUnavailable):
    """The store's files were deleted or replaced while it was open. It will take nothing any more."""


class UserRow(Struct, frozen=True, gc=False):
    """An account. ``name_key`` is the user name folded for comparison, ``search_key`` what people find it by;
    ``position`` is where its profile changed last."""

    user_id: int
    user_name: str
    name_key: str
    display_name: str
    search_key: str
    password_hash: str
    created_at_ms: int
    last_seen_ms: int
    position: int


class DeviceRow(Struct, frozen=True, gc=False):
    """A device that may connect. Its token is kept only as a SHA-256 digest of 32 bytes."""

    device_id: int
    user_id: int
    token_hash: bytes
    device_name: str
    created_at_ms: int


class ConversationRow(Struct, frozen=True, gc=False):
    """A conversation. ``low_user_id`` and ``high_user_id`` are its unique key, equal in a note to self;
    ``position`` is where anything about it changed last."""

    conversation_id: int
    kind: ConversationKind
    low_user_id: int
    high_user_id: int
    position: int
    last_seq: int = 0
    message_count: int = 0
    preview: Preview | None = None

    @property
    def member_ids(self) -> tuple[int, ...]:
        """Everybody in it."""
        if self.low_user_id == self.high_user_id:
            return (self.low_user_id,)
        return (self.low_user_id, self.high_user_id)


class MemberRow(Struct, frozen=True, gc=False):
    """How far one member has come; see ``desktop_chat.protocol.records.Personal`` for ``seen_count``."""

    conversation_id: int
    user_id: int
    delivered_seq: int = 0
    read_seq: int = 0
    seen_count: int = 0

    def pointers(self) -> Member:
        """As the other members may know it."""
        return Member(self.user_id, self.delivered_seq, self.read_seq)


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

    def users(self, user_ids: list[int]) -> list[UserRow]:
        """Those of these accounts that exist, in no order."""

    def find_users(self, folded_query: str, limit: int) -> list[UserRow]:
        """Accounts whose ``search_key`` contains the text, by ``name_key``."""

    def device(self, device_id: int) -> DeviceRow | None:
        """The device with this id."""

    def device_by_token(self, token_hash: bytes) -> DeviceRow | None:
        """The device that holds the token with this digest."""

    def devices_of(self, user_id: int) -> list[DeviceRow]:
        """The user's devices, the oldest first."""

    def conversation(self, conversation_id: int) -> ConversationRow | None:
        """The conversation with this id."""

    def direct(self, low_user_id: int, high_user_id: int) -> ConversationRow | None:
        """The conversation with this key."""

    def member(self, conversation_id: int, user_id: int) -> MemberRow | None:
        """The user's membership, None for somebody who is not a member."""

    def members(self, conversation_id: int) -> list[MemberRow]:
        """All members, by user id."""

    def changed_conversations(
        self, user_id: int, after_position: int
    ) -> list[tuple[ConversationRow, list[MemberRow]]]:
        """The user's conversations that changed after a position, the latest change first, each with its
        members by user id."""

    def contacts(self, user_id: int) -> list[UserRow]:
        """Everybody who shares a conversation with the user, the user not included, by user id."""

    def contact_ids(self, user_id: int) -> list[int]:
        """The ids of ``contacts``."""

    def sent_message(self, client_id: str, sender_id: int) -> Message | None:
        """The message that was stored under this idempotency key."""

    def page_before(self, conversation_id: int, before_seq: int, limit: int) -> list[Message]:
        """The newest ``limit`` messages below a seq, in falling seq."""

    def page_after(self, conversation_id: int, after_seq: int, limit: int) -> list[Message]:
        """The oldest ``limit`` messages above a seq, in rising seq."""

    def count_messages(self, conversation_id: int, after_seq: int, up_to_seq: int, sender_id: int) -> int:
        """How many of the messages in (``after_seq``, ``up_to_seq``] are from this sender."""

    def message_count_at(self, conversation_id: int, seq: int) -> int:
        """How many messages there are up to and including ``seq``; 0 for 0."""

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
        """Whether the file is the picture of a user or a group, which everybody may see."""

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
    ) -> UserRow:
        """Insert an account. The key must be free."""

    def set_password_hash(self, user_id: int, password_hash: str) -> None:
        """Replace the password of an account."""

    def set_last_seen(self, user_id: int, last_seen_ms: int, position: int) -> None:
        """Note when a user was last connected."""

    def add_device(self, *, user_id: int, token_hash: bytes, device_name: str, now_ms: int) -> DeviceRow:
        """Insert a device."""

    def delete_device(self, device_id: int) -> None:
        """Forget a device, and with it its token."""

    def add_conversation(
        self, *, kind: ConversationKind, low_user_id: int, high_user_id: int, position: int
    ) -> ConversationRow:
        """Insert an empty conversation and its members. The key must be free."""

    def append_message(
        self,
        conversation: ConversationRow,
        *,
        sender_id: int,
        client_id: str,
        content: Content,
        preview_text: str,
        now_ms: int,
        position: int,
    ) -> tuple[Message, ConversationRow]:
        """Insert a message with the conversation's next seq and move the conversation's head to it.
        ``conversation`` must be its row as this transaction sees it."""

    def set_member(self, member: MemberRow) -> None:
        """Replace a membership's pointers."""

    def touch_conversation(self, conversation_id: int, position: int) -> None:
        """Note that something other than a message changed in a conversation."""

    def add_file(self, row: FileRow) -> None:
        """Insert a file or an upload. Its id and its idempotency key must be free."""

    def finish_file(self, file_id: str, now_ms: int) -> None:
        """Note that an upload is whole."""

    def delete_file(self, file_id: str) -> None:
        """Forget a file or an upload, if it is there. Nothing may use it."""

    def add_file_use(self, file_id: str, conversation_id: int, message_id: int) -> None:
        """Note that a message uses a file."""

    def delete_file_uses(self, message_id: int) -> None:
        """A message uses no file any more."""


class Operation(Protocol[Result]):
    """What runs inside a transaction. It raises ``Refused`` only before its first change."""

    def __call__(self, writer: Writer, /) -> Result:
        """Perform it."""


class KeyedOperation:
    """Base of operations that will ask for one ``sent_message``, so that a store can look up many at once."""

    __slots__ = ("idempotency_key",)

    def __init__(self, client_id: str, sender_id: int) -> None:
        self.idempotency_key = (client_id, sender_id)


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
