"""A window opens where it can be seen, whatever screens there were when it was closed."""

from PySide6.QtCore import QByteArray, QRect
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMainWindow

from desktop_chat import qt_async
from desktop_chat.ui.main_window import MainWindow
from desktop_chat.ui.theme import Theme
from tests.ui import scenes


def record_of(place: QRect) -> str:
    """Qt's record of a window at a place, as if there had been a screen."""
    window = QMainWindow()
    window.setGeometry(place)
    data = bytearray(window.saveGeometry().data())
    window.deleteLater()
    return bytes(QByteArray(bytes(data)).toBase64().data()).decode()


async def test_a_window_never_opens_off_screen(qapp: QApplication, look: Theme) -> None:
    screen = QGuiApplication.primaryScreen().availableGeometry()
    for place in (
        QRect(screen.right() + 3000, 100, 700, 500),
        QRect(-5000, -5000, 700, 500),
        QRect(100, 100, screen.width() * 3, screen.height() * 3),
    ):
        client = scenes.living_client(scenes.living())
        settings = scenes.MemorySettings(window_geometry=record_of(place))
        window = MainWindow(client, settings, qt_async.spawn, look, now_ms=lambda: scenes.NOW_MS)
        window.show()
        await scenes.settled()
        # Some pixels of a frame are no loss.
        assert screen.adjusted(-8, -8, 8, 8).contains(window.frameGeometry()), place
        window.release()
        window.close()
        window.deleteLater()
        await scenes.settled()
        await qt_async.cancel_all()
        await client.close()
