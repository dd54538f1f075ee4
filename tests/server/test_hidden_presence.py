"""Whom somebody has blocked, and from whom presence is hidden, is told on no way that they are online."""

import pytest

from desktop_chat.protocol.codec import AnyPacket, decode_frame
from desktop_chat.protocol.commands import (
    AddMembers,
    BlockUser,
    CreateGroup,
    OpenConversation,
    UpdateProfile,
    UpdateSettings,
)
from desktop_chat.protocol.events import UserUpdate
from desktop_chat.protocol.records import User
from desktop_chat.protocol.replies import ConversationOpened, PeopleFound
from server import catchup
from server.catchup import CatchUp
from tests.server.harness import TestClient, TestServer, only


def told(packets: list[AnyPacket], user_id: int) -> list[User]:
    """Everything that was said about a user."""
    found = [packet.user for packet in packets if isinstance(packet, UserUpdate)]
    for packet in packets:
        if isinstance(packet, ConversationOpened | PeopleFound):
            found += packet.users
    return [user for user in found if user.user_id == user_id]


async def two(server: TestServer) -> tuple[TestClient, TestClient]:
    """Ada, who has blocked Bob; they have talked before."""
    ada, bob = await server.person("ada"), await server.person("bob")
    await ada.open(bob.user_id)
    await ada.say(BlockUser(ada.next_id(), bob.user_id))
    await bob.settled()
    return ada, bob


async def test_not_by_a_change_of_the_profile() -> None:
    ada, bob = await two(TestServer())
    await ada.say(UpdateProfile(ada.next_id(), about="new"))
    [user] = told(await bob.settled(), ada.user_id)
    assert (user.about, user.online, user.last_seen_ms) == ("new", False, 0)


async def test_not_by_opening_the_conversation_again() -> None:
    ada, bob = await two(TestServer())
    packets = await bob.say(OpenConversation(bob.next_id(), ada.user_id))
    assert [each.online for each in told(packets, ada.user_id)] == [False]


@pytest.mark.parametrize("comes", ["ada", "bob"])
async def test_not_by_meeting_in_a_group(comes: str) -> None:
    server = TestServer()
    ada, bob = await two(server)
    eve = await server.person("eve")
    there, new = (bob, ada) if comes == "ada" else (ada, bob)
    key = f"{1:032x}"
    packets = await eve.say(CreateGroup(eve.next_id(), key, "group", (there.user_id,)))
    group = only(ConversationOpened, packets).conversation.conversation_id
    await bob.settled()
    await ada.settled()
    await eve.say(AddMembers(eve.next_id(), group, f"{2:032x}", (new.user_id,)))
    assert [each.online for each in told(await bob.settled(), ada.user_id)] == [False]
    assert [each.online for each in told(await ada.settled(), bob.user_id)] == [True]


async def test_not_by_a_new_group() -> None:
    server = TestServer()
    ada, bob = await two(server)
    eve = await server.person("eve")
    await eve.say(CreateGroup(eve.next_id(), f"{1:032x}", "group", (ada.user_id, bob.user_id)))
    seen = told(await bob.settled(), ada.user_id)
    assert seen
    assert not any(each.online for each in seen)


async def test_not_by_a_catch_up_that_is_read_slowly() -> None:
    server = TestServer()
    ada, bob = await server.person("ada"), await server.person("bob")
    await ada.open(bob.user_id)
    service = server.service
    ada.connection.closed()
    catch_up = CatchUp(
        bob.user_id,
        bob.connection.device_id,
        server.store.epoch,
        None,
        is_online=service.hub.is_online,
        batch=1,
    )
    await bob.open(bob.user_id)  # newer, so it is in the first piece, and ada in the second
    frames = list(catchup.frames(await server.store.read(catch_up.read)))
    back = server.client()
    await back.connect(ada.token)
    await back.say(UpdateSettings(back.next_id(), share_presence=False))
    while not frames[-1].startswith(b'[{"type":"CAUGHT_UP"'):
        frames += catchup.frames(await server.store.read(catch_up.read))
    read = [packet for frame in frames for packet in decode_frame(frame)]
    assert [each.online for each in told(read, ada.user_id)] == [False]
