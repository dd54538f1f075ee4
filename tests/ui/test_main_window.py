"""The window, used as a person uses it."""

import gc
import weakref

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QEnterEvent, QGuiApplication, QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from desktop_chat.core.changes import CacheReset, ConnectionChanged
from desktop_chat.core.models import ConnectionPhase, ConnectionState, Page, SendState
from desktop_chat.store.database import StoreError
from desktop_chat.ui.account_view import AccountView
from desktop_chat.viewmodels.search import FoundMessage, Heading
from tests.ui import scenes
from tests.ui.conftest import OpenWindow


def type_into(window: AccountView, text: str) -> None:
    QTest.keyClicks(window.chat.bar.field, text)


async def test_the_list_is_there_before_anything_is_asked(
    qapp: QApplication, open_window: OpenWindow
) -> None:
    async with open_window(scenes.living()) as window:
        assert window.conversations.rowCount() == 13
        assert window.conversations.describe(1).title == "Alice Example"
        assert window.window().windowTitle() == "(7) desktop-chat"


async def test_return_sends_and_empties_the_field(qapp: QApplication, open_window: OpenWindow) -> None:
    async with open_window(scenes.living()) as window:
        window.show_conversation(1)
        type_into(window, "On my way")
        QTest.keyClick(window.chat.bar.field, Qt.Key.Key_Return)
        await scenes.settled()
        model = window.chat.timeline_model
        assert model is not None
        last = model.row(model.rowCount() - 1)
        assert (last.message.body, last.state, last.own) == ("On my way", SendState.PENDING, True)
        assert window.chat.bar.field.toPlainText() == ""
        assert window.chat.timeline.at_end
        row = window.conversations.describe(1)
        assert (row.prefix, row.preview, row.own_state) == ("You: ", "On my way", SendState.PENDING)


async def test_shift_return_breaks_the_line(qapp: QApplication, open_window: OpenWindow) -> None:
    async with open_window(scenes.living()) as window:
        window.show_conversation(1)
        before = window.chat.bar.field.height()
        type_into(window, "one")
        QTest.keyClick(window.chat.bar.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
        type_into(window, "two")
        await scenes.settled()
        assert window.chat.bar.field.toPlainText() == "one\ntwo"
        assert window.chat.bar.field.height() > before


async def test_return_in_a_composition_does_not_send(qapp: QApplication, open_window: OpenWindow) -> None:
    async with open_window(scenes.living()) as window:
        window.show_conversation(1)
        model = window.chat.timeline_model
        assert model is not None
        rows = model.rowCount()
        field = window.chat.bar.field
        type_into(window, "a")
        QApplication.sendEvent(field, QInputMethodEvent("ni", []))
        QTest.keyClick(field, Qt.Key.Key_Return)
        await scenes.settled()
        assert model.rowCount() == rows


async def test_a_draft_is_kept_per_conversation(qapp: QApplication, open_window: OpenWindow) -> None:
    async with open_window(scenes.living()) as window:
        window.show_conversation(1)
        type_into(window, "half a thou")
        window.show_conversation(3)
        await scenes.settled()
        assert window.chat.bar.field.toPlainText() == ""
        assert window.conversations.describe(1).prefix == "Draft: "
        window.show_conversation(1)
        assert window.chat.bar.field.toPlainText() == "half a thou"


async def test_what_is_too_long_stays_and_says_so(qapp: QApplication, open_window: OpenWindow) -> None:
    async with open_window(scenes.living()) as window:
        window.show_conversation(1)
        window.chat.bar.field.setPlainText("x" * 16_001)
        QTest.keyClick(window.chat.bar.field, Qt.Key.Key_Return)
        await scenes.settled()
        assert len(window.chat.bar.field.toPlainText()) == 16_001
        assert window.chat.bar._words.text() == "1 character too long to send in one message"
        assert window.chat.bar._words.isVisible()


async def test_retry_and_discard_by_keyboard(qapp: QApplication, open_window: OpenWindow) -> None:
    scene = scenes.living()
    scene.echo(1, "again please", scenes.NOW_MS, failed="Too fast")
    async with open_window(scene) as window:
        window.show_conversation(1)
        model = window.chat.timeline_model
        assert model is not None
        rows = model.rowCount()
        window.chat.timeline.setFocus()
        QTest.keyClick(window.chat.timeline, Qt.Key.Key_End)
        QTest.keyClick(window.chat.timeline, Qt.Key.Key_Return)
        await scenes.settled()
        assert model.message(rows - 1).state is SendState.PENDING
        QTest.keyClick(window.chat.timeline, Qt.Key.Key_Delete)
        await scenes.settled()
        assert model.rowCount() == rows - 1


async def test_discard_by_mouse(qapp: QApplication, open_window: OpenWindow) -> None:
    scene = scenes.living()
    scene.echo(1, "never mind", scenes.NOW_MS, failed="Too fast")
    async with open_window(scene) as window:
        window.show_conversation(1)
        await scenes.settled()
        view = window.chat.timeline
        placed = view.placed[-1]
        spot = view.layout_of(placed.row).discard_rect.center() + QPoint(0, placed.top)
        rows = view.model.rowCount() if view.model else 0
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=spot)
        await scenes.settled()
        assert view.model is not None
        assert view.model.rowCount() == rows - 1


