"""A fuzzer that finds nothing proves nothing: bugs as people write them are put in, and each has to
be found."""

import asyncio
import logging
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from msgspec.structs import replace
from websockets.server import ServerProtocol

from desktop_chat.protocol.codec import encode_frame
from desktop_chat.protocol.commands import (
    Command,
    DeleteMessage,
    FindPeople,
    LoadAudit,
    LoadDetails,
    LoadHistory,
    MarkRead,
    OpenConversation,
    PinMessage,
    SendMessage,
    SignIn,
    StarMessage,
    UserConnect,
)
from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.protocol.events import NewMessage, StarsUpdate
from desktop_chat.protocol.records import Receipt, Star, User
from desktop_chat.protocol.replies import Audit, Done, MessageDetails, MessageHistory, PeopleFound
from server import connection as socket_connection
from server import handlers, publishing, session
from server.actions.changes import do_delete, do_pin
from server.actions.log import Appended
from server.actions.members import check_member
from server.actions.messages import do_send
from server.actions.people import check_find
from server.actions.pointers import Moved, do_mark_read
from server.appending import Appending
from server.device_connection import DeviceConnection
from server.framing import find_payload
from server.handlers import HANDLERS, Handler, append
from server.refusal import Refused
from server.service import Service
from server.store.reader import Reader
from server.store.writer import Writer
from tests.fuzz import frames, processes, sessions, sockets, uploads
from tests.server.blackbox.real_server import RealServer

WORLDS = 6
"""Within so many worlds each bug must show; a sound server passes all of them."""


async def _history_of_anybody(connection: DeviceConnection, command: LoadHistory) -> None:
    page = await connection.service.store.read(
        lambda reader: reader.page_after(command.conversation_id, 0, command.limit)
    )
    connection.reply(MessageHistory(command.id, command.conversation_id, page))


async def _answers_twice(connection: DeviceConnection, command: FindPeople) -> None:
    await handlers.find_people(connection, command)
    if command.query:
        connection.reply(Done(command.id))


def _never_answers(connection: DeviceConnection, command: MarkRead) -> None:
    if command.seq < 3:
        handlers.mark_read(connection, command)


async def _waits_for_ever(connection: DeviceConnection, command: OpenConversation) -> None:
    if command.user_id == connection.user_id:
        await asyncio.get_running_loop().create_future()
    await handlers.open_conversation(connection, command)


async def _raises(connection: DeviceConnection, command: FindPeople) -> None:
    if "\x00" in command.query:
        raise ValueError("a character nobody thought of")
    await handlers.find_people(connection, command)


async def _another_id(connection: DeviceConnection, command: FindPeople) -> None:
    connection.reply(Done(command.limit))


def _tells_everybody(connection: DeviceConnection, command: SendMessage) -> None:
    service = connection.service

    class Telling(Appending):
        def done(self, sent: Appended | None, error: Exception | None) -> None:
            super().done(sent, error)
            if sent is not None:
                everybody = service.hub.online_ids()
                service.hub.push(everybody, encode_frame([NewMessage(sent.message)]))

    sending = Telling(connection, command, do_send, service.now_ms())
    service.store.write(sending, sending.done)


async def _unreadable(connection: DeviceConnection, command: FindPeople) -> None:
    connection.send(encode_frame([Done(command.id)])[:-1])


async def _quotes_the_password(connection: DeviceConnection, command: SignIn) -> None:
    raise Refused(ErrorCode.BAD_CREDENTIALS, f"{command.password} is wrong.")


def _shows_every_pointer(connection: DeviceConnection, command: MarkRead) -> None:
    def move(writer: Writer) -> Moved | None:
        moved = do_mark_read(writer, command.conversation_id, connection.user_id, command.seq, 1)
        if moved is None:
            return None
        row = moved.member
        shown = replace(row, shown_read_seq=row.read_seq, shown_delivered_seq=row.delivered_seq)
        writer.set_member(shown)
        return replace(moved, member=shown, shown=True)

    told = partial(publishing.pointers_moved, connection, command.id, True)
    connection.service.store.write(move, told)


