"""Frames of the window while it shows what somebody with bad intentions wrote: the scene of
``tests/ui/hostile``, each text as a message, a name and a title."""

import asyncio
import json
import os
import time
from collections.abc import Callable
from typing import Any

FIGURES_FOLLOW = True

_SIZE = (1120, 760)


def main() -> None:
    """Measure and print the figures as JSON."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    from desktop_chat import qt_async

    application = QApplication([])
    figures: list[dict[str, Any]] = []

    async def measure() -> int:
        await _measure(application, figures)
        return 0

    qt_async.run(measure)
    print(json.dumps(figures, ensure_ascii=False))


async def _measure(application: Any, figures: list[dict[str, Any]]) -> None:
    from desktop_chat.qt_async import spawn
    from desktop_chat.ui.account_view import AccountView
    from desktop_chat.ui.main_window import MainWindow
    from desktop_chat.ui.theme import Theme
    from desktop_chat.viewmodels import links
    from tests.ui import hostile, scenes

    client = scenes.living_client(hostile.hostile())
    look = Theme(application, "light")
    settings = scenes.MemorySettings()
    window = MainWindow(settings, look)
    view = AccountView(client, settings, spawn, look, lambda: scenes.NOW_MS, window)
    window.add_view(scenes.ACCOUNT, view)
    window.show_view(scenes.ACCOUNT.key)
    window.resize(*_SIZE)
    window.show()
    window.grab()
    links.prepare()  # as it is while the pointer goes to the list
    opened: dict[bool, list[float]] = {True: [], False: []}
    for first in (True, False):
        for number in range(1, len(hostile.TEXTS) + 1):
            took = _timed(lambda number=number: (view.show_conversation(number), window.grab()))
            opened[first].append(took)
            await _turns(3)
    view.show_conversation(hostile.GROUP)
    await _turns(5)
    timeline = view.chat.timeline
    frames = []
    timeline.skip_to_end()
    bar = timeline.verticalScrollBar()
    while bar.value() > bar.minimum():
        frames.append(_timed(lambda: (timeline.scroll_by(120), timeline.viewport().repaint())))
        await _turns(1)
    listed = _timed(lambda: (view.sidebar.list.viewport().update(), view.sidebar.grab()))
    figures += [
        _figure(
            "open a conversation of hostile texts and paint it, longest", max(opened[False]), "ms", "≤ 45"
        ),
        _figure(
            "the same for the first time", max(opened[True]), "ms", "", "a font for each script is loaded"
        ),
        _figure("scroll frame through hostile texts, p50", sorted(frames)[len(frames) // 2], "ms", "≤ 3"),
        _figure(
            "scroll frame through hostile texts, longest", max(frames), "ms", "≤ 50", f"of {len(frames)}"
        ),
        _figure("list of hostile names painted whole", listed, "ms", "≤ 16"),
    ]
    view.release()
    window.close()
    await _turns(5)
    await client.close()


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1e3


async def _turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0.005)


def _figure(what: str, value: float, unit: str, goal: str, note: str = "") -> dict[str, object]:
    return {"what": what, "value": round(value, 2), "unit": unit, "goal": goal, "note": note}


if __name__ == "__main__":
    main()
