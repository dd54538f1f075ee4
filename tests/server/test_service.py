"""The whole server but its socket, by frames."""

import logging
from collections.abc import Awaitable
from types import MappingProxyType
from typing import Any

import pytest

from desktop_chat.protocol.codec import encode_command
from desktop_chat.protocol.commands import (
    Command,
    DeleteAccount,
    FindPeople,
    MarkRead,
    SetAdmin,
    UserConnect,
)
from desktop_chat.protocol.errors import CloseCode, ErrorCode
from desktop_chat.protocol.events import (
    AccountUpdate,
    ConversationUpdate,
    MemberUpdate,
    NewMessage,
    UserUpdate,
)
from desktop_chat.protocol.limits import MAX_SERVER_FRAME_BYTES
from desktop_chat.protocol.records import Head, Personal, Preview, Resume
from desktop_chat.protocol.replies import ConnectionConfirmed, Done, Error, MessageSent, PeopleFound
from server import catchup
from server.config import Limits
from server.device_connection import DeviceConnection
from server.handlers import HANDLERS
from server.hub import Hub
from server.session import Session
from server.store.memory import MemoryStore, MemoryTransaction
from tests.server.harness import TestServer, only


async def test_a_message_reaches_the_other_and_the_sender() -> None:
    server = TestServer()
    ada = await server.person("ada")
    bob = await server.person("bob")
    conversation_id = await ada.open(bob.user_id)
    bob.packets()
    answer = await ada.send(conversation_id, "hello")
    sent = only(MessageSent, answer)
    assert sent.seq == 1
    own = only(ConversationUpdate, answer)
    assert own.personal == Personal(read_seq=0, seen_count=1)
    told = bob.packets()
    assert only(NewMessage, told).message.content.body == "hello"
    update = only(ConversationUpdate, told)
    assert update.personal is None
    assert update.head == Head(1, 1, Preview(ada.user_id, "text", "hello", sent.sent_at_ms, 1))
    assert update.position == sent.message_id
    again = await ada.send(conversation_id, "other words", client_id=sent.client_id)
    assert sent.re is not None
    assert again[0] == MessageSent(
        sent.re + 1, conversation_id, sent.client_id, sent.message_id, 1, sent.sent_at_ms
    )
    assert len(again) == 1
    assert not bob.packets()
    await server.service.stop()


async def test_the_first_device_of_a_user_tells_the_contacts() -> None:
    server = TestServer()
    ada = await server.person("ada")
    bob = await server.person("bob")
    await ada.open(bob.user_id)
    bob.connection.closed()
    update = only(UserUpdate, await ada.settled(), where=lambda each: not each.user.online)
    assert update.user.user_id == bob.user_id
    assert update.user.last_seen_ms == server.clock.now_ms()
    back = server.client()
    await back.connect(bob.token)
    assert only(UserUpdate, await ada.settled()).user.online
    await server.service.stop()


async def test_the_second_is_the_first_where_the_first_has_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    server = TestServer()
    ada = await server.person("ada")
    bob = await server.person("bob")
    await ada.open(bob.user_id)
    bob.connection.closed()
    await ada.settled()
    first, second = server.client(), server.client()
    read_catch_up = server.service.read_catch_up

    def read(*arguments: Any) -> catchup.Piece:
        # While the first one waits for its catch-up the second one comes, and the first one goes.
        server.service.hub.register(bob.user_id, second.connection)
        first.connection.closed()
        return read_catch_up(*arguments)

    monkeypatch.setattr(server.service, "read_catch_up", read)
    await first.connect(bob.token)
    assert only(UserUpdate, await ada.settled()).user.online
    await server.service.stop()


async def test_a_stop_notes_when_everybody_was_last_seen() -> None:
    server = TestServer()
    ada = await server.person("ada")
    server.clock.now_s += 500
    await server.service.stop()
    store = server.store
    assert isinstance(store, MemoryStore)
    assert store.state.users[ada.user_id].last_seen_ms == server.clock.now_ms()


