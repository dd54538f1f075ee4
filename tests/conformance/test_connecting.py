"""REGISTER, SIGN_IN, USER_CONNECT and SIGN_OUT."""

import asyncio

import pytest

from desktop_chat.protocol.commands import (
    FindPeople,
    OpenConversation,
    Register,
    SignIn,
    SignOut,
    UserConnect,
)
from desktop_chat.protocol.errors import CloseCode, ErrorCode
from desktop_chat.protocol.events import AccountUpdate, CaughtUp
from desktop_chat.protocol.records import Resume, Settings
from desktop_chat.protocol.replies import ConnectionConfirmed, Error, SignedIn
from tests.conformance.person import PASSWORD
from tests.conformance.place import Place
from tests.conformance.process import UNUSUAL
from tests.conformance.served import Served


async def test_from_a_name_to_a_connection(place: Place) -> None:
    async with place.newcomer("Ada") as ada:
        await ada.connect(capabilities=("typing", "telepathy", "files"))
        first = ada.packets[:2]
        assert isinstance(first[0], ConnectionConfirmed)
        assert first[0].user.user_name == ada.user_name
        assert (first[0].user.online, first[0].resync, bool(first[0].server_name)) == (True, False, True)
        assert ada.capabilities == ("files", "typing")
        assert isinstance(first[1], AccountUpdate)
        assert (first[1].settings, first[1].blocked_ids) == (Settings(), ())
        async with place.device(ada, capabilities=()) as plain:
            assert plain.capabilities == ()
            assert plain.device_id == ada.device_id


async def test_signing_in_makes_another_device(place: Place) -> None:
    async with place.person("ada") as ada, place.client() as client:
        signed_in = await client.do(SignIn, ada.user_name.upper(), PASSWORD, "laptop")
        assert signed_in.user.user_id == ada.user_id
        assert signed_in.device_id != ada.device_id
        assert signed_in.token != ada.token
        await client.connect(signed_in.token)
        wrong = await client.refused(UserConnect, ada.token)
        assert wrong is ErrorCode.ALREADY_CONNECTED


async def test_a_name_and_a_password_that_do_not_fit(place: Place) -> None:
    async with place.person("ada") as ada, place.client() as client:
        words = set()
        for name in (ada.user_name, place.name("nobody")):
            reply = await client.answer(SignIn(client.next_id(), name, "wrong password"))
            assert isinstance(reply, Error)
            assert reply.code is ErrorCode.BAD_CREDENTIALS
            words.add(reply.message)
        assert len(words) == 1  # nobody learns which of the two it was


async def test_the_order_of_things(place: Place) -> None:
    async with place.person("ada") as ada, place.client() as client:
        assert await client.refused(FindPeople) is ErrorCode.NOT_CONNECTED
        assert await client.refused(OpenConversation, 1) is ErrorCode.NOT_CONNECTED
        assert await client.refused(UserConnect, "no such token") is ErrorCode.BAD_TOKEN
        for version in (1, 3, 0):
            refused = await client.refused(UserConnect, ada.token, protocol=version)
            assert refused is ErrorCode.UNSUPPORTED_PROTOCOL
        await client.connect(ada.token)
        assert await client.refused(SignIn, ada.user_name, PASSWORD) is ErrorCode.ALREADY_CONNECTED
        assert await client.refused(Register, place.name("eve"), PASSWORD) is ErrorCode.ALREADY_CONNECTED


@pytest.mark.parametrize(
    ("name", "password", "display_name", "code"),
    [
        ("a", PASSWORD, "", ErrorCode.INVALID_NAME),
        ("ada lovelace", PASSWORD, "", ErrorCode.INVALID_NAME),
        ("ada\u202e", PASSWORD, "", ErrorCode.INVALID_NAME),
        ("\u0430da", PASSWORD, "", ErrorCode.INVALID_NAME),
        ("Admin", PASSWORD, "", ErrorCode.INVALID_NAME),
        ("conformance", PASSWORD, "evil\u202eeman", ErrorCode.INVALID_NAME),
        ("conformance", "short", "", ErrorCode.WEAK_PASSWORD),
        ("x" * 33, PASSWORD, "", ErrorCode.BAD_REQUEST),
        ("conformance", "x" * 257, "", ErrorCode.BAD_REQUEST),
    ],
)
async def test_registering_wrongly(
    place: Place, name: str, password: str, display_name: str, code: ErrorCode
) -> None:
    async with place.client() as client:
        assert await client.refused(Register, name, password, display_name) is code


async def test_one_of_many_at_once_gets_a_name(served: Served) -> None:
    place = served(**UNUSUAL)
    name = place.name("zoe")

    async def attempt(spelt: str) -> str:
        async with place.client() as client:
            return await client.outcome(Register, spelt, PASSWORD)

    outcomes = await asyncio.gather(*(attempt(each) for each in (name, name.upper(), f"\uff3a{name[1:]}")))
    assert sorted(outcomes) == ["done", "name_taken", "name_taken"]


async def test_a_name_that_is_taken(place: Place) -> None:
    async with place.person("ada") as ada, place.client() as client:
        reply = await client.answer(
            Register(client.next_id(), ada.user_name.title(), PASSWORD, invite=place.invite)
        )
        assert isinstance(reply, Error)
        assert reply.code in (ErrorCode.NAME_TAKEN, ErrorCode.TOO_FAST)


async def test_signing_out_revokes_the_token(place: Place) -> None:
    async with place.person("ada") as ada, place.device(ada) as twin:
        await ada.do(SignOut)
        assert await ada.closed() == CloseCode.SIGNED_OUT
        assert await twin.closed() == CloseCode.SIGNED_OUT
        async with place.client() as late:
            assert await late.refused(UserConnect, ada.token) is ErrorCode.BAD_TOKEN
            signed_in = await late.do(SignIn, ada.user_name, PASSWORD)
            assert isinstance(signed_in, SignedIn)
            await late.connect(signed_in.token)
            ada.token = signed_in.token


async def test_what_cannot_be_resumed_from_begins_anew(place: Place) -> None:
    async with place.people("ada", "bob") as (ada, bob):
        await ada.send(await ada.do_open(bob.user_id))
        for resume in (Resume("f" * 32, 1), Resume(ada.epoch, 2**52)):
            async with place.device(ada, resume=resume) as back:
                confirmed = await back.next(ConnectionConfirmed)
                assert confirmed.resync


async def test_a_catch_up_ends_where_the_log_stands(place: Place) -> None:
    async with place.person("ada") as ada:
        note = await ada.do_open(ada.user_id)
        await ada.send(note)
        async with place.client() as back:
            position = await back.connect(ada.token)
            await ada.send(note)
            later = await back.told()
            positions = [getattr(each, "position", 0) for each in later if not isinstance(each, CaughtUp)]
            assert max(positions) > position
