"""Every command of the protocol, and what follows from it, by the wire."""

import asyncio
from pathlib import Path

from desktop_chat.protocol.commands import (
    FindPeople,
    JoinConversation,
    LoadHistory,
    MarkDelivered,
    MarkRead,
    OpenConversation,
    Register,
    SignIn,
    SignOut,
    UserConnect,
)
from desktop_chat.protocol.errors import CloseCode, ErrorCode
from desktop_chat.protocol.events import ConversationUpdate, MemberUpdate, NewMessage, UserUpdate
from desktop_chat.protocol.records import Content, Member, Personal, Resume
from desktop_chat.protocol.replies import (
    ConnectionConfirmed,
    ConversationOpened,
    Done,
    Error,
    MessageHistory,
    MessageSent,
    PeopleFound,
    SignedIn,
)
from tests.server.blackbox.real_server import a_client, a_person, a_server


async def test_from_registration_to_the_read_tick(tmp_path: Path) -> None:
    async with a_server(tmp_path, "--name", "home") as server, a_client(server) as ada:
        registered = await ada.register("Ada")
        assert registered.user.user_name == "Ada"
        await ada.say(UserConnect(ada.next_id(), registered.token))
        confirmed = await ada.next(ConnectionConfirmed)
        assert (confirmed.server_name, confirmed.resync, confirmed.user.online) == ("home", False, True)
        async with a_person(server, "bob") as bob:
            found = await ada.ask(FindPeople(ada.next_id(), "BO"), PeopleFound)
            assert [user.user_id for user in found.users] == [bob.user_id]
            assert found.users[0].online
            opened = await ada.ask(OpenConversation(ada.next_id(), bob.user_id), ConversationOpened)
            whole = opened.conversation
            assert {user.user_name for user in opened.users} == {"Ada", "bob"}
            assert whole.kind == "direct"
            at_bobs = await bob.next(ConversationUpdate)
            assert (at_bobs.conversation_id, at_bobs.kind) == (whole.conversation_id, "direct")
            again = await bob.ask(OpenConversation(bob.next_id(), ada.user_id), ConversationOpened)
            assert again.conversation.conversation_id == whole.conversation_id

            sent = await ada.ask(ada.message(whole.conversation_id, "hello"), MessageSent)
            new = await bob.next(NewMessage)
            assert new.message.message_id == sent.message_id
            assert new.message.content == Content("text", "hello")
            head = (await bob.next(ConversationUpdate)).head
            assert head is not None
            assert (head.last_seq, head.message_count) == (1, 1)
            assert head.preview is not None
            assert head.preview.text == "hello"
            assert (await ada.next(NewMessage)).message == new.message
            own = await ada.next(ConversationUpdate, lambda update: update.personal == Personal(0, 1))
            assert own.position == sent.message_id

            await bob.ask(MarkDelivered(bob.next_id(), whole.conversation_id, 1), Done)
            assert (await ada.next(MemberUpdate)).member == Member(bob.user_id, 1, 0)
            await bob.ask(MarkRead(bob.next_id(), whole.conversation_id, 99), Done)
            assert (await ada.next(MemberUpdate)).member == Member(bob.user_id, 1, 1)
            assert (await bob.next(ConversationUpdate)).personal == Personal(1, 1)

            joined = JoinConversation(bob.next_id(), whole.conversation_id)
            await bob.ask(joined, Done)
            assert (await bob.next(UserUpdate, lambda update: update.user.user_id == ada.user_id)).user.online
            await bob.ask(JoinConversation(bob.next_id()), Done)
            history = await bob.ask(LoadHistory(bob.next_id(), whole.conversation_id), MessageHistory)
            assert history.messages == [new.message]
        offline = await ada.next(UserUpdate, lambda update: not update.user.online)
        assert offline.user.user_id == bob.user_id
        assert offline.user.last_seen_ms > 0


async def test_history_by_pages(tmp_path: Path) -> None:
    async with a_server(tmp_path) as server, a_person(server, "ada") as ada:
        note = await ada.open(ada.user_id)
        for number in range(1, 31):
            await ada.say(ada.message(note, f"{number}"))
        await ada.next(MessageSent, lambda sent: sent.seq == 30)

        async def page(**wanted: int) -> list[int]:
            reply = await ada.ask(LoadHistory(ada.next_id(), note, **wanted), MessageHistory)
            return [message.seq for message in reply.messages]

        assert await page(limit=5) == [26, 27, 28, 29, 30]
        assert await page(before_seq=4, limit=50) == [1, 2, 3]
        assert await page(after_seq=0, limit=2) == [1, 2]
        assert await page(after_seq=28) == [29, 30]
        assert await page(after_seq=30) == []
        assert await page(before_seq=1) == []
        both = await ada.refusal(LoadHistory(ada.next_id(), note, before_seq=3, after_seq=1))
        assert both.code is ErrorCode.BAD_REQUEST


async def test_a_page_of_long_messages_ends_early(tmp_path: Path) -> None:
    async with a_server(tmp_path) as server, a_person(server, "ada") as ada:
        note = await ada.open(ada.user_id)
        for _ in range(20):
            await ada.ask(ada.message(note, "\U0001f642" * 15_999), MessageSent)
        reply = await ada.ask(LoadHistory(ada.next_id(), note, limit=200), MessageHistory)
        assert [message.seq for message in reply.messages] == list(range(5, 21))
        reply = await ada.ask(LoadHistory(ada.next_id(), note, after_seq=0, limit=200), MessageHistory)
        assert [message.seq for message in reply.messages] == list(range(1, 17))


