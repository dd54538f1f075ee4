"""Groups: who is in them, what they are told, and what is said about them."""

import pytest

from desktop_chat.protocol.actions import (
    Created,
    InfoChanged,
    MemberRemoved,
    MembersAdded,
    RoleChanged,
)
from desktop_chat.protocol.commands import (
    AddMembers,
    CreateGroup,
    JoinConversation,
    LoadDetails,
    LoadHistory,
    MarkRead,
    RemoveMember,
    SendMessage,
    SetInfo,
    SetRole,
    SetTyping,
)
from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.protocol.events import (
    ConversationUpdate,
    MemberUpdate,
    NewMessage,
    UserTyping,
    UserUpdate,
)
from desktop_chat.protocol.limits import RECEIPTS_MEMBERS_MAX
from desktop_chat.protocol.records import Info, Personal
from tests.conformance.person import Person, key, text
from tests.conformance.place import Place


async def test_a_new_group_is_shown_to_everybody_in_it(place: Place) -> None:
    async with place.regulars("ada", "bob", "eve") as (ada, bob, eve):
        await bob.told()
        name = key()
        opened = await ada.do(CreateGroup, name, "Engines", (bob.user_id, ada.user_id), "Steam", board=True)
        whole = opened.conversation
        assert (whole.kind, whole.info) == ("group", Info("Engines", "Steam", board=True))
        assert {each.user_id: each.role for each in whole.members} == {
            ada.user_id: "owner",
            bob.user_id: "member",
        }
        assert {each.user_id for each in opened.users} == {ada.user_id, bob.user_id}
        assert (whole.head.last_seq, whole.head.message_count, whole.personal) == (1, 0, Personal())
        update = await bob.next(ConversationUpdate)
        assert (update.kind, update.info, update.head) == ("group", whole.info, whole.head)
        [entry] = await bob.page(whole.conversation_id)
        assert (entry.action, entry.sender_id, entry.client_id) == (Created("Engines"), ada.user_id, name)
        again = await ada.do(CreateGroup, name, "Other", (eve.user_id,))
        assert again.conversation.conversation_id == whole.conversation_id
        assert again.conversation.info == whole.info
        assert not [each for each in await eve.told() if isinstance(each, ConversationUpdate)]


async def test_groups_that_cannot_be(place: Place) -> None:
    async with place.regulars("ada") as (ada,):
        for title in ("", " ", "\u200b", "two\nlines", "two\u2028lines", "two\x85lines", "a\x7f"):
            assert await ada.refused(CreateGroup, key(), title) is ErrorCode.BAD_REQUEST
        assert await ada.refused(CreateGroup, key(), "x", (2**52,)) is ErrorCode.NOT_FOUND
        assert await ada.refused(CreateGroup, key(), "x", picture="0" * 32) is ErrorCode.NOT_FOUND
        group = await ada.group()
        for named, code in (
            ({}, ErrorCode.BAD_REQUEST),
            ({"title": "two\nlines"}, ErrorCode.BAD_REQUEST),
            ({"retention_days": 3651}, ErrorCode.BAD_REQUEST),
            ({"picture": "0" * 32}, ErrorCode.NOT_FOUND),
        ):
            assert await ada.refused(SetInfo, group, **named) is code
        used = key()
        await ada.send(group, client_id=used)
        assert await ada.refused(CreateGroup, used, "x") is ErrorCode.BAD_REQUEST


