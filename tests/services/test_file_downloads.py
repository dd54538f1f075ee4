"""Files of messages that are fetched: they go on, never over another file, and never as another one's."""

import asyncio
import os
from pathlib import Path

import pytest
from msgspec.structs import replace

from desktop_chat.core import attachments
from desktop_chat.core.attachments import Attachment
from desktop_chat.core.transfers import TransferPhase
from desktop_chat.services.client import ClientError
from desktop_chat.services.file_sending import Picked
from tests.services.app import an_app, described, phase, two_people, until, written


async def test_a_download_goes_on_after_a_restart_and_never_over_another_file(tmp_path: Path) -> None:
    content = written(tmp_path / "a.bin", 3_000_000)
    downloads = tmp_path / "downloads"
    downloads.mkdir()
    (downloads / "a.bin").write_bytes(b"mine")
    async with two_people(tmp_path) as (_, ada, bob, talk):
        async with an_app(tmp_path / "ada", ada) as one:
            await one.client.file_sending.send(talk, [Picked(tmp_path / "a.bin")])
            await until(lambda: one.last.seq)
            [file_id] = one.last.extra.file_ids  # type: ignore[union-attr]
            [what] = described(one.last)
        async with an_app(tmp_path / "bob", bob) as other:
            await other.client.file_fetching.fetch(file_id, what, downloads)
            await until(lambda: (found := other.client.transfers.get(file_id)) and found.done_bytes)
        assert (downloads / "a (1).bin").stat().st_size == 0
        async with an_app(tmp_path / "bob", bob) as other:
            await until(lambda: (found := other.client.transfers.get(file_id)) and found.path)
            assert (downloads / "a (1).bin").read_bytes() == content
            assert (downloads / "a.bin").read_bytes() == b"mine"
            (tmp_path / "bob" / "x").mkdir()
            await other.client.file_fetching.save(file_id, what, tmp_path / "bob" / "x" / "copy")
            assert (tmp_path / "bob" / "x" / "copy").read_bytes() == content
            assert sorted(os.listdir(downloads)) == ["a (1).bin", "a.bin"]


async def test_a_download_paused_and_given_up(tmp_path: Path) -> None:
    written(tmp_path / "a.bin", 3_000_000)
    downloads = tmp_path / "downloads"
    async with two_people(tmp_path) as (_, ada, bob, talk):
        async with an_app(tmp_path / "ada", ada) as one, an_app(tmp_path / "bob", bob) as other:
            await one.client.file_sending.send(talk, [Picked(tmp_path / "a.bin")])
            await until(lambda: other.rows)
            [file_id], [what] = other.last.extra.file_ids, described(other.last)  # type: ignore[union-attr]
            fetching = other.client.file_fetching
            await fetching.fetch(file_id, what, downloads)
            await until(lambda: (found := other.client.transfers.get(file_id)) and found.done_bytes)
            await fetching.pause(file_id)
            assert phase(other) is TransferPhase.PAUSED
        async with an_app(tmp_path / "bob", bob) as other:
            fetching = other.client.file_fetching
            found = other.client.transfers.get(file_id)
            assert found is not None
            assert found.phase is TransferPhase.PAUSED
            await fetching.resume(file_id, what)
            await fetching.pause(file_id)
            await fetching.cancel(file_id)
            assert os.listdir(downloads) == []
            assert other.client.transfers.get(file_id) is None


async def test_a_forwarded_file_can_be_fetched(tmp_path: Path) -> None:
    content = written(tmp_path / "a.bin", 1000)
    async with two_people(tmp_path) as (server, ada, bob, talk):
        eve = await server.person("eve")
        further = await bob.client.open(eve.client.user_id)
        async with an_app(tmp_path / "ada", ada) as one, an_app(tmp_path / "bob", bob) as other:
            await one.client.file_sending.send(talk, [Picked(tmp_path / "a.bin")], "words")
            await until(lambda: other.rows)
            await other.client.forward(other.last, further)
            async with an_app(tmp_path / "eve", eve) as third:
                await until(lambda: third.rows)
                assert attachments.caption(third.last.kind, third.last.body) == "words"
                [file_id], [what] = third.last.extra.file_ids, described(third.last)  # type: ignore[union-attr]
                await third.client.file_fetching.fetch(file_id, what, tmp_path / "downloads")
                await until(lambda: phase(third) is TransferPhase.DONE)
        assert (tmp_path / "downloads" / "a.bin").read_bytes() == content


async def test_a_sender_who_lies_about_a_file_gives_nobody_another(tmp_path: Path) -> None:
    written(tmp_path / "a.bin", 1000)
    async with (
        two_people(tmp_path) as (_, ada, bob, talk),
        an_app(tmp_path / "ada", ada) as one,
        an_app(tmp_path / "bob", bob) as other,
    ):
        await one.client.file_sending.send(talk, [Picked(tmp_path / "a.bin")])
        await until(lambda: other.rows)
        [file_id] = other.last.extra.file_ids  # type: ignore[union-attr]
        lie = Attachment("../../evil.sh", 1000, "00" * 32)
        await other.client.file_fetching.fetch(file_id, lie, tmp_path / "downloads")
        await until(lambda: phase(other) is TransferPhase.FAILED)
        with pytest.raises(ClientError, match="no such file"):
            await other.client.file_fetching.fetch("../x", lie, tmp_path / "downloads")
        assert os.listdir(tmp_path / "downloads") == []
        (tmp_path / "downloads" / "evil.sh").write_text("mine")
        await other.client.file_fetching.resume(file_id, lie)
        await until(lambda: other.phases[-1] is TransferPhase.FAILED)
        assert os.listdir(tmp_path / "downloads") == ["evil.sh"]
        assert (tmp_path / "downloads" / "evil.sh").read_text() == "mine"


