"""Icons: the colour is put into the SVG's text, and it is rendered at the screen's pixel ratio, once."""

from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPixmap

from desktop_chat.ui import mirroring

APP_ICON = "desktop-chat"
_POINTING = frozenset({"back", "forward", "forward-arrow", "join", "leave", "reply", "send"})
"""What points to where reading comes from, or goes to."""


@lru_cache(maxsize=1)
def _folder() -> Traversable:
    return files("resources").joinpath("icons")


@lru_cache(maxsize=64)
def _svg(name: str) -> str:
    return _folder().joinpath(f"{name}.svg").read_text("utf-8")


def path(name: str) -> str:
    """Where the file of an icon is that a style sheet shows, in the colour it is drawn in."""
    return Path(str(_folder().joinpath(f"{name}.svg"))).as_posix()


def pixmap(name: str, color: str, size: int, ratio: float) -> QPixmap:
    """An icon of ``size`` logical pixels in a colour, which points the other way where windows are read from
    right to left; needs a QGuiApplication."""
    return _pixmap(name, color, size, ratio, mirrored=name in _POINTING and mirroring.mirrored())


@lru_cache(maxsize=128)
def _pixmap(name: str, color: str, size: int, ratio: float, *, mirrored: bool) -> QPixmap:
    # Loading QtSvg costs start time where no icon is shown yet.
    from PySide6.QtSvg import QSvgRenderer

    text = _svg(name)
    if name != APP_ICON:
        text = text.replace("#000", color)
    renderer = QSvgRenderer(QByteArray(text.encode()))
    drawn = QPixmap(QSize(round(size * ratio), round(size * ratio)))
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    renderer.render(painter, QRectF(0, 0, drawn.width(), drawn.height()))
    painter.end()
    if mirrored:
        drawn = QPixmap.fromImage(drawn.toImage().flipped(Qt.Orientation.Horizontal))
    drawn.setDevicePixelRatio(ratio)
    return drawn


def icon(name: str, color: str, size: int = 20) -> QIcon:
    """An icon that is sharp on each of the screens there are."""
    made = QIcon()
    for ratio in {1.0, *(screen.devicePixelRatio() for screen in QGuiApplication.screens())}:
        made.addPixmap(pixmap(name, color, size, ratio))
    return made


def app_icon() -> QIcon:
    """The application's own icon, in the sizes that desktops ask for."""
    made = QIcon()
    for size in (16, 24, 32, 48, 64, 128, 256):
        made.addPixmap(pixmap(APP_ICON, "", size, 1.0))
    return made
