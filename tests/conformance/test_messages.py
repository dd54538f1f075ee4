"""Messages, and what entries make of them."""

import pytest

from desktop_chat.protocol import limits
from desktop_chat.protocol.actions import Deleted, Edited, Pinned, Reacted
from desktop_chat.protocol.commands import (
    DeleteMessage,
    EditMessage,
    LoadHistory,
    LoadVersions,
    PinMessage,
    React,
    SendMessage,
    StarMessage,
)
from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.protocol.events import ConversationUpdate, NewMessage
from desktop_chat.protocol.records import Content, Origin, Reaction, Source
from desktop_chat.protocol.replies import MessageSent
from tests.conformance.person import Person, key, text
from tests.conformance.place import Place


async def test_a_message_reaches_every_device_once(place: Place) -> None:
    async with place.people("ada", "bob") as (ada, bob), place.device(ada) as second:
        talk = await ada.do_open(bob.user_id)
        await bob.told()
        await second.told()
        sent = await ada.do(SendMessage, talk, content=text("hello"), mentions=(bob.user_id,))
        at_ada = [each for each in await ada.told() if isinstance(each, NewMessage)]
        at_second = [each for each in await second.told() if isinstance(each, NewMessage)]
        told = await bob.told()
        [new], [update] = (
            [each for each in told if isinstance(each, NewMessage)],
            [each for each in told if isinstance(each, ConversationUpdate)],
        )
        assert at_ada == at_second == [new]
        message = new.message
        assert (message.message_id, message.seq, message.sent_at_ms, message.client_id) == (
            sent.message_id,
            sent.seq,
            sent.sent_at_ms,
            sent.client_id,
        )
        assert (message.content, message.mentions) == (text("hello"), (bob.user_id,))
        assert update.head is not None
        assert update.head.preview is not None
        assert (update.position, update.personal) == (sent.message_id, None)
        assert (update.head.preview.text, update.head.preview.seq) == ("hello", sent.seq)


@pytest.mark.parametrize("body", ["", " \n\t", "\x00", "\u200b\u3164", "\u2800"])
async def test_a_text_in_which_nothing_can_be_seen(place: Place, body: str) -> None:
    async with place.regulars("ada") as (ada,):
        note = await ada.do_open(ada.user_id)
        assert await ada.refused(SendMessage, note, content=text(body)) is ErrorCode.BAD_REQUEST
        seq = await ada.send(note, f"{body}x")
        assert await ada.refused(EditMessage, note, seq=seq, content=text(body)) is ErrorCode.BAD_REQUEST


async def test_messages_that_make_no_sense(place: Place) -> None:
    async with place.regulars("ada", "bob", "eve") as (ada, bob, eve):
        talk = await ada.do_open(bob.user_id)
        seq = await ada.send(talk)
        source = Source(talk, seq)
        for named, code in (
            ({}, ErrorCode.BAD_REQUEST),
            ({"content": Content("deleted", "x")}, ErrorCode.BAD_REQUEST),
            ({"content": text("x"), "reply_to": seq + 10_000}, ErrorCode.BAD_REQUEST),
            ({"content": text("x"), "mentions": (eve.user_id,)}, ErrorCode.BAD_REQUEST),
            ({"content": text("x"), "mentions": (bob.user_id,) * 2}, ErrorCode.BAD_REQUEST),
            ({"content": text("x"), "forward": source}, ErrorCode.BAD_REQUEST),
            ({"file_ids": ("0" * 32,), "forward": source}, ErrorCode.BAD_REQUEST),
            ({"content": text("x"), "file_ids": ("0" * 32,)}, ErrorCode.NOT_FOUND),
            ({"forward": Source(talk, seq + 10_000)}, ErrorCode.NOT_FOUND),
            ({"content": text("x" * (limits.MAX_BODY_CHARS + 1))}, ErrorCode.BAD_REQUEST),
            ({"content": Content("UPPER CASE", "x")}, ErrorCode.BAD_REQUEST),
        ):
            assert await ada.refused(SendMessage, talk, **named) is code, named
        with_eve = await eve.do_open(ada.user_id)
        assert await eve.refused(SendMessage, with_eve, forward=source) is ErrorCode.NOT_FOUND
        assert (await ada.page(talk, limit=1))[0].seq == seq


