"""One update of the screen a tick, the first at once."""

import logging

import pytest
from PySide6.QtWidgets import QApplication

from desktop_chat.core.changes import Change, MessageRemoved
from desktop_chat.viewmodels.change_feed import TICK_MS, ChangeFeed
from tests.viewmodels.engine import ScriptedEngine


def test_changes_are_collected_and_handed_on_together(qapp: QApplication) -> None:
    engine = ScriptedEngine()
    feed = ChangeFeed(engine)  # type: ignore[arg-type]
    told: list[list[Change]] = []
    feed.listen(told.append)
    assert not feed._timer.isActive()
    for n in range(1000):
        engine.listeners[0](MessageRemoved(1, n))
    assert told == []
    assert feed._timer.interval() == 0
    feed.flush()
    assert [len(each) for each in told] == [1000]
    assert not feed._timer.isActive()
    engine.listeners[0](MessageRemoved(1, 1))
    assert 0 <= feed._timer.interval() <= TICK_MS
    feed.close()
    assert engine.listeners == []
    assert not feed._timer.isActive()
    assert len(told) == 1


def test_who_fails_costs_nobody_else_the_tick(qapp: QApplication, caplog: pytest.LogCaptureFixture) -> None:
    def fail(changes: list[Change]) -> None:
        raise KeyError("gone")

    engine = ScriptedEngine()
    feed = ChangeFeed(engine)  # type: ignore[arg-type]
    told: list[list[Change]] = []
    feed.listen(fail)
    feed.listen(told.append)
    engine.listeners[0](MessageRemoved(1, 1))
    with caplog.at_level(logging.ERROR, logger="desktop_chat.viewmodels.change_feed"):
        feed.flush()
    assert told == [[MessageRemoved(1, 1)]]
    assert "a listener failed on a tick of 1 changes" in caplog.text
    feed.close()


def test_who_leaves_is_told_nothing(qapp: QApplication) -> None:
    engine = ScriptedEngine()
    feed = ChangeFeed(engine)  # type: ignore[arg-type]
    told: list[list[Change]] = []
    feed.listen(told.append)
    feed.leave(told.append)
    engine.listeners[0](MessageRemoved(1, 1))
    feed.flush()
    assert told == []
    feed.close()
