"""The application's life, with the real server behind it: from the first start to the last word."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QPushButton, QWidget
from websockets.asyncio.server import ServerConnection, serve

from desktop_chat import qt_async
from desktop_chat.application.application import Application
from desktop_chat.core.changes import ConnectionChanged
from desktop_chat.core.models import ConnectionPhase
from desktop_chat.paths import ProfilePaths
from desktop_chat.settings import Account, SettingsStore
from desktop_chat.ui.account_dialogs import KnownPasswordDialog, PasswordDialog
from desktop_chat.ui.account_view import AccountView
from desktop_chat.ui.deletion_dialog import DeletionDialog
from desktop_chat.ui.first_start import FirstStart
from desktop_chat.ui.main_window import MainWindow
from desktop_chat.ui.settings_dialog import SettingsDialog
from tests.ui import scenes

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
W = TypeVar("W", bound=QWidget)


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ProfilePaths:
    monkeypatch.setenv("DESKTOP_CHAT_HOME", str(tmp_path))
    return ProfilePaths("tests")


@asynccontextmanager
async def running(qapp: QApplication, paths: ProfilePaths) -> AsyncIterator[Application]:
    """An application from its start to its end."""
    qapp.setQuitOnLastWindowClosed(False)
    application = Application(qapp, paths, SettingsStore(paths.settings))
    application.open()
    life = asyncio.ensure_future(application.run())
    try:
        yield application
    finally:
        application.quit()
        assert await life == 0
        await qt_async.cancel_all()
        application.deleteLater()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what a person would wait for; the test's deadline bounds it."""
    while not condition():
        await asyncio.sleep(0.02)


async def window_of(kind: type[W]) -> W:
    """The visible window of a kind, once there is one."""
    await until(lambda: any(isinstance(w, kind) and w.isVisible() for w in QApplication.topLevelWidgets()))
    return next(w for w in QApplication.topLevelWidgets() if isinstance(w, kind) and w.isVisible())


async def within(parent: QWidget, kind: type[W]) -> W:
    """The visible dialog of a kind over another window, once there is one."""
    await until(lambda: any(each.isVisible() for each in parent.findChildren(kind)))
    return next(each for each in parent.findChildren(kind) if each.isVisible())


def field(window: QWidget, name: str) -> QLineEdit:
    return next(f for f in window.findChildren(QLineEdit) if f.accessibleName() == name)


def button(window: QWidget, text: str) -> QPushButton:
    return next(b for b in window.findChildren(QPushButton) if b.text() == text)


def click(widget: QWidget) -> None:
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


async def host(name: str) -> AccountView:
    first = await window_of(FirstStart)
    QTest.keyClicks(field(first, "Your name"), name)
    QTest.keyClick(field(first, "Your name"), Qt.Key.Key_Return)
    return await view_of()


async def view_of() -> AccountView:
    """The account on screen, once there is one."""
    window = await window_of(MainWindow)
    assert window.view is not None
    return window.view


async def test_one_name_and_one_key_lead_into_a_chat_that_is_there_again(
    qapp: QApplication, paths: ProfilePaths
) -> None:
    async with running(qapp, paths):
        window = await host("Ada Lovelace")
        await until(lambda: window.chat.conversation_id != 0)
        composer = window.chat.findChild(QPlainTextEdit)
        assert composer is not None
        QTest.keyClicks(composer, "remember the milk")
        QTest.keyClick(composer, Qt.Key.Key_Return)
        rows = window.chat.timeline_model
        assert rows is not None
        await until(lambda: rows.rowCount() == 1 and rows.row(0).message.seq == 1)
        for text in ("and the bread", "and the salt"):  # not stored yet when the app is told to quit
            QTest.keyClicks(composer, text)
            QTest.keyClick(composer, Qt.Key.Key_Return)
        QTest.keyClicks(composer, "half a though")
    async with running(qapp, paths):
        window = await view_of()
        # From the cache, before any server is up.
        assert window.conversations.rowCount() == 1
        window.show_conversation(window._client.conversations()[0].conversation_id)
        rows = window.chat.timeline_model
        assert rows is not None
        assert [rows.row(n).message.body for n in range(rows.rowCount())] == [
            "remember the milk",
            "and the bread",
            "and the salt",
        ]
        composer = window.chat.findChild(QPlainTextEdit)
        assert composer is not None
        assert composer.toPlainText() == "half a though"


