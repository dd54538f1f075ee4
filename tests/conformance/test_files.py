"""Files over HTTP on the same port; docs/files.md."""

import asyncio
import os
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientError

from desktop_chat.protocol.commands import (
    BlockUser,
    DeleteMessage,
    RemoveMember,
    SendMessage,
    SetInfo,
    SignOut,
    UpdateProfile,
)
from desktop_chat.protocol.errors import CloseCode, ErrorCode
from desktop_chat.protocol.events import UserUpdate
from desktop_chat.protocol.records import Source
from tests.conformance.person import Person, text
from tests.conformance.place import Place
from tests.conformance.process import UNUSUAL
from tests.conformance.served import Served
from tests.conformance.transfers import PIECE, TUS, Answer, sha256

_CONTENT = os.urandom(5000)
_HASHED_BYTES = 16 * 1024**2
"""Hashed in some ten milliseconds, in which there is time for other requests."""
_GONE = (404, "not_found")


async def _statuses(place: Place, file_id: str, *people: Person) -> list[int]:
    found = []
    for each in people:
        async with place.transfers(each) as transfers:
            found.append((await transfers.get(file_id)).status)
    return found


async def test_from_the_first_piece_to_the_download(place: Place) -> None:
    async with place.regulars("ada") as (ada,), place.transfers(ada) as files:
        assert "files" in ada.capabilities
        file_id = await files.begin(_CONTENT)
        assert await files.offset(file_id) == 0
        answer = await files.piece(file_id, 0, _CONTENT[:3000])
        assert (answer.status, answer.headers["Upload-Offset"]) == (204, "3000")
        assert (await files.get(file_id)).refusal == _GONE  # not whole yet
        answer = await files.piece(file_id, 3000, _CONTENT[3000:])
        assert (answer.status, answer.headers["Upload-Offset"]) == (204, "5000")
        assert await files.offset(file_id) == 5000
        download = await files.get(file_id)
        assert (download.status, download.body) == (200, _CONTENT)
        wanted = {
            "Accept-Ranges": "bytes",
            "Cache-Control": "private",
            "Content-Disposition": "attachment",
            "Content-Length": "5000",
            "Content-Type": "application/octet-stream",
            "ETag": f'"{sha256(_CONTENT)}"',
            "X-Content-Type-Options": "nosniff",
        }
        head = await files.ask("HEAD", f"/files/{file_id}/content")
        for each in (download, head):
            assert {name: each.headers.get(name) for name in wanted} == wanted
        await files.cancel(file_id)
        assert (await files.get(file_id)).refusal == _GONE


@pytest.mark.parametrize(
    ("asked", "status", "start", "end"),
    [
        ("bytes=1500-4099", 206, 1500, 4100),
        ("bytes=4000-", 206, 4000, 5000),
        ("bytes=-10", 206, 4990, 5000),
        ("bytes=0-99999", 206, 0, 5000),
        ("bytes=5000-", 416, 0, 0),
        ("bytes=0-1,4-5", 200, 0, 5000),
        ("nonsense", 200, 0, 5000),
    ],
)
async def test_ranges(place: Place, asked: str, status: int, start: int, end: int) -> None:
    async with place.regulars("ada") as (ada,), place.transfers(ada) as files:
        file_id = await files.upload(_CONTENT)
        answer = await files.get(file_id, Range=asked)
        assert (answer.status, answer.body) == (status, _CONTENT[start:end])
        if status == 206:
            assert answer.headers["Content-Range"] == f"bytes {start}-{end - 1}/5000"
            same = await files.get(file_id, Range=asked, If_Range=f'"{sha256(_CONTENT)}"')
            assert same.status == 206
            other = await files.get(file_id, Range=asked, If_Range='"something else"')
            assert (other.status, other.body) == (200, _CONTENT)
        await files.cancel(file_id)


async def test_a_repeated_beginning_is_the_same_upload(place: Place) -> None:
    async with (
        place.regulars("ada", "bob") as (ada, bob),
        place.transfers(ada) as files,
        place.transfers(bob) as others,
    ):
        key = os.urandom(16).hex()
        first, again = [await files.create(10, sha256(b"1"), key) for _ in range(2)]
        assert (first.status, again.status) == (201, 201)
        assert first.headers["Location"] == again.headers["Location"]
        assert (await files.create(11, sha256(b"1"), key)).refusal == (400, "bad_request")
        of_bob = await others.create(10, sha256(b"1"), key)
        assert of_bob.headers["Location"] != first.headers["Location"]
        await files.cancel(first.headers["Location"].removeprefix("/files/"))
        await others.cancel(of_bob.headers["Location"].removeprefix("/files/"))


