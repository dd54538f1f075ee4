"""Every word that a person reads comes out of the catalogue: with one that puts brackets around each text,
nothing in the windows stands outside of them."""

import ast
import gettext
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCalendarWidget,
    QComboBox,
    QDialog,
    QFileDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QMessageBox,
    QPlainTextEdit,
    QSpinBox,
    QWidget,
)

from desktop_chat import language, ui
from desktop_chat.protocol.records import Device
from desktop_chat.ui import account_dialogs, picture_reading
from desktop_chat.ui.account_rail import AccountButton
from desktop_chat.ui.account_view import AccountView
from desktop_chat.ui.banner import Banner
from desktop_chat.ui.deletion_dialog import DeletionDialog
from desktop_chat.ui.emoji_picker import EmojiPicker
from desktop_chat.ui.first_start import FirstStart
from desktop_chat.ui.info_dialog import InfoDialog
from desktop_chat.ui.settings_dialog import SettingsDialog
from desktop_chat.ui.theme import Theme
from desktop_chat.viewmodels.preferences import Preferences
from tests.ui import gallery, scenes
from tests.ui.conftest import OpenWindow

# Qt's offscreen platform says so of every dialog and menu.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

LAB = 20
_LETTERS = re.compile(r"[^\W\d_]{2}")
_BRACKETED = re.compile(r"⟦[^⟦⟧]*⟧")

_SAME_EVERYWHERE = re.compile(
    r"(\(\d+\) )?desktop-chat"  # the product's name, and what is unread
    r"|ws://\S+|https://\S+"
    r"|ABCD-EFGH"  # the code of an invite
    r"|English|Deutsch|العربية"  # what each language calls itself
)
"""What has no translation."""


class _Brackets(gettext.NullTranslations):
    """A language in which every text is the English one in brackets."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"

    def pgettext(self, context: str, message: str) -> str:
        return f"⟦{message}⟧"


@pytest.fixture(autouse=True)
def _in_brackets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language._Spoken, "catalogue", _Brackets())


def bare(text: str, data: frozenset[str]) -> bool:
    """Whether something in a text is neither from the catalogue nor from people."""
    left = text.replace("&&", "&").replace("<qt>", "").replace("<br>", "\n").replace("</qt>", "")
    while (fewer := _BRACKETED.sub("", left)) != left:  # a text may have another one as its value
        left = fewer
    return any(
        _LETTERS.search(line) and line not in data and not _SAME_EVERYWHERE.fullmatch(line)
        for line in (each.strip() for each in left.split("\n"))
    )


def texts(each: QObject) -> Iterator[str]:
    """What a person reads or hears of a widget or an action."""
    if isinstance(each, QAction):
        yield from (each.text(), each.toolTip(), each.statusTip())
        return
    assert isinstance(each, QWidget)
    yield from (each.windowTitle(), each.toolTip(), each.accessibleName(), each.accessibleDescription())
    if isinstance(each, QLabel | QAbstractButton):
        yield each.text()
    if isinstance(each, QLineEdit | QPlainTextEdit):
        yield each.placeholderText()
    if isinstance(each, QComboBox):
        yield from (each.itemText(row) for row in range(each.count()))
    if isinstance(each, QSpinBox):
        yield from (each.prefix(), each.suffix())
    if isinstance(each, QMenu):
        yield each.title()
    if isinstance(each, QFileDialog):
        yield from (words for words in each.nameFilters() if words != "All Files (*)")  # Qt's own


def of_qt(each: QObject) -> bool:
    """Whether Qt made it and says it in its own words, from its own catalogue."""
    if each.objectName().startswith("qt_") or (isinstance(each, QWidget) and each.property("role") == "key"):
        return True
    parent = each.parent()
    while parent is not None:
        if isinstance(parent, QFileDialog | QCalendarWidget | QSpinBox):
            return True
        if isinstance(parent, QMessageBox) and isinstance(each, QAbstractButton):
            return parent.standardButton(each) is not QMessageBox.StandardButton.NoButton
        parent = parent.parent()
    return False


def read(root: QWidget, data: frozenset[str] = frozenset()) -> list[str]:
    """Which texts, of everything below a widget, stand outside the brackets."""
    every: list[QObject] = [root, *root.findChildren(QWidget), *root.findChildren(QAction)]
    return sorted(
        {text for each in every if not of_qt(each) for text in texts(each) if text and bare(text, data)}
    )


def said_by_people(view: AccountView) -> frozenset[str]:
    """Names, titles and messages, which are nobody's to translate."""
    found = {
        scenes.ACCOUNT.key,
        # As they are read: the one quoted, the other without its marks.
        "Clara Novák: Shall we meet at 18:00 for the demo?",
        "The new grating is aligned. Run calibrate --all first:",
    }
    for table, column in (("user", "display_name"), ("user", "user_name"), ("message", "body")):
        rows = view._client._database.reader.execute(f"SELECT {column} FROM {table}")
        found.update(line.strip() for row in rows for line in str(row[0]).split("\n"))
    found.update(view.conversations.index(row).data() for row in range(view.conversations.rowCount()))
    return frozenset(found)


