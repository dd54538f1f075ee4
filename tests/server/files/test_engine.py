"""Files below their HTTP: full disks, crashes between two steps, and the sweeping after them."""

import asyncio
import errno
import hashlib
import logging
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from desktop_chat.protocol.errors import ErrorCode
from server.actions.files import NewFile, do_cancel
from server.files.files import Caller
from server.files.folder import Folder
from server.files.sweeper import keep_sweeping, sweep
from server.refusal import Refused
from server.store.base import DiskFailed, StoreUnavailable
from tests.server.files.engine import Engine, blocks


def new(content: bytes, key: int = 1) -> NewFile:
    return NewFile(f"{key:032x}", len(content), hashlib.sha256(content).digest())


def blob(content: bytes) -> str:
    name = hashlib.sha256(content).hexdigest()
    return f"blobs/{name[:2]}/{name}"


class Power(BaseException):
    """It went."""


class FailingFolder(Folder):
    """A disk on which one call fails."""

    def __init__(self, path: Path, name: str, failure: BaseException, *, after: bool = False) -> None:
        super().__init__(path)
        self.armed = True
        original = getattr(self, name)

        def fail(*arguments: Any) -> Any:
            if after or not self.armed:
                original(*arguments)
            if self.armed:
                raise failure

        setattr(self, name, fail)


async def test_a_full_disk_loses_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    engine = Engine(tmp_path)
    folder = FailingFolder(engine.path, "sync_file", OSError(errno.ENOSPC, "No space left on device"))
    folder.armed = False
    caller = await engine.start(folder)
    row = await engine.files.create(caller, new(b"content"))
    await engine.files.receive(caller, row.file_id, 0, blocks([b"con"]))
    folder.armed = True
    with caplog.at_level(logging.ERROR, logger="server.files.blobs"):
        with pytest.raises(DiskFailed):
            await engine.files.receive(caller, row.file_id, 3, blocks([b"te"]))
        assert "No space left" in caplog.text
    folder.armed = False
    _, offset = await engine.files.offset(caller, row.file_id)
    assert offset >= 3
    await engine.files.receive(caller, row.file_id, offset, blocks([b"content"[offset:]]))
    assert await engine.content(caller, row.file_id) == b"content"
    engine.die()


async def test_a_block_that_was_written_in_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(tmp_path)
    caller = await engine.start()
    pwrite = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda file, data, offset: pwrite(file, data[:2], offset))
    assert (
        await engine.content(caller, await engine.upload(caller, new(b"content"), b"content")) == b"content"
    )
    engine.die()


@pytest.mark.parametrize(
    ("step", "after"), [("keep", False), ("keep", True), ("drop_part", False), ("hash", False)]
)
async def test_a_crash_while_it_is_finished(tmp_path: Path, step: str, after: bool) -> None:
    """Wherever it dies, the upload is whole after the next start without a byte sent again."""
    content = b"a content" * 100
    engine = Engine(tmp_path)
    caller = await engine.start(FailingFolder(engine.path, step, Power(), after=after))
    with pytest.raises(Power):
        await engine.upload(caller, new(content), content)
    engine.die()
    caller = await engine.start()
    await sweep(engine.files)
    row = await engine.files.create(caller, new(content))
    assert (await engine.files.offset(caller, row.file_id))[1] == len(content)
    assert await engine.content(caller, row.file_id) == content
    await sweep(engine.files)
    assert engine.on_disk() == [blob(content)]
    engine.die()


async def test_a_crash_between_the_place_and_the_commit(tmp_path: Path) -> None:
    content = b"a content" * 100
    engine = Engine(tmp_path)
    caller = await engine.start()
    row = await engine.files.create(caller, new(content))
    perform = engine.store.perform

    async def die(operation: Any) -> Any:
        raise Power

    engine.store.perform = die  # type: ignore[method-assign]
    with pytest.raises(Power):
        await engine.files.receive(caller, row.file_id, 0, blocks([content]))
    assert engine.on_disk() == [blob(content), f"uploads/{row.file_id}"]
    engine.die()
    engine.store.perform = perform  # type: ignore[method-assign]
    caller = await engine.start()
    await sweep(engine.files)  # takes the blob, which no file has, and leaves the part
    assert engine.on_disk() == [f"uploads/{row.file_id}"]
    assert (await engine.files.offset(caller, row.file_id))[1] == len(content)
    assert await engine.content(caller, row.file_id) == content
    engine.die()


