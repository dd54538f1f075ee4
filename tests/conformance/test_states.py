"""Pointers, unread, typing, presence, preferences and stars, and what people keep to themselves."""

from desktop_chat.protocol.commands import (
    DeleteMessage,
    EditMessage,
    JoinConversation,
    LoadDetails,
    MarkDelivered,
    MarkRead,
    React,
    SetPreferences,
    SetTyping,
    StarMessage,
    UpdateSettings,
)
from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.protocol.events import (
    AccountUpdate,
    ConversationUpdate,
    MemberUpdate,
    StarsUpdate,
    UserTyping,
    UserUpdate,
)
from desktop_chat.protocol.records import Member, Personal, Settings, Star
from tests.conformance.person import Person, text
from tests.conformance.place import Place


async def test_pointers_only_grow_and_are_told(place: Place) -> None:
    async with place.people("ada", "bob") as (ada, bob), place.device(bob) as second:
        talk = await ada.do_open(bob.user_id)
        for _ in range(3):
            await ada.send(talk)
        for each in (ada, second):
            await each.told()
        await bob.do(MarkDelivered, talk, 2)
        assert [each.member for each in await ada.told() if isinstance(each, MemberUpdate)] == [
            Member(bob.user_id, 2, 0)
        ]
        assert await second.told() == []
        await bob.do(MarkRead, talk, 1)
        assert (await ada.next(MemberUpdate)).member == Member(bob.user_id, 2, 1)
        assert (await second.next(ConversationUpdate)).personal == Personal(1, 1)
        for of, seq in ((MarkRead, 1), (MarkDelivered, 1), (MarkDelivered, 2)):
            await bob.do(of, talk, seq)
        assert await ada.told() == await second.told() == []
        await bob.do(MarkRead, talk, 99)  # above the last is the last
        assert (await ada.next(MemberUpdate)).member == Member(bob.user_id, 3, 3)


async def test_unread_is_arithmetic_and_actions_do_not_count(place: Place) -> None:
    async with place.people("ada", "bob") as (ada, bob):
        talk = await ada.do_open(bob.user_id)

        async def unread(of: Person) -> int:
            async with place.device(of) as fresh:
                update = await fresh.next(ConversationUpdate)
                assert update.head is not None
                assert update.personal is not None
                return update.head.message_count - update.personal.seen_count

        first = await ada.send(talk)
        second = await ada.send(talk)
        await ada.do(EditMessage, talk, seq=first, content=text("changed"))
        await ada.do(React, talk, seq=second, key="!")
        await ada.do(DeleteMessage, talk, seq=first)
        assert (await unread(bob), await unread(ada)) == (2, 0)
        own = await bob.send(talk)  # to send is not to have seen
        assert (await unread(bob), await unread(ada)) == (2, 1)
        await bob.do(MarkRead, talk, second)
        assert await unread(bob) == 0
        await ada.send(talk)
        await ada.do(MarkRead, talk, own)
        assert (await unread(bob), await unread(ada)) == (1, 0)


async def test_preferences_follow_on_all_devices(place: Place) -> None:
    async with place.person("ada") as ada, place.device(ada) as second:
        note = await ada.do_open(ada.user_id)
        await ada.send(note)
        await second.told()
        await ada.do(SetPreferences, note, pinned=True, alerts="mentions", marked_unread=True)
        personal = Personal(0, 1, True, False, "mentions", True)
        assert (await second.next(ConversationUpdate)).personal == personal
        await ada.do(SetPreferences, note, archived=True, pinned=False)
        personal = Personal(0, 1, False, True, "mentions", True)
        assert (await second.next(ConversationUpdate)).personal == personal
        await ada.do(MarkRead, note, 1)  # which ends the mark
        assert (await second.next(ConversationUpdate)).personal == Personal(1, 1, False, True, "mentions")
        await ada.do(SetPreferences, note, marked_unread=True)
        await second.told()
        await ada.do(MarkRead, note, 1)
        assert (await second.next(ConversationUpdate)).personal == Personal(1, 1, False, True, "mentions")


async def test_stars_are_ones_own(place: Place) -> None:
    async with place.people("ada", "bob") as (ada, bob), place.device(ada) as second:
        talk = await ada.do_open(bob.user_id)
        seq = await bob.send(talk)
        await bob.told()
        await second.told()
        await ada.do(StarMessage, talk, seq)
        assert (await ada.next(StarsUpdate)).stars == [Star(talk, seq)]
        assert (await second.next(StarsUpdate)).stars == [Star(talk, seq)]
        async with place.device(ada) as fresh:
            assert (await fresh.next(StarsUpdate)).stars == [Star(talk, seq)]
        await ada.do(StarMessage, talk, seq, False)
        assert (await second.next(StarsUpdate)).stars == [Star(talk, seq, False)]
        assert await bob.told() == []
        assert await ada.refused(StarMessage, talk, 99) is ErrorCode.NOT_FOUND


