"""What is done to a server's folder from the command line, and what it prints at its first start."""

import asyncio
from pathlib import Path

import pytest

from desktop_chat.protocol.commands import DeleteAccount, LoadAudit, Register, SetAdmin
from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.protocol.events import AccountUpdate
from desktop_chat.protocol.replies import Audit, Done, SignedIn
from server.config import Config
from tests.server.blackbox.real_server import (
    RealClient,
    RealServer,
    a_client,
    a_person,
    a_server,
    run_server,
    start_server,
)
from tests.server.store import previous


async def register(client: RealClient, name: str, invite: str) -> SignedIn:
    """Make an account with a code."""
    command = Register(client.next_id(), name, "correct horse", invite=invite)
    signed_in = await client.ask(command, SignedIn)
    client.token, client.user_id = signed_in.token, signed_in.user.user_id
    return signed_in


async def line(server: RealServer) -> str:
    """The next line on standard output."""
    assert server.process.stdout is not None
    return (await asyncio.wait_for(server.process.stdout.readline(), 30)).decode().strip()


async def test_the_first_start_prints_an_invite_for_the_admin(tmp_path: Path) -> None:
    async with a_server(tmp_path, "--registration", "invite") as server, a_client(server) as client:
        word, code = (await line(server)).split(" ")
        assert word == "invite"
        without = Register(client.next_id(), "eve", "correct horse")
        assert (await client.refusal(without)).code is ErrorCode.BAD_INVITE
        await register(client, "ada", code)
        await client.connect()
        assert (await client.next(AccountUpdate)).is_admin
        again = Register(client.next_id(), "bob", "correct horse", invite=code)
        async with a_client(server) as other:
            assert (await other.refusal(again)).code is ErrorCode.BAD_INVITE, "it is for one"
    # There is an account, so nothing more is printed.
    server = await start_server(tmp_path, "--registration", "invite")
    server.process.terminate()
    out, _ = await server.process.communicate()
    assert out == b""


async def test_where_everybody_is_gone_a_start_is_a_first_one(tmp_path: Path) -> None:
    async with a_server(tmp_path, "--registration", "invite") as server, a_client(server) as client:
        await register(client, "ada", (await line(server)).removeprefix("invite "))
        await client.connect()
        await client.ask(DeleteAccount(client.next_id(), "correct horse"), Done)
    async with a_server(tmp_path, "--registration", "invite") as server, a_client(server) as client:
        await register(client, "bob", (await line(server)).removeprefix("invite "))
        await client.connect()
        assert (await client.next(AccountUpdate)).is_admin


async def test_with_tls_it_follows_the_fingerprint(tmp_path: Path) -> None:
    async with a_server(tmp_path, "--registration", "invite", "--tls") as server:
        assert (await line(server)).startswith("fingerprint ")
        assert (await line(server)).startswith("invite ")


@pytest.mark.parametrize(
    ("settings", "policy"),
    [
        ({}, "open"),
        ({"host": "::1"}, "open"),
        ({"host": "0.0.0.0"}, "invite"),
        ({"host": "chat.example"}, "invite"),
        ({"behind_proxy": True}, "invite"),
        ({"host": "0.0.0.0", "registration": "open"}, "open"),
        ({"registration": "closed"}, "closed"),
    ],
)
def test_who_may_register_where_nothing_is_said(settings: dict[str, object], policy: str) -> None:
    assert Config(data=Path("x"), **settings).registration == policy  # type: ignore[arg-type]


async def test_a_code_from_the_command_line_lets_so_many_in(tmp_path: Path) -> None:
    await (await start_server(tmp_path)).stop()
    status, out, err = await run_server("invite", "--data", str(tmp_path), "--uses", "2", "--valid-h", "1")
    assert (status, err) == (0, "")
    code = out.strip()
    async with a_server(tmp_path, "--registration", "invite") as server, a_client(server) as client:
        for name in ("ada", "bob"):
            async with a_client(server) as other:
                await register(other, name, code)
        third = Register(client.next_id(), "cy", "correct horse", invite=code)
        assert (await client.refusal(third)).code is ErrorCode.BAD_INVITE


