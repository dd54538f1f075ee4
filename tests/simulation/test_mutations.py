"""A simulation that finds nothing proves nothing: with one safeguard taken out, it must find that."""

import logging
from collections.abc import Iterator
from types import MappingProxyType

import pytest
from msgspec.structs import replace

from desktop_chat.core.timeline import Run, Verdict
from desktop_chat.protocol.commands import LoadHistory
from desktop_chat.protocol.records import Message
from desktop_chat.protocol.replies import MessageHistory
from desktop_chat.store import conversations, messages
from server.actions.messages import check_history
from server.catchup import CatchUp, Piece
from server.device_connection import DeviceConnection
from server.handlers import HANDLERS
from server.service import Service
from server.store.memory import MemoryStore, Pending
from server.store.memory_state import MemoryState
from server.store.memory_transaction import MemoryTransaction
from server.store.reader import Reader
from tests.simulation import campaign
from tests.simulation.world import Faults

SEEDS = 100
"""Within so many seeds each fault must show; a sound system passes all of them."""


@pytest.fixture
def _faults_are_loud(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A client that is told nonsense says so in its log, again and again."""
    with caplog.at_level(logging.ERROR, logger="desktop_chat.services.sync"):
        yield


def found_within(faults: Faults) -> bool:
    for seed in range(SEEDS):
        try:
            campaign.play(seed, faults)
        except campaign.Violation:
            return True
    return False


class _Forgetful(MemoryTransaction):
    def sent_message(self, client_id: str, sender_id: int) -> Message | None:
        return None


class _NotIdempotent(MemoryStore):
    transaction_class = _Forgetful


class _ConfirmsBeforeCommit(MemoryStore):
    _durable: MemoryState | None = None

    async def _commit(self, batch: list[Pending]) -> None:
        self._durable = self.state.copy()
        self._answer(self._apply(batch))
        await self._commit_delay()
        self._durable = None

    def crash(self) -> None:
        super().crash()
        if self._durable is not None:
            self.state, self._durable = self._durable, None


class _HidesHeads(Service):
    def read_catch_up(self, reader: Reader, catch_up: CatchUp) -> Piece:
        piece = super().read_catch_up(reader, catch_up)
        return piece if catch_up.resume is None else replace(piece, conversations=[])


class _ForgetsWhoLeft(Service):
    def read_catch_up(self, reader: Reader, catch_up: CatchUp) -> Piece:
        return replace(super().read_catch_up(reader, catch_up), left=[])


class _EndsAfterThePieces(Service):
    """What changed between the pieces is taken to be in them."""

    def read_catch_up(self, reader: Reader, catch_up: CatchUp) -> Piece:
        piece = super().read_catch_up(reader, catch_up)
        return replace(piece, is_last=not catch_up.waits)


async def _history_without_targets(connection: DeviceConnection, command: LoadHistory) -> None:
    page, _ = await connection.service.store.read(
        lambda reader: check_history(reader, command, connection.user_id)
    )
    connection.reply(MessageHistory(command.id, command.conversation_id, page))


class _HidesTargets(Service):
    handlers = MappingProxyType({**HANDLERS, LoadHistory: _history_without_targets})


class _TellsNobodyThatPointersMoved(MemoryTransaction):
    def touch_conversation(self, conversation_id: int, position: int) -> None:
        return None


class _Untouched(MemoryStore):
    transaction_class = _TellsNobodyThatPointersMoved


class _CountsActionsAsMessages(MemoryTransaction):
    def count_messages(self, conversation_id: int, after_seq: int, up_to_seq: int, sender_id: int) -> int:
        log = self.page_after(conversation_id, after_seq, up_to_seq - after_seq)
        return sum(message.sender_id == sender_id for message in log)


class _Miscounts(MemoryStore):
    transaction_class = _CountsActionsAsMessages


@pytest.mark.usefixtures("_faults_are_loud")
@pytest.mark.parametrize(
    "faults",
    [
        pytest.param(Faults(store_type=_NotIdempotent), id="no idempotency"),
        pytest.param(Faults(store_type=_ConfirmsBeforeCommit), id="confirm before commit"),
        pytest.param(Faults(service_type=_HidesHeads), id="no heads at catch-up"),
        pytest.param(Faults(service_type=_ForgetsWhoLeft), id="nobody is told that they are out"),
        pytest.param(Faults(service_type=_EndsAfterThePieces), id="nobody looks again after the pieces"),
        pytest.param(Faults(service_type=_HidesTargets), id="a page without what it acts on"),
        pytest.param(Faults(store_type=_Untouched), id="moved pointers are not caught up with"),
        pytest.param(Faults(store_type=_Miscounts), id="actions count as messages"),
    ],
)
def test_a_faulty_server_is_found_out(faults: Faults) -> None:
    assert found_within(faults)


@pytest.mark.usefixtures("_faults_are_loud")
def test_a_client_without_gap_check_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def judge(run: Run, seq: int) -> Verdict:
        return Verdict.NEXT if seq > run.held_to else Verdict.HELD

    monkeypatch.setattr(Run, "judge", judge)
    assert found_within(Faults())


@pytest.mark.usefixtures("_faults_are_loud")
def test_a_client_without_tail_check_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversations, "behind", lambda connection: [])
    assert found_within(Faults())


@pytest.mark.usefixtures("_faults_are_loud")
def test_a_client_that_keeps_those_who_left_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversations, "_remove_members", lambda connection, conversation_id, user_ids: None)
    assert found_within(Faults())


@pytest.mark.usefixtures("_faults_are_loud")
def test_a_client_that_keeps_what_expired_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "expire", lambda connection, conversation_id, first_seq: [])
    assert found_within(Faults())


def test_the_faults_are_what_is_found() -> None:
    """The same seeds pass with everything in its place, so it is the fault that fails them."""
    assert not found_within(Faults())