async def test_a_disk_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*paths: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    engine = Engine(tmp_path)
    caller = await engine.start()
    first = await engine.upload(caller, new(b"content"), b"content")
    second = await engine.upload(caller, new(b"content", 2), b"content")
    assert await engine.content(caller, first) == await engine.content(caller, second) == b"content"
    assert engine.on_disk() == [blob(b"content")]
    engine.die()


async def test_what_a_crash_left_is_swept(tmp_path: Path) -> None:
    engine = Engine(tmp_path)
    caller = await engine.start()
    kept = await engine.upload(caller, new(b"kept"), b"kept")
    going_on = await engine.files.create(caller, new(b"going on", 2))
    await engine.files.receive(caller, going_on.file_id, 0, blocks([b"go"]))
    (engine.path / "uploads" / ("f" * 32)).write_bytes(b"of nobody")
    (engine.path / "uploads" / kept).write_bytes(b"finished")
    for name in (blob(b"of nobody"), "blobs/zz/of-somebody-else", "blobs/a-file"):
        (engine.path / name).parent.mkdir(exist_ok=True)
        (engine.path / name).write_bytes(b"")
    assert await sweep(engine.files) == 0
    assert engine.on_disk() == sorted(
        [blob(b"kept"), "blobs/a-file", "blobs/zz/of-somebody-else", f"uploads/{going_on.file_id}"]
    )
    engine.die()


async def test_a_content_that_comes_while_its_last_file_goes(tmp_path: Path) -> None:
    """Forty uploads of one content, finished while files of the same content are cancelled."""
    engine = Engine(tmp_path, unfinished_uploads_per_user_max=100, transfers_per_user_max=100)
    caller = await engine.start()
    old = [await engine.upload(caller, new(b"same", key), b"same") for key in range(1, 21)]
    await asyncio.gather(
        *(engine.files.cancel(caller, each) for each in old),
        *(engine.upload(caller, new(b"same", key), b"same") for key in range(21, 41)),
    )
    for row in engine.store.state.files.values():
        assert await engine.content(caller, row.file_id) == b"same"
    assert len(engine.store.state.files) == 20
    assert engine.on_disk() == [blob(b"same")]
    engine.die()


async def test_more_than_one_batch_is_swept(tmp_path: Path) -> None:
    engine = Engine(tmp_path, unfinished_uploads_per_user_max=1000)
    caller = await engine.start()
    for key in range(1, 251):
        await engine.files.create(caller, new(b"x", key))
    engine.now_ms += 25 * 3_600_000
    assert await sweep(engine.files) == 250
    assert engine.store.state.files == {}
    engine.die()


async def test_a_content_that_is_missing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    engine = Engine(tmp_path)
    caller = await engine.start()
    file_id = await engine.upload(caller, new(b"content"), b"content")
    (engine.path / blob(b"content")).unlink()
    with caplog.at_level(logging.ERROR, logger="server.files.files"):
        with pytest.raises(Refused, match="has lost the content"):
            await engine.content(caller, file_id)
        assert file_id in caplog.text
    engine.die()


