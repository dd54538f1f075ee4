"""What others get to know of a user, and what they do not."""

from typing import Any

from desktop_chat.protocol import commands
from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.protocol.events import (
    AccountUpdate,
    ConversationUpdate,
    MemberUpdate,
    StarsUpdate,
    UserTyping,
    UserUpdate,
)
from desktop_chat.protocol.records import Settings, Star
from desktop_chat.protocol.replies import Error, MessageDetails, PeopleFound
from tests.server.harness import TestClient, TestServer, only


async def a_pair() -> tuple[TestClient, TestClient, int]:
    server = TestServer()
    ada, bob = await server.person("ada"), await server.person("bob")
    id_ = await ada.open(bob.user_id)
    for each in (ada, bob):
        each.packets()
    return ada, bob, id_


def of_kind(kind: Any, packets: list[Any]) -> list[Any]:
    return [each for each in packets if isinstance(each, kind)]


async def test_reading_is_told_only_while_it_is_shared() -> None:
    ada, bob, id_ = await a_pair()
    await ada.send(id_, "one")
    await bob.say(commands.MarkRead(bob.next_id(), id_, 1))
    assert only(MemberUpdate, ada.packets()).member.read_seq == 1
    await bob.say(commands.UpdateSettings(bob.next_id(), share_read=False, share_delivered=False))
    await ada.send(id_, "two")
    bob.packets()
    own = only(ConversationUpdate, await bob.say(commands.MarkRead(bob.next_id(), id_, 2)))
    assert own.personal is not None
    assert own.personal.read_seq == 2
    assert not of_kind(MemberUpdate, ada.packets())
    details = only(MessageDetails, await ada.say(commands.LoadDetails(ada.next_id(), id_, 2)))
    assert (details.receipts[0].read, details.receipts[0].read_at_ms) == (False, 0)
    first = only(MessageDetails, await ada.say(commands.LoadDetails(ada.next_id(), id_, 1)))
    assert first.receipts[0].read
    assert first.receipts[0].read_at_ms == ada.server.clock.now_ms()


async def test_presence_is_told_only_while_it_is_shared() -> None:
    ada, bob, _ = await a_pair()
    await bob.say(commands.UpdateSettings(bob.next_id(), share_presence=False))
    assert not only(UserUpdate, ada.packets()).user.online
    found = only(PeopleFound, await ada.say(commands.FindPeople(ada.next_id(), "bob")))
    assert (found.users[0].online, found.users[0].last_seen_ms) == (False, 0)
    bob.connection.closed()
    await ada.settled()
    fresh = ada.server.client()
    packets = await fresh.connect(ada.token)
    seen = [each.user for each in of_kind(UserUpdate, packets) if each.user.user_id == bob.user_id]
    assert [(each.online, each.last_seen_ms) for each in seen] == [(False, 0)]


async def test_whoever_is_blocked_sends_nothing_and_sees_nothing() -> None:
    ada, bob, id_ = await a_pair()
    account = only(AccountUpdate, await ada.say(commands.BlockUser(ada.next_id(), bob.user_id)))
    assert account.blocked_ids == (bob.user_id,)
    assert not only(UserUpdate, bob.packets()).user.online
    assert only(Error, await bob.send(id_, "hello?")).code is ErrorCode.BLOCKED
    await bob.say(commands.SetTyping(bob.next_id(), id_))
    assert not ada.packets()
    back = ada.server.client()
    packets = await back.connect(bob.token)
    seen = [each.user for each in of_kind(UserUpdate, packets) if each.user.user_id == ada.user_id]
    assert [each.online for each in seen] == [False]
    await ada.say(commands.BlockUser(ada.next_id(), bob.user_id, on=False))
    assert not of_kind(Error, await bob.send(id_, "hello again"))


async def test_typing_is_told_to_those_who_asked_for_it() -> None:
    ada, bob, id_ = await a_pair()
    await bob.say(commands.SetTyping(bob.next_id(), id_))
    assert not ada.packets()  # this device did not say that it knows typing
    able = ada.server.client()
    await able.say(commands.UserConnect(able.next_id(), ada.token, capabilities=("typing", "flying")))
    able.packets()
    await bob.say(commands.SetTyping(bob.next_id(), id_))
    assert only(UserTyping, able.packets()) == UserTyping(id_, bob.user_id)
    await bob.say(commands.UpdateSettings(bob.next_id(), share_typing=False))
    await bob.say(commands.SetTyping(bob.next_id(), id_))
    assert not of_kind(UserTyping, able.packets())


async def test_preferences_and_stars_follow_the_account() -> None:
    ada, bob, id_ = await a_pair()
    second = ada.server.client()
    await second.connect(ada.token)
    await bob.send(id_, "one")
    second.packets()
    await ada.say(commands.SetPreferences(ada.next_id(), id_, pinned=True, marked_unread=True))
    personal = only(ConversationUpdate, second.packets()).personal
    assert personal is not None
    assert (personal.pinned, personal.marked_unread) == (True, True)
    await ada.say(commands.MarkRead(ada.next_id(), id_, 1))
    personal = only(ConversationUpdate, second.packets()).personal
    assert personal is not None
    assert (personal.pinned, personal.marked_unread) == (True, False)
    await ada.say(commands.StarMessage(ada.next_id(), id_, 1))
    assert only(StarsUpdate, second.packets()).stars == [Star(id_, 1)]
    late = ada.server.client()
    packets = await late.connect(ada.token)
    assert only(StarsUpdate, packets).stars == [Star(id_, 1)]
    assert only(AccountUpdate, packets).settings == Settings()
    assert not of_kind((StarsUpdate, AccountUpdate), bob.packets())


async def test_taking_off_a_star_that_is_not_there_keeps_nothing() -> None:
    ada, bob, id_ = await a_pair()
    await bob.send(id_, "one")
    for seq in range(1, 50):
        await ada.say(commands.StarMessage(ada.next_id(), id_, seq, on=False))
    assert await ada.server.store.read(lambda reader: reader.stars(ada.user_id, 0)) == []
