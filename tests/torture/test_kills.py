"""The short form of ``make torture``'s kills, and proof that the ledger finds what is wrong."""

import pytest

from desktop_chat.protocol.records import Content, Message
from tests.torture import upgrades
from tests.torture.kills import kill
from tests.torture.ledger import Confirmed, Ledger


def test_nothing_confirmed_is_lost_to_kills_at_any_time() -> None:
    verdict, sorts = kill(seed=4, kills=3)
    assert verdict.words == []
    assert verdict.confirmed > 0
    assert sum(sorts.values()) == 3


def test_an_upgrade_that_is_killed_is_whole_or_has_not_been() -> None:
    verdict, revisions = upgrades.kill(seed=1, times=1)
    assert verdict.words == []
    assert sum(revisions.values()) > 0


def _said(number: int) -> tuple[str, int]:
    return (f"{number:032x}", 7)


def _stored(seq: int, number: int, body: str = "") -> Message:
    return Message(1, seq, 100 + seq, 7, _said(number)[0], 5, Content("text", body or f"{number}"))


@pytest.mark.parametrize(
    ("log", "figure"),
    [
        pytest.param([_stored(1, 1), _stored(2, 2)], "", id="sound"),
        pytest.param([_stored(1, 1), _stored(2, 2), _stored(3, 3)], "", id="and one that nobody was told of"),
        pytest.param([_stored(1, 1)], "lost", id="lost"),
        pytest.param([_stored(1, 1), _stored(2, 2), _stored(3, 2)], "doubled", id="doubled"),
        pytest.param([_stored(1, 1), _stored(2, 2), _stored(4, 3)], "broken", id="a hole"),
        pytest.param([_stored(1, 1), _stored(2, 3), _stored(3, 2)], "out_of_order", id="out of order"),
        pytest.param([_stored(1, 1), _stored(2, 2, "other")], "broken", id="other words"),
        pytest.param([_stored(1, 1), _stored(2, 2), _stored(3, 9)], "broken", id="of nobody"),
    ],
)
def test_the_ledger_finds(log: list[Message], figure: str) -> None:
    ledger = Ledger()
    for number in (1, 2, 3):
        ledger.said[_said(number)] = (1, f"{number}")
    for number in (1, 2):
        ledger.confirm(_said(number), Confirmed(1, 100 + number, number, 5))
    verdict = ledger.check(1, len(log), log)
    assert verdict.is_sound == (figure == "")
    assert figure == "" or getattr(verdict, figure) > 0


def test_the_ledger_finds_two_answers_to_one_message() -> None:
    ledger = Ledger()
    ledger.said[_said(1)] = (1, "1")
    for seq in (1, 2):
        ledger.confirm(_said(1), Confirmed(1, 101, seq, 5))
    assert ledger.check(1, 1, [_stored(1, 1)]).broken == 1
