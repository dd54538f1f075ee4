"""Everything that somebody with bad intentions could write, on every screen: shown as text, or refused in
words. How long its frames take is measured by ``benchmarks/client_hostile``."""

import unicodedata
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QMessageBox, QWidget

from desktop_chat.ui.account_view import AccountView
from desktop_chat.ui.info_dialog import InfoDialog
from desktop_chat.ui.message_layout import MessageLayout
from desktop_chat.ui.pictures import Wanted
from desktop_chat.ui.settings_dialog import SettingsDialog
from desktop_chat.ui.switcher_dialog import SwitcherDialog
from tests.ui import hostile, scenes
from tests.ui.conftest import OpenWindow

_CONTROLS = {chr(mark) for mark in (*range(0x20), *range(0x7F, 0xA0))}
_OVERRIDES = set("\u202d\u202e")
"""Embeddings and isolates remain in what is said: some write their tongue with them. Names have none."""
_IN_NAMES = _CONTROLS | _OVERRIDES | {chr(mark) for mark in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}
_IN_TEXT = _CONTROLS - {"\t", "\n"} | _OVERRIDES
_MARKS_MAX = 8
"""Marks upon one letter that any living script has."""


def labels(parent: QWidget) -> Iterator[QLabel]:
    return (each for each in parent.findChildren(QLabel) if each.text())


def check_words(parent: QWidget) -> None:
    """Nothing that is not the app's own is taken for markup, and nothing acts."""
    for label in labels(parent):
        assert label.textFormat() is Qt.TextFormat.PlainText, label.text()[:80]
        assert not set(label.text()) & _IN_TEXT, label.text()[:80]
    for box in parent.findChildren(QMessageBox):
        assert box.textFormat() is Qt.TextFormat.PlainText


def longest_run_of_marks(text: str) -> int:
    longest = run = 0
    for each in text:
        run = run + 1 if unicodedata.category(each) in ("Mn", "Me") else 0
        longest = max(longest, run)
    return longest


def check_layout(layout: MessageLayout, screen_px: int) -> None:
    """Short enough to scroll past, with no pile of marks."""
    assert layout.height < 2.3 * screen_px
    shown = layout.block.layout.text()
    assert len(shown) <= 4_100
    assert longest_run_of_marks(shown) <= _MARKS_MAX
    assert not set(shown) & _IN_TEXT


async def test_every_conversation_shows_text(qapp: QApplication, open_window: OpenWindow) -> None:
    async with open_window(hostile.hostile()) as view:
        for number in range(1, len(hostile.TEXTS) + 1):
            view.show_conversation(number)
            await scenes.settled()
            assert not view.window().grab().isNull()
            check_words(view)
            for row in range(2):
                check_layout(view.chat.timeline.layout_of(row), 800)
        titles = [view.conversations.describe(each).title for each in range(1, len(hostile.TEXTS) + 1)]
        assert not set("".join(titles)) & _IN_NAMES
        assert titles[0].startswith("<b>bold</b>")


async def test_a_group_of_such_people_shows_text(qapp: QApplication, open_window: OpenWindow) -> None:
    async with open_window(hostile.hostile()) as view:
        view.show_conversation(hostile.GROUP)
        await scenes.settled()
        timeline, model = view.chat.timeline, view.chat.timeline_model
        assert model is not None
        timeline.go_to_start()
        for row in range(model.rowCount()):
            timeline.focus_on(row)
            check_layout(timeline.layout_of(row), 800)
            assert not set(model.row(row).spoken("Eve")) & _IN_TEXT
            assert not timeline.grab().isNull()
        names = [each.name for row in range(model.rowCount()) for each in model.row(row).files]
        assert len(names) == len(hostile.FILE_NAMES) - 1  # the longest is none that anybody could have sent
        for name in names:
            assert name.strip()
            assert not set(name) & (_IN_NAMES | set("/\\<>:"))
        check_words(view)


async def test_every_dialog_shows_text(qapp: QApplication, open_window: OpenWindow) -> None:
    async with open_window(hostile.hostile()) as view:
        view.show_conversation(hostile.GROUP)
        for open_it, kind in (
            (view._show_info, InfoDialog),
            (view._switch, SwitcherDialog),
            (view.show_settings, SettingsDialog),
            (view._show_starred, QDialog),
            (view.interactions.begin_chat, QDialog),
        ):
            open_it()
            await scenes.settled()
            dialog = dialog_of(view, kind)
            assert not dialog.grab().isNull()
            check_words(dialog)
            dialog.close()
            await scenes.settled()


async def test_what_is_found_shows_text(qapp: QApplication, open_window: OpenWindow) -> None:
    async with open_window(hostile.hostile()) as view:
        for query in (
            "b",
            "<b>",
            "W" * 200,
            "\u0335",
            "\u202e",
            "*",
            "from:eve0 <",
            "(" * 64,
            '"',
            "a'; DROP",
        ):
            view.sidebar.field.setText(query)
            for _ in range(5):
                await scenes.settled()
            assert not view.sidebar.grab().isNull()
            check_words(view.sidebar)


async def test_a_picture_that_would_burst_is_refused_in_words(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    path = tmp_path / "bomb.png"
    hostile.bomb(path)
    assert path.stat().st_size < 1_000_000
    async with open_window(scenes.living()) as view:
        view.show_conversation(1)
        pictures = view.chat.timeline.pictures
        assert pictures.get(Wanted(str(path), 200, 200)) is None
        while not pictures.refusal(str(path)):
            await scenes.settled()
        assert "large" in pictures.refusal(str(path))
        # It can be sent as a file all the same: as bytes it harms nobody.
        pasted = QMimeData()
        pasted.setUrls([QUrl.fromLocalFile(str(path))])
        view.chat.attaching.take(pasted)
        await scenes.settled()
        assert view.chat.attaching.dialog is not None
        check_words(view.chat.attaching.dialog)


def dialog_of(view: AccountView, kind: type[QDialog]) -> QDialog:
    return next(each for each in reversed(view.findChildren(kind)) if each.isVisible())