async def test_requests_that_make_no_sense(place: Place) -> None:
    async with place.regulars("ada") as (ada,), place.transfers(ada) as files:
        file_id = await files.begin(_CONTENT)
        path, at_0 = f"/files/{file_id}", {"Upload-Offset": "0"}
        for method, where, headers, body, refusal in (
            ("POST", "/files", {}, b"", (412, "unsupported_protocol")),
            ("POST", "/files", TUS, b"", (400, "bad_request")),
            ("PATCH", path, PIECE, b"x", (400, "bad_request")),
            ("PATCH", path, TUS | at_0, b"x", (400, "bad_request")),
            ("PATCH", "/files/nonsense", PIECE | at_0, b"x", _GONE),
            ("PATCH", path, PIECE | {"Upload-Offset": "7"}, b"x", (409, "wrong_offset")),
            ("PATCH", path, PIECE | at_0, _CONTENT + b"+", (400, "bad_request")),
        ):
            answer = await files.ask(method, where, headers=headers, data=body)
            assert answer.refusal == refusal, (method, where, headers)
        assert (await files.create(0, sha256(b""))).refusal == (400, "bad_request")
        await files.cancel(file_id)


async def test_what_is_not_as_announced_begins_again(place: Place) -> None:
    async with place.regulars("ada") as (ada,), place.transfers(ada) as files:
        file_id = await files.begin(_CONTENT)
        assert (await files.piece(file_id, 0, bytes(5000))).refusal == (460, "bad_checksum")
        assert await files.offset(file_id) == 0
        assert (await files.piece(file_id, 0, _CONTENT)).status == 204
        await files.cancel(file_id)


async def test_nobody_comes_in_without_a_token(place: Place) -> None:
    async with place.person("ada") as ada, place.transfers(ada) as files:
        file_id = await files.upload(_CONTENT)
        for method, path in (
            ("OPTIONS", "/files"),
            ("POST", "/files"),
            ("HEAD", f"/files/{file_id}"),
            ("PATCH", f"/files/{file_id}"),
            ("DELETE", f"/files/{file_id}"),
            ("GET", f"/files/{file_id}/content"),
        ):
            for authorization in ("", "Bearer wrong", "Basic abc"):
                answer = await files.ask(method, path, headers=TUS | {"Authorization": authorization})
                assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
        options = await files.ask("OPTIONS", "/files")
        assert (options.status, options.headers["Tus-Version"]) == (204, "1.0.0")
        assert options.headers["Tus-Extension"] == "creation,termination"
        assert int(options.headers["Tus-Max-Size"]) > 0
        await files.cancel(file_id)
        await ada.do(SignOut)
        assert await ada.closed() == CloseCode.SIGNED_OUT
        assert (await files.get(file_id)).refusal == (401, "bad_token")


async def test_who_is_in_a_conversation_reads_what_is_in_it(place: Place) -> None:
    async with place.people("ada", "bob", "eve") as (ada, bob, eve), place.transfers(ada) as files:
        group, to_eve = await ada.group(bob), await bob.do_open(eve.user_id)
        file_id, unfinished = await files.upload(_CONTENT), await files.begin(b"unfinished")
        assert await bob.refused(SendMessage, group, content=text(""), file_ids=(file_id,)) is (
            ErrorCode.NOT_FOUND
        )
        part = await ada.refused(SendMessage, group, content=text(""), file_ids=(file_id, unfinished))
        assert part is ErrorCode.BAD_REQUEST
        assert await _statuses(place, file_id, ada, bob, eve) == [200, 404, 404]
        seq = await ada.send(group, "", file_ids=(file_id,))
        assert (await bob.entry(group, seq)).file_ids == (file_id,)
        assert await _statuses(place, file_id, ada, bob, eve) == [200, 200, 404]
        assert (await files.cancel(file_id)).refusal == (400, "bad_request")  # it is in use
        async with place.transfers(bob) as of_bob:  # to read is not to own
            assert (await of_bob.ask("HEAD", f"/files/{file_id}", headers=TUS)).status == 404
            assert (await of_bob.cancel(file_id)).refusal == _GONE
        forwarded = await bob.send(to_eve, forward=Source(group, seq))
        assert (await eve.entry(to_eve, forwarded)).file_ids == (file_id,)
        await ada.do(DeleteMessage, group, seq=seq)
        assert await _statuses(place, file_id, ada, bob, eve) == [200, 200, 200]
        await bob.do(DeleteMessage, to_eve, seq=forwarded)
        assert await _statuses(place, file_id, ada, bob, eve) == [200, 404, 404]
        await ada.send(group, file_ids=(file_id,))
        await ada.do(RemoveMember, group, user_id=bob.user_id)
        assert await _statuses(place, file_id, ada, bob) == [200, 404]