async def test_a_second_person_joins_and_a_wrong_password_is_said(
    qapp: QApplication, paths: ProfilePaths
) -> None:
    async with running(qapp, paths):
        await host("Ada")
        address = shown_address(paths)
        async with running(qapp, ProfilePaths("second")):
            first = await window_of(FirstStart)
            click(button(first, "Join a server instead"))
            QTest.keyClicks(field(first, "Server address"), address)
            QTest.keyClicks(field(first, "User name"), "ada")
            QTest.keyClicks(field(first, "Password"), "not her password")
            click(button(first, "Sign in"))
            await until(lambda: "password" in said(first))
            field(first, "User name").clear()
            QTest.keyClicks(field(first, "User name"), "bob")
            click(button(first, "Create account"))
            await until(lambda: FirstStart not in {type(w) for w in visible()})
            await until(lambda: len(windows()) == 2)
            bobs = max((w.view for w in windows() if w.view), key=lambda view: view._client.user_id)
            await until(lambda: bobs.chat.conversation_id != 0)


async def test_revoked_here_means_signing_in_again_with_the_cache_kept(
    qapp: QApplication, paths: ProfilePaths
) -> None:
    async with running(qapp, paths):
        window = await host("Ada")
        await until(lambda: window.chat.conversation_id != 0)
        client = window._client
        await client.sign_out()
        first = await window_of(FirstStart)
        assert client.connection_state.phase is ConnectionPhase.SIGNED_OUT
        assert field(first, "Your name").text() == "ada"
        assert window.isVisible()
        assert window.conversations.rowCount() == 1
        # The host's password is kept with the token: nobody has to know it.
        click(button(first, "Start chatting"))
        await until(lambda: FirstStart not in {type(w) for w in visible()})


async def test_a_host_sees_and_changes_the_password_that_was_made(
    qapp: QApplication, paths: ProfilePaths
) -> None:
    async with running(qapp, paths) as application:
        window = await host("Ada")
        await until(lambda: window.chat.conversation_id != 0)
        settings = window.show_settings()
        await until(lambda: button(settings, "Show…").isVisible())
        click(button(settings, "Show…"))
        known = await within(settings, KnownPasswordDialog)
        made = field(known, "Password").text()
        assert made == await application._secrets().get("hosted-password ada")
        assert field(known, "User name").text() == "ada"
        assert field(known, "Server").text() == shown_address(paths)
        click(button(known, "Copy the password"))
        assert QApplication.clipboard().text() == made
        click(button(known, "Close"))
        click(button(settings, "Change…"))
        change = await within(settings, PasswordDialog)
        assert not field(change, "Password now").isVisible(), "it is known"
        for name in ("New password", "New password again"):
            QTest.keyClicks(field(change, name), "correct horse")
        click(button(change, "Change"))
        await until(lambda: not settings.findChildren(PasswordDialog))
        window.sign_out_requested.emit(False)
        first = await window_of(FirstStart)
        # A name alone still leads to the account.
        assert field(first, "Your name").text() == "ada"
        click(button(first, "Start chatting"))
        window = await view_of()
        await window._client.online()
        settings = window.show_settings()
        await until(lambda: button(settings, "Show…").isVisible())
        click(button(settings, "Delete account…"))
        deletion = await within(settings, DeletionDialog)
        assert not deletion.go.isEnabled()
        QTest.keyClick(deletion.field, Qt.Key.Key_Return)
        assert deletion.isVisible()
        QTest.keyClicks(field(deletion, "Your user name"), "ada")
        click(deletion.go)
        await window_of(FirstStart)
        while await application._secrets().get("hosted-password ada") is not None:
            await asyncio.sleep(0.02)


async def test_a_host_whose_password_was_changed_elsewhere(qapp: QApplication, paths: ProfilePaths) -> None:
    """What is kept is of no use then: a person types the new one, and it is the account that it was."""
    async with running(qapp, paths) as application:
        window = await host("Ada")
        await until(lambda: window.chat.conversation_id != 0)
        key, secrets = application._settings.current.account, application._secrets()
        made = await secrets.get("hosted-password ada")
        assert made is not None
        settings = window.show_settings()
        await until(lambda: button(settings, "Show…").isVisible())
        await window._client.actions.change_password(made, "correct horse", keep_devices=True)
        click(button(settings, "Change…"))
        change = await within(settings, PasswordDialog)
        for name in ("New password", "New password again"):
            QTest.keyClicks(field(change, name), "battery staple")
        click(button(change, "Change"))
        await until(field(change, "Password now").isVisible)
        assert "another device" in change.words.text()
        assert not button(settings, "Show…").isVisible()
        window.sign_out_requested.emit(False)
        first = await window_of(FirstStart)
        click(button(first, "Start chatting"))
        await until(lambda: "another password" in said(first))
        assert await secrets.get("hosted-password ada") is None, "a guess is not kept"
        assert field(first, "User name").text() == "ada"
        QTest.keyClicks(field(first, "Password"), "correct horse")
        click(button(first, "Sign in"))
        window = await view_of()
        account = application._settings.current.shown
        assert account is not None
        assert (account.key, account.hosted) == (key, True)
        await window._client.online()
    async with running(qapp, paths):
        window = await view_of()
        await window._client.online()  # the server was started for it