async def test_the_sweeper_goes_on_after_a_failure(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    engine = Engine(tmp_path, sweep_interval_s=0.001)
    await engine.start()
    sweeps = 0
    parts = engine.files.blobs.parts

    async def sometimes() -> list[tuple[str, int]]:
        nonlocal sweeps
        sweeps += 1
        if sweeps == 1:
            raise StoreUnavailable
        return await parts()

    engine.files.blobs.parts = sometimes  # type: ignore[method-assign]
    with caplog.at_level(logging.WARNING, logger="server.files.sweeper"):
        sweeping = asyncio.ensure_future(keep_sweeping(engine.files))
        while sweeps < 5:
            await asyncio.sleep(0.001)
        assert "not swept" in caplog.text
    sweeping.cancel()
    await asyncio.gather(sweeping, return_exceptions=True)
    engine.die()


async def test_after_the_end_nothing_is_taken(tmp_path: Path) -> None:
    engine = Engine(tmp_path)
    caller = await engine.start()
    row = await engine.files.create(caller, new(b"content"))
    engine.files.close()
    with pytest.raises(StoreUnavailable):
        await engine.files.offset(caller, row.file_id)
    engine.store.crash()


async def test_a_thread_is_waited_for_before_its_file_is_let_go(tmp_path: Path) -> None:
    """A request that is cancelled while a block is written must not let the next one meet that block."""
    engine = Engine(tmp_path)
    caller = await engine.start()
    row = await engine.files.create(caller, new(b"content"))
    folder = engine.files.blobs._folder
    append, begun, go_on = folder.append, asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def slowly(file_id: str, offset: int, block: bytes) -> None:
        loop.call_soon_threadsafe(begun.set)
        asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result()
        append(file_id, offset, block)

    folder.append = slowly  # type: ignore[method-assign]
    receiving = asyncio.ensure_future(engine.files.receive(caller, row.file_id, 0, blocks([b"con"])))
    await begun.wait()
    receiving.cancel()
    for _ in range(5):
        await asyncio.sleep(0)
    assert engine.files.is_busy(row.file_id)
    go_on.set()
    await asyncio.gather(receiving, return_exceptions=True)
    assert receiving.cancelled()
    assert not engine.files.is_busy(row.file_id)
    folder.append = append  # type: ignore[method-assign]
    assert await engine.files.offset(Caller(1, 1), row.file_id) == (row, 3)
    engine.die()


async def test_finishing_outlives_its_request(tmp_path: Path) -> None:
    """Whoever waits for the hash may lose patience: it goes on, and the next one to ask finds it done."""
    engine = Engine(tmp_path)
    caller = await engine.start()
    row = await engine.files.create(caller, new(b"content"))
    digest, begun, go_on = engine.files.blobs.hash, asyncio.Event(), asyncio.Event()

    async def slowly(file_id: str) -> bytes:
        begun.set()
        await go_on.wait()
        return await digest(file_id)

    engine.files.blobs.hash = slowly  # type: ignore[method-assign]
    receiving = asyncio.ensure_future(engine.files.receive(caller, row.file_id, 0, blocks([b"content"])))
    await begun.wait()
    receiving.cancel()
    await asyncio.gather(receiving, return_exceptions=True)
    assert receiving.cancelled()
    with pytest.raises(Refused) as refused:
        await engine.files.offset(caller, row.file_id)
    assert refused.value.code is ErrorCode.UPLOAD_BUSY
    go_on.set()
    while engine.files.is_busy(row.file_id):
        await asyncio.sleep(0.001)
    assert await engine.content(caller, row.file_id) == b"content"
    engine.die()


@pytest.mark.parametrize("way", ["offset", "receive", "cancel"])
async def test_who_waits_for_another_request_finds_what_that_one_left(tmp_path: Path, way: str) -> None:
    """The one before has finished the upload meanwhile, or given it up: nothing begins anew."""
    engine = Engine(tmp_path)
    caller = await engine.start()
    row = await engine.files.create(caller, new(b"content"))
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        begun.set()
        await go_on.wait()
        yield b"content"

    earlier = asyncio.ensure_future(
        engine.files.receive(caller, row.file_id, 0, slowly(), give_way=go_on.set)
    )
    await begun.wait()
    match way:
        case "offset":
            found, offset = await engine.files.offset(caller, row.file_id)
            assert (found.finished_at_ms is not None, offset) == (True, 7)
        case "receive":
            with pytest.raises(Refused) as refused:
                await engine.files.receive(caller, row.file_id, 0, blocks([b"another"]))
            assert refused.value.code is ErrorCode.WRONG_OFFSET
        case "cancel":
            await engine.files.cancel(caller, row.file_id)
            with pytest.raises(Refused) as refused:
                await engine.files.offset(caller, row.file_id)
            assert refused.value.code is ErrorCode.NOT_FOUND
    assert (await earlier)[1] == 7
    assert not [each for each in engine.on_disk() if each.startswith("uploads/")]
    if way != "cancel":
        assert await engine.content(caller, row.file_id) == b"content"
    engine.die()


@pytest.mark.parametrize("sends", [False, True])
async def test_who_waits_for_an_upload_that_is_given_up_finds_none(tmp_path: Path, sends: bool) -> None:
    engine = Engine(tmp_path)
    caller = await engine.start()
    row = await engine.files.create(caller, new(b"content"))
    files, file_id = engine.files, row.file_id
    with files.holding(file_id):
        way = (
            files.receive(caller, file_id, 0, blocks([b"content"]))
            if sends
            else files.offset(caller, file_id)
        )
        waiting = asyncio.ensure_future(way)
        for _ in range(5):
            await asyncio.sleep(0)
        assert not waiting.done()
        await engine.store.perform(lambda writer: do_cancel(writer, file_id, caller.user_id))
    with pytest.raises(Refused) as refused:
        await waiting
    assert refused.value.code is ErrorCode.NOT_FOUND
    assert engine.on_disk() == []
    engine.die()
