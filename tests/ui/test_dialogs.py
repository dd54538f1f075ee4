"""Dialogs: opened, never waited for; gone when they are closed."""

import gc

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QMessageBox, QPlainTextEdit, QPushButton

from desktop_chat.ui.account_view import AccountView
from desktop_chat.ui.link_dialog import LinkDialog
from desktop_chat.ui.new_chat_dialog import NewChatDialog
from desktop_chat.ui.plain_label import PlainLabel
from desktop_chat.ui.text_dialog import TextDialog
from tests.ui import scenes
from tests.ui.conftest import OpenWindow

# Qt's offscreen platform says so of every dialog.
pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)


def only_dialog(window: AccountView) -> QDialog:
    (dialog,) = window.findChildren(QDialog)
    return dialog


async def test_a_link_is_shown_before_it_is_opened(
    qapp: QApplication, open_window: OpenWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()))
    async with open_window(scenes.living()) as window:
        window.show_conversation(1)
        await scenes.settled()
        view = window.chat.timeline
        spots = [(placed, link) for placed in view.placed for link in view.layout_of(placed.row).links]
        placed, link = spots[0]
        layout = view.layout_of(placed.row)
        line = layout.block.layout.lineAt(0)
        left, _ = line.cursorToX(link.start + 3)  # type: ignore[misc]
        spot = (layout.text_at + line.position()).toPoint()
        spot.setX(round(layout.text_at.x() + left))
        spot.setY(spot.y() + 8 + placed.top)
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=spot)
        dialog = only_dialog(window)
        assert isinstance(dialog, LinkDialog)
        assert link.url in [label.text() for label in dialog.findChildren(PlainLabel)]
        copy = next(each for each in dialog.findChildren(QPushButton) if each.text() == "Copy")
        QTest.mouseClick(copy, Qt.MouseButton.LeftButton)
        assert QGuiApplication.clipboard().text() == link.url
        del dialog, copy
        await scenes.settled()
        gc.collect()
        assert window.findChildren(QDialog) == []
        assert opened == []
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=spot)
        QTest.keyClick(only_dialog(window), Qt.Key.Key_Return)
        assert opened == [link.url]


async def test_a_long_link_is_broken_and_never_rich(qapp: QApplication, open_window: OpenWindow) -> None:
    async with open_window(scenes.living()) as window:
        dialog = LinkDialog("https://example.org/<b>" + "x" * 5_000, window)
        dialog.open()
        texts = [label.text() for label in dialog.findChildren(PlainLabel)]
        assert max(len(line) for text in texts for line in text.split("\n")) <= 60
        assert all(label.textFormat() == Qt.TextFormat.PlainText for label in dialog.findChildren(PlainLabel))
        dialog.reject()


async def test_help_about_and_signing_out(qapp: QApplication, open_window: OpenWindow) -> None:
    async with open_window(scenes.living()) as window:
        window._show_shortcuts()
        only_dialog(window).accept()
        await scenes.settled()
        asked: list[bool] = []
        window.sign_out_requested.connect(asked.append)
        window._ask_to_sign_out()
        box = only_dialog(window)
        assert isinstance(box, QMessageBox)
        assert asked == []
        sign_out = next(each for each in box.buttons() if each.text() == "Sign out")
        QTest.mouseClick(sign_out, Qt.MouseButton.LeftButton)
        assert asked == [False]
        await scenes.settled()
        assert window.findChildren(QDialog) == []
        window._ask_to_sign_out()
        box = only_dialog(window)
        assert isinstance(box, QMessageBox)
        assert box.checkBox() is not None
        box.checkBox().click()
        next(each for each in box.buttons() if each.text() == "Sign out").click()
        assert asked == [False, True]


async def test_new_conversation_says_why_it_cannot(qapp: QApplication, open_window: OpenWindow) -> None:
    async with open_window(scenes.living()) as window:
        window.interactions.begin_chat()
        await scenes.settled()
        dialog = only_dialog(window)
        assert isinstance(dialog, NewChatDialog)
        assert "no connection" in dialog._words.text()
        dialog.reject()
        await scenes.settled()


def test_a_whole_message_is_made_safe_to_show(qapp: QApplication) -> None:
    above = QDialog()
    dialog = TextDialog("Whole message", "see \u202egpj.exe\r\nat\x1b[2J\n\tonce", above)
    view = dialog.findChildren(QPlainTextEdit)[-1]
    assert view.toPlainText() == "see \ufffdgpj.exe\n\nat\ufffd[2J\n\tonce"
    above.deleteLater()
