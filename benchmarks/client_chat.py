"""The window's figures at size: 100,000 messages in one conversation, 5,000 conversations in the list.

Real widgets over a real client and a real store on disk, drawn offscreen; no server. Takes about a minute.
"""

import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

FIGURES_FOLLOW = True

MESSAGES = 100_000
CONVERSATIONS = 5_000
_SIZE = (1120, 760)
_TEXTS = (
    "Morning! Did the prototype build finish?",
    "Yes — it starts in under half a second.",
    "Notes are here: https://example.org/spike/notes?rev=7",
    "你好世界 · مرحبا · Привет · שלום 👩‍💻",
    (
        "Only the visible messages get laid out, so 100 messages and 100,000 messages cost the same a frame. "
        "That is a longer story, and it takes a few lines to tell it."
    ),
    "😍",
    "ok",
)


def main() -> int:
    """Measure, and print the figures as the last line."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from PySide6.QtWidgets import QApplication

    from desktop_chat import qt_async

    application = QApplication([])
    figures: list[dict[str, Any]] = []

    async def measure() -> int:
        with tempfile.TemporaryDirectory() as folder:
            await _measure(application, Path(folder), figures)
        return 0

    code = qt_async.run(measure)
    for each in figures:
        print(f"{each['what']:<58} {each['value']:>8} {each['unit']:<3} goal {each['goal']}")
    print(json.dumps(figures, ensure_ascii=False))
    return code


async def _measure(application: Any, folder: Path, figures: list[dict[str, Any]]) -> None:
    from desktop_chat.qt_async import spawn
    from desktop_chat.services.client import Client
    from desktop_chat.ui.account_view import AccountView
    from desktop_chat.ui.main_window import MainWindow
    from desktop_chat.ui.theme import Theme
    from tests.ui import scenes

    scene = _filled(folder / "cache.sqlite")
    client = Client(
        folder / "cache.sqlite",
        scenes.OWN_ID,
        "ws://127.0.0.1:1",
        scenes.no_token,
        open_transport=scenes.no_transport,
        database=scene.database,
    )
    look = Theme(application, "light")

    def make_window() -> AccountView:
        settings = scenes.MemorySettings()
        window = MainWindow(settings, look)
        view = AccountView(client, settings, spawn, look, _now, window)
        window.add_view(scenes.ACCOUNT, view)
        window.show_view(scenes.ACCOUNT.key)
        window.resize(*_SIZE)
        window.show()
        window.grab()
        return view

    took, window = _timed(make_window)
    figures.append(_figure(f"make and paint the window, {CONVERSATIONS:,} conversations", took, "—"))
    await _turns(5)
    _measure_opening(window, figures)
    await _measure_scrolling(window, figures)
    _measure_resizing(window, figures)
    await _measure_list(window, figures)
    window.release()
    window.window().close()
    await _turns(5)
    await client.close()


def _measure_opening(window: Any, figures: list[dict[str, Any]]) -> None:
    samples = []
    for _ in range(9):
        window.show_conversation(2)
        window.chat.timeline.viewport().grab()
        took, _ = _timed(lambda: (window.show_conversation(1), window.chat.grab()))
        samples.append(took)
    figures.append(_figure(f"open a conversation of {MESSAGES:,} and paint it, p50", _p(samples, 50), "≤ 45"))


async def _measure_scrolling(window: Any, figures: list[dict[str, Any]]) -> None:
    from PySide6.QtCore import QEvent
    from PySide6.QtWidgets import QApplication

    view = window.chat.timeline
    model = window.chat.timeline_model
    frames: list[float] = []
    prepends: list[float] = []
    drift = 0
    insert_started = [0.0]

    def about_to_insert(*_: object) -> None:
        insert_started[0] = time.perf_counter()

    def inserted(*_: object) -> None:
        prepends.append((time.perf_counter() - insert_started[0]) * 1e3)

    model.rowsAboutToBeInserted.connect(about_to_insert)
    model.rowsInserted.connect(inserted)
    request = QEvent(QEvent.Type.UpdateRequest)

    def frame() -> None:
        # What the screen's next frame would ask for, at once: paint what has changed.
        QApplication.sendEvent(window.window(), request)

    for _ in range(1500):
        before = {view.layout_of(each.row).row.message.local_id: each for each in view.placed}
        rows = model.rowCount()
        await asyncio.sleep(0)
        if model.rowCount() != rows:
            for each in view.placed:
                old = before.get(view.layout_of(each.row).row.message.local_id)
                if old is not None:
                    drift = max(drift, abs(old.top + old.height - each.top - each.height))
        took, _ = _timed(lambda: (view.scroll_by(120), frame()))
        frames.append(took)
    figures.append(_figure("scroll frame while history pages in, p50", _p(frames, 50), "≤ 3"))
    figures.append(_figure("scroll frame while history pages in, p99", _p(frames, 99), "≤ 8"))
    figures.append(_figure("longest scroll frame", max(frames), "≤ 50"))
    figures.append(_figure("older page of 80 prepended, p50", _p(prepends, 50), "≤ 5"))
    figures.append(_figure("older page of 80 prepended, p99", _p(prepends, 99), "≤ 5"))
    figures.append(_figure("drift when prepending", drift, "0", unit="px"))


def _measure_resizing(window: Any, figures: list[dict[str, Any]]) -> None:
    samples = []
    frame = window.window()
    for step in range(120):
        width = _SIZE[0] + (step % 60) * 7 * (1 if step < 60 else -1)
        took, _ = _timed(lambda width=width: (frame.resize(max(700, width), _SIZE[1]), frame.repaint()))
        samples.append(took)
    frame.resize(*_SIZE)
    figures.append(_figure("live resize step, whole window painted, p50", _p(samples, 50), "—"))
    figures.append(_figure("live resize step, whole window painted, p99", _p(samples, 99), "≤ 16"))


async def _measure_list(window: Any, figures: list[dict[str, Any]]) -> None:
    import msgspec

    from desktop_chat.core.changes import ConversationChanged

    view, model = window.sidebar.list, window.conversations
    everything = model.conversations()
    samples = []
    for n in range(400):
        row = everything[(n * 997) % len(everything)]
        change = msgspec.structs.replace(row, activity_ms=_now() + n, unread=n % 5, preview_text=f"news {n}")
        took, _ = _timed(lambda change=change: model.take([ConversationChanged(change)]))
        painted, _ = _timed(lambda: view.viewport().grab(_first_rows(view)))
        samples.append(took + painted)
    figures.append(_figure(f"conversation update + paint, {CONVERSATIONS:,}, p50", _p(samples, 50), "—"))
    figures.append(_figure(f"conversation update + paint, {CONVERSATIONS:,}, p99", _p(samples, 99), "≤ 1.5"))
    keystrokes = []
    for word in ("person 1", "person 49", "hello", "zzzz", "news"):
        for end in range(1, len(word) + 1):
            took, _ = _timed(lambda text=word[:end]: window.search.set_query(text))
            keystrokes.append(took)
            await asyncio.sleep(0)
    window.search.set_query("")
    figures.append(_figure(f"filter keystroke, {CONVERSATIONS:,}, p50", _p(keystrokes, 50), "≤ 2"))
    figures.append(_figure(f"filter keystroke, {CONVERSATIONS:,}, longest", max(keystrokes), "—"))


def _first_rows(view: Any) -> Any:
    """What a move to the top repaints at most is the list; what changed is its first rows."""
    rect = view.viewport().rect()
    rect.setHeight(136)
    return rect


def _filled(path: Path) -> Any:
    from tests.ui import scenes

    scene = scenes.Scene(path)
    start = scenes.NOW_MS - MESSAGES * 90_000
    lines = [(n % 5 % 2, _TEXTS[n % len(_TEXTS)], start + n * 90_000) for n in range(MESSAGES)]
    scene.direct(1, "Alice Example", lines)
    for id_ in range(2, CONVERSATIONS + 1):
        scene.direct(id_, f"Person {id_}", [(1, f"hello number {id_}", scenes.NOW_MS - id_ * 1000)])
    return scene


def _now() -> int:
    from tests.ui import scenes

    return scenes.NOW_MS


def _timed(act: Callable[[], Any]) -> tuple[float, Any]:
    """Milliseconds it took, and its result."""
    started = time.perf_counter()
    result = act()
    return (time.perf_counter() - started) * 1e3, result


def _p(samples: list[float], percent: int) -> float:
    return statistics.quantiles(samples, n=100)[percent - 1] if len(samples) > 1 else samples[0]


def _figure(what: str, value: float, goal: str, unit: str = "ms") -> dict[str, Any]:
    return {"what": what, "value": round(value, 2), "unit": unit, "goal": goal}


async def _turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0.01)


if __name__ == "__main__":
    sys.exit(main())
