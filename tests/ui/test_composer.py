"""The field under fast fingers, long pastes and a store that fails."""

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QInputMethodEvent, QTextOption
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop_chat.services.chat import MAX_DRAFT_CHARS
from desktop_chat.services.errors import ClientError
from desktop_chat.ui.account_view import AccountView
from desktop_chat.ui.message_field import MessageField
from tests.ui import scenes
from tests.ui.conftest import OpenWindow


def paste(field: MessageField, text: str) -> None:
    data = QMimeData()
    data.setText(text)
    field.insertFromMimeData(data)


def bodies(window: AccountView) -> list[str]:
    model = window.chat.timeline_model
    assert model is not None
    return [model.message(row).body for row in range(model.rowCount())]


async def test_fast_typing_makes_messages_of_its_own(qapp: QApplication, open_window: OpenWindow) -> None:
    async with open_window(scenes.living()) as window:
        window.show_conversation(1)
        field = window.chat.bar.field
        for text in ("m13", "m14", "m15"):
            QTest.keyClicks(field, text)
            QTest.keyClick(field, Qt.Key.Key_Return)
        QTest.keyClicks(field, "m1")
        await scenes.settled()
        assert bodies(window)[-3:] == ["m13", "m14", "m15"]
        assert field.toPlainText() == "m1"


async def test_what_is_typed_after_return_survives_a_switch(
    qapp: QApplication, open_window: OpenWindow
) -> None:
    async with open_window(scenes.living()) as window:
        window.show_conversation(1)
        field = window.chat.bar.field
        QTest.keyClicks(field, "sent")
        QTest.keyClick(field, Qt.Key.Key_Return)
        QTest.keyClicks(field, "kept")
        window.show_conversation(3)
        await scenes.settled()
        window.show_conversation(1)
        assert field.toPlainText() == "kept"
        assert bodies(window)[-1] == "sent"


async def test_a_full_disk_is_said_and_return_works_afterwards(
    qapp: QApplication, open_window: OpenWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(conversation_id: int, text: str, **more: object) -> None:
        raise ClientError("This device cannot store anything now: disk full.")

    async with open_window(scenes.living()) as window:
        window.show_conversation(1)
        bar = window.chat.bar
        with monkeypatch.context() as patch:
            patch.setattr(window._client, "send", refuse)
            QTest.keyClicks(bar.field, "hello")
            QTest.keyClick(bar.field, Qt.Key.Key_Return)
            QTest.keyClicks(bar.field, "more")
            await scenes.settled()
        assert bar.field.toPlainText() == "hello\nmore"
        assert bar.field.textCursor().position() == len("hello\nmore")
        assert bar._words.text() == "This device cannot store anything now: disk full."
        QTest.keyClick(bar.field, Qt.Key.Key_Return)
        await scenes.settled()
        assert bodies(window)[-1] == "hello\nmore"
        assert bar.field.toPlainText() == ""


async def test_a_paste_takes_what_fits_and_says_so(qapp: QApplication, open_window: OpenWindow) -> None:
    async with open_window(scenes.living()) as window:
        window.show_conversation(1)
        bar = window.chat.bar
        QTest.keyClicks(bar.field, "ab")
        paste(bar.field, "😀" * 300_000)
        assert len(bar.field.toPlainText()) == MAX_DRAFT_CHARS
        words = "268,002 characters did not fit and were left out: the field is full"
        assert bar._words.text() == words
        assert bar._words.isVisible()
        QTest.keyClicks(bar.field, "x")
        QApplication.sendEvent(bar.field, _committing("世界"))
        assert len(bar.field.toPlainText()) == MAX_DRAFT_CHARS
        assert bar._words.text() == "2 characters did not fit and were left out: the field is full"
        QTest.keyClick(bar.field, Qt.Key.Key_Backspace)
        QTest.keyClicks(bar.field, "y")
        assert bar.field.toPlainText().endswith("y")
        window.show_conversation(3)
        await scenes.settled()
        window.show_conversation(1)
        assert len(bar.field.toPlainText()) == MAX_DRAFT_CHARS


async def test_a_draft_is_never_cut(qapp: QApplication, open_window: OpenWindow) -> None:
    async with open_window(scenes.living()) as window:
        with pytest.raises(ClientError, match="32,001 characters"):
            await window._client.save_draft(1, "x" * (MAX_DRAFT_CHARS + 1))


def test_an_endless_word_is_laid_out_in_one_pass(qapp: QApplication) -> None:
    field = MessageField()
    try:
        paste(field, "words " * 400)
        assert field.wordWrapMode() is QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere
        paste(field, "x" * 5_000)
        assert field.wordWrapMode() is QTextOption.WrapMode.WrapAnywhere
        field.take_all()
        assert field.wordWrapMode() is QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere
    finally:
        field.deleteLater()


def _committing(text: str) -> QInputMethodEvent:
    event = QInputMethodEvent()
    event.setCommitString(text)
    return event