async def test_who_comes_later_stands_at_the_end_and_may_read_all(place: Place) -> None:
    async with place.regulars("ada", "bob", "eve") as (ada, bob, eve):
        group = await ada.group(bob)
        await ada.send(group, "before")
        await bob.told()
        await eve.told()
        sent = await ada.do(AddMembers, group, user_ids=(eve.user_id, bob.user_id))
        told = await bob.told()
        [new] = [each for each in told if isinstance(each, NewMessage)]
        [update] = [each for each in told if isinstance(each, ConversationUpdate)]
        assert new.message.action == MembersAdded((eve.user_id,))
        assert update.members is not None
        assert [each.user_id for each in update.members] == [eve.user_id]
        assert eve.user_id in {each.user.user_id for each in told if isinstance(each, UserUpdate)}
        told = await eve.told()
        [whole] = [each for each in told if isinstance(each, ConversationUpdate)]
        assert whole.head is not None
        assert whole.personal is not None
        assert (whole.kind, whole.head.last_seq, whole.personal.read_seq) == ("group", sent.seq, sent.seq)
        assert whole.head.message_count == whole.personal.seen_count == 1
        assert not [each for each in told if isinstance(each, NewMessage)]
        assert [each.seq for each in await eve.page(group)] == [1, 2, 3]
        await ada.send(group, "after")
        assert (await eve.next(NewMessage)).message.content == text("after")
        nobody_new = await ada.refused(AddMembers, group, user_ids=(eve.user_id,))
        assert nobody_new is ErrorCode.BAD_REQUEST
        assert await ada.refused(AddMembers, group, user_ids=(2**52,)) is ErrorCode.NOT_FOUND
        assert await ada.refused(AddMembers, group, user_ids=()) is ErrorCode.BAD_REQUEST


async def test_who_leaves_is_gone_and_gets_the_first_answer_again(place: Place) -> None:
    async with place.regulars("ada", "bob") as (ada, bob), place.device(bob) as second:
        group = await ada.group(bob)
        for each in (ada, bob, second):
            await each.told()
        leave = bob.command(RemoveMember, group, user_id=bob.user_id)
        first = await bob.answer(leave)
        for device in (bob, second):
            [update] = await device.told()
            assert isinstance(update, ConversationUpdate)
            assert (update.gone, update.conversation_id, update.head) == (True, group, None)
        told = await ada.told()
        [new] = [each for each in told if isinstance(each, NewMessage)]
        [update] = [each for each in told if isinstance(each, ConversationUpdate)]
        assert (new.message.action, new.message.sender_id) == (MemberRemoved(bob.user_id), bob.user_id)
        assert update.left == (bob.user_id,)
        again = await bob.do(RemoveMember, group, user_id=bob.user_id, client_id=leave.client_id)
        assert (again.seq, again.message_id) == (first.seq, first.message_id)  # type: ignore[union-attr]
        assert await bob.refused(LoadHistory, group) is ErrorCode.NOT_FOUND
        assert await bob.refused(SendMessage, group, content=text("x")) is ErrorCode.NOT_FOUND
        await ada.send(group)
        assert await bob.told() == []
        assert await ada.refused(RemoveMember, group, user_id=bob.user_id) is ErrorCode.NOT_FOUND


async def test_whoever_was_removed_may_come_back(place: Place) -> None:
    async with place.regulars("ada", "bob") as (ada, bob):
        group = await ada.group(bob)
        earlier = bob.command(SendMessage, group, content=text("earlier"))
        first = await bob.answer(earlier)
        await bob.told()
        await ada.do(RemoveMember, group, user_id=bob.user_id)
        [update] = await bob.told()
        assert isinstance(update, ConversationUpdate)
        assert update.gone
        again = await bob.answer(earlier)
        assert again == first  # what had been carried out stays so
        await ada.do(AddMembers, group, user_ids=(bob.user_id,))
        assert (await bob.next(ConversationUpdate)).kind == "group"
        await bob.send(group)


async def test_there_is_always_an_owner(place: Place) -> None:
    async with place.regulars("ada", "bob", "eve") as (ada, bob, eve):
        group = await ada.group(bob, eve)
        only = await ada.refused(SetRole, group, user_id=ada.user_id, role="member")
        assert only is ErrorCode.FORBIDDEN
        await bob.told()
        await ada.do(SetRole, group, user_id=eve.user_id, role="admin")
        told = await bob.told()
        [new] = [each for each in told if isinstance(each, NewMessage)]
        assert new.message.action == RoleChanged(eve.user_id, "admin")
        assert _roles(told) == {eve.user_id: "admin"}
        await ada.do(RemoveMember, group, user_id=ada.user_id)
        assert _roles(await bob.told()) == {eve.user_id: "owner"}
        await eve.do(RemoveMember, group, user_id=eve.user_id)
        assert _roles(await bob.told()) == {bob.user_id: "owner"}
        await bob.do(RemoveMember, group, user_id=bob.user_id)
        assert await bob.refused(LoadHistory, group) is ErrorCode.NOT_FOUND


