"""Filling in what is older than the cache: several pages at once, and none of them skipped."""

import asyncio
from collections.abc import Callable
from random import Random

import pytest

from desktop_chat.core.models import Message
from desktop_chat.net.transport import Transport
from desktop_chat.protocol.codec import decode_command, decode_frame
from desktop_chat.protocol.commands import LoadHistory
from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.protocol.replies import Error, MessageHistory
from desktop_chat.services import filling
from server.actions import messages
from server.refusal import Refused as ServerRefused
from tests.services.test_with_a_server import PASSWORD, Lab, run, until
from tests.simulation.device import EVERYTHING, Device

_FIRST_PAGE = 50
"""Entries that a device fetches of each conversation before it fills in."""
_PAGE = 10


@pytest.fixture(autouse=True)
def _short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "HISTORY_PAGE_MAX", _PAGE)


class Watched:
    """A transport that notes which pages are asked for, and which are on their way."""

    def __init__(self, transport: Transport, watch: "Watch") -> None:
        self._transport = transport
        self._watch = watch
        self.ping, self.abort, self.close = transport.ping, transport.abort, transport.close
        watch.under_way.clear()

    async def send(self, frame: bytes) -> None:
        command = decode_command(frame)
        if isinstance(command, LoadHistory):
            self._watch.asked.append(command)
            self._watch.under_way[command.id] = command
            self._watch.course.append(("asked", command.id))
            self._watch.most = max(self._watch.most, len(self._watch.under_way))
        await self._transport.send(frame)

    async def receive(self) -> bytes:
        frame = await self._transport.receive()
        for packet in decode_frame(frame):
            if isinstance(packet, MessageHistory | Error) and packet.re in self._watch.under_way:
                del self._watch.under_way[packet.re]
                self._watch.course.append(("answered", packet.re))
        return frame


class Watch:
    """What one device asks for, and the course of asking and answering. So many pages as ``most`` says were
    on their way at the same time."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self.asked: list[LoadHistory] = []
        self.under_way: dict[int, LoadHistory] = {}
        self.course: list[tuple[str, int]] = []
        self.most = 0

    async def open(self, address: str) -> Transport:
        return Watched(await self._lab.server.open(address), self)


async def written(lab: Lab, *counts: int, text: Callable[[int], str] = str) -> list[int]:
    """Conversations of ann's, with so many messages each, the liveliest last."""
    ann, talks = await lab.join("ann"), []
    for number, count in enumerate(counts):
        friend = await lab.join(f"friend{number}")
        talks.append(await ann.client.open_direct(friend.user_id))
        for each in range(count):
            await ann.send(talks[-1], text(each))
        await until(lambda: not ann.queued())
    return talks


async def new_device(lab: Lab) -> tuple[Device, Watch]:
    """Another device of ann's, which fills in its cache."""
    signed_in = await lab.accounts.sign_in("", "ann", PASSWORD)
    watch = Watch(lab)
    device = Device("new", signed_in.user.user_id, signed_in.token, watch.open, lab.clock)
    lab.devices.append(device)
    device.start(fill=True)
    await device.client.online()
    await until(lambda: device.database.reader.execute(_BEHIND).fetchone() == (0,))
    watch.asked.clear()
    watch.most = 0
    return device, watch


_BEHIND = "SELECT count(*) FROM conversation WHERE held_to < last_seq"


async def filled(device: Device) -> None:
    await until(lambda: device.client.incomplete() == 0)
    await device.client.settle()


def cached(device: Device, conversation_id: int) -> list[int | None]:
    """The seqs that the cache has, doubles included."""
    rows: list[Message] = device.client.newest(conversation_id, EVERYTHING).messages
    return [each.seq for each in rows]


def test_pages_are_on_their_way_together_in_their_order_and_not_too_many() -> None:
    async def story(lab: Lab) -> None:
        first, second = await written(lab, 120, 200)
        device, watch = await new_device(lab)
        await filled(device)
        assert 2 <= watch.most <= filling._PAGES_AT_ONCE
        assert [(each.conversation_id, each.before_seq) for each in watch.asked] == [
            *((second, before) for before in range(200 - _FIRST_PAGE + 1, 1, -_PAGE)),
            *((first, before) for before in range(120 - _FIRST_PAGE + 1, 1, -_PAGE)),
        ], "each page once, the liveliest conversation first"
        assert cached(device, first) == list(range(1, 121))
        assert cached(device, second) == list(range(1, 201))

    run(story)


def test_many_short_conversations_are_filled_together() -> None:
    async def story(lab: Lab) -> None:
        talks = await written(lab, *[_FIRST_PAGE + 3] * 8)
        device, watch = await new_device(lab)
        await filled(device)
        assert watch.most >= 2
        assert len(watch.asked) == len(talks)
        for talk in talks:
            assert cached(device, talk) == list(range(1, _FIRST_PAGE + 4))

    run(story)


