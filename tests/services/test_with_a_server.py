"""The client and the real service, over a simulated wire in virtual time: one thing at a time, to the end."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random

import pytest

from desktop_chat.core.models import ConnectionPhase, Message, SendState, User
from desktop_chat.core.outbox import Queued
from desktop_chat.core.send_state import shown_state
from desktop_chat.net.transport import Transport, TransportError
from desktop_chat.protocol.commands import LoadHistory
from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.services import filling
from desktop_chat.services.account import Accounts
from desktop_chat.services.client import ClientError
from desktop_chat.store import outbox, search_index
from desktop_chat.store.database import Connection
from server.refusal import Refused as ServerRefused
from tests.simulation import virtual_time
from tests.simulation.device import Device
from tests.simulation.server_side import SimulatedServer
from tests.simulation.wire import Weather

PASSWORD = "correct horse battery"


class Lab:
    """A server, and accounts with a device each."""

    def __init__(self) -> None:
        random = Random(5)
        self.clock = virtual_time.clock(random)
        self.server = SimulatedServer(random, self.clock, Weather(random))
        self.accounts = Accounts(self.server.open, self.clock, "laptop")
        self.devices: list[Device] = []

    async def join(self, name: str) -> Device:
        signed_in = await self.accounts.register("", name, PASSWORD, name.title())
        device = Device(name, signed_in.user.user_id, signed_in.token, self.server.open, self.clock)
        self.devices.append(device)
        device.start()
        await device.client.online()
        return device

    async def end(self) -> None:
        for device in self.devices:
            await device.crash()
            device.database.close()
        if self.server.service is not None:
            await self.server.stop()


def run(story: Callable[[Lab], Awaitable[None]]) -> None:
    async def main() -> None:
        lab = Lab()
        try:
            async with asyncio.timeout(3600):
                await story(lab)
        finally:
            await lab.end()

    virtual_time.run(main())


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.01)


def last(device: Device, conversation_id: int) -> Message:
    return device.screen.timeline(conversation_id)[-1]


def state(device: Device, conversation_id: int) -> SendState:
    return shown_state(last(device, conversation_id), device.screen.list[conversation_id], device.user_id)


def test_from_the_clock_to_the_double_tick() -> None:
    async def story(lab: Lab) -> None:
        ann, bob = await lab.join("ann"), await lab.join("bob")
        talk = await ann.client.open_direct(bob.user_id)
        await ann.send(talk, "hello")
        assert state(ann, talk) is SendState.PENDING
        await until(lambda: state(ann, talk) is SendState.SENT)
        await until(lambda: talk in bob.screen.list and bob.screen.list[talk].unread == 1)
        assert bob.screen.list[talk].peer == User(ann.user_id, "ann", "Ann", online=True)
        assert bob.client.user(ann.user_id) == User(ann.user_id, "ann", "Ann", online=True)
        await until(lambda: state(ann, talk) is SendState.DELIVERED)
        await bob.client.mark_read(talk, 1)
        assert bob.screen.list[talk].unread == 0
        await until(lambda: state(ann, talk) is SendState.READ)
        await bob.crash()
        await until(lambda: not peer(ann, talk).online)
        assert peer(ann, talk).last_seen_ms > 0

    def peer(device: Device, conversation_id: int) -> User:
        user = device.screen.list[conversation_id].peer
        assert user is not None
        return user

    run(story)


def test_what_the_server_refuses_fails_in_words_and_can_be_tried_again() -> None:
    async def story(lab: Lab) -> None:
        ann = await lab.join("ann")
        notes = await ann.client.open_direct(ann.user_id)
        members = lab.server.store.state.members[notes]
        kept = members.pop(ann.user_id)  # as if she had been taken out
        await ann.send(notes, "am I in?")
        await until(lambda: state(ann, notes) is SendState.FAILED)
        failed = last(ann, notes)
        assert failed.error
        assert ann.screen.list[notes].failed_count == 1
        await ann.send(notes, "and now?")
        await until(lambda: len([m for m in ann.screen.timeline(notes) if m.state is SendState.FAILED]) == 2)
        members[ann.user_id] = kept
        await ann.client.retry(failed.client_id)
        await ann.client.discard(last(ann, notes).client_id)
        await until(lambda: [m.seq for m in ann.screen.timeline(notes)] == [1])
        assert ann.screen.list[notes].failed_count == 0
        await ann.client.retry(failed.client_id)  # sent already: nothing happens
        assert [m.body for m in ann.screen.timeline(notes)] == ["am I in?"]

    run(story)


def test_a_busy_server_is_asked_again() -> None:
    async def story(lab: Lab) -> None:
        ann = await lab.join("ann")
        notes = await ann.client.open_direct(ann.user_id)
        store = lab.server.store
        queue_max, store._queue_max = store._queue_max, 0
        await ann.send(notes, "patience")
        await asyncio.sleep(5)
        assert state(ann, notes) is SendState.PENDING
        store._queue_max = queue_max
        await until(lambda: state(ann, notes) is SendState.READ)

    run(story)


def test_history_comes_from_the_server_where_the_cache_ends() -> None:
    async def story(lab: Lab) -> None:
        ann, bob = await lab.join("ann"), await lab.join("bob")
        talk = await ann.client.open_direct(bob.user_id)
        for number in range(1, 181):
            await ann.send(talk, f"message {number}")
        await until(lambda: state(ann, talk) >= SendState.SENT)
        signed_in = await lab.accounts.sign_in("", "bob", PASSWORD)
        second = Device("second", bob.user_id, signed_in.token, lab.server.open, lab.clock)
        lab.devices.append(second)
        second.start()
        await until(lambda: bool(second.screen.timeline(talk)))
        top = second.screen.timeline(talk)[0]
        assert top.seq == 131
        lab.server.crash()
        await until(lambda: second.client.connection_state.phase is ConnectionPhase.OFFLINE)
        offline = await second.client.older(talk, top, 50)
        assert (offline.messages, offline.complete) == ([], False)
        lab.server.start()
        await second.client.online()
        seqs: list[int | None] = []
        while True:
            page = await second.client.older(talk, top, 50)
            seqs = [m.seq for m in page.messages] + seqs
            top = page.messages[0]
            if page.reached_start:
                break
        assert seqs == list(range(1, 131))

    run(story)


def test_the_whole_history_is_fetched_behind_everything_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Over a server that goes away meanwhile, and with words that came while it was fetched."""
    monkeypatch.setattr(filling, "HISTORY_PAGE_MAX", 10)
    monkeypatch.setattr(search_index, "LEFT_ALONE", 20)

    async def story(lab: Lab) -> None:
        ann, bob = await lab.join("ann"), await lab.join("bob")
        talk = await ann.client.open_direct(bob.user_id)
        for number in range(170):
            await ann.send(talk, f"word {number}")
        await until(lambda: not ann.queued())
        signed_in = await lab.accounts.sign_in("", "bob", PASSWORD)
        second = Device("second", bob.user_id, signed_in.token, lab.server.open, lab.clock)
        lab.devices.append(second)
        second.start(fill=True)
        await second.client.online()
        await until(lambda: second.client.message(talk, 80) is not None)
        assert second.client.message(talk, 1) is None
        lab.server.crash()
        await until(lambda: second.client.connection_state.phase is ConnectionPhase.OFFLINE)
        lab.server.start()
        await second.client.online()
        await ann.send(talk, "one more")
        await until(lambda: second.client.incomplete() == 0)
        await until(lambda: not ann.queued())
        await second.client.settle()
        unindexed = second.database.writer.execute
        await until(lambda: unindexed("SELECT count(*) FROM unindexed").fetchone()[0] <= 20)
        [first] = await second.client.search("word 0")
        assert first.message.seq == 1
        cached = await second.client.cached_after(talk, 0, 1000)
        assert [message.seq for message in cached] == list(range(1, 172))

    run(story)


