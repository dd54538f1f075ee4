"""Pictures of people and groups, from one person's app to the other's, with a real server."""

import logging
from pathlib import Path

import pytest

from desktop_chat.core.changes import Change, ConversationChanged, UserChanged
from desktop_chat.core.models import Conversation, User
from desktop_chat.services import portraits
from desktop_chat.services.client import Client, ClientError
from tests.services.app import an_app, two_people, until, written


class Seen:
    """Users and conversations as an app was told of them last."""

    def __init__(self, client: Client) -> None:
        self.users: dict[int, User] = {}
        self.conversations: dict[int, Conversation] = {}
        client.subscribe(self._take)

    def _take(self, change: Change) -> None:
        match change:
            case UserChanged(user):
                self.users[user.user_id] = user
            case ConversationChanged(conversation):
                self.conversations[conversation.conversation_id] = conversation


async def test_a_portrait_is_sent_told_and_fetched_when_it_is_on_screen(tmp_path: Path) -> None:
    content = written(tmp_path / "me.jpg", 30_000)
    async with (
        two_people(tmp_path) as (_, ada, bob, _),
        an_app(tmp_path / "ada", ada) as one,
        an_app(tmp_path / "bob", bob) as other,
    ):
        seen = Seen(other.client)
        went: list[int] = []
        file_id = await one.client.portraits.send(tmp_path / "me.jpg", lambda done, total: went.append(done))
        assert went[-1] == 30_000
        assert not (tmp_path / "me.jpg").exists(), "it was made for this"
        assert Path(one.client.portraits.path(file_id)).read_bytes() == content, "the own one is not fetched"
        other.client.portraits.want(file_id)
        await one.client.actions.update_profile(picture=file_id)
        await until(lambda: ada.client.user_id in seen.users)
        assert seen.users[ada.client.user_id].picture == file_id
        assert not other.client.portraits.path(file_id), "nobody has looked at it yet"
        other.client.portraits.want(file_id)
        await until(lambda: other.client.portraits.path(file_id))
        assert Path(other.client.portraits.path(file_id)).read_bytes() == content
        assert [each.picture for each in await other.client.find_people("ada")] == [file_id]


async def test_what_was_wanted_offline_comes_with_the_connection(tmp_path: Path) -> None:
    content = written(tmp_path / "us.png", 500)
    async with two_people(tmp_path) as (_, ada, bob, _):
        async with an_app(tmp_path / "ada", ada) as one, an_app(tmp_path / "bob", bob) as other:
            file_id = await one.client.portraits.send(tmp_path / "us.png")
            seen = Seen(other.client)
            group = await one.client.actions.create_group("Us", (other.client.user_id,), picture=file_id)
            await until(lambda: group in seen.conversations)
            assert seen.conversations[group].info.picture == file_id
        async with an_app(tmp_path / "bob", bob, online=False) as later:
            assert [each.info.picture for each in later.client.conversations() if each.kind == "group"] == [
                file_id
            ]
            later.client.portraits.want(file_id)  # painted before there is a connection
            written(tmp_path / "us.png", 500)
            with pytest.raises(ClientError, match="no connection"):
                await later.client.portraits.send(tmp_path / "us.png")
            later.client.start()
            await until(lambda: later.client.portraits.path(file_id))
            assert Path(later.client.portraits.path(file_id)).read_bytes() == content
        async with an_app(tmp_path / "bob", bob, online=False) as again:
            assert again.client.portraits.path(file_id), "it is kept over a restart"


async def test_what_is_too_large_or_not_there_is_let_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(portraits, "PORTRAIT_MAX_BYTES", 1_000)
    written(tmp_path / "large.png", 1_001)
    written(tmp_path / "small.png", 999, seed=2)
    stranger = f"{7:032x}"
    async with (
        two_people(tmp_path) as (_, ada, bob, _),
        an_app(tmp_path / "ada", ada) as one,
        an_app(tmp_path / "bob", bob) as other,
    ):
        seen = Seen(other.client)
        ids = [await one.client.portraits.send(tmp_path / name) for name in ("large.png", "small.png")]
        await one.client.actions.update_profile(picture=ids[0])
        people = (other.client.user_id,)
        group = await one.client.actions.create_group("Us", people, picture=ids[1])
        await until(lambda: group in seen.conversations and ada.client.user_id in seen.users)
        other.client.portraits.met(stranger)
        with caplog.at_level(logging.INFO, logger="desktop_chat.services.portraits"):
            for file_id in (stranger, ids[0], "../../etc/passwd", ids[1]):
                other.client.portraits.want(file_id)
            await until(lambda: other.client.portraits.path(ids[1]))
            await until(lambda: len(other.client.portraits._refused) == 2)
        assert not other.client.portraits.path(ids[0])
        assert "too large for a portrait" in caplog.text


async def test_what_was_in_the_way_is_tried_again_with_the_next_connection(tmp_path: Path) -> None:
    async with two_people(tmp_path) as (_, ada, _, _), an_app(tmp_path / "ada", ada, online=False) as one:
        some = one.client.portraits
        some.met(f"{1:032x}")
        some._refused.add(f"{1:032x}")
        some.want(f"{1:032x}")
        assert not some._waiting
        some.set_online(True)
        some.want(f"{1:032x}")
        assert some._waiting


async def test_without_room_for_a_copy_a_portrait_is_sent_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path / "me.jpg", 3_000)

    async def full(source: Path, target: Path) -> None:
        raise ClientError("The disk is full.")

    async with two_people(tmp_path) as (_, ada, _, _), an_app(tmp_path / "ada", ada) as one:
        monkeypatch.setattr(one.client.portraits._local, "copy", full)
        file_id = await one.client.portraits.send(tmp_path / "me.jpg")
        assert not one.client.portraits.path(file_id), "it is fetched like any other"


async def test_only_what_is_on_screen_now_is_waited_for(tmp_path: Path) -> None:
    async with two_people(tmp_path) as (_, ada, _, _), an_app(tmp_path / "ada", ada, online=False) as one:
        ids = [f"{number:032x}" for number in range(300)]
        for file_id in ids:
            one.client.portraits.want(file_id)
        assert not one.client.portraits._waiting, "nobody has told of these"
        for file_id in ids:
            one.client.portraits.met(file_id)
            one.client.portraits.want(file_id)
        assert list(one.client.portraits._waiting) == ids[-portraits._WAITING_MAX :]