async def test_a_hash_opens_nothing(place: Place) -> None:
    async with (
        place.people("ada", "eve") as (ada, eve),
        place.transfers(ada) as files,
        place.transfers(eve) as others,
    ):
        file_id = await files.upload(_CONTENT)
        of_eve = await others.begin(_CONTENT)
        assert await others.offset(of_eve) == 0
        for guess in (file_id, of_eve, sha256(_CONTENT)[:32]):
            assert (await others.get(guess)).refusal == _GONE
        nothing = await others.piece(of_eve, len(_CONTENT), b"")
        assert nothing.refusal == (409, "wrong_offset")


async def test_a_picture_is_for_everybody(place: Place) -> None:
    async with place.people("ada", "bob", "eve") as (ada, bob, eve), place.transfers(ada) as files:
        await ada.do_open(bob.user_id)
        first, second = await files.upload(b"first"), await files.upload(b"second")
        assert await eve.refused(UpdateProfile, picture=first) is ErrorCode.NOT_FOUND
        await bob.told()
        await ada.do(UpdateProfile, picture=first)
        assert (await bob.next(UserUpdate)).user.picture == first
        assert await _statuses(place, first, eve) == [200]
        await ada.do(UpdateProfile, picture="")
        group = await ada.group(picture=second)
        assert [*await _statuses(place, first, eve), *await _statuses(place, second, eve)] == [404, 200]
        await ada.do(BlockUser, eve.user_id)
        await ada.do(SetInfo, group, picture="")
        assert await _statuses(place, second, eve) == [404]


async def test_a_later_request_ends_an_earlier_one(place: Place) -> None:
    async with place.person("ada") as ada, place.transfers(ada) as files:
        file_id, never, begun = await files.begin(_CONTENT), asyncio.Event(), asyncio.Event()

        async def falling_silent() -> AsyncIterator[bytes]:
            yield _CONTENT[:2000]
            begun.set()
            await never.wait()

        old = asyncio.create_task(files.piece(file_id, 0, falling_silent()))
        await begun.wait()
        while not old.done():  # until the server has begun with it
            offset = await files.offset(file_id)
        with pytest.raises(ClientError):
            await old
        assert (await files.piece(file_id, offset, _CONTENT[offset:])).status == 204
        assert (await files.get(file_id)).body == _CONTENT


async def test_a_file_that_is_being_hashed_is_busy(place: Place) -> None:
    """Whichever of the requests has begun with that."""
    content = bytes(_HASHED_BYTES)
    async with place.person("ada") as ada, place.transfers(ada) as files:
        busy: list[Answer] = []
        while not busy:
            file_id = await files.begin(content)
            assert (await files.piece(file_id, 0, content[:-1])).status == 204
            asked = await asyncio.gather(
                *(files.piece(file_id, len(content) - 1, content[-1:]) for _ in range(5)),
                return_exceptions=True,
            )
            busy = [each for each in asked if isinstance(each, Answer) and each.status == 423]
        assert busy[0].refusal == (423, "upload_busy")
        assert busy[0].headers["Retry-After"] == "1"


async def test_sizes_and_quota(served: Served) -> None:
    place = served(**UNUSUAL)
    async with place.person("ada") as ada, place.transfers(ada) as files:
        assert (await files.create(1001, sha256(b""))).refusal == (413, "too_large")
        whole = await files.begin(bytes(1000))
        assert (await files.piece(whole, 0, bytes(601))).refusal == (413, "too_large")
        for offset in (0, 500):
            assert (await files.piece(whole, offset, bytes(500))).status == 204
        second, _ = await files.begin(bytes(600)), await files.begin(bytes(600))
        assert (await files.create(1, sha256(b"x"))).refusal == (507, "quota_full")  # two are unfinished
        await files.cancel(second)
        assert (await files.create(901, sha256(b"x"))).refusal == (507, "quota_full")  # unfinished ones count
        assert (await files.create(900, sha256(b"x"))).status == 201
