"""Another language takes effect at once in everything that is open, and nothing that was begun is lost."""

import asyncio
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QWidget
from shiboken6 import isValid

from desktop_chat import language
from desktop_chat.paths import ProfilePaths
from desktop_chat.services.errors import ClientError
from desktop_chat.ui.account_view import AccountView
from desktop_chat.ui.completion_popup import CompletionPopup
from desktop_chat.ui.first_start import FirstStart
from desktop_chat.ui.locale import speak
from desktop_chat.ui.settings_dialog import SettingsDialog
from tests.application.test_application import field, host, paths, running, until, view_of, window_of

__all__ = ["paths"]  # a fixture

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


@pytest.fixture(autouse=True)
def as_before(qapp: QApplication) -> Iterator[None]:
    before = QLocale()
    yield
    speak(qapp, language.SOURCE)
    QLocale.setDefault(before)


def choice(dialog: QWidget) -> QComboBox:
    """The field in which the language is chosen."""
    return next(each for each in dialog.findChildren(QComboBox) if each.findText("Deutsch") >= 0)


async def choose(view: AccountView, name: str) -> SettingsDialog:
    """Choose a language by key, and give the settings as they are then."""
    if not any(each.isVisible() for each in view.findChildren(SettingsDialog)):
        view.show_settings()
    dialog = await window_of(SettingsDialog)
    field = choice(dialog)
    field.setFocus()
    while field.currentText() != name:
        QTest.keyClick(
            field, Qt.Key.Key_Up if field.findText(name) < field.currentIndex() else Qt.Key.Key_Down
        )
        await until(lambda: not dialog.isVisible() or field.hasFocus())
        if not dialog.isVisible():
            # On the way another language was chosen, and is spoken now.
            return await choose(await view_of(), name)
    return await window_of(SettingsDialog)


async def test_another_language_is_spoken_at_once(qapp: QApplication, paths: ProfilePaths) -> None:
    async with running(qapp, paths):
        view = await host("Ada Lovelace")
        await until(lambda: view.chat.conversation_id != 0)
        window, conversation_id = view.window(), view.chat.conversation_id
        QTest.keyClicks(view.chat.bar.field, "half a thought")
        dialog = await choose(view, "Deutsch")
        assert dialog.windowTitle() == "Einstellungen"
        await until(lambda: choice(dialog).hasFocus())
        assert choice(dialog).currentText() == "Deutsch"
        german = await view_of()
        assert german is not view
        assert german.window() is window
        assert german.chat.conversation_id == conversation_id
        assert german.chat.bar.field.toPlainText() == "half a thought"
        assert german.chat.bar.field.placeholderText() == "Nachricht schreiben…"
        # What is done in it goes on as before.
        dialog.close()
        QTest.keyClick(german.chat.bar.field, Qt.Key.Key_Return)
        rows = german.chat.timeline_model
        assert rows is not None
        await until(lambda: rows.rowCount() == 1 and rows.row(0).message.seq == 1)
        width = german.sidebar.width()
        dialog = await choose(german, "العربية")
        assert qapp.layoutDirection() is Qt.LayoutDirection.RightToLeft
        arabic = await view_of()
        await until(lambda: arabic.sidebar.x() > arabic.chat.x())
        assert abs(arabic.sidebar.width() - width) <= 2
        assert arabic.sidebar.width() < arabic.chat.width()
        assert dialog.windowTitle() == "الإعدادات"
        dialog.close()
    assert '"language": "ar"' in paths.settings.read_text()