def test_people_are_found_and_refusals_are_words() -> None:
    async def story(lab: Lab) -> None:
        ann = await lab.join("ann")
        await lab.join("bob")
        assert [user.user_name for user in await ann.client.find_people("")] == ["ann", "bob"]
        assert [user.title for user in await ann.client.find_people(" BO ")] == ["Bob"]
        with pytest.raises(ClientError) as refused:
            await ann.client.open_direct(999)
        assert refused.value.code is ErrorCode.NOT_FOUND

    run(story)


def test_signing_in_is_refused_in_words() -> None:
    async def story(lab: Lab) -> None:
        await lab.join("ann")
        for attempt, code in (
            (lab.accounts.sign_in("", "ann", "wrong password"), ErrorCode.BAD_CREDENTIALS),
            (lab.accounts.sign_in("", "nobody", "wrong password"), ErrorCode.BAD_CREDENTIALS),
            (lab.accounts.register("", "ann", PASSWORD), ErrorCode.NAME_TAKEN),
            (lab.accounts.register("", "new", "short"), ErrorCode.WEAK_PASSWORD),
            (lab.accounts.register("", "a b", PASSWORD), ErrorCode.INVALID_NAME),
        ):
            with pytest.raises(ClientError, match=r"\w+ \w+") as refused:
                await attempt
            assert refused.value.code is code
        words = ""
        while "Try again in" not in words:
            with pytest.raises(ClientError) as refused:
                await lab.accounts.sign_in("", "ann", "wrong password")
            words = str(refused.value)
        assert refused.value.code is ErrorCode.TOO_FAST

    run(story)


