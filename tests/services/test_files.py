"""Sending and fetching files, with a real server, a real disk, and ways to the server that break."""

import asyncio
import os
import random
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from desktop_chat.core.transfers import UploadState
from desktop_chat.net.clock import Clock
from desktop_chat.net.connection import ConnectionLost
from desktop_chat.net.file_transfer import HttpFiles, http_url
from desktop_chat.services.errors import ClientError
from desktop_chat.services.files import Files
from desktop_chat.services.local_files import FileChanged
from desktop_chat.services.transfer_control import TransferCancelled
from desktop_chat.store.database import Database
from desktop_chat.store.thread import StoreThread
from server.store.memory import MemoryStore
from tests.server.files.cutting import a_cutting_relay
from tests.server.files.file_server import TUS, Uploader, a_file_server, sha256, until

HASTE = Clock(unit=lambda: 0.0)
"""Real time, and no waiting between two tries."""


@asynccontextmanager
async def a_client(folder: Path, person: Uploader, url: str = "") -> AsyncIterator[Files]:
    """One run of a client; another one on the same folder is the next."""

    async def token() -> str | None:
        return person.client.token

    address = (url or person.server.url).replace("http:", "ws:") + "/"
    database, runner = Database(folder / "cache.db"), StoreThread()
    files = Files(database, runner, HttpFiles(lambda: address, token), HASTE)
    try:
        yield files
    finally:
        await files.close()
        runner.close()
        database.close()


def written(path: Path, size_bytes: int, seed: int = 1) -> bytes:
    content = random.Random(seed).randbytes(size_bytes)
    path.write_bytes(content)
    return content


def parts(folder: Path) -> list[Path]:
    return list(folder.glob(".*.part"))


async def send(files: Files, path: Path, on_progress: Any = lambda done, total: None) -> str:
    upload = await files.prepare(path)
    return await files.upload(upload.client_id, on_progress)


async def test_there_and_back(tmp_path: Path) -> None:
    content = written(tmp_path / "a.bin", 3_000_000)
    async with a_file_server(tmp_path) as server, a_client(tmp_path, await server.person("ada")) as files:
        progress: list[tuple[int, int]] = []
        file_id = await send(files, tmp_path / "a.bin", lambda done, total: progress.append((done, total)))
        assert progress[0] == (0, len(content))
        assert progress[-1] == (len(content), len(content))
        assert progress == sorted(progress)
        [upload] = await files.uploads()
        assert (upload.state, upload.file_id) == (UploadState.DONE, file_id)
        await files.forget(upload.client_id)
        assert await files.uploads() == []
        fetched: list[int] = []
        target = tmp_path / "b.bin"
        target.write_bytes(b"an older one")
        await files.download(
            file_id, len(content), upload.sha256, target, lambda done, total: fetched.append(done)
        )
        assert target.read_bytes() == content
        assert (fetched[0], fetched[-1]) == (0, len(content))
        assert parts(tmp_path) == []


async def test_on_the_loop_that_the_application_runs_on(qapp: QApplication, tmp_path: Path) -> None:
    content = written(tmp_path / "a.bin", 400_000)
    async with a_file_server(tmp_path) as server, a_client(tmp_path, await server.person("ada")) as files:
        file_id = await send(files, tmp_path / "a.bin")
        await files.download(file_id, len(content), bytes.fromhex(sha256(content)), tmp_path / "b.bin")
        assert (tmp_path / "b.bin").read_bytes() == content


