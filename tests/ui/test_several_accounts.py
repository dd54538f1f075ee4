"""Several accounts in one window."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QMessageBox

from desktop_chat import qt_async
from desktop_chat.settings import Account
from desktop_chat.ui.account_view import AccountView
from desktop_chat.ui.main_window import MainWindow
from desktop_chat.ui.theme import Theme
from tests.ui import scenes

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)

HERE = Account("here", "wss://chat.example:8443/", scenes.OWN_ID, "ada")
ELSEWHERE = Account("elsewhere", "wss://other.example/", scenes.OWN_ID, "cid")
THERE = Account("there", "wss://chat.example:9443/", scenes.OWN_ID, "bob")


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
