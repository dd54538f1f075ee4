"""The timeline: what stays in place while history comes in, and what hostile text may not do."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop_chat.core.changes import MessagesAdded
from desktop_chat.core.models import Message, SendState
from desktop_chat.ui.message_layout import MessageLayout, max_bubble_width
from desktop_chat.ui.message_painter import text_look
from desktop_chat.ui.text_block import (
    MAX_SHOWN_CHARS,
    MAX_SHOWN_LINES,
    is_few_emoji,
    is_right_to_left,
    likely_end,
)
from desktop_chat.ui.theme import LIGHT, Theme
from desktop_chat.ui.timeline_view import TimelineView
from desktop_chat.viewmodels.timeline_rows import TimelineRow
from tests.ui import scenes
from tests.ui.conftest import OpenWindow

# Qt's offscreen platform says so of every dialog.
pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)

HOSTILE = (
    '<img src="/etc/passwd"><b>bold</b>',
    "\x00\x07\x1b[31mred\x7f",
    "\u202egnp.exe \u2066abc",
    "x" * 16_000,
    "😀" * 4_000,
    "a\r\nb\u2029c",
    "&amp; <script>alert(1)</script>",
    " " * 500,
    "\n" * 500,
    "ก็็็็็็็็็็็็็็็็็็็็",
)


def long_scene(count: int = 400) -> scenes.Scene:
    scene = scenes.Scene()
    start = scenes.NOW_MS - count * 20 * scenes.MINUTE_MS
    lines = [
        (n % 3 % 2, f"Message {n} " + "and more of it " * (n % 7), start + n * 20 * scenes.MINUTE_MS)
        for n in range(count)
    ]
    scene.direct(1, "Alice Example", lines)
    return scene


def bubbles(view: TimelineView) -> dict[str, QPoint]:
    """Where each visible bubble is."""
    return {
        view.layout_of(each.row).row.message.body: view.layout_of(each.row).bubble.bottomLeft()
        + QPoint(0, each.top)
        for each in view.placed
    }


async def test_an_older_page_moves_nothing(qapp: QApplication, open_window: OpenWindow) -> None:
    async with open_window(long_scene()) as window:
        window.show_conversation(1)
        await scenes.settled()
        view = window.chat.timeline
        assert view.model is not None
        pages = 0
        while not view.model.reached_start:
            view.go_to_start()
            before, count = bubbles(view), view.model.rowCount()
            view._jump.hide()
            picture = view.viewport().grab(view.viewport().rect().adjusted(0, 60, 0, 0)).toImage()
            await scenes.settled()
            if view.model.rowCount() == count:
                continue
            pages += 1
            after = bubbles(view)
            for body, corner in before.items():
                assert after.get(body, corner) == corner
            view._jump.hide()
            assert view.viewport().grab(view.viewport().rect().adjusted(0, 60, 0, 0)).toImage() == picture
        assert pages >= 4
        assert view.model.rowCount() == 400


async def test_a_new_message_moves_nothing_unless_at_the_end(
    qapp: QApplication, open_window: OpenWindow
) -> None:
    async with open_window(long_scene()) as window:
        window.show_conversation(1)
        await scenes.settled()
        view = window.chat.timeline
        assert view.at_end
        view.scroll_by(300)
        before = bubbles(view)
        window.chat.timeline_model.take([MessagesAdded(1, [message(401)])])  # type: ignore[union-attr]
        assert bubbles(view) == before
        assert not view.at_end
        view.go_to_end()
        window.chat.timeline_model.take([MessagesAdded(1, [message(402)])])  # type: ignore[union-attr]
        assert view.at_end
        assert "new 402" in bubbles(view)


async def test_what_nobody_saw_stays_unread(qapp: QApplication, open_window: OpenWindow) -> None:
    scene = scenes.Scene()
    lines = [(1, f"line {n}", scenes.NOW_MS - 400_000 + n * 1_000) for n in range(305)]
    scene.direct(1, "Alice Example", lines, unread=300)
    async with open_window(scene) as window:
        window.chat.set_active(True)
        window.show_conversation(1)
        for _ in range(4):
            await scenes.settled()
        view, model = window.chat.timeline, window.chat.timeline_model
        assert model is not None
        assert model.message(model.unread_line_row).seq == 6
        line = next(each for each in view.placed if each.row == model.unread_line_row)
        assert 0 < line.top < view.viewport().height() / 3
        shown = model.message(view.last_visible).seq
        assert shown is not None
        assert shown < 40
        assert window.conversations.describe(1).unread == 305 - shown
        view.verticalScrollBar().setValue(view.verticalScrollBar().maximum())
        for _ in range(4):
            await scenes.settled()
        assert view.at_end
        assert window.conversations.describe(1).unread == 305 - shown
        assert view._jump.isVisible()
        view._jump.click()
        for _ in range(4):
            await scenes.settled()
        assert window.conversations.describe(1).unread == 0
        assert not view._jump.isVisible()


async def test_resizing_keeps_the_place(qapp: QApplication, open_window: OpenWindow) -> None:
    async with open_window(long_scene()) as window:
        window.show_conversation(1)
        await scenes.settled()
        view = window.chat.timeline
        assert view.model is not None
        view.scroll_by(900)
        anchor = view.model.message(view.placed[0].row).local_id
        window.window().resize(900, 700)
        await scenes.settled()
        assert view.model.message(view.placed[0].row).local_id == anchor
        view.go_to_end()
        window.window().resize(1200, 800)
        await scenes.settled()
        assert view.at_end


async def test_the_scroll_bar_reaches_both_ends(qapp: QApplication, open_window: OpenWindow) -> None:
    async with open_window(long_scene()) as window:
        window.show_conversation(1)
        await scenes.settled()
        view = window.chat.timeline
        bar = view.verticalScrollBar()
        assert bar.value() == bar.maximum()
        bar.setValue(0)
        assert view.placed[0].row == 0
        bar.setValue(bar.maximum())
        assert view.at_end


async def test_hostile_text_is_text(qapp: QApplication, open_window: OpenWindow) -> None:
    scene = scenes.Scene()
    for id_, text in enumerate(HOSTILE, 1):
        scene.direct(id_, text[:60], [(1, text, scenes.NOW_MS), (0, text, scenes.NOW_MS)], last_seen_ms=1)
    async with open_window(scene) as window:
        for id_, text in enumerate(HOSTILE, 1):
            window.show_conversation(id_)
            await scenes.settled()
            assert not window.grab().isNull()
            view = window.chat.timeline
            assert view.model is not None
            assert view.model.message(0).body == text
            assert view.layout_of(0).height < 40_000
        window.show_conversation(1)
        assert window.chat.header.name.text() == HOSTILE[0][:60]
        assert "\u202e" not in window.conversations.describe(3).title


async def test_a_long_message_opens_whole(qapp: QApplication, open_window: OpenWindow) -> None:
    scene = scenes.Scene()
    scene.direct(1, "Alice", [(1, "y" * 16_000, scenes.NOW_MS)])
    async with open_window(scene) as window:
        window.show_conversation(1)
        await scenes.settled()
        layout = window.chat.timeline.layout_of(0)
        assert layout.block.cut
        assert layout.block.shown_length == MAX_SHOWN_CHARS + 1
        asked: list[str] = []
        window.chat.timeline.whole_message_requested.connect(asked.append)
        last = layout.block.layout.lineAt(layout.block.layout.lineCount() - 1)
        spot = layout.text_at + last.position() + last.naturalTextRect().center() - last.rect().topLeft()
        top = window.chat.timeline.placed[-1].top
        window.chat.timeline._click(QPoint(round(layout.text_at.x()) + 20, round(spot.y()) + top))
        assert [len(text) for text in asked] == [16_000]


@pytest.mark.parametrize(
    "text", ["\n" * 15_000, "a\n" * (MAX_SHOWN_LINES + 1), "\n".join("x" * 90 for _ in range(60))]
)
def test_a_message_of_many_lines_is_folded(look: Theme, text: str) -> None:
    layout = MessageLayout(row(text, own=False), 800, text_look(LIGHT, own=False))
    assert layout.block.cut
    assert layout.text.count("\u2028") == MAX_SHOWN_LINES
    assert not MessageLayout(
        row("a\n" * (MAX_SHOWN_LINES - 1) + "b", own=False), 800, text_look(LIGHT, own=False)
    ).block.cut


def test_of_very_wide_letters_fewer_are_laid_out(look: Theme) -> None:
    assert likely_end("𒐫" * 4_000, 14, 500) < 3_000
    # What fits is laid out whole, whatever its script.
    for text in ("Grüße aus Köln. " * 240, "你好世界" * 200, "مرحبا بكم " * 300, "a" * 3_990 + "ä"):
        assert likely_end(text, 14, 500) == len(text)
    layout = MessageLayout(row("𒐫" * 4_000, own=False), 800, text_look(LIGHT, own=False))
    assert layout.block.cut
    assert layout.block.layout.lineCount() > 40


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("width", [300, 420, 800, 1600])
@pytest.mark.parametrize(
    "text", ["Hi", "Hello there, " * 12, "שלום עולם", "مرحبا " * 40, "你好世界" * 20, "w" * 300, "👍"]
)
def test_text_and_time_stay_in_the_bubble(
    look: Theme, text: str, width: int, mirrored: bool, request: pytest.FixtureRequest
) -> None:
    if mirrored:
        request.getfixturevalue("right_to_left")
    for own in (True, False):
        layout = MessageLayout(row(text, own=own), width, text_look(LIGHT, own=False))
        inner = layout.bubble
        assert inner.left() >= 0
        assert inner.right() < width
        assert inner.width() <= max(max_bubble_width(width), 120) + 1
        for number in range(layout.block.layout.lineCount()):
            rect = layout.block.layout.lineAt(number).naturalTextRect().translated(layout.text_at)
            assert rect.left() >= inner.left() + 12
            assert rect.right() <= inner.right() - 11
        if layout.block.meta_inline:
            last = layout.block.layout.lineAt(layout.block.layout.lineCount() - 1).naturalTextRect()
            if mirrored:
                assert layout.text_at.x() + last.left() >= layout.meta_left + layout.meta_width + 5
            else:
                assert layout.text_at.x() + last.right() <= layout.meta_left - 5
        assert inner.left() + 11 <= layout.meta_left
        assert layout.meta_left + layout.meta_width <= inner.right() - 11


def test_direction_is_that_of_the_first_letter() -> None:
    assert is_right_to_left("123 שלום hello")
    assert not is_right_to_left("hello שלום")
    assert not is_right_to_left("123 …")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("😍", True), ("👩‍💻👍🏽🇩🇪", True), ("😍😍😍😍", False), ("😍 a", False), ("", False), ("1", False)],
)
def test_few_emoji_are_big(qapp: QApplication, text: str, expected: bool) -> None:
    assert is_few_emoji(text) is expected


def message(seq: int, body: str = "") -> Message:
    return Message(10_000 + seq, 1, f"{seq:032x}", 101, scenes.NOW_MS, "text", body or f"new {seq}", seq, seq)


def row(text: str, *, own: bool) -> TimelineRow:
    return TimelineRow(
        message=message(1, text),
        own=own,
        state=SendState.READ,
        first_in_group=True,
        last_in_group=True,
        day="",
        unread_line=False,
        time="14:32",
    )


@pytest.mark.parametrize(("quoted", "at_right"), [("see you", False), ("שלום לכולם", True)])
async def test_the_bar_of_a_quote_stands_where_its_words_begin(
    qapp: QApplication, open_window: OpenWindow, quoted: str, at_right: bool
) -> None:
    scene = scenes.Scene()
    scene.direct(1, "Alice Example", [(1, f"> {quoted}\n{quoted}", scenes.NOW_MS)])
    async with open_window(scene) as window:
        window.show_conversation(1)
        view, composer = window.chat.timeline, window.chat.composer
        assert view.model is not None
        composer.reply_to(view.model.message(0), "Alice Example")
        QTest.keyClicks(window.chat.bar.field, "Yes")
        QTest.keyClick(window.chat.bar.field, Qt.Key.Key_Return)
        await scenes.settled()
        picture, tokens = view.viewport().grab().toImage(), window._look.tokens
        for placed, color in zip(view.placed, (tokens.color("accent"), tokens.color("on_own")), strict=True):
            layout = view.layout_of(placed.row)
            bubble = layout.bubble.translated(0, placed.top)
            y = round(layout.text_at.y()) + 9 if placed.row == 0 else layout.head_at.y() + 3
            row = [picture.pixelColor(x, placed.top + y) for x in range(bubble.left(), bubble.right())]
            bar = [x for x, each in enumerate(row) if each == color]
            assert bar
            assert (min(bar) > len(row) * 3 / 4) is at_right
            assert (max(bar) < len(row) / 4) is not at_right
