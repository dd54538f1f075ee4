"""The file protocol, request by request, over real HTTP."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientError

from desktop_chat.protocol.commands import (
    ChangePassword,
    CreateGroup,
    DeleteAccount,
    RemoveMember,
    RemoveUser,
    RevokeDevice,
    SendMessage,
    SignIn,
    SignOut,
)
from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.protocol.records import Content
from desktop_chat.protocol.replies import ConversationOpened, SignedIn
from server.actions.files import do_detach
from server.files.sweeper import sweep
from server.refusal import Refused
from tests.server.files.file_server import PIECE, TUS, Uploader, a_file_server, sha256, until
from tests.server.harness import only

CONTENT = bytes(range(256)) * 20


async def test_from_the_first_piece_to_the_download(tmp_path: Path) -> None:
    async with a_file_server(tmp_path) as server:
        ada = await server.person("ada")
        file_id = await ada.begin(CONTENT)
        assert await ada.offset(file_id) == 0
        response = await ada.patch(file_id, 0, CONTENT[:3000])
        assert (response.status, response.headers["Upload-Offset"]) == (204, "3000")
        assert response.headers["Tus-Resumable"] == "1.0.0"
        assert (await ada.get(file_id)).status == 404  # not whole yet
        response = await ada.patch(file_id, 3000, CONTENT[3000:])
        assert (response.status, response.headers["Upload-Offset"]) == (204, str(len(CONTENT)))
        head = await ada.ask("HEAD", f"/files/{file_id}", headers=TUS)
        assert head.headers["Upload-Offset"] == head.headers["Upload-Length"] == str(len(CONTENT))
        assert head.headers["Cache-Control"] == "no-store"
        assert server.on_disk() == [f"blobs/{sha256(CONTENT)[:2]}/{sha256(CONTENT)}"]
        download = await ada.get(file_id)
        assert download.status == 200
        assert download.body == CONTENT
        wanted = {
            "Accept-Ranges": "bytes",
            "Cache-Control": "private",
            "Content-Disposition": "attachment",
            "Content-Length": str(len(CONTENT)),
            "Content-Type": "application/octet-stream",
            "ETag": f'"{sha256(CONTENT)}"',
            "X-Content-Type-Options": "nosniff",
        }
        assert {name: download.headers.get(name) for name in wanted} == wanted
        head = await ada.ask("HEAD", f"/files/{file_id}/content")
        assert {name: head.headers.get(name) for name in wanted} == wanted


async def test_ranges(tmp_path: Path) -> None:
    async with a_file_server(tmp_path) as server:
        ada = await server.person("ada")
        file_id = await ada.upload(CONTENT)
        part = await ada.get(file_id, Range="bytes=1500-4099")
        assert (part.status, part.body) == (206, CONTENT[1500:4100])
        assert part.headers["Content-Range"] == f"bytes 1500-4099/{len(CONTENT)}"
        rest = await ada.get(file_id, Range="bytes=5000-", If_Range=f'"{sha256(CONTENT)}"')
        assert (rest.status, rest.body) == (206, CONTENT[5000:])
        other = await ada.get(file_id, Range="bytes=5000-", If_Range='"something else"')
        assert (other.status, other.body) == (200, CONTENT)
        behind = await ada.get(file_id, Range=f"bytes={len(CONTENT)}-")
        assert (behind.status, behind.headers["Content-Range"]) == (416, f"bytes */{len(CONTENT)}")


async def test_a_repeated_creation_is_the_same_upload(tmp_path: Path) -> None:
    async with a_file_server(tmp_path) as server:
        ada, bob = await server.person("ada"), await server.person("bob")
        key = "a" * 32
        first = await ada.create(10, sha256(b"1"), key)
        again = await ada.create(10, sha256(b"1"), key)
        assert (first.status, again.status) == (201, 201)
        assert first.headers["Location"] == again.headers["Location"]
        other = await ada.create(11, sha256(b"1"), key)
        assert other.refusal == (400, "bad_request")
        of_bob = await bob.create(10, sha256(b"1"), key)
        assert of_bob.headers["Location"] != first.headers["Location"]


async def test_a_hash_opens_nothing(tmp_path: Path) -> None:
    async with a_file_server(tmp_path) as server:
        ada, eve = await server.person("ada"), await server.person("eve")
        file_id = await ada.upload(CONTENT)
        of_eve = await eve.begin(CONTENT)  # she knows hash and size, and nothing else
        assert await eve.offset(of_eve) == 0
        assert (await eve.get(of_eve)).status == 404
        assert (await eve.get(file_id)).status == 404
        assert (await eve.get(sha256(CONTENT))).status == 404
        nothing = await eve.patch(of_eve, len(CONTENT), b"")
        assert nothing.refusal == (409, "wrong_offset")
        wrong = await eve.patch(of_eve, 0, bytes(len(CONTENT)))
        assert wrong.refusal == (460, "bad_checksum")
        assert await eve.offset(of_eve) == 0
        assert (await eve.get(of_eve)).status == 404
        # Who has all of it may have it, and it is stored once.
        assert (await eve.patch(of_eve, 0, CONTENT)).status == 204
        assert len(server.on_disk()) == 1
        await eve.ask("DELETE", f"/files/{of_eve}", headers=TUS)
        assert (await ada.get(file_id)).body == CONTENT
        await ada.ask("DELETE", f"/files/{file_id}", headers=TUS)
        assert server.on_disk() == []


async def test_who_may_read(tmp_path: Path) -> None:
    async with a_file_server(tmp_path) as server:
        ada, bob, eve = [await server.person(name) for name in ("ada", "bob", "eve")]
        file_id = await ada.upload(CONTENT)
        for other in (bob, eve):
            refused, nothing = await other.get(file_id), await other.get("0" * 31 + "f")
            assert (refused.status, refused.body) == (nothing.status, nothing.body)
        talk = await ada.client.open(bob.client.user_id)
        message_id = await server.share(talk, ada, file_id)
        assert (await bob.get(file_id)).body == CONTENT
        assert (await eve.get(file_id)).status == 404
        # To read is not to own.
        for method in ("HEAD", "DELETE"):
            assert (await bob.ask(method, f"/files/{file_id}", headers=TUS)).status == 404
        # To read is enough to forward.
        to_eve = await bob.client.open(eve.client.user_id)
        await server.share(to_eve, bob, file_id)
        assert (await eve.get(file_id)).body == CONTENT
        used = await ada.ask("DELETE", f"/files/{file_id}", headers=TUS)
        assert used.refusal == (400, "bad_request")
        await server.server.store.perform(lambda writer: do_detach(writer, message_id))
        assert (await bob.get(file_id)).body == CONTENT  # by the message that he sent himself
        assert (await ada.get(file_id)).status == 200


async def test_nobody_comes_in_without_a_token(tmp_path: Path) -> None:
    async with a_file_server(tmp_path) as server:
        ada = await server.person("ada")
        file_id = await ada.upload(CONTENT)
        for method, path in (
            ("OPTIONS", "/files"),
            ("POST", "/files"),
            ("HEAD", f"/files/{file_id}"),
            ("PATCH", f"/files/{file_id}"),
            ("DELETE", f"/files/{file_id}"),
            ("GET", f"/files/{file_id}/content"),
            ("HEAD", f"/files/{file_id}/content"),
        ):
            for authorization in ("", "Bearer ", "Bearer wrong", "Basic abc"):
                given = TUS | {"Authorization": authorization}
                response = await ada.ask(method, path, headers=given)
                assert (response.status, response.headers["WWW-Authenticate"]) == (401, "Bearer")
        await ada.client.say(SignOut(ada.client.next_id()))
        assert (await ada.get(file_id)).status == 401


async def test_what_the_server_can_do(tmp_path: Path) -> None:
    async with a_file_server(tmp_path, max_file_bytes=1234) as server:
        ada = await server.person("ada")
        response = await ada.ask("OPTIONS", "/files")
        assert response.status == 204
        assert response.headers["Tus-Version"] == "1.0.0"
        assert response.headers["Tus-Extension"] == "creation,termination"
        assert response.headers["Tus-Max-Size"] == "1234"


async def test_requests_that_make_no_sense(tmp_path: Path) -> None:
    async with a_file_server(tmp_path, file_piece_max_bytes=6000) as server:
        ada = await server.person("ada")
        file_id = await ada.begin(CONTENT)
        path = f"/files/{file_id}"

        async def refusal(method: str, path: str, headers: dict[str, str], data: bytes = b"") -> object:
            response = await ada.ask(method, path, headers=headers, data=data)
            return response.refusal

        at_0 = {"Upload-Offset": "0"}
        assert await refusal("POST", "/files", {}) == (412, "unsupported_protocol")
        assert await refusal("POST", "/files", TUS) == (400, "bad_request")
        assert await refusal("PATCH", path, PIECE) == (400, "bad_request")
        assert await refusal("PATCH", path, TUS | at_0) == (400, "bad_request")
        assert await refusal("PATCH", "/files/nonsense", PIECE | at_0) == (404, "not_found")
        assert await refusal("PATCH", path, PIECE | {"Upload-Offset": "7"}) == (409, "wrong_offset")
        assert await refusal("PATCH", path, PIECE | at_0, bytes(6001)) == (413, "too_large")
        assert await refusal("PATCH", path, PIECE | at_0, CONTENT + b"+") == (400, "bad_request")
        there = await ada.offset(file_id)
        assert await refusal("PATCH", path, PIECE | {"Upload-Offset": str(there + 1)}, b"x") == (
            409,
            "wrong_offset",
        )
        assert (await ada.patch(file_id, there, CONTENT[there:])).status == 204


async def test_a_body_without_a_length_is_measured(tmp_path: Path) -> None:
    async def chunks(count: int):  # type: ignore[no-untyped-def]
        for _ in range(count):
            yield bytes(500)

    async with a_file_server(tmp_path, file_piece_max_bytes=6000) as server:
        ada = await server.person("ada")
        file_id = await ada.begin(bytes(9000))
        response = await ada.patch(file_id, 0, chunks(4))
        assert (response.status, response.headers["Upload-Offset"]) == (204, "2000")
        response = await ada.patch(file_id, 2000, chunks(13))
        assert response.refusal == (413, "too_large")


async def test_sizes_and_quota(tmp_path: Path) -> None:
    limits = {"max_file_bytes": 1000, "file_quota_bytes": 2500, "unfinished_uploads_per_user_max": 2}
    async with a_file_server(tmp_path, **limits) as server:
        ada = await server.person("ada")
        for size, status, wanted in ((0, 400, "bad_request"), (1001, 413, "too_large")):
            response = await ada.create(size, sha256(b""))
            assert response.refusal == (status, wanted)
        first, second = [(await ada.create(1000, sha256(bytes(1000)))) for _ in range(2)]
        full = await ada.create(1, sha256(b"x"))
        assert full.refusal == (507, "quota_full")  # two are unfinished
        await ada.patch(first.headers["Location"][-32:], 0, bytes(1000))
        full = await ada.create(501, sha256(b"x"))
        assert full.refusal == (507, "quota_full")  # unfinished ones count
        assert (await ada.create(500, sha256(b"x"))).status == 201
        await ada.ask("DELETE", second.headers["Location"], headers=TUS)
        assert (await ada.create(1000, sha256(b"x"))).status == 201
        bob = await server.person("bob")
        assert (await bob.create(1000, sha256(b"x"))).status == 201


@pytest.mark.parametrize("method", ["PATCH", "HEAD", "DELETE"])
async def test_a_request_on_a_silent_line_gives_way(tmp_path: Path, method: str) -> None:
    """What had come over the line that fell silent is kept, and the next request need not wait for the server
    to lose its patience with the old one."""
    async with a_file_server(tmp_path, file_idle_timeout_s=3600.0) as server:
        ada, eve = await server.person("ada"), await server.person("eve")
        file_id = await ada.begin(CONTENT)
        silent, begun = asyncio.Event(), asyncio.Event()

        async def falling_silent() -> AsyncIterator[bytes]:
            yield CONTENT[:2000]
            begun.set()
            await silent.wait()

        old = asyncio.create_task(ada.patch(file_id, 0, falling_silent()))
        await begun.wait()
        await until((tmp_path / "files" / "uploads" / file_id).exists)
        given = PIECE | {"Upload-Offset": "2000"}
        stranger = await eve.ask(method, f"/files/{file_id}", headers=given)
        assert stranger.status == 404
        assert not old.done()
        assert server.files.is_busy(file_id)
        rest = CONTENT[2000:] if method == "PATCH" else None
        answer = await ada.ask(method, f"/files/{file_id}", headers=given, data=rest)
        assert answer.status == {"PATCH": 204, "HEAD": 200, "DELETE": 204}[method]
        with pytest.raises(ClientError):
            await old
        assert not server.files.is_busy(file_id)
        match method:
            case "PATCH":
                assert (await ada.get(file_id)).body == CONTENT
            case "HEAD":
                assert answer.headers["Upload-Offset"] == "2000"
            case "DELETE":
                assert server.on_disk() == []


async def test_transfers_at_the_same_time_have_a_cap(tmp_path: Path) -> None:
    async with a_file_server(tmp_path, transfers_per_user_max=1) as server:
        ada, bob = await server.person("ada"), await server.person("bob")
        file_id, other = await ada.upload(CONTENT), await bob.upload(CONTENT)
        with server.files.transferring(ada.client.user_id):
            response = await ada.get(file_id)
            assert response.refusal == (429, "too_fast")
            assert (await bob.get(other)).status == 200
        assert (await ada.get(file_id)).status == 200


async def test_what_nothing_uses_is_swept(tmp_path: Path) -> None:
    async with a_file_server(tmp_path, orphan_hours=24.0) as server:
        ada, bob = await server.person("ada"), await server.person("bob")
        talk = await ada.client.open(bob.client.user_id)
        used, unused, same = await ada.upload(b"used"), await ada.upload(b"unused"), await bob.upload(b"used")
        stale, going_on = await ada.begin(b"stale"), await ada.begin(b"going on")
        await ada.patch(stale, 0, b"st")
        await ada.patch(going_on, 0, b"go")
        message_id = await server.share(talk, ada, used)
        assert await sweep(server.files) == 0
        server.server.clock.now_s += 25 * 3600
        now_s = server.files.now_ms() / 1000
        uploads = tmp_path / "files" / "uploads"
        os.utime(uploads / stale, (now_s - 86_401, now_s - 86_401))
        os.utime(uploads / going_on, (now_s - 3, now_s - 3))
        assert await sweep(server.files) == 3
        assert server.on_disk() == [f"blobs/{sha256(b'used')[:2]}/{sha256(b'used')}", f"uploads/{going_on}"]
        assert [(await ada.get(used)).status, (await ada.get(unused)).status] == [200, 404]
        assert (await bob.get(same)).status == 404
        assert (await ada.patch(going_on, 2, b"ing on")).status == 204
        await server.server.store.perform(lambda writer: do_detach(writer, message_id))
        assert await sweep(server.files) == 1
        assert server.on_disk() == [f"blobs/{sha256(b'going on')[:2]}/{sha256(b'going on')}"]


async def _signs_out(person: Uploader, other: Uploader) -> None:
    await person.client.say(SignOut(person.client.next_id()))


async def _is_revoked(person: Uploader, other: Uploader) -> None:
    device_id = person.client.connection.device_id
    elsewhere = person.server.server.client()
    signed_in = only(SignedIn, await elsewhere.say(SignIn(1, "bob", "correct horse")))
    await elsewhere.connect(signed_in.token)
    await elsewhere.say(RevokeDevice(3, device_id))


async def _changes_password(person: Uploader, other: Uploader) -> None:
    elsewhere = person.server.server.client()
    signed_in = only(SignedIn, await elsewhere.say(SignIn(1, "bob", "correct horse")))
    await elsewhere.connect(signed_in.token)
    await elsewhere.say(ChangePassword(3, "correct horse", "battery staple"))


async def _deletes_account(person: Uploader, other: Uploader) -> None:
    await person.client.say(DeleteAccount(person.client.next_id(), "correct horse"))


async def _is_removed(person: Uploader, other: Uploader) -> None:
    await other.client.say(RemoveUser(other.client.next_id(), person.client.user_id))


_ENDS = [_signs_out, _is_revoked, _changes_password, _deletes_account, _is_removed]
End = Callable[[Uploader, Uploader], Awaitable[None]]


async def _is_cut_off(
    person: Uploader, file_id: str, content: bytes, end: Callable[[], Awaitable[Any]]
) -> None:
    """A download that begins, and ends before its end."""
    server = person.server
    url, given = f"{server.url}/files/{file_id}/content", {"Authorization": f"Bearer {person.client.token}"}
    async with server.session.get(url, headers=given) as response:
        received = await response.content.readexactly(1000)
        await end()
        with pytest.raises(ClientError):
            await response.content.read()
    assert content.startswith(received)


@pytest.mark.parametrize("end", _ENDS)
async def test_who_may_not_any_more_loses_a_download(tmp_path: Path, end: End) -> None:
    content = os.urandom(20_000_000)
    async with a_file_server(tmp_path, file_block_bytes=65536) as server:
        ada, bob = await server.person("ada"), await server.person("bob")
        file_id = await bob.upload(content)
        await _is_cut_off(bob, file_id, content, lambda: end(bob, ada))


@pytest.mark.parametrize("end", _ENDS)
async def test_who_may_not_any_more_loses_an_upload(tmp_path: Path, end: End) -> None:
    async with a_file_server(tmp_path) as server:
        ada, bob = await server.person("ada"), await server.person("bob")
        file_id = await bob.begin(CONTENT)
        go_on = asyncio.Event()

        async def slowly():  # type: ignore[no-untyped-def]
            yield CONTENT[:2000]
            await go_on.wait()
            yield CONTENT[2000:]

        slow = asyncio.create_task(bob.patch(file_id, 0, slowly()))
        part = tmp_path / "files" / "uploads" / file_id
        await until(lambda: part.exists() and part.stat().st_size >= 2000)
        await end(bob, ada)
        go_on.set()
        assert (await slow).status == 401
        assert part.stat().st_size == 2000


async def test_who_is_taken_out_of_a_group_loses_a_download(tmp_path: Path) -> None:
    content = os.urandom(20_000_000)
    async with a_file_server(tmp_path, file_block_bytes=65536) as server:
        ada, bob = await server.person("ada"), await server.person("bob")
        file_id = await ada.upload(content)
        make = CreateGroup(ada.client.next_id(), f"{1:032x}", "group", (bob.client.user_id,))
        group_id = only(ConversationOpened, await ada.client.say(make)).conversation.conversation_id
        content_text, shown = Content("text", "see"), (file_id,)
        send = SendMessage(ada.client.next_id(), group_id, f"{2:032x}", content_text, file_ids=shown)
        await ada.client.say(send)
        out = RemoveMember(ada.client.next_id(), group_id, f"{3:032x}", bob.client.user_id)
        await _is_cut_off(bob, file_id, content, lambda: ada.client.say(out))
        assert (await bob.get(file_id)).refusal == (404, "not_found")


async def test_lost_membership_ends_reading(tmp_path: Path) -> None:
    """Nobody can leave a conversation yet; the check between two blocks is the one that opens a file."""
    async with a_file_server(tmp_path) as server:
        ada, bob = await server.person("ada"), await server.person("bob")
        talk = await ada.client.open(bob.client.user_id)
        file_id = await ada.upload(CONTENT)
        message_id = await server.share(talk, ada, file_id)
        device_id = bob.client.connection.device_id
        caller = type("Caller", (), {"user_id": bob.client.user_id, "device_id": device_id})
        await server.files.check_read(caller, file_id)  # type: ignore[arg-type]
        await server.server.store.perform(lambda writer: do_detach(writer, message_id))
        try:
            await server.files.check_read(caller, file_id)  # type: ignore[arg-type]
        except Refused as refused:
            assert refused.code is ErrorCode.NOT_FOUND  # noqa: PT017
        else:
            raise AssertionError("he still reads")
