"""Telling those whom a change concerns, after it is durable."""

from typing import TYPE_CHECKING

from desktop_chat.protocol.codec import AnyPacket, encode_frame
from desktop_chat.protocol.events import ConversationUpdate, MemberUpdate, UserUpdate
from desktop_chat.protocol.replies import Done
from server import packets
from server.actions.conversations import Opened
from server.actions.pointers import Moved
from server.device_connection import DeviceConnection

if TYPE_CHECKING:
    from server.service import Service


def pointers_moved(
    connection: DeviceConnection, re: int, was_read: bool, moved: Moved | None, error: Exception | None
) -> None:
    """Answer MARK_READ or MARK_DELIVERED, tell the user's other devices what is personal, and the other
    members how far the user has come."""
    if error is not None:
        connection.refuse(re, error)
        return
    hub = connection.service.hub
    if moved is None:
        hub.push_one(connection, encode_frame([Done(re)]))
        return
    member = moved.member
    answer: list[AnyPacket] = [Done(re)]
    if was_read:
        own = ConversationUpdate(member.conversation_id, moved.position, personal=packets.personal(member))
        answer.append(own)
        frame = encode_frame([own])
        for each in hub.connections_of(member.user_id):
            if each is not connection:
                hub.push_one(each, frame, moved.position)
    hub.push_one(connection, encode_frame(answer))
    others = [each for each in moved.conversation.member_ids if each != member.user_id]
    update = MemberUpdate(member.conversation_id, moved.position, member.pointers())
    hub.push(others, encode_frame([update]), moved.position)


def conversation_opened(service: "Service", opened: Opened) -> None:
    """Show a new conversation on every device of its members."""
    users = [UserUpdate(user) for user in service.users(opened.users)]
    for member in opened.members:
        whole = packets.whole_conversation(opened.conversation, opened.members, member.user_id)
        frame = encode_frame([*users, whole])
        service.hub.push([member.user_id], frame, opened.conversation.position)
