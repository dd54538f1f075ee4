"""What was shared in a conversation: found in its info, opened, and led back to where it was said."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QMenu

from desktop_chat.core.attachments import Attachment, FileBody, encode
from desktop_chat.core.changes import (
    CacheReset,
    ConversationChanged,
    ConversationRemoved,
    MessageChanged,
    MessagesAdded,
)
from desktop_chat.core.models import Extra, Message
from desktop_chat.core.timeline import Run
from desktop_chat.core.transfers import Transfer, TransferPhase
from desktop_chat.protocol.records import Content
from desktop_chat.protocol.records import Message as Wire
from desktop_chat.store import conversations, messages
from desktop_chat.ui.account_view import AccountView
from desktop_chat.ui.info_dialog import InfoDialog
from desktop_chat.ui.link_dialog import LinkDialog
from desktop_chat.ui.picture_viewer import PictureViewer
from desktop_chat.ui.shared_part import SharedPart
from desktop_chat.viewmodels import shared
from desktop_chat.viewmodels.viewed_pictures import SharedPictures
from tests.ui import gallery, scenes
from tests.ui.conftest import OpenWindow
from tests.ui.test_files import fetched, gallery_window

# Qt's offscreen platform says so of every dialog and menu.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support|libpng", extend=True)

PICTURES, FILES, LINKS = 0, 1, 2


@asynccontextmanager
async def shared_window(
    open_window: OpenWindow, folder: Path, number: int
) -> AsyncIterator[tuple[AccountView, InfoDialog, SharedPart]]:
    """The info of the field trip, with one of its lists chosen by key."""
    async with gallery_window(open_window, folder) as window:
        window.show_conversation(gallery.GALLERY)
        keys = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        QTest.keyClick(window, Qt.Key.Key_I, keys)
        await scenes.settled()
        dialog = window.findChildren(InfoDialog)[-1]
        dialog.segments.setFocus()
        for _ in range(number + 1):
            QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Right)
        await scenes.settled()
        part = dialog.parts[number]
        assert part.isVisible()
        yield window, dialog, part
        await scenes.settled()
        for each in window.findChildren(InfoDialog):
            each.reject()


def titles(part: SharedPart) -> list[str]:
    return [part.model.item(row).title for row in range(part.model.rowCount())]


def open_row(part: SharedPart, row: int) -> None:
    """By key."""
    part.list.setFocus()
    part.list.setCurrentIndex(part.model.index(row))
    QTest.keyClick(part.list, Qt.Key.Key_Return)


def menu_of(dialog: InfoDialog, part: SharedPart, row: int) -> QMenu:
    index = part.model.index(row)
    part.menu_requested.emit(part.model.item(row), part.list.visualRect(index).center())
    return dialog.findChildren(QMenu)[-1]


def choose(menu: QMenu, words: str) -> None:
    """By its letters, as in every menu."""
    assert words in [each.text() for each in menu.actions()]
    QTest.keyClicks(menu, words.removesuffix("…"))
    QTest.keyClick(menu, Qt.Key.Key_Return)
    menu.close()


def words_of(part: SharedPart) -> list[str]:
    return [each.text() for each in part.findChildren(QLabel) if each.isVisible() and each.text()]


def said(
    window: AccountView, seq: int, body: str, *, kind: str = "text", sender_id: int = gallery.ALICE
) -> Message:
    """A message that comes into the field trip now, or came into it long ago."""
    wire = Wire(
        gallery.GALLERY,
        seq,
        50_000 + seq,
        sender_id,
        f"{50_000 + seq:032x}",
        scenes.at("11:00"),
        Content(kind, body),
    )
    with window._client._database.transaction() as connection:
        return messages.insert_stored(connection, wire)


async def test_pictures_are_found_and_seen_in_the_whole_window(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    async with shared_window(open_window, tmp_path, PICTURES) as (window, dialog, part):
        assert titles(part) == ["late.png", "dunes.png", "night.png", "tower.png", "lake.png"], "newest first"
        assert ("seen", gallery.LAKE) in fetched(window)
        spoken = part.model.index(4).data(Qt.ItemDataRole.AccessibleTextRole)
        assert spoken.startswith("Photo lake.png, 1,600 by 1,000")
        assert "Alice Example" in spoken
        part.list.setFocus()
        part.list.setCurrentIndex(part.model.index(1))
        QTest.keyClick(part.list, Qt.Key.Key_Right)
        QTest.keyClick(part.list, Qt.Key.Key_Return)
        await scenes.settled()
        viewer = window.window().findChildren(PictureViewer)[-1]
        assert viewer.isVisible()
        assert not dialog.isVisible(), "it is out of the way"
        assert viewer.shown is not None
        assert viewer.shown.file.name == "night.png"
        QTest.keyClick(viewer, Qt.Key.Key_Left)
        QTest.keyClick(viewer, Qt.Key.Key_Left)
        assert viewer.shown is not None
        assert viewer.shown.file.name == "lake.png"
        assert viewer.shown.sender == "Alice Example"
        QTest.keyClick(viewer, Qt.Key.Key_Left)
        assert viewer.shown.file.name == "lake.png", "there is none before it"
        QTest.keyClick(viewer, Qt.Key.Key_Escape)
        await scenes.settled()
        assert dialog.isVisible()
        assert part.list.currentIndex().row() == 2, "where it was"


async def test_a_picture_that_is_not_here_is_fetched_by_a_click(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    async with shared_window(open_window, tmp_path, PICTURES) as (window, _, part):
        rect = part.list.visualRect(part.model.index(0))
        QTest.mouseClick(part.list.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
        assert fetched(window)[-1] == ("show", gallery.LATE, ("asked", True))
        window._client.transfers.put(Transfer(gallery.LATE, TransferPhase.RUNNING, 5_000_000, 25_000_000))
        await scenes.settled()
        file = part.model.item(0).file
        assert file is not None
        assert file.words == "5 of 25 MB"


async def test_a_picture_deleted_while_it_is_seen_is_gone(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    async with shared_window(open_window, tmp_path, PICTURES) as (window, dialog, part):
        open_row(part, 4)
        await scenes.settled()
        message = part.model.item(4).message
        window._client._publish(MessageChanged(replace(message, kind="deleted", body="")))
        window.feed.flush()
        await scenes.settled()
        assert dialog.isVisible()
        assert "lake.png" not in titles(part)


async def test_a_conversation_that_goes_takes_its_picture_along(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    async with shared_window(open_window, tmp_path, PICTURES) as (window, _, part):
        open_row(part, 4)
        await scenes.settled()
        window._client._publish(ConversationRemoved(gallery.GALLERY))
        window.feed.flush()
        await scenes.settled()
        assert not window.window().findChildren(PictureViewer)
        assert not window.findChildren(InfoDialog)


async def test_files_are_opened_and_saved(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    async with shared_window(open_window, tmp_path, FILES) as (window, dialog, part):
        assert titles(part) == [
            "raw-data.tar.gz",
            "calibration.log",
            "Report on the residuals, final version 3.pdf",
        ]
        assert part.model.item(0).about.startswith("Paused · 210 of 512 MB · Alice Example · ")
        (tmp_path / "calibration.log").write_text("fine")
        window._client.transfers.whole(gallery.LOG, str(tmp_path / "calibration.log"), 4)
        await scenes.settled()
        open_row(part, 1)
        assert opened == [str(tmp_path / "calibration.log")]
        menu = menu_of(dialog, part, 1)
        assert [each.text() for each in menu.actions() if each.text()] == [
            "Open",
            "Show in folder",
            "Save as…",
            "Show in chat",
        ]
        choose(menu, "Save as…")
        saving = dialog.findChildren(QFileDialog)[-1]
        saving.fileSelected.emit(str(tmp_path / "copy.log"))
        saving.close()
        assert fetched(window)[-1][:3] == ("save", gallery.LOG, tmp_path / "copy.log")
        (tmp_path / "calibration.log").unlink()
        open_row(part, 1)
        assert "not there any more" in dialog._words.text()


async def test_links_are_shown_before_they_are_opened(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()))
    async with shared_window(open_window, tmp_path, LINKS) as (window, dialog, part):
        assert words_of(part)[0] == "No links here yet"
        first = said(window, 8, "See https://example.org/a and [the plan](https://example.org/plan)")
        second = said(
            window, 9, "`https://example.org/code` is none, nor is http://", sender_id=scenes.OWN_ID
        )
        third = said(window, 10, "https://example.org/\u202egpj.exe", sender_id=scenes.OWN_ID)
        window._client._publish(MessagesAdded(gallery.GALLERY, [first, second, third]))
        window.feed.flush()
        assert titles(part)[-2:] == ["https://example.org/a", "https://example.org/plan"]
        assert not any("code" in each for each in titles(part))
        item = part.model.item(part.model.rowCount() - 2)
        assert item.words == "See  and the plan"
        assert item.about.startswith("Alice Example · ")
        open_row(part, part.model.rowCount() - 2)
        link = dialog.findChildren(LinkDialog)[-1]
        assert "https://example.org/a" in [each.text() for each in link.findChildren(QLabel)]
        link.reject()
        assert opened == []
        open_row(part, part.model.rowCount() - 2)
        QTest.keyClick(dialog.findChildren(LinkDialog)[-1], Qt.Key.Key_Return)
        assert opened == ["https://example.org/a"]
        choose(menu_of(dialog, part, part.model.rowCount() - 1), "Copy link")
        assert QGuiApplication.clipboard().text() == "https://example.org/plan"


async def test_from_what_was_shared_into_the_chat(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    async with shared_window(open_window, tmp_path, FILES) as (window, dialog, part):
        told: list[int] = []
        dialog.shown_in_chat.connect(told.append)
        part.list.setFocus()
        part.list.setCurrentIndex(part.model.index(2))
        QTest.keyClick(part.list, Qt.Key.Key_Menu)
        menu = menu_of(dialog, part, 2)
        choose(menu, "Show in chat")
        await scenes.settled()
        assert told == [4]
        assert not window.findChildren(InfoDialog)
        assert window.chat.conversation_id == gallery.GALLERY


async def test_older_ones_come_by_pages_as_far_as_a_person_scrolls(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "_PAGE", 20)
    async with shared_window(open_window, tmp_path, PICTURES) as (window, dialog, _):
        for seq in range(101, 201):
            said(window, seq, f"https://example.org/{seq}")
        dialog.segments.choose(LINKS + 1)
        await scenes.settled()
        part = dialog.parts[LINKS]
        first = part.model.rowCount()
        assert 20 <= first < 100, "no more than is seen, and a little"
        assert titles(part)[0] == "https://example.org/200"
        for _ in range(20):
            part.list.verticalScrollBar().setValue(part.list.verticalScrollBar().maximum())
            await scenes.settled()
        assert part.model.rowCount() == 100
        assert titles(part)[-1] == "https://example.org/101"


async def test_a_page_comes_at_once_and_is_looked_at_once(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    async with shared_window(open_window, tmp_path, PICTURES) as (window, dialog, _):
        for seq in range(101, 131):
            said(window, seq, f"example.org/{seq}")
        part = dialog.parts[LINKS]
        inserted: list[tuple[int, int]] = []
        looked: list[object] = []
        part.model.rowsInserted.connect(lambda _, first, last: inserted.append((first, last)))
        part.seen.connect(looked.append)
        dialog.segments.choose(LINKS + 1)
        await scenes.settled()
        assert inserted == [(0, 29)]
        assert titles(part)[0] == "http://example.org/130"
        assert 1 <= len(looked) <= 4
        late = said(window, 140, "example.org/late")
        window._client._publish(MessagesAdded(gallery.GALLERY, [late]))
        window.feed.flush()
        window._client._publish(CacheReset([]))
        window.feed.flush()
        window._client._publish(MessageChanged(late))  # while the first page is on its way
        window.feed.flush()
        await scenes.settled()
        assert inserted[-2:] == [(0, 0), (1, 30)]
        assert len(titles(part)) == 31


async def test_viewed_pictures_stay_in_the_order_of_the_conversation(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    async with shared_window(open_window, tmp_path, PICTURES) as (window, _, part):
        model = part.model
        viewed = SharedPictures(model)

        def expected() -> list[tuple[int, int]]:
            items = sorted(
                (model.item(row) for row in range(model.rowCount())),
                key=lambda item: (item.message.seq or 0, item.place),
            )
            return [(each.message.local_id, each.place) for each in items]

        assert viewed.keys() == expected()
        several = next(m for m in (model.item(row).message for row in range(5)) if m.seq is not None)
        files = tuple(
            Attachment(f"{name}.png", 10, "ab" * 32, "image/png", 4, 4) for name in ("one", "two", "three")
        )
        body = FileBody(files)
        changed = replace(
            several,
            body=encode(body),
            extra=Extra(file_ids=tuple(f"{number:032x}" for number in (901, 902, 903))),
        )
        for each in (changed, replace(several, kind="deleted", body="", extra=None), changed):
            window._client._publish(MessageChanged(each))
            window.feed.flush()
            assert viewed.keys() == expected()
        assert len(viewed.keys()) >= 6
        window._client._publish(CacheReset([]))
        window.feed.flush()
        await scenes.settled()
        assert viewed.keys() == expected()


async def test_it_says_how_far_it_reaches_and_goes_on(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    async with shared_window(open_window, tmp_path, LINKS) as (window, dialog, part):
        row = window.conversations.conversation(gallery.GALLERY)
        assert row is not None
        assert len(words_of(part)) == 2
        part_of = replace(row, held_from=3)
        window._client._publish(ConversationChanged(part_of))
        window.feed.flush()
        reach = "Older messages of this conversation are not here yet. They are being fetched."
        assert reach in words_of(part)
        await scenes.settled()
        with window._client._database.transaction() as connection:
            connection.execute(
                "UPDATE message SET body = 'https://example.org/first' WHERE conversation_id = ? AND seq = 1",
                (gallery.GALLERY,),
            )
            conversations.set_run(connection, gallery.GALLERY, Run(1, row.held_to))
        window._client._publish(ConversationChanged(replace(row, held_from=1)))
        window.feed.flush()
        await scenes.settled()
        assert reach not in words_of(part)
        assert titles(part) == ["https://example.org/first"]
        window._client._publish(CacheReset([]))
        window.feed.flush()
        await scenes.settled()
        assert titles(part) == ["https://example.org/first"], "read anew"
        assert dialog.isVisible()


async def test_notes_have_theirs_too(qapp: QApplication, open_window: OpenWindow) -> None:
    async with open_window(scenes.living()) as window:
        window.show_conversation(10)
        QTest.mouseClick(window.chat.header, Qt.MouseButton.LeftButton, pos=QPoint(120, 30))
        await scenes.settled()
        dialog = window.findChildren(InfoDialog)[-1]
        assert dialog.windowTitle() == "Note to self"
        assert words_of(dialog.parts[PICTURES])[0] == "No pictures here yet"
        assert not dialog._block.isVisible()
        dialog.reject()
