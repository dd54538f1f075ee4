"""How each command is carried out: hand it to an action, answer, tell those whom it concerns.

A handler that returns None has queued its work and answers later, in order; the others are awaited before the
connection's next command is taken.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from desktop_chat.protocol import commands
from desktop_chat.protocol.commands import (
    Command,
    CreateGroup,
    FindPeople,
    JoinConversation,
    LoadDetails,
    LoadHistory,
    LoadVersions,
    LogCommand,
    MarkDelivered,
    MarkRead,
    OpenConversation,
    SendMessage,
    SetPreferences,
    SetTyping,
    StarMessage,
)
from desktop_chat.protocol.events import UserTyping, UserUpdate
from desktop_chat.protocol.replies import (
    ConversationOpened,
    Done,
    MessageDetails,
    MessageHistory,
    MessageVersions,
    PeopleFound,
)
from server import account_handlers, packets, publishing, signing_in
from server.actions import changes, groups, messages
from server.actions.conversations import Opened, do_open
from server.actions.members import check_conversation
from server.actions.people import check_find
from server.actions.pointers import check_details, do_mark_delivered, do_mark_read
from server.actions.preferences import do_set_preferences, do_star
from server.appending import Appending, Perform
from server.connecting import connect
from server.device_connection import DeviceConnection
from server.store.reader import Reader
from server.store.records import ChangedConversation, ConversationRow, UserRow

Handler = Callable[[DeviceConnection, Any], Awaitable[None] | None]


def send_message(connection: DeviceConnection, command: SendMessage) -> None:
    """SEND_MESSAGE, the path that everything else makes room for."""
    if command.content is not None:
        messages.check_content(command.content, bool(command.file_ids))
    service = connection.service
    appending = Appending(connection, command, messages.do_send, service.now_ms())
    service.store.write(appending, appending.done)


def append(perform: Perform) -> Handler:
    """The handler of a LogCommand that ``perform`` carries out."""

    def handle(connection: DeviceConnection, command: LogCommand) -> None:
        service = connection.service
        appending = Appending(connection, command, perform, service.now_ms())
        service.store.write(appending, appending.done)

    return handle


def mark_read(connection: DeviceConnection, command: MarkRead) -> None:
    """MARK_READ."""
    user_id, now_ms = connection.user_id, connection.service.now_ms()
    connection.service.store.write(
        lambda writer: do_mark_read(writer, command.conversation_id, user_id, command.seq, now_ms),
        partial(publishing.pointers_moved, connection, command.id, True),
    )


def mark_delivered(connection: DeviceConnection, command: MarkDelivered) -> None:
    """MARK_DELIVERED."""
    user_id, now_ms = connection.user_id, connection.service.now_ms()
    connection.service.store.write(
        lambda writer: do_mark_delivered(writer, command.conversation_id, user_id, command.seq, now_ms),
        partial(publishing.pointers_moved, connection, command.id, False),
    )


async def load_history(connection: DeviceConnection, command: LoadHistory) -> None:
    """LOAD_HISTORY. What happens to a message while its page is read is told after the page, since a client
    can apply it only then."""
    connection.hold()
    try:
        page, targets = await connection.service.store.read(
            lambda reader: messages.check_history(reader, command, connection.user_id)
        )
        connection.reply(MessageHistory(command.id, command.conversation_id, page, targets))
    finally:
        connection.release()


async def load_versions(connection: DeviceConnection, command: LoadVersions) -> None:
    """LOAD_VERSIONS."""
    versions = await connection.service.store.read(
        lambda reader: changes.check_versions(reader, command, connection.user_id)
    )
    connection.reply(MessageVersions(command.id, command.conversation_id, command.seq, versions))


async def load_details(connection: DeviceConnection, command: LoadDetails) -> None:
    """LOAD_DETAILS."""
    receipts = await connection.service.store.read(
        lambda reader: check_details(reader, command.conversation_id, command.seq, connection.user_id)
    )
    connection.reply(MessageDetails(command.id, command.conversation_id, command.seq, receipts))


async def join_conversation(connection: DeviceConnection, command: JoinConversation) -> None:
    """JOIN_CONVERSATION: note what the device shows, and tell it at once who of the others is there, unless
    they are many."""
    conversation_id, service = command.conversation_id, connection.service
    if conversation_id is None:
        connection.looking_at = None
        connection.reply(Done(command.id))
        return

    def read(reader: Reader) -> tuple[list[UserRow], frozenset[int]]:
        conversation, _ = check_conversation(reader, conversation_id, connection.user_id)
        others: list[int] = []
        if conversation.tells_pointers:
            others = [each for each in reader.member_ids(conversation_id) if each != connection.user_id]
        return reader.users(others), reader.blocker_ids(connection.user_id)

    others, hidden_ids = await service.store.read(read)
    if connection.session.is_connected:
        connection.looking_at = conversation_id
        updates = [UserUpdate(each) for each in service.users(others, hidden_ids)]
        connection.reply(Done(command.id), *updates)


async def open_conversation(connection: DeviceConnection, command: OpenConversation) -> None:
    """OPEN_CONVERSATION."""
    opened = await connection.service.store.perform(
        lambda writer: do_open(writer, connection.user_id, command.user_id)
    )
    _answer_opened(connection, command.id, opened)


async def create_group(connection: DeviceConnection, command: CreateGroup) -> None:
    """CREATE_GROUP."""
    now_ms = connection.service.now_ms()
    opened = await connection.service.store.perform(
        lambda writer: groups.do_create_group(writer, command, connection.user_id, now_ms)
    )
    _answer_opened(connection, command.id, opened)


async def set_preferences(connection: DeviceConnection, command: SetPreferences) -> None:
    """SET_PREFERENCES."""
    member = await connection.service.store.perform(
        lambda writer: do_set_preferences(writer, command, connection.user_id)
    )
    publishing.preferences_changed(connection, command.id, member)


async def star_message(connection: DeviceConnection, command: StarMessage) -> None:
    """STAR_MESSAGE."""
    starred = await connection.service.store.perform(
        lambda writer: do_star(writer, command, connection.user_id)
    )
    publishing.starred(connection, command.id, starred)


async def set_typing(connection: DeviceConnection, command: SetTyping) -> None:
    """SET_TYPING: told to those who are there, and kept nowhere."""
    service, user_id = connection.service, connection.user_id

    def read(reader: Reader) -> tuple[ConversationRow, tuple[int, ...], bool]:
        conversation, _ = check_conversation(reader, command.conversation_id, user_id)
        user = reader.user(user_id)
        others = set(reader.member_ids(command.conversation_id)) - {user_id}
        if conversation.kind == "direct":
            others -= reader.blocker_ids(user_id) | reader.blocked_ids(user_id)
        return conversation, tuple(others), user is not None and user.settings.share_typing

    conversation, others, shared = await service.store.read(read)
    connection.reply(Done(command.id))
    if shared:
        watching = None if conversation.tells_pointers else conversation.conversation_id
        typing = UserTyping(command.conversation_id, user_id, command.on)
        service.push_to_capable("typing", others, [typing], watching)


async def find_people(connection: DeviceConnection, command: FindPeople) -> None:
    """FIND_PEOPLE."""

    def read(reader: Reader) -> tuple[list[UserRow], frozenset[int]]:
        return check_find(reader, command.query, command.limit), reader.blocker_ids(connection.user_id)

    found, hidden_ids = await connection.service.store.read(read)
    connection.reply(PeopleFound(command.id, connection.service.users(found, hidden_ids)))


def _answer_opened(connection: DeviceConnection, re: int, opened: Opened) -> None:
    service, user_id = connection.service, connection.user_id
    own = next(each for each in opened.members if each.user_id == user_id)
    conversation = packets.whole_conversation(ChangedConversation(opened.conversation, own, opened.members))
    users = service.users(opened.users, opened.hidden.get(user_id, frozenset()))
    connection.reply(ConversationOpened(re, conversation, users))
    if opened.created:
        member_ids = [each.user_id for each in opened.members]
        publishing.conversation_opened(
            service, opened.conversation, opened.members, opened.users, member_ids, opened.hidden
        )


HANDLERS: Mapping[type[Command], Handler] = {
    commands.Register: signing_in.register,
    commands.SignIn: signing_in.sign_in,
    commands.UserConnect: connect,
    commands.SendMessage: send_message,
    commands.EditMessage: append(changes.do_edit),
    commands.DeleteMessage: append(changes.do_delete),
    commands.React: append(changes.do_react),
    commands.PinMessage: append(changes.do_pin),
    commands.AddMembers: append(groups.do_add_members),
    commands.RemoveMember: append(groups.do_remove_member),
    commands.SetRole: append(groups.do_set_role),
    commands.SetInfo: append(groups.do_set_info),
    commands.CreateGroup: create_group,
    commands.LoadHistory: load_history,
    commands.LoadVersions: load_versions,
    commands.LoadDetails: load_details,
    commands.JoinConversation: join_conversation,
    commands.OpenConversation: open_conversation,
    commands.MarkRead: mark_read,
    commands.MarkDelivered: mark_delivered,
    commands.SetTyping: set_typing,
    commands.SetPreferences: set_preferences,
    commands.StarMessage: star_message,
    commands.FindPeople: find_people,
    **account_handlers.HANDLERS,
}
