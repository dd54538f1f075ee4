"""A message on its way through the store, and out to everybody it concerns. The server's hot path: one
object, no task and no future for a message."""

from desktop_chat.protocol.codec import encode_packet, join_packets
from desktop_chat.protocol.commands import SendMessage
from desktop_chat.protocol.events import ConversationUpdate, NewMessage
from desktop_chat.protocol.replies import MessageSent
from server import packets
from server.actions.messages import Sent, do_send
from server.device_connection import DeviceConnection
from server.store.base import KeyedOperation, Writer


class Sending(KeyedOperation):
    """One SEND_MESSAGE: the operation for the store, and what to do when it is committed."""

    __slots__ = ("_command", "_connection", "_now_ms", "_sender_id")

    def __init__(self, connection: DeviceConnection, command: SendMessage, now_ms: int) -> None:
        super().__init__(command.client_id, connection.user_id)
        self._connection = connection
        self._command = command
        self._sender_id = connection.user_id
        self._now_ms = now_ms

    def __call__(self, writer: Writer) -> Sent:
        return do_send(writer, self._command, self._sender_id, self._now_ms)

    def done(self, sent: Sent | None, error: Exception | None) -> None:
        """Confirm and fan out. What is the same for all is encoded once."""
        connection = self._connection
        if sent is None:
            assert error is not None
            connection.refuse(self._command.id, error)
            return
        message = sent.message
        confirmation = encode_packet(
            MessageSent(
                self._command.id,
                message.conversation_id,
                message.client_id,
                message.message_id,
                message.seq,
                message.sent_at_ms,
            )
        )
        hub = connection.service.hub
        if sent.conversation is None or sent.sender is None:
            hub.push_one(connection, join_packets(confirmation))
            return
        position = message.message_id
        head = packets.head(sent.conversation)
        new_message = encode_packet(NewMessage(message))
        update = ConversationUpdate(
            message.conversation_id, position, head=head, personal=packets.personal(sent.sender)
        )
        own = encode_packet(update)
        hub.push_one(connection, join_packets(confirmation, new_message, own))
        own_connections = hub.connections_of(self._sender_id)
        if len(own_connections) > 1 or connection not in own_connections:
            frame = join_packets(new_message, own)
            for each in own_connections:
                if each is not connection:
                    hub.push_one(each, frame, position)
        others = [each for each in sent.conversation.member_ids if each != self._sender_id]
        if any(hub.is_online(each) for each in others):
            shared = ConversationUpdate(message.conversation_id, position, head=head)
            hub.push(others, join_packets(new_message, encode_packet(shared)), position)
