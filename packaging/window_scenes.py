"""Windows, menus and bars for ``make screenshots``: how each comes on screen."""

import asyncio
from pathlib import Path

from scene_window import Scene, open_window


async def _list_and_chat(look):  # type: ignore[no-untyped-def]
    from tests.ui import scenes

    return await open_window(look, scenes.living())


async def _unread(look):  # type: ignore[no-untyped-def]
    from tests.ui import scenes

    scene = scenes.living()
    scene.draft(9, "Qf3, and now")
    return await open_window(look, scene, open_id=4)


async def _failed(look):  # type: ignore[no-untyped-def]
    from tests.ui import scenes

    scene = scenes.living()
    scene.echo(1, "And here is the whole log of last night, all of it.", scenes.NOW_MS, failed="Too fast")
    scene.echo(1, "On my way!", scenes.NOW_MS)
    return await open_window(look, scene)


async def _offline(look):  # type: ignore[no-untyped-def]
    import time

    from desktop_chat.core.models import ConnectionPhase, ConnectionState
    from tests.ui import scenes

    scene = scenes.living()
    scene.echo(1, "Written in a tunnel; it goes out when we are through.", scenes.NOW_MS)
    state = ConnectionState(ConnectionPhase.OFFLINE, "No route", time.monotonic() + 14.6)
    return await open_window(look, scene, state=state)


async def _search(look):  # type: ignore[no-untyped-def]
    from tests.ui import scenes

    window, close = await open_window(look, scenes.living())
    window.sidebar.field.setText("the")
    for _ in range(30):
        await asyncio.sleep(0.01)
    return window, close


async def _first_start(look):  # type: ignore[no-untyped-def]
    return await _start(look, join=False)


async def _join(look):  # type: ignore[no-untyped-def]
    return await _start(look, join=True)


async def _start(look, *, join):  # type: ignore[no-untyped-def]
    from desktop_chat.ui.first_start import FirstStart

    window = FirstStart(look)
    if join:
        window.show_join("192.168.1.20", "alice")
        window.show_error("The server does not know this name, or the password is another one.")
    window.show()
    await asyncio.sleep(0.05)

    async def close() -> None:
        window.close()
        window.deleteLater()
        await asyncio.sleep(0.02)

    return window, close


async def _narrow(look):  # type: ignore[no-untyped-def]
    from tests.ui import scenes

    return await open_window(look, scenes.living(), size=(420, 760))


async def _empty(look):  # type: ignore[no-untyped-def]
    from tests.ui import scenes

    return await open_window(look, scenes.living(), open_id=0)


async def _group(look):  # type: ignore[no-untyped-def]
    from tests.ui import scenes

    return await open_window(look, scenes.lab(), open_id=20)


async def _reply(look):  # type: ignore[no-untyped-def]
    from tests.ui import scenes

    window, close = await open_window(look, scenes.lab(), open_id=20)
    view = window.chat.timeline
    row = view.model.row(6)
    view.toolbar.show_beside(row, view.layout_of(6).bubble.translated(0, view.placed[-5].top))
    window.chat.interactions.reply(row)
    window.chat.bar.field.setPlainText("Twice as good, in fact.")
    await asyncio.sleep(0.05)
    return window, close


async def _menu(look):  # type: ignore[no-untyped-def]
    from desktop_chat.ui.message_menu import MessageMenu
    from tests.ui import scenes

    window, close = await open_window(look, scenes.lab(), open_id=20)
    view = window.chat.timeline
    view.open_menu_for_row(4)
    await asyncio.sleep(0.05)
    return window.findChildren(MessageMenu)[-1], close


def _pictured():  # type: ignore[no-untyped-def]
    import tempfile

    from tests.ui import faces, scenes

    scene = scenes.lab()
    faces.give(scene, Path(tempfile.mkdtemp()), 20)
    return scene


async def _portraits(look):  # type: ignore[no-untyped-def]
    window, close = await open_window(look, _pictured(), open_id=20)
    await asyncio.sleep(0.3)
    return window, close


async def _dialog(look, open_dialog, kind):  # type: ignore[no-untyped-def]
    window, close = await open_window(look, _pictured(), open_id=20)
    open_dialog(window)
    await asyncio.sleep(0.3)
    await asyncio.sleep(0.1)
    return window.findChildren(kind)[-1], close


async def _group_info(look):  # type: ignore[no-untyped-def]
    from desktop_chat.ui.info_dialog import InfoDialog

    return await _dialog(look, lambda window: window.interactions.show_info(20), InfoDialog)


async def _profile(look):  # type: ignore[no-untyped-def]
    from desktop_chat.ui.info_dialog import InfoDialog

    return await _dialog(look, lambda window: window.interactions.show_info(1), InfoDialog)


