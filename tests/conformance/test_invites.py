"""Who may make an account, by the server's policy."""

import asyncio
from pathlib import Path

import pytest

from desktop_chat.protocol.commands import CreateInvite, DeleteAccount, Register, SignIn
from desktop_chat.protocol.errors import CloseCode, ErrorCode
from desktop_chat.protocol.events import AccountUpdate
from desktop_chat.protocol.replies import Error
from tests.conformance.person import PASSWORD, Person
from tests.conformance.place import Place
from tests.conformance.process import UNUSUAL, Process
from tests.conformance.seen import Seen
from tests.conformance.served import GIVEN, Served

_NAME = "operator"


@pytest.fixture(scope="module")
def by_invite(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory, seen: Seen):  # type: ignore[no-untyped-def]
    """A server that takes those who are invited, with an admin called operator."""
    given = pytestconfig.stash.get(GIVEN, None)
    if given is not None:
        if given.registration != "invite":
            pytest.skip("needs a server whose policy is invite")
        yield given
        return
    folder = tmp_path_factory.mktemp("by-invite")
    first = Process(folder)
    token = asyncio.run(_register(Place(first.url, seen)))
    first.stop()
    process = Process(folder, "--registration", "invite")
    yield Place(process.url, seen, process=process, admin_token=token)
    process.stop()


async def _register(place: Place) -> str:
    async with place.client() as operator:
        await operator.register(_NAME)
        await operator.connect()
        update = await operator.next(AccountUpdate)
        assert update.is_admin  # the first one is
        return operator.token


async def _comes(place: Place, client: Person, invite: str) -> str:
    """Register with an invite; "done", or the code of the refusal. Who comes goes again."""
    reply = await client.answer(Register(client.next_id(), place.name("guest"), PASSWORD, invite=invite))
    if isinstance(reply, Error):
        return str(reply.code)
    async with place.client() as guest:
        await guest.connect(reply.token)  # type: ignore[union-attr]
        await guest.do(DeleteAccount, PASSWORD)
        assert await guest.closed() == CloseCode.SIGNED_OUT
    return "done"


async def test_without_an_invite_nobody_comes_in(by_invite: Place) -> None:
    async with by_invite.client() as client:
        for invite in ("", "guess", "x" * 64):
            assert await _comes(by_invite, client, invite) == ErrorCode.BAD_INVITE
        too_long = await client.refused(Register, "guest", PASSWORD, invite="x" * 65)
        assert too_long is ErrorCode.BAD_REQUEST


async def test_an_invite_is_for_so_many(by_invite: Place) -> None:
    async with by_invite.admin() as admin, by_invite.client() as client:
        created = await admin.do(CreateInvite, 2, 1)
        assert 0 < len(created.code) <= 64
        assert created.expires_at_ms > 0
        taken = await client.answer(
            Register(client.next_id(), admin.user_name, PASSWORD, invite=created.code)
        )
        assert isinstance(taken, Error)  # a refusal takes no use
        outcomes = [await _comes(by_invite, client, created.code) for _ in range(3)]
        assert outcomes == ["done", "done", ErrorCode.BAD_INVITE]


async def test_an_invite_holds_for_as_many_as_come_at_once(by_invite: Place) -> None:
    async with by_invite.admin() as admin:
        code = (await admin.do(CreateInvite, 1)).code

        async def come() -> str:
            async with by_invite.client() as client:
                return await _comes(by_invite, client, code)

        outcomes = await asyncio.gather(*(come() for _ in range(4)))
        assert sorted(outcomes) == [*[ErrorCode.BAD_INVITE] * 3, "done"]


async def test_only_admins_invite(by_invite: Place) -> None:
    async with by_invite.admin() as admin, by_invite.client() as client:
        code = (await admin.do(CreateInvite, 1)).code
        client._invite = code
        await client.register(by_invite.name("guest"))
        await client.connect()
        outcome = await client.outcome(CreateInvite)
        assert outcome in (ErrorCode.FORBIDDEN, "done")  # the latter where everybody may
        await client.do(DeleteAccount, PASSWORD)


@pytest.mark.parametrize("named", [{"uses": 0}, {"uses": 10_001}, {"valid_h": 0}, {"valid_h": 8761}])
async def test_invites_that_make_no_sense(place: Place, named: dict[str, int]) -> None:
    async with place.regulars("ada") as (ada,):
        assert await ada.refused(CreateInvite, **named) is ErrorCode.BAD_REQUEST


async def test_where_everybody_may_they_do(served: Served) -> None:
    place = served(**UNUSUAL)
    async with place.person("ada") as ada:
        assert (await ada.do(CreateInvite)).code


async def test_an_open_server_lets_nobody_else_invite_and_heeds_no_invite(served: Served) -> None:
    place = served()
    if place.registration != "open":
        pytest.skip("needs a server whose policy is open")
    async with place.person("ada") as ada, place.client() as client:
        assert await ada.outcome(CreateInvite) in (ErrorCode.FORBIDDEN, "done")
        assert await _comes(place, client, "no invite at all") == "done"


async def test_a_closed_server_takes_nobody(own_folder: Path, seen: Seen) -> None:
    process = Process(own_folder, "--registration", "closed")
    async with Place(process.url, seen, process=process).client() as client:
        closed = await client.refused(Register, "guest", PASSWORD, invite="guess")
        assert closed is ErrorCode.REGISTRATION_CLOSED
        assert await client.refused(SignIn, "guest", PASSWORD) is ErrorCode.BAD_CREDENTIALS
    process.stop()
