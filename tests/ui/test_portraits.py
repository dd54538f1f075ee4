"""Portraits: what is sent of a picture, where they are seen, and how they are changed."""

import struct
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPoint, QStandardPaths, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QMenu, QPushButton, QWidget

from desktop_chat.core.changes import ConversationChanged, UserChanged
from desktop_chat.core.models import User
from desktop_chat.protocol import records
from desktop_chat.protocol.records import Info
from desktop_chat.services.errors import ClientError
from desktop_chat.store import conversations, users
from desktop_chat.ui import portrait_images
from desktop_chat.ui.account_view import AccountView
from desktop_chat.ui.info_dialog import InfoDialog
from desktop_chat.ui.new_chat_dialog import NewChatDialog
from desktop_chat.ui.people_dialog import GroupDialog
from desktop_chat.ui.picture_reading import PictureRefused
from desktop_chat.ui.portrait_button import PortraitButton
from desktop_chat.ui.portraits import Portraits
from desktop_chat.ui.settings_dialog import SettingsDialog
from tests.ui import scenes
from tests.ui.conftest import OpenWindow

# Qt's offscreen platform says so of every dialog and menu.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support|libpng", extend=True)

ALICE, GROUP = 101, 20
FACE, CREST, NEW = (f"{number:032x}" for number in (1, 2, 3))
RED, BLUE, GREEN = QColor("#D02020"), QColor("#2030D0"), QColor("#20B040")


def painted(path: Path, color: QColor, width: int = 200, height: int = 200, kind: str = "PNG") -> Path:
    image = QImage(width, height, QImage.Format.Format_ARGB32)
    image.fill(color)
    assert image.save(str(path), kind)  # type: ignore[call-overload]
    return path


