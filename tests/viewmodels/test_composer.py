"""Sending is an intent; the field is emptied when the engine has the text, and not before."""

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
        self.words: list[str] = []
        self.limits: list[tuple[str, bool]] = []
        self.composer.committed.connect(self._committed)
        self.composer.failed.connect(self.words.append)
        self.composer.limit_changed.connect(lambda words, over: self.limits.append((words, over)))
        self.composer.switch(1, "")

    def type(self, text: str) -> None:
        self.composer.text_changed(self.composer.text + text)
        # Nothing here waits for the pause in typing after which a draft is saved.
        self.composer._timer.stop()

    def _committed(self, conversation_id: int, text: str) -> None:
        self.composer.text_changed(self.composer.text.removeprefix(text))


def test_the_field_is_emptied_once_the_engine_has_it(qapp: QApplication) -> None:
    desk = Desk()
    desk.type("hello")
    desk.composer.send()
    assert desk.composer.text == "hello"
    desk.spawn.run()
    assert desk.composer.text == ""
    assert ("send", 1, "hello") in desk.engine.calls


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


def test_a_refusal_leaves_the_text(qapp: QApplication) -> None:
    desk = Desk()
    desk.engine.refusal = "The disk is full."
    desk.type("hello")
    desk.composer.send()
    desk.spawn.run()
    assert desk.composer.text == "hello"
    assert desk.words == ["The disk is full."]
    desk.engine.refusal = ""
    desk.composer.send()
    desk.spawn.run()
    assert desk.composer.text == ""


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
    assert desk.engine.calls == [("save_draft", 1, "half"), ("send", 1, "half"), ("save_draft", 1, "")]
    assert desk.composer.conversation_id == 2