def test_signing_in_where_nobody_answers() -> None:
    async def no_server(address: str) -> Transport:
        raise TransportError("No server answers at this address.")

    async def story(lab: Lab) -> None:
        with pytest.raises(ClientError, match="No server answers"):
            await Accounts(no_server, lab.clock, "laptop").sign_in("", "ann", PASSWORD)
        lab.server.fall_silent()
        with pytest.raises(ClientError, match="in time"):
            await lab.accounts.sign_in("", "ann", PASSWORD)

    run(story)


def test_a_disk_that_takes_nothing_is_said_and_healed(caplog: pytest.LogCaptureFixture) -> None:
    async def story(lab: Lab) -> None:
        ann, bob = await lab.join("ann"), await lab.join("bob")
        talk = await ann.client.open_direct(bob.user_id)
        await until(lambda: talk in bob.screen.list)
        bob.database.writer.execute("PRAGMA query_only=ON")
        await ann.send(talk, "hello")
        await until(lambda: "cannot store" in bob.client.connection_state.reason)
        bob.database.writer.execute("PRAGMA query_only=OFF")
        await until(lambda: [m.body for m in bob.screen.timeline(talk)] == ["hello"])

    with caplog.at_level("ERROR", logger="desktop_chat.services.sync"):
        run(story)


def test_looking_at_a_conversation_is_told_again_after_a_reconnect() -> None:
    async def story(lab: Lab) -> None:
        ann = await lab.join("ann")
        notes = await ann.client.open_direct(ann.user_id)
        await ann.client.look_at(notes)
        assert looked_at(lab) == [notes]
        lab.server.cut_all()
        await until(lambda: ann.client.connection_state.phase is not ConnectionPhase.ONLINE)
        await ann.client.look_at(None)
        await ann.client.look_at(notes)
        await until(lambda: looked_at(lab) == [notes])

    def looked_at(lab: Lab) -> list[int | None]:
        assert lab.server.service is not None
        return [each.looking_at for each in lab.server.service._connections]

    run(story)


def test_signing_out_ends_the_session_until_somebody_signs_in() -> None:
    async def story(lab: Lab) -> None:
        ann = await lab.join("ann")
        await ann.client.sign_out()
        await until(lambda: ann.client.connection_state.phase is ConnectionPhase.SIGNED_OUT)
        with pytest.raises(ClientError, match="no connection"):
            await ann.client.sign_out()

    run(story)


