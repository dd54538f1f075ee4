"""What becomes of messages: edits, deletions, reactions, pins, and what none of them may do."""

from typing import Any

from desktop_chat.protocol import commands
from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.protocol.events import ConversationUpdate, NewMessage
from desktop_chat.protocol.limits import MAX_SERVER_FRAME_BYTES, PINS_MAX, REACTION_KEYS_MAX, VERSIONS_MAX
from desktop_chat.protocol.records import Content, Reaction, Source, Version
from desktop_chat.protocol.replies import Error, MessageHistory, MessageSent, MessageVersions
from tests.server.harness import TestClient, TestServer, only


async def a_pair() -> tuple[TestClient, TestClient, int]:
    """Two people and their conversation."""
    server = TestServer()
    ada, bob = await server.person("ada"), await server.person("bob")
    conversation_id = await ada.open(bob.user_id)
    bob.packets()
    return ada, bob, conversation_id


def key(number: int) -> str:
    return f"{number:032x}"


async def edit(client: TestClient, conversation_id: int, seq: int, text: str, number: int) -> list[Any]:
    content = Content("text", text)
    return await client.say(
        commands.EditMessage(client.next_id(), conversation_id, key(number), seq, content)
    )


async def react(
    client: TestClient, conversation_id: int, seq: int, emoji: str, number: int, on: bool = True
) -> list[Any]:
    return await client.say(commands.React(client.next_id(), conversation_id, key(number), seq, emoji, on))


async def test_an_edit_shows_everywhere_and_what_was_said_before_stays_readable() -> None:
    ada, bob, id_ = await a_pair()
    await ada.send(id_, "helo")
    bob.packets()
    sent = only(MessageSent, await edit(ada, id_, 1, "hello", 100))
    assert sent.seq == 2
    told = bob.packets()
    event = only(NewMessage, told)
    assert event.message.content is None
    assert event.target is not None
    assert (event.target.content, event.target.changed_seq) == (Content("text", "hello"), 2)
    head = only(ConversationUpdate, told).head
    assert head is not None
    assert head.preview is not None
    assert (head.message_count, head.preview.text, head.preview.seq) == (1, "hello", 1)
    versions = only(MessageVersions, await bob.say(commands.LoadVersions(bob.next_id(), id_, 1)))
    assert versions.versions == [Version(Content("text", "helo"), event.target.edited_at_ms)]
    again = await edit(ada, id_, 1, "something else", 100)
    assert only(MessageSent, again).seq == 2
    assert not bob.packets()


async def test_nobody_changes_what_another_wrote() -> None:
    ada, bob, id_ = await a_pair()
    await ada.send(id_, "mine")
    assert only(Error, await edit(bob, id_, 1, "yours", 100)).code is ErrorCode.FORBIDDEN
    delete = commands.DeleteMessage(bob.next_id(), id_, key(101), 1)
    assert only(Error, await bob.say(delete)).code is ErrorCode.FORBIDDEN
    assert only(Error, await edit(ada, id_, 9, "x", 102)).code is ErrorCode.NOT_FOUND
    assert only(Error, await edit(ada, id_, 1, "\u200b", 103)).code is ErrorCode.BAD_REQUEST


async def test_nobody_puts_words_into_the_mouth_of_whom_they_forward() -> None:
    ada, bob, id_ = await a_pair()
    await bob.send(id_, "I like it")
    note = await ada.open(ada.user_id)
    forward = commands.SendMessage(ada.next_id(), note, key(100), forward=Source(id_, 1))
    message = only(NewMessage, await ada.say(forward)).message
    assert message.origin is not None
    assert message.origin.sender_id == bob.user_id
    assert only(Error, await edit(ada, note, 1, "I hate it", 101)).code is ErrorCode.FORBIDDEN
    words = commands.SendMessage(
        ada.next_id(), note, key(102), Content("text", "I hate it"), forward=Source(id_, 1)
    )
    assert only(Error, await ada.say(words)).code is ErrorCode.BAD_REQUEST


