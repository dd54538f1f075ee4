"""The real window over a scene of ``tests/ui/scenes``, for the pictures."""

import asyncio
from collections.abc import Callable
from typing import Any

Scene = Callable[..., Any]
"""Opens what a picture shows, in a look; gives the widget, and what closes it."""


async def open_window(look, scene, *, size=(1120, 760), open_id=1, state=None, prepare=None):  # type: ignore[no-untyped-def]
    from desktop_chat.qt_async import spawn
    from desktop_chat.ui.account_view import AccountView
    from desktop_chat.ui.main_window import MainWindow
    from tests.ui import scenes

    client = scenes.living_client(scene)
    if state is not None:
        client.scripted_state = state
    if prepare is not None:
        prepare(client)
    settings = scenes.MemorySettings()
    window = MainWindow(settings, look)
    view = AccountView(client, settings, spawn, look, lambda: scenes.NOW_MS, window)
    window.add_view(scenes.ACCOUNT, view)
    window.show_view(scenes.ACCOUNT.key)
    window.resize(*size)
    window.show()
    if open_id:
        view.show_conversation(open_id)
    for _ in range(20):
        await asyncio.sleep(0.01)

    async def close() -> None:
        view.release()
        window.close()
        window.deleteLater()
        await asyncio.sleep(0.02)
        await client.close()

    return view, close