@pytest.mark.parametrize("seed", range(3))
async def test_over_a_connection_that_breaks_again_and_again(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    content = written(tmp_path / "a.bin", 2_000_000, seed)

    def allowance() -> int | None:
        return chance.choice((chance.randrange(1, 2_000), chance.randrange(200_000, 900_000)))

    async with a_file_server(tmp_path) as server, a_cutting_relay(server.url, allowance) as relay:
        async with a_client(tmp_path, await server.person("ada"), relay.url) as files:
            file_id = await send(files, tmp_path / "a.bin")
            sent_cuts = relay.cuts
            assert sent_cuts > 2
            digest = bytes.fromhex(sha256(content))
            await files.download(file_id, len(content), digest, tmp_path / "b.bin")
            assert relay.cuts > sent_cuts
        assert (tmp_path / "b.bin").read_bytes() == content
        assert len(server.on_disk()) == 1


async def test_an_upload_goes_on_after_a_restart(tmp_path: Path) -> None:
    content = written(tmp_path / "a.bin", 3_000_000)
    async with a_file_server(tmp_path) as server:
        ada = await server.person("ada")
        async with a_client(tmp_path, ada) as files:
            came: list[int] = []
            upload = await files.prepare(tmp_path / "a.bin")
            sending = asyncio.create_task(
                files.upload(upload.client_id, lambda done, total: came.append(done))
            )
            await until(lambda: came and came[-1] > 0)
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            assert sending.cancelled()
        async with a_client(tmp_path, ada) as files:
            [again] = await files.uploads()
            assert (again.client_id, again.state) == (upload.client_id, UploadState.ACTIVE)
            assert (await files.prepare(tmp_path / "a.bin")).client_id == upload.client_id
            came.clear()
            await until(lambda: not server.files.is_busy(again.file_id))
            file_id = await files.upload(upload.client_id, lambda done, total: came.append(done))
            assert came[0] > 0
            assert file_id == again.file_id
        assert (await ada.get(file_id)).body == content


async def test_the_server_restarts_in_the_middle(tmp_path: Path) -> None:
    """The same database and folder under a new server, and another port."""
    content = written(tmp_path / "a.bin", 1_000_000)
    async with a_file_server(tmp_path) as server:
        ada = await server.person("ada")
        state = server.server.store.state  # type: ignore[attr-defined]
        upload = await ada.begin(content)
        await ada.patch(upload, 0, content[:300_000])
    store = MemoryStore("e" * 32)
    store.state = state
    async with a_file_server(tmp_path, store=store) as server:
        ada.server = server
        assert await ada.offset(upload) == 300_000
        assert (await ada.patch(upload, 300_000, content[300_000:])).status == 204
        assert (await ada.get(upload)).body == content


async def test_pause_and_resume(tmp_path: Path) -> None:
    content = written(tmp_path / "a.bin", 4_000_000)
    async with a_file_server(tmp_path) as server:
        ada = await server.person("ada")
        async with a_client(tmp_path, ada) as files:
            came: list[int] = []
            upload = await files.prepare(tmp_path / "a.bin")
            sending = asyncio.create_task(
                files.upload(upload.client_id, lambda done, total: came.append(done))
            )
            await until(lambda: came and came[-1] > 0)
            await files.pause(upload.client_id)
            [paused] = await files.uploads()
            assert paused.state is UploadState.PAUSED
            assert not sending.done()
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
        async with a_client(tmp_path, ada) as files:
            came.clear()
            sending = asyncio.create_task(
                files.upload(upload.client_id, lambda done, total: came.append(done))
            )
            for _ in range(50):
                await asyncio.sleep(0)
            assert came == []  # paused it was, paused it is
            await files.resume(upload.client_id)
            file_id = await sending
            assert (await ada.get(file_id)).body == content
            target = tmp_path / "b.bin"
            came.clear()

            def pause_once(done: int, total: int) -> None:
                came.append(done)
                if done and not paused_at:
                    paused_at.append(done)
                    pausing.append(asyncio.ensure_future(files.pause(file_id)))

            paused_at: list[int] = []
            pausing: list[asyncio.Future[None]] = []
            fetching = asyncio.create_task(
                files.download(file_id, len(content), upload.sha256, target, pause_once)
            )
            await until(lambda: pausing)
            await pausing[0]
            await files.resume(file_id)
            await fetching
            assert target.read_bytes() == content
            assert came.count(0) == 1  # it went on where it was


async def test_cancel(tmp_path: Path) -> None:
    content = written(tmp_path / "a.bin", 4_000_000)
    async with a_file_server(tmp_path) as server:
        ada = await server.person("ada")
        async with a_client(tmp_path, ada) as files:
            came: list[int] = []
            upload = await files.prepare(tmp_path / "a.bin")
            sending = asyncio.create_task(
                files.upload(upload.client_id, lambda done, total: came.append(done))
            )
            await until(lambda: came and came[-1] > 0)
            [row] = await files.uploads()
            await files.cancel(upload.client_id)
            with pytest.raises(TransferCancelled):
                await sending
            assert await files.uploads() == []
            with pytest.raises(ClientError, match="not there any more"):
                await files.upload(upload.client_id)
            file_id = await ada.upload(content)
            fetching = asyncio.create_task(
                files.download(
                    file_id,
                    len(content),
                    bytes.fromhex(sha256(content)),
                    tmp_path / "b.bin",
                    lambda done, total: came.append(done),
                )
            )
            came.clear()
            await until(lambda: came and came[-1] > 0)
            await files.cancel(file_id)
            with pytest.raises(TransferCancelled):
                await fetching
            assert parts(tmp_path) == []
            assert not (tmp_path / "b.bin").exists()
        await until(lambda: not server.files.is_busy(row.file_id))
        await ada.ask("DELETE", f"/files/{row.file_id}", headers=TUS)  # where it was busy before
        assert len(server.on_disk()) == 1


async def test_a_file_that_changes_is_not_sent(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    written(path, 1_000_000)
    async with a_file_server(tmp_path) as server, a_client(tmp_path, await server.person("ada")) as files:
        upload = await files.prepare(path)

        def change(done: int, total: int) -> None:
            if done:
                path.write_bytes(b"another")

        with pytest.raises(FileChanged, match=r"a\.bin” was changed while it was being sent"):
            await files.upload(upload.client_id, change)
        assert await files.uploads() == []
        assert server.on_disk() == []


async def test_a_file_that_changed_behind_its_time_is_not_sent(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    written(path, 1000)
    async with a_file_server(tmp_path) as server, a_client(tmp_path, await server.person("ada")) as files:
        upload = await files.prepare(path)
        written(path, 1000, seed=2)
        os.utime(path, ns=(upload.modified_ns, upload.modified_ns))
        with pytest.raises(FileChanged):
            await files.upload(upload.client_id)
        assert server.on_disk() == []


async def test_what_the_server_had_of_it_was_spoilt(tmp_path: Path) -> None:
    """A power loss may leave bytes that were never acknowledged; the whole is sent once more."""
    content = written(tmp_path / "a.bin", 600_000)
    async with a_file_server(tmp_path) as server:
        ada = await server.person("ada")
        async with a_client(tmp_path, ada) as files:
            upload = await files.prepare(tmp_path / "a.bin")
            created = await ada.create(len(content), sha256(content), upload.client_id)
            file_id = created.headers["Location"][-32:]
            await ada.patch(file_id, 0, content[:100_000] + bytes(100))
            assert await files.upload(upload.client_id) == file_id
        assert (await ada.get(file_id)).body == content


@pytest.mark.parametrize(
    ("name", "words"), [("missing", "cannot be read"), ("empty", "is empty"), (".", "is not a file")]
)
async def test_what_cannot_be_sent_is_said_in_words(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "empty").touch()
    async with a_file_server(tmp_path) as server, a_client(tmp_path, await server.person("ada")) as files:
        with pytest.raises(ClientError, match=words):
            await files.prepare(tmp_path / name)


async def test_refusals_for_a_person_end_a_transfer(tmp_path: Path) -> None:
    content = written(tmp_path / "a.bin", 1001)
    async with a_file_server(tmp_path, max_file_bytes=1000) as server:
        ada = await server.person("ada")
        async with a_client(tmp_path, ada) as files:
            with pytest.raises(ClientError, match="takes files of up to 1,000 bytes"):
                await send(files, tmp_path / "a.bin")
            digest = bytes.fromhex(sha256(content))
            with pytest.raises(ClientError, match="no such file"):
                await files.download("0" * 32, 5, digest, tmp_path / "b.bin")
            with pytest.raises(ClientError, match="no such file"):
                await files.download("../" + "0" * 29, 5, digest, tmp_path / "b.bin")


async def test_what_is_not_what_was_announced_is_not_kept(tmp_path: Path) -> None:
    async with a_file_server(tmp_path) as server:
        ada = await server.person("ada")
        file_id = await ada.upload(b"a content")
        right = bytes.fromhex(sha256(b"a content"))
        target = tmp_path / "b.bin"
        async with a_client(tmp_path, ada) as files:
            with pytest.raises(ClientError, match="another file"):
                await files.download(file_id, 9, bytes(32), target)
            with pytest.raises(ClientError, match="not the file that was announced"):
                await files.download(file_id, 5, right, target)
            (tmp_path / f".{file_id}.part").write_bytes(b"another")
            with pytest.raises(ClientError, match="did not arrive as it was sent"):
                await files.download(file_id, 9, right, target)
            assert not target.exists()
            await files.download(file_id, 9, right, target)
            assert target.read_bytes() == b"a content"
            with pytest.raises(ClientError, match=r"cannot be written"):
                await files.download(file_id, 9, right, tmp_path / "nowhere" / "b.bin")


async def test_one_transfer_at_a_time_for_each_file(tmp_path: Path) -> None:
    written(tmp_path / "a.bin", 100)
    async with a_file_server(tmp_path) as server, a_client(tmp_path, await server.person("ada")) as files:
        upload = await files.prepare(tmp_path / "a.bin")
        await files.pause(upload.client_id)
        first = asyncio.create_task(files.upload(upload.client_id))
        second = asyncio.create_task(files.upload(upload.client_id))
        done, _ = await asyncio.wait([first, second], return_when=asyncio.FIRST_COMPLETED)
        with pytest.raises(ClientError, match="on its way already"):
            await done.pop()
        await files.resume(upload.client_id)
        await asyncio.gather(first, second, return_exceptions=True)


async def test_a_server_that_says_nothing_is_lost() -> None:
    async def token() -> str | None:
        return "secret"

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        http = HttpFiles(lambda: f"ws://127.0.0.1:{taken.getsockname()[1]}/", token, silence_s=0.01)
        try:
            with pytest.raises(ConnectionLost):
                await http.offset("0" * 32)
        finally:
            await http.close()


def test_the_server_is_where_the_chat_is() -> None:
    assert http_url("ws://127.0.0.1:8765/", "/files") == "http://127.0.0.1:8765/files"
    assert http_url("wss://chat.lab:1/team/", "/files") == "https://chat.lab:1/team/files"
    assert http_url("wss://[::1]:1", "/files") == "https://[::1]:1/files"
