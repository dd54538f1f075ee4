"""What a server tells without being asked."""

from msgspec import Struct

from desktop_chat.protocol.ids import ConversationId, Position
from desktop_chat.protocol.records import ConversationKind, Head, Member, Message, Personal, User


class Event(Struct, frozen=True, omit_defaults=True, tag_field="type", gc=False):
    """Base of all events."""


class NewMessage(Event, frozen=True, tag="NEW_MESSAGE"):
    """A message as it happens. Every device of every member gets it, the device that sent it included.
    Its ``message_id`` is its position."""

    message: Message


class ConversationUpdate(Event, frozen=True, tag="CONVERSATION_UPDATE"):
    """What changed in a conversation; absent fields did not. On catch-up, and for a conversation that is
    new to the receiver, ``kind``, ``head``, ``personal`` and ``members`` are all there."""

    conversation_id: ConversationId
    position: Position
    kind: ConversationKind | None = None
    head: Head | None = None
    personal: Personal | None = None
    members: list[Member] | None = None


class MemberUpdate(Event, frozen=True, tag="MEMBER_UPDATE"):
    """One member's delivered and read pointers moved."""

    conversation_id: ConversationId
    position: Position
    member: Member


class UserUpdate(Event, frozen=True, tag="USER_UPDATE"):
    """A user's profile or presence changed, or is new to the receiver."""

    user: User


class CaughtUp(Event, frozen=True, tag="CAUGHT_UP"):
    """The catch-up is complete: with all of it stored, the device stands at ``position``. Users not named
    in this catch-up as online are offline."""

    position: Position


AnyEvent = NewMessage | ConversationUpdate | MemberUpdate | UserUpdate | CaughtUp
