"""What a server tells without being asked."""

from msgspec import Struct

from desktop_chat.protocol.ids import ConversationId, Position, UserId
from desktop_chat.protocol.records import (
    ConversationKind,
    Head,
    Info,
    Member,
    Message,
    Personal,
    Settings,
    Star,
    User,
)


class Event(Struct, frozen=True, omit_defaults=True, tag_field="type", gc=False):
    """Base of all events."""


class NewMessage(Event, frozen=True, tag="NEW_MESSAGE"):
    """An entry of a log as it happens. Every device of every member gets it, the device that sent it
    included. Its ``message_id`` is its position. ``target`` is the message that it acts on, as that is
    afterwards."""

    message: Message
    target: Message | None = None


class ConversationUpdate(Event, frozen=True, tag="CONVERSATION_UPDATE"):
    """What changed in a conversation; absent fields did not.

    With ``kind`` it describes the conversation whole, as on catch-up and for one that is new to the receiver:
    then ``head``, ``info`` and ``personal`` are there, and ``members``, where they are there, are all of
    them. Without ``kind``, ``members`` are those that changed or came, and ``left`` those that are gone.
    ``gone``: the receiver is not a member any more."""

    conversation_id: ConversationId
    position: Position
    kind: ConversationKind | None = None
    head: Head | None = None
    personal: Personal | None = None
    members: list[Member] | None = None
    info: Info | None = None
    left: tuple[UserId, ...] = ()
    gone: bool = False


class MemberUpdate(Event, frozen=True, tag="MEMBER_UPDATE"):
    """One member's delivered and read pointers moved."""

    conversation_id: ConversationId
    position: Position
    member: Member


class UserUpdate(Event, frozen=True, tag="USER_UPDATE"):
    """A user's profile or presence changed, or is new to the receiver. ``without_presence``: it says nothing
    of whether the user is online."""

    user: User
    without_presence: bool = False


class UserTyping(Event, frozen=True, tag="USER_TYPING"):
    """A member is writing, until told otherwise, or for some seconds."""

    conversation_id: ConversationId
    user_id: UserId
    on: bool = True


class StarsUpdate(Event, frozen=True, tag="STARS_UPDATE"):
    """Messages that the user starred, or no longer."""

    position: Position
    stars: list[Star]


class AccountUpdate(Event, frozen=True, tag="ACCOUNT_UPDATE"):
    """The own account, whole: at every connect, and when it changes."""

    settings: Settings
    blocked_ids: tuple[UserId, ...] = ()
    is_admin: bool = False


class CaughtUp(Event, frozen=True, tag="CAUGHT_UP"):
    """The catch-up is complete: with all of it stored, the device stands at ``position``. Users not named
    in this catch-up as online are offline."""

    position: Position


AnyEvent = (
    NewMessage
    | ConversationUpdate
    | MemberUpdate
    | UserUpdate
    | UserTyping
    | StarsUpdate
    | AccountUpdate
    | CaughtUp
)
