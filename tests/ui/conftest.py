"""What tests of the window share."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from PySide6.QtWidgets import QApplication

from desktop_chat import qt_async
from desktop_chat.ui.main_window import MainWindow
from desktop_chat.ui.theme import Theme
from tests.ui import scenes

OpenWindow = Callable[[scenes.Scene], AbstractAsyncContextManager[MainWindow]]


@pytest.fixture(scope="session")
def look(qapp: QApplication) -> Theme:
    """The application's look; light, whatever the system says."""
    # As the app does: Qt's default would end the loop with the first window that closes.
    qapp.setQuitOnLastWindowClosed(False)
    return Theme(qapp, "light")


@pytest.fixture
def open_window(look: Theme) -> OpenWindow:
    """Opens the main window over a scene, and takes it down in the order the app does."""

    @asynccontextmanager
    async def opened(scene: scenes.Scene) -> AsyncIterator[MainWindow]:
        client = scenes.living_client(scene)
        settings = scenes.MemorySettings()
        window = MainWindow(client, settings, qt_async.spawn, look, now_ms=lambda: scenes.NOW_MS)
        window.show()
        await scenes.settled()
        try:
            yield window
        finally:
            window.release()
            window.close()
            window.deleteLater()
            await scenes.settled()
            await qt_async.cancel_all()
            await client.close()

    return opened
