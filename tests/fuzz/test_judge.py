"""What comes and goes between two rests of the server. It is no leak, and the judge has to know that; what is
one of the same sort has to be found all the same."""

from collections.abc import Awaitable, Callable

import pytest
from msgspec.structs import replace

from desktop_chat.protocol.codec import AnyPacket, encode_frame
from desktop_chat.protocol.commands import (
    AddMembers,
    MarkRead,
    OpenConversation,
    RemoveMember,
    SendMessage,
    StarMessage,
    UpdateSettings,
)
from desktop_chat.protocol.events import NewMessage, StarsUpdate, UserUpdate
from desktop_chat.protocol.records import Content, Source, Star, User
from server import expiring
from server.service import Service
from server.store.writer import Writer
from tests.fuzz.finding import Broken
from tests.fuzz.past import KEPT
from tests.fuzz.peers import Peer
from tests.fuzz.planted import Audience
from tests.fuzz.world import World
from tests.simulation import virtual_time

Story = Callable[[World], Awaitable[None]]
_HELLO = Content("text", "hello")


def _key(number: int) -> str:
    return f"{number:032x}"


async def _late(world: World, user_id: int) -> Peer:
    """A device that gets what is pushed only later."""
    peer = world.open(user_id)
    await world.come_in(peer)
    peer.connection.hold()
    return peer


def _push(world: World, user_id: int, packet: AnyPacket) -> None:
    world.service.hub.push([user_id], encode_frame([packet]))


async def _long(world: World) -> None:
    for _ in range(KEPT + 1):
        await world.settle()


async def _shares_pointers(world: World) -> None:
    two, three = world.peers[1:3]
    conversation_id = world.store.state.directs[2, 3]
    await world.say(three, SendMessage(9, conversation_id, _key(1), _HELLO))
    await world.settle()
    await world.say(two, UpdateSettings(9, share_read=True))
    await world.say(two, MarkRead(9, conversation_id, 1))
    await world.say(two, UpdateSettings(9, share_read=False))
    await world.settle()
    await world.say(three, OpenConversation(9, 2))


async def _shares_pointers_for_ever(world: World) -> None:
    await _shares_pointers(world)
    two, three = world.peers[1:3]
    conversation_id = world.store.state.directs[2, 3]
    await world.say(three, SendMessage(9, conversation_id, _key(2), _HELLO))
    await world.say(two, MarkRead(9, conversation_id, 2))

    def show(writer: Writer) -> None:
        member = writer.member(conversation_id, 2)
        assert member is not None
        writer.set_member(replace(member, shown_read_seq=2, shown_delivered_seq=2))

    await world.store.perform(show)
    await world.say(three, OpenConversation(9, 2))


async def _shows_presence(world: World) -> None:
    two = world.peers[1]
    await _long(world)
    late = await _late(world, 3)
    await world.say(two, UpdateSettings(9, share_presence=True))
    await world.say(two, UpdateSettings(9, share_presence=False))
    await world.settle()
    late.connection.release()


async def _shows_presence_for_ever(world: World) -> None:
    await _shows_presence(world)
    await _long(world)
    _push(world, 3, UserUpdate(User(2, "person2", "Person 2", online=True)))


async def _stars(world: World) -> None:
    two, four = world.peers[1], world.peers[3]
    conversation_id = next(id_ for id_, each in world.store.state.members.items() if set(each) == {1, 2, 4})
    await world.say(two, SendMessage(9, conversation_id, _key(1), _HELLO))
    late = await _late(world, 4)
    await world.say(four, StarMessage(9, conversation_id, 2))
    await world.say(two, RemoveMember(9, conversation_id, _key(2), 4))
    await world.say(two, AddMembers(9, conversation_id, _key(3), (4,)))
    late.connection.release()


async def _stars_for_others(world: World) -> None:
    await _stars(world)
    conversation_id = next(id_ for id_, each in world.store.state.members.items() if set(each) == {1, 2, 4})
    _push(world, 1, StarsUpdate(world.store.state.position, [Star(conversation_id, 2)]))


async def _forwards(world: World) -> NewMessage:
    """A copy that is let go of before anybody comes to rest; as it was told."""
    two = world.peers[1]
    source_id, target_id = world.store.state.directs[2, 3], world.store.state.directs[1, 2]
    secret = world.judge.planted.plant(Audience.MEMBERS, source_id)
    await world.say(two, SendMessage(9, source_id, _key(1), Content("text", secret)))
    late = await _late(world, 1)
    await world.say(two, SendMessage(9, target_id, _key(2), forward=Source(source_id, 1)))
    copy = world.store.state.messages[target_id][0]
    await expiring.expire(world.service, target_id, 2)
    late.connection.release()
    return NewMessage(copy)


async def _forwards_and_forgets(world: World) -> None:
    await _forwards(world)


async def _forwards_to_others(world: World) -> None:
    _push(world, 4, await _forwards(world))


async def _forwards_for_ever(world: World) -> None:
    copy = await _forwards(world)
    await expiring.expire(world.service, world.store.state.directs[2, 3], 2)
    await _long(world)
    _push(world, 1, copy)


def _judged(story: Story) -> None:
    async def play() -> None:
        world = World(0, Service, [])
        await world.set_up()
        await story(world)
        await world.settle()

    virtual_time.run(play())


@pytest.mark.parametrize("story", [_shares_pointers, _shows_presence, _stars, _forwards_and_forgets])
def test_what_was_right_for_a_moment_is_no_leak(story: Story) -> None:
    _judged(story)


@pytest.mark.parametrize(
    ("story", "words"),
    [
        (_shares_pointers_for_ever, "is shared"),
        (_shows_presence_for_ever, "hidden presence"),
        (_stars_for_others, "somebody's"),
        (_forwards_to_others, "was sent secret"),
        (_forwards_for_ever, "was deleted"),
    ],
)
def test_what_is_told_beyond_that_moment_is_found(story: Story, words: str) -> None:
    with pytest.raises(Broken, match=words):
        _judged(story)
