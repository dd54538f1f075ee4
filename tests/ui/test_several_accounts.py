"""Several accounts in one window."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QMessageBox

from desktop_chat import qt_async
from desktop_chat.settings import Account
from desktop_chat.ui import own_dialogs
from desktop_chat.ui.account_view import AccountView
from desktop_chat.ui.main_window import MainWindow
from desktop_chat.ui.message_box import message_box
from desktop_chat.ui.message_menu import Deed
from desktop_chat.ui.people_dialog import GroupDialog
from desktop_chat.ui.picture_viewer import PictureViewer
from desktop_chat.ui.theme import Theme
from tests.ui import scenes
from tests.ui.conftest import OpenWindow
from tests.ui.test_portraits import ALICE, FACE, GROUP
from tests.ui.test_shared import PICTURES, open_row, shared_window

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support|libpng", extend=True)

HERE = Account("here", "wss://chat.example:8443/", scenes.OWN_ID, "ada")
ELSEWHERE = Account("elsewhere", "wss://other.example/", scenes.OWN_ID, "cid")
THERE = Account("there", "wss://chat.example:9443/", scenes.OWN_ID, "bob")


@asynccontextmanager
async def and_another(view: AccountView, look: Theme) -> AsyncIterator[tuple[MainWindow, AccountView]]:
    """The window that a view is in, and another account in it."""
    window = view.window()
    assert isinstance(window, MainWindow)
    client = scenes.living_client(scenes.lab())
    other = AccountView(client, scenes.MemorySettings(), qt_async.spawn, look, lambda: scenes.NOW_MS, window)
    window.add_view(THERE, other)
    try:
        yield window, other
    finally:
        window.show_view(scenes.ACCOUNT.key)
        window.remove_view(THERE.key)
        other.release()
        other.deleteLater()
        await scenes.settled()
        await client.close()


def dialog_of(view: AccountView) -> QDialog:
    (dialog,) = view.findChildren(QDialog)
    return dialog


@asynccontextmanager
async def window_with(look: Theme, *accounts: Account) -> AsyncIterator[MainWindow]:
    """The window with these accounts, the first of them on screen."""
    settings = scenes.MemorySettings(accounts=list(accounts))
    window = MainWindow(settings, look)
    clients = []
    for each in accounts:
        client = scenes.living_client(scenes.living(unread=False))
        clients.append(client)
        view = AccountView(client, settings, qt_async.spawn, look, lambda: scenes.NOW_MS, window)
        window.add_view(each, view)
    window.show_view(accounts[0].key)
    window.show()
    await scenes.settled()
    try:
        yield window
    finally:
        for key, view in list(window._views.items()):
            window.remove_view(key)
            view.release()
            view.deleteLater()
        window.close()
        window.deleteLater()
        await scenes.settled()
        await qt_async.cancel_all()
        for client in clients:
            await client.close()


async def test_servers_on_one_host_are_told_apart(qapp: QApplication, look: Theme) -> None:
    async with window_with(look, ELSEWHERE, HERE, THERE) as window:
        named = [each.accessibleName() for each in window.rail.buttons]
        assert named == [
            "Me Myself, other.example",
            "Me Myself, chat.example:8443",
            "Me Myself, chat.example:9443",
        ]
        assert ["chat.example:8443" in each.toolTip() for each in window.rail.buttons] == [False, True, False]
        _, *alike = (each.grab(QRect(0, 50, 72, 18)).toImage() for each in window.rail.buttons)
        assert alike[0] != alike[1], "there is no room for all of it, but for what tells them apart"
        left = window._views[THERE.key]
        window.remove_view(THERE.key)
        assert [each.accessibleName() for each in window.rail.buttons] == [
            "Me Myself, other.example",
            "Me Myself, chat.example",
        ]
        left.release()
        left.deleteLater()


async def test_the_keyboard_comes_to_the_accounts_before_what_adds_one(
    qapp: QApplication, look: Theme
) -> None:
    async with window_with(look, ELSEWHERE, HERE, THERE) as window:
        first, second, third = window.rail.buttons
        first.setFocus()
        QTest.keyClick(first, Qt.Key.Key_Down)
        assert window.focusWidget() is second
        window.show_view(HERE.key)
        second.setFocus()
        QTest.keyClick(second, Qt.Key.Key_Tab)
        add = window.focusWidget()
        assert add.accessibleName() == "Add an account"
        QTest.keyClick(add, Qt.Key.Key_Tab)
        assert window.view.isAncestorOf(window.focusWidget())
        add.setFocus()
        QTest.keyClick(add, Qt.Key.Key_Backtab)
        assert window.focusWidget() is second
        order = [first]
        while order[-1] is not add:
            order.append(order[-1].nextInFocusChain())
        assert order == [first, second, third, add]


async def test_who_signs_out_is_told_of_which_account(qapp: QApplication, look: Theme) -> None:
    async with window_with(look, HERE, THERE) as window:
        view = window.view
        view._ask_to_sign_out()
        box = dialog_of(view)
        assert isinstance(box, QMessageBox)
        named, question = box.text().split("\n\n")
        assert named == "ada, chat.example:8443"
        assert question.startswith("Sign out on this computer?")


async def test_dialogs_are_on_screen_only_with_their_account(
    qapp: QApplication, look: Theme, open_window: OpenWindow
) -> None:
    async with open_window(scenes.lab()) as view, and_another(view, look) as (window, other):
        view.interactions.begin_group()
        group = dialog_of(view)
        assert isinstance(group, GroupDialog)
        group.title_field.setText("Chess")
        ended: list[int] = []
        group.finished.connect(ended.append)
        above = message_box("Above", "It lies over the other.", group)
        above.open()
        window.show_view(THERE.key)
        assert not group.isVisible()
        assert not above.isVisible()
        assert QApplication.activeModalWidget() is None, "nothing keeps a person from the other account"
        view.conversation_actions.failed.emit("What comes meanwhile waits too.")
        other._show_shortcuts()
        assert dialog_of(other).isVisible()
        window.show_view(scenes.ACCOUNT.key)
        assert not dialog_of(other).isVisible()
        assert [each.isVisible() for each in view.findChildren(QDialog)] == [True] * 3
        assert group.title_field.text() == "Chess"
        assert ended == []
        above.reject()
        window.show_view(THERE.key)
        group.reject()
        assert ended == [0]
        await scenes.settled()
        window.show_view(scenes.ACCOUNT.key)
        assert [each.text() for each in view.findChildren(QMessageBox)] == ["What comes meanwhile waits too."]
        assert view.findChildren(GroupDialog) == []


async def test_an_account_that_goes_ends_the_dialogs_that_wait(
    qapp: QApplication, look: Theme, open_window: OpenWindow
) -> None:
    async with open_window(scenes.lab()) as view, and_another(view, look) as (window, other):
        window.show_view(THERE.key)
        other.interactions.begin_chat()
        ended: list[int] = []
        dialog_of(other).finished.connect(ended.append)
        window.show_view(scenes.ACCOUNT.key)
        own_dialogs.close_all(other)
        assert ended == [0]


async def test_nobody_is_asked_for_portraits_of_another_account(
    qapp: QApplication, look: Theme, open_window: OpenWindow
) -> None:
    scene = scenes.lab()
    scene.portrait(ALICE, FACE, person=True)
    async with open_window(scene) as view, and_another(view, look) as (window, other):
        asked: list[str] = []

        def path(file_id: str) -> str:
            asked.append(file_id)
            return ""

        view.portraits.path = path  # type: ignore[method-assign]
        view.interactions.show_info(GROUP)
        await scenes.settled()
        assert FACE in asked
        asked.clear()
        other.portraits.path = path  # type: ignore[method-assign]
        window.show_view(THERE.key)
        look.portraits.changed.emit()
        await scenes.settled()
        assert FACE not in asked


async def test_a_picture_over_the_window_goes_with_its_account(
    qapp: QApplication, look: Theme, open_window: OpenWindow, tmp_path: Path
) -> None:
    async with (
        shared_window(open_window, tmp_path, PICTURES) as (view, dialog, part),
        and_another(view, look) as (window, _),
    ):
        open_row(part, 1)
        await scenes.settled()
        assert window.findChildren(PictureViewer)[-1].isVisible()
        window.show_view(THERE.key)
        await scenes.settled()
        assert window.findChildren(PictureViewer) == []
        assert not dialog.isVisible()
        window.show_view(scenes.ACCOUNT.key)
        assert dialog.isVisible(), "it is there again, as where the picture is closed"


async def test_a_menu_that_stands_open_does_nothing_under_another_account(
    qapp: QApplication, look: Theme, open_window: OpenWindow
) -> None:
    async with open_window(scenes.lab()) as view, and_another(view, look) as (window, _):
        view.show_conversation(GROUP)
        await scenes.settled()
        row = view.chat.timeline_model.row(4)  # type: ignore[union-attr]
        view.chat.interactions.open_menu(row, QPoint())
        window.show_view(THERE.key)
        view.chat.interactions._do(Deed.DELETE)
        assert view.findChildren(QDialog) == []
        window.show_view(scenes.ACCOUNT.key)
        view.chat.interactions._do(Deed.DELETE)
        assert dialog_of(view).isVisible()
