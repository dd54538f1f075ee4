"""Two windows and a real server: a picture goes from one to the other, and a restart lies between."""

import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop_chat import qt_async
from desktop_chat.net.clock import Clock
from desktop_chat.services.client import Client
from desktop_chat.ui.account_view import AccountView
from desktop_chat.ui.main_window import MainWindow
from desktop_chat.ui.theme import Theme
from desktop_chat.viewmodels.attached_files import AttachedFile
from tests.server.files.file_server import Uploader, a_file_server
from tests.ui import gallery, scenes

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


@asynccontextmanager
async def a_window(
    folder: Path, person: Uploader, look: Theme, conversation_id: int
) -> AsyncIterator[AccountView]:
    """One run of the app, online, with a conversation open."""

    async def token() -> str | None:
        return person.client.token

    folder.mkdir(exist_ok=True)
    address = person.server.url.replace("http:", "ws:") + "/"
    path = folder / "cache.sqlite3"
    client = Client(path, person.client.user_id, address, token, clock=Clock(unit=lambda: 0.0))
    settings = scenes.MemorySettings()
    window = MainWindow(settings, look)
    view = AccountView(client, settings, qt_async.spawn, look, parent=window)
    window.add_view(scenes.ACCOUNT, view)
    window.show_view(scenes.ACCOUNT.key)
    client.start()
    await client.online()
    window.show()
    view.show_conversation(conversation_id)
    await until(lambda: view.chat.conversation_id)
    try:
        yield view
    finally:
        view.release()
        window.close()
        window.deleteLater()
        await scenes.settled()
        await qt_async.cancel_all()
        await client.close()


async def until(condition: Callable[[], object]) -> None:
    for _ in range(400):
        if condition():
            return
        await scenes.settled()
    raise AssertionError("it did not happen")


def newest(window: AccountView) -> AttachedFile | None:
    model = window.chat.timeline_model
    if model is None or not model.rowCount() or not model.row(model.rowCount() - 1).files:
        return None
    return model.row(model.rowCount() - 1).files[0]


def drop(window: AccountView, path: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    copy, none = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    left = Qt.MouseButton.LeftButton
    QApplication.sendEvent(window.chat, QDragEnterEvent(QPoint(9, 9), copy, mime, left, none))
    QApplication.sendEvent(window.chat, QDropEvent(QPointF(9, 9), copy, mime, left, none))


async def send(window: AccountView, path: Path, caption: str) -> None:
    drop(window, path)
    dialog = window.chat.attaching.dialog
    assert dialog is not None
    QTest.keyClicks(dialog.field, caption)
    QTest.keyClick(dialog.field, Qt.Key.Key_Return)
    await until(lambda: window.chat.attaching.dialog is None)


async def test_a_picture_goes_from_window_to_window(qapp: QApplication, look: Theme, tmp_path: Path) -> None:
    gallery.landscape(tmp_path / "hills.png", 400, 300, "#4f86c6", "#f4c9a4", "#2d5b4e")
    async with a_file_server(tmp_path) as server:
        ada, bob = await server.person("ada"), await server.person("bob")
        talk = await ada.client.open(bob.client.user_id)
        async with a_window(tmp_path / "ada", ada, look, talk) as one:
            await send(one, tmp_path / "hills.png", "Hills")
            async with a_window(tmp_path / "bob", bob, look, talk) as other:
                await until(lambda: (file := newest(other)) and file.here)
                pictures = other.chat.timeline.pictures
                await until(lambda: pictures._kept)
                file = newest(other)
                assert file is not None
                assert Path(file.path).read_bytes() == (tmp_path / "hills.png").read_bytes()
                assert (file.described.width, file.described.height) == (400, 300)
                assert other.conversations.describe(talk).preview == "📷 Hills"
        async with a_window(tmp_path / "bob", bob, look, talk) as other:
            await until(lambda: (file := newest(other)) and file.here)


async def test_what_goes_out_goes_on_in_the_next_window(
    qapp: QApplication, look: Theme, tmp_path: Path
) -> None:
    (tmp_path / "film.bin").write_bytes(random.Random(3).randbytes(3_000_000))
    async with a_file_server(tmp_path) as server:
        ada = await server.person("ada")
        notes = await ada.client.open(ada.client.user_id)
        async with a_window(tmp_path / "ada", ada, look, notes) as one:
            await send(one, tmp_path / "film.bin", "film")
            await until(lambda: (file := newest(one)) and file.done_bytes)
            assert newest(one).sending  # type: ignore[union-attr]
        async with a_window(tmp_path / "ada", ada, look, notes) as one:
            # Once it is sent; until then its file is the one that goes out.
            await until(lambda: (file := newest(one)) and not file.sending and file.here)
