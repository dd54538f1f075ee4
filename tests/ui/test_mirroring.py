"""Windows that are read from right to left: what is painted by hand stands where its mirror image would."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMargins, QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox, QWidget

from desktop_chat import language
from desktop_chat.core.models import Message, SendState
from desktop_chat.ui import icons, mirroring
from desktop_chat.ui.banner import Banner
from desktop_chat.ui.keys import with_keys
from desktop_chat.ui.message_box import add_cancel, message_box
from desktop_chat.ui.message_layout import AVATAR, MessageLayout
from desktop_chat.ui.message_painter import text_look
from desktop_chat.ui.theme import LIGHT, Theme
from desktop_chat.viewmodels import wording
from desktop_chat.viewmodels.timeline_rows import ReactionChip, TimelineRow
from tests.ui import gallery, scenes
from tests.ui.conftest import OpenWindow

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)

WIDTH = 800
ROOM = QRect(0, 0, WIDTH, 0)


def row(text: str, *, own: bool, state: SendState = SendState.READ) -> TimelineRow:
    return TimelineRow(
        message=Message(1, 1, f"{1:032x}", 101, scenes.NOW_MS, "text", text, 1, 1, error="Too fast"),
        own=own,
        state=state,
        first_in_group=True,
        last_in_group=True,
        day="",
        unread_line=False,
        time="14:32",
        reactions=(ReactionChip("👍", 2, True, "You, Bob"), ReactionChip("🎉", 1, False, "Bob")),
    )


def places(made: MessageLayout) -> list[QRect]:
    """Everything in a row that has a place of its own."""
    meta = QRect(made.meta_left, made.meta_baseline, made.meta_width, 1)
    avatar = QRect(made.avatar_at.x(), made.avatar_at.y(), AVATAR, AVATAR)
    chips = [rect for rect, _ in made.chips]
    return [made.bubble, meta, avatar, *chips, made.failed_rect, made.retry_rect, made.discard_rect]


@pytest.mark.parametrize("own", [True, False])
def test_a_row_is_the_mirror_image(look: Theme, own: bool, request: pytest.FixtureRequest) -> None:
    state = SendState.FAILED if own else SendState.READ
    usual = MessageLayout(row("Hello there", own=own, state=state), WIDTH, text_look(LIGHT, own=own))
    request.getfixturevalue("right_to_left")
    made = MessageLayout(row("Hello there", own=own, state=state), WIDTH, text_look(LIGHT, own=own))
    assert (made.bubble.left() < WIDTH / 2) == own
    mirrored = [mirroring.placed(each, ROOM) for each in places(usual)]
    assert [each for each in mirrored if not each.isNull()] == [
        each for each in places(made) if not each.isNull()
    ]


def test_words_keep_their_own_direction(look: Theme, right_to_left: None) -> None:
    def first_line(text: str) -> tuple[MessageLayout, float, float]:
        made = MessageLayout(row(text, own=False), WIDTH, text_look(LIGHT, own=False))
        rect = made.block.layout.lineAt(0).naturalTextRect().translated(made.text_at)
        return made, rect.left(), rect.right()

    made, left, right = first_line("two lines of English, " * 6)
    assert left == pytest.approx(made.bubble.left() + 14, abs=1)
    made, left, right = first_line("مرحبا بكم في المختبر " * 8)
    assert right == pytest.approx(made.bubble.right() - 13, abs=1.5)


def test_a_full_stop_stays_at_the_end_of_its_sentence(look: Theme, right_to_left: None) -> None:
    assert mirroring.in_its_order("See you.") == "\u2068See you.\u2069"


def test_only_other_scripts_are_isolated_from_left_to_right(look: Theme) -> None:
    assert mirroring.in_its_order("See you.") == "See you."
    assert mirroring.in_its_order("أراك.") == "\u2068أراك.\u2069"


def test_arrows_point_the_other_way(look: Theme, request: pytest.FixtureRequest) -> None:
    def drawn(name: str) -> object:
        return icons.pixmap(name, "#123456", 24, 1.0).toImage()

    usual, bell = drawn("back"), drawn("bell")
    request.getfixturevalue("right_to_left")
    assert drawn("back") == usual.flipped(Qt.Orientation.Horizontal)  # type: ignore[attr-defined]
    assert drawn("bell") == bell


def test_the_room_around_a_layout_is_mirrored(look: Theme, request: pytest.FixtureRequest) -> None:
    assert mirroring.margins(18, 1, 12, 2) == QMargins(18, 1, 12, 2)
    request.getfixturevalue("right_to_left")
    assert mirroring.margins(18, 1, 12, 2) == QMargins(12, 1, 18, 2)


def margins() -> Iterator[tuple[Path, list[ast.expr]]]:
    """The margins of layouts that are given as four numbers."""
    for path in Path(mirroring.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if node.func.attr == "setContentsMargins" and len(node.args) == 4:
                yield path, node.args


def test_no_layout_has_more_room_at_one_side_unmirrored() -> None:
    found = [(path.name, ast.unparse(left), ast.unparse(right)) for path, (left, _, right, _) in margins()]
    assert len(found) > 20
    assert [each for each in found if each[1] != each[2]] == []


def test_a_banner_comes_where_lines_end(look: Theme, right_to_left: None) -> None:
    window = QWidget()
    window.resize(1000, 600)
    banner = Banner(look, window)
    banner.show_alert(1, 1, "Mum", "Who brings the cake?", None)
    assert banner.geometry().right() < 500
    window.deleteLater()


def test_every_line_of_a_message_box_begins_at_the_right(look: Theme, right_to_left: None) -> None:
    box = message_box("About", "desktop-chat\n\nحول البرنامج", None)
    label = box.findChild(QLabel, "qt_msgbox_label")
    assert isinstance(label, QLabel)
    assert label.alignment() & Qt.AlignmentFlag.AlignRight
    box.deleteLater()


def test_a_message_box_says_cancel_as_everything_else_does(look: Theme) -> None:
    language.use("ar")
    try:
        box = message_box("Leave", "?", None)
        add_cancel(box)
        assert box.button(QMessageBox.StandardButton.Cancel).text() == language.tr("Cancel") != "Cancel"
        box.deleteLater()
    finally:
        language.use("en")


def test_a_day_stays_in_one_piece_beside_a_name(look: Theme) -> None:
    assert wording.beside("Alice", "3 Mar") == "Alice · 3 Mar"
    language.use("ar")
    try:
        assert wording.beside("Alice", "3 مارس") == "\u200f\u2068Alice\u2069 · \u20683 مارس\u2069"
        assert wording.beside("", "Alice") == "Alice"
    finally:
        language.use("en")


def test_keys_stay_in_one_piece_beside_what_they_do() -> None:
    assert with_keys("Emoji", "Ctrl+.") == "Emoji (Ctrl+.)"
    assert with_keys("Zoom in", "+") == "Zoom in (+)"
    language.use("de")
    try:
        assert with_keys("Emoji", "Ctrl+.") == "Emoji (Strg+.)"
        language.use("ar")
        assert with_keys("رموز", "Ctrl+.") == "\u200f\u2068رموز\u2069 (\u2068Ctrl+.\u2069)"
    finally:
        language.use("en")


async def test_a_failed_message_is_retried_where_the_word_is(
    qapp: QApplication, right_to_left: None, open_window: OpenWindow
) -> None:
    scene = scenes.living()
    scene.echo(1, "On my way!", scenes.NOW_MS, failed="Too fast")
    async with open_window(scene) as window:
        window.show_conversation(1)
        await scenes.settled()
        timeline = window.chat.timeline
        last = timeline.placed[-1]
        rect = timeline.layout_of(last.row).retry_rect.translated(0, last.top)
        assert rect.center().x() < timeline.viewport().width() / 2
        QTest.mouseClick(timeline.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
        await scenes.settled()
        message = timeline.model.message(last.row) if timeline.model is not None else None
        assert message is not None
        assert message.state is not SendState.FAILED


async def test_the_window_is_the_mirror_image(
    qapp: QApplication, right_to_left: None, open_window: OpenWindow
) -> None:
    async with open_window(scenes.living()) as window:
        window.show_conversation(1)
        await scenes.settled()
        frame = window.window()
        list_at = window.sidebar.mapTo(frame, QPoint(0, 0)).x()
        assert list_at > window.chat.mapTo(frame, QPoint(0, 0)).x()
        # The avatar of the first conversation is at the right of its row, and the time at the left.
        view = window.sidebar.list
        picture = view.viewport().grab().toImage()
        rect = view.visualRect(view.model().index(0, 0))
        ratio, y = picture.devicePixelRatio(), rect.center().y() - 15
        at_right = picture.pixelColor(round((rect.right() - 40) * ratio), round(y * ratio))
        at_left = picture.pixelColor(round((rect.left() + 40) * ratio), round(y * ratio))
        assert at_right.saturation() > 120
        assert at_left.saturation() < 120
        # The field begins at the right as well, until its first letter says otherwise.
        field = window.chat.bar.field
        assert field.cursorRect().x() > field.width() / 2
        QTest.keyClicks(field, "Hello")
        assert field.cursorRect().x() < field.width() / 2


async def test_the_pictures_go_on_to_the_left(
    qapp: QApplication, right_to_left: None, open_window: OpenWindow, tmp_path: object
) -> None:
    async with open_window(gallery.gallery(tmp_path)) as window:  # type: ignore[arg-type]
        window.show_conversation(gallery.GALLERY)
        await scenes.settled()
        timeline = window.chat.timeline
        assert timeline.model is not None
        shown = timeline.model.row(2)
        timeline.file_chosen.emit(shown, shown.files[1], False)
        await scenes.settled()
        viewer = window.chat.files.viewer
        assert viewer is not None
        assert viewer._before.x() > viewer._after.x()
        assert viewer._before.toolTip() == "Picture before (Right)"
        assert viewer._after.toolTip() == "Picture after (Left)"
        first = viewer.shown
        QTest.keyClick(viewer, Qt.Key.Key_Left)
        QTest.keyClick(viewer, Qt.Key.Key_Right)
        assert viewer.shown == first
        viewer.close()