async def test_a_repeat_gets_the_first_result(tmp_path: Path) -> None:
    async with (
        a_server(tmp_path) as server,
        a_person(server, "ada") as ada,
        a_person(server, "bob") as bob,
    ):
        conversation_id = await ada.open(bob.user_id)
        first = await ada.ask(ada.message(conversation_id, "once", key=7), MessageSent)
        second = await ada.ask(ada.message(conversation_id, "other words", key=7), MessageSent)
        assert (first.seq, first.message_id, first.sent_at_ms) == (
            second.seq,
            second.message_id,
            second.sent_at_ms,
        )
        await ada.ask(ada.message(conversation_id, "next"), MessageSent)
        assert (await bob.next(NewMessage)).message.content.body == "once"
        assert (await bob.next(NewMessage)).message.content.body == "next"
        elsewhere = await ada.refusal(ada.message(await ada.open(ada.user_id), "once", key=7))
        assert elsewhere.code is ErrorCode.BAD_REQUEST


async def test_every_device_of_both_gets_a_message(tmp_path: Path) -> None:
    async with (
        a_server(tmp_path) as server,
        a_person(server, "ada") as ada,
        a_person(server, "bob") as bob,
        a_client(server) as second,
    ):
        signed_in = await second.ask(SignIn(second.next_id(), "ADA", "correct horse", "laptop"), SignedIn)
        assert signed_in.user.user_id == ada.user_id
        await second.connect(signed_in.token)
        conversation_id = await ada.open(bob.user_id)
        await ada.ask(ada.message(conversation_id, "to all"), MessageSent)
        assert (await second.next(NewMessage)).message.content.body == "to all"
        assert await second.next(ConversationUpdate, lambda update: update.personal == Personal(0, 1))
        await bob.ask(bob.message(conversation_id, "back"), MessageSent)
        await second.next(NewMessage)
        await ada.ask(MarkRead(ada.next_id(), conversation_id, 2), Done)
        assert await second.next(ConversationUpdate, lambda update: update.personal == Personal(2, 2))


async def test_signing_out_revokes_the_token(tmp_path: Path) -> None:
    async with a_server(tmp_path) as server:
        async with a_person(server, "ada") as ada, a_client(server) as twin:
            await twin.connect(ada.token)
            await ada.ask(SignOut(ada.next_id()), Done)
            assert await ada.closed() == CloseCode.SIGNED_OUT
            assert await twin.closed() == CloseCode.SIGNED_OUT
            token = ada.token
        async with a_client(server) as late:
            refusal = await late.refusal(UserConnect(late.next_id(), token))
            assert refusal.code is ErrorCode.BAD_TOKEN
            signed_in = await late.ask(SignIn(late.next_id(), "ada", "correct horse"), SignedIn)
            await late.connect(signed_in.token)


async def test_one_of_many_at_once_gets_a_name(tmp_path: Path) -> None:
    async with a_server(tmp_path) as server:

        async def attempt(name: str) -> str:
            async with a_client(server) as client:
                await client.say(Register(client.next_id(), name, "correct horse"))
                packet = await client.next(object)
                return packet.code if isinstance(packet, Error) else "made"

        outcomes = await asyncio.gather(*(attempt(name) for name in ("ada", "Ada", "ADA", "\uff21da")))
        assert sorted(outcomes) == ["made", *[ErrorCode.NAME_TAKEN] * 3]


async def test_two_who_open_at_once_share_one_conversation(tmp_path: Path) -> None:
    async with (
        a_server(tmp_path) as server,
        a_person(server, "ada") as ada,
        a_person(server, "bob") as bob,
    ):
        assert len(set(await asyncio.gather(ada.open(bob.user_id), bob.open(ada.user_id)))) == 1


async def test_resuming_brings_what_was_missed_and_no_more(tmp_path: Path) -> None:
    async with a_server(tmp_path) as server, a_person(server, "ada") as ada:
        async with a_person(server, "bob") as bob, a_person(server, "cy") as cy:
            with_ada = await bob.open(ada.user_id)
            await bob.open(cy.user_id)
            await ada.ask(ada.message(with_ada, "one"), MessageSent)
            token, bob_id = bob.token, bob.user_id
        async with a_client(server) as back:
            position = await back.connect(token)
            first = [each for each in back.packets if isinstance(each, ConversationUpdate)]
            assert len(first) == 2
            assert {each.user.user_name for each in back.packets if isinstance(each, UserUpdate)} == {
                "ada",
                "bob",
                "cy",
            }
            epoch = next(each for each in back.packets if isinstance(each, ConnectionConfirmed)).epoch
        await ada.ask(ada.message(with_ada, "two"), MessageSent)
        async with a_client(server) as back:
            await back.connect(token, Resume(epoch, position))
            (update,) = [each for each in back.packets if isinstance(each, ConversationUpdate)]
            assert update.conversation_id == with_ada
            assert update.head is not None
            assert (update.head.message_count, update.personal) == (2, Personal())
            assert update.members is not None
            assert {member.user_id for member in update.members} == {ada.user_id, bob_id}
        for resume in (Resume("f" * 32, 1), Resume(epoch, 2**52)):
            async with a_client(server) as back:
                await back.connect(token, resume)
                assert (await back.next(ConnectionConfirmed)).resync
                assert len([each for each in back.packets if isinstance(each, ConversationUpdate)]) == 2
