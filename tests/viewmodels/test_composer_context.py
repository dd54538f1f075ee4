"""Answering and changing messages from the field."""

from PySide6.QtWidgets import QApplication

from desktop_chat.core.models import Message
from desktop_chat.viewmodels.composer import Context
from tests.viewmodels.engine import OWN_ID
from tests.viewmodels.test_composer import Desk

THEIRS = Message(1, 1, "1" * 32, 2, 0, "text", "a *question*", 7, 7)
OWN = Message(2, 1, "2" * 32, OWN_ID, 0, "text", "mistayk", 8, 8)


def watched() -> tuple[Desk, list[Context | None], list[str]]:
    desk, contexts, texts = Desk(), [], []  # type: ignore[var-annotated]
    desk.composer.context_changed.connect(contexts.append)
    desk.composer.text_replaced.connect(texts.append)
    return desk, contexts, texts


def test_an_answer_names_what_it_answers(qapp: QApplication) -> None:
    desk, contexts, _ = watched()
    desk.composer.reply_to(THEIRS, "Ann")
    assert contexts == [Context(THEIRS, False, "Ann", "a question")]
    desk.type("an answer")
    desk.composer.send()
    desk.spawn.run()
    assert desk.engine.calls == [("send", 1, "an answer", 7)]
    assert contexts[-1] is None
    desk.type("and more")
    desk.composer.send()
    desk.spawn.run()
    assert desk.engine.calls[-1] == ("send", 1, "and more")


def test_a_change_begins_with_what_it_says_and_gives_the_draft_back(qapp: QApplication) -> None:
    desk, contexts, texts = watched()
    desk.type("half a thought")
    desk.composer.edit(OWN)
    assert texts == ["mistayk"]
    desk.composer.text_changed("typo")
    desk.composer.send()
    desk.spawn.run()
    assert ("edit", 8, "typo") in desk.engine.calls
    assert texts == ["mistayk", "half a thought"]
    assert desk.composer.text == "half a thought"
    assert contexts[-1] is None
    assert desk.drafts(1) == ["half a thought"]


def test_what_is_given_back_stands_before_the_draft(qapp: QApplication) -> None:
    desk, _, _ = watched()
    back: list[str] = []
    desk.composer.given_back.connect(back.append)
    desk.composer.give_back("a reply")
    desk.composer.give_back("another")
    assert (desk.composer.text, back) == ("another\na reply", ["a reply", "another\n"])
    desk.composer.save_draft()
    desk.spawn.run()
    assert desk.drafts(1) == ["another\na reply"]


def test_what_is_given_back_is_no_part_of_a_change(qapp: QApplication) -> None:
    desk, _, texts = watched()
    desk.composer.edit(OWN)
    desk.composer.give_back("a reply")
    desk.composer.give_back("another")
    assert desk.composer.text == "mistayk"
    desk.composer.text_changed("mistake")
    desk.composer.send()
    desk.spawn.run()
    assert ("edit", 8, "mistake") in desk.engine.calls
    assert (desk.composer.text, texts[-1]) == ("another\na reply",) * 2
    assert desk.drafts(1) == ["a reply", "another\na reply"]


def test_a_change_that_changes_nothing_asks_for_nothing(qapp: QApplication) -> None:
    desk, _, _ = watched()
    desk.composer.edit(OWN)
    desk.composer.send()
    desk.spawn.run()
    assert desk.engine.calls == []


def test_a_change_to_nothing_is_refused_in_words(qapp: QApplication) -> None:
    desk, contexts, _ = watched()
    desk.composer.edit(OWN)
    desk.composer.text_changed("  ")
    desk.composer.send()
    assert desk.words == ["Delete the message to take all of it away."]
    assert contexts[-1] is not None


def test_leaving_a_change_leaves_the_message(qapp: QApplication) -> None:
    desk, contexts, texts = watched()
    desk.type("kept")
    desk.composer.edit(OWN)
    desk.composer.text_changed("other words")
    desk.composer.end_context()
    assert (texts[-1], desk.composer.text) == ("kept", "kept")
    assert contexts[-1] is None
    desk.composer.switch(2, "")
    desk.spawn.run()
    assert desk.drafts(1) == ["kept"]


def test_a_change_that_was_refused_comes_back_as_a_change(qapp: QApplication) -> None:
    desk, contexts, texts = watched()
    desk.composer.edit(OWN)
    desk.composer.text_changed("typo")
    desk.engine.refusal = "You are offline."
    desk.composer.send()
    desk.spawn.run()
    assert desk.words == ["You are offline."]
    assert texts[-1] == "typo"
    context = contexts[-1]
    assert context is not None
    assert (context.message, context.editing) == (OWN, True)


def test_a_change_that_was_refused_elsewhere_is_kept_as_a_draft(qapp: QApplication) -> None:
    desk, _, _ = watched()
    desk.composer.edit(OWN)
    desk.composer.text_changed("typo")
    desk.composer.send()
    desk.composer.switch(2, "")
    desk.engine.refusal = "You are offline."
    desk.spawn.run()
    desk.engine.refusal = ""
    desk.composer.switch(1, "")
    assert desk.composer.text == "typo"


def test_an_answer_that_was_refused_still_answers(qapp: QApplication) -> None:
    desk, contexts, _ = watched()
    desk.composer.reply_to(THEIRS, "Ann")
    desk.type("an answer")
    desk.engine.refusal = "Disk full."
    desk.composer.send()
    desk.spawn.run()
    assert contexts[-1] == Context(THEIRS, False, "Ann", "a question")
