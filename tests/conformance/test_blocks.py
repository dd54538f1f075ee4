"""What a block does, and what it does not."""

from desktop_chat.protocol.commands import (
    AddMembers,
    BlockUser,
    CreateGroup,
    DeleteMessage,
    EditMessage,
    FindPeople,
    JoinConversation,
    LoadHistory,
    OpenConversation,
    PinMessage,
    React,
    SendMessage,
    SetInfo,
    SetTyping,
    UpdateProfile,
)
from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.protocol.events import AccountUpdate, UserTyping, UserUpdate
from tests.conformance.person import Person, key, text
from tests.conformance.place import Place


async def test_nothing_comes_directly_from_whom_one_blocked(place: Place) -> None:
    async with place.people("ada", "bob") as (ada, bob):
        talk = await ada.do_open(bob.user_id)
        seq, other_seq = await bob.send(talk), await ada.send(talk)
        sent = bob.command(SendMessage, talk, content=text("before"))
        first = await bob.answer(sent)
        await ada.do(BlockUser, bob.user_id)
        for of, named in (
            (SendMessage, {"content": text("x")}),
            (EditMessage, {"seq": seq, "content": text("x")}),
            (React, {"seq": other_seq, "key": "x"}),
            (PinMessage, {"seq": seq}),
            (SetInfo, {"retention_days": 1}),
        ):
            assert await bob.refused(of, talk, **named) is ErrorCode.BLOCKED, of
        assert await bob.answer(sent) == first
        await bob.do(LoadHistory, talk)
        await bob.do(OpenConversation, ada.user_id)
        await bob.do(DeleteMessage, talk, seq=seq)
        await ada.send(talk, "it works in one direction")
        await ada.do(BlockUser, bob.user_id, False)
        await bob.send(talk)


async def test_nobody_is_brought_into_a_group_by_whom_they_blocked(place: Place) -> None:
    async with place.people("ada", "bob", "eve") as (ada, bob, eve):
        await ada.do(BlockUser, bob.user_id)
        group = await bob.group(eve)
        assert await bob.refused(OpenConversation, ada.user_id) is ErrorCode.BLOCKED
        assert await bob.refused(CreateGroup, key(), "x", (ada.user_id, eve.user_id)) is ErrorCode.BLOCKED
        assert await bob.refused(AddMembers, group, user_ids=(ada.user_id,)) is ErrorCode.BLOCKED
        shared = await eve.group(ada, bob)
        for each in (ada, bob):
            await each.send(shared)  # where both are, both go on


def _presence(packets: list[object], of: Person) -> set[tuple[bool, bool]]:
    return {
        (each.user.online, each.user.last_seen_ms > 0)
        for each in packets
        if isinstance(each, UserUpdate) and each.user.user_id == of.user_id
    }


async def test_whom_one_blocked_sees_no_presence_wherever_they_look(place: Place) -> None:
    async with place.people("ada", "bob", "eve") as (ada, bob, eve):
        talk = await ada.do_open(bob.user_id)
        async with place.device(ada):
            pass  # so that there is a time to hide
        await bob.told()
        await ada.do(BlockUser, bob.user_id)
        nothing = {(False, False)}
        assert _presence(await bob.told(), ada) == nothing
        await bob.do(JoinConversation, talk)
        assert _presence(await bob.told(), ada) == nothing
        await ada.do(UpdateProfile, about="changed")
        assert _presence(await bob.told(), ada) == nothing
        for user in (await bob.do(FindPeople, ada.user_name)).users:
            assert (user.online, user.last_seen_ms) == (False, 0)
        users = {each.user_id: each for each in (await bob.do(OpenConversation, ada.user_id)).users}
        assert (users[ada.user_id].online, users[ada.user_id].last_seen_ms) == (False, 0)
        async with place.device(bob) as fresh:
            assert _presence(fresh.packets, ada) <= nothing
        await eve.group(ada, bob)
        assert _presence(await bob.told(), ada) == nothing
        group = await eve.group(bob)
        await bob.told()
        await eve.do(AddMembers, group, user_ids=(ada.user_id,))
        assert _presence(await bob.told(), ada) == nothing
        later = await eve.group(ada)
        await eve.do(AddMembers, later, user_ids=(bob.user_id,))
        told = await bob.told()
        assert _presence(told, ada) == nothing
        assert _presence(told, eve) == {(True, False)}
        assert (True, False) in _presence(await ada.told(), bob)
        await ada.do(BlockUser, bob.user_id, False)
        assert (await bob.next(UserUpdate)).user.online


async def test_typing_is_told_in_neither_direction(place: Place) -> None:
    async with place.people("ada", "bob") as (ada, bob):
        talk = await ada.do_open(bob.user_id)
        await ada.do(BlockUser, bob.user_id)
        await ada.do(SetTyping, talk)
        await bob.do(SetTyping, talk)
        for each in (ada, bob):
            assert not [packet for packet in await each.told() if isinstance(packet, UserTyping)]


async def test_who_is_blocked_is_known_on_all_devices(place: Place) -> None:
    async with place.people("ada", "bob") as (ada, bob), place.device(ada) as second:
        await second.told()
        await ada.do(BlockUser, bob.user_id)
        assert (await second.next(AccountUpdate)).blocked_ids == (bob.user_id,)
        async with place.device(ada) as fresh:
            assert (await fresh.next(AccountUpdate)).blocked_ids == (bob.user_id,)
        await ada.do(BlockUser, bob.user_id, False)
        assert (await second.next(AccountUpdate)).blocked_ids == ()
        assert await ada.refused(BlockUser, ada.user_id) is ErrorCode.BAD_REQUEST
        assert await ada.refused(BlockUser, 2**52) is ErrorCode.NOT_FOUND
