"""Dialogs: opened, never waited for; gone when they are closed."""

import gc
from collections import Counter
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QDialog,
    QMessageBox,
    QPlainTextEdit,
    QProxyStyle,
    QPushButton,
    QStyle,
    QStyleHintReturn,
    QStyleOption,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from desktop_chat.ui.account_view import AccountView
from desktop_chat.ui.link_dialog import LinkDialog
from desktop_chat.ui.new_chat_dialog import NewChatDialog
from desktop_chat.ui.plain_label import PlainLabel
from desktop_chat.ui.text_dialog import TextDialog
from desktop_chat.ui.theme import Theme
from desktop_chat.viewmodels.message_actions import QUICK_REACTIONS
from tests.ui import scenes
from tests.ui.conftest import OpenWindow

# Qt's offscreen platform says so of every dialog.
pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)


@pytest.fixture
def dark(look: Theme) -> Iterator[None]:
    look.choose("dark")
    yield
    look.choose("light")


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
        told = [each.text() for each in only_dialog(window).findChildren(PlainLabel)]
        assert f"1, …, {len(QUICK_REACTIONS)}, +" in told
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


async def test_the_keyboard_begins_at_no_harm(qapp: QApplication, open_window: OpenWindow) -> None:
    async with open_window(scenes.living()) as window:
        asked: list[bool] = []
        window.sign_out_requested.connect(asked.append)
        window._ask_to_sign_out()
        box = only_dialog(window)
        assert isinstance(box, QMessageBox)
        QTest.qWaitForWindowActive(box)
        forget = box.checkBox()
        assert forget is not None
        focus = box.focusWidget()
        assert isinstance(focus, QPushButton)
        assert focus.text() == "Sign out"
        QTest.keyClick(focus, Qt.Key.Key_Space)
        assert asked == [False]


class Iconic(QProxyStyle):
    """A desktop whose buttons have icons, which offscreen there is none of."""

    def styleHint(
        self,
        hint: QStyle.StyleHint,
        option: QStyleOption | None = None,
        widget: QWidget | None = None,
        returned: QStyleHintReturn | None = None,
    ) -> int:
        if hint is QStyle.StyleHint.SH_DialogButtonBox_ButtonsHaveIcons:
            return 1
        return super().styleHint(hint, option, widget, returned)


@pytest.fixture
def iconic(qapp: QApplication) -> Iterator[None]:
    qapp.setStyle(Iconic("Fusion"))
    yield
    qapp.setStyle("Fusion")


async def test_no_button_of_a_dialog_has_an_icon_of_its_desktop(
    qapp: QApplication, open_window: OpenWindow, iconic: None
) -> None:
    async with open_window(scenes.living()) as window:
        window._ask_to_sign_out()
        window._show_about()
        buttons = [
            button for box in window.findChildren(QMessageBox) for button in box.findChildren(QPushButton)
        ]
        assert {each.text() for each in buttons} >= {"Sign out", "Cancel", "OK"}
        assert [each.text() for each in buttons if not each.icon().isNull()] == []


def test_a_choice_is_seen_and_so_is_the_keyboard_on_it(
    qapp: QApplication, look: Theme, qtbot: QtBot, dark: None
) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    column = QVBoxLayout(parent)
    plain, ticked = (QCheckBox("Notice board", parent) for _ in range(2))
    other = QPushButton("Go on", parent)
    for each in (plain, ticked, other):
        column.addWidget(each)
    parent.show()
    qtbot.waitUntil(parent.isActiveWindow)
    QTest.keyClick(ticked, Qt.Key.Key_Space)
    other.setFocus()
    without = [dots(box) for box in (plain, ticked)]
    tokens = look.tokens
    square, tick = (without[1][color] - without[0][color] for color in (tokens.badge.lower(), "#ffffff"))
    assert square > 100
    assert tick > 10
    for box, before in zip((plain, ticked), without, strict=True):
        box.setFocus()
        # Whatever its state, all around it.
        ring = tokens.accent.lower()
        assert dots(box)[ring] - before[ring] > 2 * (box.width() + box.height())


def test_one_ring_is_drawn_around_what_has_the_keyboard(
    qapp: QApplication, look: Theme, qtbot: QtBot
) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    column = QVBoxLayout(parent)
    first, second = QPushButton("Delete", parent), QPushButton("Cancel", parent)
    column.addWidget(first)
    column.addWidget(second)
    parent.show()
    qtbot.waitUntil(parent.isActiveWindow)
    first.setFocus()
    inside = second.rect().adjusted(12, 3, -12, -3)
    before = second.grab(inside).toImage()
    QTest.keyClick(first, Qt.Key.Key_Tab)
    assert second.hasFocus()
    assert second.grab(inside).toImage() == before


def dots(widget: QWidget) -> Counter[str]:
    """How many of its dots have which colour."""
    image = widget.grab().toImage()
    return Counter(image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height()))


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
