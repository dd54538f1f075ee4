"""What a client may say. Each command is one JSON object in a frame of its own and is answered by
exactly one reply, or by ERROR, that repeats its ``id`` as ``re``."""

from typing import Annotated

from msgspec import Meta, Struct

from desktop_chat.protocol import limits
from desktop_chat.protocol.actions import Role
from desktop_chat.protocol.ids import (
    About,
    ClientId,
    ConversationId,
    DeviceId,
    DeviceName,
    DisplayName,
    FileId,
    InviteCode,
    Password,
    Picture,
    ReactionKey,
    RequestId,
    Seq,
    Title,
    Token,
    UserId,
    UserName,
)
from desktop_chat.protocol.records import Content, Mute, Resume, Source

Mentions = Annotated[tuple[UserId, ...], Meta(max_length=limits.MENTIONS_MAX)]
RetentionDays = Annotated[int, Meta(ge=0, le=limits.RETENTION_DAYS_MAX)]


CapabilityName = Annotated[str, Meta(min_length=1, max_length=32, pattern=r"\A[a-z0-9_]+\Z")]


class Command(Struct, frozen=True, omit_defaults=True, tag_field="type", gc=False):
    """Base of all commands."""

    id: RequestId


class Register(Command, frozen=True, tag="REGISTER"):
    """Make an account, where the server's policy allows it: ``invite`` is a code that CREATE_INVITE gave.
    Answered by SIGNED_IN."""

    user_name: UserName
    password: Password
    display_name: DisplayName = ""
    device_name: DeviceName = ""
    invite: InviteCode = ""


class SignIn(Command, frozen=True, tag="SIGN_IN"):
    """Make a device token from a name and password. Answered by SIGNED_IN."""

    user_name: UserName
    password: Password
    device_name: DeviceName = ""


class SignOut(Command, frozen=True, tag="SIGN_OUT"):
    """Revoke this connection's device token. Answered by DONE, then the socket closes."""


class UserConnect(Command, frozen=True, tag="USER_CONNECT"):
    """Register this connection as a device of a user. Answered by CONNECTION_CONFIRMED, followed by the
    catch-up. ``resume`` says how far this device has stored the log; absent on a cold start. ``capabilities``
    is the one set of what this client can do beyond the core; those that the server shares are in force."""

    token: Token
    protocol: int = limits.PROTOCOL_VERSION
    resume: Resume | None = None
    capabilities: Annotated[tuple[CapabilityName, ...], Meta(max_length=limits.CAPABILITIES_MAX)] = ()


class LogCommand(Command, frozen=True):
    """Base of the commands that add an entry to a conversation's log. Idempotent: a repeat of (``client_id``,
    sender) gets the first result and changes nothing. Answered by MESSAGE_SENT."""

    conversation_id: ConversationId
    client_id: ClientId


class SendMessage(LogCommand, frozen=True, tag="SEND_MESSAGE"):
    """Store a message: ``content``, or a copy of the message ``forward``, which brings its files along.
    ``mentions`` are members; ``file_ids`` are files that the sender uploaded or may read."""

    content: Content | None = None
    reply_to: Seq | None = None
    mentions: Mentions = ()
    file_ids: Annotated[tuple[FileId, ...], Meta(max_length=limits.FILES_PER_MESSAGE_MAX)] = ()
    forward: Source | None = None


class EditMessage(LogCommand, frozen=True, tag="EDIT_MESSAGE"):
    """Change what an own message says. What it said before stays readable by LOAD_VERSIONS."""

    seq: Seq
    content: Content
    mentions: Mentions = ()


class DeleteMessage(LogCommand, frozen=True, tag="DELETE_MESSAGE"):
    """Take a message's content, files, versions and reactions away for everybody: an own one, or in a group
    as its owner or admin."""

    seq: Seq


class React(LogCommand, frozen=True, tag="REACT"):
    """Put a reaction on a message, or take it off."""

    seq: Seq
    key: ReactionKey
    on: bool = True


class PinMessage(LogCommand, frozen=True, tag="PIN_MESSAGE"):
    """Pin a message for everybody, or take it off; in a group as its owner or admin."""

    seq: Seq
    on: bool = True


class AddMembers(LogCommand, frozen=True, tag="ADD_MEMBERS"):
    """Bring people into a group, as its owner or admin. Those who are in it already are passed over."""

    user_ids: Annotated[tuple[UserId, ...], Meta(min_length=1, max_length=limits.ADD_MEMBERS_MAX)]


class RemoveMember(LogCommand, frozen=True, tag="REMOVE_MEMBER"):
    """Leave a group (``user_id`` is one's own), or remove somebody: the owner anybody, an admin members."""

    user_id: UserId


class SetRole(LogCommand, frozen=True, tag="SET_ROLE"):
    """Give a member another role, as the owner. A group always has an owner."""

    user_id: UserId
    role: Role


class SetInfo(LogCommand, frozen=True, tag="SET_INFO"):
    """Change what is said about a group, as its owner or admin; ``board`` and ``retention_days`` as its
    owner. In a direct conversation and a note ``retention_days`` alone, as either member. Absent fields
    stay."""

    title: Title | None = None
    about: About | None = None
    picture: Picture | None = None
    board: bool | None = None
    retention_days: RetentionDays | None = None