def test_a_disk_that_takes_nothing_fails_the_intent_and_keeps_the_queue(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def story(lab: Lab) -> None:
        ann = await lab.join("ann")
        notes = await ann.client.open_direct(ann.user_id)
        lab.server.crash()
        await until(lambda: ann.client.connection_state.phase is ConnectionPhase.OFFLINE)
        await ann.send(notes, "queued")
        ann.database.writer.execute("PRAGMA query_only=ON")
        with pytest.raises(ClientError, match="cannot store"):
            await ann.send(notes, "lost words are told")
        lab.server.start()
        await asyncio.sleep(30)
        assert [m.body for m in ann.screen.timeline(notes)] == ["queued"]
        ann.database.writer.execute("PRAGMA query_only=OFF")
        await until(lambda: last(ann, notes).seq == 1)

    with (
        caplog.at_level("ERROR", logger="desktop_chat.services.sync"),
        caplog.at_level("ERROR", logger="desktop_chat.services.sender"),
    ):
        run(story)


def test_a_part_that_fails_by_a_fault_of_ours_goes_on(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(lab: Lab) -> None:
        ann = await lab.join("ann")
        notes = await ann.client.open_direct(ann.user_id)
        with monkeypatch.context() as patch:
            patch.setattr(outbox, "heads", lambda connection: [None])
            await ann.send(notes, "in spite of it")
            await until(lambda: "Something went wrong" in ann.client.connection_state.reason)
        await until(lambda: last(ann, notes).seq == 1)

    with caplog.at_level("ERROR", logger="desktop_chat.services.client"):
        run(story)
    assert "AttributeError" in caplog.text


def test_a_message_discarded_at_the_last_moment_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(lab: Lab) -> None:
        ann = await lab.join("ann")
        notes = await ann.client.open_direct(ann.user_id)
        heads = outbox.heads

        def discard_first(connection: Connection) -> list[Queued]:
            found = heads(connection)
            for item in found:  # between the look and the sending
                outbox.discard(connection, item.local_id)
            return found

        with monkeypatch.context() as patch:
            patch.setattr(outbox, "heads", discard_first)
            await ann.send(notes, "never mind")
            await asyncio.sleep(5)
        await ann.send(notes, "this one")
        await until(lambda: last(ann, notes).seq == 1)
        assert [m.content.body for m in lab.server.store.state.messages[notes]] == ["this one"]

    run(story)


def test_a_server_in_a_hurry_is_asked_for_history_again() -> None:
    async def story(lab: Lab) -> None:
        ann, bob = await lab.join("ann"), await lab.join("bob")
        talk = await ann.client.open_direct(bob.user_id)
        await bob.crash()
        await ann.send(talk, "hello")
        await until(lambda: state(ann, talk) is SendState.SENT)
        service = lab.server.service
        assert service is not None
        handlers, refused = service.handlers, []

        async def refuse(connection: object, command: LoadHistory) -> None:
            refused.append(command)
            if len(refused) == 3:
                service.handlers = handlers
            raise ServerRefused(ErrorCode.TOO_FAST, "Slow down.", retry_after_s=2.0)

        service.handlers = {**handlers, LoadHistory: refuse}
        bob.start()
        await until(lambda: [m.body for m in bob.screen.timeline(talk)] == ["hello"])
        assert len(refused) == 3

    run(story)


def test_a_new_group_stands_at_the_top_of_every_list() -> None:
    """Nothing was written in it yet, and nobody looks for it at the bottom."""

    async def story(lab: Lab) -> None:
        ada, bob = await lab.join("ada"), await lab.join("bob")
        talk = await ada.client.open_direct(bob.client.user_id)
        await ada.client.send(talk, "hello")
        await asyncio.sleep(60)
        made_ms = lab.clock.now_ms()
        group = await ada.client.actions.create_group("Field trip", (bob.client.user_id,))
        await asyncio.sleep(5)
        again = await lab.accounts.sign_in("", "bob", PASSWORD)
        late = Device("bob", again.user.user_id, again.token, lab.server.open, lab.clock)
        lab.devices.append(late)
        late.start(fill=True)
        await late.client.online()
        await asyncio.sleep(60)
        for device in (ada, bob, late):
            await device.client.settle()
            first, second = sorted(device.client.conversations(), key=lambda each: each.sort_key)
            assert (first.conversation_id, second.conversation_id) == (group, talk)
            assert first.activity_ms >= made_ms
        await ada.client.send(talk, "and again")
        await asyncio.sleep(5)
        assert min(bob.client.conversations(), key=lambda each: each.sort_key).conversation_id == talk

    run(story)