async def test_a_failed_download_goes_on_beside_what_has_its_name_by_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = [written(tmp_path / name, 1000, seed) for seed, name in enumerate(("a.pdf", "b.pdf"))]
    downloads = tmp_path / "downloads"
    async with (
        two_people(tmp_path) as (_, ada, bob, talk),
        an_app(tmp_path / "ada", ada) as one,
        an_app(tmp_path / "bob", bob) as other,
    ):
        await one.client.file_sending.send(talk, [Picked(tmp_path / name) for name in ("a.pdf", "b.pdf")])
        await until(lambda: other.rows)
        ids = other.last.extra.file_ids  # type: ignore[union-attr]
        # Both have one name, as files of two messages often do.
        what, later = (replace(each, name="report.pdf") for each in described(other.last))
        fetching = other.client.file_fetching

        async def fails(*_: object) -> None:
            raise ClientError("No.")

        with monkeypatch.context() as patch:
            patch.setattr(other.client.files, "download", fails)
            await fetching.fetch(ids[0], what, downloads)
            await until(lambda: phase(other) is TransferPhase.FAILED)
            assert os.listdir(downloads) == []
            (tmp_path / "chosen").write_text("to be replaced")
            await fetching.save(ids[1], later, tmp_path / "chosen")
            await until(lambda: phase(other, 1) is TransferPhase.FAILED)
        (downloads / "report.pdf").touch()  # another download has reserved it
        for file_id, each in zip(ids, (what, later), strict=True):
            await fetching.resume(file_id, each)
        await until(lambda: all(phase(other, place) is TransferPhase.DONE for place in (0, 1)))
        assert (downloads / "report.pdf").read_bytes() == b""
        assert (downloads / "report (1).pdf").read_bytes() == contents[0]
        assert (tmp_path / "chosen").read_bytes() == contents[1]


async def test_a_paused_download_does_not_replace_what_was_written_into_its_name(tmp_path: Path) -> None:
    content = written(tmp_path / "a.bin", 3_000_000)
    downloads = tmp_path / "downloads"
    async with two_people(tmp_path) as (_, ada, bob, talk):
        async with an_app(tmp_path / "ada", ada) as one, an_app(tmp_path / "bob", bob) as other:
            await one.client.file_sending.send(talk, [Picked(tmp_path / "a.bin")])
            await until(lambda: other.rows)
            [file_id], [what] = other.last.extra.file_ids, described(other.last)  # type: ignore[union-attr]
            await other.client.file_fetching.fetch(file_id, what, downloads)
            await until(lambda: (found := other.client.transfers.get(file_id)) and found.done_bytes)
        (downloads / "a.bin").write_text("mine")
        async with an_app(tmp_path / "bob", bob) as other:
            await until(lambda: (found := other.client.transfers.get(file_id)) and found.path)
    assert (downloads / "a.bin").read_text() == "mine"
    assert (downloads / "a (1).bin").read_bytes() == content


async def test_many_clicks_on_one_file_leave_one_download(tmp_path: Path) -> None:
    content = written(tmp_path / "a.bin", 1_000_000)
    async with (
        two_people(tmp_path) as (_, ada, bob, talk),
        an_app(tmp_path / "ada", ada) as one,
        an_app(tmp_path / "bob", bob) as other,
    ):
        await one.client.file_sending.send(talk, [Picked(tmp_path / "a.bin")])
        await until(lambda: other.rows)
        [file_id], [what] = other.last.extra.file_ids, described(other.last)  # type: ignore[union-attr]
        fetching = other.client.file_fetching
        await asyncio.gather(
            *(fetching.fetch(file_id, what, tmp_path / "downloads") for _ in range(3)),
            fetching.pause(file_id),
            *(fetching.resume(file_id, what) for _ in range(3)),
        )
        await until(lambda: phase(other) is TransferPhase.DONE)
        assert os.listdir(tmp_path / "downloads") == ["a.bin"]
        assert (tmp_path / "downloads" / "a.bin").read_bytes() == content
        assert not fetching._locks


async def test_what_was_moved_away_can_be_fetched_again(tmp_path: Path) -> None:
    written(tmp_path / "a.bin", 1000)
    downloads = tmp_path / "downloads"
    async with two_people(tmp_path) as (_, ada, bob, talk):
        async with an_app(tmp_path / "ada", ada) as one, an_app(tmp_path / "bob", bob) as other:
            await one.client.file_sending.send(talk, [Picked(tmp_path / "a.bin")])
            await until(lambda: other.rows)
            [file_id], [what] = other.last.extra.file_ids, described(other.last)  # type: ignore[union-attr]
            await other.client.file_fetching.fetch(file_id, what, downloads)
            await until(lambda: phase(other) is TransferPhase.DONE)
        (downloads / "a.bin").rename(downloads / "mine.bin")
        async with an_app(tmp_path / "bob", bob) as other:
            await until(lambda: other.client.transfers.get(file_id) is None)
            await other.client.file_fetching.fetch(file_id, what, downloads)
            await until(lambda: (found := other.client.transfers.get(file_id)) and found.path)
            assert sorted(os.listdir(downloads)) == ["a.bin", "mine.bin"]