async def test_what_changes_the_folder_needs_it_for_itself(tmp_path: Path) -> None:
    async with a_server(tmp_path) as server, a_person(server, "ada"):
        for arguments in (("invite",), ("admin", "ada"), ("set-password", "ada")):
            status, out, err = await run_server(
                *arguments, "--data", str(tmp_path), stdin=b"battery staple\n"
            )
            assert (status, out) == (1, "")
            assert "A server is running on" in err
            assert "Traceback" not in err


async def test_an_admin_is_made_and_unmade(tmp_path: Path) -> None:
    async with a_server(tmp_path) as server, a_person(server, "ada"), a_person(server, "bob"):
        pass
    status, out, _ = await run_server("admin", "--data", str(tmp_path), "Bob")
    assert (status, out) == (0, "bob is an admin of this server now.\n")
    status, out, _ = await run_server("admin", "--data", str(tmp_path), "ada", "--off")
    assert (status, out) == (0, "ada is no admin of this server now.\n")
    status, _, err = await run_server("admin", "--data", str(tmp_path), "bob", "--off")
    assert (status, "at least one admin" in err) == (1, True)
    status, _, err = await run_server("admin", "--data", str(tmp_path), "nobody")
    assert (status, "no user called 'nobody'" in err) == (1, True)


async def test_the_audit_log_is_read_while_the_server_runs(tmp_path: Path) -> None:
    async with a_server(tmp_path) as server, a_person(server, "ada"):
        pass
    await run_server("invite", "--data", str(tmp_path), "--uses", "3")
    await run_server("set-password", "--data", str(tmp_path), "ada", stdin=b"battery staple\n")
    async with a_server(tmp_path) as server, a_person(server, "bob") as bob:
        status, out, err = await run_server("audit", "--data", str(tmp_path))
        assert (status, err) == (0, "")
        made, changed = out.splitlines()
        assert made.endswith("Z invite_created by=command-line detail='for 3'")
        assert changed.endswith("Z password_set by=command-line whom=ada")
        _, out, _ = await run_server("audit", "--data", str(tmp_path), "--limit", "1")
        assert out.splitlines() == [changed]
        assert (await bob.refusal(LoadAudit(bob.next_id()))).code is ErrorCode.FORBIDDEN
    status, out, _ = await run_server("audit", "--data", str(tmp_path))
    assert (status, len(out.splitlines())) == (0, 2), "nor does it need one"


async def test_what_an_admin_does_in_the_app_is_in_it(tmp_path: Path) -> None:
    async with a_server(tmp_path) as server, a_person(server, "ada") as ada, a_person(server, "bob") as bob:
        await ada.ask(SetAdmin(ada.next_id(), bob.user_id), Done)
        audit = await ada.ask(LoadAudit(ada.next_id()), Audit)
        assert [(each.actor_id, each.action) for each in audit.entries] == [(ada.user_id, "admin_made")]
        _, out, _ = await run_server("audit", "--data", str(tmp_path))
        assert out.strip().endswith("admin_made by=ada whom=bob")


async def test_the_audit_log_of_an_older_folder_is_not_touched(tmp_path: Path) -> None:
    database = tmp_path / "server.sqlite3"
    previous.make_database(database)
    before = database.read_bytes()
    status, _, err = await run_server("audit", "--data", str(tmp_path))
    assert (status, "older version" in err) == (1, True)
    assert database.read_bytes() == before


@pytest.mark.parametrize("arguments", [("invite", "--uses", "0"), ("audit", "--limit", "x"), ("admin",)])
async def test_arguments_that_make_no_sense(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    status, _, err = await run_server(*arguments, "--data", str(tmp_path))
    assert status == 2
    assert "Traceback" not in err
