"""Rates and counts that each server sets, and how it says no."""

from pathlib import Path

from desktop_chat.protocol.commands import FindPeople, SendMessage, SignIn, UserConnect
from desktop_chat.protocol.errors import CloseCode, ErrorCode
from desktop_chat.protocol.events import NewMessage, UserUpdate
from desktop_chat.protocol.replies import Error
from tests.conformance.person import PASSWORD, text
from tests.conformance.place import Place
from tests.conformance.process import STRICT, TINY, UNUSUAL, Process
from tests.conformance.seen import Seen
from tests.conformance.served import Served


async def test_too_many_commands(served: Served) -> None:
    place = served(**STRICT)
    async with place.person("ada") as ada:
        for _ in range(8):
            await ada.say(FindPeople(ada.next_id()))
        reply = await ada.answer(FindPeople(ada.next_id()))
        assert isinstance(reply, Error)
        assert reply.code is ErrorCode.TOO_FAST
        assert reply.retry_after_s is not None
        assert reply.retry_after_s > 1


async def test_too_many_bad_frames(served: Served) -> None:
    async with served(**STRICT).client() as client:
        for _ in range(3):
            await client.raw("?")
        assert await client.closed() == CloseCode.TOO_MANY_BAD_FRAMES


async def test_too_many_connections_of_one_user(served: Served) -> None:
    place = served(**STRICT)
    async with place.person("ada") as ada, place.device(ada), place.client() as third:
        reply = await third.answer(UserConnect(third.next_id(), ada.token))
        assert isinstance(reply, Error)
        assert (reply.code, reply.retry_after_s) == (ErrorCode.SERVER_BUSY, 30.0)


async def test_too_many_devices_sign_the_oldest_out(served: Served) -> None:
    place = served(**STRICT)
    async with place.person("ada") as ada:
        for _ in range(2):
            async with place.client() as client:
                await client.do(SignIn, ada.user_name, PASSWORD)
        assert await ada.closed() == CloseCode.SIGNED_OUT


async def test_too_many_guesses(served: Served) -> None:
    place = served(**STRICT)
    async with place.person("ada") as ada, place.client() as client:
        for _ in range(3):
            refused = await client.refused(SignIn, ada.user_name, "wrong password")
            assert refused is ErrorCode.BAD_CREDENTIALS
        reply = await client.answer(SignIn(client.next_id(), ada.user_name, PASSWORD))
        assert isinstance(reply, Error)
        assert reply.code is ErrorCode.TOO_FAST
        assert reply.retry_after_s is not None
        assert reply.retry_after_s > 0


async def test_a_socket_that_says_nothing_is_closed(served: Served) -> None:
    async with served(**TINY).client() as client:
        assert await client.closed() == CloseCode.HANDSHAKE_TIMEOUT


async def test_a_full_server_says_come_back(served: Served) -> None:
    place = served(**TINY)
    async with place.client(), place.client() as second:
        assert await second.closed() == CloseCode.RESTARTING


async def test_who_does_not_read_is_closed_and_comes_back(served: Served) -> None:
    place = served(**UNUSUAL)
    async with place.people("ada", "bob") as (ada, bob):
        talk = await ada.do_open(bob.user_id)
        await ada.told()
        bob.socket.transport.pause_reading()
        sent, dropped = 0, False
        while not dropped:
            sent = await ada.send(talk, "x" * 15_999)
            dropped = any(isinstance(each, UserUpdate) and not each.user.online for each in ada.packets)
        bob.socket.transport.resume_reading()
        assert await bob.closed() == CloseCode.SLOW_READER
        received = [each.message.seq for each in bob.packets if isinstance(each, NewMessage)]
        assert received == list(range(1, len(received) + 1))
        assert len(received) < sent
        async with place.device(bob) as back:
            assert [each.seq for each in await back.page(talk, limit=2)] == [sent - 1, sent]


async def test_a_server_whose_folder_is_gone_confirms_nothing(own_folder: Path, seen: Seen) -> None:
    process = Process(own_folder)
    place = Place(process.url, seen, process=process)
    async with place.person("ada") as ada:
        note = await ada.do_open(ada.user_id)
        process.folder.rename(own_folder / "elsewhere")
        assert await ada.refused(SendMessage, note, content=text("x")) is ErrorCode.INTERNAL
        assert await ada.closed() == CloseCode.RESTARTING
    process.kill()
