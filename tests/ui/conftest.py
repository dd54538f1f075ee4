"""What tests of the window share."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from desktop_chat import qt_async
from desktop_chat.ui.account_view import AccountView
from desktop_chat.ui.main_window import MainWindow
from desktop_chat.ui.theme import Theme
from tests.ui import scenes

OpenWindow = Callable[[scenes.Scene], AbstractAsyncContextManager[AccountView]]


@pytest.fixture(scope="session")
def look(qapp: QApplication) -> Theme:
    """The application's look; light, whatever the system says."""
    # As the app does: Qt's default would end the loop with the first window that closes.
    qapp.setQuitOnLastWindowClosed(False)
    return Theme(qapp, "light")


@pytest.fixture
def right_to_left(qapp: QApplication, look: Theme) -> Iterator[None]:
    """Windows are read from right to left."""
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    yield
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


@pytest.fixture
def open_window(look: Theme) -> OpenWindow:
    """Opens the main window over a scene and gives the account in it; takes both down in the app's order."""

    @asynccontextmanager
    async def opened(scene: scenes.Scene) -> AsyncIterator[AccountView]:
        client = scenes.living_client(scene)
        settings = scenes.MemorySettings()
        window = MainWindow(settings, look)
        view = AccountView(client, settings, qt_async.spawn, look, lambda: scenes.NOW_MS, window)
        view.settings_changed.connect(window.take_settings)
        window.add_view(scenes.ACCOUNT, view)
        window.show_view(scenes.ACCOUNT.key)
        window.show()
        await scenes.settled()
        try:
            yield view
        finally:
            window.remove_view(scenes.ACCOUNT.key)
            view.release()
            window.close()
            window.deleteLater()
            view.deleteLater()
            await scenes.settled()
            await qt_async.cancel_all()
            await client.close()

    return opened