async def test_what_is_refused_after_the_change_comes_back(
    qapp: QApplication, paths: ProfilePaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(qapp, paths):
        view = await host("Ada Lovelace")
        await until(lambda: view.chat.conversation_id != 0)
        asked, refused = asyncio.Event(), asyncio.Event()

        async def send(*_: object, **__: object) -> None:
            asked.set()
            await refused.wait()
            raise ClientError("The disk is full.")

        monkeypatch.setattr(view._client, "send", send)
        QTest.keyClicks(view.chat.bar.field, "worth a lot")
        QTest.keyClick(view.chat.bar.field, Qt.Key.Key_Return)
        await asked.wait()
        (await choose(view, "Deutsch")).close()
        german = await view_of()
        assert isValid(view)  # what was begun in it is not done yet
        assert german.chat.bar.field.toPlainText() == ""
        QTest.keyClicks(german.chat.bar.field, "and more")
        refused.set()
        await until(lambda: german.chat.bar.field.toPlainText() == "worth a lot\nand more")
        assert "The disk is full." in german.chat.bar._words.text()
        await until(lambda: not isValid(view))


async def test_an_answer_that_was_begun_goes_on(qapp: QApplication, paths: ProfilePaths) -> None:
    async with running(qapp, paths):
        view = await host("Ada Lovelace")
        await until(lambda: view.chat.conversation_id != 0)
        QTest.keyClicks(view.chat.bar.field, "a question")
        QTest.keyClick(view.chat.bar.field, Qt.Key.Key_Return)
        rows = view.chat.timeline_model
        assert rows is not None
        await until(lambda: rows.rowCount() == 1 and rows.row(0).message.seq == 1)
        view.chat.interactions._edit(rows.row(0))
        QTest.keyClicks(view.chat.bar.field, " changed")
        (await choose(view, "Deutsch")).close()
        german = await view_of()
        context = german.chat.composer.context
        assert context is not None
        assert context.editing
        assert german.chat.bar.field.toPlainText() == "a question changed"
        assert german.chat.bar.context.isVisible()


async def test_many_changes_leave_one_view(qapp: QApplication, paths: ProfilePaths) -> None:
    async with running(qapp, paths):
        view = await host("Ada Lovelace")
        await until(lambda: view.chat.conversation_id != 0)
        listeners = len(view._client._listeners)
        for name in ("Deutsch", "English") * 3:
            (await choose(await view_of(), name)).close()
        for kind in (AccountView, CompletionPopup):
            await until(lambda: len([each for each in qapp.allWidgets() if isinstance(each, kind)]) == 1)  # noqa: B023
        assert len((await view_of())._client._listeners) == listeners


async def test_who_is_signing_in_to_another_server_goes_on(qapp: QApplication, paths: ProfilePaths) -> None:
    async with running(qapp, paths):
        view = await host("Ada Lovelace")
        view.add_account_requested.emit()
        first = await window_of(FirstStart)
        first.show_join("ws://127.0.0.1:9/")
        QTest.keyClicks(field(first, "User name"), "grace")
        QTest.keyClicks(field(first, "Password"), "not for everybody")
        (await choose(view, "Deutsch")).close()
        await until(lambda: not isValid(first))
        german = await window_of(FirstStart)
        assert field(german, "Serveradresse").text() == "ws://127.0.0.1:9/"
        assert field(german, "Benutzername").text() == "grace"
        assert field(german, "Passwort").text() == "not for everybody"


async def test_the_place_is_kept(qapp: QApplication, paths: ProfilePaths) -> None:
    async with running(qapp, paths):
        view = await host("Ada Lovelace")
        await until(lambda: view.chat.conversation_id != 0)
        conversation_id, client = view.chat.conversation_id, view._client
        for number in range(60):
            await client.send(conversation_id, f"line {number}\nand more of it")
        rows = view.chat.timeline_model
        assert rows is not None
        await until(lambda: rows.rowCount() == 60 and rows.row(59).message.seq == 60)
        view.chat.timeline.scroll_by(1_500)
        before = view.place
        assert before[1] is not None
        (await choose(view, "Deutsch")).close()
        german = await view_of()
        await until(lambda: not german.chat.timeline.at_end)
        first, last = german.chat.timeline.seen
        model = german.chat.timeline_model
        assert model is not None
        assert before[1] in [model.message(row).seq for row in range(first, last + 1)]
        # Where there is room for one pane only, it is the same one.
        german.window().resize(500, 700)
        german.show_list()
        (await choose(german, "English")).close()
        english = await view_of()
        assert english.sidebar.isVisible()
        assert not english.chat.isVisible()
