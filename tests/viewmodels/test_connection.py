"""The connection in words, and the timers that run only while they are needed."""

from PySide6.QtWidgets import QApplication

from desktop_chat.core.changes import ConnectionChanged
from desktop_chat.core.models import ConnectionPhase, ConnectionState
from desktop_chat.viewmodels.connection import ConnectionModel
from tests.viewmodels.engine import FeedByHand, ScriptedEngine


class Desk:
    """A model on a clock moved by hand."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.engine = ScriptedEngine()
        self.feed = FeedByHand()
        self.model = ConnectionModel(self.engine, self.feed, lambda: self.now_s)  # type: ignore[arg-type]

    def enter(self, phase: ConnectionPhase, retry_at_s: float | None = None) -> None:
        self.feed.tell(ConnectionChanged(ConnectionState(phase, "", retry_at_s)))


def test_online_is_no_words_and_no_timer(qapp: QApplication) -> None:
    desk = Desk()
    assert desk.model.words == ""
    assert not desk.model._countdown.isActive()
    assert not desk.model._grace.isActive()


def test_a_countdown_runs_only_while_it_counts(qapp: QApplication) -> None:
    desk = Desk()
    desk.enter(ConnectionPhase.OFFLINE, 114.5)
    assert desk.model.words == "Reconnecting in 15 s"
    assert desk.model.can_try_now
    assert desk.model._countdown.isActive()
    desk.now_s = 113.9
    desk.model._countdown.timeout.emit()
    assert desk.model.words == "Reconnecting in 1 s"
    desk.now_s = 115.0
    desk.model._countdown.timeout.emit()
    assert desk.model.words == "Offline"
    assert not desk.model._countdown.isActive()
    desk.model.try_now()
    assert desk.engine.calls == [("connect_now",)]
    desk.enter(ConnectionPhase.CONNECTING)
    assert desk.model.words == "Connecting…"
    assert not desk.model.online
    desk.enter(ConnectionPhase.CATCHING_UP)
    assert desk.model.words == "Updating…"
    desk.enter(ConnectionPhase.ONLINE)
    assert desk.model.words == ""


def test_what_passes_quickly_is_not_worth_a_word(qapp: QApplication) -> None:
    desk = Desk()
    desk.enter(ConnectionPhase.CONNECTING)
    assert desk.model.words == ""
    assert desk.model._grace.isActive()
    desk.enter(ConnectionPhase.ONLINE)
    assert not desk.model._grace.isActive()
    desk.enter(ConnectionPhase.CONNECTING)
    desk.model._grace.timeout.emit()
    assert desk.model.words == "Connecting…"


def test_signed_out_asks_a_person(qapp: QApplication) -> None:
    desk = Desk()
    desk.enter(ConnectionPhase.SIGNED_OUT)
    assert "Sign in" in desk.model.words
    assert desk.model.can_sign_in
    assert not desk.model.can_try_now
