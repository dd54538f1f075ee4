"""The whole server but its socket, by frames."""

from desktop_chat.protocol.events import ConversationUpdate, NewMessage, UserUpdate
from desktop_chat.protocol.records import Head, Personal, Preview
from desktop_chat.protocol.replies import MessageSent
from tests.server.harness import TestServer, only


async def test_a_message_reaches_the_other_and_the_sender() -> None:
    server = TestServer()
    ada = await server.person("ada")
    bob = await server.person("bob")
    conversation_id = await ada.open(bob.user_id)
    bob.packets()
    answer = await ada.send(conversation_id, "hello")
    sent = only(MessageSent, answer)
    assert sent.seq == 1
    own = only(ConversationUpdate, answer)
    assert own.personal == Personal(read_seq=0, seen_count=1)
    told = bob.packets()
    assert only(NewMessage, told).message.content.body == "hello"
    update = only(ConversationUpdate, told)
    assert update.personal is None
    assert update.head == Head(1, 1, Preview(ada.user_id, "text", "hello", sent.sent_at_ms))
    assert update.position == sent.message_id
    again = await ada.send(conversation_id, "other words", client_id=sent.client_id)
    assert again[0] == MessageSent(
        answer[0].re + 1, conversation_id, sent.client_id, sent.message_id, 1, sent.sent_at_ms
    )
    assert len(again) == 1
    assert not bob.packets()
    await server.service.stop()


async def test_the_first_device_of_a_user_tells_the_contacts() -> None:
    server = TestServer()
    ada = await server.person("ada")
    bob = await server.person("bob")
    await ada.open(bob.user_id)
    bob.connection.closed()
    update = only(UserUpdate, await ada.settled(), where=lambda each: not each.user.online)
    assert update.user.user_id == bob.user_id
    assert update.user.last_seen_ms == server.clock.now_ms()
    back = server.client()
    await back.connect(bob.token)
    assert only(UserUpdate, await ada.settled()).user.online
    await server.service.stop()