async def test_typing_is_told_to_who_can_hear_it(place: Place) -> None:
    async with place.people("ada", "bob") as (ada, bob):
        talk = await ada.do_open(bob.user_id)
        async with place.device(bob, capabilities=()) as plain, place.device(ada) as own:
            for each in (bob, plain, own):
                await each.told()
            await ada.do(SetTyping, talk)
            await ada.do(SetTyping, talk, False)
            assert await bob.told() == [UserTyping(talk, ada.user_id), UserTyping(talk, ada.user_id, False)]
            assert await plain.told() == await own.told() == []


async def test_presence_is_told_to_who_shares_a_conversation(place: Place) -> None:
    async with place.people("ada", "eve") as (ada, eve):
        async with place.person("bob") as bob:
            talk = await ada.do_open(bob.user_id)
            await ada.told()
            await eve.told()
            async with place.device(bob):
                pass
            assert await ada.told() == []  # one of two devices
            await ada.do(JoinConversation, talk)
            here = await ada.next(UserUpdate)
            assert (here.user.user_id, here.user.online) == (bob.user_id, True)
            bob_id = bob.user_id
        away = await ada.next(UserUpdate, lambda update: not update.user.online)
        assert away.user.user_id == bob_id
        await ada.do(JoinConversation)
        assert not [each for each in await eve.told() if isinstance(each, UserUpdate)]


async def test_details_tell_how_far_each_has_come(place: Place) -> None:
    async with place.people("ada", "bob", "eve") as (ada, bob, eve):
        group = await ada.group(bob, eve)
        seq = await ada.send(group)
        await bob.do(MarkRead, group, seq)
        await eve.do(MarkDelivered, group, seq)
        details = await ada.do(LoadDetails, group, seq)
        first, second = sorted(details.receipts, key=lambda each: not each.read)
        assert (first.user_id, first.delivered, first.read) == (bob.user_id, True, True)
        assert first.read_at_ms > 0 < first.delivered_at_ms
        assert (second.user_id, second.delivered, second.read) == (eve.user_id, True, False)
        assert (second.delivered_at_ms > 0, second.read_at_ms) == (True, 0)
        assert await ada.refused(LoadDetails, group, 1) is ErrorCode.NOT_FOUND  # an action


async def test_what_is_not_shared_is_told_to_nobody(place: Place) -> None:
    async with place.people("ada", "bob") as (ada, bob):
        talk = await ada.do_open(bob.user_id)
        first, second = await ada.send(talk), await ada.send(talk)
        await bob.do(MarkRead, talk, first)
        off = {"share_delivered": False, "share_read": False, "share_typing": False}
        await bob.do(UpdateSettings, **off)
        update = await bob.next(AccountUpdate, lambda each: not each.settings.share_read)
        assert update.settings == Settings(**off)
        await ada.told()
        await bob.do(MarkRead, talk, second)
        await bob.do(SetTyping, talk)
        assert await ada.told() == []
        [receipt] = (await ada.do(LoadDetails, talk, second)).receipts
        assert (receipt.delivered, receipt.read, receipt.read_at_ms) == (False, False, 0)
        async with place.device(ada) as fresh:
            update = await fresh.next(ConversationUpdate)
            assert Member(bob.user_id, first, first) in (update.members or ())
        async with place.device(bob) as own:  # who knows it
            update = await own.next(ConversationUpdate)
            assert Member(bob.user_id, second, second) in (update.members or ())
        await bob.do(UpdateSettings, share_read=True)
        third = await ada.send(talk)
        await bob.do(MarkRead, talk, third)
        assert (await ada.next(MemberUpdate)).member == Member(bob.user_id, third, third)


async def test_who_does_not_share_presence_is_offline_to_others(place: Place) -> None:
    async with place.people("ada", "bob") as (ada, bob):
        talk = await ada.do_open(bob.user_id)
        await ada.told()
        await bob.do(UpdateSettings, share_presence=False)
        hidden = await ada.next(UserUpdate)
        assert (hidden.user.user_id, hidden.user.online, hidden.user.last_seen_ms) == (bob.user_id, False, 0)
        await ada.do(JoinConversation, talk)
        assert not (await ada.next(UserUpdate)).user.online
        await bob.do(UpdateSettings, share_presence=True)
        assert (await ada.next(UserUpdate)).user.online
