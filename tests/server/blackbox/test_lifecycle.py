"""Starting, stopping, dying, and what the folder holds afterwards."""

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from desktop_chat.protocol.commands import FindPeople, LoadHistory, SignIn, UserConnect
from desktop_chat.protocol.errors import CloseCode, ErrorCode
from desktop_chat.protocol.events import ConversationUpdate, NewMessage, UserUpdate
from desktop_chat.protocol.replies import MessageHistory, MessageSent, PeopleFound, SignedIn
from tests.server.blackbox.real_server import (
    a_client,
    a_person,
    a_server,
    run_server,
    start_server,
)
from tests.server.store.stores import empty_database


async def test_a_graceful_stop_says_come_back(tmp_path: Path) -> None:
    server = await start_server(tmp_path)
    async with a_person(server, "ada") as ada:
        note = await ada.open(ada.user_id)
        for number in range(50):
            await ada.say(ada.message(note, f"{number}"))
        await ada.next(MessageSent)
        server.process.terminate()
        assert await ada.closed() == CloseCode.RESTARTING
        assert await server.ended() == 0
        confirmed = 1 + sum(isinstance(packet, MessageSent) for packet in ada.packets)
    async with a_server(tmp_path) as again, a_client(again) as back:
        await back.connect(ada.token)
        update = await back.next(ConversationUpdate)
        assert update.head is not None
        assert update.head.message_count == confirmed


async def test_it_ends_with_its_standard_input(tmp_path: Path) -> None:
    server = await start_server(tmp_path, "--exit-with-stdin")
    assert server.process.stdin is not None
    server.process.stdin.close()
    assert await server.ended() == 0


async def test_nothing_confirmed_is_lost_to_kill_9(tmp_path: Path) -> None:
    confirmed: dict[int, str] = {}
    token, user_id = "", 0
    sent = 0
    for _ in range(3):
        server = await start_server(tmp_path)
        async with a_client(server) as ada:
            if not token:
                await ada.register("ada")
                token, user_id = ada.token, ada.user_id
            ada.user_id = user_id
            await ada.connect(token)
            note = await ada.open(user_id)
            for _ in range(300):
                sent += 1
                await ada.say(ada.message(note, f"{sent}", key=sent))
            first = [await ada.next(MessageSent) for _ in range(3)]
            await server.kill()
            await ada.closed()
            texts = {
                packet.message.client_id: packet.message.content.body
                for packet in ada.packets
                if isinstance(packet, NewMessage)
            }
            for packet in [*first, *ada.packets]:
                if isinstance(packet, MessageSent):
                    confirmed[packet.seq] = texts[packet.client_id]
    assert len(confirmed) >= 9
    async with a_server(tmp_path) as last, a_client(last) as ada:
        await ada.connect(token)
        stored: dict[int, str] = {}
        while page := (
            await ada.ask(LoadHistory(ada.next_id(), note, after_seq=len(stored), limit=200), MessageHistory)
        ).messages:
            stored |= {message.seq: message.content.body for message in page}
    assert list(stored) == list(range(1, len(stored) + 1))
    assert len(set(stored.values())) == len(stored)
    assert confirmed.items() <= stored.items()


async def test_catching_up_under_load_leaves_no_gap(tmp_path: Path) -> None:
    async with a_server(tmp_path) as server, a_person(server, "ada") as ada:
        async with a_person(server, "bob") as bob:
            conversation_id = await ada.open(bob.user_id)
            token = bob.token

        async def talk() -> None:
            for number in range(400):
                await ada.say(ada.message(conversation_id, f"{number}"))
                if number % 20 == 0:
                    await asyncio.sleep(0)
            await ada.next(MessageSent, lambda sent: sent.seq == 400)

        talking = asyncio.create_task(talk())
        for _ in range(5):
            async with a_client(server) as back:
                await back.connect(token)
                update = await back.next(ConversationUpdate)
                assert update.head is not None
                last_seq = update.head.last_seq
                if last_seq < 400:
                    new = await back.next(NewMessage)
                    assert new.message.seq == last_seq + 1
        await talking


