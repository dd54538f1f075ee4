"""The own account: profile, password, devices, and its end."""

import asyncio

from desktop_chat.protocol.commands import (
    ChangePassword,
    DeleteAccount,
    FindPeople,
    ListDevices,
    LoadHistory,
    OpenConversation,
    RevokeDevice,
    SendMessage,
    SignIn,
    UpdateProfile,
    UserConnect,
)
from desktop_chat.protocol.errors import CloseCode, ErrorCode
from desktop_chat.protocol.events import ConversationUpdate, NewMessage, UserUpdate
from tests.conformance.person import PASSWORD, text
from tests.conformance.place import Place

_NEW = "battery staple"


async def test_a_profile_is_told_to_who_sees_it(place: Place) -> None:
    async with place.people("ada", "bob", "eve") as (ada, bob, eve), place.device(ada) as second:
        await ada.do_open(bob.user_id)
        for each in (bob, second, eve):
            await each.told()
        await ada.do(UpdateProfile, display_name="  Countess of Lovelace ", about="Numbers\nand looms")
        for each in (bob, second):
            user = (await each.next(UserUpdate)).user
            assert (user.display_name, user.about) == ("Countess of Lovelace", "Numbers\nand looms")
            assert (user.user_id, user.online) == (ada.user_id, True)
        assert await eve.told() == []
        await ada.do(UpdateProfile, display_name="\u3164")
        user = (await bob.next(UserUpdate)).user
        assert (user.display_name, user.about) == ("", "Numbers\nand looms")
        assert await ada.refused(UpdateProfile, display_name="a\u202eb") is ErrorCode.INVALID_NAME
        assert await ada.refused(UpdateProfile, about="x" * 501) is ErrorCode.BAD_REQUEST
        assert await ada.refused(UpdateProfile, picture="0" * 32) is ErrorCode.NOT_FOUND


async def test_people_are_found_by_a_part_of_either_name(place: Place) -> None:
    async with place.person("wilhelmina") as one:
        await one.do(UpdateProfile, display_name=f"Äquator {one.user_name}")
        for query in (one.user_name[3:].upper(), f"äquator {one.user_name}", f"  QUATOR   {one.user_name}"):
            found = (await one.do(FindPeople, query)).users
            assert [each.user_id for each in found] == [one.user_id], query
        assert len((await one.do(FindPeople, "", 1)).users) == 1
        assert (await one.do(FindPeople, f"{one.user_name}%")).users == []


async def test_a_new_password_signs_the_other_devices_out(place: Place) -> None:
    async with place.person("ada") as ada, place.client() as other:
        other.token = (await other.do(SignIn, ada.user_name, PASSWORD)).token
        await other.connect()
        assert await ada.refused(ChangePassword, "wrong password", _NEW) is ErrorCode.BAD_CREDENTIALS
        assert await ada.refused(ChangePassword, PASSWORD, "short") is ErrorCode.WEAK_PASSWORD
        await ada.do(ChangePassword, PASSWORD, _NEW, keep_devices=True)
        await other.do(FindPeople)
        await ada.do(ChangePassword, _NEW, PASSWORD)
        assert await other.closed() == CloseCode.SIGNED_OUT
        await ada.do(FindPeople)
        async with place.client() as again:
            assert await again.refused(UserConnect, other.token) is ErrorCode.BAD_TOKEN
            assert await again.refused(SignIn, ada.user_name, _NEW) is ErrorCode.BAD_CREDENTIALS
            await again.do(SignIn, ada.user_name, PASSWORD)


