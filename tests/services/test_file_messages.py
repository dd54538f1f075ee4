"""Messages with files, from one person to another, with a real server: pauses, restarts, refusals."""

import asyncio
import logging
import os
import time
from pathlib import Path

import pytest

from desktop_chat.core import attachments
from desktop_chat.core.models import SendState
from desktop_chat.core.transfers import TransferPhase
from desktop_chat.services import file_fetching
from desktop_chat.services.client import ClientError
from desktop_chat.services.file_sending import Picked
from tests.services.app import PNG, an_app, described, phase, two_people, until, written


async def test_from_one_person_to_another(tmp_path: Path) -> None:
    first, second = written(tmp_path / "a.pdf", 300_000), written(tmp_path / "b.zip", 5, seed=2)
    async with (
        two_people(tmp_path) as (_, ada, bob, talk),
        an_app(tmp_path / "ada", ada) as one,
        an_app(tmp_path / "bob", bob) as other,
    ):
        picked = [Picked(tmp_path / "a.pdf", "application/pdf"), Picked(tmp_path / "b.zip")]
        echo = await one.client.file_sending.send(talk, picked, " For you ")
        assert echo.state is SendState.PENDING
        assert one.last == echo
        assert [each.sha256 for each in described(echo)] == ["", ""]
        await until(lambda: one.last.seq)
        assert one.last.extra is not None
        assert one.last.extra.upload_ids == ()
        assert len(one.last.extra.file_ids) == 2
        await until(lambda: other.rows)
        got = other.last
        assert got.kind == "file"
        assert attachments.caption(got.kind, got.body) == "For you"
        assert [(each.name, each.size_bytes, each.media_type) for each in described(got)] == [
            ("a.pdf", 300_000, "application/pdf"),
            ("b.zip", 5, ""),
        ]
        assert got.extra is not None
        downloads = tmp_path / "downloads"
        for file_id, each in zip(got.extra.file_ids, described(got), strict=True):
            await other.client.file_fetching.fetch(file_id, each, downloads)
        await until(lambda: all(phase(other, place) is TransferPhase.DONE for place in (0, 1)))
        assert (downloads / "a.pdf").read_bytes() == first
        assert (downloads / "b.zip").read_bytes() == second
        assert await one.client.files.uploads() == []
        [hit] = await other.client.search("for you")
        assert hit.message == got
        [hit] = await one.client.search("b.zi")
        assert attachments.searched(hit.message.kind, hit.message.body)[hit.start : hit.end] == "b.zi"
        assert [hit.message.seq for hit in await one.client.search("zi")] == [1]


async def test_a_caption_is_changed_later(tmp_path: Path) -> None:
    written(tmp_path / "a.pdf", 300)
    async with (
        two_people(tmp_path) as (_, ada, bob, talk),
        an_app(tmp_path / "ada", ada) as one,
        an_app(tmp_path / "bob", bob) as other,
    ):
        await one.client.file_sending.send(talk, [Picked(tmp_path / "a.pdf")], "For nobody")
        await until(lambda: one.last.seq and other.rows)
        before = described(other.last)
        await one.client.actions.edit(one.last, " For *you* ")
        await until(lambda: attachments.caption(other.last.kind, other.last.body) == "For *you*")
        assert described(other.last) == before
        assert other.last.extra is not None
        assert other.last.extra.edited_at_ms
        assert len(other.last.extra.file_ids) == 1
        [hit] = await other.client.search("for *you")
        assert hit.message.seq == other.last.seq
        await one.client.actions.edit(one.last, "")
        await until(lambda: attachments.caption(other.last.kind, other.last.body) == "")
        versions = await other.client.actions.versions(other.last)
        assert [attachments.caption(each.content.kind, each.content.body) for each in versions] == [
            "For nobody",
            "For *you*",
        ]