async def test_a_kind_that_the_server_does_not_know_travels_as_it_is(place: Place) -> None:
    async with place.regulars("ada", "bob") as (ada, bob):
        talk = await ada.do_open(bob.user_id)
        await bob.told()
        content = Content("org.example.sealed", "\u0000\u202e" + "\U0001f642" * 10)
        sent = await ada.do(SendMessage, talk, content=content)
        assert (await bob.entry(talk, sent.seq)).content == content
        update = await bob.next(ConversationUpdate)
        assert update.head is not None
        assert update.head.preview is not None
        assert (update.head.preview.kind, update.head.preview.text) == (content.kind, "")


async def test_answers_and_forwarded_ones(place: Place) -> None:
    async with place.regulars("ada", "bob", "eve") as (ada, bob, eve):
        talk, other = await ada.do_open(bob.user_id), await bob.do_open(eve.user_id)
        first = await ada.send(talk, "first")
        answer = await bob.send(talk, "answer", reply_to=first)
        assert (await ada.entry(talk, answer)).reply_to == first
        forwarded = await bob.send(other, forward=Source(talk, first))
        again = await eve.send(await eve.do_open(eve.user_id), forward=Source(other, forwarded))
        written = await ada.entry(talk, first)
        for holder, conversation_id, seq in (
            (eve, other, forwarded),
            (eve, await eve.do_open(eve.user_id), again),
        ):
            passed_on = await holder.entry(conversation_id, seq)
            assert passed_on.origin == Origin(ada.user_id, written.sent_at_ms)
            assert passed_on.content == text("first")


async def test_an_edit(place: Place) -> None:
    async with place.regulars("ada", "bob") as (ada, bob):
        talk = await ada.do_open(bob.user_id)
        seq = await ada.send(talk, "one", mentions=(bob.user_id,))
        assert (await bob.do(LoadVersions, talk, seq)).versions == []
        await bob.told()
        sent = await ada.do(EditMessage, talk, seq=seq, content=text("two"))
        new = await bob.next(NewMessage)
        assert (new.message.action, new.message.content) == (Edited(seq), None)
        assert new.target is not None
        assert (new.target.content, new.target.mentions) == (text("two"), ())
        assert new.target.changed_seq == new.message.seq == sent.seq
        assert new.target.edited_at_ms == new.message.sent_at_ms
        update = await bob.next(ConversationUpdate)
        assert update.head is not None
        assert update.head.preview is not None
        assert (update.head.last_seq, update.head.preview.text) == (sent.seq, "two")
        await ada.do(EditMessage, talk, seq=seq, content=text("three"))
        versions = (await bob.do(LoadVersions, talk, seq)).versions
        assert [each.content.body for each in versions] == ["one", "two"]
        assert (await bob.entry(talk, seq)).content == text("three")
        assert await bob.refused(EditMessage, talk, seq=seq, content=text("mine")) is ErrorCode.FORBIDDEN
        assert await ada.refused(EditMessage, talk, seq=sent.seq, content=text("x")) is ErrorCode.NOT_FOUND


async def test_a_deletion(place: Place) -> None:
    async with place.regulars("ada", "bob") as (ada, bob):
        talk = await ada.do_open(bob.user_id)
        seq = await ada.send(talk, "secret")
        await ada.do(EditMessage, talk, seq=seq, content=text("more secret"))
        await bob.do(React, talk, seq=seq, key="👍")
        await bob.do(PinMessage, talk, seq=seq)
        await bob.told()
        sent = await ada.do(DeleteMessage, talk, seq=seq)
        new = await bob.next(NewMessage)
        assert new.message.action == Deleted(seq)
        gone = new.target
        assert gone is not None
        assert (gone.deleted, gone.content, gone.reactions, gone.changed_seq) == (True, None, (), sent.seq)
        update = await bob.next(ConversationUpdate)
        assert update.head is not None
        assert update.head.preview is not None
        assert (update.head.preview.kind, update.head.preview.text) == ("deleted", "")
        assert update.info is not None
        assert seq not in update.info.pinned_seqs
        assert await bob.entry(talk, seq) == gone
        for of, named in (
            (EditMessage, {"content": text("x")}),
            (DeleteMessage, {}),
            (React, {"key": "👍"}),
            (PinMessage, {}),
        ):
            assert await ada.refused(of, talk, seq=seq, **named) is ErrorCode.NOT_FOUND
        assert await ada.refused(LoadVersions, talk, seq) is ErrorCode.NOT_FOUND
        assert await ada.refused(StarMessage, talk, seq) is ErrorCode.NOT_FOUND
        assert await ada.refused(SendMessage, talk, forward=Source(talk, seq)) is ErrorCode.NOT_FOUND


