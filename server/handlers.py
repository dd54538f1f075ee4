"""How each command is carried out: hand it to an action, answer, tell those whom it concerns.

A handler that returns None has queued its work and answers later, in order; the others are awaited before the
connection's next command is taken.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from desktop_chat.protocol.commands import (
    Command,
    FindPeople,
    JoinConversation,
    LoadHistory,
    MarkDelivered,
    MarkRead,
    OpenConversation,
    SendMessage,
    SignOut,
    UserConnect,
)
from desktop_chat.protocol.commands import Register as RegisterCommand
from desktop_chat.protocol.commands import SignIn as SignInCommand
from desktop_chat.protocol.errors import CloseCode
from desktop_chat.protocol.events import UserUpdate
from desktop_chat.protocol.replies import (
    ConversationOpened,
    Done,
    MessageHistory,
    PeopleFound,
)
from server import packets, publishing
from server.actions.accounts import do_sign_out
from server.actions.conversations import do_open
from server.actions.members import check_member
from server.actions.messages import check_content, check_history
from server.actions.people import check_find
from server.actions.pointers import do_mark_delivered, do_mark_read
from server.connecting import connect
from server.device_connection import DeviceConnection
from server.sending import Sending
from server.signing_in import register, sign_in
from server.store.base import Reader, UserRow

Handler = Callable[[DeviceConnection, Any], Awaitable[None] | None]


def send_message(connection: DeviceConnection, command: SendMessage) -> None:
    """SEND_MESSAGE, the path that everything else makes room for."""
    check_content(command.content)
    service = connection.service
    sending = Sending(connection, command, service.now_ms())
    service.store.write(sending, sending.done)


def mark_read(connection: DeviceConnection, command: MarkRead) -> None:
    """MARK_READ."""
    connection.service.store.write(
        lambda writer: do_mark_read(writer, command.conversation_id, connection.user_id, command.seq),
        partial(publishing.pointers_moved, connection, command.id, True),
    )


def mark_delivered(connection: DeviceConnection, command: MarkDelivered) -> None:
    """MARK_DELIVERED."""
    connection.service.store.write(
        lambda writer: do_mark_delivered(writer, command.conversation_id, connection.user_id, command.seq),
        partial(publishing.pointers_moved, connection, command.id, False),
    )


async def load_history(connection: DeviceConnection, command: LoadHistory) -> None:
    """LOAD_HISTORY."""
    page = await connection.service.store.read(
        lambda reader: check_history(reader, command, connection.user_id)
    )
    connection.reply(MessageHistory(command.id, command.conversation_id, page))


async def join_conversation(connection: DeviceConnection, command: JoinConversation) -> None:
    """JOIN_CONVERSATION: note what the device shows, and tell it at once who of the others is there."""
    conversation_id = command.conversation_id
    if conversation_id is None:
        connection.looking_at = None
        connection.reply(Done(command.id))
        return

    def read(reader: Reader) -> list[UserRow]:
        check_member(reader, conversation_id, connection.user_id)
        members = reader.members(conversation_id)
        return reader.users([each.user_id for each in members if each.user_id != connection.user_id])

    others = await connection.service.store.read(read)
    if connection.session.is_connected:
        connection.looking_at = conversation_id
        hub = connection.service.hub
        connection.reply(
            Done(command.id),
            *(UserUpdate(packets.user(each, online=hub.is_online(each.user_id))) for each in others),
        )


async def open_conversation(connection: DeviceConnection, command: OpenConversation) -> None:
    """OPEN_CONVERSATION."""
    service = connection.service
    opened = await service.store.perform(lambda writer: do_open(writer, connection.user_id, command.user_id))
    conversation = packets.whole_conversation(opened.conversation, opened.members, connection.user_id)
    connection.reply(ConversationOpened(command.id, conversation, service.users(opened.users)))
    if opened.created:
        publishing.conversation_opened(service, opened)


async def find_people(connection: DeviceConnection, command: FindPeople) -> None:
    """FIND_PEOPLE."""
    service = connection.service
    found = await service.store.read(lambda reader: check_find(reader, command.query, command.limit))
    connection.reply(PeopleFound(command.id, service.users(found)))


async def sign_out(connection: DeviceConnection, command: SignOut) -> None:
    """SIGN_OUT."""
    device_id, user_id = connection.device_id, connection.user_id
    await connection.service.store.perform(lambda writer: do_sign_out(writer, device_id))
    connection.reply(Done(command.id))
    connection.close(CloseCode.SIGNED_OUT)
    connection.service.close_devices(user_id, [device_id])


HANDLERS: Mapping[type[Command], Handler] = {
    RegisterCommand: register,
    SignInCommand: sign_in,
    SignOut: sign_out,
    UserConnect: connect,
    SendMessage: send_message,
    LoadHistory: load_history,
    JoinConversation: join_conversation,
    OpenConversation: open_conversation,
    MarkRead: mark_read,
    MarkDelivered: mark_delivered,
    FindPeople: find_people,
}
