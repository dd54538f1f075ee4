"""The short form of ``make offline``, and proof that a run finds an engine that forgets."""

import asyncio
import sqlite3
import sys
from pathlib import Path

import pytest

from desktop_chat.store import outbox
from tests.offline import __main__ as command_line
from tests.offline import campaign, run, story
from tests.offline.backend import Backend
from tests.offline.campaign import Figures
from tests.offline.run import Outcome
from tests.offline.story import Step, Story

RUNS = 54
CHUNK = 9


@pytest.mark.parametrize("first", range(1, RUNS + 1, CHUNK))
def test_every_device_ends_with_the_same(first: int) -> None:
    outcomes = campaign.play(range(first, first + CHUNK))
    assert len(outcomes) == CHUNK
    for outcome in outcomes:
        assert outcome.wrong == [], f"{story.draw(outcome.seed)}"
    assert sum(outcome.promised for outcome in outcomes) > 0


def test_the_runs_have_everything_in_them() -> None:
    stories = [story.draw(seed) for seed in range(1, RUNS + 1)]
    kinds = {step.kind for each in stories for step in each.steps}
    assert kinds == {
        *story.DEEDS,
        *story.FAULTS,
        "kill server",
        "start server",
        "kill client",
        "start client",
    }
    assert story.draw(7) == story.draw(7) != story.draw(8)


def test_an_engine_that_forgets_its_outbox_at_a_start_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Story(
        1,
        2,
        [0, 0, 1],
        -1,
        False,
        [Step("refuse", device=0), Step("send", device=0), Step("restart", device=0)],
    )
    assert asyncio.run(_play(tmp_path / "sound", told)) == []

    def forget(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM outbox")

    monkeypatch.setattr(outbox, "recover", forget)
    monkeypatch.setattr(run, "HEALS_WITHIN_S", 1.0)
    wrong = asyncio.run(_play(tmp_path / "forgetful", told))
    assert any("not sent" in words for words in wrong)
    assert any("is lost" in words for words in wrong)


def test_what_goes_wrong_is_printed_with_its_story(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = Figures()
    figures.add([Outcome(6), Outcome(7, ["ann0: another log"])])
    monkeypatch.setattr(campaign, "play_all", lambda runs, seed, jobs: figures)
    monkeypatch.setattr(sys, "argv", ["offline", "--runs", "2", "--seed", "6"])
    assert command_line.main() == 1
    said = capsys.readouterr().out
    assert str(story.draw(7)) in said
    assert "ann0: another log" in said
    assert "--runs 1 --seed 7" in said
    assert "seed 6" not in said
    figures.failed.clear()
    assert command_line.main() == 0


async def _play(folder: Path, told: Story) -> list[str]:
    backend = Backend(folder)
    await backend.start()
    try:
        return (await run.play(told, backend)).wrong
    finally:
        await backend.stop()