async def test_reactions(place: Place) -> None:
    async with place.regulars("ada", "bob") as (ada, bob):
        talk = await ada.do_open(bob.user_id)
        seq = await ada.send(talk)
        await bob.told()
        await ada.do(React, talk, seq=seq, key="👍")
        await bob.do(React, talk, seq=seq, key="👍")
        await bob.do(React, talk, seq=seq, key="🎉")
        both = tuple(sorted((ada.user_id, bob.user_id)))
        assert set((await ada.entry(talk, seq)).reactions) == {
            Reaction("👍", both),
            Reaction("🎉", (bob.user_id,)),
        }
        await bob.do(React, talk, seq=seq, key="👍", on=False)
        new = await ada.next(NewMessage, lambda each: each.message.action == Reacted(seq, "👍", False))
        assert new.target is not None
        assert set(new.target.reactions) == {Reaction("👍", (ada.user_id,)), Reaction("🎉", (bob.user_id,))}
        for unseen in (" ", "\n", "\x00"):
            assert await ada.refused(React, talk, seq=seq, key=unseen) is ErrorCode.BAD_REQUEST


async def test_pins_are_in_the_order_of_their_pinning(place: Place) -> None:
    async with place.regulars("ada") as (ada,):
        group = await ada.group()
        first, second, third = [await ada.send(group) for _ in range(3)]
        for seq in (second, first, third, second):
            await ada.do(PinMessage, group, seq=seq)
        await ada.told()
        await ada.do(PinMessage, group, seq=third, on=False)
        assert (await ada.next(NewMessage)).message.action == Pinned(third, False)
        update = await ada.next(ConversationUpdate)
        assert update.info is not None
        assert update.info.pinned_seqs == (first, second)


async def test_a_message_holds_so_much_and_no_more(place: Place) -> None:
    async with place.regulars("ada") as (ada,):
        note = await ada.do_open(ada.user_id)
        seq = await ada.send(note)
        for number in range(limits.REACTION_KEYS_MAX):
            await ada.do(React, note, seq=seq, key=f"{number}")
        assert await ada.refused(React, note, seq=seq, key="one more") is ErrorCode.LIMIT_REACHED
        await ada.do(React, note, seq=seq, key="0")
        for number in range(limits.VERSIONS_MAX):
            await ada.do(EditMessage, note, seq=seq, content=text(f"{number}"))
        once_more = await ada.refused(EditMessage, note, seq=seq, content=text("one more"))
        assert once_more is ErrorCode.LIMIT_REACHED


async def test_a_conversation_has_so_many_pins_and_no_more(place: Place) -> None:
    async with place.regulars("ada") as (ada,):
        group = await ada.group()
        seqs = [await ada.send(group) for _ in range(limits.PINS_MAX + 1)]
        for seq in seqs[:-1]:
            await ada.do(PinMessage, group, seq=seq)
        assert await ada.refused(PinMessage, group, seq=seqs[-1]) is ErrorCode.LIMIT_REACHED
        await ada.do(PinMessage, group, seq=seqs[0])


async def test_a_repeat_gets_the_first_result(place: Place) -> None:
    async with place.regulars("ada", "bob") as (ada, bob):
        group = await ada.group(bob)
        seq = await ada.send(group)
        for of, named, otherwise in (
            (SendMessage, {"content": text("once")}, {"content": text("twice")}),
            (EditMessage, {"seq": seq, "content": text("once")}, {"seq": seq, "content": text("twice")}),
            (React, {"seq": seq, "key": "1"}, {"seq": seq, "key": "2"}),
            (PinMessage, {"seq": seq}, {"seq": seq, "on": False}),
            (DeleteMessage, {"seq": seq}, {"seq": seq}),
        ):
            name = key()
            first = await ada.do(of, group, client_id=name, **named)
            await bob.told()
            again = await ada.do(of, group, client_id=name, **otherwise)
            assert _stored(again) == _stored(first)
            assert await bob.told() == []
            other = await ada.do_open(ada.user_id)
            assert await ada.refused(of, other, client_id=name, **named) is ErrorCode.BAD_REQUEST


