"""A window opens where it can be seen, whatever screens there were when it was closed."""

from PySide6.QtCore import QByteArray, QRect
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMainWindow

from desktop_chat.settings import WINDOW_PLACES_MAX
from desktop_chat.ui.main_window import MainWindow, screens_now
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
        settings = scenes.MemorySettings(window_places={screens_now(): record_of(place)})
        window = MainWindow(settings, look)
        window.show()
        await scenes.settled()
        # Some pixels of a frame are no loss.
        assert screen.adjusted(-8, -8, 8, 8).contains(window.frameGeometry()), place
        window.close()
        window.deleteLater()
        await scenes.settled()


async def test_each_arrangement_of_screens_has_its_own_place(qapp: QApplication, look: Theme) -> None:
    settings = scenes.MemorySettings(window_places={f"away {n}": "AAAA" for n in range(WINDOW_PLACES_MAX)})
    window = MainWindow(settings, look)
    window.show()
    window.resize(700, 500)
    await scenes.settled()
    window.close()
    window.deleteLater()
    kept = settings.current.window_places
    assert list(kept) == [*(f"away {n}" for n in range(1, WINDOW_PLACES_MAX)), screens_now()]
    again = MainWindow(settings, look)
    assert (again.width(), again.height()) == (700, 500)
    again.deleteLater()
