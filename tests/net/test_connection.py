"""The supervisor, in virtual time: it finds dead sockets, comes back by itself, and knows when not to."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

import pytest

from desktop_chat.core.models import ConnectionPhase, ConnectionState
from desktop_chat.core.session import Refused
from desktop_chat.net.clock import Clock
from desktop_chat.net.connection import STEADY, Connection, ConnectionLost, Heartbeat
from desktop_chat.net.transport import CertificateChanged, Transport, TransportError
from desktop_chat.protocol.codec import AnyPacket, decode_command, encode_frame
from desktop_chat.protocol.commands import AnyCommand, FindPeople, UserConnect
from desktop_chat.protocol.errors import CloseCode, ErrorCode
from desktop_chat.protocol.events import CaughtUp
from desktop_chat.protocol.records import Resume, User
from desktop_chat.protocol.replies import ConnectionConfirmed, Error, PeopleFound
from tests.simulation import virtual_time
from tests.simulation.wire import ServerEnd, Weather, Wire


class Server:
    """Greets, finds nobody, and can be switched off or made to refuse."""

    def __init__(self) -> None:
        self.up = True
        self.wires: list[Wire] = []
        self.refuse: Error | None = None
        self.mute = False
        self.other_certificate = False
        self.tries = 0
        self.user_id = 1
        self.seen: list[AnyCommand] = []

    async def open(self, address: str) -> Transport:
        await asyncio.sleep(0.01)
        self.tries += 1
        if self.other_certificate:
            raise CertificateChanged("Somebody may be listening.")
        if not self.up:
            raise TransportError("No server answers at this address.")
        wire = Wire(Weather(Random(1)), lambda end: _Ears(self, end))
        self.wires.append(wire)
        return wire.client_end

    def answer(self, end: ServerEnd, command: AnyCommand) -> None:
        self.seen.append(command)
        if isinstance(command, UserConnect):
            if self.refuse is not None:
                end.send(encode_frame([Error(self.refuse.code, self.refuse.message, command.id)]))
                return
            confirmed = ConnectionConfirmed(command.id, User(self.user_id, "a", "A"), 1, "lab", "0" * 32)
            end.send(encode_frame([confirmed]))
            end.send(encode_frame([CaughtUp(1)]))
        elif not self.mute:
            assert isinstance(command, FindPeople)
            reply: AnyPacket = PeopleFound(command.id, [])
            if command.query == "refuse":
                reply = Error(ErrorCode.TOO_FAST, "Slow down.", command.id)
            end.send(encode_frame([reply]))


class _Ears:
    def __init__(self, server: Server, end: ServerEnd) -> None:
        self._server, self._end = server, end

    def frame(self, frame: bytes) -> None:
        self._server.answer(self._end, decode_command(frame))

    def gone(self) -> None:
        pass


class Case:
    """A connection under test, with the times at which its phase changed."""

    def __init__(self, *, asleep_s: Callable[[], float] = lambda: 0.0, heartbeat: Heartbeat = STEADY) -> None:
        self.server = Server()
        self.token: str | None = "secret"
        self.taken: list[AnyPacket] = []
        self.fail_catch_up = False
        self.history: list[tuple[float, ConnectionState]] = []
        clock = virtual_time.clock(Random(2))
        self.clock = Clock(
            now_ms=clock.now_ms,
            monotonic_s=clock.monotonic_s,
            boot_s=lambda: clock.monotonic_s() + asleep_s(),
            unit=clock.unit,
            random_bytes=clock.random_bytes,
        )
        self.connection = Connection(
            1,
            "ws://127.0.0.1/",
            self.server.open,
            self.clock,
            greeting=self._greeting,
            on_packets=self._packets,
            on_state=lambda state: self.history.append((clock.monotonic_s(), state)),
            heartbeat=heartbeat,
        )

    def greet(self) -> tuple[str, Resume | None] | None:
        return None if self.token is None else (self.token, None)

    async def _greeting(self) -> tuple[str, Resume | None] | None:
        return self.greet()

    async def _packets(self, packets: list[AnyPacket]) -> None:
        self.taken.extend(packets)
        if self.fail_catch_up:
            self.connection.drop("The disk is full.")

    async def reach(self, phase: ConnectionPhase) -> float:
        """Wait for a phase; returns when it was reached."""
        while self.connection.state.phase is not phase:
            await asyncio.sleep(0.01)
        return self.clock.monotonic_s()


def simulate(story: Callable[[Case], Awaitable[None]], **options: Any) -> None:
    async def main() -> None:
        case = Case(**options)
        task = asyncio.ensure_future(case.connection.run())
        try:
            async with asyncio.timeout(3600):
                await story(case)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    virtual_time.run(main())


def test_connects_and_answers() -> None:
    async def story(case: Case) -> None:
        assert case.connection.device_id == 0
        await case.reach(ConnectionPhase.ONLINE)
        assert case.connection.device_id == 1
        assert isinstance(await case.connection.request(FindPeople), PeopleFound)
        with pytest.raises(Refused, match="Slow down"):
            await case.connection.request(lambda id_: FindPeople(id_, "refuse"))
        phases = [state.phase for _, state in case.history]
        assert phases == [ConnectionPhase.CATCHING_UP, ConnectionPhase.ONLINE]

    simulate(story)


def test_a_dead_socket_is_found_within_ten_seconds_and_healed_within_two() -> None:
    async def story(case: Case) -> None:
        for pause_s in (0.0, 0.7, 1.9, 2.9, 3.1, 100.0):
            await case.reach(ConnectionPhase.ONLINE)
            await asyncio.sleep(pause_s)
            case.server.wires[-1].die()
            died_s = case.clock.monotonic_s()
            noticed_s = await case.reach(ConnectionPhase.OFFLINE)
            assert noticed_s - died_s <= 10
            healed_s = await case.reach(ConnectionPhase.ONLINE)
            assert healed_s - noticed_s <= 2

    simulate(story)


def test_a_quicker_heartbeat_finds_a_dead_socket_sooner() -> None:
    async def story(case: Case) -> None:
        await case.reach(ConnectionPhase.ONLINE)
        case.server.wires[-1].die()
        died_s = case.clock.monotonic_s()
        assert await case.reach(ConnectionPhase.OFFLINE) - died_s <= 1
        await case.reach(ConnectionPhase.ONLINE)
        await asyncio.sleep(60)
        assert len(case.server.wires) == 2
        case.server.mute = True
        asked_s = case.clock.monotonic_s()
        with pytest.raises(ConnectionLost):
            await case.connection.request(FindPeople)
        assert case.clock.monotonic_s() - asked_s <= 2.5

    simulate(story, heartbeat=Heartbeat(tick_s=0.2, dead_after_s=0.5, patience_s=2.0))


def test_a_server_that_returns_within_a_minute_is_met_within_two_seconds() -> None:
    async def story(case: Case) -> None:
        for away_s in (0.5, 5.0, 30.0, 55.0):
            await case.reach(ConnectionPhase.ONLINE)
            case.server.up = False
            case.server.wires[-1].cut()
            await asyncio.sleep(away_s)
            assert case.connection.state.phase is not ConnectionPhase.ONLINE
            case.server.up = True
            back_s = case.clock.monotonic_s()
            assert await case.reach(ConnectionPhase.ONLINE) - back_s <= 2.2

    simulate(story)


def test_a_quiet_connection_stays() -> None:
    async def story(case: Case) -> None:
        await case.reach(ConnectionPhase.ONLINE)
        await asyncio.sleep(1800)
        assert len(case.server.wires) == 1

    simulate(story)


def test_a_stuck_server_is_left() -> None:
    async def story(case: Case) -> None:
        await case.reach(ConnectionPhase.ONLINE)
        case.server.mute = True
        with pytest.raises(ConnectionLost):
            await case.connection.request(FindPeople)
        while len(case.server.wires) == 1:
            await asyncio.sleep(0.01)
        await case.reach(ConnectionPhase.ONLINE)

    simulate(story)


def test_waking_from_sleep_starts_a_new_session_at_once() -> None:
    slept_s = 0.0

    async def story(case: Case) -> None:
        nonlocal slept_s
        await case.reach(ConnectionPhase.ONLINE)
        slept_s = 3600.0
        woke_s = case.clock.monotonic_s()
        while len(case.server.wires) == 1:
            await asyncio.sleep(0.01)
        assert await case.reach(ConnectionPhase.ONLINE) - woke_s <= 5

    simulate(story, asleep_s=lambda: slept_s)


def test_a_nudge_ends_the_wait() -> None:
    async def story(case: Case) -> None:
        case.server.up = False
        await asyncio.sleep(300)
        await case.reach(ConnectionPhase.OFFLINE)
        case.server.up = True
        case.connection.connect_now()
        asked_s = case.clock.monotonic_s()
        assert await case.reach(ConnectionPhase.ONLINE) - asked_s < 0.5

    simulate(story)


@pytest.mark.parametrize("how", ["greeting", "close"])
def test_signed_out_means_a_person_has_to_act(how: str) -> None:
    async def story(case: Case) -> None:
        if how == "greeting":
            case.server.refuse = Error(ErrorCode.BAD_TOKEN, "This device was signed out.")
        else:
            await case.reach(ConnectionPhase.ONLINE)
            case.server.wires[-1].cut(CloseCode.SIGNED_OUT, "This device was signed out.")
        await case.reach(ConnectionPhase.SIGNED_OUT)
        assert case.connection.state.reason == "This device was signed out."
        tries = len(case.server.wires)
        await asyncio.sleep(3600 / 2)
        assert len(case.server.wires) == tries
        case.server.refuse = None
        case.connection.connect_now()
        await case.reach(ConnectionPhase.ONLINE)

    simulate(story)


def test_a_refusal_that_passes_is_tried_again() -> None:
    async def story(case: Case) -> None:
        case.server.refuse = Error(ErrorCode.SERVER_BUSY, "Busy.")
        await asyncio.sleep(5)
        assert len(case.server.wires) >= 2
        case.server.refuse = None
        await case.reach(ConnectionPhase.ONLINE)

    simulate(story)


def test_nobody_signed_in_tries_nothing() -> None:
    async def story(case: Case) -> None:
        case.token = None
        await case.reach(ConnectionPhase.SIGNED_OUT)
        assert case.server.wires == []
        with pytest.raises(ConnectionLost):
            await case.connection.request(FindPeople)

    simulate(story)


def test_dropping_a_session_says_why() -> None:
    async def story(case: Case) -> None:
        await case.reach(ConnectionPhase.ONLINE)
        case.connection.drop("The disk is full.")
        await case.reach(ConnectionPhase.OFFLINE)
        assert case.connection.state.reason == "The disk is full."

    simulate(story)


def test_a_fault_of_ours_is_said_logged_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    async def story(case: Case) -> None:
        def broken() -> tuple[str, Resume | None] | None:
            raise KeyError("surprise")

        greeting, case.greet = case.greet, broken
        await case.reach(ConnectionPhase.OFFLINE)
        assert "Something went wrong" in case.connection.state.reason
        case.greet = greeting
        await case.reach(ConnectionPhase.ONLINE)

    with caplog.at_level("ERROR", logger="desktop_chat.net.connection"):
        simulate(story)
    assert "surprise" in caplog.text


def test_an_app_that_the_server_does_not_take_waits_for_a_person_without_signing_out() -> None:
    async def story(case: Case) -> None:
        case.server.refuse = Error(ErrorCode.UNSUPPORTED_PROTOCOL, "This app is too old for the server.")
        await case.reach(ConnectionPhase.REFUSED)
        assert case.connection.state.reason == "This app is too old for the server."
        tries = len(case.server.wires)
        await asyncio.sleep(600)
        assert len(case.server.wires) == tries

    simulate(story)


def test_another_certificate_waits_for_a_person() -> None:
    async def story(case: Case) -> None:
        case.server.other_certificate = True
        await case.reach(ConnectionPhase.REFUSED)
        assert case.connection.state.reason == "Somebody may be listening."
        await asyncio.sleep(600)
        assert case.server.tries == 1
        case.server.other_certificate = False
        case.connection.connect_now()
        await case.reach(ConnectionPhase.ONLINE)

    simulate(story)


def test_the_answer_for_somebody_else_is_not_taken() -> None:
    async def story(case: Case) -> None:
        case.server.user_id = 2
        await case.reach(ConnectionPhase.REFUSED)
        assert case.taken == []

    simulate(story)


def test_a_catch_up_that_fails_each_time_is_asked_for_with_growing_pauses() -> None:
    async def story(case: Case) -> None:
        case.fail_catch_up = True
        await asyncio.sleep(600)
        assert 30 < len(case.server.wires) < 200

    simulate(story)
