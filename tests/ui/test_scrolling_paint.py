"""A scrolled timeline keeps its pixels and paints only what came into sight; on screen is then what painting
everything would have made."""

from collections.abc import Iterable
from typing import cast

import pytest
from PySide6.QtCore import QEvent, QRect
from PySide6.QtGui import QImage, QPaintEvent
from PySide6.QtWidgets import QApplication

from desktop_chat.ui.account_view import AccountView
from desktop_chat.ui.scroll_anchor import Placed, distance_moved
from desktop_chat.ui.timeline_canvas import TimelineCanvas
from tests.ui import scenes
from tests.ui.conftest import OpenWindow
from tests.ui.test_timeline import long_scene


def frame(window: AccountView) -> None:
    """What the screen's next frame does."""
    QApplication.sendEvent(window.window(), QEvent(QEvent.Type.UpdateRequest))


def on_screen(window: AccountView) -> QImage:
    """The pixels that the window has shown, not those that it would paint now."""
    frame(window)
    whole = window.screen().grabWindow(window.window().winId()).toImage()
    corner = window.chat.timeline.viewport().mapTo(
        window.window(), window.chat.timeline.viewport().rect().topLeft()
    )
    return whole.copy(QRect(corner, window.chat.timeline.viewport().size()))


@pytest.fixture(params=["left to right", "right to left"], autouse=True)
def reading(request: pytest.FixtureRequest) -> None:
    """Which way windows are read."""
    if request.param == "right to left":
        request.getfixturevalue("right_to_left")


async def test_what_was_moved_looks_as_if_it_was_painted(qapp: QApplication, open_window: OpenWindow) -> None:
    async with open_window(long_scene()) as window:
        window.show_conversation(1)
        await scenes.settled()
        view = window.chat.timeline
        view.scroll_by(1)
        await scenes.settled()
        for step in (120, 60, 7, 333, -40, -90, 1, 2_000, -150):
            view.scroll_by(step)
            moved = on_screen(window)
            view.viewport().update()
            assert on_screen(window) == moved, step


async def test_a_scroll_paints_a_strip(
    qapp: QApplication, open_window: OpenWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    painted: list[int] = []
    paint = TimelineCanvas.paintEvent

    def spy(view: TimelineCanvas, event: QPaintEvent) -> None:
        # It can be iterated, though the stubs do not say so.
        rects = cast("Iterable[QRect]", event.region())
        painted.append(sum(rect.width() * rect.height() for rect in rects))
        paint(view, event)

    monkeypatch.setattr(TimelineCanvas, "paintEvent", spy)
    async with open_window(long_scene()) as window:
        window.show_conversation(1)
        await scenes.settled()
        view = window.chat.timeline
        view.scroll_by(50)
        frame(window)
        painted.clear()
        view.scroll_by(50)
        frame(window)
        assert sum(painted) < view.viewport().width() * 50 * 2


def test_rows_that_stayed_tell_the_distance() -> None:
    before = [Placed(3, -10, 40), Placed(4, 30, 40)]
    assert distance_moved(before, [Placed(2, 0, 30), Placed(3, 30, 40)]) == 40
    assert distance_moved(before, before) == 0


def test_rows_that_did_not_move_alike_tell_none() -> None:
    before = [Placed(3, -10, 40), Placed(4, 30, 40)]
    assert distance_moved(before, [Placed(3, 0, 40), Placed(4, 40, 60)]) is None
    assert distance_moved(before, [Placed(8, 0, 40)]) is None
