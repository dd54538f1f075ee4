"""Pictures of the real windows over a real store, light and dark, at 1x and 2x.

    python packaging/screenshots.py [OUTDIR [SCENE …]]

Every pixel comes from the app's own widgets; only the server is missing, since a picture needs none.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from dialog_scenes import DIALOGS, settle

ROOT = Path(__file__).resolve().parents[1]
RATIOS = (1, 2)


def main(arguments: list[str]) -> int:
    """Draw each pixel ratio in a process of its own: Qt reads the ratio once."""
    out = Path(arguments[0] if arguments else ROOT / "out" / "screenshots")
    out.mkdir(parents=True, exist_ok=True)
    if "SCREENSHOT_RATIO" in os.environ:
        return _draw(out, int(os.environ["SCREENSHOT_RATIO"]), arguments[1:])
    for ratio in RATIOS:
        environment = {
            **os.environ,
            "SCREENSHOT_RATIO": str(ratio),
            "QT_SCALE_FACTOR": str(ratio),
            "QT_QPA_PLATFORM": "offscreen",
            "TZ": "UTC",
            "LC_ALL": "en_GB.UTF-8",
        }
        subprocess.run([sys.executable, __file__, str(out), *arguments[1:]], env=environment, check=True)
    print(f"{len(list(out.glob('*.png')))} pictures in {out}")
    return 0


def _draw(out: Path, ratio: int, wanted: list[str]) -> int:
    sys.path.insert(0, str(ROOT))
    from PySide6.QtWidgets import QApplication

    from desktop_chat import qt_async
    from desktop_chat.ui.locale import speak

    application = QApplication([])
    speak(application, os.environ.get("SCREENSHOT_LANGUAGE", "en"))

    async def draw_all() -> int:
        from desktop_chat.ui.theme import Theme

        look = Theme(application, "light")
        for choice in os.environ.get("SCREENSHOT_LOOKS", "light dark").split():
            look.choose(choice)
            for name, draw in SCENES.items():
                if wanted and name not in wanted:
                    continue
                widget, close = await draw(look)
                picture = widget.window().grab()
                picture.save(str(out / f"{name}_{choice}@{ratio}x.png"))
                await close()
        return 0

    return qt_async.run(draw_all)


async def _window(look, scene, *, size=(1120, 760), open_id=1, state=None, prepare=None):  # type: ignore[no-untyped-def]
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


async def _list_and_chat(look):  # type: ignore[no-untyped-def]
    from tests.ui import scenes

    return await _window(look, scenes.living())


async def _unread(look):  # type: ignore[no-untyped-def]
    from tests.ui import scenes

    scene = scenes.living()
    scene.draft(9, "Qf3, and now")
    return await _window(look, scene, open_id=4)


async def _failed(look):  # type: ignore[no-untyped-def]
    from tests.ui import scenes

    scene = scenes.living()
    scene.echo(1, "And here is the whole log of last night, all of it.", scenes.NOW_MS, failed="Too fast")
    scene.echo(1, "On my way!", scenes.NOW_MS)
    return await _window(look, scene)


async def _offline(look):  # type: ignore[no-untyped-def]
    import time

    from desktop_chat.core.models import ConnectionPhase, ConnectionState
    from tests.ui import scenes

    scene = scenes.living()
    scene.echo(1, "Written in a tunnel; it goes out when we are through.", scenes.NOW_MS)
    state = ConnectionState(ConnectionPhase.OFFLINE, "No route", time.monotonic() + 14.6)
    return await _window(look, scene, state=state)


async def _search(look):  # type: ignore[no-untyped-def]
    from tests.ui import scenes

    window, close = await _window(look, scenes.living())
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

    return await _window(look, scenes.living(), size=(420, 760))


async def _empty(look):  # type: ignore[no-untyped-def]
    from tests.ui import scenes

    return await _window(look, scenes.living(), open_id=0)


async def _group(look):  # type: ignore[no-untyped-def]
    from tests.ui import scenes

    return await _window(look, scenes.lab(), open_id=20)


async def _reply(look):  # type: ignore[no-untyped-def]
    from tests.ui import scenes

    window, close = await _window(look, scenes.lab(), open_id=20)
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

    window, close = await _window(look, scenes.lab(), open_id=20)
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
    window, close = await _window(look, _pictured(), open_id=20)
    await asyncio.sleep(0.3)
    return window, close


async def _dialog(look, open_dialog, kind):  # type: ignore[no-untyped-def]
    window, close = await _window(look, _pictured(), open_id=20)
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


async def _gallery(look, **how):  # type: ignore[no-untyped-def]
    import tempfile

    from tests.ui import gallery

    folder = Path(tempfile.mkdtemp())

    def prepare(client):  # type: ignore[no-untyped-def]
        gallery.on_their_way(client, folder)

    how = {"size": (1120, 1000)} | how
    window, close = await _window(
        look, gallery.gallery(folder), open_id=gallery.GALLERY, prepare=prepare, **how
    )
    await asyncio.sleep(0.5)
    return window, close, folder


async def _files(look):  # type: ignore[no-untyped-def]
    window, close, _ = await _gallery(look)
    return window, close


async def _pictures(look):  # type: ignore[no-untyped-def]
    window, close, _ = await _gallery(look)
    window.chat.timeline.go_to_start()
    await asyncio.sleep(0.3)
    return window, close


async def _files_narrow(look):  # type: ignore[no-untyped-def]
    window, close, _ = await _gallery(look, size=(420, 900))
    return window, close


async def _viewer(look):  # type: ignore[no-untyped-def]
    window, close, _ = await _gallery(look, size=(1120, 760))
    view = window.chat.timeline
    row = view.model.row(2)
    view.file_chosen.emit(row, row.files[1], False)
    await asyncio.sleep(0.5)
    return window, close


def _drop_files(window, paths):  # type: ignore[no-untyped-def]
    from PySide6.QtCore import QMimeData, QUrl

    dropped = QMimeData()
    dropped.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    window.chat.attaching.take(dropped)


async def _send_files(look):  # type: ignore[no-untyped-def]
    from tests.ui import gallery

    window, close, folder = await _gallery(look)
    (folder / "minutes of the meeting.docx").write_bytes(bytes(48_300))
    for file_id, name in ((gallery.LAKE, "lake.png"), (gallery.TOWER, "tower.png")):
        (folder / file_id).rename(folder / name)
    names = ("lake.png", "tower.png", "minutes of the meeting.docx")
    _drop_files(window, [folder / name for name in names])
    window.chat.attaching.dialog.field.insert("From the trip, and the minutes")
    await asyncio.sleep(0.5)
    return window.chat.attaching.dialog, close


async def _send_photo(look):  # type: ignore[no-untyped-def]
    from tests.ui import gallery

    window, close, folder = await _gallery(look)
    (folder / gallery.LAKE).rename(folder / "lake.png")
    _drop_files(window, [folder / "lake.png"])
    await asyncio.sleep(0.5)
    return window.chat.attaching.dialog, close


async def _drop(look):  # type: ignore[no-untyped-def]
    window, close, _ = await _gallery(look, size=(1120, 760))
    sheet = window.chat.attaching.sheet
    sheet.setGeometry(window.chat.rect())
    sheet.show()
    sheet.raise_()
    await asyncio.sleep(0.1)
    return window, close


async def _shared(look, number, conversation_id=None):  # type: ignore[no-untyped-def]
    from desktop_chat.ui.info_dialog import InfoDialog
    from tests.ui import gallery

    window, close, _ = await _gallery(look, size=(1120, 760))
    window.interactions.show_info(conversation_id or gallery.GALLERY)
    await asyncio.sleep(0.05)
    dialog = window.findChildren(InfoDialog)[-1]
    dialog.segments.choose(number)
    await asyncio.sleep(0.5)
    return dialog, close


async def _shared_pictures(look):  # type: ignore[no-untyped-def]
    return await _shared(look, 1)


async def _shared_files(look):  # type: ignore[no-untyped-def]
    return await _shared(look, 2)


async def _shared_links(look):  # type: ignore[no-untyped-def]
    return await _shared(look, 2, 1)


async def _shared_nothing(look):  # type: ignore[no-untyped-def]
    return await _shared(look, 0, 10)


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

    window, close = await _window(look, scenes.lab(), open_id=20)
    window.chat.bar.field.setPlainText("Thanks @")
    window.chat.bar._complete("Thanks @")
    await asyncio.sleep(0.05)
    return window, close


async def _banner(look):  # type: ignore[no-untyped-def]
    from desktop_chat.application.room import WindowRoom
    from desktop_chat.desktop.notifications import Notification
    from desktop_chat.ui import avatar
    from tests.ui import scenes

    window, close = await _window(look, scenes.lab(), open_id=20)
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

    view, close = await _window(look, scenes.living())
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


def _opened(open_it):  # type: ignore[no-untyped-def]
    async def draw(look):  # type: ignore[no-untyped-def]
        from tests.ui import scenes

        view, close = await _window(look, scenes.lab(), open_id=20)
        # Drawn in the middle of something: what the server would say is not asked for.
        view._client.actions = scenes.RecordedActions()
        widget = open_it(view)
        await settle()
        return widget, close

    return draw


SCENES: dict[str, Callable] = {  # type: ignore[type-arg]
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
    "files": _files,
    "pictures": _pictures,
    "files_narrow": _files_narrow,
    "shared_pictures": _shared_pictures,
    "shared_files": _shared_files,
    "shared_links": _shared_links,
    "shared_nothing": _shared_nothing,
    "viewer": _viewer,
    "send_files": _send_files,
    "send_photo": _send_photo,
    "drop": _drop,
    "empty": _empty,
    "accounts": _accounts,
    "help": _help,
    **{name: _opened(open_it) for name, open_it in DIALOGS.items()},
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
