"""What was kept long enough goes, a little at a time, and nothing that is gone counts as unread."""

from desktop_chat.protocol import commands
from desktop_chat.protocol.events import ConversationUpdate
from desktop_chat.protocol.replies import MessageHistory, MessageSent
from server import expiring
from server.actions.retention import EXPIRED_AT_ONCE
from tests.server.harness import TestClient, TestServer, only

DAY_S = 24 * 3600


async def _talk(server: TestServer) -> tuple[TestClient, TestClient, int]:
    ada, bob = await server.person("ada"), await server.person("bob")
    id_ = await ada.open(bob.user_id)
    for number in range(3):
        await ada.send(id_, f"old {number}")
    server.clock.now_s += 10 * DAY_S
    await ada.send(id_, "new")
    ada.packets()
    bob.packets()
    return ada, bob, id_


async def test_the_server_keeps_messages_as_long_as_it_says() -> None:
    server = TestServer(retention_days=7)
    ada, bob, id_ = await _talk(server)
    assert await expiring.expire_all(server.service) == 1
    update = only(ConversationUpdate, bob.packets())
    assert update.head is not None
    assert update.personal is not None
    assert (update.head.first_seq, update.head.last_seq) == (4, 4)
    assert update.head.message_count - update.personal.seen_count == 1
    page = only(MessageHistory, await bob.say(commands.LoadHistory(bob.next_id(), id_)))
    assert [each.seq for each in page.messages] == [4]
    assert await expiring.expire_all(server.service) == 0
    assert only(MessageSent, await ada.send(id_, "newer")).seq == 5


async def test_a_conversation_may_keep_its_own_for_a_shorter_time() -> None:
    server = TestServer()
    ada, bob, id_ = await _talk(server)
    assert await expiring.expire_all(server.service) == 0
    await ada.say(commands.SetInfo(ada.next_id(), id_, "a" * 32, retention_days=7))
    bob.packets()
    assert await expiring.expire_all(server.service) == 1
    head = only(ConversationUpdate, bob.packets()).head
    assert head is not None
    assert head.first_seq == 4


async def test_what_is_read_later_is_counted_from_what_is_left() -> None:
    server = TestServer(retention_days=7)
    ada, bob, id_ = await _talk(server)
    await ada.send(id_, "newest")
    await expiring.expire_all(server.service)
    bob.packets()
    packets = await bob.say(commands.MarkRead(bob.next_id(), id_, 4))
    personal = only(ConversationUpdate, packets).personal
    assert personal is not None
    assert personal.seen_count == 4


async def test_much_goes_a_little_at_a_time() -> None:
    server = TestServer(retention_days=7)
    ada = await server.person("ada")
    note = await ada.open(ada.user_id)
    for number in range(EXPIRED_AT_ONCE + 10):
        await ada.send(note, f"old {number}")
    server.clock.now_s += 10 * DAY_S
    assert await expiring.expire_all(server.service) == 2
    row = await server.store.read(lambda reader: reader.conversation(note))
    assert row is not None
    assert (row.first_seq, row.preview) == (EXPIRED_AT_ONCE + 11, None)
