"""Files in messages, forwarded and deleted ones, and as pictures: by commands, and then by reading."""

from pathlib import Path
from typing import Any

import pytest

from desktop_chat.protocol.commands import (
    CreateGroup,
    DeleteMessage,
    RemoveMember,
    SendMessage,
    SetInfo,
    UpdateProfile,
)
from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.protocol.records import Content, Source
from desktop_chat.protocol.replies import ConversationOpened, Error, MessageSent
from server.actions.retention import do_expire
from tests.server.files.file_server import FileServer, Uploader, a_file_server
from tests.server.harness import only

_keys = iter(range(1, 10_000))


def key() -> str:
    return f"{next(_keys):032x}"


async def send(sender: Uploader, conversation_id: int, *file_ids: str, **more: Any) -> list[Any]:
    content = None if "forward" in more else Content("text", "")
    return await sender.client.say(
        SendMessage(
            sender.client.next_id(), conversation_id, key(), content=content, file_ids=file_ids, **more
        )
    )


async def statuses(file_id: str, *people: Uploader) -> list[int]:
    return [(await each.get(file_id)).status for each in people]


async def three(server: FileServer) -> list[Uploader]:
    return [await server.person(name) for name in ("ada", "bob", "eve")]


async def test_a_message_lets_its_members_read(tmp_path: Path) -> None:
    async with a_file_server(tmp_path) as server:
        ada, bob, eve = await three(server)
        talk = await ada.client.open(bob.client.user_id)
        to_eve = await bob.client.open(eve.client.user_id)
        first, second = await ada.upload(b"first"), await ada.upload(b"second")
        assert only(Error, await send(bob, talk, first)).code is ErrorCode.NOT_FOUND
        unfinished = await ada.begin(b"unfinished")
        assert only(Error, await send(ada, talk, first, unfinished)).code is ErrorCode.BAD_REQUEST
        assert await statuses(first, bob, eve) == [404, 404]
        sent = only(MessageSent, await send(ada, talk, first, second))
        assert await statuses(first, bob, eve) == [200, 404]
        assert await statuses(second, bob, eve) == [200, 404]
        source = Source(talk, sent.seq)
        only(MessageSent, await send(bob, to_eve, forward=source))
        assert await statuses(first, bob, eve) == [200, 200]
        await ada.client.say(DeleteMessage(ada.client.next_id(), talk, key(), sent.seq))
        assert await statuses(first, ada, bob, eve) == [200, 200, 200]  # the forwarded one shows it
        forwarded = only(MessageSent, await send(bob, to_eve, second))
        await bob.client.say(DeleteMessage(bob.client.next_id(), to_eve, key(), forwarded.seq))
        await server.server.store.perform(lambda writer: do_expire(writer, to_eve, forwarded.seq + 1))
        assert await statuses(first, ada, bob, eve) == [200, 404, 404]


async def test_who_leaves_reads_no_more(tmp_path: Path) -> None:
    async with a_file_server(tmp_path) as server:
        ada, bob, _ = await three(server)
        group = await a_group(ada, bob)
        file_id = await ada.upload(b"content")
        await send(ada, group, file_id)
        assert await statuses(file_id, bob) == [200]
        await ada.client.say(RemoveMember(ada.client.next_id(), group, key(), bob.client.user_id))
        assert await statuses(file_id, bob) == [404]


async def test_pictures_are_for_everybody(tmp_path: Path) -> None:
    async with a_file_server(tmp_path) as server:
        ada, bob, eve = await three(server)
        first, second = await ada.upload(b"first"), await ada.upload(b"second")
        other = UpdateProfile(eve.client.next_id(), picture=first)
        assert only(Error, await eve.client.say(other)).code is ErrorCode.NOT_FOUND
        for picture, wanted in ((first, [200, 404]), (second, [404, 200]), ("", [404, 404])):
            await ada.client.say(UpdateProfile(ada.client.next_id(), picture=picture))
            assert [*await statuses(first, eve), *await statuses(second, eve)] == wanted
        group = await a_group(ada, bob, picture=first)
        assert await statuses(first, bob, eve) == [200, 200]
        await ada.client.say(SetInfo(ada.client.next_id(), group, key(), picture=second))
        assert [*await statuses(first, eve), *await statuses(second, eve)] == [404, 200]
        await ada.client.say(SetInfo(ada.client.next_id(), group, key(), picture=""))
        assert await statuses(second, eve) == [404]
        await ada.client.say(SetInfo(ada.client.next_id(), group, key(), picture=second))
        assert await statuses(second, eve) == [200]
        for each in (bob, ada):
            await each.client.say(RemoveMember(each.client.next_id(), group, key(), each.client.user_id))
        assert await statuses(second, eve) == [404]


async def a_group(owner: Uploader, *others: Uploader, picture: str = "") -> int:
    ids = tuple(each.client.user_id for each in others)
    packets = await owner.client.say(CreateGroup(owner.client.next_id(), key(), "team", ids, picture=picture))
    return only(ConversationOpened, packets).conversation.conversation_id


@pytest.mark.parametrize("count", [2])
async def test_a_repeated_send_attaches_once(tmp_path: Path, count: int) -> None:
    async with a_file_server(tmp_path) as server:
        ada, _, _ = await three(server)
        note = await ada.client.open(ada.client.user_id)
        file_id = await ada.upload(b"content")
        command = SendMessage(ada.client.next_id(), note, key(), Content("text", ""), file_ids=(file_id,))
        for _ in range(count):
            only(MessageSent, await ada.client.say(command))
        assert len(server.server.store.state.file_uses) == 1  # type: ignore[attr-defined]
