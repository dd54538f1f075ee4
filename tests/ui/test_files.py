"""Files and pictures, as a person handles them: paste, drop, click, keys, menus, viewer."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QGuiApplication,
    QImage,
    QWheelEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QMenu, QToolButton

from desktop_chat.core import attachments
from desktop_chat.core.attachments import Attachment
from desktop_chat.core.changes import MessageChanged, MessageRemoved
from desktop_chat.core.models import Message, SendState
from desktop_chat.core.timeline import Run
from desktop_chat.core.transfers import TransferPhase
from desktop_chat.protocol.records import Content
from desktop_chat.services.errors import ClientError
from desktop_chat.store import conversations, messages
from desktop_chat.ui import picture_reading
from desktop_chat.ui.account_view import AccountView
from desktop_chat.ui.file_menu import add_files
from desktop_chat.ui.message_menu import MessageMenu
from desktop_chat.ui.picture_reading import PictureRefused
from desktop_chat.ui.pictures import Pictures, Wanted
from desktop_chat.ui.send_files_dialog import SendFilesDialog
from desktop_chat.viewmodels.attached_files import AttachedFile
from tests.ui import gallery, scenes
from tests.ui.conftest import OpenWindow

# Qt's offscreen platform says so of every dialog and menu.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support|libpng", extend=True)

NONE = Qt.KeyboardModifier.NoModifier


class Asked:
    """Stands where the engine's transfers would begin: keeps what was asked for."""

    def __init__(self) -> None:
        self.calls: list[tuple[object, ...]] = []

    def __getattr__(self, name: str) -> Callable[..., object]:
        async def later() -> None:
            pass

        def ask(*arguments: object, **more: object) -> object:
            self.calls.append(
                (name, *(each for each in arguments if not isinstance(each, Attachment)), *more.items())
            )
            return None if name in ("show", "seen") else later()

        return ask


@asynccontextmanager
async def gallery_window(open_window: OpenWindow, folder: Path) -> AsyncIterator[AccountView]:
    """The field trip, open and all of it in sight; nothing goes to a server."""
    async with open_window(gallery.gallery(folder / "media")) as window:
        client = window._client
        client.file_fetching = Asked()  # type: ignore[assignment]
        client.file_sending._drive = lambda client_id: None  # type: ignore[method-assign]
        gallery.on_their_way(client, folder / "media")  # type: ignore[arg-type]
        window.chat.attaching._outgoing = folder / "outgoing"
        window.window().resize(1120, 1900)
        window.show_conversation(gallery.GALLERY)
        await scenes.settled()
        yield window


def fetched(window: AccountView) -> list[tuple[object, ...]]:
    return window._client.file_fetching.calls  # type: ignore[attr-defined, no-any-return]


def file_of(window: AccountView, key: str) -> tuple[int, AttachedFile]:
    """A file and its row."""
    model = window.chat.timeline_model
    assert model is not None
    return next(
        (row, each) for row in range(model.rowCount()) for each in model.row(row).files if each.key == key
    )


def place_of(window: AccountView, key: str, *, button: bool = False) -> QPoint:
    """The middle of a file, or of its round button, in the viewport."""
    view = window.chat.timeline
    row, _ = file_of(window, key)
    top = next(each.top for each in view.placed if each.row == row)
    layout = view.layout_of(row)
    placed = next(each for each in layout.files.placed if each.file.key == key)
    inside = placed.button.center() if button else placed.rect.center() + QPoint(30, 20)
    return inside + layout.files_at + QPoint(0, top)


def click(window: AccountView, key: str, *, button: bool = False) -> None:
    QTest.mouseClick(
        window.chat.timeline.viewport(),
        Qt.MouseButton.LeftButton,
        NONE,
        place_of(window, key, button=button),
    )


def dialog(window: AccountView) -> SendFilesDialog:
    found = window.chat.attaching.dialog
    assert found is not None
    return found


def last(window: AccountView) -> Message:
    model = window.chat.timeline_model
    assert model is not None
    return model.message(model.rowCount() - 1)


def files(*paths: Path) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(each)) for each in paths])
    return mime


def drop(window: AccountView, mime: QMimeData) -> None:
    copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    QApplication.sendEvent(window.chat, QDragEnterEvent(QPoint(50, 50), copy, mime, left, NONE))
    QApplication.sendEvent(window.chat, QDropEvent(QPointF(50, 50), copy, mime, left, NONE))


