"""Groups and conversations as a whole: making, running and leaving them, and how one likes to have them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from unittest.mock import Mock

import msgspec
import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QDialog,
    QLabel,
    QMenu,
    QMessageBox,
    QPushButton,
    QWidget,
)

from desktop_chat.core.changes import (
    ConversationChanged,
    ConversationRemoved,
    MessagesAdded,
    TypingChanged,
)
from desktop_chat.core.models import User
from desktop_chat.protocol.records import Info
from desktop_chat.services.errors import ClientError
from desktop_chat.store import conversations
from desktop_chat.ui.account_view import AccountView
from desktop_chat.ui.conversation_list import SidebarList
from desktop_chat.ui.conversation_menu import ConversationMenu
from desktop_chat.ui.info_dialog import InfoDialog
from desktop_chat.ui.new_chat_dialog import NewChatDialog
from desktop_chat.ui.people_dialog import AddPeopleDialog, GroupDialog
from desktop_chat.ui.theme import Theme
from desktop_chat.viewmodels.conversation_list import ConversationRole
from desktop_chat.viewmodels.new_chat import PeopleRole
from tests.ui import scenes
from tests.ui.conftest import OpenWindow

# Qt's offscreen platform says so of every dialog and menu.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

GROUP = 20
FOUND = [User(102, "zoe", "Zoë Okonkwo"), User(103, "bob", "Bob Miller"), User(scenes.OWN_ID, "me", "Me")]


@asynccontextmanager
async def lab_window(open_window: OpenWindow) -> AsyncIterator[AccountView]:
    async def found(query: str) -> list[User]:
        return [each for each in FOUND if query.casefold() in each.display_name.casefold()]

    async with open_window(scenes.lab()) as window:
        window._client.actions = scenes.RecordedActions()  # type: ignore[assignment]
        window._client.find_people = found
        window.show_conversation(GROUP)
        await scenes.settled()
        yield window


def asked(window: AccountView) -> list[tuple[object, ...]]:
    return window._client.actions.asked  # type: ignore[attr-defined, no-any-return]


def button(parent: QWidget, words: str) -> QPushButton:
    return next(each for each in parent.findChildren(QPushButton) if each.text() == words)


def titles(window: AccountView) -> list[str]:
    model = window.conversations
    return [model.index(row).data() for row in range(model.rowCount())]


def menu_of(window: AccountView, conversation_id: int) -> ConversationMenu:
    window.interactions.open_menu(conversation_id, QPoint(5, 5))
    return window.findChildren(ConversationMenu)[-1]


def choose(menu: QMenu, words: str) -> None:
    """By its letters, as in every menu."""
    assert words in [each.text() for each in menu.actions()]
    QTest.keyClicks(menu, words.removesuffix("…"))
    QTest.keyClick(menu, Qt.Key.Key_Return)
    menu.close()


async def searched() -> None:
    for _ in range(4):
        await scenes.settled()


async def test_a_group_is_made_in_one_dialog(qapp: QApplication, open_window: OpenWindow) -> None:
    async with lab_window(open_window) as window:
        window.show_conversation(1)
        QTest.keyClick(window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
        QTest.mouseClick(
            button(window.findChildren(NewChatDialog)[-1], "New group"), Qt.MouseButton.LeftButton
        )
        dialog = window.findChildren(GroupDialog)[-1]
        await searched()
        QTest.mouseClick(button(dialog, "Create"), Qt.MouseButton.LeftButton)
        assert dialog.words.text() == "A group needs a name."
        QTest.keyClicks(dialog.title_field, "Choir")
        QTest.keyClick(dialog.title_field, Qt.Key.Key_Return)
        QTest.keyClicks(dialog.pick.field, "bob")
        await searched()
        QTest.keyClick(dialog.pick.field, Qt.Key.Key_Return)
        assert dialog.pick.field.text() == "", "the next name is typed into an empty field"
        QTest.keyClick(dialog.pick.field, Qt.Key.Key_Return)
        await searched()
        QTest.keyClick(dialog.pick.field, Qt.Key.Key_Return)
        assert dialog.words.text() == "Bob Miller", "a Return too many does nothing"
        assert dialog.pick.list.model().rowCount() == 2, "oneself is not offered"
        QTest.keyClick(dialog.pick.field, Qt.Key.Key_Down)
        QTest.keyClick(dialog.pick.field, Qt.Key.Key_Return)
        assert dialog.words.text() == "Bob Miller, Zoë Okonkwo"
        dialog.board.click()
        QTest.mouseClick(button(dialog, "Create"), Qt.MouseButton.LeftButton)
        await scenes.settled()
        assert asked(window)[-1] == ("create_group", "Choir", (103, 102), True)
        assert window.chat.conversation_id == GROUP


def tab(dialog: QDialog) -> str:
    """Where the next press of the tabulator leads."""
    QTest.keyClick(dialog.focusWidget() or dialog, Qt.Key.Key_Tab)
    widget = dialog.focusWidget()
    assert widget is not None
    return widget.accessibleName() or (widget.text() if isinstance(widget, QAbstractButton) else "")


async def test_return_is_meant_for_what_is_typed_and_not_for_what_is_listed_still(
    qapp: QApplication, open_window: OpenWindow
) -> None:
    opened: list[int] = []

    async def open_direct(user_id: int) -> int:
        opened.append(user_id)
        return 3

    async with lab_window(open_window) as window:
        window._client.open_direct = open_direct  # type: ignore[method-assign]
        window.interactions.begin_chat()
        await searched()
        dialog = window.findChildren(NewChatDialog)[-1]
        people = dialog.findChildren(SidebarList)[-1].model()
        first, last = (people.index(row, 0).data(PeopleRole.USER) for row in (0, people.rowCount() - 1))
        assert first != last
        QTest.keyClicks(dialog.field, last.display_name)
        QTest.keyClick(dialog.field, Qt.Key.Key_Return)  # before anybody was asked
        assert opened == []
        await searched()
        assert opened == [last.user_id]


async def test_the_tabulator_goes_from_the_top_down(qapp: QApplication, open_window: OpenWindow) -> None:
    async with lab_window(open_window) as window:
        window.interactions.begin_chat()
        await searched()
        dialog = window.findChildren(NewChatDialog)[-1]
        assert dialog.field.hasFocus()
        assert [tab(dialog) for _ in range(3)] == ["New group", "People", "Find a person"]
        dialog.reject()
        window.interactions.begin_group()
        await searched()
        group = window.findChildren(GroupDialog)[-1]
        assert group.title_field.hasFocus()
        assert [tab(group) for _ in range(6)] == [
            "Notice board: only owners and admins write",
            "Find people",
            "People",
            "Cancel",
            "Create",
            "Picture of the group",
        ]
        group.reject()
        window.interactions.show_info(GROUP)
        await searched()
        info = window.findChildren(InfoDialog)[-1]
        info.segments.setFocus()
        assert [tab(info) for _ in range(4)] == ["Add people", "Members", "Leave group…", "Close"]


async def test_a_list_shows_that_it_has_the_keyboard(
    qapp: QApplication, open_window: OpenWindow, look: Theme
) -> None:
    async with lab_window(open_window) as window:
        window.interactions.begin_chat()
        await searched()
        dialog = window.findChildren(NewChatDialog)[-1]
        people = dialog.findChildren(SidebarList)[-1]
        ring = QColor(look.tokens.accent).name()
        spot = people.visualRect(people.currentIndex()).topLeft() + QPoint(40, 3)
        assert people.grab().toImage().pixelColor(spot).name() != ring
        assert [tab(dialog), tab(dialog)] == ["New group", "People"]
        assert people.grab().toImage().pixelColor(spot).name() == ring


async def test_an_answer_after_the_dialog_closed_is_told_to_nobody(
    qapp: QApplication, open_window: OpenWindow
) -> None:
    async with lab_window(open_window) as window:
        window.interactions.begin_group()
        dialog = window.findChildren(GroupDialog)[-1]
        await searched()
        dialog.title_field.setText("Choir")
        dialog.go.click()
        dialog.reject()
        await scenes.settled()
        assert asked(window) == [("create_group", "Choir", (), False)]


async def test_who_is_chosen_may_be_taken_out_again(qapp: QApplication, open_window: OpenWindow) -> None:
    async with lab_window(open_window) as window:
        window.interactions.begin_group()
        dialog = window.findChildren(GroupDialog)[-1]
        await searched()
        QTest.keyClick(dialog.pick.field, Qt.Key.Key_Return)
        QTest.keyClick(dialog.pick.field, Qt.Key.Key_Return)
        assert dialog.words.text() == "Nobody chosen yet"


async def test_the_info_names_the_members_and_their_roles(
    qapp: QApplication, open_window: OpenWindow
) -> None:
    async with lab_window(open_window) as window:
        keys = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        QTest.keyClick(window, Qt.Key.Key_I, keys)
        dialog = window.findChildren(InfoDialog)[-1]
        model = dialog.list.model()
        said = [
            model.index(row, 0).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(model.rowCount())
        ]
        assert said == [
            "You, owner, online",
            "Alice Example, admin, online",
            "Clara Novák, @clara",
            "Ravi Sharma, @ravi",
        ]


async def test_an_owner_renames_removes_and_appoints(qapp: QApplication, open_window: OpenWindow) -> None:
    async with lab_window(open_window) as window:
        window.interactions.show_info(GROUP)
        dialog = window.findChildren(InfoDialog)[-1]
        dialog._title.setFocus()
        dialog._title.selectAll()
        QTest.keyClicks(dialog._title, "Choir")
        QTest.keyClick(dialog._title, Qt.Key.Key_Return)
        for row, words in ((1, "Make an owner"), (2, "Remove from the group")):
            dialog.list.setCurrentIndex(dialog.list.model().index(row, 0))
            QTest.keyClick(dialog.list, Qt.Key.Key_Return)
            choose(dialog.findChildren(QMenu)[-1], words)
        await scenes.settled()
        assert asked(window) == [
            ("set_info", GROUP, {"title": "Choir"}),
            ("set_role", GROUP, 101, "owner"),
            ("remove_member", GROUP, 108),
        ]


async def test_who_only_passes_through_a_field_changes_nothing(
    qapp: QApplication, open_window: OpenWindow
) -> None:
    async with lab_window(open_window) as window:
        conversation = window.conversations.conversation(GROUP)
        assert conversation is not None
        told = replace(conversation.info, title="Opt\u200eics", about="one\ntwo")
        window._client._publish(ConversationChanged(replace(conversation, info=told)))
        window.feed.flush()
        window.interactions.show_info(GROUP)
        dialog = window.findChildren(InfoDialog)[-1]
        for field in (dialog._title, dialog._about):
            field.setFocus()
            QTest.keyClick(field, Qt.Key.Key_Return)
        dialog.list.setFocus()
        await scenes.settled()
        assert asked(window) == []
        QTest.keyClick(dialog._about, Qt.Key.Key_End)
        QTest.keyClicks(dialog._about, "!")
        QTest.keyClick(dialog._about, Qt.Key.Key_Return)
        await scenes.settled()
        assert asked(window) == [("set_info", GROUP, {"about": "one two!"})]


async def test_a_member_is_offered_nothing_that_is_refused(
    qapp: QApplication, open_window: OpenWindow
) -> None:
    async with lab_window(open_window) as window:
        conversation = window.conversations.conversation(GROUP)
        assert conversation is not None
        window._client._publish(ConversationChanged(replace(conversation, role="member")))
        window.feed.flush()
        window.interactions.show_info(GROUP)
        dialog = window.findChildren(InfoDialog)[-1]
        assert dialog._title.isReadOnly()
        assert not dialog._add.isVisible()
        dialog.list.setCurrentIndex(dialog.list.model().index(2, 0))
        QTest.keyClick(dialog.list, Qt.Key.Key_Return)
        assert [each.text() for each in dialog.findChildren(QMenu)[-1].actions()] == ["Write a message"]


async def test_people_are_added_who_are_not_in_it(qapp: QApplication, open_window: OpenWindow) -> None:
    async with lab_window(open_window) as window:
        window.interactions.show_info(GROUP)
        dialog = window.findChildren(InfoDialog)[-1]
        QTest.mouseClick(button(dialog, "Add people"), Qt.MouseButton.LeftButton)
        picker = dialog.findChildren(AddPeopleDialog)[-1]
        await searched()
        QTest.mouseClick(button(picker, "Add"), Qt.MouseButton.LeftButton)
        assert picker.words.text() == "Choose somebody first."
        QTest.keyClick(picker.pick.field, Qt.Key.Key_Return)
        QTest.mouseClick(button(picker, "Add"), Qt.MouseButton.LeftButton)
        await scenes.settled()
        assert asked(window) == [("add_members", GROUP, (102,))]


async def test_what_is_refused_is_said_in_the_dialog(qapp: QApplication, open_window: OpenWindow) -> None:
    async def refuse(*arguments: object, **more: object) -> None:
        raise ClientError("Only an owner may do this.")

    async with lab_window(open_window) as window:
        window._client.actions.set_info = refuse  # type: ignore[method-assign]
        window.interactions.show_info(GROUP)
        dialog = window.findChildren(InfoDialog)[-1]
        dialog._board.click()
        await scenes.settled()
        assert "Only an owner may do this." in [each.text() for each in dialog.findChildren(QLabel)]


async def test_leaving_asks_first(qapp: QApplication, open_window: OpenWindow) -> None:
    async with lab_window(open_window) as window:
        choose(menu_of(window, GROUP), "Leave group…")
        box = window.findChildren(QMessageBox)[-1]
        assert "Optics lab 2" in box.text()
        next(each for each in box.buttons() if each.text() == "Leave").click()
        await scenes.settled()
        assert asked(window) == [("remove_member", GROUP, scenes.OWN_ID)]


async def test_pin_mute_archive_and_mark_unread(qapp: QApplication, open_window: OpenWindow) -> None:
    async with lab_window(open_window) as window:
        choose(menu_of(window, 3), "Pin")
        choose(menu_of(window, 3), "Archive")
        choose(menu_of(window, 3), "Mark as unread")
        alerts = next(each.menu() for each in menu_of(window, 3).actions() if each.text() == "Notifications")
        assert isinstance(alerts, QMenu)
        choose(alerts, "Only mentions")
        await scenes.settled()
        assert asked(window) == [
            ("set_preferences", 3, {"pinned": True}),
            ("set_preferences", 3, {"archived": True}),
            ("set_preferences", 3, {"marked_unread": True}),
            ("set_preferences", 3, {"alerts": "mentions"}),
        ]


async def test_a_mark_that_was_set_by_hand_is_taken_off(qapp: QApplication, open_window: OpenWindow) -> None:
    async with lab_window(open_window) as window:
        marked = window.conversations.conversation(3)
        assert marked is not None
        # Everything in it was read before: no pointer is there to move.
        marked = replace(marked, marked_unread=True, unread=0, read_seq=marked.last_seq)
        window._client._publish(ConversationChanged(marked))
        window.feed.flush()
        choose(menu_of(window, 3), "Mark as read")
        await scenes.settled()
        assert asked(window) == [("set_preferences", 3, {"marked_unread": False})]


async def test_a_mark_that_was_set_by_hand_goes_where_somebody_looks(
    qapp: QApplication, open_window: OpenWindow, caplog: pytest.LogCaptureFixture
) -> None:
    async with lab_window(open_window) as window:
        marked = window.conversations.conversation(3)
        assert marked is not None
        marked = replace(marked, marked_unread=True, unread=0, read_seq=marked.last_seq)
        window._client._publish(ConversationChanged(marked))
        window.feed.flush()
        window.show_conversation(3)  # as the app does at its start: nobody has chosen it
        await scenes.settled()
        assert asked(window) == []

        def click_on_it() -> None:
            rows = window.sidebar.list
            rect = rows.visualRect(rows.model().index(window.conversations.row_of(3), 0))
            QTest.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())

        click_on_it()
        await scenes.settled()
        assert asked(window) == [("set_preferences", 3, {"marked_unread": False})]

        async def refuse(conversation_id: int, **preferences: object) -> None:
            raise ClientError("There is no connection.")

        window._client.actions.set_preferences = refuse  # type: ignore[method-assign]
        with caplog.at_level("INFO", logger="desktop_chat.viewmodels.conversation_actions"):
            click_on_it()
            await scenes.settled()
        assert "There is no connection." in caplog.text
        assert not [each for each in window.findChildren(QMessageBox) if each.isVisible()]


async def test_what_is_pinned_stands_first_and_what_is_archived_elsewhere(
    qapp: QApplication, open_window: OpenWindow
) -> None:
    async with lab_window(open_window) as window:
        conversations = {each: window.conversations.conversation(each) for each in (11, 4)}
        assert window.total_unread == 7
        pinned, archived = conversations[11], conversations[4]
        assert pinned is not None
        assert archived is not None
        for changed in (replace(pinned, pinned=True), replace(archived, archived=True)):
            window._client._publish(ConversationChanged(changed))
        window.feed.flush()
        assert titles(window)[0] == "Eva Lindqvist"
        assert "Mum 🏡" not in titles(window)
        assert window.total_unread == 2, "what is put away is not counted"
        assert window.sidebar.archived.text() == "Archived chats (1)"
        QTest.mouseClick(window.sidebar.archived, Qt.MouseButton.LeftButton)
        assert titles(window) == ["Mum 🏡"]
        back = replace(archived, archived=False)
        window._client._publish(ConversationChanged(back))
        window.feed.flush()
        assert "Mum 🏡" in titles(window), "with nothing left there the list is the chats again"
        assert not window.sidebar.archived.isVisible()


async def test_typing_is_told_and_shown(qapp: QApplication, open_window: OpenWindow) -> None:
    async with lab_window(open_window) as window:
        window._client._publish(TypingChanged(GROUP, 101, True))
        window.feed.flush()
        assert window.chat.header.presence.text() == "Alice Example is typing…"
        row = window.conversations.index(window.conversations.row_of(GROUP)).data(ConversationRole.ROW)
        assert row.typing == "Alice Example is typing…"
        window._client._publish(TypingChanged(GROUP, 106, True))
        window.feed.flush()
        assert window.chat.header.presence.text() == "Alice Example and Ravi Sharma are typing…"
        message = window._client.newest(GROUP, 1).messages[-1]
        said = [replace(message, sender_id=user_id, local_id=900 + user_id) for user_id in (101, 106)]
        window._client._publish(MessagesAdded(GROUP, said))
        window.feed.flush()
        assert window.chat.header.presence.text() == "4 members"

        QTest.keyClicks(window.chat.bar.field, "hello")
        await scenes.settled()
        assert asked(window) == [("typing", GROUP, True)]
        window.chat.bar.field.clear()
        await scenes.settled()
        assert asked(window)[-1] == ("typing", GROUP, False)


async def test_a_person_can_be_blocked_from_the_profile(qapp: QApplication, open_window: OpenWindow) -> None:
    async with lab_window(open_window) as window:
        window.show_conversation(1)
        QTest.mouseClick(window.chat.header, Qt.MouseButton.LeftButton, pos=QPoint(120, 30))
        dialog = window.findChildren(InfoDialog)[-1]
        assert "@alice · online" in [each.text() for each in dialog.findChildren(QLabel)]
        QTest.mouseClick(button(dialog, "Block"), Qt.MouseButton.LeftButton)
        await scenes.settled()
        assert asked(window) == [("block", 101, True)]


async def test_of_a_long_title_the_beginning_is_seen(qapp: QApplication, open_window: OpenWindow) -> None:
    scene = scenes.lab()
    with scene.database.transaction() as connection:
        long = msgspec.json.encode(Info("Optics " + "lab " * 30, "about " * 30)).decode()
        connection.execute("UPDATE conversation SET info = ? WHERE conversation_id = ?", (long, GROUP))
    async with open_window(scene) as window:
        window.show_conversation(GROUP)
        window._show_info()
        dialog = window.findChildren(InfoDialog)[-1]
        assert dialog._title.cursorPosition() == 0
        assert dialog._title.cursorPositionAt(QPoint(dialog._title.width() - 14, 10)) < 60
        assert dialog._about.cursorPosition() == 0


async def until_kept(window: AccountView) -> None:
    for _ in range(200):
        if client_draft(window):
            return
        await scenes.settled()


def client_draft(window: AccountView) -> str:
    """The draft of the group, as the store has it."""
    [row] = conversations.load(window._client._database.reader, scenes.OWN_ID, set(), [GROUP])
    return row.draft


async def test_who_types_without_a_pause_has_a_draft_too(
    qapp: QApplication, open_window: OpenWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with lab_window(open_window) as window:
        timer, started = window.chat.composer._timer, []
        timer.setInterval(600_000)
        monkeypatch.setattr(
            window.chat.composer,
            "_timer",
            Mock(wraps=timer, start=lambda: (started.append(1), timer.start())),
        )
        QTest.keyClicks(window.chat.bar.field, "half a thought")
        assert started == [1], "what follows does not put the first off"
        timer.timeout.emit()
        await until_kept(window)
        QTest.keyClicks(window.chat.bar.field, ", and more")
        assert len(started) > 2, "later a pause is waited for"


async def test_who_is_removed_while_writing_keeps_the_text(
    qapp: QApplication, open_window: OpenWindow
) -> None:
    async with lab_window(open_window) as window:
        composer, client = window.chat.composer, window._client
        composer._timer.setInterval(0)
        QTest.keyClicks(window.chat.bar.field, "half a thou")
        await until_kept(window)
        composer._timer.setInterval(600_000)
        QTest.keyClicks(window.chat.bar.field, "ght")
        with client._database.transaction() as connection:
            conversations.leave(connection, GROUP)
            [row] = conversations.load(connection, scenes.OWN_ID, set(), [GROUP])
        client._publish(ConversationRemoved(GROUP))
        client._publish(ConversationChanged(row))
        window.feed.flush()
        await scenes.settled()
        assert window.chat.conversation_id == 0
        window.show_conversation(GROUP)
        assert window.chat.composer.text == "half a thought"
        assert window.chat.bar.isHidden(), "nobody writes there any more"
        shown = [each.text() for each in window.chat.findChildren(QLabel) if each.isVisible()]
        assert "You are not in this group any more." in shown