async def test_text_is_chosen_by_mouse_and_copied(qapp: QApplication, open_window: OpenWindow) -> None:
    async with open_window(scenes.living()) as window:
        window.show_conversation(1)
        await scenes.settled()
        view = window.chat.timeline
        placed = view.placed[-1]
        layout = view.layout_of(placed.row)
        start = layout.bubble.topLeft() + QPoint(12, 18 + placed.top)
        QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=start + QPoint(12, 0))
        assert view.selected_text() == "Perfect"
        QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=start)
        QTest.mouseMove(view.viewport(), start + QPoint(5_000, 0))
        view.copy()
        QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=start)
        assert QGuiApplication.clipboard().text().startswith("Perfect")


async def test_search_finds_and_jumps_into_context(qapp: QApplication, open_window: OpenWindow) -> None:
    scene = scenes.Scene()
    lines = [(1, f"line {n} needle" if n == 7 else f"line {n}", scenes.NOW_MS - n) for n in range(500)]
    scene.direct(1, "Alice Example", lines)
    async with open_window(scene) as window:
        keys = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        QTest.keyClick(window, Qt.Key.Key_F, keys)
        window.sidebar.field.setText("eedle")
        for _ in range(5):
            await scenes.settled()
        entries = [window.search.entry(row) for row in range(window.search.rowCount())]
        assert isinstance(entries[0], Heading)
        hit = entries[1]
        assert isinstance(hit, FoundMessage)
        assert hit.excerpt[hit.start : hit.end] == "eedle"
        window.sidebar.results.choose_first()
        await scenes.settled()
        view = window.chat.timeline
        assert view.model is not None
        shown = [view.model.message(placed.row).body for placed in view.placed]
        assert "line 7 needle" in shown
        assert not view.at_end


async def test_going_to_the_search_field_prepares_the_first_key(
    qapp: QApplication, open_window: OpenWindow
) -> None:
    async with open_window(scenes.living()) as window:
        assert window.search._folded == {}
        window._search_all()
        await scenes.settled()
        assert len(window.search._folded) == 13
        assert not window.search._prepare_timer.isActive()


async def test_a_search_that_finds_nothing_says_so(qapp: QApplication, open_window: OpenWindow) -> None:
    async with open_window(scenes.living()) as window:
        window._search_all()
        window.sidebar.field.setText("nothing like it")
        for _ in range(5):
            await scenes.settled()
        assert window.search.rowCount() == 0
        assert window.sidebar.results._words.isVisible()
        QTest.keyClick(window.sidebar.field, Qt.Key.Key_Escape)
        assert window.search.query == ""


