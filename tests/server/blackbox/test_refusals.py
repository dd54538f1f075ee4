"""Everything that a client can do wrong: each answered in a code and words, none of it ends the server."""

import asyncio
from pathlib import Path

import pytest

from desktop_chat.protocol import limits
from desktop_chat.protocol.commands import (
    FindPeople,
    JoinConversation,
    LoadHistory,
    MarkDelivered,
    MarkRead,
    OpenConversation,
    Register,
    SignIn,
    UserConnect,
)
from desktop_chat.protocol.errors import CloseCode, ErrorCode
from desktop_chat.protocol.replies import MessageSent, PeopleFound
from tests.server.blackbox.real_server import RealClient, RealServer, a_client, a_person, a_server

_HANDSHAKE = (
    "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n{}\r\n"
)


async def _is_well(server: RealServer, client: RealClient) -> None:
    await client.ask(FindPeople(client.next_id()), PeopleFound)
    assert server.process.returncode is None


async def test_frames_that_are_no_commands(tmp_path: Path) -> None:
    frames: list[tuple[bytes | str, ErrorCode]] = [
        ("", ErrorCode.BAD_FRAME),
        ("not JSON", ErrorCode.BAD_FRAME),
        ("[]", ErrorCode.BAD_FRAME),
        (b"\xff\xfe", ErrorCode.BAD_FRAME),
        (b"\x00" * 100, ErrorCode.BAD_FRAME),
        ("[" * 100_000, ErrorCode.BAD_FRAME),
        ('{"type":"FIND_PEOPLE","id":8,"x":' + "[" * 5_000 + "]" * 5_000 + "}", ErrorCode.BAD_FRAME),
        ('{"x":' * 5_000 + "1" + "}" * 5_000, ErrorCode.BAD_FRAME),
        ('{"type":"DANCE","id":7}', ErrorCode.UNKNOWN_TYPE),
        ('{"id":7}', ErrorCode.UNKNOWN_TYPE),
        ('{"type":"FIND_PEOPLE"}', ErrorCode.BAD_REQUEST),
        ('{"type":"FIND_PEOPLE","id":7,"query":1}', ErrorCode.BAD_REQUEST),
        ('{"type":"FIND_PEOPLE","id":7,"limit":1000}', ErrorCode.BAD_REQUEST),
        ('{"type":"MARK_READ","id":7,"conversation_id":-1,"seq":1}', ErrorCode.BAD_REQUEST),
        ('{"type":"MARK_READ","id":7,"conversation_id":1,"seq":9007199254740993}', ErrorCode.BAD_REQUEST),
        ('{"type":"FIND_PEOPLE","id":7,"query":"\\ud800"}', ErrorCode.BAD_FRAME),
        (" " * (limits.MAX_COMMAND_FRAME_BYTES + 1), ErrorCode.TOO_LARGE),
    ]
    async with a_server(tmp_path) as server, a_person(server, "ada") as ada:
        for frame, code in frames:
            refusal = await ada.raw(frame)
            assert (refusal.code, bool(refusal.message)) == (code, True), frame[:50]
            assert refusal.re == (7 if b'"id":7' in _as_bytes(frame) and code != "bad_frame" else None)
        await _is_well(server, ada)


def _as_bytes(frame: bytes | str) -> bytes:
    return frame if isinstance(frame, bytes) else frame.encode()


async def test_a_frame_over_the_transports_limit_closes_one_socket(tmp_path: Path) -> None:
    async with (
        a_server(tmp_path) as server,
        a_person(server, "ada") as ada,
        a_person(server, "bob") as bob,
    ):
        await bob.socket.send("x" * (limits.MAX_TRANSPORT_FRAME_BYTES + 1))
        assert await bob.closed() == 1009
        await _is_well(server, ada)


async def test_too_many_bad_frames(tmp_path: Path) -> None:
    async with a_server(tmp_path, bad_frames_max=3) as server, a_client(server) as client:
        for _ in range(3):
            await client.raw("?")
        assert await client.closed() == CloseCode.TOO_MANY_BAD_FRAMES


async def test_a_conversation_of_others_is_not_found(tmp_path: Path) -> None:
    async with (
        a_server(tmp_path) as server,
        a_person(server, "ada") as ada,
        a_person(server, "bob") as bob,
        a_person(server, "eve") as eve,
    ):
        theirs = await ada.open(bob.user_id)
        for conversation_id in (theirs, 999):
            for command in (
                eve.message(conversation_id, "let me in"),
                LoadHistory(eve.next_id(), conversation_id),
                JoinConversation(eve.next_id(), conversation_id),
                MarkRead(eve.next_id(), conversation_id, 1),
                MarkDelivered(eve.next_id(), conversation_id, 1),
            ):
                refusal = await eve.refusal(command)
                assert (refusal.code, refusal.message) == (
                    ErrorCode.NOT_FOUND,
                    "There is no such conversation.",
                )
        assert (await eve.refusal(OpenConversation(eve.next_id(), 999))).code is ErrorCode.NOT_FOUND
        await _is_well(server, ada)


