"""The rows that every store keeps, as the server works with them."""

from msgspec import Struct

from desktop_chat.protocol.actions import Role
from desktop_chat.protocol.limits import RECEIPTS_MEMBERS_MAX
from desktop_chat.protocol.records import ConversationKind, Info, Mute, Preview, Settings


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

    @classmethod
    def new(
        cls,
        *,
        user_name: str,
        name_key: str,
        display_name: str,
        search_key: str,
        password_hash: str,
        now_ms: int,
        position: int,
        is_admin: bool = False,
    ) -> "UserRow":
        """An account that is made now, and was never seen."""
        return cls(
            0,
            user_name,
            name_key,
            display_name,
            search_key,
            password_hash,
            created_at_ms=now_ms,
            last_seen_ms=0,
            position=position,
            profile_position=position,
            is_admin=is_admin,
        )


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