async def test_unread_is_read_only_when_looked_at(qapp: QApplication, open_window: OpenWindow) -> None:
    async with open_window(scenes.living()) as window:
        window.chat.set_active(False)
        window.show_conversation(2)
        await scenes.settled()
        assert not window.is_looking_at(2)
        assert window.conversations.describe(2).unread == 1
        window.chat.set_active(True)
        for _ in range(4):
            await scenes.settled()
        assert window.is_looking_at(2)
        assert window.conversations.describe(2).unread == 0
        assert window.total_unread == 6


async def test_a_damaged_cache_is_said(
    qapp: QApplication, open_window: OpenWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(conversation_id: int, limit: int) -> Page:
        raise StoreError("database disk image is malformed")

    async with open_window(scenes.living()) as window:
        window.show_conversation(1)
        with monkeypatch.context() as patch:
            patch.setattr(window._client, "newest", damaged)
            window.show_conversation(2)
            await scenes.settled()
            words = "The messages on this device cannot be read: database disk image is malformed."
            assert window.chat._unreadable.text() == words
            assert window.chat._unreadable.isVisible()
            assert not window.chat.timeline.isVisible()
            assert window.chat.conversation_id == 2
        window.feed._collect(CacheReset([]))
        await scenes.settled()
        assert window.chat.timeline.isVisible()
        assert not window.chat._unreadable.isVisible()


async def test_alt_down_goes_through_the_list(qapp: QApplication, open_window: OpenWindow) -> None:
    async with open_window(scenes.living()) as window:
        window.show_conversation(1)
        window._go_down()
        assert window.chat.conversation_id == 2
        window._go_up()
        assert window.chat.conversation_id == 1
        window._go_up()
        assert window.chat.conversation_id == 1


async def test_a_narrow_window_shows_one_pane(qapp: QApplication, open_window: OpenWindow) -> None:
    async with open_window(scenes.living()) as window:
        window.window().resize(420, 700)
        window.show_conversation(1)
        await scenes.settled()
        assert window.width() == 420
        assert window.chat.isVisible()
        assert not window.sidebar.isVisible()
        QTest.mouseClick(window.chat.header.back, Qt.MouseButton.LeftButton)
        assert window.sidebar.isVisible()
        assert not window.chat.isVisible()
        # Whether one is connected is said beside the list as well.
        window.connection.take([ConnectionChanged(ConnectionState(ConnectionPhase.OFFLINE, "Away."))])
        pill = window.chat.pill
        assert pill.isVisible()
        assert pill.parent() is window.sidebar
        assert window.sidebar.rect().contains(pill.geometry())
        window.window().resize(400, 500)
        await scenes.settled()
        assert window.sidebar.rect().contains(pill.geometry())
        window.window().resize(1000, 700)
        await scenes.settled()
        assert pill.isVisible()
        assert window.chat.isAncestorOf(pill)
        assert window.chat.isVisible()
        assert window.sidebar.isVisible()


async def test_offline_is_said_and_nobody_is_online(qapp: QApplication, open_window: OpenWindow) -> None:
    async with open_window(scenes.living()) as window:
        window.show_conversation(1)
        assert window.conversations.describe(1).online
        assert not window.chat.pill.isVisible()
        window.connection.take(
            [ConnectionChanged(ConnectionState(ConnectionPhase.OFFLINE, "The server is away."))]
        )
        assert not window.conversations.describe(1).online
        assert window.chat.pill.isVisible()
        assert window.chat.pill.accessibleName() == "Offline"
        assert window.chat.header.presence.text() == ""
        assert window.chat.bar.field.isEnabled()
        window.connection.take([ConnectionChanged(ConnectionState(ConnectionPhase.ONLINE))])
        assert window.conversations.describe(1).online
        assert not window.chat.pill.isVisible()


async def test_offline_is_said_where_no_conversation_is_open(
    qapp: QApplication, open_window: OpenWindow
) -> None:
    async with open_window(scenes.living()) as window:
        pill = window.chat.pill
        window.connection.take([ConnectionChanged(ConnectionState(ConnectionPhase.SIGNED_OUT))])
        assert pill.isVisible()
        window.resize(window.width() + 100, window.height())
        await scenes.settled()
        assert abs(pill.geometry().center().x() - window.chat.width() // 2) <= 2
        window.show_conversation(1)
        assert pill.isVisible()
        window.chat.close_conversation()
        assert pill.isVisible()
        window.connection.take([ConnectionChanged(ConnectionState(ConnectionPhase.ONLINE))])
        assert not pill.isVisible()


async def test_the_keyboard_begins_at_the_list(qapp: QApplication, open_window: OpenWindow) -> None:
    async with open_window(scenes.living()) as window:
        assert window.window().focusWidget() is window.sidebar.list
        window.sidebar.field.setFocus()
        QTest.keyClick(window.sidebar.field, Qt.Key.Key_Escape)
        assert window.window().focusWidget() is window.sidebar.list


async def test_another_look_repaints(qapp: QApplication, open_window: OpenWindow) -> None:
    async with open_window(scenes.living()) as window:
        window.show_conversation(1)
        await scenes.settled()
        light = window.grab().toImage()
        window._settings.update(theme="dark")
        window.settings_changed.emit()
        await scenes.settled()
        dark = window.grab().toImage()
        window._settings.update(theme="light")
        window.settings_changed.emit()
        at = window.chat.timeline.mapTo(window, QPoint(6, 200))
        assert light.pixelColor(at).lightness() > 200
        assert dark.pixelColor(at).lightness() < 40


async def test_opening_a_hundred_conversations_leaves_no_widget(
    qapp: QApplication, open_window: OpenWindow
) -> None:
    scene = scenes.Scene()
    for id_ in range(1, 101):
        scene.direct(id_, f"Person {id_}", [(1, "hello", scenes.NOW_MS - id_)])
    async with open_window(scene) as window:
        window.show_conversation(1)
        await scenes.settled()
        widgets = len(QApplication.allWidgets())
        models = []
        for id_ in range(2, 101):
            window.show_conversation(id_)
            models.append(weakref.ref(window.chat.timeline_model))
        window.show_conversation(1)
        await scenes.settled()
        await scenes.settled()
        gc.collect()
        assert len(QApplication.allWidgets()) == widgets
        assert [model for model in models if model() is not None] == []


async def test_who_was_signed_out_is_offered_to_sign_in(qapp: QApplication, open_window: OpenWindow) -> None:
    async with open_window(scenes.living()) as window:
        window.show_conversation(1)
        window.connection.take([ConnectionChanged(ConnectionState(ConnectionPhase.SIGNED_OUT))])
        asked: list[bool] = []
        window.sign_in_requested.connect(lambda: asked.append(True))
        button = next(each for each in window.chat.pill.findChildren(QPushButton) if each.text() == "Sign in")
        assert button.isVisible()
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        assert asked == [True]
        window.connection.take([ConnectionChanged(ConnectionState(ConnectionPhase.ONLINE))])
        assert not button.isVisible()


async def test_what_lays_out_links_is_loaded_on_the_way_to_a_conversation(
    qapp: QApplication, open_window: OpenWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared: list[str] = []
    monkeypatch.setattr("desktop_chat.viewmodels.links.prepare", lambda: prepared.append("links"))
    async with open_window(scenes.living()) as window:
        for _ in range(2):
            at = QPointF(10, 10)
            QApplication.sendEvent(window.sidebar.list, QEnterEvent(at, at, at))
            while not prepared:
                await scenes.settled()
        assert prepared == ["links"]
