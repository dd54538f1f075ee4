"""The judge finds what is wrong: one sound run is taken, and one thing after the other is spoilt in what was
seen of it."""

import asyncio
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.offline.backend import Backend
from tests.offline.judge import judge
from tests.offline.ledger import Ledger, Register, Sent
from tests.offline.records import Entry, Talk, View
from tests.offline.run import a_run
from tests.offline.story import Step, Story
from tests.offline.truth import Kept

_STEPS = [
    *[Step("send", device=device, pick=0.5) for device in (0, 1, 2, 2)],
    Step("settle"),
    Step("edit", device=2, pick=0.0),
    Step("react", device=1, pick=0.9),
    Step("star", device=0, pick=0.9),
    Step("read", device=0, pick=0.5),
    Step("draft", device=2),
    Step("file", device=1, amount=100),
]


class Seen:
    """What was judged of the sound run, to be spoilt."""

    def __init__(self, truth: dict[int, Kept], views: dict[str, tuple[int, View]], ledger: Ledger) -> None:
        self.truth, self.views, self.ledger = truth, views, ledger
        [self.talk] = truth

    @property
    def kept(self) -> Kept:
        return self.truth[self.talk]

    def judged(self) -> str:
        return "\n".join(judge(self.truth, self.views, self.ledger))

    def show(self, change: Callable[[Talk], Talk], device: str = "bob2") -> None:
        """Let a device show something else."""
        user_id, view = self.views[device]
        talks = {**view.talks, self.talk: change(view.talks[self.talk])}
        self.views[device] = (user_id, replace(view, talks=talks))

    def hold(self, device: str = "bob2", **changes: object) -> None:
        """Let a device hold something else beside its conversations."""
        user_id, view = self.views[device]
        self.views[device] = (user_id, replace(view, **changes))


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    return asyncio.run(_play(tmp_path_factory.mktemp("server")))


async def _play(folder: Path) -> Seen:
    backend = Backend(folder)
    await backend.start()
    try:
        async with a_run(Story(1, 2, [0, 0, 1], -1, False, _STEPS), backend) as run:
            assert (await run.play()).wrong == []
            return Seen(run.truth, run.views, run.ledger)
    finally:
        await backend.stop()


def _entries(change: Callable[[list[Entry]], list[Entry]]) -> Callable[[Seen], None]:
    return lambda seen: seen.show(lambda talk: replace(talk, entries=change(talk.entries)))


def _number(name: str, by: int) -> Callable[[Seen], None]:
    return lambda seen: seen.show(lambda talk: replace(talk, **{name: getattr(talk, name) + by}))


def _lose(seen: Seen) -> None:
    """The server and every device have let go of the last message that was queued for good."""
    lost = next(each for each in seen.ledger.sent if each.client_id)
    for index, entry in enumerate(seen.kept.log):
        if entry.client_id == lost.client_id:
            seen.kept.log[index] = replace(entry, client_id="f" * 32)


def _store_twice(seen: Seen) -> None:
    again = replace(seen.kept.log[0], seq=len(seen.kept.log) + 1)
    seen.kept.log.append(again)
    seen.kept.bodies[again.seq] = seen.kept.bodies[1]


def _swap_on_the_server(seen: Seen) -> None:
    log = seen.kept.log
    own = [each for each in seen.ledger.sent if each.device == "bob2" and not each.is_file]
    seqs = [entry.seq for each in own for entry in log if entry.client_id == each.client_id]
    first, second = seqs[0] - 1, seqs[1] - 1
    log[first], log[second] = replace(log[second], seq=first + 1), replace(log[first], seq=second + 1)


def _leave_out(seen: Seen) -> None:
    del seen.kept.log[2]


def _count_wrongly(seen: Seen) -> None:
    for user_id, talk in seen.kept.talks.items():
        seen.kept.talks[user_id] = replace(talk, unread=talk.unread + 1)
    for device in seen.views:
        seen.show(lambda talk: replace(talk, unread=talk.unread + 1), device)


def _undo(kind: str) -> Callable[[Seen], None]:
    def undo(seen: Seen) -> None:
        [key] = [each for each in seen.ledger.registers if isinstance(each, tuple) and each[0] == kind]
        register = seen.ledger.registers[key]
        register.end(register.begin("something else", 10**6), "done", 10**6 + 1)

    return undo


