"""What packets carry: the records that several of them share."""

from typing import Literal

from msgspec import Struct

from desktop_chat.protocol.ids import (
    Body,
    ClientId,
    ConversationId,
    Count,
    DisplayName,
    Epoch,
    Kind,
    MessageId,
    Pointer,
    Position,
    Seq,
    TimeMs,
    UserId,
    UserName,
)

ConversationKind = Literal["direct", "note"]
"""``direct`` has two members, ``note`` (note to self) one."""


class Record(Struct, frozen=True, omit_defaults=True, gc=False):
    """Base of all records; a field at its default is left off the wire."""


class Content(Record, frozen=True):
    """What a message says. The server caps it and never looks inside, so that encrypted content can
    travel the same road."""

    kind: Kind
    body: Body


class Message(Record, frozen=True):
    """One stored message. ``sent_at_ms`` is when the server stored it."""

    conversation_id: ConversationId
    seq: Seq
    message_id: MessageId
    sender_id: UserId
    client_id: ClientId
    sent_at_ms: TimeMs
    content: Content


class Preview(Record, frozen=True):
    """The newest message as the conversation list shows it. ``text`` is empty unless the content's
    kind is ``text``."""

    sender_id: UserId
    kind: Kind
    text: str
    sent_at_ms: TimeMs


class Head(Record, frozen=True):
    """Where a conversation stands, the same for every member."""

    last_seq: Pointer
    message_count: Count
    preview: Preview | None = None


class Personal(Record, frozen=True):
    """Where one member stands; travels to that member's devices alone, and only when it changes.

    ``seen_count`` is how many of the conversation's messages do not count as unread for this member:
    those up to ``read_seq`` and the member's own after it. Unread is ``head.message_count - seen_count``.
    Both only grow.
    """

    read_seq: Pointer = 0
    seen_count: Count = 0


class Member(Record, frozen=True):
    """How far one member's devices have stored and shown a conversation."""

    user_id: UserId
    delivered_seq: Pointer = 0
    read_seq: Pointer = 0


class User(Record, frozen=True):
    """A person with an account. ``last_seen_ms`` is 0 when it is not known; while ``online`` it is stale."""

    user_id: UserId
    user_name: UserName
    display_name: DisplayName
    online: bool = False
    last_seen_ms: TimeMs = 0


class Resume(Record, frozen=True):
    """How far a device has stored the server's log."""

    epoch: Epoch
    position: Position
