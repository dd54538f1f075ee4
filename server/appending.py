"""An entry on its way through the store into a conversation's log, and out to everybody it concerns. The
server's hot path: one object, no task and no future for a message."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from desktop_chat.protocol.codec import AnyPacket, encode_frame
from desktop_chat.protocol.commands import LogCommand, SendMessage
from desktop_chat.protocol.events import ConversationUpdate, NewMessage
from desktop_chat.protocol.replies import MessageSent
from server import packets, publishing
from server.actions.log import Appended
from server.device_connection import DeviceConnection
from server.store.base import KeyedOperation
from server.store.writer import Writer

if TYPE_CHECKING:
    from server.service import Service

Perform = Callable[[Writer, Any, int, int], Appended]
"""The action that carries out one kind of LogCommand: writer, command, the user's id, the time in ms."""


class Appending(KeyedOperation):
    """One LogCommand: the operation for the store, and what to do when it is committed."""

    __slots__ = ("_command", "_connection", "_now_ms", "_perform", "_sender_id")

    def __init__(
        self, connection: DeviceConnection, command: LogCommand, perform: Perform, now_ms: int
    ) -> None:
        super().__init__(command.client_id, connection.user_id, is_short=isinstance(command, SendMessage))
        self._connection = connection
        self._command = command
        self._perform = perform
        self._sender_id = connection.user_id
        self._now_ms = now_ms

    def __call__(self, writer: Writer) -> Appended:
        return self._perform(writer, self._command, self._sender_id, self._now_ms)

    def done(self, appended: Appended | None, error: Exception | None) -> None:
        """Confirm and fan out."""
        connection = self._connection
        if appended is None:
            assert error is not None
            connection.refuse(self._command.id, error)
            return
        message = appended.message
        confirmation = MessageSent(
            self._command.id,
            message.conversation_id,
            message.client_id,
            message.message_id,
            message.seq,
            message.sent_at_ms,
        )
        if appended.conversation is None:
            connection.service.hub.push_one(connection, encode_frame([confirmation]))
            return
        publish(connection.service, appended, connection, confirmation)


def publish(
    service: "Service",
    appended: Appended,
    connection: DeviceConnection | None = None,
    confirmation: MessageSent | None = None,
) -> None:
    """Tell everybody whom a new entry concerns, with the confirmation to the connection that it came from."""
    conversation, message = appended.conversation, appended.message
    assert conversation is not None
    hub, sender_id, position = service.hub, message.sender_id, message.message_id
    entry = NewMessage(message, appended.target)
    shared = ConversationUpdate(
        message.conversation_id,
        position,
        head=packets.head(conversation),
        info=conversation.info if appended.info else None,
        members=packets.members(conversation, appended.members) if appended.members else None,
        left=appended.left,
    )
    own: list[AnyPacket]
    if sender_id in appended.left:
        own = [packets.gone(message.conversation_id, position)]
    else:
        own = [entry, packets.with_personal(shared, appended.sender)]
    if connection is not None and confirmation is not None:
        hub.push_one(connection, encode_frame([confirmation, *own]))
    own_connections = hub.receivers([sender_id])
    if own_connections != [connection]:
        own_frame = encode_frame(own)
        for each in own_connections:
            if each is not connection:
                hub.push_one(each, own_frame, position)
    others = [each for each in appended.member_ids if each != sender_id]
    if appended.new_ids or appended.left:
        others = _tell_comings(service, appended, others)
    receivers = hub.receivers(others)
    if receivers:
        hub.push_to(receivers, encode_frame([entry, shared]), position)


def _tell_comings(service: "Service", appended: Appended, others: list[int]) -> list[int]:
    """Take the conversation from whom it is gone, and show it to whom it is new; those who were in it
    before."""
    conversation = appended.conversation
    assert conversation is not None
    position = appended.message.message_id
    gone = [each for each in appended.left if each != appended.message.sender_id]
    if gone:
        frame = encode_frame([packets.gone(conversation.conversation_id, position)])
        service.hub.push(gone, frame, position)
    if appended.users is None:
        return others
    if appended.everybody is None:
        # They are few enough by now to be told of each other's presence.
        publishing.introduce(service, appended.users, appended.member_ids, conversation, appended.hidden)
        return others
    new_ids = set(appended.new_ids)
    before = [each for each in others if each not in new_ids]
    publishing.introduce(
        service,
        [each for each in appended.users if each.user_id in new_ids],
        [*before, appended.message.sender_id],
        conversation,
        appended.hidden,
    )
    publishing.conversation_opened(
        service,
        conversation,
        appended.everybody,
        appended.users,
        appended.new_ids,
        appended.hidden,
    )
    return before