async def until(condition: Callable[[], object]) -> None:
    for _ in range(400):
        if condition():
            return
        await scenes.settled()
    raise AssertionError("it did not happen")


async def test_a_dropped_file_is_looked_at_and_sent_with_a_caption(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_text("words")
    async with gallery_window(open_window, tmp_path) as window:
        drop(window, files(tmp_path / "notes.txt"))
        shown = dialog(window)
        assert shown.windowTitle() == "Send file"
        QTest.keyClicks(shown.field, "Here")
        QTest.keyClick(shown.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
        QTest.keyClicks(shown.field, "they are")
        QTest.keyClick(shown.field, Qt.Key.Key_Return)
        await until(lambda: window.chat.attaching.dialog is None)
        sent = last(window)
        body = attachments.decode(sent.body)
        assert (sent.kind, sent.state, body.caption) == ("file", SendState.PENDING, "Here\nthey are")
        assert [(each.name, each.size_bytes, each.media_type) for each in body.files] == [
            ("notes.txt", 5, "text/plain")
        ]
        assert window.conversations.describe(gallery.GALLERY).preview == "📎 Here they are"
        assert window.chat.timeline.at_end


async def test_a_pasted_picture_gets_a_file_and_its_measures(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    async with gallery_window(open_window, tmp_path) as window:
        image = QImage(60, 40, QImage.Format.Format_RGB32)
        image.fill(QColor("red"))
        QGuiApplication.clipboard().setImage(image)
        QTest.keyClick(window.chat.bar.field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
        await until(lambda: window.chat.attaching.dialog)
        await until(lambda: dialog(window).picked.files[0].width)
        assert dialog(window).windowTitle() == "Send photo"
        QTest.keyClick(dialog(window).field, Qt.Key.Key_Return)
        await until(lambda: window.chat.attaching.dialog is None)
        [described] = attachments.decode(last(window).body).files
        assert (described.media_type, described.width, described.height) == ("image/png", 60, 40)
        assert last(window).kind == "picture"
        assert len(list((tmp_path / "outgoing").iterdir())) == 1


async def test_what_is_sent_is_shown_in_the_middle_of_the_window(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    async with gallery_window(open_window, tmp_path) as window:
        image = QImage(800, 600, QImage.Format.Format_RGB32)
        image.fill(QColor("red"))
        image.save(str(tmp_path / "red.png"))
        window.window().setGeometry(20, 20, 760, 700)
        drop(window, files(tmp_path / "red.png"))
        shown = dialog(window)
        before = shown.geometry()
        head = picture_reading.look(str(tmp_path / "red.png"))
        shown._pictures.measured.emit(str(tmp_path / "red.png"), head)
        # The window manager has not placed it yet: whatever is asked of it now takes its place away.
        assert not shown.windowHandle().isExposed()
        assert shown.geometry() == before
        await until(lambda: shown.height() > before.height() + 100)
        await scenes.settled()
        off = shown.geometry().center() - window.window().geometry().center()
        assert abs(off.x()) < 30
        assert abs(off.y()) < 30


async def test_what_is_not_sent_leaves_no_file(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    async with gallery_window(open_window, tmp_path) as window:
        image = QImage(6, 4, QImage.Format.Format_RGB32)
        mime = QMimeData()
        mime.setImageData(image)
        window.chat.bar.field.insertFromMimeData(mime)
        await until(lambda: window.chat.attaching.dialog)
        QTest.keyClick(dialog(window), Qt.Key.Key_Escape)
        assert window.chat.attaching.dialog is None
        assert list((tmp_path / "outgoing").iterdir()) == []


async def test_escape_comes_too_late_for_what_is_being_stored(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    async with gallery_window(open_window, tmp_path) as window:
        mime = QMimeData()
        mime.setImageData(QImage(6, 4, QImage.Format.Format_RGB32))
        window.chat.bar.field.insertFromMimeData(mime)
        await until(lambda: window.chat.attaching.dialog)
        await until(lambda: dialog(window).picked.files[0].width)
        shown = dialog(window)
        QTest.mouseClick(shown.send, Qt.MouseButton.LeftButton)
        QTest.keyClick(shown, Qt.Key.Key_Escape)
        assert window.chat.attaching.dialog is shown
        await until(lambda: window.chat.attaching.dialog is None)
        assert last(window).kind == "picture"
        assert len(list((tmp_path / "outgoing").iterdir())) == 1


async def test_pasted_text_stays_text(qapp: QApplication, open_window: OpenWindow, tmp_path: Path) -> None:
    async with gallery_window(open_window, tmp_path) as window:
        mime = QMimeData()
        mime.setText("https://example.org/a.png")
        mime.setUrls([QUrl("https://example.org/a.png")])
        window.chat.bar.field.insertFromMimeData(mime)
        assert window.chat.bar.field.toPlainText() == "https://example.org/a.png"
        mime = QMimeData()
        mime.setText("cell")
        mime.setImageData(QImage(6, 4, QImage.Format.Format_RGB32))
        window.chat.bar.field.insertFromMimeData(mime)
        assert window.chat.bar.field.toPlainText().endswith("cell")
        assert window.chat.attaching.dialog is None


async def test_what_was_written_becomes_the_caption(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("x")
    async with gallery_window(open_window, tmp_path) as window:
        QTest.keyClicks(window.chat.bar.field, "See this")
        window.chat.interactions.reply(window.chat.timeline_model.row(0))  # type: ignore[union-attr]
        drop(window, files(tmp_path / "a.txt"))
        assert dialog(window).field.toPlainText() == "See this"
        QTest.mouseClick(dialog(window).send, Qt.MouseButton.LeftButton)
        await until(lambda: window.chat.attaching.dialog is None)
        assert window.chat.bar.field.toPlainText() == ""
        assert not window.chat.bar.context.isVisible()
        sent = last(window)
        assert attachments.caption(sent.kind, sent.body) == "See this"
        assert sent.extra is not None
        assert sent.extra.reply_to == 1


async def test_files_go_to_where_they_were_dropped(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("x")
    async with gallery_window(open_window, tmp_path) as window:
        window.chat.interactions.reply(window.chat.timeline_model.row(0))  # type: ignore[union-attr]
        drop(window, files(tmp_path / "a.txt"))
        window.show_conversation(1)
        await scenes.settled()
        there = last(window)
        assert "To Field trip" in [each.text() for each in dialog(window).findChildren(QLabel)]
        QTest.mouseClick(dialog(window).send, Qt.MouseButton.LeftButton)
        await until(lambda: window.chat.attaching.dialog is None)
        assert last(window) == there
        window.show_conversation(gallery.GALLERY)
        await scenes.settled()
        sent = last(window)
        assert [each.name for each in attachments.decode(sent.body).files] == ["a.txt"]
        assert sent.extra is not None
        assert sent.extra.reply_to == 1


async def test_only_what_became_the_caption_is_taken_from_the_field(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("x")
    async with gallery_window(open_window, tmp_path) as window:
        field = window.chat.bar.field

        async def send() -> None:
            QTest.mouseClick(dialog(window).send, Qt.MouseButton.LeftButton)
            await until(lambda: window.chat.attaching.dialog is None)

        QTest.keyClicks(field, "See this")
        drop(window, files(tmp_path / "a.txt"))
        window.chat.composer.given_back.emit("Came back. ")
        await send()
        assert field.toPlainText() == "Came back. See this"
        drop(window, files(tmp_path / "a.txt"))
        window.show_conversation(1)
        await scenes.settled()
        QTest.keyClicks(field, "Came back. See this")
        await send()
        assert field.toPlainText() == "Came back. See this"


async def test_a_caption_that_was_not_sent_is_there_the_next_time(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("x")
    async with gallery_window(open_window, tmp_path) as window:
        field = window.chat.bar.field
        drop(window, files(tmp_path / "a.txt"))
        QTest.keyClicks(dialog(window).field, "Read this")
        QTest.keyClick(dialog(window).field, Qt.Key.Key_Escape)
        assert window.chat.attaching.dialog is None
        assert field.toPlainText() == ""
        window.show_conversation(2)
        drop(window, files(tmp_path / "a.txt"))
        assert dialog(window).field.toPlainText() == "", "that was for somebody else"
        QTest.keyClick(dialog(window).field, Qt.Key.Key_Escape)
        window.show_conversation(gallery.GALLERY)
        QTest.keyClicks(field, "Hello.")
        drop(window, files(tmp_path / "a.txt"))
        assert dialog(window).field.toPlainText() == "Hello.\nRead this"
        QTest.keyClick(dialog(window).field, Qt.Key.Key_Return)
        await until(lambda: window.chat.attaching.dialog is None)
        assert attachments.caption(last(window).kind, last(window).body) == "Hello.\nRead this"
        drop(window, files(tmp_path / "a.txt"))
        assert dialog(window).field.toPlainText() == "", "it was sent"


async def test_enter_does_in_a_caption_what_it_does_in_a_message(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("x")
    async with gallery_window(open_window, tmp_path) as window:
        window.chat.bar.set_enter_sends(False)
        drop(window, files(tmp_path / "a.txt"))
        QTest.keyClicks(dialog(window).field, "one")
        QTest.keyClick(dialog(window).field, Qt.Key.Key_Return)
        QTest.keyClicks(dialog(window).field, "two")
        assert dialog(window).field.toPlainText() == "one\ntwo"
        QTest.keyClick(dialog(window).field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        await until(lambda: window.chat.attaching.dialog is None)
        assert attachments.caption(last(window).kind, last(window).body) == "one\ntwo"


async def test_where_nothing_can_be_sent_there_is_no_dialog(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    (tmp_path / "photos").mkdir()
    async with gallery_window(open_window, tmp_path) as window:
        drop(window, files(tmp_path / "photos"))
        assert window.chat.attaching.dialog is None
        assert not [each for each in window.findChildren(SendFilesDialog) if each.isVisible()]
        assert window.chat.bar._words.isVisible()
        assert window.chat.bar._words.text() == "“photos” is a folder. Pack it into one file to send it."


async def test_folders_and_empty_files_are_refused_in_words(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "a.txt").write_text("x")
    async with gallery_window(open_window, tmp_path) as window:
        drop(window, files(tmp_path, tmp_path / "empty", tmp_path / "a.txt"))
        words = " ".join(each.text() for each in dialog(window).findChildren(QLabel) if each.isVisible())
        assert "is a folder" in words
        assert "“empty” is empty" in words
        assert [each.path.name for each in dialog(window).picked.files] == ["a.txt"]
        dialog(window).reject()


async def test_a_file_that_goes_before_it_is_sent_is_said(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("x")
    async with gallery_window(open_window, tmp_path) as window:
        drop(window, files(tmp_path / "a.txt"))
        (tmp_path / "a.txt").unlink()
        shown = dialog(window)
        QTest.mouseClick(shown.send, Qt.MouseButton.LeftButton)
        await until(shown.send.isEnabled)
        assert "cannot be read" in " ".join(each.text() for each in shown.findChildren(QLabel))
        shown.reject()


async def test_one_of_several_is_taken_out(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(name)
    async with gallery_window(open_window, tmp_path) as window:
        drop(window, files(tmp_path / "a.txt", tmp_path / "b.txt"))
        shown = dialog(window)
        assert shown.windowTitle() == "Send 2 files"
        [out] = [
            each for each in shown.findChildren(QToolButton) if each.accessibleName() == "Do not send a.txt"
        ]
        QTest.mouseClick(out, Qt.MouseButton.LeftButton)
        assert [each.path.name for each in shown.picked.files] == ["b.txt"]
        await scenes.settled()
        [out] = [
            each for each in shown.findChildren(QToolButton) if each.accessibleName() == "Do not send b.txt"
        ]
        QTest.mouseClick(out, Qt.MouseButton.LeftButton)
        assert window.chat.attaching.dialog is None, "nothing is left to be sent"


async def test_the_paper_clip_and_its_key(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("x")
    async with gallery_window(open_window, tmp_path) as window:
        press = partial(QTest.keyClick, window, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
        for ask in (window.chat.bar.attach.click, press):
            window.activateWindow()
            await scenes.settled()
            ask()
            await scenes.settled()
            chooser = window.chat.findChildren(QFileDialog)[-1]
            chooser.filesSelected.emit([str(tmp_path / "a.txt")])
            chooser.reject()
            assert [each.path.name for each in dialog(window).picked.files] == ["a.txt"]
            dialog(window).reject()
            await scenes.settled()


async def test_a_sheet_says_where_to_drop(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    async with gallery_window(open_window, tmp_path) as window:
        copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
        mime = files(tmp_path)
        QApplication.sendEvent(window.chat, QDragEnterEvent(QPoint(9, 9), copy, mime, left, NONE))
        assert window.chat.attaching.sheet.isVisible()
        QApplication.sendEvent(window.chat, QDragLeaveEvent())
        assert not window.chat.attaching.sheet.isVisible()


async def test_pictures_on_screen_are_asked_for_once(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    async with gallery_window(open_window, tmp_path) as window:
        assert ("show", gallery.LATE) in fetched(window)
        here = {call[1] for call in fetched(window) if call[0] == "seen"}
        assert here == {gallery.LAKE, gallery.DUNES, gallery.NIGHT, gallery.TOWER}
        assert all(call[1] == gallery.LATE for call in fetched(window) if call[0] != "seen")
        view = window.chat.timeline
        await until(lambda: len(view.pictures._kept) == 4)
        assert {each.path for each in view.pictures._kept} == {
            str(tmp_path / "media" / key)
            for key in (gallery.LAKE, gallery.DUNES, gallery.NIGHT, gallery.TOWER)
        }


async def test_the_room_for_a_picture_is_there_before_it_is(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    async with gallery_window(open_window, tmp_path) as window:
        view = window.chat.timeline
        row, file = file_of(window, gallery.LATE)
        height = view.layout_of(row).height
        gallery.landscape(tmp_path / "late.png", 1200, 700, "red", "white", "green")
        window._client.transfers.whole(file.key, str(tmp_path / "late.png"), 1)
        await scenes.settled()
        assert file_of(window, gallery.LATE)[1].here
        assert view.layout_of(row).height == height


async def test_clicks_on_files(qapp: QApplication, open_window: OpenWindow, tmp_path: Path) -> None:
    async with gallery_window(open_window, tmp_path) as window:
        opened: list[str] = []
        window.chat.file_actions.open_requested.disconnect()
        window.chat.file_actions.open_requested.connect(opened.append)
        (tmp_path / "calibration.log").write_text("x")
        window._client.transfers.whole(gallery.LOG, str(tmp_path / "calibration.log"), 1)
        await scenes.settled()
        fetched(window).clear()
        click(window, gallery.REPORT)
        click(window, gallery.ARCHIVE, button=True)
        click(window, gallery.LATE, button=True)
        click(window, gallery.LOG)
        await scenes.settled()
        calls = [call for call in fetched(window) if call[0] != "seen" and call != ("show", gallery.LATE)]
        assert calls == [
            ("pause", gallery.REPORT),
            ("resume", gallery.ARCHIVE),
            ("show", gallery.LATE, ("asked", True)),
        ]
        assert opened == [str(tmp_path / "calibration.log")]


async def test_a_click_on_the_ring_pauses_what_goes_out(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    async with gallery_window(open_window, tmp_path) as window:
        sending = window._client.file_sending = Asked()  # type: ignore[assignment]
        click(window, gallery.UPLOAD, button=True)
        await scenes.settled()
        assert sending.calls == [("pause", f"{77:032x}")]
        window._client.transfers.move(gallery.UPLOAD, TransferPhase.PAUSED)
        await scenes.settled()
        click(window, gallery.UPLOAD, button=True)
        await scenes.settled()
        assert sending.calls[-1] == ("resume", f"{77:032x}")


async def test_a_file_not_here_goes_to_the_downloads(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    async with gallery_window(open_window, tmp_path) as window:
        window.chat.file_actions._downloads = lambda: tmp_path / "downloads"
        window._client.transfers.drop(gallery.REPORT)
        await scenes.settled()
        click(window, gallery.REPORT)
        await scenes.settled()
        assert fetched(window)[-1] == ("fetch", gallery.REPORT, tmp_path / "downloads")


async def test_a_program_is_never_opened(qapp: QApplication, open_window: OpenWindow, tmp_path: Path) -> None:
    async with gallery_window(open_window, tmp_path) as window:
        opened: list[str] = []
        folders: list[str] = []
        actions = window.chat.file_actions
        for signal, seen in ((actions.open_requested, opened), (actions.folder_requested, folders)):
            signal.disconnect()
            signal.connect(seen.append)
        (tmp_path / "run.sh").write_text("x")
        window._client.transfers.whole(gallery.LOG, str(tmp_path / "run.sh"), 1)
        await scenes.settled()
        click(window, gallery.LOG)
        assert (opened, folders) == ([], [str(tmp_path / "run.sh")])


async def test_a_file_that_was_moved_away_is_said(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    async with gallery_window(open_window, tmp_path) as window:
        window._client.transfers.whole(gallery.LOG, str(tmp_path / "gone"), 1)
        await scenes.settled()
        click(window, gallery.LOG)
        await scenes.settled()
        assert ("forget", gallery.LOG) in fetched(window)
        assert "is not there any more" in window.chat.bar._words.text()


async def test_a_file_that_is_not_saved_is_said_of_its_own_conversation(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    async with gallery_window(open_window, tmp_path) as window:
        going = asyncio.Event()

        async def save(file_id: str, attachment: Attachment, target: Path) -> None:
            await going.wait()
            raise ClientError("There is no room there.")

        window._client.file_fetching.save = save  # type: ignore[method-assign]
        _, file = file_of(window, gallery.LOG)
        window.chat.file_actions.save(file, tmp_path / "copy")
        window.show_conversation(1)
        going.set()
        await scenes.settled()
        assert window.chat.bar._words.text() == "Field trip: There is no room there."
        window.show_conversation(gallery.GALLERY)
        window.chat.file_actions.save(file, tmp_path / "copy")
        await scenes.settled()
        assert window.chat.bar._words.text() == "There is no room there."


def menu_of(window: AccountView, key: str) -> MessageMenu:
    view = window.chat.timeline
    view.setFocus()
    view.focus_on(file_of(window, key)[0])
    QTest.keyClick(view, Qt.Key.Key_Return)
    return window.findChildren(MessageMenu)[-1]


async def test_the_menu_by_key(qapp: QApplication, open_window: OpenWindow, tmp_path: Path) -> None:
    async with gallery_window(open_window, tmp_path) as window:
        fetched(window).clear()
        shown = menu_of(window, gallery.REPORT)
        words = [each.text() for each in shown.actions() if each.text()]
        assert words[:3] == ["Pause", "Save as…", "Cancel download"]
        assert "Copy text" not in words, "there is none"
        assert "Edit" not in words
        next(each for each in shown.actions() if each.text() == "Cancel download").trigger()
        shown.close()
        await scenes.settled()
        assert ("cancel", gallery.REPORT) in fetched(window)
        several = menu_of(window, gallery.LOG)
        own = [each.menu() for each in several.actions() if each.menu() is not None]
        assert [each.title() for each in own] == ["raw-data.tar.gz", "calibration.log"]  # type: ignore[attr-defined]
        offered = [each.text() for each in own[1].actions()]  # type: ignore[attr-defined]
        assert offered == ["Open", "Show in folder", "Save as…"]
        own[1].actions()[2].trigger()  # type: ignore[attr-defined]
        several.close()
        await scenes.settled()
        chooser = window.chat.findChildren(QFileDialog)[-1]
        chooser.fileSelected.emit(str(tmp_path / "here.log"))
        chooser.reject()
        await scenes.settled()
        assert fetched(window)[-1] == ("save", gallery.LOG, tmp_path / "here.log")


async def test_delete_gives_up_what_goes_out(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    async with gallery_window(open_window, tmp_path) as window:
        view = window.chat.timeline
        view.setFocus()
        view.focus_on(file_of(window, gallery.UPLOAD)[0])
        QTest.keyClick(view, Qt.Key.Key_Delete)
        await scenes.settled()
        assert last(window).seq == 6


async def test_every_row_with_files_is_spoken(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    async with gallery_window(open_window, tmp_path) as window:
        model = window.chat.timeline_model
        assert model is not None
        spoken = [
            model.data(model.index(row), Qt.ItemDataRole.AccessibleTextRole)
            for row in range(model.rowCount())
        ]
        assert "Photo lake.png, 1,600 by 1,000, 900 KB, on this computer. The lake at six" in spoken[1]
        assert "File raw-data.tar.gz, Paused · 210 of 512 MB. File calibration.log, 18 KB" in spoken[4]
        assert "File Interview, first cut.mp4, 91 of 148 MB, waiting to be sent" in spoken[6]


async def test_the_viewer(qapp: QApplication, open_window: OpenWindow, tmp_path: Path) -> None:
    async with gallery_window(open_window, tmp_path) as window:
        window.window().resize(1000, 700)
        await scenes.settled()
        window.chat.timeline.show_row(2)
        click(window, gallery.NIGHT)
        viewer = window.chat.files.viewer
        assert viewer is not None
        assert viewer.geometry() == window.window().rect()
        assert "night.png" in viewer.accessibleName()
        assert "3 of 5" in viewer.accessibleName()
        QTest.keyClick(viewer, Qt.Key.Key_Right)
        assert "tower.png" in viewer.accessibleName()
        QTest.keyClick(viewer, Qt.Key.Key_Left)
        QTest.keyClick(viewer, Qt.Key.Key_Left)
        QTest.keyClick(viewer, Qt.Key.Key_Left)
        assert "lake.png" in viewer.accessibleName()
        QTest.keyClick(viewer, Qt.Key.Key_Left)
        assert "1 of 5" in viewer.accessibleName(), "there is none before it"
        QTest.keyClick(viewer, Qt.Key.Key_Plus)
        assert viewer.zoom == pytest.approx(1.25)
        middle = QPointF(viewer.rect().center())
        wheel = QWheelEvent(
            middle,
            middle,
            QPoint(),
            QPoint(0, 240),
            Qt.MouseButton.NoButton,
            NONE,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(viewer, wheel)
        assert viewer.zoom == pytest.approx(1.25**3)
        before = viewer._frame().topLeft()
        QTest.mousePress(viewer, Qt.MouseButton.LeftButton, NONE, QPoint(500, 300))
        QTest.mouseMove(viewer, QPoint(460, 300))
        QTest.mouseRelease(viewer, Qt.MouseButton.LeftButton, NONE, QPoint(460, 300))
        assert viewer._frame().topLeft().x() == pytest.approx(before.x() - 40)
        QTest.keyClick(viewer, Qt.Key.Key_0)
        assert viewer.zoom == 1.0
        QTest.keyClick(viewer, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
        chooser = viewer.findChildren(QFileDialog)[-1]
        chooser.fileSelected.emit(str(tmp_path / "x.png"))
        chooser.reject()
        await scenes.settled()
        assert fetched(window)[-1] == ("save", gallery.LAKE, tmp_path / "x.png")
        QTest.keyClick(viewer, Qt.Key.Key_Escape)
        await scenes.settled()
        assert window.chat.files.viewer is None
        assert window.window().focusWidget() is window.chat.timeline


async def test_the_viewer_paints_without_the_store(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with gallery_window(open_window, tmp_path) as window:
        click(window, gallery.NIGHT)
        viewer, model = window.chat.files.viewer, window.chat.timeline_model
        assert viewer is not None
        assert model is not None
        with monkeypatch.context() as patch:
            looked: list[int] = []
            patch.setattr(type(model), "row", lambda *_: pytest.fail("rows have quotes, from the store"))
            patch.setattr(type(model), "files", lambda _, row: looked.append(row) or ())
            viewer.grab()
            viewer.zoom_by(1.5)
            assert looked == []
        row, _ = file_of(window, gallery.NIGHT)
        text, late = model.message(0), model.message(file_of(window, gallery.LATE)[0])
        model.take([MessageChanged(replace(late, kind="deleted", body=""))])
        assert "of 4" in viewer.accessibleName(), "what was deleted has no picture"
        model.take([MessageRemoved(text.conversation_id, text.local_id)])
        assert viewer.shown is not None
        model.take([MessageChanged(replace(model.message(row - 1), kind="deleted", body=""))])
        await scenes.settled()
        assert window.chat.files.viewer is None


async def test_a_damaged_picture_is_said_in_its_place(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    async with gallery_window(open_window, tmp_path) as window:
        (tmp_path / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(30))
        window._client.transfers.whole(gallery.LATE, str(tmp_path / "bad.png"), 1)
        pictures = window.chat.timeline.pictures
        await until(lambda: pictures.refusal(str(tmp_path / "bad.png")))
        await scenes.settled()
        assert "damaged" in pictures.refusal(str(tmp_path / "bad.png"))


async def test_a_picture_that_breaks_the_decoder_is_not_waited_for(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise MemoryError

    pictures = Pictures()
    measured: list[object] = []
    pictures.measured.connect(lambda path, head: measured.append(head))
    monkeypatch.setattr(picture_reading, "read", breaks)
    monkeypatch.setattr(picture_reading, "look", breaks)
    with caplog.at_level(logging.ERROR, logger="desktop_chat.ui.pictures"):
        assert pictures.get(Wanted("a.png", 10, 10)) is None
        pictures.measure("a.png")
        await until(lambda: pictures.refusal("a.png") and measured)
    assert pictures._waiting == {}
    assert measured == [None]
    pictures.close()


async def test_what_was_scrolled_away_long_ago_is_not_decoded(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    def waits(*_: object, **__: object) -> None:
        go_on.wait(10)
        raise PictureRefused("No.")

    monkeypatch.setattr(picture_reading, "read", waits)
    pictures = Pictures()
    for number in range(250):
        pictures.get(Wanted(f"{number}.png", 10, 10))
    assert len(pictures._waiting) == 200
    go_on.set()
    await until(lambda: not pictures._waiting)
    assert pictures.refusal("249.png")
    assert not pictures.refusal("40.png")
    pictures.close()


async def test_names_from_others_hide_nothing(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    scene = gallery.gallery(tmp_path / "media")
    hostile = Attachment("../../<img src=x>\u202egnp.exe\n\x00" + "W" * 900, 10, "ab" * 32)
    entry = scene.entry(1, 15, 101, scenes.NOW_MS, content=gallery.content(hostile), file_ids=("f" * 32,))
    broken = scene.entry(1, 16, 101, scenes.NOW_MS, content=Content("file", "[" * 3000), file_ids=("e" * 32,))
    with scene.database.transaction() as connection:
        messages.insert_stored(connection, entry)
        messages.insert_stored(connection, broken)
        conversations.set_run(connection, 1, Run(1, 16))
    async with open_window(scene) as window:
        window.show_conversation(1)
        await scenes.settled()
        model = window.chat.timeline_model
        assert model is not None
        file = next(each for row in range(model.rowCount()) for each in model.row(row).files)
        assert file.name.startswith("img src=xgnp.exe")
        assert not set(file.name) & set("/\\\u202e\n\x00<>")
        window.grab()


async def test_the_bubble_of_a_file_needs_no_caption_to_be_copied(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    async with gallery_window(open_window, tmp_path) as window:
        view = window.chat.timeline
        view.setFocus()
        view.focus_on(file_of(window, gallery.REPORT)[0])
        QTest.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
        assert QGuiApplication.clipboard().text() == "Report on the residuals, final version 3.pdf"
        view.focus_on(file_of(window, gallery.LAKE)[0])
        QTest.keyClick(view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
        assert QGuiApplication.clipboard().text().startswith("The lake at six in the morning.")


async def test_a_window_that_closes_drops_what_is_decoded(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    async with gallery_window(open_window, tmp_path) as window:
        pictures = window.chat.timeline.pictures
        for number in range(20):
            gallery.landscape(tmp_path / f"{number}.png", 64, 64, "red", "white", "green")
            pictures.measure(str(tmp_path / f"{number}.png"))
    assert pictures._pool is None


async def test_the_menu_of_many_files_with_long_names_fits(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    async with gallery_window(open_window, tmp_path) as window:
        _, file = file_of(window, gallery.LOG)
        name = "A name that goes on & on and on and never comes to an end for a long while.log"
        menu, one = QMenu(window), replace(file, name=name)
        add_files(menu, [one] * 20, window._look.tokens)
        [whole] = [each.menu() for each in menu.actions() if each.menu() is not None]
        assert whole.title() == "20 files"  # type: ignore[attr-defined]
        own = [each.text() for each in whole.actions()]  # type: ignore[attr-defined]
        assert len(own) == 20
        assert all(len(each.replace("&&", "&")) <= 40 and each.endswith("while.log") for each in own)


async def test_the_viewer_keeps_the_keyboard_until_something_else_is_to_be_seen(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    async with gallery_window(open_window, tmp_path) as window:
        window.window().activateWindow()
        click(window, gallery.NIGHT)
        viewer = window.chat.files.viewer
        assert viewer is not None
        window.show_conversation(gallery.GALLERY)
        assert window.window().focusWidget() is viewer
        window.show_conversation(gallery.GALLERY, 3)
        await scenes.settled()
        assert window.chat.files.viewer is None
        assert window.window().focusWidget() is window.chat.bar.field