async def test_a_picture_is_seen_without_the_server_by_who_sent_it(tmp_path: Path) -> None:
    content = written(tmp_path / "a.png", 1000)
    async with two_people(tmp_path) as (_, ada, bob, talk):
        async with an_app(tmp_path / "ada", ada) as one, an_app(tmp_path / "bob", bob) as other:
            await one.client.file_sending.send(talk, [Picked(tmp_path / "a.png", *PNG)])
            await until(lambda: one.last.seq and other.rows)
            (tmp_path / "a.png").unlink()
            transfer = one.transfer()
            assert transfer is not None
            assert Path(transfer.path).read_bytes() == content
            got = other.last
            assert got.kind == "picture"
            assert got.extra is not None
            other.client.file_fetching.show(got.extra.file_ids[0], described(got)[0])
            await until(lambda: phase(other) is TransferPhase.DONE)
        async with an_app(tmp_path / "bob", bob, online=False) as other:
            found = other.client.transfers.get(got.extra.file_ids[0])
            assert found is not None
            assert Path(found.path).read_bytes() == content


async def test_a_picture_is_sent_even_where_no_copy_can_be_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    written(tmp_path / "a.png", 1000)
    async with two_people(tmp_path) as (_, ada, _bob, talk), an_app(tmp_path / "ada", ada) as one:

        async def is_full(*_: object) -> None:
            raise ClientError("The disk is full.")

        monkeypatch.setattr(one.client.file_fetching._local, "copy", is_full)
        with caplog.at_level(logging.WARNING, logger=file_fetching.__name__):
            await one.client.file_sending.send(talk, [Picked(tmp_path / "a.png", *PNG)])
            await until(lambda: one.last.seq)
        assert "The disk is full." in caplog.text
        transfer = one.transfer()
        assert transfer is not None
        assert transfer.path == str(tmp_path / "a.png")


async def test_an_upload_goes_on_by_itself_after_a_restart(tmp_path: Path) -> None:
    content = written(tmp_path / "a.bin", 3_000_000)
    async with two_people(tmp_path) as (server, ada, bob, talk):
        async with an_app(tmp_path / "ada", ada) as one:
            await one.client.file_sending.send(talk, [Picked(tmp_path / "a.bin")], "film")
            await until(lambda: (found := one.transfer()) and found.done_bytes)
            await one.client.send(talk, "written after it")
            await until(lambda: any(each.seq == 1 for each in one.rows.values()))
        async with an_app(tmp_path / "ada", ada) as one, an_app(tmp_path / "bob", bob) as other:
            await until(lambda: other.rows and other.last.kind == "file")
            assert [each.body for each in other.rows.values() if each.kind == "text"] == ["written after it"]
            assert other.last.extra is not None
            assert (await bob.get(other.last.extra.file_ids[0])).body == content
            assert len(server.on_disk()) == 1


async def test_what_was_picked_offline_is_sent_later(tmp_path: Path) -> None:
    written(tmp_path / "a.bin", 1000)
    async with two_people(tmp_path) as (_, ada, _bob, talk):
        async with an_app(tmp_path / "ada", ada):
            pass
        async with an_app(tmp_path / "ada", ada, online=False) as one:
            await one.client.file_sending.send(talk, [Picked(tmp_path / "a.bin")])
            assert one.last.state is SendState.PENDING
        async with an_app(tmp_path / "ada", ada) as one:
            await until(lambda: one.rows and one.last.seq)


async def test_paused_it_was_and_paused_it_stays(tmp_path: Path) -> None:
    content = written(tmp_path / "a.bin", 3_000_000)
    async with two_people(tmp_path) as (_, ada, bob, talk):
        async with an_app(tmp_path / "ada", ada) as one:
            echo = await one.client.file_sending.send(talk, [Picked(tmp_path / "a.bin")])
            await until(lambda: (found := one.transfer()) and found.done_bytes)
            await one.client.file_sending.pause(echo.client_id)
            assert phase(one) is TransferPhase.PAUSED
        async with an_app(tmp_path / "ada", ada) as one:
            await until(lambda: TransferPhase.PAUSED in one.phases)
            for _ in range(50):
                await asyncio.sleep(0)
            assert TransferPhase.RUNNING not in one.phases
            await one.client.file_sending.resume(echo.client_id)
            await until(lambda: one.rows and one.last.seq)
            assert one.last.extra is not None
            assert (await bob.get(one.last.extra.file_ids[0])).body == content