async def _new_group(look):  # type: ignore[no-untyped-def]
    from desktop_chat.ui.people_dialog import GroupDialog

    return await _dialog(look, lambda window: window.interactions.begin_group(), GroupDialog)


async def _new_chat(look):  # type: ignore[no-untyped-def]
    from desktop_chat.ui.new_chat_dialog import NewChatDialog

    return await _dialog(look, lambda window: window.interactions.begin_chat(), NewChatDialog)


async def _conversation_menu(look):  # type: ignore[no-untyped-def]
    from PySide6.QtCore import QPoint

    from desktop_chat.ui.conversation_menu import ConversationMenu

    return await _dialog(
        look, lambda window: window.interactions.open_menu(20, QPoint(10, 10)), ConversationMenu
    )


async def _settings(look):  # type: ignore[no-untyped-def]
    from desktop_chat.ui.settings_dialog import SettingsDialog

    return await _dialog(look, lambda window: window.show_settings(), SettingsDialog)


async def _deletion(look):  # type: ignore[no-untyped-def]
    from desktop_chat.ui.deletion_dialog import DeletionDialog

    settings, close = await _settings(look)
    settings.deletion_requested.emit()
    await asyncio.sleep(0.05)
    deletion = settings.findChildren(DeletionDialog)[-1]
    deletion.field.setText("a guess")
    deletion._say("The user name or the password is wrong.")
    await asyncio.sleep(0.05)
    return deletion, close


async def _emoji(look):  # type: ignore[no-untyped-def]
    from desktop_chat.ui.emoji_picker import EmojiPicker

    return await _dialog(look, lambda window: window.chat.bar.open_emoji(), EmojiPicker)


async def _mention(look):  # type: ignore[no-untyped-def]
    from tests.ui import scenes

    window, close = await open_window(look, scenes.lab(), open_id=20)
    window.chat.bar.field.setPlainText("Thanks @")
    window.chat.bar._complete("Thanks @")
    await asyncio.sleep(0.05)
    return window, close


async def _banner(look):  # type: ignore[no-untyped-def]
    from desktop_chat.application.room import WindowRoom
    from desktop_chat.desktop.notifications import Notification
    from desktop_chat.ui import avatar
    from tests.ui import scenes

    window, close = await open_window(look, scenes.lab(), open_id=20)
    words = "Who brings the cake? I thought of the one with the cherries"
    png = avatar.png(104, "Mum", 96)
    room = WindowRoom(window.window(), lambda: window, look, window.window().come_forward)
    room.show_banner(Notification(4, "Mum 🏡 (5 new)", words, image_png=png))
    await asyncio.sleep(0.05)
    return window, close


async def _accounts(look):  # type: ignore[no-untyped-def]
    from desktop_chat.qt_async import spawn
    from desktop_chat.settings import Account
    from desktop_chat.ui.account_view import AccountView
    from tests.ui import scenes

    view, close = await open_window(look, scenes.living())
    window = view.window()
    clients = []
    for key, name, address in (
        ("work", "Me Myself", "wss://chat.institute.example:8765/"),
        ("family", "Mum", "wss://10.0.0.7:8765/"),
    ):
        scene = scenes.Scene()
        scene.direct(1, "Somebody", [(1, "hello", scenes.NOW_MS)] * 3, unread=3 if key == "work" else 0)
        client = scenes.living_client(scene)
        clients.append(client)
        other = AccountView(client, view._settings, spawn, look, lambda: scenes.NOW_MS, window)
        window.add_view(Account(key, address, scenes.OWN_ID, name), other)
    await asyncio.sleep(0.1)

    async def close_all() -> None:
        for each in window._views.values():
            if each is not view:
                each.release()
        await close()
        for client in clients:
            await client.close()

    return view, close_all


async def _help(look):  # type: ignore[no-untyped-def]
    from desktop_chat.ui.help_sheet import HelpSheet

    return await _dialog(look, lambda window: window._show_shortcuts(), HelpSheet)


WINDOWS: dict[str, Scene] = {
    "first_start": _first_start,
    "join": _join,
    "chat": _list_and_chat,
    "unread": _unread,
    "failed": _failed,
    "offline": _offline,
    "search": _search,
    "group": _group,
    "portraits": _portraits,
    "reply": _reply,
    "menu": _menu,
    "emoji": _emoji,
    "mention": _mention,
    "group_info": _group_info,
    "profile": _profile,
    "settings": _settings,
    "deletion": _deletion,
    "banner": _banner,
    "new_group": _new_group,
    "new_chat": _new_chat,
    "conversation_menu": _conversation_menu,
    "narrow": _narrow,
    "empty": _empty,
    "accounts": _accounts,
    "help": _help,
}