@pytest.mark.parametrize("seed", range(8))
def test_a_connection_lost_with_pages_on_their_way_skips_and_doubles_nothing(seed: int) -> None:
    async def story(lab: Lab) -> None:
        random = Random(seed)
        first, second = await written(lab, 150, 250)
        device, watch = await new_device(lab)
        for _ in range(3):
            await until(lambda: len(watch.under_way) >= 2)
            await asyncio.sleep(random.uniform(0.0, 0.1))
            before = len(watch.asked)
            lab.server.cut_all()
            await device.client.online()
            await until(lambda before=before: len(watch.asked) > before)  # type: ignore[misc]
        await filled(device)
        assert cached(device, first) == list(range(1, 151))
        assert cached(device, second) == list(range(1, 251))
        assert device.screen.faults == []

    run(story)


def test_a_page_that_a_person_asks_for_goes_before_the_filling() -> None:
    async def story(lab: Lab) -> None:
        first, second = await written(lab, 150, 400)
        device, watch = await new_device(lab)
        await until(lambda: len(watch.under_way) >= 2)
        top = device.screen.timeline(first)[0]
        under_way = set(watch.under_way)
        page = await device.client.older(first, top, 5)
        assert [each.seq for each in page.messages] == list(range(96, 101))
        [own] = [each.id for each in watch.asked if each.conversation_id == first]
        behind = watch.course[watch.course.index(("asked", own)) + 1 :]
        until_it_came = behind[: behind.index(("answered", own))]
        assert all(what == "answered" for what, _ in until_it_came), "nothing is asked for behind it"
        assert {id_ for _, id_ in until_it_came} <= under_way, "ahead of it is what was on its way already"
        assert device.client.incomplete() == 1, "it is not through with the other one"
        await filled(device)
        for talk, count in ((first, 150), (second, 400)):
            assert cached(device, talk) == list(range(1, count + 1))

    run(story)


def test_pages_that_the_server_cuts_are_asked_for_from_where_they_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def story(lab: Lab) -> None:
        monkeypatch.setattr(messages, "HISTORY_PAGE_BODY_CHARS", EVERYTHING)
        long, short = await written(lab, 150, 150, text=lambda number: "word " * (1 + number % 7))
        device, watch = await new_device(lab)
        monkeypatch.setattr(messages, "HISTORY_PAGE_BODY_CHARS", 100)
        await filled(device)
        for talk in (long, short):
            assert cached(device, talk) == list(range(1, 151))
        pages = {(each.conversation_id, each.before_seq) for each in watch.asked}
        assert len(watch.asked) <= len(pages) + 2 * filling._PAGES_AT_ONCE, "few are fetched in vain"

    run(story)


def test_a_server_that_finds_it_too_fast_is_asked_again_after_a_pause() -> None:
    async def story(lab: Lab) -> None:
        [talk] = await written(lab, 200)
        device, watch = await new_device(lab)
        service = lab.server.service
        assert service is not None
        handlers, random = service.handlers, Random(7)

        async def refuse_some(connection: object, command: LoadHistory) -> None:
            if random.random() < 0.3:
                raise ServerRefused(ErrorCode.TOO_FAST, "Slow down.", retry_after_s=0.01)
            await handlers[LoadHistory](connection, command)  # type: ignore[arg-type, misc]

        service.handlers = {**handlers, LoadHistory: refuse_some}
        await filled(device)
        assert cached(device, talk) == list(range(1, 201))
        assert watch.most <= filling._PAGES_AT_ONCE
        assert len(watch.asked) > 15, "some were refused"

    run(story)


def test_what_is_refused_for_good_keeps_nothing_else_from_being_filled() -> None:
    async def story(lab: Lab) -> None:
        refused, talk = await written(lab, 200, 150)
        device, watch = await new_device(lab)
        service = lab.server.service
        assert service is not None
        handlers = service.handlers

        async def refuse(connection: object, command: LoadHistory) -> None:
            if command.conversation_id == refused:
                raise ServerRefused(ErrorCode.NOT_FOUND, "You are not in it.")
            await handlers[LoadHistory](connection, command)  # type: ignore[arg-type, misc]

        service.handlers = {**handlers, LoadHistory: refuse}
        await until(lambda: device.client.incomplete() == 1)
        await asyncio.sleep(60)
        assert cached(device, talk) == list(range(1, 151))
        in_vain = [each for each in watch.asked if each.conversation_id == refused]
        assert 1 <= len(in_vain) <= 2 * filling._PAGES_AT_ONCE, "and it is not asked for without end"

    run(story)


def test_closing_ends_it_with_pages_on_their_way() -> None:
    async def story(lab: Lab) -> None:
        [talk] = await written(lab, 300)
        device, watch = await new_device(lab)
        await until(lambda: len(watch.under_way) >= 2)
        await device.crash()
        asked = len(watch.asked)
        await asyncio.sleep(10)
        assert len(watch.asked) == asked
        device.start(fill=True)
        await filled(device)
        assert cached(device, talk) == list(range(1, 301))

    run(story)