@pytest.mark.parametrize("forget", [False, True])
async def test_signing_out_may_delete_what_is_here(
    qapp: QApplication, paths: ProfilePaths, forget: bool
) -> None:
    async with running(qapp, paths) as application:
        window = await host("Ada")
        await until(lambda: window.chat.conversation_id != 0)
        cache = paths.account_cache(application._settings.current.account)
        assert cache.exists()
        window.sign_out_requested.emit(forget)
        await window_of(FirstStart)
        assert cache.exists() is not forget
        assert application._settings.current.account == ""


async def test_nobody_looks_at_an_empty_window_on_a_new_device_either(
    qapp: QApplication, paths: ProfilePaths
) -> None:
    """The account has its notes by then, and nothing is in them."""
    async with running(qapp, paths):
        before = await host("Ada")
        await until(lambda: before.chat.conversation_id != 0)
        notes = before.chat.conversation_id
        before.sign_out_requested.emit(True)
        after = await host("Ada")
        assert after._client is not before._client
        await until(lambda: after.chat.conversation_id == notes)
        assert after.conversations.rowCount() == 1
        assert not after.chat.isHidden()


async def test_what_the_tray_changes_is_seen_in_the_open_settings(
    qapp: QApplication, paths: ProfilePaths
) -> None:
    async with running(qapp, paths) as application:
        window = await host("Ada")
        await until(lambda: window.chat.conversation_id != 0)
        QTest.keyClick(window, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
        dialog = await window_of(SettingsDialog)
        application._do_not_disturb(True)  # what the tray's menu asks for; there is no tray here
        assert dialog._switches["do_not_disturb"].isChecked()
        dialog.close()


async def test_two_accounts_in_one_window(qapp: QApplication, paths: ProfilePaths) -> None:
    async with running(qapp, paths) as application:
        adas = await host("Ada")
        await until(lambda: adas.chat.conversation_id != 0)
        (window,) = windows()
        assert not window.rail.isVisible()
        adas.add_account_requested.emit()
        first = await window_of(FirstStart)
        QTest.keyClicks(field(first, "Server address"), shown_address(paths))
        QTest.keyClicks(field(first, "User name"), "bob")
        QTest.keyClicks(field(first, "Password"), "a long password")
        click(button(first, "Create account"))
        await until(lambda: window.view not in (None, adas))
        bobs = window.view
        assert bobs is not None
        await until(lambda: bobs.chat.conversation_id != 0)
        assert window.rail.isVisible()
        assert not adas.isVisible()
        keys = [account.key for account in application._settings.current.accounts]
        assert len(keys) == 2
        # Bob writes to Ada, whose account is not on screen.
        bob = application._accounts[keys[1]].client
        talk = await bob.open_direct(adas._client.user_id)
        await bob.send(talk, "hello over there")
        await until(lambda: adas.total_unread == 1)
        assert window.windowTitle() == "(1) desktop-chat"
        names = [each.accessibleName() for each in window.rail.buttons]
        assert names == ["Ada, this computer, 1 unread", "bob, this computer"]
        QTest.keyClick(window, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
        await until(lambda: window.view is adas)
        assert application._settings.current.account == keys[0]
        application.open_link(f"desktop-chat://conversation/{bobs.chat.conversation_id}")
        assert window.view is bobs
    async with running(qapp, paths) as application:
        (window,) = windows()
        shown = window.view
        assert shown is not None
        assert shown.own_name == "bob"
        await until(window.rail.isVisible)
        await until(lambda: len(application._accounts) == 2)
        QTest.mouseClick(window.rail.buttons[0], Qt.MouseButton.LeftButton)
        assert window.view is not None
        assert window.view.own_name == "Ada"
        # Signing out of one leaves the other.
        window.view.sign_out_requested.emit(False)
        await until(lambda: len(application._settings.current.accounts) == 1)
        assert [each.user_name for each in application._settings.current.accounts] == ["bob"]
        assert window.view is shown
        assert not window.rail.isVisible()
        assert windows() == [window]


async def test_deleting_one_of_two_accounts_asks_nobody_to_sign_in(
    qapp: QApplication, paths: ProfilePaths
) -> None:
    asked: list[str] = []
    async with running(qapp, paths) as application:
        adas = await host("Ada")
        await until(lambda: adas.chat.conversation_id != 0)
        (window,) = windows()
        adas.add_account_requested.emit()
        first = await window_of(FirstStart)
        for name, text in (
            ("Server address", shown_address(paths)),
            ("User name", "bob"),
            ("Password", "correct horse"),
        ):
            QTest.keyClicks(field(first, name), text)
        click(button(first, "Create account"))
        await until(lambda: window.view not in (None, adas))
        bobs = window.view
        assert bobs is not None
        await bobs._client.online()
        application._accounts[application._settings.current.account].signed_out.connect(
            lambda: asked.append("bob")
        )
        settings = bobs.show_settings()
        click(button(settings, "Delete account…"))
        deletion = await within(settings, DeletionDialog)
        QTest.keyClicks(field(deletion, "Your password"), "correct horse")
        click(deletion.go)
        await until(lambda: window.view is adas)
        assert asked == []
        assert windows() == [window]
        assert FirstStart not in {type(w) for w in visible()}


async def test_an_account_that_is_open_goes_on_with_the_newer_sign_in(
    qapp: QApplication, paths: ProfilePaths
) -> None:
    async with running(qapp, paths) as application:
        window = await host("Ada")
        await until(lambda: window.chat.conversation_id != 0)
        password = await application._secrets().get("hosted-password ada")
        assert password is not None
        (before,) = await window._client.actions.devices()
        phases: list[ConnectionPhase] = []
        window._client.subscribe(
            lambda change: (
                phases.append(change.state.phase) if isinstance(change, ConnectionChanged) else None
            )
        )
        window.add_account_requested.emit()
        first = await window_of(FirstStart)
        QTest.keyClicks(field(first, "Server address"), shown_address(paths))
        QTest.keyClicks(field(first, "User name"), "ada")
        QTest.keyClicks(field(first, "Password"), password)
        click(button(first, "Sign in"))
        await until(lambda: phases[-1:] == [ConnectionPhase.ONLINE])
        # One device, and another than before: the one whose token is kept for the next start.
        (after,) = await window._client.actions.devices()
        assert after.online
        assert after.device_id != before.device_id
        assert FirstStart not in {type(w) for w in visible()}


async def test_quitting_lets_a_sign_out_come_to_its_end(
    qapp: QApplication, paths: ProfilePaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(qapp, paths) as application:
        window = await host("Ada")
        await until(lambda: window.chat.conversation_id != 0)
        hosted = application._settings.current.accounts[0]
        other = msgspec.structs.replace(hosted, key="other", user_name="other")
        application._settings.update(accounts=[hosted, other])
        assert application._open_account(other) == ""
        secrets = application._secrets()
        forget, reached = secrets.delete, asyncio.Event()

        async def slowly(key: str) -> None:
            reached.set()
            await asyncio.sleep(0.3)
            await forget(key)

        monkeypatch.setattr(secrets, "delete", slowly)
        cache = paths.account_cache(hosted.key)
        window.sign_out_requested.emit(True)
        await reached.wait()
    assert not cache.exists()
    assert await secrets.get(hosted.key) is None
    assert FirstStart not in {type(w) for w in visible()}


async def test_who_is_signed_out_out_of_sight_is_asked_when_they_are_looked_at(
    qapp: QApplication, paths: ProfilePaths
) -> None:
    async with running(qapp, paths) as application:
        await host("Ada")
        (window,) = windows()
        hosted = application._settings.current.accounts[0]
        gone = msgspec.structs.replace(hosted, key="gone", user_name="gone")
        application._settings.update(accounts=[hosted, gone])
        assert application._open_account(gone) == ""
        opened = application._accounts["gone"]
        application._start_account(opened)  # it has no token
        await until(lambda: opened.reason is not None)
        assert FirstStart not in {type(w) for w in visible()}
        names = [each.accessibleName() for each in window.rail.buttons]
        assert [name.endswith(", signed out") for name in names] == [False, True]
        QTest.keyClick(window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
        first = await window_of(FirstStart)
        assert field(first, "Your name").text() == "gone"


async def test_a_deleted_account_leaves_nothing_here(qapp: QApplication, paths: ProfilePaths) -> None:
    second = ProfilePaths("second")
    async with running(qapp, paths):
        await host("Ada")
        address = shown_address(paths)
        async with running(qapp, second) as application:
            first = await window_of(FirstStart)
            click(button(first, "Join a server instead"))
            for name, text in (
                ("Server address", address),
                ("User name", "bob"),
                ("Password", "correct horse"),
            ):
                QTest.keyClicks(field(first, name), text)
            click(button(first, "Create account"))
            await until(lambda: len(windows()) == 2)
            bobs = max((w.view for w in windows() if w.view), key=lambda view: view._client.user_id)
            await until(lambda: bobs.chat.conversation_id != 0)
            cache = second.account_cache(application._settings.current.account)
            assert cache.exists()
            QTest.keyClick(bobs, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
            click(button(await window_of(SettingsDialog), "Delete account…"))
            deletion = await window_of(DeletionDialog)
            QTest.keyClicks(deletion.field, "a guess!")
            QTest.keyClick(deletion.field, Qt.Key.Key_Return)
            await until(deletion.words.isVisible)
            assert "password" in deletion.words.text()
            QTest.keyClicks(deletion.field, "correct horse")
            QTest.keyClick(deletion.field, Qt.Key.Key_Return)
            await until(lambda: len(windows()) == 1)
            await window_of(FirstStart)
            await until(lambda: not cache.exists())
            assert application._settings.current.account == ""


def visible() -> list[QWidget]:
    return [w for w in QApplication.topLevelWidgets() if w.isVisible()]


def windows() -> list[MainWindow]:
    return [w for w in visible() if isinstance(w, MainWindow)]


def said(first: FirstStart) -> str:
    return first._words.text().lower()


async def test_closing_the_first_window_ends_the_app(qapp: QApplication, paths: ProfilePaths) -> None:
    qapp.setQuitOnLastWindowClosed(False)
    application = Application(qapp, paths, SettingsStore(paths.settings))
    application.open()
    life = asyncio.ensure_future(application.run())
    first = await window_of(FirstStart)
    first.close()
    assert await life == 0
    application.deleteLater()


async def test_no_token_goes_to_whoever_took_the_place_of_the_own_server(
    qapp: QApplication, paths: ProfilePaths
) -> None:
    async with running(qapp, paths):
        window = await host("Ada")
        await until(lambda: window.chat.conversation_id != 0)
    heard: list[str] = []

    async def impostor(connection: ServerConnection) -> None:
        heard.append(str(await connection.recv()))

    address = shown_address(paths)
    async with serve(impostor, "127.0.0.1", urlsplit(address).port), running(qapp, paths):
        window = await view_of()
        client = window._client
        await until(lambda: client.connection_state.phase is ConnectionPhase.ONLINE)
        assert shown_address(paths) != address
    assert heard == []


async def test_settings_that_name_no_account_lead_to_signing_in(
    qapp: QApplication, paths: ProfilePaths, caplog: pytest.LogCaptureFixture
) -> None:
    SettingsStore(paths.settings).update(account="../../x")
    with caplog.at_level("WARNING", logger="desktop_chat.application.application"):
        async with running(qapp, paths):
            first = await window_of(FirstStart)
            assert "sign in" in said(first)


def shown_address(paths: ProfilePaths) -> str:
    account = SettingsStore(paths.settings).current.shown
    assert account is not None
    return account.server_address


async def test_an_account_that_cannot_be_opened_leaves_the_others(
    qapp: QApplication, paths: ProfilePaths, caplog: pytest.LogCaptureFixture
) -> None:
    settings = SettingsStore(paths.settings)
    broken = Account("../../x", "ws://127.0.0.1:1/", 9, "broken")
    settings.update(account=broken.key, accounts=[broken, scenes.ACCOUNT])
    scene = scenes.Scene(paths.account_cache(scenes.ACCOUNT.key))
    scene.direct(1, "Alice Example", [(1, "hello", scenes.NOW_MS)])
    scene.database.close()
    with caplog.at_level("WARNING", logger="desktop_chat.application.application"):
        async with running(qapp, paths) as application:
            window = await view_of()
            assert window.conversations.rowCount() == 1
            assert application._settings.current.accounts == [scenes.ACCOUNT]
            assert application._settings.current.account == scenes.ACCOUNT.key