async def _stars_for_everybody(connection: DeviceConnection, command: StarMessage) -> None:
    await handlers.star_message(connection, command)
    star = Star(command.conversation_id, command.seq, command.on)
    connection.service.push_packets(connection.service.hub.online_ids(), [StarsUpdate(1, [star])])


def _reads_backwards(connection: DeviceConnection, command: MarkRead) -> None:
    def move(writer: Writer) -> None:
        member = check_member(writer, command.conversation_id, connection.user_id)
        writer.set_member(replace(member, read_seq=command.seq))

    connection.service.store.write(move, lambda result, error: connection.reply(Done(command.id)))


async def _finds_with_presence(connection: DeviceConnection, command: FindPeople) -> None:
    found = await connection.service.store.read(lambda reader: check_find(reader, "", command.limit))
    online = [User(each.user_id, each.user_name, each.display_name, True) for each in found]
    connection.reply(PeopleFound(command.id, online))


async def _audit_for_anybody(connection: DeviceConnection, command: LoadAudit) -> None:
    entries = await connection.service.store.read(lambda reader: reader.audit(2**53, command.limit))
    connection.reply(Audit(command.id, entries))


async def _details_as_they_are(connection: DeviceConnection, command: LoadDetails) -> None:
    def read(reader: Reader) -> list[Receipt]:
        check_member(reader, command.conversation_id, connection.user_id)
        return [
            Receipt(each.user_id, each.delivered_seq >= command.seq, each.read_seq >= command.seq)
            for each in reader.members(command.conversation_id)
        ]

    receipts = await connection.service.store.read(read)
    connection.reply(MessageDetails(command.id, command.conversation_id, command.seq, receipts))


def _deletes_the_text_alone(writer: Any, command: DeleteMessage, user_id: int, now_ms: int) -> Appended:
    before = writer.versions(command.conversation_id, command.seq)
    deleted = do_delete(writer, command, user_id, now_ms)
    for each in before:
        kept = deleted.message
        writer.add_version(replace(kept, seq=command.seq, content=each.content), now_ms)
    return deleted


def _remembers_who_was_there(connection: DeviceConnection, command: SendMessage) -> None:
    service = connection.service
    ever: dict[int, set[int]] = vars(service).setdefault("ever", {})

    class Telling(Appending):
        def done(self, sent: Appended | None, error: Exception | None) -> None:
            super().done(sent, error)
            if sent is not None and sent.conversation is not None:
                was = ever.setdefault(sent.message.conversation_id, set())
                was |= set(sent.member_ids)
                service.hub.push(was - set(sent.member_ids), encode_frame([NewMessage(sent.message)]))

    sending = Telling(connection, command, do_send, service.now_ms())
    service.store.write(sending, sending.done)


def _pins_for_anybody(writer: Writer, command: PinMessage, user_id: int, now_ms: int) -> Appended:
    member = check_member(writer, command.conversation_id, user_id)
    if member.role != "member":
        return do_pin(writer, command, user_id, now_ms)
    writer.set_member(replace(member, role="admin"))
    try:
        return do_pin(writer, command, user_id, now_ms)
    finally:
        writer.set_member(member)


@pytest.fixture
def _errors_are_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with caplog.at_level(logging.ERROR, logger="server.device_connection"):
        yield