async def test_devices_are_listed_and_revoked(place: Place) -> None:
    async with place.people("ada", "bob") as (ada, bob), place.client() as other:
        signed_in = await other.do(SignIn, ada.user_name, PASSWORD, "desk")
        first, second = (await ada.do(ListDevices)).devices
        assert (first.device_id, first.device_name, first.online) == (ada.device_id, "conformance", True)
        assert (second.device_id, second.device_name, second.online) == (signed_in.device_id, "desk", False)
        assert second.last_seen_ms == 0 < second.created_at_ms
        await other.connect(signed_in.token)
        assert (await ada.do(ListDevices)).devices[1].online
        assert await bob.refused(RevokeDevice, signed_in.device_id) is ErrorCode.NOT_FOUND
        await ada.do(RevokeDevice, signed_in.device_id)
        assert await other.closed() == CloseCode.SIGNED_OUT
        assert await ada.refused(RevokeDevice, signed_in.device_id) is ErrorCode.NOT_FOUND
        assert len((await ada.do(ListDevices)).devices) == 1


async def test_an_account_that_is_deleted(place: Place) -> None:
    async with place.people("ada", "bob") as (ada, bob), place.device(ada) as second:
        talk, group = await ada.do_open(bob.user_id), await ada.group(bob)
        await ada.send(talk, "stays")
        await bob.told()
        assert await ada.refused(DeleteAccount, "wrong password") is ErrorCode.BAD_CREDENTIALS
        await ada.do(DeleteAccount, PASSWORD)
        assert await ada.closed() == await second.closed() == CloseCode.SIGNED_OUT
        told = await bob.told()
        [gone] = [each.user for each in told if isinstance(each, UserUpdate)]
        assert (gone.user_id, gone.deleted, gone.display_name, gone.online) == (ada.user_id, True, "", False)
        assert ada.user_name not in gone.user_name
        [update] = [each for each in told if isinstance(each, ConversationUpdate)]
        assert (update.conversation_id, update.left) == (group, (ada.user_id,))
        assert update.members is not None
        assert [(each.user_id, each.role) for each in update.members] == [(bob.user_id, "owner")]
        assert [type(each) for each in told].count(NewMessage) == 1
        assert [each.content for each in (await bob.do(LoadHistory, talk)).messages] == [text("stays")]
        assert (await bob.do(FindPeople, ada.user_name)).users == []
        assert await bob.refused(OpenConversation, ada.user_id) is ErrorCode.NOT_FOUND
        await bob.do(SendMessage, talk, content=text("into the void"))
        async with place.client() as client:
            assert await client.refused(UserConnect, ada.token) is ErrorCode.BAD_TOKEN
            assert await client.refused(SignIn, ada.user_name, PASSWORD) is ErrorCode.BAD_CREDENTIALS


async def test_a_name_is_free_again(place: Place) -> None:
    async with place.person("ada") as ada:
        await ada.do(DeleteAccount, PASSWORD)
        async with place.client() as heir:
            await heir.register(ada.user_name)
            assert heir.user_id != ada.user_id
            await heir.connect()
            assert not [each for each in heir.packets if isinstance(each, ConversationUpdate)]
            await heir.do(DeleteAccount, PASSWORD)
            assert await heir.closed() == CloseCode.SIGNED_OUT


async def test_two_who_open_at_once_get_the_same_one(place: Place) -> None:
    async with place.people("ada", "bob") as (ada, bob):
        opened = await asyncio.gather(ada.do_open(bob.user_id), bob.do_open(ada.user_id))
        assert len(set(opened)) == 1


async def test_opening_conversations(place: Place) -> None:
    async with place.people("ada", "bob") as (ada, bob):
        opened = await ada.do(OpenConversation, bob.user_id)
        whole = opened.conversation
        assert (whole.kind, len(opened.users), len(whole.members)) == ("direct", 2, 2)
        at_bobs = await bob.next(ConversationUpdate)
        assert (at_bobs.conversation_id, at_bobs.kind) == (whole.conversation_id, "direct")
        assert await bob.do_open(ada.user_id) == whole.conversation_id
        note = await ada.do(OpenConversation, ada.user_id)
        assert (note.conversation.kind, len(note.conversation.members)) == ("note", 1)
        assert await ada.refused(OpenConversation, 2**52) is ErrorCode.NOT_FOUND
