"""Sending is an intent; what the engine could not take comes back, and no text is lost or merged."""

import logging

import pytest
from PySide6.QtWidgets import QApplication

from desktop_chat.protocol.limits import MAX_BODY_CHARS
from desktop_chat.viewmodels.composer import Composer
from tests.viewmodels.engine import FeedByHand, ScriptedEngine, Spawner


class Desk:
    """A composer, a field that does what the widget does, and what was said."""

    def __init__(self) -> None:
        self.engine = ScriptedEngine()
        self.spawn = Spawner()
        self.composer = Composer(self.engine, FeedByHand(), self.spawn)  # type: ignore[arg-type]
        # Nothing here waits for the pause in typing after which a draft is saved.
        self.composer._timer.blockSignals(True)
        self.words: list[str] = []
        self.limits: list[tuple[str, bool]] = []
        self.composer.failed.connect(self.words.append)
        self.composer.limit_changed.connect(lambda words, over: self.limits.append((words, over)))
        self.composer.switch(1, "")

    def type(self, text: str) -> None:
        self.composer.text_changed(self.composer.text + text)
        self.composer._timer.stop()

    def sent(self) -> list[object]:
        return [call[2] for call in self.engine.calls if call[0] == "send"]

    def drafts(self, conversation_id: int) -> list[object]:
        """Drafts as the engine took them, with those that a send emptied."""
        return [
            "" if call[0] == "send" else call[2]
            for call in self.engine.calls
            if call[1] == conversation_id and call[0] in ("send", "save_draft")
        ]


def test_return_takes_the_text_out_of_the_field(qapp: QApplication) -> None:
    desk = Desk()
    taken: list[str] = []
    desk.composer.taken.connect(lambda: taken.append(desk.composer.text))
    desk.type("hello")
    desk.composer.send()
    assert (desk.composer.text, taken) == ("", [""])
    desk.spawn.run()
    assert desk.engine.calls == [("send", 1, "hello")]


def test_return_twice_sends_once(qapp: QApplication) -> None:
    desk = Desk()
    desk.type("hello")
    desk.composer.send()
    desk.composer.send()
    desk.spawn.run()
    assert [call for call in desk.engine.calls if call[0] == "send"] == [("send", 1, "hello")]


def test_what_is_typed_and_sent_meanwhile_goes_out_too(qapp: QApplication) -> None:
    desk = Desk()
    desk.type("one")
    desk.composer.send()
    desk.type("two")
    desk.composer.send()
    desk.spawn.run()
    assert [call[2] for call in desk.engine.calls if call[0] == "send"] == ["one", "two"]
    assert desk.composer.text == ""


def test_every_return_is_a_message(qapp: QApplication) -> None:
    desk = Desk()
    for text in ("m13", "m14", "m15"):
        desk.type(text)
        desk.composer.send()
    desk.spawn.run()
    assert desk.sent() == ["m13", "m14", "m15"]


def test_what_is_refused_comes_back_before_what_was_typed_since(qapp: QApplication) -> None:
    desk = Desk()
    back: list[str] = []
    desk.composer.given_back.connect(back.append)
    desk.engine.refusal = "The disk is full."
    desk.type("one")
    desk.composer.send()
    desk.type("two")
    desk.composer.send()
    desk.type("thr")
    desk.composer._timer.stop()
    desk.spawn.run()
    assert desk.composer.text == "one\ntwo\nthr"
    assert back == ["one\ntwo\n"]
    assert desk.words == ["The disk is full."]
    assert desk.sent() == ["one"]
    desk.engine.refusal = ""
    desk.composer.send()
    desk.spawn.run()
    assert (desk.composer.text, desk.sent()[1:]) == ("", ["one\ntwo\nthr"])


def test_an_error_nobody_thought_of_loses_nothing(
    qapp: QApplication, caplog: pytest.LogCaptureFixture
) -> None:
    desk = Desk()
    desk.engine.bug = ValueError("never seen before")
    desk.type("hello")
    desk.composer.send()
    with caplog.at_level(logging.ERROR, logger="desktop_chat.viewmodels.composer"):
        desk.spawn.run()
        desk.composer.save_draft()
        desk.spawn.run()
    assert desk.composer.text == "hello"
    assert desk.words == ["This was not stored: never seen before."] * 2
    desk.engine.bug = None
    desk.composer.save_draft()
    desk.composer.send()
    desk.spawn.run()
    assert desk.engine.calls[-2:] == [("save_draft", 1, "hello"), ("send", 1, "hello")]


def test_what_was_typed_after_return_is_kept_over_a_switch(qapp: QApplication) -> None:
    desk = Desk()
    desk.type("rest")
    desk.composer.save_draft()
    desk.composer.send()
    desk.type("rest")
    desk.composer.switch(2, "")
    assert desk.composer.text == ""
    desk.composer.switch(1, "")
    assert desk.composer.text == "rest"
    desk.composer.switch(2, "")
    desk.spawn.run()
    assert desk.sent() == ["rest"]
    assert desk.drafts(1)[-1] == "rest"


def test_what_is_refused_after_a_switch_becomes_the_draft(qapp: QApplication) -> None:
    desk = Desk()
    desk.engine.refusal = "The disk is full."
    desk.type("one")
    desk.composer.send()
    desk.type("two")
    desk.composer.switch(2, "other")
    desk.spawn.run()
    assert desk.drafts(1)[-1] == "one\ntwo"
    assert desk.composer.text == "other"
    desk.engine.refusal = ""
    desk.composer.switch(1, "what the store has")
    assert desk.composer.text == "one\ntwo"
    desk.composer.save_draft()
    desk.spawn.run()
    assert desk.drafts(1)[-1] == "one\ntwo"


def test_blank_text_is_not_sent(qapp: QApplication) -> None:
    desk = Desk()
    desk.type(" \n\t ")
    desk.composer.send()
    desk.spawn.run()
    assert desk.engine.calls == []
    assert desk.words == []


def test_too_long_is_said_and_not_sent(qapp: QApplication) -> None:
    desk = Desk()
    desk.type("x" * (MAX_BODY_CHARS - 10))
    assert desk.limits == [("10 characters left", False)]
    desk.type("y" * 12)
    assert desk.limits[-1] == ("2 characters too long to send in one message", True)
    desk.composer.send()
    desk.spawn.run()
    assert desk.engine.calls == []
    assert desk.words == ["2 characters too long to send in one message"]


def test_a_switch_saves_the_draft(qapp: QApplication) -> None:
    desk = Desk()
    desk.type("half")
    desk.composer.switch(2, "other half")
    desk.spawn.run()
    assert desk.engine.calls == [("save_draft", 1, "half")]
    assert desk.composer.text == "other half"
    desk.composer.save_draft()
    assert desk.spawn.waiting == []


def test_sent_after_a_switch_its_draft_is_emptied(qapp: QApplication) -> None:
    desk = Desk()
    desk.type("half")
    desk.composer.save_draft()
    desk.composer.send()
    desk.composer.switch(2, "")
    desk.spawn.run()
    assert desk.engine.calls == [("save_draft", 1, "half"), ("send", 1, "half")]
    assert desk.composer.conversation_id == 2


def test_closing_hands_everything_over_in_its_order(qapp: QApplication) -> None:
    desk = Desk()
    for text in ("one", "two"):
        desk.type(text)
        desk.composer.send()
    desk.type("rest")
    desk.composer.close()
    assert len(desk.spawn.waiting) == 3
    desk.spawn.run()
    assert desk.drafts(1) == ["", "", "rest"]
    assert desk.sent() == ["one", "two"]
