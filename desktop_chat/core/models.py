"""What the client knows, as the store holds it and the screen shows it. Immutable rows."""

from enum import IntEnum, StrEnum

from msgspec import Struct

from desktop_chat.language import tr
from desktop_chat.protocol.actions import AnyAction, Role
from desktop_chat.protocol.records import (
    ConversationKind,
    Info,
    Mute,
    Origin,
    Reaction,
    Settings,
    Source,
)

NOTICE = "notice"
"""The kind of a row that shows what somebody did to the conversation, not what they wrote."""


class SendState(IntEnum):
    """How far one of our own messages has come. The order is the order of progress; see ``send_state``."""

    PENDING = 0
    """In the outbox, waiting for a connection."""
    SENDING = 1
    """On the wire, not confirmed."""
    FAILED = 2
    """Refused; a person retries or discards it."""
    SENT = 3
    """On the server's disk. Every message of somebody else is at least here."""
    DELIVERED = 4
    """Stored by a device of every other member."""
    READ = 5
    """Seen by every other member."""


class Message(Struct, frozen=True, gc=False):
    """One bubble. A local echo, before its confirmation, has no ``seq`` and no ``message_id``.

    ``sent_at_ms`` is the server's time of storing, or for a local echo this device's time of making.
    ``local_id`` is the row's place in this device's store: it orders local echoes, which come after every
    message that has a seq. ``state`` of our own messages is at most SENT here; DELIVERED and READ follow
    from the conversation's pointers (``send_state.shown_state``). ``error`` is why it failed, in words.
    """

    local_id: int
    conversation_id: int
    client_id: str
    sender_id: int
    sent_at_ms: int
    kind: str
    body: str
    seq: int | None = None
    message_id: int | None = None
    state: SendState = SendState.SENT
    error: str = ""
    extra: "Extra | None" = None


class Extra(Struct, frozen=True, omit_defaults=True, gc=False):
    """What few messages have; see ``protocol.records.Message``. ``action`` is what a row of kind NOTICE
    tells; ``forward`` is, in a local echo, the message that it passes on, and ``upload_ids`` name the uploads
    of its files, in their order; ``file_ids`` are known once all of them have arrived."""

    action: AnyAction | None = None
    reply_to: int | None = None
    mentions: tuple[int, ...] = ()
    origin: Origin | None = None
    file_ids: tuple[str, ...] = ()
    changed_seq: int = 0
    edited_at_ms: int = 0
    deleted: bool = False
    reactions: tuple[Reaction, ...] = ()
    forward: Source | None = None
    upload_ids: tuple[str, ...] = ()


class User(Struct, frozen=True, gc=False):
    """A person. ``last_seen_ms`` is 0 when not known."""

    user_id: int
    user_name: str
    display_name: str
    online: bool = False
    last_seen_ms: int = 0
    about: str = ""
    picture: str = ""
    deleted: bool = False

    @property
    def title(self) -> str:
        """What to call this person on screen."""
        if self.deleted:
            return tr("Deleted account")
        return self.display_name or self.user_name


class Member(Struct, frozen=True, gc=False):
    """Somebody in a conversation."""

    user_id: int
    role: Role


class Account(Struct, frozen=True, gc=False):
    """The own account, as far as it is for this user alone."""

    settings: Settings = Settings()
    blocked_ids: tuple[int, ...] = ()
    is_admin: bool = False


class Conversation(Struct, frozen=True, gc=False):
    """One row of the conversation list, and what the chat panel needs to know beside its messages.

    ``peer`` is the other person of a direct conversation. ``preview_text`` is the beginning of a text, or the
    body of a message with files, empty where that message is not in the cache. ``preview_state`` is the send
    state of the previewed message where it is our own, raised by how far the others have come.
    ``activity_ms`` orders the list, newest first; ties are broken by ``conversation_id``, higher first. What
    the user ``pinned`` stands above everything else.

    ``delivered_seq`` and ``others_read_seq`` are the lowest pointers among the other members; in a note to
    self they equal ``last_seq``, and in a group too large for pointers they are 0. ``role`` is the own one;
    ``gone``: this user is not in it any more, and only what was never sent is left. ``held_from`` and
    ``held_to`` bound the seqs in the cache, which has no hole between them; both 0 when it holds none."""

    conversation_id: int
    kind: ConversationKind
    peer: User | None = None
    preview_text: str = ""
    preview_kind: str = ""
    preview_sender_id: int = 0
    preview_state: SendState = SendState.SENT
    activity_ms: int = 0
    last_seq: int = 0
    message_count: int = 0
    unread: int = 0
    read_seq: int = 0
    delivered_seq: int = 0
    others_read_seq: int = 0
    held_from: int = 0
    held_to: int = 0
    draft: str = ""
    failed_count: int = 0
    info: Info = Info()
    first_seq: int = 1
    member_count: int = 0
    role: Role = "member"
    pinned: bool = False
    archived: bool = False
    alerts: Mute = "all"
    marked_unread: bool = False
    gone: bool = False

    @property
    def sort_key(self) -> tuple[bool, int, int]:
        """Rising sort gives the list from top to bottom."""
        return (not self.pinned, -self.activity_ms, -self.conversation_id)

    @property
    def counted(self) -> int:
        """How many messages the tray counts: none where the user wants no alerts, or put it away."""
        return 0 if self.alerts == "none" or self.archived else self.unread


class SearchHit(Struct, frozen=True, gc=False):
    """A message that matches, newest first in a result. ``start`` and ``end`` bound the first match in
    what ``attachments.searched`` gives of it, in code points."""

    message: Message
    start: int
    end: int


class Page(Struct, frozen=True):
    """Messages of one conversation in timeline order. ``reached_start``: nothing older exists anywhere.
    ``complete`` is False where older messages exist but could not be had (offline)."""

    messages: list[Message]
    reached_start: bool = False
    complete: bool = True


class ConnectionPhase(StrEnum):
    """Where the connection stands, for a person."""

    OFFLINE = "offline"
    """Waiting to try again, or told to stay away."""
    CONNECTING = "connecting"
    CATCHING_UP = "catching_up"
    ONLINE = "online"
    SIGNED_OUT = "signed_out"
    """A person has to sign in again; nothing is tried."""
    REFUSED = "refused"
    """The server does not take this app, for instance since it needs an update; nothing is tried."""


class ConnectionState(Struct, frozen=True):
    """The connection in words. ``retry_at_s`` is on the clock handed to the client (monotonic seconds),
    None when no try is due. ``reason`` says why it is not online."""

    phase: ConnectionPhase
    reason: str = ""
    retry_at_s: float | None = None
