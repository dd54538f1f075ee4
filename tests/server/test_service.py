"""The whole server but its socket, by frames."""

import logging
from collections.abc import Awaitable
from types import MappingProxyType

import pytest

from desktop_chat.protocol.codec import encode_command
from desktop_chat.protocol.commands import Command, FindPeople
from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.protocol.events import ConversationUpdate, NewMessage, UserUpdate
from desktop_chat.protocol.records import Head, Personal, Preview
from desktop_chat.protocol.replies import Error, MessageSent, PeopleFound
from server.device_connection import DeviceConnection
from server.handlers import HANDLERS
from server.session import Session
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
    assert update.head == Head(1, 1, Preview(ada.user_id, "text", "hello", sent.sent_at_ms))
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
