"""What is done with messages by mouse and by key, in a group where everything happens."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import combinations

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox, QPushButton, QToolButton

from desktop_chat.core.changes import MessageChanged, MessageRemoved
from desktop_chat.protocol.records import Content, Receipt, Star, Version
from desktop_chat.services.errors import ClientError
from desktop_chat.store import sync_state
from desktop_chat.ui.account_view import AccountView
from desktop_chat.ui.emoji_picker import EmojiPicker
from desktop_chat.ui.facts_dialog import BrokenText, FactsDialog
from desktop_chat.ui.forward_dialog import ForwardDialog
from desktop_chat.ui.message_menu import MessageMenu
from desktop_chat.ui.starred_dialog import StarredDialog
from desktop_chat.ui.timeline_view import TimelineView
from desktop_chat.viewmodels.message_actions import QUICK_REACTIONS, Fact
from tests.ui import scenes
from tests.ui.conftest import OpenWindow

# Qt's offscreen platform says so of every dialog and menu.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

GROUP = 20


@asynccontextmanager
async def lab_window(open_window: OpenWindow) -> AsyncIterator[AccountView]:
    """The group, open and all of it in sight."""
    async with open_window(scenes.lab()) as window:
        window._client.actions = scenes.RecordedActions()  # type: ignore[assignment]
        window.window().resize(1120, 1400)
        window.show_conversation(GROUP)
        await scenes.settled()
        yield window


def asked(window: AccountView) -> list[tuple[object, ...]]:
    return window._client.actions.asked  # type: ignore[attr-defined, no-any-return]


def row_of(view: TimelineView, seq: int) -> int:
    assert view.model is not None
    return next(row for row in range(view.model.rowCount()) if view.model.message(row).seq == seq)


def top_of(view: TimelineView, row: int) -> int:
    return next(each.top for each in view.placed if each.row == row)


def menu(view: TimelineView, seq: int) -> MessageMenu:
    """The menu of a message, opened by key."""
    view.setFocus()
    view.focus_on(row_of(view, seq))
    QTest.keyClick(view, Qt.Key.Key_Return)
    return view.window().findChildren(MessageMenu)[-1]


def choose(opened: MessageMenu, words: str) -> None:
    next(each for each in opened.actions() if each.text() == words).trigger()
    opened.close()


def offered(opened: MessageMenu) -> list[str]:
    return [each.text() for each in opened.actions() if each.text()]


async def test_what_is_offered_follows_the_rights(qapp: QApplication, open_window: OpenWindow) -> None:
    async with lab_window(open_window) as lab:
        view = lab.chat.timeline
        own = menu(view, 5)
        assert "Edit" in offered(own)
        assert "Earlier versions" in offered(own)
        assert "Unpin" in offered(own)
        own.close()
        theirs = menu(view, 7)
        assert "Edit" not in offered(theirs)
        assert "Delete for everyone…" in offered(theirs), "the owner of a group takes any message away"
        theirs.close()


def type_keys(opened: MessageMenu, *keys: Qt.Key) -> None:
    """Keys go to where the keyboard is in an open menu, as Qt has it."""
    for key in keys:
        QTest.keyClick(opened.focusWidget() or opened, key)


def reaction(opened: MessageMenu) -> str:
    """The reaction that has the keyboard."""
    button = opened.focusWidget()
    return button.accessibleName() if isinstance(button, QToolButton) else ""


async def test_reactions_are_reached_by_the_arrows(qapp: QApplication, open_window: OpenWindow) -> None:
    async with lab_window(open_window) as lab:
        opened = menu(lab.chat.timeline, 7)
        type_keys(opened, Qt.Key.Key_Down)
        assert reaction(opened) == f"React with {QUICK_REACTIONS[0]}"
        type_keys(opened, Qt.Key.Key_Left)
        assert reaction(opened) == "React with another emoji"
        type_keys(opened, Qt.Key.Key_Right, Qt.Key.Key_Right)
        assert reaction(opened) == f"React with {QUICK_REACTIONS[1]}"
        type_keys(opened, Qt.Key.Key_Down)
        assert reaction(opened) == ""
        assert opened.activeAction().text() == "Reply"
        type_keys(opened, Qt.Key.Key_Up, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Return)
        assert not opened.isVisible()
        await scenes.settled()
        assert asked(lab) == [("react", 7, QUICK_REACTIONS[2], True)]


@pytest.mark.usefixtures("right_to_left")
async def test_the_arrows_point_where_the_next_reaction_is(
    qapp: QApplication, open_window: OpenWindow
) -> None:
    async with lab_window(open_window) as lab:
        opened = menu(lab.chat.timeline, 7)
        type_keys(opened, Qt.Key.Key_Down, Qt.Key.Key_Left)
        assert reaction(opened) == f"React with {QUICK_REACTIONS[1]}"
        type_keys(opened, Qt.Key.Key_Tab)
        assert opened.activeAction().text() == "Reply"
        type_keys(opened, Qt.Key.Key_Up)
        assert reaction(opened)
        copy = next(each for each in opened.actions() if each.text() == "Copy text")
        QTest.mouseMove(opened, opened.actionGeometry(copy).center())
        await scenes.settled()
        assert reaction(opened) == "", "the mouse takes the keyboard along"
        type_keys(opened, Qt.Key.Key_Escape)
        assert not opened.isVisible()


async def test_no_two_entries_have_the_same_picture(qapp: QApplication, open_window: OpenWindow) -> None:
    async with lab_window(open_window) as lab:
        pictures = [
            (each.text(), each.icon().pixmap(18).toImage())
            for each in menu(lab.chat.timeline, 5).actions()
            if not each.icon().isNull()
        ]
        assert len(pictures) > 8
        same = [(a, b) for (a, one), (b, other) in combinations(pictures, 2) if one == other]
        assert same == []


async def test_a_reply_from_the_menu_is_sent_with_return(qapp: QApplication, open_window: OpenWindow) -> None:
    async with lab_window(open_window) as lab:
        choose(menu(lab.chat.timeline, 7), "Reply")
        strip = lab.chat.bar.context
        assert strip.isVisible()
        assert "Reply to Ravi Sharma" in [each.text() for each in strip.findChildren(QLabel)]
        QTest.keyClicks(lab.chat.bar.field, "Twice")
        QTest.keyClick(lab.chat.bar.field, Qt.Key.Key_Return)
        await scenes.settled()
        model = lab.chat.timeline_model
        assert model is not None
        last = model.row(model.rowCount() - 1)
        assert last.quote is not None
        assert (last.quote.sender, last.quote.seq) == ("Ravi Sharma", 7)
        assert not strip.isVisible()


async def test_escape_ends_a_reply_and_keeps_the_text(qapp: QApplication, open_window: OpenWindow) -> None:
    async with lab_window(open_window) as lab:
        choose(menu(lab.chat.timeline, 7), "Reply")
        QTest.keyClicks(lab.chat.bar.field, "words")
        QTest.keyClick(lab, Qt.Key.Key_Escape)
        assert not lab.chat.bar.context.isVisible()
        assert lab.chat.bar.field.toPlainText() == "words"


async def test_up_in_an_empty_field_changes_the_newest_own(
    qapp: QApplication, open_window: OpenWindow
) -> None:
    async with lab_window(open_window) as lab:
        field = lab.chat.bar.field
        field.setFocus()
        QTest.keyClick(field, Qt.Key.Key_Up)
        assert field.toPlainText() == "Yes, see [the plan](https://example.org/plan)."
        QTest.keyClick(field, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClicks(field, " Bye")
        QTest.keyClick(field, Qt.Key.Key_Return)
        await scenes.settled()
        assert asked(lab) == [("edit", 10, "Yes, see [the plan](https://example.org/plan). Bye", ())]
        assert field.toPlainText() == ""


async def test_a_click_on_a_reaction_gives_or_takes_it(qapp: QApplication, open_window: OpenWindow) -> None:
    async with lab_window(open_window) as lab:
        view = lab.chat.timeline
        row = row_of(view, 3)
        for number in range(2):
            rect, _ = view.layout_of(row).chips[number]
            spot = rect.center() + QPoint(0, top_of(view, row))
            QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=spot)
        await scenes.settled()
        assert asked(lab) == [("react", 3, "🎉", False), ("react", 3, "👍", True)]


async def test_a_reaction_from_the_menu(qapp: QApplication, open_window: OpenWindow) -> None:
    async with lab_window(open_window) as lab:
        opened = menu(lab.chat.timeline, 7)
        button = next(each for each in opened.findChildren(QToolButton) if each.text() == "😂")
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        await scenes.settled()
        assert asked(lab) == [("react", 7, "😂", True)]


async def test_reactions_by_key(qapp: QApplication, open_window: OpenWindow) -> None:
    async with lab_window(open_window) as lab:
        QTest.keyClick(menu(lab.chat.timeline, 7), Qt.Key.Key_1)
        await scenes.settled()
        assert asked(lab) == [("react", 7, QUICK_REACTIONS[0], True)]
        QTest.keyClick(menu(lab.chat.timeline, 7), Qt.Key.Key_Plus)
        assert lab.findChildren(EmojiPicker)[-1].isVisible()


async def test_any_emoji_can_be_a_reaction(qapp: QApplication, open_window: OpenWindow) -> None:
    async with lab_window(open_window) as lab:
        opened = menu(lab.chat.timeline, 7)
        more = next(
            each
            for each in opened.findChildren(QToolButton)
            if each.accessibleName() == "React with another emoji"
        )
        QTest.mouseClick(more, Qt.MouseButton.LeftButton)
        picker = lab.findChildren(EmojiPicker)[-1]
        QTest.keyClicks(picker.field, "rocket")
        QTest.keyClick(picker.field, Qt.Key.Key_Return)
        await scenes.settled()
        assert asked(lab) == [("react", 7, "🚀", True)]


async def test_the_toolbar_comes_with_the_mouse(qapp: QApplication, open_window: OpenWindow) -> None:
    async with lab_window(open_window) as lab:
        view = lab.chat.timeline
        row = row_of(view, 7)
        spot = view.layout_of(row).bubble.center() + QPoint(0, top_of(view, row))
        move = QMouseEvent(
            QMouseEvent.Type.MouseMove,
            QPointF(spot),
            QPointF(view.viewport().mapToGlobal(spot)),
            Qt.MouseButton.NoButton,
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(view.viewport(), move)
        assert view.toolbar.isVisible()
        reply = next(each for each in view.toolbar.findChildren(QToolButton) if each.toolTip() == "Reply")
        QTest.mouseClick(reply, Qt.MouseButton.LeftButton)
        assert lab.chat.composer.context is not None
        assert lab.chat.composer.context.message.seq == 7


async def test_a_quote_leads_to_what_it_quotes(qapp: QApplication, open_window: OpenWindow) -> None:
    async with lab_window(open_window) as lab:
        lab.resize(1120, 520)
        await scenes.settled()
        view = lab.chat.timeline
        view.go_to_end()
        row = row_of(view, 10)
        layout = view.layout_of(row)
        spot = layout.head.quote_rect.translated(layout.head_at).topLeft() + QPoint(6, 6 + top_of(view, row))
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=spot)
        assert view._marked == view.model.message(row_of(view, 9)).local_id  # type: ignore[union-attr]


async def test_star_and_pin(qapp: QApplication, open_window: OpenWindow) -> None:
    async with lab_window(open_window) as lab:
        choose(menu(lab.chat.timeline, 7), "Star")
        choose(menu(lab.chat.timeline, 5), "Unpin")
        await scenes.settled()
        assert asked(lab) == [("star", 7, True), ("pin_message", 5, False)]


async def test_delete_asks_first(qapp: QApplication, open_window: OpenWindow) -> None:
    async with lab_window(open_window) as lab:
        choose(menu(lab.chat.timeline, 5), "Delete for everyone…")
        box = lab.findChildren(QMessageBox)[-1]
        assert asked(lab) == []
        next(each for each in box.buttons() if each.text() == "Delete").click()
        await scenes.settled()
        assert asked(lab) == [("delete", 5)]


async def test_copy_takes_what_was_written(qapp: QApplication, open_window: OpenWindow) -> None:
    async with lab_window(open_window) as lab:
        choose(menu(lab.chat.timeline, 7), "Copy text")
        assert (
            QGuiApplication.clipboard().text()
            == "> below 0.2 %\nThat is *better* than the data sheet says 🙂"
        )


async def test_forward_finds_a_conversation_by_name(qapp: QApplication, open_window: OpenWindow) -> None:
    async with lab_window(open_window) as lab:
        choose(menu(lab.chat.timeline, 7), "Forward…")
        dialog = lab.findChildren(ForwardDialog)[-1]
        QTest.keyClicks(dialog.pick.field, "alice")
        assert dialog.pick.list.model().rowCount() == 1
        QTest.keyClick(dialog.pick.field, Qt.Key.Key_Return)
        await scenes.settled()
        page = lab._client.newest(1, 1)
        extra = page.messages[-1].extra
        assert extra is not None
        assert extra.origin is not None
        assert extra.origin.sender_id == 106


async def test_details_and_versions_are_told_in_words(qapp: QApplication, open_window: OpenWindow) -> None:
    async with lab_window(open_window) as lab:
        actions = lab._client.actions
        actions.receipts = [Receipt(101, True, True, scenes.NOW_MS, scenes.NOW_MS), Receipt(106, True)]  # type: ignore[attr-defined]
        actions.earlier = [Version(Content("text", "Done, below 2 %."), scenes.NOW_MS)]  # type: ignore[attr-defined]
        choose(menu(lab.chat.timeline, 5), "Details")
        await scenes.settled()
        told = [each.text() for each in lab.findChildren(FactsDialog)[-1].findChildren(QLabel)]
        assert "Alice Example" in told
        assert "read Today, 14:32" in [each.replace("\u202f", " ") for each in told]
        assert "delivered, not read yet" in told
        choose(menu(lab.chat.timeline, 5), "Earlier versions")
        await scenes.settled()
        told = [each.text() for each in lab.findChildren(FactsDialog)[-1].findChildren(QLabel)]
        said = [each for each in told if each.startswith("Done")]
        assert sorted(said) == ["Done, below 2 %.", "Done, the residuals are below 0.2 %."]


async def test_the_pin_bar_goes_from_pin_to_pin(qapp: QApplication, open_window: OpenWindow) -> None:
    async with lab_window(open_window) as lab:
        lab.resize(1120, 520)
        await scenes.settled()
        view, pins = lab.chat.timeline, lab.chat.pins
        assert pins.isVisible()
        assert "Clara Novák: Shall we meet" in pins.accessibleName()
        pins.setFocus()
        QTest.keyClick(pins, Qt.Key.Key_Return)
        assert view.model is not None
        assert view._marked == view.model.message(row_of(view, 9)).local_id
        assert "You: Done" in pins.accessibleName()
        QTest.mouseClick(pins, Qt.MouseButton.LeftButton)
        assert view._marked == view.model.message(row_of(view, 5)).local_id


async def test_what_happened_is_told_with_names(qapp: QApplication, open_window: OpenWindow) -> None:
    async with lab_window(open_window) as lab:
        model = lab.chat.timeline_model
        assert model is not None
        rows = [model.row(number) for number in range(model.rowCount())]
        assert [each.notice for each in rows if each.notice] == [
            "You made the group “Optics lab”",
            "You added Alice Example, Ravi Sharma and Clara Novák",
            "You pinned a message",
            "Ravi Sharma named the group “Optics lab 2”",
        ]
        assert [each.sender for each in rows if each.sender] == [
            "Alice Example",
            "Ravi Sharma",
            "Clara Novák",
        ]


async def test_a_quote_follows_its_source(qapp: QApplication, open_window: OpenWindow) -> None:
    async with lab_window(open_window) as lab:
        model = lab.chat.timeline_model
        assert model is not None
        source = model.message(row_of(lab.chat.timeline, 3))
        lab.chat.timeline.layout_of(row_of(lab.chat.timeline, 5))

        model.take([MessageChanged(replace(source, body="The old grating is back."))])
        quote = lab.chat.timeline.layout_of(row_of(lab.chat.timeline, 5)).row.quote
        assert quote is not None
        assert quote.text == "The old grating is back."


async def test_several_messages_are_chosen_and_forwarded(qapp: QApplication, open_window: OpenWindow) -> None:
    async with lab_window(open_window) as lab:
        view = lab.chat.timeline
        choose(menu(view, 7), "Select")
        assert lab.chat.chosen_bar.isVisible()
        assert not lab.chat.bar.isVisible()
        row = row_of(view, 9)
        spot = view.layout_of(row).bubble.center() + QPoint(0, top_of(view, row))
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=spot)
        assert lab.chat.chosen_bar.words.text() == "2 messages"
        QTest.keyClick(view, Qt.Key.Key_Space)
        assert lab.chat.chosen_bar.words.text() == "1 message"
        QTest.keyClick(view, Qt.Key.Key_Space)
        button = next(
            each for each in lab.chat.chosen_bar.findChildren(QPushButton) if "Forward" in each.text()
        )
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        dialog = lab.findChildren(ForwardDialog)[-1]
        assert dialog.windowTitle() == "Forward 2 messages"
        QTest.keyClicks(dialog.pick.field, "alice")
        QTest.keyClick(dialog.pick.field, Qt.Key.Key_Return)
        await scenes.settled()
        page = lab._client.newest(1, 2)
        assert [each.body for each in page.messages][-1] == "Shall we meet at 18:00 for the demo?"
        assert not lab.chat.chosen_bar.isVisible()
        assert lab.chat.bar.isVisible()


async def test_escape_chooses_none(qapp: QApplication, open_window: OpenWindow) -> None:
    async with lab_window(open_window) as lab:
        view = lab.chat.timeline
        choose(menu(view, 7), "Select")
        QTest.keyClick(lab, Qt.Key.Key_Escape)
        assert not view.choosing


def press(lab: AccountView, name: str) -> None:
    """A button of the bar that deals with several messages."""
    bar = lab.chat.chosen_bar
    button = next(each for each in bar.findChildren(QPushButton) if each.accessibleName() == name)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


async def test_what_is_typed_while_choosing_goes_nowhere(qapp: QApplication, open_window: OpenWindow) -> None:
    async with lab_window(open_window) as lab:
        view, field = lab.chat.timeline, lab.chat.bar.field
        lab.window().activateWindow()
        field.setFocus()
        choose(menu(view, 7), "Select")
        assert lab.focusWidget() is view
        QTest.keyClicks(view, "hello")
        lab.show_conversation(GROUP)
        assert lab.focusWidget() is view, "a notification of the same conversation was clicked"
        QTest.keyClick(lab, Qt.Key.Key_Period, Qt.KeyboardModifier.ControlModifier)
        assert not lab.findChildren(EmojiPicker)
        assert field.toPlainText() == ""
        QTest.keyClick(lab, Qt.Key.Key_Escape)
        assert lab.focusWidget() is field


async def test_why_chosen_messages_stay_is_to_be_seen(qapp: QApplication, open_window: OpenWindow) -> None:
    async with open_window(scenes.living()) as window:
        window.show_conversation(1)
        await scenes.settled()
        view = window.chat.timeline
        choose(menu(view, 14), "Select")
        press(window, "Delete…")
        words = [each.text() for each in window.chat.findChildren(QLabel) if each.isVisible()]
        assert "None of these messages can be deleted by you." in words
        QTest.keyClick(window, Qt.Key.Key_Escape)
        assert not window.chat.refusal.isVisible()


async def test_what_is_deleted_is_not_chosen_any_more(qapp: QApplication, open_window: OpenWindow) -> None:
    async with lab_window(open_window) as lab:
        view = lab.chat.timeline
        assert view.model is not None
        choose(menu(view, 7), "Select")
        view.choose(view.model.message(row_of(view, 9)))
        gone = view.model.message(row_of(view, 7))
        view.model.take([MessageChanged(replace(gone, kind="deleted", body=""))])
        assert lab.chat.chosen_bar.words.text() == "1 message"
        last = view.model.message(row_of(view, 9))
        view.model.take([MessageRemoved(GROUP, last.local_id)])
        assert not view.choosing
        assert lab.chat.bar.isVisible()


async def test_the_bar_of_chosen_messages_fits_a_narrow_window(
    qapp: QApplication, open_window: OpenWindow
) -> None:
    async with lab_window(open_window) as lab:
        choose(menu(lab.chat.timeline, 7), "Select")
        bar = lab.chat.chosen_bar
        buttons = bar.findChildren(QPushButton)
        assert [each.text() for each in buttons] == ["Copy", "Forward…", "Delete…"]
        lab.window().resize(380, 700)
        await scenes.settled()
        assert lab.window().width() == 380
        assert all(bar.rect().contains(each.geometry()) and not each.text() for each in buttons)
        assert bar.words.width() >= bar.words.sizeHint().width()


async def test_what_comes_late_stays_with_its_conversation(
    qapp: QApplication, open_window: OpenWindow
) -> None:
    late = asyncio.Event()

    class Late(scenes.RecordedActions):
        async def details(self, message: object) -> list[Receipt]:
            await late.wait()
            return []

        async def pin_message(self, message: object, on: bool) -> None:
            await late.wait()
            raise ClientError("Only admins may do this.")

        async def edit(self, *_: object) -> None:
            await late.wait()
            raise ClientError("It is too old to be changed.")

    async with lab_window(open_window) as lab:
        lab._client.actions = Late()  # type: ignore[assignment]
        choose(menu(lab.chat.timeline, 5), "Details")
        choose(menu(lab.chat.timeline, 5), "Unpin")
        lab.show_conversation(1)
        late.set()
        await scenes.settled()
        assert not lab.findChildren(FactsDialog)
        assert lab.chat.bar._words.text() == "Optics lab 2: Only admins may do this."
        lab.show_conversation(GROUP)
        late.clear()
        choose(menu(lab.chat.timeline, 5), "Edit")
        QTest.keyClicks(lab.chat.bar.field, "!")
        QTest.keyClick(lab.chat.bar.field, Qt.Key.Key_Return)
        await scenes.settled()
        lab.show_conversation(1)
        late.set()
        await scenes.settled()
        assert lab.chat.bar._words.text() == "Optics lab 2: It is too old to be changed."


async def test_starred_messages_are_found_again(qapp: QApplication, open_window: OpenWindow) -> None:
    async with lab_window(open_window) as lab:
        with lab._client._database.transaction() as connection:
            for seq in (7, 999):
                sync_state.set_star(connection, Star(GROUP, seq))
        lab._show_starred()
        dialog = lab.findChildren(StarredDialog)[-1]
        assert dialog.words.text() == "One more is not on this computer yet."
        QTest.keyClick(dialog.list, Qt.Key.Key_Return)
        view = lab.chat.timeline
        assert view.model is not None
        assert view._marked == view.model.message(row_of(view, 7)).local_id


async def test_long_words_among_facts_are_broken_not_cut(qapp: QApplication, open_window: OpenWindow) -> None:
    async with lab_window(open_window) as lab:
        long = "x" * 300
        dialog = FactsDialog("Earlier versions", [Fact("a name " * 12, "short"), Fact("now", long)], lab)
        dialog.open()
        await scenes.settled()
        [text] = dialog.findChildren(BrokenText)
        assert text.toPlainText() == long
        assert text.document().size().height() > 3, "in lines"
        assert text.height() >= text.document().size().height() * text.fontMetrics().lineSpacing()
        right = text.mapTo(dialog, text.rect().topRight()).x()
        assert right < dialog.width()
        names = [each for each in dialog.findChildren(QLabel) if each.text().startswith("a name")]
        assert names[0].geometry().right() < text.geometry().left()