@pytest.mark.usefixtures("_errors_are_logged")
@pytest.mark.parametrize(
    ("command", "handler", "words"),
    [
        pytest.param(LoadHistory, _history_of_anybody, "was sent secret", id="no membership check"),
        pytest.param(SendMessage, _tells_everybody, "was sent secret", id="fan-out to everybody"),
        pytest.param(SignIn, _quotes_the_password, "which is for nobody", id="quotes a password"),
        pytest.param(FindPeople, _answers_twice, "nobody asked for", id="answers twice"),
        pytest.param(FindPeople, _another_id, "nobody asked for", id="answers to another id"),
        pytest.param(MarkRead, _never_answers, "not answered", id="never answers"),
        pytest.param(OpenConversation, _waits_for_ever, "never answered", id="waits for ever"),
        pytest.param(FindPeople, _raises, "logged ERROR", id="raises"),
        pytest.param(FindPeople, _unreadable, "no client can read", id="sends what is no JSON"),
        pytest.param(MarkRead, _reads_backwards, "5: ", id="moves a pointer anywhere"),
        pytest.param(FindPeople, _finds_with_presence, "hidden presence", id="tells who is online"),
        pytest.param(LoadAudit, _audit_for_anybody, "no admin", id="audit log for anybody"),
        pytest.param(LoadDetails, _details_as_they_are, "is shared", id="receipts that are not shared"),
        pytest.param(MarkRead, _shows_every_pointer, "is shared", id="pointers that are not shared"),
        pytest.param(StarMessage, _stars_for_everybody, "somebody's", id="stars for everybody"),
        pytest.param(SendMessage, _remembers_who_was_there, "was sent secret", id="tells who has left"),
        pytest.param(PinMessage, append(_pins_for_anybody), "may not do", id="no look at the role"),
        pytest.param(
            DeleteMessage, append(_deletes_the_text_alone), "versions of what", id="keeps old versions"
        ),
    ],
)
def test_a_faulty_handler_is_found(command: type[Command], handler: Handler, words: str) -> None:
    class Faulty(Service):
        handlers = {**HANDLERS, command: handler}  # noqa: RUF012

    finding = next(filter(None, (frames.play(seed, service_type=Faulty) for seed in range(WORLDS))))
    assert words in finding.words
    again = frames.play(finding.seed, finding.execution + 1, Faulty)
    assert again == finding, "it cannot be played again"


def test_a_socket_that_goes_on_after_its_end_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ServerProtocol, "close_expected", lambda protocol: False)
    assert any(sockets.play(seed) for seed in range(WORLDS))


def test_a_socket_that_takes_a_wrong_length_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def find(data: bytes, start: int, max_bytes: int) -> tuple[int, int] | None:
        place = find_payload(data, start, max_bytes)
        return place if place is None or place[1] - place[0] != 126 else (place[0], place[1] - 1)

    monkeypatch.setattr(socket_connection, "find_payload", find)
    assert any(sockets.play(seed) for seed in range(WORLDS))


def test_a_session_that_lets_one_in_twice_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "_BEFORE_CONNECT", (UserConnect, SignIn))
    finding = next(filter(None, map(sessions.play, range(WORLDS))))
    assert "instead of" in finding.words


def test_a_session_that_forgets_bad_frames_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    receive = session.Session.receive

    def forgiving(self: session.Session, frame: bytes, now_s: float) -> object:
        outcome = receive(self, frame, now_s)
        self._bad_frames -= not isinstance(outcome, session.Refusal) and self._bad_frames > 0
        return outcome

    monkeypatch.setattr(session.Session, "receive", forgiving)
    assert any(map(sessions.play, range(WORLDS)))


@pytest.mark.parametrize(
    ("pattern", "instead", "words"),
    [
        pytest.param(rb"(?s)( 200 .*Upload-Offset: )\d+", rb"\g<1>0", "went back", id="an offset goes back"),
        pytest.param(rb"HTTP/1.1 404 ", b"HTTP/1.1 204 ", "somebody else", id="others are answered"),
        pytest.param(rb"HTTP/1.1 401 ", b"HTTP/1.1 500 ", "the server failed", id="a failure"),
        pytest.param(rb"(\r\n\r\n[^{]).", rb"\1?", "another content", id="another content"),
    ],
)
def test_a_server_that_is_wrong_about_files_is_found(
    monkeypatch: pytest.MonkeyPatch, pattern: bytes, instead: bytes, words: str
) -> None:
    ask = processes.ask

    async def tampered(server: RealServer, request: bytes, **how: bool) -> bytes:
        return re.sub(pattern, instead, await ask(server, request, **how), count=1)

    monkeypatch.setattr(processes, "ask", tampered)
    finding = uploads.play(1, 600)
    assert finding is not None
    assert words in finding.words