async def read_all(view: AccountView, *openers: Callable[[], object]) -> list[str]:
    """Open one thing after the other over a window and read them."""
    data = said_by_people(view)
    found: set[str] = set()
    for open_it in openers:
        open_it()
        await scenes.settled()
        found.update(read(view.window(), data))
        for menu in view.findChildren(QMenu):
            menu.close()
        for dialog in reversed(view.findChildren(QDialog)):
            dialog.reject()
        await scenes.settled()
    return sorted(found)


def test_the_first_window(qapp: QApplication, look: Theme) -> None:
    start = FirstStart(look)
    assert read(start) == []
    start.show_join("ws://127.0.0.1:1/")
    assert read(start) == []
    start.deleteLater()


async def test_the_window(qapp: QApplication, look: Theme, open_window: OpenWindow) -> None:
    async with open_window(scenes.lab(unread=2)) as view:
        view._client.actions = scenes.RecordedActions()  # type: ignore[assignment]
        view.show_conversation(LAB)
        await scenes.settled()
        chat = view.chat
        row = chat.timeline_model.row(2)  # type: ignore[union-attr]
        own = chat.timeline_model.row(4)  # type: ignore[union-attr]
        banner = Banner(look, view.window())
        button = AccountButton("key", view.portraits, look, view)
        button.set_server("127.0.0.1")
        found = await read_all(
            view,
            lambda: None,
            lambda: chat.interactions.reply(row),
            lambda: chat.interactions.reply(own),
            lambda: chat.interactions._edit(own),
            chat.open_find,
            lambda: chat.timeline.choose(row.message),
            chat.timeline.choose_none,
            lambda: chat.interactions.say(777, ""),
            lambda: chat.bar._say_left_out(1),
            lambda: chat.bar._say_left_out(1_200),
            lambda: chat.bar.set_enter_sends(False),
            lambda: button.set_unread(3),
            lambda: button.set_signed_out(True),
            lambda: button.set_unread(0),
            lambda: banner.show_alert(LAB, 1, "⟦Ravi⟧", "⟦Hi⟧", None),
            lambda: view.sidebar.field.setText("xyzzy"),
        )
        assert [each for each in found if each not in ("127.0.0.1", "127.0.0.1 (Ctrl+1)")] == []


async def test_menus(qapp: QApplication, open_window: OpenWindow) -> None:
    async with open_window(scenes.lab()) as view:
        view._client.actions = scenes.RecordedActions()  # type: ignore[assignment]
        view.show_conversation(LAB)
        await scenes.settled()
        model, at = view.chat.timeline_model, QPoint(5, 5)
        assert model is not None
        messages = [model.row(each) for each in range(model.rowCount()) if not model.row(each).notice]
        found = await read_all(
            view,
            *(lambda row=row: view.chat.interactions.open_menu(row, at) for row in messages),
            lambda: view.interactions.open_menu(LAB, at),
            lambda: view.interactions.open_menu(1, at),
            lambda: view.interactions.open_menu(10, at),
        )
        assert found == []


async def test_dialogs(qapp: QApplication, look: Theme, open_window: OpenWindow) -> None:
    async def devices() -> list[Device]:
        seen = scenes.NOW_MS - 7_200_000
        return [Device(1, "⟦laptop⟧", seen, seen, online=True), Device(2, "", seen, seen)]

    async with open_window(scenes.lab()) as view:
        actions = scenes.RecordedActions()
        actions.devices = devices  # type: ignore[method-assign]
        view._client.actions = actions  # type: ignore[assignment]
        view.show_conversation(LAB)
        await scenes.settled()
        model = view.chat.timeline_model
        assert model is not None
        message = model.row(4).message
        chat, window = view.chat.interactions, view.interactions
        preferences = Preferences(view._client, view.feed, view._settings, view._spawn)

        def member_menu() -> None:
            window.show_info(LAB)
            dialog = view.findChildren(InfoDialog)[-1]
            dialog._open_menu(dialog._info.index(1).data(Qt.ItemDataRole.UserRole + 1), QPoint(5, 5))

        found = await read_all(
            view,
            view._switch,
            view._show_starred,
            view._show_shortcuts,
            view._show_about,
            view._ask_to_sign_out,
            window.begin_chat,
            window.begin_group,
            lambda: window.show_info(LAB),
            lambda: window.show_info(1),
            lambda: window.show_info(10),
            lambda: window.ask_for_day(LAB),
            lambda: window.ask_to_leave(view.conversations.conversation(LAB)),  # type: ignore[arg-type]
            lambda: chat._ask_about_link("https://example.org/plan"),
            lambda: chat._ask_where([message]),
            lambda: chat._ask_where([message, message]),
            lambda: chat._ask_to_delete([message]),
            lambda: chat._ask_to_delete([message, message], left=1),
            lambda: chat._show_whole("⟦A long text⟧"),
            lambda: chat._show_facts(language.tr("Message details"), message, []),
            lambda: account_dialogs.PasswordDialog(preferences, view).open(),
            lambda: account_dialogs.KnownPasswordDialog(preferences, view).open(),
            lambda: account_dialogs.DevicesDialog(preferences, look, view).open(),
            lambda: DeletionDialog(preferences, view).open(),
            lambda: EmojiPicker(["🙂"], 0, look, view).show(),
        )
        assert found == []


