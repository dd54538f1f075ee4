"""What a server answers. ``re`` is the ``id`` of the command that is answered."""

from msgspec import Struct

from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.protocol.events import ConversationUpdate
from desktop_chat.protocol.ids import (
    ClientId,
    ConversationId,
    DeviceId,
    Epoch,
    MessageId,
    RequestId,
    Seq,
    TimeMs,
    Token,
)
from desktop_chat.protocol.records import AuditEntry, Device, Message, Receipt, User, Version


class Reply(Struct, frozen=True, omit_defaults=True, tag_field="type", gc=False):
    """Base of all replies but ERROR."""

    re: RequestId


class SignedIn(Reply, frozen=True, tag="SIGNED_IN"):
    """An account is there and this device has a token of its own. The token is shown this once."""

    user: User
    device_id: DeviceId
    token: Token


class ConnectionConfirmed(Reply, frozen=True, tag="CONNECTION_CONFIRMED"):
    """The connection is registered. The catch-up follows: USER_UPDATE and CONVERSATION_UPDATE packets,
    then CAUGHT_UP. With ``resync`` the position asked for cannot be resumed from, so the catch-up holds
    every conversation and the client does its cold start, its outbox kept."""

    user: User
    device_id: DeviceId
    server_name: str
    epoch: Epoch
    resync: bool = False
    capabilities: tuple[str, ...] = ()


class MessageSent(Reply, frozen=True, tag="MESSAGE_SENT"):
    """The entry of a LogCommand is stored on disk under this seq. The same answer is given to every
    repeat."""

    conversation_id: ConversationId
    client_id: ClientId
    message_id: MessageId
    seq: Seq
    sent_at_ms: TimeMs


class MessageHistory(Reply, frozen=True, tag="MESSAGE_HISTORY"):
    """A page of the log, in rising seq without a hole. Empty where nothing lies beyond the seq asked for.
    ``targets`` are the messages outside of the page that its entries act on, as they stand now."""

    conversation_id: ConversationId
    messages: list[Message]
    targets: tuple[Message, ...] = ()


class ConversationOpened(Reply, frozen=True, tag="CONVERSATION_OPENED"):
    """The whole state of a conversation and the users in it."""

    conversation: ConversationUpdate
    users: list[User]


class PeopleFound(Reply, frozen=True, tag="PEOPLE_FOUND"):
    """Users in the order of their names."""

    users: list[User]


class MessageVersions(Reply, frozen=True, tag="MESSAGE_VERSIONS"):
    """What an edited message said before, the oldest first: as many as one reply may hold, none where there
    is nothing more."""

    conversation_id: ConversationId
    seq: Seq
    versions: list[Version]


class MessageDetails(Reply, frozen=True, tag="MESSAGE_DETAILS"):
    """How each other member stands to a message, by user id."""

    conversation_id: ConversationId
    seq: Seq
    receipts: list[Receipt]


class Devices(Reply, frozen=True, tag="DEVICES"):
    """The own signed-in devices, the oldest first."""

    devices: list[Device]


class InviteCreated(Reply, frozen=True, tag="INVITE_CREATED"):
    """A code to register with. It is shown this once."""

    code: str
    expires_at_ms: TimeMs


class Audit(Reply, frozen=True, tag="AUDIT"):
    """A page of the audit log, the newest first."""

    entries: list[AuditEntry]


class Done(Reply, frozen=True, tag="DONE"):
    """A command that has nothing more to answer was carried out."""


class Error(Struct, frozen=True, omit_defaults=True, tag_field="type", tag="ERROR", gc=False):
    """A refusal: a code for the program, words for the person. ``re`` is absent where the frame could not
    be read far enough to know its id. ``retry_after_s`` says when the same command may succeed."""

    code: ErrorCode
    message: str
    re: RequestId | None = None
    retry_after_s: float | None = None


AnyReply = (
    SignedIn
    | ConnectionConfirmed
    | MessageSent
    | MessageHistory
    | ConversationOpened
    | MessageVersions
    | MessageDetails
    | PeopleFound
    | Devices
    | InviteCreated
    | Audit
    | Done
    | Error
)