class CreateGroup(Command, frozen=True, tag="CREATE_GROUP"):
    """Make a group with oneself as its owner. Idempotent as LogCommand is. Answered by
    CONVERSATION_OPENED."""

    client_id: ClientId
    title: Title
    user_ids: Annotated[tuple[UserId, ...], Meta(max_length=limits.ADD_MEMBERS_MAX)] = ()
    about: About = ""
    picture: Picture = ""
    board: bool = False


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


class LoadVersions(Command, frozen=True, tag="LOAD_VERSIONS"):
    """Read what an edited message said before, from the oldest on, or after the first ``skip``. Answered by
    MESSAGE_VERSIONS."""

    conversation_id: ConversationId
    seq: Seq
    skip: Annotated[int, Meta(ge=0, le=limits.VERSIONS_MAX)] = 0


class LoadDetails(Command, frozen=True, tag="LOAD_DETAILS"):
    """Ask who has a message delivered and read, and when. Answered by MESSAGE_DETAILS."""

    conversation_id: ConversationId
    seq: Seq


class SetTyping(Command, frozen=True, tag="SET_TYPING"):
    """The user is writing in a conversation, or stopped. Answered by DONE."""

    conversation_id: ConversationId
    on: bool = True


class SetPreferences(Command, frozen=True, tag="SET_PREFERENCES"):
    """How the user likes to have a conversation, on all devices; absent fields stay. Answered by DONE."""

    conversation_id: ConversationId
    pinned: bool | None = None
    archived: bool | None = None
    alerts: Mute | None = None
    marked_unread: bool | None = None


class StarMessage(Command, frozen=True, tag="STAR_MESSAGE"):
    """Star a message for oneself, or no longer. Answered by DONE."""

    conversation_id: ConversationId
    seq: Seq
    on: bool = True


class UpdateProfile(Command, frozen=True, tag="UPDATE_PROFILE"):
    """Change what others see of the own account; absent fields stay. Answered by DONE."""

    display_name: DisplayName | None = None
    about: About | None = None
    picture: Picture | None = None


class UpdateSettings(Command, frozen=True, tag="UPDATE_SETTINGS"):
    """Change what others get to know; absent fields stay. Answered by DONE."""

    share_delivered: bool | None = None
    share_read: bool | None = None
    share_typing: bool | None = None
    share_presence: bool | None = None


class BlockUser(Command, frozen=True, tag="BLOCK_USER"):
    """Take nothing directly from a person any more, or again. Answered by DONE."""

    user_id: UserId
    on: bool = True


class ChangePassword(Command, frozen=True, tag="CHANGE_PASSWORD"):
    """Replace the own password; every other device is signed out unless ``keep_devices``. Answered by
    DONE."""

    password: Password
    new_password: Password
    keep_devices: bool = False


class ListDevices(Command, frozen=True, tag="LIST_DEVICES"):
    """List the own signed-in devices. Answered by DEVICES."""


class RevokeDevice(Command, frozen=True, tag="REVOKE_DEVICE"):
    """Sign out one of the own devices; its connections close at once. Answered by DONE."""

    device_id: DeviceId


class DeleteAccount(Command, frozen=True, tag="DELETE_ACCOUNT"):
    """Delete the own account for good: profile, devices, memberships of groups. Messages stay with those who
    got them. Answered by DONE, then every connection of the user closes."""

    password: Password


class CreateInvite(Command, frozen=True, tag="CREATE_INVITE"):
    """Make a code that lets ``uses`` people register, as the server's admin or where the server lets
    everybody. Answered by INVITE_CREATED."""

    uses: Annotated[int, Meta(ge=1, le=10_000)] = 1
    valid_h: Annotated[int, Meta(ge=1, le=24 * 365)] = 24 * 7


class RemoveUser(Command, frozen=True, tag="REMOVE_USER"):
    """Delete somebody's account, as the server's admin. Answered by DONE."""

    user_id: UserId


class SetAdmin(Command, frozen=True, tag="SET_ADMIN"):
    """Make somebody an admin of the server, or no longer, as an admin. There is always one. Answered by
    DONE."""

    user_id: UserId
    on: bool = True


class LoadAudit(Command, frozen=True, tag="LOAD_AUDIT"):
    """Read the audit log from its newest entry, or from below ``before_id``, as the server's admin. Answered
    by AUDIT."""

    before_id: Annotated[int, Meta(ge=1, le=2**53 - 1)] | None = None
    limit: Annotated[int, Meta(ge=1, le=limits.AUDIT_PAGE_MAX)] = 50


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
    | EditMessage
    | DeleteMessage
    | React
    | PinMessage
    | AddMembers
    | RemoveMember
    | SetRole
    | SetInfo
    | CreateGroup
    | LoadHistory
    | LoadVersions
    | LoadDetails
    | JoinConversation
    | OpenConversation
    | MarkRead
    | MarkDelivered
    | SetTyping
    | SetPreferences
    | StarMessage
    | FindPeople
    | UpdateProfile
    | UpdateSettings
    | BlockUser
    | ChangePassword
    | ListDevices
    | RevokeDevice
    | DeleteAccount
    | CreateInvite
    | RemoveUser
    | SetAdmin
    | LoadAudit
)

CAPABILITIES = frozenset(("files", "typing"))
"""What goes beyond the core. A device that does not name ``typing`` is not told of it; ``files`` is there
where the server takes files."""