async def test_the_settings(qapp: QApplication, open_window: OpenWindow) -> None:
    async with open_window(scenes.living()) as view:
        view._client.actions = scenes.RecordedActions()  # type: ignore[assignment]

        def search() -> None:
            view.show_settings()
            QTest.keyClicks(view.findChildren(SettingsDialog)[-1].field, "xyzzy")

        def invite() -> None:
            view.show_settings()
            view.findChildren(SettingsDialog)[-1]._preferences.invite()

        assert await read_all(view, view.show_settings, search, invite) == []


async def test_files(qapp: QApplication, open_window: OpenWindow, tmp_path: Path) -> None:
    gallery.landscape(tmp_path / "one.png", 60, 40, "#88AAFF", "#FFEEDD", "#335533")
    (tmp_path / "two.txt").write_text("two")
    async with open_window(gallery.gallery(tmp_path)) as view:
        view._client.actions = scenes.RecordedActions()  # type: ignore[assignment]
        gallery.on_their_way(view._client, tmp_path)  # type: ignore[arg-type]
        view.show_conversation(gallery.GALLERY)
        await scenes.settled()
        attaching, model = view.chat.attaching, view.chat.timeline_model
        assert model is not None
        rows = [model.row(each) for each in range(model.rowCount())]
        files = [(row, file) for row in rows for file in row.files]
        data = {file.name for _, file in files} | {"one.png", "two.txt"}

        def ask_to_send(*names: str) -> None:
            attaching.preview([tmp_path / name for name in names], attaching._target())

        def say_too_long() -> None:
            ask_to_send("two.txt")
            assert attaching.dialog is not None
            attaching.dialog.field.setPlainText("x" * 5_000)
            attaching.dialog._send()

        found = await read_all(
            view,
            *(lambda row=row: view.chat.interactions.open_menu(row, QPoint(5, 5)) for row, _ in files),
            lambda: ask_to_send("one.png"),
            lambda: ask_to_send("one.png", "two.txt"),
            say_too_long,
            attaching.ask_which,
            lambda: view.chat.files.deeds.ask_where(files[0][1]),
            lambda: view.chat.files._view_picture(files[0][0].message, files[0][1]),
        )
        assert [each for each in found if each not in data] == []


def test_why_a_picture_is_not_shown(tmp_path: Path) -> None:
    (tmp_path / "words.png").write_text("No picture")
    for path in (tmp_path / "words.png", tmp_path / "gone.png"):
        with pytest.raises(picture_reading.PictureRefused) as refused:
            picture_reading.look(str(path))
        assert not bare(str(refused.value), frozenset())


# Fonts and the style sheet have no words, and what paints the lists has its own tests.
_OTHER_WORDS = frozenset({"keys.py", "style_sheet.py", "theme.py"})
_NO_WORDS = re.compile(
    r"(Ctrl|Alt|Shift|Enter|Esc|Up|Down|Home|End|Page Up|Tab|\+, -)\b.*|F1|Left|Right"  # keys
    r"|.*QToolButton.*|.*border: 2px.*|.*padding.*"  # styles
    r"|desktop-chat|Apache License 2\.0|\*\.png .*"
    r"|show folder|save as|copy chosen"  # deeds, which nobody reads
    r"|[A-Z][a-z]+ & [A-Z][a-z]+|Activities|Objects|Symbols|Flags",  # Unicode's names of groups of emoji
    re.DOTALL,
)


def _wrapped(node: ast.AST) -> bool:
    """Whether it is a call that looks its words up, or is for the log."""
    name = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
    return name in ("tr", "trn", "trc") or name.startswith("_log.")


def loose_words(node: ast.AST) -> Iterator[str]:
    """The literals that look like words, outside of what looks them up, of docstrings and of annotations."""
    for field, value in ast.iter_fields(node):
        for each in value if isinstance(value, list) else [value]:
            if field in ("annotation", "returns") or not isinstance(each, ast.AST) or _wrapped(each):
                continue
            if isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant):
                continue
            if isinstance(each, ast.Constant) and isinstance(each.value, str):
                text = each.value.strip()
                if re.search(r"^[A-Z][a-z]|[a-z]{2,} [a-z]{2,}", text) and not _NO_WORDS.fullmatch(text):
                    yield text
            yield from loose_words(each)


SOURCES = [each for each in sorted(Path(ui.__file__).parent.glob("*.py")) if each.name not in _OTHER_WORDS]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_no_words_stand_loose_in_the_code(path: Path) -> None:
    assert list(loose_words(ast.parse(path.read_text("utf-8")))) == []


def test_loose_words_are_found() -> None:
    code = 'def f(x: "Any") -> None:\n    """Words."""\n    g(tr("Copy"), "Copy", f"{x} more of it", "role")'
    assert list(loose_words(ast.parse(code))) == ["Copy", "more of it"]
