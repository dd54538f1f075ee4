"""Finding words in a chat, searching everything with filters, and going somewhere by name."""

from datetime import date

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop_chat.core.changes import ConversationRemoved
from desktop_chat.ui.account_view import AccountView
from desktop_chat.ui.day_dialog import DayDialog
from desktop_chat.ui.switcher_dialog import SwitcherDialog
from desktop_chat.ui.theme import Theme
from desktop_chat.viewmodels import times
from desktop_chat.viewmodels.conversation_list import ConversationRole
from desktop_chat.viewmodels.search import FoundMessage
from tests.ui import scenes
from tests.ui.conftest import OpenWindow

# Qt's offscreen platform says so of every dialog.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


async def searched() -> None:
    for _ in range(5):
        await scenes.settled()


def long_scene() -> scenes.Scene:
    scene = scenes.Scene()
    places = {3: "Straße one", 200: "STRASSE two", 390: "the strasse three"}
    lines = [(1, places.get(n, f"line {n}"), scenes.NOW_MS - (400 - n) * 1000) for n in range(400)]
    scene.direct(1, "Alice Example", lines)
    scene.direct(2, "Bob", [(1, "another Straße", scenes.NOW_MS)])
    return scene


def marked(window: AccountView) -> str:
    view = window.chat.timeline
    assert view.model is not None
    row = view.model.row_of(view._marked)
    return view.model.message(row).body if row >= 0 else ""


async def test_find_goes_from_place_to_place(qapp: QApplication, open_window: OpenWindow) -> None:
    async with open_window(long_scene()) as window:
        window.show_conversation(1)
        QTest.keyClick(window, Qt.Key.Key_F, CTRL)
        bar = window.chat.find_bar
        assert bar.isVisible()
        QTest.keyClicks(bar.field, "strasse")
        await searched()
        assert bar.words.text() == "1 of 3"
        assert marked(window) == "the strasse three"
        places = []
        for modifiers in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.NoModifier, SHIFT):
            QTest.keyClick(bar.field, Qt.Key.Key_Return, modifiers)
            await searched()
            places.append((bar.words.text(), marked(window)))
        assert places == [("2 of 3", "STRASSE two"), ("3 of 3", "Straße one"), ("2 of 3", "STRASSE two")]
        view = window.chat.timeline
        assert view.model is not None
        layout = view.layout_of(view.model.row_of(view._marked))
        [(start, end)] = layout.block.places_of("strasse")
        assert layout.text[start:end] == "STRASSE"
        QTest.keyClick(bar.field, Qt.Key.Key_Escape)
        assert not bar.isVisible()
        assert view._marked_words == ""


async def test_find_says_when_there_is_nothing(qapp: QApplication, open_window: OpenWindow) -> None:
    async with open_window(long_scene()) as window:
        window.show_conversation(1)
        window.chat.open_find()
        QTest.keyClicks(window.chat.find_bar.field, "xyzzy")
        await searched()
        assert window.chat.find_bar.words.text() == "Nothing found"
        window.show_conversation(2)
        assert not window.chat.find_bar.isVisible()


@pytest.mark.parametrize(
    ("query", "bodies"),
    [
        ("strasse in:bob", ["another Straße"]),
        ("from:me", []),
        ("in:alice before:2020-01-01", []),
        ("strasse from:alice", ["the strasse three", "STRASSE two", "Straße one"]),
        ("ß in:bob", ["another Straße"]),
    ],
)
async def test_a_search_with_filters(
    qapp: QApplication, open_window: OpenWindow, query: str, bodies: list[str]
) -> None:
    async with open_window(long_scene()) as window:
        window.sidebar.field.setText(query)
        await searched()
        entries = [window.search.entry(row) for row in range(window.search.rowCount())]
        found = [each.excerpt for each in entries if isinstance(each, FoundMessage)]
        assert found == bodies


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("data sheet", "Ravi Sharma: …the data sheet"),
        ("meet at 18", "Clara Novák: …we meet at 18:00"),
        ("residuals", "You: Done, the residuals"),
        ("shared folder", "…icons are in the shared folder"),  # called as who writes in it
        ("cherries", "Buy cherries."),  # a note is one's own
    ],
)
async def test_a_search_says_who_wrote_what_it_finds(
    qapp: QApplication, open_window: OpenWindow, query: str, said: str
) -> None:
    async with open_window(scenes.lab()) as window:
        QTest.keyClicks(window.sidebar.field, query)
        await searched()
        entries = [window.search.entry(row) for row in range(window.search.rowCount())]
        found = [(row, each) for row, each in enumerate(entries) if isinstance(each, FoundMessage)]
        row, entry = found[0]
        assert f"{entry.prefix}{entry.excerpt}".startswith(said)
        assert said in window.search.index(row).data()
        assert marks(window, entry.conversation_id), "the match is seen beside the name"


async def test_a_filter_that_cannot_be_meant_is_said(qapp: QApplication, open_window: OpenWindow) -> None:
    async with open_window(long_scene()) as window:
        window.sidebar.field.setText("has:cheese")
        await searched()
        assert window.sidebar.results._words.text() == "“has:” knows link, file and picture."


