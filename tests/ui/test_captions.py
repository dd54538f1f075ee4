"""Changing what stands below one's own files."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop_chat.core.attachments import MAX_CAPTION_CHARS
from desktop_chat.ui.account_view import AccountView
from desktop_chat.ui.message_menu import MessageMenu
from tests.ui import scenes
from tests.ui.conftest import OpenWindow
from tests.ui.test_files import gallery_window

# Qt's offscreen platform says so of every menu.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support|libpng", extend=True)

OWN_PICTURES = 2
"""The row with three pictures and no caption."""


def asked(window: AccountView) -> list[tuple[object, ...]]:
    return window._client.actions.asked  # type: ignore[attr-defined, no-any-return]


def menu(window: AccountView, row: int) -> MessageMenu:
    view = window.chat.timeline
    view.setFocus()
    view.focus_on(row)
    QTest.keyClick(view, Qt.Key.Key_Return)
    return window.findChildren(MessageMenu)[-1]


async def test_a_caption_is_added_from_the_menu(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    async with gallery_window(open_window, tmp_path) as window:
        window._client.actions = scenes.RecordedActions()  # type: ignore[assignment]
        theirs = menu(window, 1)
        assert not [each for each in theirs.actions() if "caption" in each.text()]
        theirs.close()
        own = menu(window, OWN_PICTURES)
        next(each for each in own.actions() if each.text() == "Add a caption").trigger()
        own.close()
        field = window.chat.bar.field
        assert window.chat.bar.context._title.text() == "Edit caption"
        assert field.toPlainText() == ""
        QTest.keyClicks(field, "Three of *them*")
        QTest.keyClick(field, Qt.Key.Key_Return)
        await scenes.settled()
        assert asked(window) == [("edit", 3, "Three of *them*", ())]
        assert window.chat.composer.context is None


async def test_a_caption_has_its_own_limit(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    async with gallery_window(open_window, tmp_path) as window:
        window._client.actions = scenes.RecordedActions()  # type: ignore[assignment]
        QTest.keyClick(window.chat.bar.field, Qt.Key.Key_Up)
        field = window.chat.bar.field
        assert window.chat.bar.context._title.text() == "Edit caption"
        field.setPlainText("x" * (MAX_CAPTION_CHARS + 2))
        QTest.keyClick(field, Qt.Key.Key_Return)
        assert "2 characters too long" in window.chat.bar._words.text()
        await scenes.settled()
        assert asked(window) == []
