"""Links from outside, starts without a window, and what the desktop asks, in the running application."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QLineEdit, QMessageBox, QWidget

from desktop_chat import qt_async
from desktop_chat.application.application import Application
from desktop_chat.paths import ProfilePaths
from desktop_chat.settings import Account, SettingsStore
from desktop_chat.ui.first_start import FirstStart
from desktop_chat.ui.main_window import MainWindow
from desktop_chat.ui.new_chat_dialog import NewChatDialog
from tests.e2e.launcher import launcher
from tests.e2e.session_bus import session_bus
from tests.ui import scenes

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
ACCOUNT = "a" * 16


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ProfilePaths:
    monkeypatch.setenv("DESKTOP_CHAT_HOME", str(tmp_path))
    return ProfilePaths("tests")


@pytest.fixture
def signed_in(paths: ProfilePaths, monkeypatch: pytest.MonkeyPatch) -> ProfilePaths:
    """Somebody with a conversation and a server that is not there."""
    fill(paths, monkeypatch)
    return paths


def fill(paths: ProfilePaths, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sign somebody in."""

    async def token(application: Application, account: str) -> str:
        return "a token"

    monkeypatch.setattr(Application, "_token", token)
    account = Account(ACCOUNT, "ws://127.0.0.1:1/", scenes.OWN_ID, "me")
    SettingsStore(paths.settings).update(account=ACCOUNT, accounts=[account])
    scene = scenes.Scene(paths.account_cache(ACCOUNT))
    lines = [(n % 2, f"line {n}", scenes.NOW_MS + n) for n in range(1, 9)]
    scene.direct(1, "Alice Example", lines)
    scene.direct(2, "Bob", [(1, "other", scenes.NOW_MS)])
    scene.database.close()


@asynccontextmanager
async def running(
    qapp: QApplication, paths: ProfilePaths, *, hidden: bool = False
) -> AsyncIterator[Application]:
    qapp.setQuitOnLastWindowClosed(False)
    application = Application(qapp, paths, SettingsStore(paths.settings))
    application.open(hidden=hidden)
    life = asyncio.ensure_future(application.run())
    await asyncio.sleep(0)
    try:
        yield application
    finally:
        application.quit()
        assert await life == 0
        await qt_async.cancel_all()
        application.deleteLater()


def visible(kind: type[QWidget]) -> list[QWidget]:
    return [each for each in QApplication.topLevelWidgets() if isinstance(each, kind) and each.isVisible()]


def told() -> str:
    """What the open box says; it is closed then."""
    (box,) = visible(QMessageBox)
    assert isinstance(box, QMessageBox)
    words = box.text()
    box.done(0)
    return words


def fields(window: QWidget) -> dict[str, str]:
    return {each.accessibleName(): each.text() for each in window.findChildren(QLineEdit)}


async def test_an_invitation_fills_in_the_form(qapp: QApplication, paths: ProfilePaths) -> None:
    async with running(qapp, paths) as application:
        application.open_link("desktop-chat://join/10.0.0.5:8765?name=ann&invite=c0de")
        (window,) = visible(FirstStart)
        filled = fields(window)
        assert filled["Server address"] == "10.0.0.5:8765"
        assert filled["User name"] == "ann"
        assert filled["Invite, for a new account"] == "c0de"
        assert filled["Password"] == ""
        assert application._settings.current.account == ""


async def test_an_invitation_signs_nobody_out(qapp: QApplication, signed_in: ProfilePaths) -> None:
    async with running(qapp, signed_in) as application:
        application.open_link("desktop-chat://join/10.0.0.5:8765?invite=c0de")
        (window,) = visible(FirstStart)
        assert fields(window)["Server address"] == "10.0.0.5:8765"
        assert application._settings.current.account == ACCOUNT
        window.close()
        assert visible(FirstStart) == []
        assert len(visible(MainWindow)) == 1


async def test_a_link_shows_a_message(qapp: QApplication, signed_in: ProfilePaths) -> None:
    async with running(qapp, signed_in) as application:
        (frame,) = visible(MainWindow)
        assert isinstance(frame, MainWindow)
        window = frame.view
        assert window is not None
        application.open_link("desktop-chat://conversation/1/3")
        assert window.chat.conversation_id == 1
        application.open_link("desktop-chat://conversation/2")
        assert window.chat.conversation_id == 2
        application.open_link("desktop-chat://conversation/77")
        assert told() == "This link leads to a conversation that you are not in."
        assert (window.chat.conversation_id, window._waiting_open) == (2, 0)


@pytest.mark.parametrize("link", ["desktop-chat://quit", "desktop-chat://join/<b>x</b>", "desktop-chat:\n"])
async def test_a_link_without_meaning_is_said(qapp: QApplication, paths: ProfilePaths, link: str) -> None:
    async with running(qapp, paths) as application:
        application.open_link(link)
        words = told()
        assert words.startswith(("“desktop-chat:", "This link leads to no server"))