async def test_a_second_server_on_one_folder_is_refused(tmp_path: Path) -> None:
    async with a_server(tmp_path):
        status, out, err = await run_server("serve", "--data", str(tmp_path), "--port", "0")
    assert (status, out) == (1, "")
    assert "Another server is running on" in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--tls", "--behind-proxy"), "not both"),
        (("--tls-cert", "cert.pem"), "needs its key"),
        (("--log-format", "xml"), "invalid choice"),
        (("--port", "70000"), "between 0 and 65535"),
        (("--port", "x"), "invalid int value"),
        (("--registration", "maybe"), "invalid choice"),
        (("--name", ""), "1 to 64 printable characters"),
    ],
)
async def test_bad_arguments_are_refused_in_words(
    tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    status, out, err = await run_server("serve", "--data", str(tmp_path), *arguments)
    assert (status, out) == (2, "")
    assert words in err
    assert "Traceback" not in err


async def test_a_bad_environment_is_refused_in_words(tmp_path: Path) -> None:
    settings: tuple[dict[str, Any], ...] = (
        {"port": "x"},
        {"commands_burst": "-1"},
        {"exit_with_stdin": "perhaps"},
    )
    for setting in settings:
        status, _, err = await run_server("serve", "--data", str(tmp_path), **setting)
        assert status == 2
        assert "Traceback" not in err


async def test_a_newer_schema_is_refused_in_words(tmp_path: Path) -> None:
    await (await start_server(tmp_path)).stop()
    with closing(sqlite3.connect(tmp_path / "server.sqlite3", isolation_level=None)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    status, _, err = await run_server("serve", "--data", str(tmp_path), "--port", "0")
    assert status == 1
    assert "written by a newer version of the server" in err
    assert "Traceback" not in err


async def test_what_is_no_database_of_ours_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "server.sqlite3").write_bytes(b"something else" * 1000)
    status, _, err = await run_server("serve", "--data", str(tmp_path), "--port", "0")
    assert status == 1
    assert "cannot be read as a database" in err
    assert "Traceback" not in err


async def test_a_port_in_use_is_refused_in_words(tmp_path: Path) -> None:
    async with a_server(tmp_path / "one") as server:
        status, _, err = await run_server(
            "serve", "--data", str(tmp_path / "two"), "--port", str(server.port)
        )
    assert status == 1
    assert "cannot start" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("replaced", [False, True])
async def test_a_folder_that_is_gone_confirms_nothing_and_ends_the_server(
    tmp_path: Path, replaced: bool
) -> None:
    folder = tmp_path / "server"
    server = await start_server(folder)
    async with a_person(server, "ada") as ada:
        note = await ada.open(ada.user_id)
        await ada.ask(ada.message(note, "before"), MessageSent)
        folder.rename(tmp_path / "elsewhere")
        if replaced:
            folder.mkdir()
            (folder / "server.sqlite3").write_bytes(empty_database())
        refusal = await ada.refusal(ada.message(note, "after"))
        assert refusal.code is ErrorCode.INTERNAL
        assert "folder is gone" in refusal.message
        assert await ada.closed() == CloseCode.RESTARTING
    assert await server.ended() == 1


async def test_its_health_tells_that_the_folder_is_gone(tmp_path: Path) -> None:
    folder = tmp_path / "server"
    server = await start_server(folder)
    shutil.rmtree(folder)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert (await reader.readline()).startswith(b"HTTP/1.1 503 ")
    writer.close()
    await writer.wait_closed()
    assert await server.ended() == 1


async def test_nobody_else_can_read_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "server"
    async with a_server(folder):
        assert folder.stat().st_mode & 0o077 == 0
        assert all(path.stat().st_mode & 0o077 == 0 for path in folder.iterdir())


async def test_setting_a_password(tmp_path: Path) -> None:
    async with a_server(tmp_path) as server, a_person(server, "Ada") as ada:
        token = ada.token
    status, out, _ = await run_server(
        "set-password", "--data", str(tmp_path), "ada", stdin=b"battery staple\n"
    )
    assert status == 0
    assert out == "Ada has a new password. Devices that are signed in stay signed in: 1.\n"
    for name, password, words in (
        ("nobody", b"battery staple\n", "no user called 'nobody'"),
        ("ada", b"short\n", "at least 8 characters"),
    ):
        status, _, err = await run_server("set-password", "--data", str(tmp_path), name, stdin=password)
        assert (status, words in err) == (1, True)
    status, _, err = await run_server("set-password", "--data", str(tmp_path / "typo"), "ada", stdin=b"x\n")
    assert (status, "no server's data" in err) == (1, True)
    assert not (tmp_path / "typo").exists()
    async with a_server(tmp_path) as server, a_client(server) as ada:
        old = await ada.refusal(SignIn(ada.next_id(), "ada", "correct horse"))
        assert old.code is ErrorCode.BAD_CREDENTIALS
        await ada.ask(SignIn(ada.next_id(), "ada", "battery staple"), SignedIn)
        await ada.say(UserConnect(ada.next_id(), token))


async def test_a_reader_that_stalls_is_closed_and_hurts_nobody(tmp_path: Path) -> None:
    async with (
        a_server(tmp_path) as server,
        a_person(server, "ada") as ada,
        a_person(server, "bob") as bob,
    ):
        conversation_id = await ada.open(bob.user_id)
        bob.socket.transport.pause_reading()
        # Far more than the sockets and the server's own limit hold together.
        for _ in range(400):
            await ada.ask(ada.message(conversation_id, "x" * 15_999), MessageSent)
        bob.socket.transport.resume_reading()
        assert await bob.closed() in (CloseCode.SLOW_READER, 1006)
        received = sum(isinstance(packet, NewMessage) for packet in bob.packets)
        assert received < 400


async def test_an_end_that_is_gone_without_a_word_is_noticed(tmp_path: Path) -> None:
    async with (
        a_server(tmp_path, ping_interval_s=0.3) as server,
        a_person(server, "ada") as ada,
        a_person(server, "bob") as bob,
    ):
        await ada.open(bob.user_id)
        bob.socket.transport.pause_reading()  # so it answers no ping
        gone = await ada.next(UserUpdate, lambda update: not update.user.online)
        assert gone.user.user_id == bob.user_id
        bob.socket.transport.resume_reading()
        assert await bob.closed() == 1006
        await ada.ask(FindPeople(ada.next_id()), PeopleFound)


def test_the_server_needs_neither_qt_nor_the_apps_libraries() -> None:
    code = (
        "import sys, server.main\n"
        "strange = {name.partition('.')[0] for name in sys.modules}\n"
        "print(sorted(strange & {'PySide6', 'shiboken6', 'qasync', 'platformdirs', 'keyring'}),"
        " [name for name in sys.modules if name.startswith('desktop_chat.')"
        " and not name.startswith('desktop_chat.protocol')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[3],
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[] []\n"