def _read_further(seen: Seen) -> None:
    [key] = seen.ledger.read
    seen.ledger.has_read(*key, 10**6)


def _forge(seen: Seen) -> None:
    seen.ledger.sent.pop(0)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        pytest.param(_entries(lambda rows: rows[:-1]), "another log", id="a message is not shown"),
        pytest.param(_entries(lambda rows: [*rows, rows[-1]]), "another log", id="shown twice"),
        pytest.param(_entries(lambda rows: rows[::-1]), "another log", id="shown in another order"),
        pytest.param(
            _entries(lambda rows: [*rows[:-1], replace(rows[-1], body="?")]), "another log", id="other words"
        ),
        pytest.param(
            _entries(lambda rows: [*rows[:-1], replace(rows[-1], rest="?")]), "another log", id="other marks"
        ),
        pytest.param(_number("unread", 1), "on the server", id="unread is one too many"),
        pytest.param(_number("read_seq", -1), "on the server", id="read less than the server knows"),
        pytest.param(_number("last_seq", -1), "on the server", id="behind"),
        pytest.param(
            lambda seen: seen.show(lambda talk: replace(talk, draft="")), "the draft", id="a draft is lost"
        ),
        pytest.param(
            lambda seen: seen.show(lambda talk: replace(talk, starred=()), "ann1"),
            "on the server",
            id="a star",
        ),
        pytest.param(lambda seen: seen.hold(queued=1), "not sent", id="something is in the outbox"),
        pytest.param(lambda seen: seen.hold(echoes=["x"]), "not sent", id="an echo without an outbox"),
        pytest.param(lambda seen: seen.hold(faults=["shown twice"]), "shown twice", id="a screen's fault"),
        pytest.param(lambda seen: seen.hold(trouble=["ERROR"]), "ERROR", id="something is logged"),
        pytest.param(lambda seen: seen.hold(talks={}), "lists", id="a conversation is gone"),
        pytest.param(_lose, "is lost", id="an outbox entry is dropped"),
        pytest.param(_store_twice, "stored twice", id="stored twice"),
        pytest.param(_swap_on_the_server, "out of order", id="stored in another order"),
        pytest.param(_leave_out, "not 1..n", id="a hole on the server"),
        pytest.param(_count_wrongly, "the server counts", id="everybody miscounts"),
        pytest.param(_undo("body"), "confirmed was", id="an edit is lost"),
        pytest.param(_undo("reaction"), "confirmed was", id="a reaction is lost"),
        pytest.param(_undo("star"), "confirmed was", id="a star is lost"),
        pytest.param(_read_further, "has read", id="what was read is unread again"),
        pytest.param(_forge, "nobody wrote", id="a message of nobody"),
        pytest.param(lambda seen: seen.kept.whole_files.clear(), "not whole", id="a file is there by half"),
    ],
)
def test_the_judge_finds(sound: Seen, spoil: Callable[[Seen], None], words: str) -> None:
    seen = Seen(deepcopy(sound.truth), dict(sound.views), deepcopy(sound.ledger))
    assert seen.judged() == ""
    spoil(seen)
    assert words in seen.judged()


def test_what_may_be_found_is_what_was_written_last_or_is_not_known() -> None:
    register = Register("")
    first = register.begin("one", 1)
    assert register.may_hold() == ["", "one"]
    register.end(first, "done", 2)
    assert register.may_hold() == ["one"]
    second, third = register.begin("two", 3), register.begin("three", 4)
    register.end(second, "done", 5)
    assert register.may_hold() == ["two", "three"]
    register.end(third, "lost", 6)
    assert register.may_hold() == ["two", "three"]
    fourth = register.begin("four", 7)
    register.end(fourth, "refused", 8)
    assert register.may_hold() == ["two", "three"]
    fifth = register.begin("five", 9)
    register.end(fifth, "done", 10)
    assert register.may_hold() == ["three", "five"]


def test_what_was_taken_back_may_be_there_or_not() -> None:
    ledger = Ledger()
    kept = Kept([], {}, {}, set())
    ledger.sent = [Sent("ann0", 1, 1, "never mind", client_id="0" * 32)]
    assert any("is lost" in words for words in judge({1: kept}, {}, ledger))
    ledger.sent[0].discarded = True
    assert judge({1: kept}, {}, ledger) == []
    assert ledger.promises == 0