async def test_discarding_gives_the_upload_up(tmp_path: Path) -> None:
    written(tmp_path / "a.bin", 3_000_000)
    async with two_people(tmp_path) as (_server, ada, _, talk), an_app(tmp_path / "ada", ada) as one:
        echo = await one.client.file_sending.send(talk, [Picked(tmp_path / "a.bin")])
        await until(lambda: (found := one.transfer()) and found.done_bytes)
        await one.client.discard(echo.client_id)
        assert one.rows == {}
        assert await one.client.files.uploads() == []
        with pytest.raises(ClientError, match="not there any more"):
            await one.client.files.upload(echo.extra.upload_ids[0])  # type: ignore[union-attr]


async def test_what_the_server_refuses_is_said_on_the_bubble(tmp_path: Path) -> None:
    written(tmp_path / "a.bin", 1001)
    async with (
        two_people(tmp_path, max_file_bytes=1000) as (_server, ada, _, talk),
        an_app(tmp_path / "ada", ada) as one,
    ):
        echo = await one.client.file_sending.send(talk, [Picked(tmp_path / "a.bin")])
        await until(lambda: one.last.state is SendState.FAILED)
        assert "takes files of up to 1,000 bytes" in one.last.error
        assert phase(one) is TransferPhase.FAILED
        await one.client.retry(echo.client_id)
        await until(lambda: one.last.state is SendState.FAILED)
        await one.client.discard(echo.client_id)
        assert one.rows == {}


async def test_a_file_that_changed_before_its_turn_is_not_sent(tmp_path: Path) -> None:
    written(tmp_path / "a.bin", 1000)
    async with two_people(tmp_path) as (server, ada, _, talk):
        async with an_app(tmp_path / "ada", ada):
            pass
        async with an_app(tmp_path / "ada", ada, online=False) as one:
            await one.client.file_sending.send(talk, [Picked(tmp_path / "a.bin")])
        written(tmp_path / "a.bin", 1001)
        async with an_app(tmp_path / "ada", ada) as one:
            await until(lambda: one.rows and one.last.state is SendState.FAILED)
            assert "was changed while it was being sent" in one.last.error
            assert server.on_disk() == []


@pytest.mark.parametrize(
    ("names", "caption", "words"),
    [
        ([], "", "nothing to send"),
        (["a.bin"] * 21, "", "20 files fit"),
        (["a.bin"], "x" * 4001, "4,000 fit"),
        (["missing"], "", "cannot be read"),
        (["."], "", "is not a file"),
        (["empty"], "", "is empty"),
    ],
)
async def test_what_cannot_be_sent_is_said_at_once(
    tmp_path: Path, names: list[str], caption: str, words: str
) -> None:
    written(tmp_path / "a.bin", 10)
    (tmp_path / "empty").touch()
    async with two_people(tmp_path) as (_, ada, _, talk), an_app(tmp_path / "ada", ada) as one:
        with pytest.raises(ClientError, match=words):
            await one.client.file_sending.send(talk, [Picked(tmp_path / name) for name in names], caption)
        with pytest.raises(ClientError, match="not there any more"):
            await one.client.file_sending.send(999, [Picked(tmp_path / "a.bin")])
        assert await one.client.files.uploads() == []


async def test_twenty_files_with_the_longest_names(tmp_path: Path) -> None:
    picked = []
    for number in range(20):
        path = tmp_path / f"{number:02}{'ü' * 110}.txt"
        written(path, 10, seed=number)
        picked.append(Picked(path, "text/plain"))
    async with two_people(tmp_path) as (_, ada, _, talk), an_app(tmp_path / "ada", ada) as one:
        await one.client.file_sending.send(talk, picked, "\n" * 3 + "words")
        await until(lambda: one.last.seq)
        assert len(described(one.last)) == 20