async def test_what_is_deleted_is_gone_from_the_store() -> None:
    ada, bob, id_ = await a_pair()
    await ada.send(id_, "secret one")
    await edit(ada, id_, 1, "secret two", 100)
    await react(bob, id_, 1, "👍", 101)
    bob.packets()
    await ada.say(commands.DeleteMessage(ada.next_id(), id_, key(102), 1))
    event = only(NewMessage, bob.packets())
    assert event.target is not None
    assert (event.target.deleted, event.target.content, event.target.reactions) == (True, None, ())
    store = ada.server.store
    assert await store.read(lambda reader: reader.versions(id_, 1)) == []
    page = only(MessageHistory, await bob.say(commands.LoadHistory(bob.next_id(), id_)))
    assert "secret" not in repr(page)
    assert only(Error, await edit(ada, id_, 1, "back again", 103)).code is ErrorCode.NOT_FOUND
    assert only(Error, await react(bob, id_, 1, "👍", 104)).code is ErrorCode.NOT_FOUND


async def test_a_reaction_of_several_code_points_is_one() -> None:
    ada, bob, id_ = await a_pair()
    await ada.send(id_, "done")
    bob.packets()
    for number, emoji in enumerate(("👩‍💻", "❤️", "👍🏽", "🇩🇪")):
        only(MessageSent, await react(ada, id_, 1, emoji, 100 + number))
    await react(bob, id_, 1, "👍🏽", 110)
    target = [each.target for each in ada.packets() if isinstance(each, NewMessage)][-1]
    assert target is not None
    assert Reaction("👍🏽", (ada.user_id, bob.user_id)) in target.reactions
    for number, wrong in enumerate((" ", "\u200d", "a\nb")):
        assert only(Error, await react(ada, id_, 1, wrong, 120 + number)).code is ErrorCode.BAD_REQUEST


async def test_every_count_has_a_cap() -> None:
    ada, _, id_ = await a_pair()
    await ada.send(id_, "one")
    for number in range(REACTION_KEYS_MAX):
        only(MessageSent, await react(ada, id_, 1, f"r{number}", 100 + number))
    assert only(Error, await react(ada, id_, 1, "more", 200)).code is ErrorCode.LIMIT_REACHED
    only(MessageSent, await react(ada, id_, 1, "r0", 201))
    for number in range(VERSIONS_MAX):
        only(MessageSent, await edit(ada, id_, 1, f"text {number}", 300 + number))
    assert only(Error, await edit(ada, id_, 1, "more", 500)).code is ErrorCode.LIMIT_REACHED
    seqs = [only(MessageSent, await ada.send(id_, "x")).seq for _ in range(PINS_MAX + 1)]
    pins = [commands.PinMessage(ada.next_id(), id_, key(600 + seq), seq) for seq in seqs]
    for pin in pins[:-1]:
        only(MessageSent, await ada.say(pin))
    assert only(Error, await ada.say(pins[-1])).code is ErrorCode.LIMIT_REACHED


async def test_a_page_brings_what_its_entries_act_on() -> None:
    ada, bob, id_ = await a_pair()
    for number in range(5):
        await ada.send(id_, f"message {number}")
    await react(bob, id_, 1, "👍", 100)
    page = only(MessageHistory, await bob.say(commands.LoadHistory(bob.next_id(), id_, after_seq=5)))
    assert [each.seq for each in page.messages] == [6]
    [target] = page.targets
    assert (target.seq, target.changed_seq) == (1, 6)
    whole = only(MessageHistory, await bob.say(commands.LoadHistory(bob.next_id(), id_)))
    assert whole.targets == ()
    assert whole.messages[0] == target


async def test_long_versions_come_a_reply_at_a_time() -> None:
    ada, bob, id_ = await a_pair()
    await ada.send(id_, "0" * 16_000)
    for number in range(1, 21):
        await edit(ada, id_, 1, "\N{GRINNING FACE}" * 16_000, 100 + number)
    found: list[Version] = []
    replies = 0
    while True:
        ask = commands.LoadVersions(bob.next_id(), id_, 1, skip=len(found))
        reply = only(MessageVersions, await bob.say(ask))
        if not reply.versions:
            break
        found += reply.versions
        replies += 1
    assert (len(found), replies) == (20, 2)
    assert max(map(len, bob.transport.frames)) < MAX_SERVER_FRAME_BYTES
