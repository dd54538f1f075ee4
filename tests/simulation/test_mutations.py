"""A simulation that finds nothing proves nothing: with one safeguard taken out, it must find that."""

import logging
from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from desktop_chat.core.timeline import Run, Verdict
from desktop_chat.protocol.records import Message, Resume
from desktop_chat.store import conversations
from server.catchup import Snapshot
from server.service import Service
from server.store.base import Reader
from server.store.memory import MemoryState, MemoryStore, MemoryTransaction, Pending
from tests.simulation import campaign
from tests.simulation.world import Faults

SEEDS = 60
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
    def read_catch_up(self, reader: Reader, user_id: int, device_id: int, resume: Resume | None) -> Snapshot:
        snapshot = super().read_catch_up(reader, user_id, device_id, resume)
        return snapshot if resume is None else replace(snapshot, conversations=[])


@pytest.mark.usefixtures("_faults_are_loud")
@pytest.mark.parametrize(
    "faults",
    [
        pytest.param(Faults(store_type=_NotIdempotent), id="no idempotency"),
        pytest.param(Faults(store_type=_ConfirmsBeforeCommit), id="confirm before commit"),
        pytest.param(Faults(service_type=_HidesHeads), id="no heads at catch-up"),
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


def test_the_faults_are_what_is_found() -> None:
    """The same seeds pass with everything in its place, so it is the fault that fails them."""
    assert not found_within(Faults())