async def test_connecting_wrongly(tmp_path: Path) -> None:
    async with a_server(tmp_path) as server, a_person(server, "ada") as ada, a_client(server) as client:
        bad = await client.refusal(UserConnect(client.next_id(), "no such token"))
        assert bad.code is ErrorCode.BAD_TOKEN
        early = await client.refusal(FindPeople(client.next_id()))
        assert early.code is ErrorCode.NOT_CONNECTED
        newer = await client.refusal(UserConnect(client.next_id(), ada.token, protocol=1))
        assert newer.code is ErrorCode.UNSUPPORTED_PROTOCOL
        await client.connect(ada.token)
        for again in (
            UserConnect(client.next_id(), ada.token),
            SignIn(client.next_id(), "ada", "correct horse"),
            Register(client.next_id(), "other", "correct horse"),
        ):
            assert (await client.refusal(again)).code is ErrorCode.ALREADY_CONNECTED
        await _is_well(server, client)


async def test_signing_in_wrongly(tmp_path: Path) -> None:
    async with (
        a_server(tmp_path, sign_in_per_name_burst=3) as server,
        a_person(server, "ada"),
        a_client(server) as client,
    ):
        messages = set()
        for name in ("ada", "nobody"):
            refusal = await client.refusal(SignIn(client.next_id(), name, "wrong password"))
            assert refusal.code is ErrorCode.BAD_CREDENTIALS
            messages.add(refusal.message)
        assert len(messages) == 1
        for _ in range(2):
            await client.refusal(SignIn(client.next_id(), "ada", "wrong password"))
        locked = await client.refusal(SignIn(client.next_id(), "ada", "correct horse"))
        assert locked.code is ErrorCode.TOO_FAST
        assert locked.retry_after_s is not None
        assert locked.retry_after_s > 0


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (Register(1, "a", "correct horse"), ErrorCode.INVALID_NAME),
        (Register(1, "ada lovelace", "correct horse"), ErrorCode.INVALID_NAME),
        (Register(1, "ada\u202e", "correct horse"), ErrorCode.INVALID_NAME),
        (Register(1, "ada", "correct horse", "evil\u202eeman"), ErrorCode.INVALID_NAME),
        (Register(1, "ada", "short"), ErrorCode.WEAK_PASSWORD),
    ],
)
async def test_registering_wrongly(tmp_path: Path, command: Register, code: ErrorCode) -> None:
    async with a_server(tmp_path) as server, a_client(server) as client:
        assert (await client.refusal(command)).code is code


async def test_registration_can_be_closed(tmp_path: Path) -> None:
    async with a_server(tmp_path, "--registration", "closed") as server, a_client(server) as client:
        refusal = await client.refusal(Register(client.next_id(), "ada", "correct horse"))
        assert refusal.code is ErrorCode.REGISTRATION_CLOSED


async def test_too_fast(tmp_path: Path) -> None:
    async with (
        a_server(tmp_path, commands_burst=10, commands_per_s=0.1) as server,
        a_person(server, "ada") as ada,
    ):
        for _ in range(8):
            await ada.say(FindPeople(ada.next_id()))
        refusal = await ada.refusal(FindPeople(ada.next_id()))
        assert refusal.code is ErrorCode.TOO_FAST
        assert refusal.retry_after_s is not None
        assert refusal.retry_after_s > 1


@pytest.mark.parametrize("body", ["", " \n\t", "\x00", "\u200b\u3164", "\u2800"])
async def test_a_text_in_which_nothing_can_be_seen(tmp_path: Path, body: str) -> None:
    async with a_server(tmp_path) as server, a_person(server, "ada") as ada:
        note = await ada.open(ada.user_id)
        refusal = await ada.refusal(ada.message(note, body))
        assert (refusal.code, refusal.message) == (ErrorCode.BAD_REQUEST, "The message is empty.")
        await ada.ask(ada.message(note, f"{body}x"), MessageSent)


async def test_a_socket_that_says_nothing_is_closed(tmp_path: Path) -> None:
    async with a_server(tmp_path, handshake_timeout_s=0.05) as server, a_client(server) as client:
        assert await client.closed() == CloseCode.HANDSHAKE_TIMEOUT


@pytest.mark.parametrize(
    ("request_head", "status"),
    [
        ("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", "200"),
        ("GET / HTTP/1.1\r\nHost: x\r\n\r\n", "426"),
        ("GET /other HTTP/1.1\r\nHost: x\r\n\r\n", "404"),
        (_HANDSHAKE.format("Origin: null\r\n"), "403"),
        (_HANDSHAKE.format("origin: http://127.0.0.1\r\n"), "403"),
        (_HANDSHAKE.format(""), "101"),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", "4"),
    ],
)
async def test_plain_http(tmp_path: Path, request_head: str, status: str) -> None:
    async with a_server(tmp_path) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(request_head.encode())
        answer = (await reader.readline()).decode()
        writer.close()
        await writer.wait_closed()
        assert answer.split(" ")[1].startswith(status), answer