async def test_what_fails_is_said_even_where_the_store_takes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    written(tmp_path / "a.bin", 1000)
    async with (
        two_people(tmp_path) as (_, ada, bob, talk),
        an_app(tmp_path / "ada", ada) as one,
        an_app(tmp_path / "bob", bob) as other,
    ):

        async def refuses(*_: object) -> None:
            raise ClientError("The disk is full.")

        sending, fetching = one.client.file_sending, other.client.file_fetching
        with monkeypatch.context() as patch:
            patch.setattr(sending._committer, "commit", refuses)
            with pytest.raises(ClientError, match="disk is full"):
                await sending.send(talk, [Picked(tmp_path / "a.bin")])
            assert one.client.transfers._known == {}
        with (
            monkeypatch.context() as patch,
            caplog.at_level(logging.WARNING, logger="desktop_chat.services.file_sending"),
        ):
            patch.setattr(sending, "_upload", refuses)
            patch.setattr(sending, "_drive", lambda message: None)
            echo = await sending.send(talk, [Picked(tmp_path / "a.bin")])
            patch.setattr(sending._committer, "commit", refuses)
            await sending._run(echo)
            assert phase(one) is TransferPhase.FAILED
            assert "not remembered" in caplog.text
        caplog.clear()
        await one.client.retry(echo.client_id)
        await until(lambda: other.rows)
        [file_id], [what] = other.last.extra.file_ids, described(other.last)  # type: ignore[union-attr]
        with (
            monkeypatch.context() as patch,
            caplog.at_level(logging.WARNING, logger=file_fetching.__name__),
        ):
            await fetching.pause(file_id)

            async def breaks(*_: object) -> None:
                patch.setattr(fetching, "_write", refuses)
                await refuses()

            patch.setattr(other.client.files, "download", breaks)
            await fetching.fetch(file_id, what, tmp_path / "downloads")
            await until(lambda: phase(other) is TransferPhase.FAILED)
            assert "not remembered" in caplog.text
        await fetching.resume(file_id, what)
        await until(lambda: phase(other) is TransferPhase.DONE)
        assert os.listdir(tmp_path / "downloads") == ["a.bin"]


async def test_the_folder_of_pictures_is_kept_within_bounds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_fetching, "CACHE_BYTES", 250)
    media = tmp_path / "ada" / "media"
    media.mkdir(parents=True)
    for number in range(4):
        written(media / f"{number:032x}", 100)
        os.utime(media / f"{number:032x}", (number, number))
    async with two_people(tmp_path) as (_, ada, _bob, _talk), an_app(tmp_path / "ada", ada) as one:
        await until(lambda: len(os.listdir(media)) == 2)
        await until(lambda: one.client.transfers.get("0" * 32) is None)
        assert sorted(os.listdir(media)) == [f"{number:032x}" for number in (2, 3)]
        assert one.client.transfers.get(f"{3:032x}") is not None
        before = time.time() - 1
        one.client.file_fetching.seen(f"{2:032x}")
        await until(lambda: (media / f"{2:032x}").stat().st_mtime > before)
        assert (media / f"{3:032x}").stat().st_mtime == 3


async def test_pasted_pictures_that_are_not_to_be_sent_any_more_are_swept(tmp_path: Path) -> None:
    outgoing = tmp_path / "ada" / "outgoing"
    outgoing.mkdir(parents=True)
    written(outgoing / "kept.png", 100)
    written(outgoing / "stale.png", 100)
    async with two_people(tmp_path) as (_, ada, _bob, talk):
        async with an_app(tmp_path / "ada", ada):
            await until(lambda: os.listdir(outgoing) == [])
        async with an_app(tmp_path / "ada", ada, online=False) as one:
            written(outgoing / "kept.png", 100)
            written(outgoing / "stale.png", 100)
            echo = await one.client.file_sending.send(talk, [Picked(outgoing / "kept.png", *PNG)])
            await one.client.file_sending.pause(echo.client_id)
        async with an_app(tmp_path / "ada", ada):
            await until(lambda: os.listdir(outgoing) == ["kept.png"])
