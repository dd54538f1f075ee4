"""What helps to write: suggestions at the cursor, the emoji picker, Markdown by key."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton

from desktop_chat.ui.emoji_picker import EmojiPicker
from tests.ui import scenes
from tests.ui.conftest import OpenWindow

# Qt's offscreen platform says so of every popup.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

CTRL = Qt.KeyboardModifier.ControlModifier
GROUP = 20


async def test_a_mention_is_completed_and_travels(qapp: QApplication, open_window: OpenWindow) -> None:
    async with open_window(scenes.lab()) as window:
        window._client.actions = scenes.RecordedActions()  # type: ignore[assignment]
        window.show_conversation(GROUP)
        bar = window.chat.bar
        QTest.keyClicks(bar.field, "ask @cla")
        assert bar.popup.isVisible()
        QTest.keyClick(bar.field, Qt.Key.Key_Return)
        assert bar.field.toPlainText() == "ask @clara "
        assert not bar.popup.isVisible()
        QTest.keyClicks(bar.field, "and @")
        assert bar.popup.list.count() == 3
        QTest.keyClick(bar.field, Qt.Key.Key_Down)
        QTest.keyClick(bar.field, Qt.Key.Key_Tab)
        assert bar.field.toPlainText() == "ask @clara and @clara "
        QTest.keyClick(bar.field, Qt.Key.Key_Return)
        await scenes.settled()
        [*_, sent] = window._client.newest(GROUP, 1).messages
        assert sent.extra is not None
        assert sent.extra.mentions == (108,)
        model = window.chat.timeline_model
        assert model is not None
        row = model.row(model.rowCount() - 1)
        assert [row.text.text[each.start : each.end] for each in row.text.spans] == ["@clara", "@clara"]


async def test_escape_closes_the_suggestions_and_nothing_else(
    qapp: QApplication, open_window: OpenWindow
) -> None:
    async with open_window(scenes.lab()) as window:
        window.show_conversation(GROUP)
        bar = window.chat.bar
        QTest.keyClicks(bar.field, "@al")
        assert bar.popup.isVisible()
        QTest.keyClick(bar.field, Qt.Key.Key_Escape)
        assert not bar.popup.isVisible()
        assert bar.field.toPlainText() == "@al"


async def test_a_code_becomes_its_emoji(qapp: QApplication, open_window: OpenWindow) -> None:
    async with open_window(scenes.living()) as window:
        window.show_conversation(1)
        field = window.chat.bar.field
        field.insert("😀 well ")
        QTest.keyClicks(field, ":+1:")
        assert field.toPlainText() == "😀 well 👍"
        QTest.keyClicks(field, " :tad")
        QTest.keyClick(field, Qt.Key.Key_Return)
        assert field.toPlainText() == "😀 well 👍 🎉"
        assert window._settings.current.recent_emoji == ["🎉", "👍"]


async def test_the_picker_finds_by_name_and_remembers(qapp: QApplication, open_window: OpenWindow) -> None:
    async with open_window(scenes.living()) as window:
        window.show_conversation(1)
        QTest.keyClick(window, Qt.Key.Key_Period, CTRL)
        picker = window.findChildren(EmojiPicker)[-1]
        QTest.keyClicks(picker.field, "thumbs up")
        hand = next(each for each in picker.findChildren(QToolButton) if each.toolTip() == "Skin tone")
        hand.click()
        QTest.keyClick(picker.field, Qt.Key.Key_Return)
        assert window.chat.bar.field.toPlainText() == "👍🏻"
        assert window._settings.current.skin_tone == 1
        await scenes.settled()
        window.chat.bar.open_emoji()
        picker = window.findChildren(EmojiPicker)[-1]
        assert picker.model.text(0) == "👍🏻"
        spot = picker.grid.visualRect(picker.model.index(1)).center()
        QTest.mouseClick(picker.grid.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(spot))
        assert window.chat.bar.field.toPlainText() == "👍🏻😀"


@pytest.mark.parametrize(
    ("key", "modifiers", "expected"),
    [
        (Qt.Key.Key_B, CTRL, "say **it** twice"),
        (Qt.Key.Key_I, CTRL, "say *it* twice"),
        (Qt.Key.Key_E, CTRL, "say `it` twice"),
        (Qt.Key.Key_X, CTRL | Qt.KeyboardModifier.ShiftModifier, "say ~~it~~ twice"),
    ],
)
async def test_markdown_by_key(
    qapp: QApplication, open_window: OpenWindow, key: Qt.Key, modifiers: Qt.KeyboardModifier, expected: str
) -> None:
    async with open_window(scenes.living()) as window:
        window.show_conversation(1)
        field = window.chat.bar.field
        QTest.keyClicks(field, "say it twice")
        cursor = field.textCursor()
        cursor.setPosition(4)
        cursor.setPosition(6, cursor.MoveMode.KeepAnchor)
        field.setTextCursor(cursor)
        QTest.keyClick(field, key, modifiers)
        assert field.toPlainText() == expected
        assert field.textCursor().selectedText() == "it"


BOLD, ITALIC, CODE = (Qt.Key.Key_B, CTRL), (Qt.Key.Key_I, CTRL), (Qt.Key.Key_E, CTRL)
STRIKE = (Qt.Key.Key_X, CTRL | Qt.KeyboardModifier.ShiftModifier)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([BOLD, BOLD, "x"], "x"),
        ([BOLD, "x", BOLD, "y"], "**x**y"),
        ([BOLD, ITALIC, "x", ITALIC, "y", BOLD, "z"], "***x*y**z"),
        ([BOLD, ITALIC, ITALIC, "x"], "**x**"),
        ([BOLD, ITALIC, BOLD, "x"], "*x*"),
        (["2 * 3 ", ITALIC, "x", ITALIC, "y"], "2 * 3 *x*y"),
        ([CODE, "😀", CODE, " ", CODE, CODE, "y"], "`😀` y"),
        ([STRIKE, "x", STRIKE, STRIKE, STRIKE, "y"], "~~x~~y"),
        ([BOLD, "x", BOLD, " and ", BOLD, "y"], "**x** and **y**"),
        ([BOLD, "x", BOLD, Qt.Key.Key_Home, BOLD, "y"], "**y****x**"),
    ],
)
async def test_the_same_key_again_ends_what_it_began(
    qapp: QApplication, open_window: OpenWindow, steps: list[object], expected: str
) -> None:
    async with open_window(scenes.living()) as window:
        window.show_conversation(1)
        field = window.chat.bar.field
        for step in steps:
            if isinstance(step, str):
                field.insert(step)
            elif isinstance(step, tuple):
                QTest.keyClick(field, *step)
            else:
                QTest.keyClick(field, step)  # type: ignore[call-overload]
        assert field.toPlainText() == expected


async def test_what_is_still_chosen_loses_its_marks_again(
    qapp: QApplication, open_window: OpenWindow
) -> None:
    async with open_window(scenes.living()) as window:
        window.show_conversation(1)
        field = window.chat.bar.field
        QTest.keyClicks(field, "say it")
        field.selectAll()
        for key, modifiers in (BOLD, ITALIC, BOLD, ITALIC):
            QTest.keyClick(field, key, modifiers)
        assert field.toPlainText() == "say it"
        assert field.textCursor().selectedText() == "say it"