def _roles(packets: list[object]) -> dict[int, str]:
    updates = [each for each in packets if isinstance(each, ConversationUpdate)]
    return {each.user_id: each.role for update in updates for each in update.members or ()}


async def test_what_is_said_about_a_group(place: Place) -> None:
    async with place.regulars("ada", "bob") as (ada, bob):
        group = await ada.group(bob)
        await bob.told()
        await ada.do(SetInfo, group, title="Looms", about="", board=True, retention_days=30)
        told = await bob.told()
        [new] = [each for each in told if isinstance(each, NewMessage)]
        [update] = [each for each in told if isinstance(each, ConversationUpdate)]
        assert new.message.action == InfoChanged("Looms", "", None, True, 30)
        assert update.info == Info("Looms", board=True, retention_days=30)
        assert update.head is not None
        assert (update.head.last_seq, update.head.message_count) == (2, 0)


async def test_an_admin_changes_what_is_not_the_owners_or_nothing(place: Place) -> None:
    async with place.regulars("ada", "bob") as (ada, bob):
        group = await ada.group(bob)
        await ada.do(SetRole, group, user_id=bob.user_id, role="admin")
        assert await bob.refused(SetInfo, group, title="x", board=True) is ErrorCode.FORBIDDEN
        assert (await ada.page(group, limit=1))[0].action == RoleChanged(bob.user_id, "admin")
        assert await bob.refused(RemoveMember, group, user_id=ada.user_id) is ErrorCode.FORBIDDEN


@pytest.mark.deadline(300)
async def test_in_a_large_group_pointers_and_presence_are_told_to_nobody(place: Place) -> None:
    names = [f"extra{number}" for number in range(RECEIPTS_MEMBERS_MAX - 2)]
    async with place.regulars("ada", "bob", "eve") as (ada, bob, eve), place.people(*names) as extras:
        group = await ada.group(bob, eve, *extras)
        seq = await ada.send(group)
        for each in (ada, eve):
            await each.told()
        await eve.do(JoinConversation, group)
        present = {each.user.user_id for each in await eve.told() if isinstance(each, UserUpdate)}
        assert present == set()
        await bob.do(MarkRead, group, seq)
        await bob.do(SetTyping, group)
        kinds = [type(each) for each in await ada.told()]
        assert kinds == []
        [typing] = await eve.told()  # who looks at it
        assert typing == UserTyping(group, bob.user_id)
        receipts = (await ada.do(LoadDetails, group, seq)).receipts
        assert [each.user_id for each in receipts if each.read] == [bob.user_id]
        pointers = await _whole(place, ada, group)
        assert pointers[bob.user_id] == (0, 0)
        await ada.do(RemoveMember, group, user_id=extras[0].user_id)
        told = [each for each in await ada.told() if isinstance(each, ConversationUpdate)]
        [members] = [each.members for each in told if each.members is not None]
        assert len(members) == RECEIPTS_MEMBERS_MAX
        assert {each.user_id: each.read_seq for each in members}[bob.user_id] == seq
        await eve.do(MarkRead, group, seq)
        assert (await ada.next(MemberUpdate)).member.user_id == eve.user_id


async def _whole(place: Place, of: Person, conversation_id: int) -> dict[int, tuple[int, int]]:
    """The pointers that a new device is told."""
    async with place.device(of) as fresh:
        update = await fresh.next(ConversationUpdate, lambda each: each.conversation_id == conversation_id)
        assert update.members is not None
        return {each.user_id: (each.delivered_seq, each.read_seq) for each in update.members}