class Sending:
    """Stands where the engine would upload: keeps a copy of what it was given, as the engine does."""

    def __init__(self, window: AccountView) -> None:
        self.window = window
        self.sent: list[bytes] = []
        self.trouble = ""
        self.abandoned: list[str] = []
        window._client.portraits.send = self.send  # type: ignore[method-assign]
        window._client.portraits.abandon = self.abandon  # type: ignore[method-assign]

    async def send(self, picture: Path, on_progress: Callable[[int, int], None]) -> str:
        content = picture.read_bytes()
        picture.unlink()
        on_progress(len(content) // 2, len(content))
        if self.trouble:
            raise ClientError(self.trouble)
        self.sent.append(content)
        media = self.window._client.file_fetching.media
        assert media is not None
        (media / NEW).write_bytes(content)
        self.window._client.portraits.met(NEW)
        self.window._client.transfers.whole(NEW, str(media / NEW), len(content))
        return NEW

    async def abandon(self, file_id: str) -> None:
        self.abandoned.append(file_id)


@asynccontextmanager
async def portraits_window(
    open_window: OpenWindow, folder: Path
) -> AsyncIterator[tuple[AccountView, Sending]]:
    """The lab, in which Alice and the group have pictures; hers is not here yet."""
    scene = scenes.lab()
    scene.media = folder / "media"
    scene.media.mkdir()
    painted(scene.media / CREST, BLUE)
    scene.portrait(ALICE, FACE, person=True)
    scene.portrait(GROUP, CREST)
    async with open_window(scene) as window:
        window._client.actions = scenes.RecordedActions()  # type: ignore[assignment]
        window._client.outgoing = folder / "outgoing"
        window.show_conversation(GROUP)
        await scenes.settled()
        yield window, Sending(window)


def asked(window: AccountView) -> list[tuple[object, ...]]:
    return window._client.actions.asked  # type: ignore[attr-defined, no-any-return]


async def until(condition: Callable[[], object]) -> None:
    while not condition():
        await scenes.settled()


def color_at(widget: QWidget, at: QPoint) -> str:
    return widget.grab().toImage().pixelColor(at * widget.devicePixelRatioF()).name()


def of_row(window: AccountView, conversation_id: int) -> QPoint:
    """The middle of a conversation's avatar in the list, a little beside its letters."""
    view = window.sidebar.list
    rect = view.visualRect(window.conversations.index(window.conversations.row_of(conversation_id)))
    return QPoint(rect.x() + 8 + 10 + 23, rect.center().y() - 16)


def in_list(window: AccountView, conversation_id: int) -> str:
    return color_at(window.sidebar.list.viewport(), of_row(window, conversation_id))


def middle(button: PortraitButton) -> str:
    return color_at(button, QPoint(button.width() // 2, button.height() // 2 - 18))


def with_exif(path: Path) -> Path:
    """A wide picture, red in its middle, that says where and with what it was taken."""
    image = QImage(1600, 800, QImage.Format.Format_RGB32)
    image.fill(GREEN)
    painter = QPainter(image)
    painter.fillRect(400, 0, 800, 800, RED)
    painter.end()
    image.setText("Description", "At home, Secret Street 5")
    image.save(str(path), "JPEG", 95)  # type: ignore[call-overload]
    content = path.read_bytes()
    exif = b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0" + b"SecretCamera GPS 52.1 13.2"
    path.write_bytes(content[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + content[2:])
    return path


def test_only_pixels_are_sent_of_a_picture(qapp: QApplication, tmp_path: Path) -> None:
    source = with_exif(tmp_path / "home.jpg")
    assert b"Secret" in source.read_bytes()
    portrait_images.write_sent(str(source), str(tmp_path / "out" / "sent"))
    sent = (tmp_path / "out" / "sent").read_bytes()
    assert sent.startswith(b"\xff\xd8\xff")
    assert b"Secret" not in sent
    assert b"Exif" not in sent
    image = QImage.fromData(sent)
    assert (image.width(), image.height()) == (512, 512)
    for at in (QPoint(3, 256), QPoint(508, 256)):
        shown = image.pixelColor(at)
        assert shown.red() > 180 > 60 > shown.green(), "the middle of it, and nothing from beside"


def test_what_can_be_seen_through_stays_so(qapp: QApplication, tmp_path: Path) -> None:
    clear = painted(tmp_path / "clear.png", QColor(10, 20, 30, 100), 300, 700)
    portrait_images.write_sent(str(clear), str(tmp_path / "sent"))
    image = QImage(str(tmp_path / "sent"))
    assert (image.width(), image.height()) == (300, 300), "never enlarged"
    assert image.pixelColor(150, 150).alpha() == 100
    opaque = painted(tmp_path / "opaque.png", RED, 40, 30)
    portrait_images.write_sent(str(opaque), str(tmp_path / "sent"))
    assert (tmp_path / "sent").read_bytes().startswith(b"\xff\xd8\xff")


def test_for_the_screen_it_is_round_and_of_the_size_asked_for(qapp: QApplication, tmp_path: Path) -> None:
    small = painted(tmp_path / "small.png", RED, 7, 3)
    image = portrait_images.round_image(str(small), 92)
    assert (image.width(), image.height()) == (92, 92)
    assert image.pixelColor(0, 0).alpha() == 0
    assert image.pixelColor(46, 46) == RED


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n" + bytes(40), b"<svg/>"])
def test_what_is_no_picture_is_refused_in_words(qapp: QApplication, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.png").write_bytes(content)
    for make in (
        lambda path: portrait_images.write_sent(path, str(tmp_path / "sent")),
        lambda path: portrait_images.round_image(path, 46),
    ):
        with pytest.raises(PictureRefused, match=r"picture"):
            make(str(tmp_path / "x.png"))
    assert not (tmp_path / "sent").exists()


def test_a_picture_that_claims_gigabytes_is_refused(qapp: QApplication, tmp_path: Path) -> None:
    content = bytearray(painted(tmp_path / "bomb.png", RED, 4, 4).read_bytes())
    content[16:24] = struct.pack(">II", 29_000, 29_000)
    content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    (tmp_path / "bomb.png").write_bytes(content)
    for make in (
        lambda path: portrait_images.write_sent(path, str(tmp_path / "sent")),
        lambda path: portrait_images.round_image(path, 46),
    ):
        with pytest.raises(PictureRefused, match="too large"):
            make(str(tmp_path / "bomb.png"))


async def test_a_portrait_is_seen_everywhere_once_it_is_here(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    async with portraits_window(open_window, tmp_path) as (window, _):
        await until(lambda: in_list(window, GROUP) == BLUE.name())
        header = window.chat.header.avatar
        assert color_at(header, QPoint(20, 6)) == BLUE.name()
        assert FACE in window._client.portraits._waiting, "it is on screen and not here"
        initials = in_list(window, 1)
        assert initials != RED.name()
        media = window._client.file_fetching.media
        assert media is not None
        painted(media / FACE, RED)
        window._client.transfers.whole(FACE, str(media / FACE), 1)
        await until(lambda: in_list(window, 1) == RED.name())
        view = window.chat.timeline
        view.go_to_start()
        await scenes.settled()
        seen = view.viewport().grab().toImage()
        assert any(
            seen.pixelColor(x, y).name() == RED.name() for x in (24, 30, 36) for y in range(seen.height())
        )


async def test_one_that_cannot_be_shown_leaves_the_initials(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    async with portraits_window(open_window, tmp_path) as (window, _):
        before = in_list(window, 1)
        media = window._client.file_fetching.media
        assert media is not None
        (media / FACE).write_bytes(b"<svg>not this</svg>")
        window._client.transfers.whole(FACE, str(media / FACE), 1)
        portraits = window._look.portraits
        assert portraits._pictures is not None
        await until(lambda: portraits._pictures.refusal(str(media / FACE)))  # type: ignore[union-attr]
        assert in_list(window, 1) == before


async def test_one_that_went_from_the_disk_is_fetched_again(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    async with portraits_window(open_window, tmp_path) as (window, _):
        media = window._client.file_fetching.media
        assert media is not None
        window._client.portraits._waiting.clear()
        window._client.transfers.whole(FACE, str(media / FACE), 1)
        await until(lambda: FACE in window._client.portraits._waiting)


async def test_somebody_who_has_another_picture_is_painted_with_it(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    async with portraits_window(open_window, tmp_path) as (window, _):
        media = window._client.file_fetching.media
        assert media is not None
        painted(media / NEW, GREEN)
        window._client.transfers.whole(NEW, str(media / NEW), 1)
        told: list[None] = []
        window.portraits.changed.connect(lambda: told.append(None))
        alice = User(ALICE, "alice", "Alice Example", online=True, picture=FACE)
        window._client._publish(UserChanged(alice))
        window.feed.flush()
        assert not told, "who only comes or goes looks as before"
        window._client._publish(UserChanged(User(ALICE, "alice", "Alice Example", picture=NEW)))
        window.feed.flush()
        assert told


class OneSource:
    """An account's portraits, and what it was asked and told."""

    def __init__(self, path: Path | None = None) -> None:
        self.at = str(path) if path is not None else ""
        self.told: list[str] = []

    def path(self, file_id: str) -> str:
        return self.at

    def want(self, file_id: str) -> None:
        self.told.append("want")

    def seen(self, file_id: str) -> None:
        self.told.append("seen")

    def lost(self, file_id: str) -> None:
        self.told.append("lost")


async def test_an_id_means_something_to_its_own_account_only(qapp: QApplication, tmp_path: Path) -> None:
    red, blue, none = (
        OneSource(painted(tmp_path / "a.png", RED)),
        OneSource(painted(tmp_path / "b.png", BLUE)),
        OneSource(),
    )
    portraits = Portraits()
    for each in (red, none, blue):
        portraits.add(each)

    def shown(source: OneSource | None = None) -> str:
        found = portraits.get(FACE, 40, 1.0, source)
        return found.toImage().pixelColor(20, 20).name() if found is not None else ""

    assert not shown(), "none is on screen"
    portraits.use(red)
    await until(shown)
    assert shown() == RED.name()
    await until(lambda: shown(blue))
    assert shown(blue) == BLUE.name(), "the rail shows others"
    portraits.use(none)
    assert not shown()
    assert (red.told, blue.told, none.told) == (["seen"], ["seen"], ["want"])
    blue.at = str(tmp_path / "gone.png")
    portraits.remove(red)
    portraits.use(blue)
    assert not shown(red), "it has gone"
    await until(lambda: shown() or blue.told[-1] == "lost")
    assert (red.told, none.told) == (["seen"], ["want"])
    for each in (none, blue):
        portraits.remove(each)


def test_without_any_account_nothing_is_painted_and_nothing_runs(qapp: QApplication) -> None:
    portraits = Portraits()
    assert portraits.get(FACE, 46, 2.0) is None
    portraits.make("/nowhere", "/nowhere")


async def settings_of(window: AccountView) -> SettingsDialog:
    QTest.keyClick(window, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
    await scenes.settled()
    return window.findChildren(SettingsDialog)[-1]


def pick(parent: QWidget, path: Path) -> None:
    """Choose a file in the dialog that is open."""
    dialog = parent.findChildren(QFileDialog)[-1]
    dialog.fileSelected.emit(str(path))
    dialog.close()


async def test_a_picture_of_oneself_is_chosen_and_removed_by_key(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    async with portraits_window(open_window, tmp_path) as (window, sending):
        dialog = await settings_of(window)
        said: list[str] = []
        dialog._preferences.portrait.busy_changed.connect(said.append)
        dialog.portrait.setFocus()
        assert dialog.portrait.accessibleName() == "Picture of you"
        QTest.keyClick(dialog.portrait, Qt.Key.Key_Return)
        pick(dialog, with_exif(tmp_path / "home.jpg"))
        assert dialog._words.text() == "Preparing the picture…"
        await until(lambda: asked(window))
        assert asked(window) == [("update_profile", {"picture": NEW})]
        assert said == ["Preparing the picture…", "Uploading the picture…", "Uploading the picture… 50 %", ""]
        assert b"Secret" not in sending.sent[0]
        assert not dialog._words.isVisible()
        own = User(scenes.OWN_ID, "me", "Me Myself", picture=NEW)
        window._client._users[scenes.OWN_ID] = own
        window._client._publish(UserChanged(own))
        window.feed.flush()
        await until(lambda: QColor(middle(dialog.portrait)).red() > 180)
        QTest.keyClick(dialog.portrait, Qt.Key.Key_Space)
        menu = dialog.portrait.findChildren(QMenu)[-1]
        assert [each.text() for each in menu.actions()] == ["Choose another picture…", "Remove picture"]
        QTest.keyClicks(menu, "rem")
        QTest.keyClick(menu, Qt.Key.Key_Return)
        menu.close()
        await until(lambda: len(asked(window)) == 2)
        assert asked(window)[1] == ("update_profile", {"picture": ""})


async def test_where_there_is_no_folder_for_pictures_nothing_stands_for_a_name(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    absent = str(tmp_path / "Pictures")
    monkeypatch.setattr(QStandardPaths, "writableLocation", lambda _: absent)
    async with portraits_window(open_window, tmp_path) as (window, _):
        dialog = await settings_of(window)
        QTest.keyClick(dialog.portrait, Qt.Key.Key_Return)
        chooser = dialog.findChild(QFileDialog)
        assert chooser is not None
        name = chooser.findChild(QLineEdit, "fileNameEdit")
        assert name is not None
        assert name.text() == ""
        chooser.reject()


async def test_why_a_picture_is_not_taken_is_said(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    async with portraits_window(open_window, tmp_path) as (window, sending):
        dialog = await settings_of(window)
        (tmp_path / "notes.png").write_bytes(b"no picture")
        QTest.mouseClick(dialog.portrait, Qt.MouseButton.LeftButton)
        pick(dialog, tmp_path / "notes.png")
        await until(lambda: dialog._words.text() == "This is not a picture that can be shown.")
        assert not dialog._preferences.portrait.busy
        sending.trouble = "There is no connection to the server. Try again when you are online."
        QTest.mouseClick(dialog.portrait, Qt.MouseButton.LeftButton)
        pick(dialog, painted(tmp_path / "me.png", RED))
        await until(lambda: dialog._words.text() == sending.trouble)
        assert not any((tmp_path / "outgoing").iterdir())

        async def refuse(**profile: object) -> None:
            raise ClientError("The server takes no pictures.")

        sending.trouble = ""
        window._client.actions.update_profile = refuse  # type: ignore[method-assign]
        QTest.mouseClick(dialog.portrait, Qt.MouseButton.LeftButton)
        pick(dialog, tmp_path / "me.png")
        await until(lambda: dialog._words.text() == "The server takes no pictures.")
        assert sending.abandoned == [NEW]
        window._client.outgoing = None
        QTest.mouseClick(dialog.portrait, Qt.MouseButton.LeftButton)
        pick(dialog, tmp_path / "me.png")
        assert "no folder on this computer" in dialog._words.text()


async def test_a_dialog_that_is_closed_meanwhile_is_told_nothing(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    async with portraits_window(open_window, tmp_path) as (window, _):
        dialog = await settings_of(window)
        QTest.mouseClick(dialog.portrait, Qt.MouseButton.LeftButton)
        pick(dialog, painted(tmp_path / "me.png", RED))
        await until(lambda: "Uploading" in dialog._words.text() or asked(window))
        dialog.reject()
        await until(lambda: asked(window))
        await scenes.settled()


async def test_a_group_gets_a_picture_from_those_who_run_it(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    async with portraits_window(open_window, tmp_path) as (window, _):
        key = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        QTest.keyClick(window, Qt.Key.Key_I, key)
        await scenes.settled()
        dialog = window.findChildren(InfoDialog)[-1]
        await until(lambda: middle(dialog.avatar) == BLUE.name())
        QTest.mouseClick(dialog.avatar, Qt.MouseButton.LeftButton)
        menu = dialog.avatar.findChildren(QMenu)[-1]
        menu.actions()[0].trigger()
        menu.close()
        pick(dialog, painted(tmp_path / "crest.png", GREEN))
        await until(lambda: asked(window))
        assert asked(window) == [("set_info", GROUP, {"picture": NEW})]
        conversation = window.conversations.conversation(GROUP)
        assert conversation is not None
        window._client._publish(ConversationChanged(replace(conversation, role="member")))
        window.feed.flush()
        assert dialog.avatar.focusPolicy() is Qt.FocusPolicy.NoFocus
        QTest.mouseClick(dialog.avatar, Qt.MouseButton.LeftButton)
        assert len(dialog.findChildren(QFileDialog)) <= 1
        dialog.reject()


async def test_a_new_group_begins_with_its_picture(
    qapp: QApplication, open_window: OpenWindow, tmp_path: Path
) -> None:
    async def found(query: str) -> list[User]:
        return [User(ALICE, "alice", "Alice Example", picture=FACE)]

    async with portraits_window(open_window, tmp_path) as (window, sending):
        window._client.find_people = found  # type: ignore[method-assign]
        QTest.keyClick(window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
        window.findChildren(NewChatDialog)[-1].group_requested.emit()
        dialog = window.findChildren(GroupDialog)[-1]
        QTest.keyClicks(dialog.title_field, "Choir")
        QTest.mouseClick(dialog.portrait, Qt.MouseButton.LeftButton)
        pick(dialog, painted(tmp_path / "choir.png", RED))
        create = next(each for each in dialog.findChildren(QPushButton) if each.text() == "Create")
        create.click()
        assert "still on its way" in dialog.words.text()
        await until(lambda: sending.sent)
        await until(lambda: QColor(middle(dialog.portrait)).red() > 180)
        create.click()
        await until(lambda: asked(window))
        assert asked(window)[-1] == ("create_group", "Choir", (), False, NEW)
        await scenes.settled()
        assert sending.abandoned == []


def test_the_store_keeps_pictures_over_a_restart() -> None:
    scene = scenes.lab()
    scene.portrait(ALICE, FACE, person=True)
    scene.portrait(GROUP, CREST)
    client = scene.client()
    rows = {each.conversation_id: each for each in client.conversations()}
    assert rows[GROUP].info.picture == CREST
    peer = rows[1].peer
    assert peer is not None
    assert peer.picture == FACE
    known = users.load_all(scene.database.reader, set())
    assert known[ALICE].picture == FACE
    with scene.database.transaction() as connection:
        users.upsert(connection, records.User(ALICE, "alice", "Alice Example"))
        conversations.set_draft(connection, GROUP, "")
    assert users.load_all(scene.database.reader, set())[ALICE].picture == ""
    assert Info().picture == ""