@pytest.mark.parametrize("link", ["desktop-chat://conversation/1/3", ""])
async def test_what_a_start_is_for_waits_for_the_loop(
    qapp: QApplication, signed_in: ProfilePaths, link: str
) -> None:
    qapp.setQuitOnLastWindowClosed(False)
    application = Application(qapp, signed_in, SettingsStore(signed_in.settings))
    application.open()
    errand = partial(application.open_link, link) if link else partial(application.act, "new-conversation")
    life = asyncio.ensure_future(application.run(errand))
    (frame,) = visible(MainWindow)
    assert isinstance(frame, MainWindow)
    assert frame.view is not None
    while not (frame.view.chat.conversation_id == 1 if link else frame.view.findChildren(NewChatDialog)):
        await asyncio.sleep(0.01)
    application.quit()
    assert await life == 0
    await qt_async.cancel_all()
    application.deleteLater()


async def test_links_without_meaning_share_one_box(qapp: QApplication, paths: ProfilePaths) -> None:
    async with running(qapp, paths) as application:
        for number in range(5):
            application.open_link(f"desktop-chat://nothing/{number}")
        assert "nothing/4" in told()
        assert visible(QMessageBox) == []


async def test_an_invitation_takes_away_what_was_typed_for_another_server(
    qapp: QApplication, paths: ProfilePaths
) -> None:
    async with running(qapp, paths) as application:
        application.open_link("desktop-chat://join/10.0.0.5:8765?name=ann")
        (window,) = visible(FirstStart)
        password = next(f for f in window.findChildren(QLineEdit) if f.accessibleName() == "Password")
        password.setText("a long password")
        application.open_link("desktop-chat://join/10.0.0.5:8765?name=ann&invite=c0de")
        assert password.text() == "a long password"
        application.open_link("desktop-chat://join/10.9.9.9:8765?name=ann")
        assert password.text() == ""


async def test_hidden_without_a_tray_is_where_it_can_be_found(
    qapp: QApplication, signed_in: ProfilePaths
) -> None:
    async with running(qapp, signed_in, hidden=True) as application:
        while not visible(MainWindow):
            await asyncio.sleep(0.01)
        (window,) = visible(MainWindow)
        assert window.isMinimized()
        application.come_forward()
        assert not window.isMinimized()


async def test_hidden_with_a_tray_shows_nothing_until_asked(
    qapp: QApplication, signed_in: ProfilePaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop_chat.desktop.tray.Tray.available", staticmethod(lambda: True))
    monkeypatch.setattr("desktop_chat.desktop.tray.Tray.show", lambda tray: None)
    async with running(qapp, signed_in, hidden=True) as application:
        while application._accounts[ACCOUNT].alerts is None:
            await asyncio.sleep(0.01)
        assert visible(MainWindow) == []
        application.open_link("desktop-chat://conversation/1")
        assert len(visible(MainWindow)) == 1


@pytest.fixture
def meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, paths: ProfilePaths) -> ProfilePaths:
    """The profile that the desktop means, where it always is."""
    monkeypatch.delenv("DESKTOP_CHAT_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return ProfilePaths()


async def test_the_desktop_asks_by_its_bus(
    qapp: QApplication, meant: ProfilePaths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(meant, monkeypatch)
    with session_bus(tmp_path) as address:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        async with launcher(address) as asking:
            async with running(qapp, meant, hidden=True) as application:
                await asking.until_owned()
                (window,) = visible(MainWindow)
                assert window.isMinimized()  # there is no tray here
                await asking.activate()
                assert not window.isMinimized()
                view = application._accounts[ACCOUNT].view
                await asking.ask("Open", "asa{sv}", ["desktop-chat://conversation/1/3"], {})
                assert view.chat.conversation_id == 1
                await asking.ask("Open", "asa{sv}", ["https://example.org/"], {})
                assert told() == "“https://example.org/” is no link that this version understands."
                await asking.ask("ActivateAction", "sava{sv}", "do-not-disturb", [], {})
                assert application._settings.current.do_not_disturb
                await asking.ask("ActivateAction", "sava{sv}", "do-not-disturb", [], {})
                assert not application._settings.current.do_not_disturb
                for _ in range(2):  # one is enough
                    await asking.ask("ActivateAction", "sava{sv}", "new-conversation", [], {})
                    (dialog,) = visible(NewChatDialog)
                dialog.close()
            await asking.until_owned(False)
            async with running(qapp, meant):
                await asking.until_owned()


async def test_where_nobody_is_signed_in_an_action_leads_to_the_first_start(
    qapp: QApplication, paths: ProfilePaths
) -> None:
    async with running(qapp, paths) as application:
        application.act("new-conversation")
        assert len(visible(FirstStart)) == 1
        assert visible(NewChatDialog) == []


async def test_another_profile_has_no_name_on_the_bus(
    qapp: QApplication, meant: ProfilePaths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with session_bus(tmp_path) as address:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        async with launcher(address) as asking, running(qapp, ProfilePaths("work")) as application:
            application.outside.listen()
            assert application.outside._bus_name is None
            assert await asking.owner() is None