def _stored(sent: MessageSent) -> tuple[object, ...]:
    return sent.client_id, sent.message_id, sent.seq, sent.sent_at_ms


async def _numbered(ada: Person, count: int) -> int:
    conversation_id = await ada.group()
    for number in range(count):
        await ada.say(ada.command(SendMessage, conversation_id, content=text(f"{number}")))
    await ada.next(MessageSent, lambda sent: sent.seq == count + 1)
    return conversation_id


async def test_history_by_pages(place: Place) -> None:
    async with place.regulars("ada") as (ada,):
        group = await _numbered(ada, 29)

        async def seqs(**wanted: int) -> list[int]:
            return [each.seq for each in await ada.page(group, **wanted)]

        assert await seqs(limit=5) == [26, 27, 28, 29, 30]
        assert await seqs(before_seq=26, limit=3) == [23, 24, 25]
        assert await seqs(after_seq=3, limit=3) == [4, 5, 6]
        assert await seqs(after_seq=0) == list(range(1, 31))
        assert await seqs(after_seq=30) == []
        assert await seqs(before_seq=1) == []
        both = await ada.refused(LoadHistory, group, before_seq=3, after_seq=1)
        assert both is ErrorCode.BAD_REQUEST
        assert await ada.refused(LoadHistory, group, limit=201) is ErrorCode.BAD_REQUEST


async def test_a_page_of_long_messages_ends_early(place: Place) -> None:
    async with place.regulars("ada") as (ada,):
        group = await ada.group()
        for _ in range(20):
            await ada.send(group, "\U0001f642" * 15_999)
        assert [each.seq for each in await ada.page(group, limit=200)] == list(range(6, 22))
        assert [each.seq for each in await ada.page(group, after_seq=1, limit=200)] == list(range(2, 18))


async def test_a_page_brings_what_its_entries_act_on(place: Place) -> None:
    async with place.regulars("ada") as (ada,):
        group = await ada.group()
        first, second = await ada.send(group, "first"), await ada.send(group, "second")
        sent = await ada.do(EditMessage, group, seq=first, content=text("changed"))
        last = await ada.do(React, group, seq=second, key="!")
        page = await ada.do(LoadHistory, group, after_seq=second)
        assert [each.seq for each in page.messages] == [sent.seq, last.seq]
        assert {each.seq: each.changed_seq for each in page.targets} == {first: sent.seq, second: last.seq}
        assert page.targets[0].content == text("changed")
        whole = await ada.do(LoadHistory, group)
        assert whole.targets == ()
        assert [each.changed_seq for each in whole.messages] == [0, sent.seq, last.seq, 0, 0]


async def test_what_a_page_was_cut_by_is_acted_on_outside_of_it(place: Place) -> None:
    async with place.regulars("ada", "bob") as (ada, bob):
        talk = await ada.do_open(bob.user_id)
        longest = text("x" * limits.MAX_BODY_CHARS)
        far = [await ada.send(talk, longest.body) for _ in range(2)]
        near = await ada.send(talk, "near")
        for each in far:
            await ada.do(EditMessage, talk, seq=each, content=longest)
        for _ in range(limits.HISTORY_PAGE_BODY_CHARS // limits.MAX_BODY_CHARS - 1):
            await ada.send(talk, longest.body)
        edited = await ada.do(EditMessage, talk, seq=near, content=text("changed"))
        page = await bob.do(LoadHistory, talk, limit=edited.seq - near + 1)
        held = {each.seq for each in page.messages}
        assert near not in held
        targets = {each.seq: each for each in page.targets}
        assert {each.action.target_seq for each in page.messages if each.action} <= held | targets.keys()
        assert targets[near].content == text("changed")


async def test_versions_that_are_too_long_for_one_frame(place: Place) -> None:
    async with place.regulars("ada") as (ada,):
        note = await ada.do_open(ada.user_id)
        bodies = [chr(0x1F600 + each) * limits.MAX_BODY_CHARS for each in range(limits.VERSIONS_MAX)]
        seq = await ada.send(note, bodies[0])
        for each in (*bodies[1:], "the last"):
            await ada.do(EditMessage, note, seq=seq, content=text(each))
        told: list[str] = []
        while some := (await ada.do(LoadVersions, note, seq, skip=len(told))).versions:
            told += [each.content.body for each in some]
        assert told == bodies
