"""What happens when another conversation comes up in the midst of something: by a notification or a link."""

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop_chat.core.changes import ConversationChanged, ConversationRemoved
from desktop_chat.ui.account_view import AccountView
from desktop_chat.ui.message_menu import MessageMenu
from tests.ui import scenes
from tests.ui.conftest import OpenWindow
from tests.ui.test_message_actions import row_of

# Qt's offscreen platform says so of every menu.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

GROUP = 20


def recorded(window: AccountView) -> list[tuple[object, ...]]:
    window._client.actions = scenes.RecordedActions()  # type: ignore[assignment]
    return window._client.actions.asked  # type: ignore[attr-defined, no-any-return]


async def test_suggestions_of_another_chat_are_gone(qapp: QApplication, open_window: OpenWindow) -> None:
    async with open_window(scenes.lab()) as window:
        recorded(window)
        window.show_conversation(GROUP)
        QTest.keyClicks(window.chat.bar.field, "hi @")
        assert window.chat.bar.popup.isVisible()
        window.show_conversation(1)
        assert not window.chat.bar.popup.isVisible()
        window.chat.bar.field.insert("other")
        QTest.keyClick(window.chat.bar.field, Qt.Key.Key_Return)
        await scenes.settled()
        assert window._client.newest(1, 1).messages[-1].body == "other"


async def test_a_menu_that_stands_open_does_nothing_elsewhere(
    qapp: QApplication, open_window: OpenWindow
) -> None:
    async with open_window(scenes.lab()) as window:
        asked = recorded(window)
        window.show_conversation(GROUP)
        await scenes.settled()
        view = window.chat.timeline
        view.setFocus()
        view.focus_on(row_of(view, 7))
        QTest.keyClick(view, Qt.Key.Key_Return)
        menu = window.findChildren(MessageMenu)[-1]
        window.show_conversation(1)
        for words in ("Reply", "Star"):
            next(each for each in menu.actions() if each.text() == words).trigger()
        await scenes.settled()
        assert window.chat.composer.context is None
        assert asked == []


async def test_a_change_and_an_answer_wait_for_ones_return(
    qapp: QApplication, open_window: OpenWindow
) -> None:
    async with open_window(scenes.lab()) as window:
        recorded(window)
        window.show_conversation(GROUP)
        field = window.chat.bar.field
        QTest.keyClick(field, Qt.Key.Key_Up)
        QTest.keyClick(field, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClicks(field, " and more")
        written = field.toPlainText()
        window.show_conversation(1)
        assert field.toPlainText() == ""
        assert not window.chat.bar.context.isVisible()
        window.show_conversation(GROUP)
        assert field.toPlainText() == written
        assert window.chat.composer.context is not None
        assert window.chat.composer.context.editing


async def test_a_group_that_one_is_not_in_any_more_closes(
    qapp: QApplication, open_window: OpenWindow
) -> None:
    async with open_window(scenes.lab()) as window:
        window.show_conversation(GROUP)
        window.chat.open_find()
        window._client._publish(ConversationRemoved(GROUP))
        window.feed.flush()
        assert window.chat.conversation_id == 0
        assert not window.chat.find_bar.isVisible()


async def test_on_a_notice_board_only_those_who_run_it_write(
    qapp: QApplication, open_window: OpenWindow
) -> None:
    async with open_window(scenes.lab()) as window:
        window.show_conversation(GROUP)
        conversation = window.conversations.conversation(GROUP)
        assert conversation is not None
        board = replace(conversation, role="member", info=replace(conversation.info, board=True))
        window._client._publish(ConversationChanged(board))
        window.feed.flush()
        assert not window.chat.bar.isVisible()
        assert window.chat._no_writing.text() == "Only owners and admins write on this notice board."
        window._client._publish(ConversationChanged(conversation))
        window.feed.flush()
        assert window.chat.bar.isVisible()


async def test_in_a_narrow_window_the_list_stays_and_nothing_is_read(
    qapp: QApplication, open_window: OpenWindow
) -> None:
    async with open_window(scenes.living()) as window:
        window.window().resize(420, 700)
        window.show_conversation(1)
        window.chat.set_active(True)
        assert window.chat.is_reading()
        window.show_list()
        assert not window.chat.is_reading()
        assert not window.is_looking_at(1)
        window.window().resize(430, 700)
        assert window.sidebar.isVisible()
        window._search_all()
        QTest.keyClick(window.sidebar.field, Qt.Key.Key_Escape)
        assert window.sidebar.isVisible()
        assert not window.chat.bar.field.hasFocus()
