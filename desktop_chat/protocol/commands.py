"""What a client may say. Each command is one JSON object in a frame of its own and is answered by
exactly one reply, or by ERROR, that repeats its ``id`` as ``re``."""

from typing import Annotated

from msgspec import Meta, Struct

from desktop_chat.protocol import limits
from desktop_chat.protocol.ids import (
    ClientId,
    ConversationId,
    DeviceName,
    DisplayName,
    Password,
    RequestId,
    Seq,
    Token,
    UserId,
    UserName,
)
from desktop_chat.protocol.records import Content, Resume


class Command(Struct, frozen=True, omit_defaults=True, tag_field="type", gc=False):
    """Base of all commands."""

    id: RequestId


class Register(Command, frozen=True, tag="REGISTER"):
    """Make an account, where the server's policy allows it. Answered by SIGNED_IN."""

    user_name: UserName
    password: Password
    display_name: DisplayName = ""
    device_name: DeviceName = ""


class SignIn(Command, frozen=True, tag="SIGN_IN"):
    """Make a device token from a name and password. Answered by SIGNED_IN."""

    user_name: UserName
    password: Password
    device_name: DeviceName = ""


class SignOut(Command, frozen=True, tag="SIGN_OUT"):
    """Revoke this connection's device token. Answered by DONE, then the socket closes."""


class UserConnect(Command, frozen=True, tag="USER_CONNECT"):
    """Register this connection as a device of a user. Answered by CONNECTION_CONFIRMED, followed by the
    catch-up. ``resume`` says how far this device has stored the log; absent on a cold start."""

    token: Token
    protocol: int = limits.PROTOCOL_VERSION
    resume: Resume | None = None


class SendMessage(Command, frozen=True, tag="SEND_MESSAGE"):
    """Store a message. Idempotent: a repeat of (``client_id``, sender) gets the first result.
    Answered by MESSAGE_SENT."""

    conversation_id: ConversationId
    client_id: ClientId
    content: Content


class LoadHistory(Command, frozen=True, tag="LOAD_HISTORY"):
    """Read a page of a conversation's log: the newest messages below ``before_seq``, or the oldest above
    ``after_seq``; with neither, the newest. Naming both is ``bad_request``. Answered by MESSAGE_HISTORY."""

    conversation_id: ConversationId
    before_seq: Seq | None = None
    after_seq: Annotated[int, Meta(ge=0, le=2**53 - 1)] | None = None
    limit: Annotated[int, Meta(ge=1, le=limits.HISTORY_PAGE_MAX)] = 50


class JoinConversation(Command, frozen=True, tag="JOIN_CONVERSATION"):
    """Say that this device is looking at a conversation, or at none. Answered by DONE."""

    conversation_id: ConversationId | None = None


class OpenConversation(Command, frozen=True, tag="OPEN_CONVERSATION"):
    """Find or make the direct conversation with a user; one's own id gives the note to self.
    Answered by CONVERSATION_OPENED."""

    user_id: UserId


class MarkRead(Command, frozen=True, tag="MARK_READ"):
    """A person has seen everything up to ``seq``. The pointer only grows. Answered by DONE."""

    conversation_id: ConversationId
    seq: Seq


class MarkDelivered(Command, frozen=True, tag="MARK_DELIVERED"):
    """A device has stored everything up to ``seq``. The pointer only grows. Answered by DONE."""

    conversation_id: ConversationId
    seq: Seq


class FindPeople(Command, frozen=True, tag="FIND_PEOPLE"):
    """Find users whose user name or display name contains ``query``; empty finds the first by name.
    Answered by PEOPLE_FOUND."""

    query: Annotated[str, Meta(max_length=limits.PEOPLE_QUERY_MAX_CHARS)] = ""
    limit: Annotated[int, Meta(ge=1, le=limits.PEOPLE_MAX)] = limits.PEOPLE_MAX


AnyCommand = (
    Register
    | SignIn
    | SignOut
    | UserConnect
    | SendMessage
    | LoadHistory
    | JoinConversation
    | OpenConversation
    | MarkRead
    | MarkDelivered
    | FindPeople
)
