"""The pure decisions: back-off, unread, runs of seqs, send states, the outbox."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_chat.core import backoff, outbox
from desktop_chat.core.ids import new_client_id
from desktop_chat.core.models import Conversation, Message, SendState
from desktop_chat.core.outbox import Queued
from desktop_chat.core.send_state import advance, shown_state
from desktop_chat.core.session import Refused
from desktop_chat.core.timeline import Run, Verdict
from desktop_chat.core.unread import unread
from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.protocol.replies import Error


@given(st.integers(0, 500), st.floats(0, 59.9), st.floats(0, 0.999))
def test_in_the_first_minute_nobody_waits_longer_than_two_seconds(
    attempt: int, outage_s: float, unit: float
) -> None:
    assert 0 <= backoff.delay_s(attempt, outage_s, unit) < 2


def test_a_long_outage_is_met_with_patience_and_jitter() -> None:
    assert backoff.delay_s(20, 600, 0.999) == pytest.approx(15, rel=0.01)
    assert backoff.delay_s(20, 600, 0.0) == 0
    assert backoff.delay_s(0, 600, 0.5) < backoff.delay_s(5, 600, 0.5)


def test_unread_is_what_the_server_counts() -> None:
    numbers = {"message_count": 10, "seen_count": 7, "last_seq": 10, "read_seq": 6, "others_after": 99}
    assert unread(**numbers, wanted_read_seq=0) == 3


def test_unread_after_reading_further_than_the_server_knows() -> None:
    numbers = {"message_count": 10, "seen_count": 7, "last_seq": 10, "read_seq": 6, "others_after": 1}
    assert unread(**numbers, wanted_read_seq=10) == 0
    assert unread(**numbers, wanted_read_seq=8) == 1


@pytest.mark.parametrize(
    ("run", "seq", "verdict"),
    [
        (Run(), 7, Verdict.NEXT),
        (Run(3, 5), 6, Verdict.NEXT),
        (Run(3, 5), 7, Verdict.GAP),
        (Run(3, 5), 5, Verdict.HELD),
        (Run(3, 5), 3, Verdict.HELD),
        (Run(3, 5), 2, Verdict.OLDER),
    ],
)
def test_judging_a_seq(run: Run, seq: int, verdict: Verdict) -> None:
    assert run.judge(seq) is verdict


def test_a_page_joins_only_without_a_hole() -> None:
    run = Run(10, 20)
    assert run.joined(5, 9) == Run(5, 20)
    assert run.joined(21, 30) == Run(10, 30)
    assert run.joined(12, 15) == run
    assert run.joined(1, 30) == Run(1, 30)
    assert run.joined(1, 8) is None
    assert run.joined(22, 30) is None
    assert Run().joined(4, 6) == Run(4, 6)


@given(st.lists(st.integers(1, 30)))
def test_a_run_never_claims_what_did_not_arrive(seqs: list[int]) -> None:
    run, arrived = Run(), set()
    for seq in seqs:
        if run.judge(seq) is Verdict.NEXT:
            run = run.extended(seq)
            arrived.add(seq)
    assert run.empty or arrived == set(range(run.held_from, run.held_to + 1))


@given(st.lists(st.sampled_from(list(SendState))))
def test_a_sent_message_never_goes_back(wishes: list[SendState]) -> None:
    state, was_sent = SendState.PENDING, False
    for wish in wishes:
        state = advance(state, wish)
        assert not was_sent or state is SendState.SENT
        was_sent = state is SendState.SENT


def _message(state: SendState = SendState.SENT, seq: int | None = 5, sender_id: int = 1) -> Message:
    return Message(1, 1, "0" * 32, sender_id, 0, "text", "hi", seq, None, state)


def test_ticks_follow_the_others() -> None:
    def at(delivered: int, read: int) -> Conversation:
        return Conversation(1, "direct", delivered_seq=delivered, others_read_seq=read)

    assert shown_state(_message(), at(4, 4), 1) is SendState.SENT
    assert shown_state(_message(), at(5, 4), 1) is SendState.DELIVERED
    assert shown_state(_message(), at(5, 5), 1) is SendState.READ
    assert shown_state(_message(sender_id=2), at(5, 5), 1) is SendState.SENT
    assert shown_state(_message(SendState.FAILED, None), at(9, 9), 1) is SendState.FAILED


def test_one_message_of_a_conversation_is_on_the_wire() -> None:
    heads = [Queued(n, conversation, "", "text", "") for n, conversation in ((1, 7), (2, 8), (3, 9))]
    assert [q.local_id for q in outbox.ready(heads, {8}, {9: 10.0}, 9.9)] == [1]
    assert [q.local_id for q in outbox.ready(heads, set(), {9: 10.0}, 10.0)] == [1, 2, 3]


def test_what_a_refusal_means() -> None:
    assert Refused(Error(ErrorCode.TOO_FAST, "Slow down.", retry_after_s=2.5)).pause_s == 2.5
    assert Refused(Error(ErrorCode.SERVER_BUSY, "")).pause_s == 1
    assert Refused(Error(ErrorCode.TOO_LARGE, "Too long.")).pause_s is None


def test_a_client_id_is_a_uuid_version_7() -> None:
    import uuid

    made = uuid.UUID(new_client_id(1_700_000_000_000, b"\xff" * 10))
    assert made.version == 7
    assert made.variant == uuid.RFC_4122
    assert made.int >> 80 == 1_700_000_000_000
    assert new_client_id(1, b"\x00" * 10) < new_client_id(2, b"\x00" * 10)
