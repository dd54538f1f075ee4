"""What packets carry: the records that several of them share."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from desktop_chat.protocol import limits
from desktop_chat.protocol.actions import AnyAction, Role
from desktop_chat.protocol.ids import (
    About,
    Body,
    ClientId,
    ConversationId,
    Count,
    DeviceId,
    DeviceName,
    DisplayName,
    Epoch,
    FileId,
    Kind,
    MessageId,
    Picture,
    Pointer,
    Position,
    ReactionKey,
    Seq,
    TimeMs,
    Title,
    UserId,
    UserName,
)

ConversationKind = Literal["direct", "note", "group"]
"""``direct`` has two members, ``note`` (note to self) one, ``group`` any number."""
Mute = Literal["none", "mentions", "all"]
"""What a conversation alerts for: ``none`` is muted: nothing; ``mentions``: mentions alone; ``all``:
everything."""


class Record(Struct, frozen=True, omit_defaults=True, gc=False):
    """Base of all records; a field at its default is left off the wire."""


class Content(Record, frozen=True):
    """What a message says. The server caps it and never looks inside, so that encrypted content can
    travel the same road."""

    kind: Kind
    body: Body


class Reaction(Record, frozen=True):
    """One reaction on a message and who put it there, by user id."""

    key: ReactionKey
    user_ids: tuple[UserId, ...]


class Origin(Record, frozen=True):
    """Where a forwarded message comes from, as the server knows it: who wrote it, and when."""

    sender_id: UserId
    sent_at_ms: TimeMs


class Message(Record, frozen=True):
    """One entry of a conversation's log, as it stands now. ``sent_at_ms`` is when the server stored it.

    It is a message that somebody wrote, with ``content`` unless it was ``deleted``; or it is an ``action``.
    The fields from ``changed_seq`` on are what later entries made of a message; ``changed_seq`` is the seq of
    the last of them, 0 before the first. Of two records of one message, that with the higher ``changed_seq``
    is newer."""

    conversation_id: ConversationId
    seq: Seq
    message_id: MessageId
    sender_id: UserId
    client_id: ClientId
    sent_at_ms: TimeMs
    content: Content | None = None
    action: AnyAction | None = None
    reply_to: Seq | None = None
    mentions: tuple[UserId, ...] = ()
    origin: Origin | None = None
    file_ids: tuple[FileId, ...] = ()
    changed_seq: Pointer = 0
    edited_at_ms: TimeMs = 0
    deleted: bool = False
    reactions: tuple[Reaction, ...] = ()


class Preview(Record, frozen=True):
    """The newest message as the conversation list shows it. ``text`` is empty unless the content's
    kind is ``text``; ``kind`` is ``deleted`` for a message that was."""

    sender_id: UserId
    kind: Kind
    text: str
    sent_at_ms: TimeMs
    seq: Pointer = 0


class Head(Record, frozen=True):
    """Where a conversation stands, the same for every member. Entries below ``first_seq`` are gone for good:
    they were kept as long as the retention says."""

    last_seq: Pointer
    message_count: Count
    preview: Preview | None = None
    first_seq: Seq = 1


class Info(Record, frozen=True):
    """What a group is called and how it is run; of other conversations only ``pinned_seqs`` and
    ``retention_days`` can differ from the default. In a ``board`` only owners and admins write.
    ``retention_days`` is how long messages are kept; 0: as long as the server keeps them. ``pinned_seqs`` in
    the order of their pinning."""

    title: Title = ""
    about: About = ""
    picture: Picture = ""
    board: bool = False
    retention_days: Annotated[int, Meta(ge=0, le=limits.RETENTION_DAYS_MAX)] = 0
    pinned_seqs: tuple[Seq, ...] = ()


class Personal(Record, frozen=True):
    """Where one member stands, and how they like to have the conversation; travels to that member's devices
    alone, and only when it changes.

    ``seen_count`` is how many of the conversation's messages do not count as unread for this member:
    those up to ``read_seq`` and the member's own after it. Unread is ``head.message_count - seen_count``.
    Both only grow. ``marked_unread`` was set by hand, and ends with the next MARK_READ.
    """

    read_seq: Pointer = 0
    seen_count: Count = 0
    pinned: bool = False
    archived: bool = False
    alerts: Mute = "all"
    marked_unread: bool = False


class Member(Record, frozen=True):
    """Somebody in a conversation, and how far this person's devices have stored and shown it, as far as the
    person lets others know. In a conversation of more than RECEIPTS_MEMBERS_MAX members the pointers mean
    nothing."""

    user_id: UserId
    delivered_seq: Pointer = 0
    read_seq: Pointer = 0
    role: Role = "member"


class User(Record, frozen=True):
    """A person with an account. ``last_seen_ms`` is 0 when it is not known; while ``online`` it is stale. Of
    an account that was ``deleted`` only the ids are left."""

    user_id: UserId
    user_name: UserName
    display_name: DisplayName
    online: bool = False
    last_seen_ms: TimeMs = 0
    about: About = ""
    picture: Picture = ""
    deleted: bool = False


class Settings(Record, frozen=True):
    """What others get to know of a user's doings."""

    share_delivered: bool = True
    share_read: bool = True
    share_typing: bool = True
    share_presence: bool = True


class Device(Record, frozen=True):
    """A signed-in device of the own account. ``last_seen_ms`` is when it was last connected, 0 for never."""

    device_id: DeviceId
    device_name: DeviceName
    created_at_ms: TimeMs
    last_seen_ms: TimeMs = 0
    online: bool = False


class Version(Record, frozen=True):
    """What an edited message said before, and until when."""

    content: Content
    until_ms: TimeMs


class Receipt(Record, frozen=True):
    """How one other member stands to one message. Times are 0 where it has not come that far, where the
    member does not share it, or where the time is not known any more."""

    user_id: UserId
    delivered: bool = False
    read: bool = False
    delivered_at_ms: TimeMs = 0
    read_at_ms: TimeMs = 0


class Star(Record, frozen=True):
    """A message that the user starred, or no longer."""

    conversation_id: ConversationId
    seq: Seq
    on: bool = True


class AuditEntry(Record, frozen=True):
    """What somebody with a right over others did with it. Ids that do not apply are 0."""

    audit_id: int
    at_ms: TimeMs
    actor_id: int
    action: str
    conversation_id: int = 0
    subject_id: int = 0
    detail: str = ""


class Source(Record, frozen=True):
    """A message to be forwarded."""

    conversation_id: ConversationId
    seq: Seq


class Resume(Record, frozen=True):
    """How far a device has stored the server's log."""

    epoch: Epoch
    position: Position
