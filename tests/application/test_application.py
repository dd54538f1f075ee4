"""The application's life, with the real server behind it: from the first start to the last word."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QPushButton, QWidget
from websockets.asyncio.server import ServerConnection, serve

from desktop_chat import qt_async
from desktop_chat.application.application import Application
from desktop_chat.core.models import ConnectionPhase
from desktop_chat.paths import ProfilePaths
from desktop_chat.settings import SettingsStore
from desktop_chat.ui.deletion_dialog import DeletionDialog
from desktop_chat.ui.first_start import FirstStart
from desktop_chat.ui.main_window import MainWindow
from desktop_chat.ui.settings_dialog import SettingsDialog

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


def field(window: QWidget, name: str) -> QLineEdit:
    return next(f for f in window.findChildren(QLineEdit) if f.accessibleName() == name)


def button(window: QWidget, text: str) -> QPushButton:
    return next(b for b in window.findChildren(QPushButton) if b.text() == text)


def click(widget: QWidget) -> None:
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


async def host(name: str) -> MainWindow:
    first = await window_of(FirstStart)
    QTest.keyClicks(field(first, "Your name"), name)
    QTest.keyClick(field(first, "Your name"), Qt.Key.Key_Return)
    return await window_of(MainWindow)


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
        window = await window_of(MainWindow)
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
        address = SettingsStore(paths.settings).current.server_address
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
            bobs = max(windows(), key=lambda w: w._client.user_id)
            await until(lambda: bobs.chat.conversation_id != 0)


async def test_revoked_here_means_signing_in_again_with_the_cache_kept(
    qapp: QApplication, paths: ProfilePaths
) -> None:
    async with running(qapp, paths) as application:
        window = await host("Ada")
        await until(lambda: window.chat.conversation_id != 0)
        client = window._client
        await client.sign_out()
        first = await window_of(FirstStart)
        assert client.connection_state.phase is ConnectionPhase.SIGNED_OUT
        assert field(first, "User name").text() == "ada"
        assert window.isVisible()
        assert window.conversations.rowCount() == 1
        # The host's password is kept with the token.
        password = await application._secrets().get("hosted-password")
        assert password is not None
        QTest.keyClicks(field(first, "Password"), password)
        click(button(first, "Sign in"))
        await until(lambda: FirstStart not in {type(w) for w in visible()})


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


async def test_a_deleted_account_leaves_nothing_here(qapp: QApplication, paths: ProfilePaths) -> None:
    second = ProfilePaths("second")
    async with running(qapp, paths):
        await host("Ada")
        address = SettingsStore(paths.settings).current.server_address
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
            bobs = max(windows(), key=lambda w: w._client.user_id)
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

    address = SettingsStore(paths.settings).current.server_address
    async with serve(impostor, "127.0.0.1", urlsplit(address).port), running(qapp, paths):
        window = await window_of(MainWindow)
        client = window._client
        await until(lambda: client.connection_state.phase is ConnectionPhase.ONLINE)
        assert SettingsStore(paths.settings).current.server_address != address
    assert heard == []


async def test_settings_that_name_no_account_lead_to_signing_in(
    qapp: QApplication, paths: ProfilePaths, caplog: pytest.LogCaptureFixture
) -> None:
    SettingsStore(paths.settings).update(account="../../x")
    with caplog.at_level("WARNING", logger="desktop_chat.application.application"):
        async with running(qapp, paths):
            first = await window_of(FirstStart)
            assert "sign in" in said(first)