async def test_the_search_says_how_far_it_reaches(qapp: QApplication, open_window: OpenWindow) -> None:
    scene = long_scene()
    with scene.database.transaction() as connection:
        connection.execute("UPDATE conversation SET held_from = 100 WHERE conversation_id = 1")
    async with open_window(scene) as window:
        window.sidebar.field.setText("strasse")
        await searched()
        assert window.sidebar.results._reach.isVisible()
        assert "one conversation" in window.sidebar.results._reach.text()


async def test_ctrl_k_goes_somewhere_by_name(qapp: QApplication, open_window: OpenWindow) -> None:
    async with open_window(scenes.lab()) as window:
        window.show_conversation(1)
        QTest.keyClick(window, Qt.Key.Key_K, CTRL)
        dialog = window.findChildren(SwitcherDialog)[-1]
        QTest.keyClicks(dialog.pick.field, "novak")
        assert dialog.pick.list.model().index(0, 0).data() == "Clara Novák"
        dialog.pick.field.clear()
        QTest.keyClicks(dialog.pick.field, "lab")
        QTest.keyClick(dialog.pick.field, Qt.Key.Key_Return)
        assert window.chat.conversation_id == 20


async def test_what_goes_while_the_switcher_is_open_is_no_error(
    qapp: QApplication, open_window: OpenWindow
) -> None:
    async with open_window(scenes.lab()) as window:
        QTest.keyClick(window, Qt.Key.Key_K, CTRL)
        dialog = window.findChildren(SwitcherDialog)[-1]
        QTest.keyClicks(dialog.pick.field, "lab")
        index = dialog.pick.list.model().index(0, 0)
        assert index.data() == "Optics lab 2"
        window._client._publish(ConversationRemoved(20))
        window.feed.flush()
        for role in (ConversationRole.ROW, Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            assert index.data(role) is None
        dialog.grab()


async def test_the_days_are_in_the_schemes_colours(
    qapp: QApplication, open_window: OpenWindow, look: Theme
) -> None:
    async with open_window(scenes.living()) as window:
        look.choose("dark")
        window.interactions.ask_for_day(1)
        dialog = window.findChildren(DayDialog)[-1]
        picture = dialog.grab().toImage()
        spots = [
            picture.pixelColor(x, y)
            for x in range(0, dialog.width(), 2)
            for y in range(0, dialog.height(), 2)
        ]
        panel = look.tokens.color("panel")
        assert sum(each == panel for each in spots) > len(spots) * 3 / 4
        assert not [each.name() for each in spots if each.red() > 150 and each.green() < 90], "Qt's weekend"
        look.choose("light")


async def test_a_day_is_gone_to(qapp: QApplication, open_window: OpenWindow) -> None:
    scene = scenes.Scene()
    day_ms = 24 * 60 * scenes.MINUTE_MS
    lines = [(1, f"day {n}", scenes.NOW_MS - (300 - n) * day_ms) for n in range(300)]
    scene.direct(1, "Alice Example", lines)
    async with open_window(scene) as window:
        window.interactions.ask_for_day(1)
        dialog = window.findChildren(DayDialog)[-1]
        wanted = times.local_date(scenes.NOW_MS - 250 * day_ms)
        dialog.calendar.setSelectedDate(wanted)
        QTest.keyClick(dialog.calendar, Qt.Key.Key_Return)
        await searched()
        assert marked(window) == "day 50"
        model = window.chat.timeline_model
        assert model is not None
        said: list[str] = []
        model.failed.connect(said.append)
        model.jump_to_day(date(2400, 1, 1))
        assert said == ["Nothing was written on that day or later."]


def marks(window: AccountView, conversation_id: int) -> list[int]:
    """The columns of a message's excerpt in which the mark is painted."""
    results = window.sidebar.results._list
    entries = [window.search.entry(row) for row in range(window.search.rowCount())]
    row = next(
        row
        for row, each in enumerate(entries)
        if isinstance(each, FoundMessage) and each.conversation_id == conversation_id
    )
    rect = results.visualRect(results.model().index(row, 0))
    picture = results.viewport().grab(rect).toImage()
    mark = window._look.tokens.color("mark")
    lower = rect.height() * 3 // 4
    rows = range(rect.height() // 2, lower)
    return [x for x in range(picture.width()) if any(picture.pixelColor(x, y) == mark for y in rows)]


async def test_the_match_is_marked_where_it_is_read(qapp: QApplication, open_window: OpenWindow) -> None:
    scene = scenes.Scene()
    scene.direct(1, "Alice Example", [(1, "**a** needle at the left of all of this", scenes.NOW_MS)])
    scene.direct(2, "Sara", [(1, "זה needle עם מילים אחרי זה", scenes.NOW_MS + 1)])
    async with open_window(scene) as window:
        QTest.keyClicks(window.sidebar.field, "needle")
        await searched()
        half = window.sidebar.results._list.viewport().width() / 2
        assert 0 < max(marks(window, 1)) < half, "the line begins at the left"
        assert min(marks(window, 2)) > half, "the line begins at the right"
        window.sidebar.field.clear()
        QTest.keyClicks(window.sidebar.field, "from:user101")
        await searched()
        assert marks(window, 1) == []