async def test_a_catch_up_that_fails_closes_the_connection(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    server = TestServer()
    ada = server.client()
    await ada.register("ada")

    def fail(*arguments: object) -> None:
        raise LookupError("a bug")

    monkeypatch.setattr(catchup, "frames", fail)
    with caplog.at_level("ERROR", logger="server.device_connection"):
        await ada.say(UserConnect(ada.next_id(), ada.token))
    assert ada.transport.closed is not None
    assert not server.service.hub.is_online(ada.user_id)
    await server.service.stop()


async def test_whoever_was_taken_out_of_many_groups_is_told_in_frames_that_fit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = TestServer()
    ada = await server.person("ada")
    left = [(2**52 + number, 2**52 + number) for number in range(50_000)]
    monkeypatch.setattr(MemoryTransaction, "left_conversations", lambda *arguments: left)
    again = server.client()
    told = await again.connect(ada.token, Resume(server.store.epoch, 1))
    gone = [each for each in told if isinstance(each, ConversationUpdate) and each.gone]
    assert [(each.conversation_id, each.position) for each in gone] == left
    assert max(map(len, again.transport.frames)) <= MAX_SERVER_FRAME_BYTES
    await server.service.stop()


async def test_a_device_that_is_dropped_in_the_midst_of_a_fan_out_keeps_nothing_from_the_others() -> None:
    server = TestServer(limits=Limits(write_buffer_max_bytes=100))
    ada, bob = await server.person("ada"), await server.person("bob")
    slow, third = server.client(), server.client()
    for device in (slow, third):
        await device.connect(ada.token)
    conversation_id = await ada.open(bob.user_id)
    slow.transport.stalled = True
    slow.transport.waiting_bytes = 101
    third.packets()
    bob.packets()
    await ada.send(conversation_id, "hello")
    assert slow.transport.closed is not None
    only(NewMessage, third.packets())
    only(NewMessage, bob.packets())
    slow_reader = server.client()
    await slow_reader.connect(ada.token)
    slow_reader.transport.stalled = True
    slow_reader.transport.waiting_bytes = 101
    await third.say(MarkRead(third.next_id(), conversation_id, 1))
    only(ConversationUpdate, ada.packets(), lambda update: update.personal is not None)
    only(MemberUpdate, bob.packets())
    await server.service.stop()


async def test_one_connection_that_fails_does_not_end_the_fan_out(caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        device_id = 7
        looking_at = None

        def push(self, frame: bytes, position: int) -> None:
            raise LookupError("a bug")

        def close(self, code: CloseCode) -> None: ...

    class Sound(Broken):
        def __init__(self) -> None:
            self.frames: list[bytes] = []

        def push(self, frame: bytes, position: int) -> None:
            self.frames.append(frame)

    hub, sound = Hub(fan_out_chunk=1), Sound()
    hub.register(1, Broken())
    hub.register(2, sound)
    with caplog.at_level("ERROR", logger="server.hub"):
        hub.push([1, 2], b"one")
        hub.push([1, 2], b"two")
        await hub.drained()
    assert sound.frames == [b"one", b"two"]


async def test_an_error_of_the_servers_own_is_logged_and_answered(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    server = TestServer()
    ada = await server.person("ada")

    def fail(connection: DeviceConnection, command: Command) -> Awaitable[None] | None:
        raise LookupError("a bug")

    def fail_early(session: Session, frame: bytes, now_s: float) -> None:
        raise LookupError("another")

    find = FindPeople(ada.next_id())
    with caplog.at_level(logging.ERROR, logger="server.device_connection"), monkeypatch.context() as patch:
        patch.setattr(server.service, "handlers", MappingProxyType({**HANDLERS, FindPeople: fail}))
        refusal = only(Error, await ada.say(find))
        assert (refusal.code, refusal.re) == (ErrorCode.INTERNAL, find.id)
        patch.setattr(Session, "receive", fail_early)
        assert ada.connection.take(encode_command(find)) is None
        refusal = only(Error, ada.packets())
        assert (refusal.code, refusal.re) == (ErrorCode.INTERNAL, None)
    assert [each.exc_info is not None for each in caplog.records] == [True, True]
    only(PeopleFound, await ada.say(find))
    await server.service.stop()


async def test_coming_back_does_not_fill_a_users_budget() -> None:
    server = TestServer(limits=Limits(commands_per_user_burst=2.0, commands_per_user_per_s=0.1))
    ada = await server.person("ada")
    for _ in range(2):
        only(PeopleFound, await ada.say(FindPeople(ada.next_id())))
    again = server.client()
    await again.connect(ada.token)
    refused = only(Error, await again.say(FindPeople(again.next_id())))
    assert refused.code is ErrorCode.TOO_FAST
    assert refused.retry_after_s == pytest.approx(10.0, abs=0.1)
    bob = await server.person("bob")
    only(PeopleFound, await bob.say(FindPeople(bob.next_id())))


async def test_a_drain_confirms_what_was_taken_and_leaves_the_store_open() -> None:
    server = TestServer()
    ada = await server.person("ada")
    note = await ada.open(ada.user_id)
    ada.packets()
    for number in range(5):
        await ada.connection.receive(encode_command(ada.message(note, f"{number}")))
    assert server.service.is_ready()
    await server.service.drain()
    assert not server.service.is_ready()
    assert sum(isinstance(packet, MessageSent) for packet in ada.packets()) == 5
    assert ada.transport.closed == (CloseCode.RESTARTING, "restarting")
    late = server.client()
    assert late.transport.closed == (CloseCode.RESTARTING, "restarting")
    assert server.store.is_well()
    await server.service.stop()
    assert not server.store.is_well()


async def test_a_server_has_an_admin_as_long_as_it_has_people() -> None:
    server = TestServer()
    ada, bob = await server.person("ada"), await server.person("bob")
    delete = DeleteAccount(ada.next_id(), "correct horse")
    assert only(Error, await ada.say(delete)).code is ErrorCode.FORBIDDEN
    assert only(Error, await bob.say(SetAdmin(bob.next_id(), bob.user_id))).code is ErrorCode.FORBIDDEN
    await bob.say(DeleteAccount(bob.next_id(), "correct horse"))
    only(Done, await ada.say(delete))  # those who are deleted need no admin
    cy = server.client()
    await cy.register("cy")
    assert only(AccountUpdate, await cy.connect()).is_admin
    await server.service.stop()


async def test_files_are_no_capability_where_there_are_none() -> None:
    server = TestServer()
    client = server.client()
    await client.register("ada")
    command = UserConnect(2, client.token, capabilities=("files", "typing", "unheard_of"))
    confirmed = only(ConnectionConfirmed, await client.say(command))
    assert confirmed.capabilities == ("typing",)


async def test_wrong_tokens_from_an_address_hold_up_no_right_one() -> None:
    server = TestServer(limits=Limits(sign_in_per_address_burst=3))
    ada = await server.person("ada")
    codes = []
    for number in range(4):
        stranger = server.client()
        packets = await stranger.say(UserConnect(stranger.next_id(), f"wrong {number}"))
        codes.append(only(Error, packets).code)
    assert codes[-1] is ErrorCode.TOO_FAST
    again = server.client()
    assert not [each for each in await again.connect(ada.token) if isinstance(each, Error)]
    await server.service.stop()
