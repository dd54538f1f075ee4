"""The settings: found by their words, kept, and in effect at once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt, QTime
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QScrollArea, QWidget

from desktop_chat.core.changes import AccountChanged, UserChanged
from desktop_chat.core.models import Account, User
from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.protocol.records import Device
from desktop_chat.protocol.records import Settings as Shared
from desktop_chat.services.errors import ClientError
from desktop_chat.store import sync_state
from desktop_chat.ui.account_dialogs import DevicesDialog, PasswordDialog
from desktop_chat.ui.account_view import AccountView
from desktop_chat.ui.deletion_dialog import DeletionDialog
from desktop_chat.ui.settings_dialog import SettingsDialog
from desktop_chat.ui.settings_rows import Row
from desktop_chat.ui.theme import Theme, ThemeChoice
from tests.ui import scenes
from tests.ui.conftest import OpenWindow

# Qt's offscreen platform says so of every dialog.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

NONE = Qt.KeyboardModifier.NoModifier


@asynccontextmanager
async def settings(open_window: OpenWindow) -> AsyncIterator[tuple[AccountView, SettingsDialog]]:
    async with open_window(scenes.living()) as window:
        window._client.actions = scenes.RecordedActions()  # type: ignore[assignment]
        window.show_conversation(1)
        QTest.keyClick(window, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
        await scenes.settled()
        yield window, window.findChildren(SettingsDialog)[-1]


def asked(window: AccountView) -> list[tuple[object, ...]]:
    return window._client.actions.asked  # type: ignore[attr-defined, no-any-return]


def shown(dialog: QWidget) -> list[str]:
    return [each.text() for each in dialog.findChildren(QLabel) if each.isVisible()]


def press(parent: QWidget, words: str) -> None:
    button = next(each for each in parent.findChildren(QPushButton) if each.text() == words)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


async def test_a_setting_is_found_by_its_words(qapp: QApplication, open_window: OpenWindow) -> None:
    async with settings(open_window) as (_, dialog):
        QTest.keyClicks(dialog.field, "receipt")
        words = shown(dialog)
        assert "Read receipts" in words
        assert "Text size" not in words
        dialog.field.clear()
        QTest.keyClicks(dialog.field, "xyzzy")
        assert "No setting is called “xyzzy”." in shown(dialog)
        dialog.field.clear()
        assert "Text size" in shown(dialog)


async def test_what_is_found_is_as_high_as_it_needs(qapp: QApplication, open_window: OpenWindow) -> None:
    async with settings(open_window) as (_, dialog):
        whole = {row: row.height() for row in dialog.findChildren(Row)}
        for query in ("enter sends", "sound", "look"):
            dialog.field.clear()
            QTest.keyClicks(dialog.field, query)
            await scenes.settled()
            for row, height in whole.items():
                assert row.isHidden() or row.height() == height


async def test_the_text_size_takes_effect_at_once(qapp: QApplication, open_window: OpenWindow) -> None:
    async with settings(open_window) as (window, dialog):
        view = window.chat.timeline
        before = view.layout_of(view.placed[-1].row).bubble.height()
        dialog._text_px.setValue(20)
        await scenes.settled()
        assert window._settings.current.text_px == 20
        assert view.layout_of(view.placed[-1].row).bubble.height() > before
        dialog._text_px.setValue(14)


async def test_with_enter_for_lines_only_ctrl_enter_sends(
    qapp: QApplication, open_window: OpenWindow
) -> None:
    async with settings(open_window) as (window, dialog):
        dialog._switches["enter_sends"].click()
        field = window.chat.bar.field
        QTest.keyClicks(field, "one")
        QTest.keyClick(field, Qt.Key.Key_Return)
        QTest.keyClicks(field, "two")
        assert field.toPlainText() == "one\ntwo"
        QTest.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        await scenes.settled()
        assert field.toPlainText() == ""


async def test_quiet_hours_are_kept_in_minutes(qapp: QApplication, open_window: OpenWindow) -> None:
    async with settings(open_window) as (window, dialog):
        assert not dialog._from.isEnabled()
        dialog._quiet.click()
        assert (window._settings.current.quiet_from, window._settings.current.quiet_to) == (1320, 420)
        dialog._to.setTime(QTime(6, 30))
        assert window._settings.current.quiet_to == 390
        dialog._quiet.click()
        assert window._settings.current.quiet_from == window._settings.current.quiet_to


async def test_what_others_get_to_know_is_the_accounts(qapp: QApplication, open_window: OpenWindow) -> None:
    async with settings(open_window) as (window, dialog):
        dialog._switches["share_read"].click()
        await scenes.settled()
        assert asked(window) == [("update_settings", {"share_read": False})]
        account = Account(Shared(share_read=False))
        with window._client._database.transaction() as connection:
            sync_state.set_account(connection, account)
        window._client._publish(AccountChanged(account))
        window.feed.flush()
        assert not dialog._switches["share_read"].isChecked()


async def test_what_was_refused_is_said_and_shown_as_it_is(
    qapp: QApplication, open_window: OpenWindow
) -> None:
    async def refuse(**choices: bool) -> None:
        raise ClientError("There is no connection to the server.")

    async with settings(open_window) as (window, dialog):
        window._client.actions.update_settings = refuse  # type: ignore[method-assign]
        dialog._switches["share_typing"].click()
        await scenes.settled()
        assert "There is no connection to the server." in shown(dialog)
        assert dialog._switches["share_typing"].isChecked()


async def test_the_name_is_changed_where_it_stands(qapp: QApplication, open_window: OpenWindow) -> None:
    async with settings(open_window) as (window, dialog):
        dialog._name.setFocus()
        dialog._name.selectAll()
        QTest.keyClicks(dialog._name, "Marie")
        QTest.keyClick(dialog._name, Qt.Key.Key_Return)
        await scenes.settled()
        assert asked(window) == [("update_profile", {"display_name": "Marie", "about": None})]
        window._client._publish(UserChanged(User(scenes.OWN_ID, "me", "Marie Sk\u202e")))
        window.feed.flush()
        assert dialog._name.text() == "Marie Sk"


async def test_who_only_passes_through_a_field_changes_nothing(
    qapp: QApplication, open_window: OpenWindow
) -> None:
    async with settings(open_window) as (window, dialog):
        window._client._publish(UserChanged(User(scenes.OWN_ID, "me", "Marie\u200e", about="one\ntwo")))
        window.feed.flush()
        assert dialog._about.text() == "one two"
        for field in (dialog._name, dialog._about):
            field.setFocus()
            QTest.keyClick(field, Qt.Key.Key_Return)
        dialog.field.setFocus()
        await scenes.settled()
        assert asked(window) == []


async def test_a_blocked_person_can_be_unblocked(qapp: QApplication, open_window: OpenWindow) -> None:
    async with settings(open_window) as (window, dialog):
        with window._client._database.transaction() as connection:
            sync_state.set_account(connection, Account(blocked_ids=(103,)))
        window._client._publish(AccountChanged(Account(blocked_ids=(103,))))
        window.feed.flush()
        assert "Bob Miller" in shown(dialog)
        press(dialog, "Unblock")
        await scenes.settled()
        assert asked(window) == [("block", 103, False)]


async def test_the_password_is_typed_twice(qapp: QApplication, open_window: OpenWindow) -> None:
    async with settings(open_window) as (window, dialog):
        press(dialog, "Change…")
        password = dialog.findChildren(PasswordDialog)[-1]
        for field, text in zip(password.fields, ("old-password", "new-password", "other"), strict=True):
            QTest.keyClicks(field, text)
        press(password, "Change")
        await scenes.settled()
        assert password.words.text() == "The new password was typed in two ways."
        password.fields[2].setText("new-password")
        press(password, "Change")
        await scenes.settled()
        assert asked(window)[-1][:2] == ("change_password", "old-password")
        assert "The password was changed." in shown(dialog)
        assert not dialog.findChildren(PasswordDialog)


class KeptPassword:
    """What a keyring would have."""

    def __init__(self) -> None:
        self.password: str | None = "made here"
        self.refusal = ""
        self.takes = True

    async def get(self) -> str | None:
        self._refuse()
        return self.password

    async def keep(self, password: str) -> None:
        self._refuse()
        if not self.takes:
            raise ClientError("The keyring takes nothing.")
        self.password = password

    async def forget(self) -> None:
        self._refuse()
        self.password = None

    def _refuse(self) -> None:
        if self.refusal:
            raise ClientError(self.refusal)


def show_button(dialog: SettingsDialog) -> QPushButton:
    return next(each for each in dialog.findChildren(QPushButton) if each.text() == "Show…")


async def test_only_a_password_that_was_made_here_can_be_seen(
    qapp: QApplication, open_window: OpenWindow
) -> None:
    async with settings(open_window) as (window, dialog):
        assert not show_button(dialog).isVisible()
        press(dialog, "Change…")
        assert dialog.findChildren(PasswordDialog)[-1].fields[0].text() == ""
        dialog.close()
        window.kept_password = kept = KeptPassword()
        second = window.show_settings()
        assert not show_button(second).isVisible(), "it is not found yet"
        await scenes.settled()
        assert show_button(second).isVisible()
        second.close()
        kept.password = None
        third = window.show_settings()
        await scenes.settled()
        assert not show_button(third).isVisible(), "it was typed by a person"


async def test_an_account_whose_password_is_kept_is_deleted_with_its_name(
    qapp: QApplication, open_window: OpenWindow
) -> None:
    """One Enter too many deletes nothing; and where what is kept is wrong, the password is asked for."""
    passwords: list[str] = []

    async def delete_account(password: str) -> None:
        passwords.append(password)
        raise ClientError("The password is wrong.", ErrorCode.BAD_CREDENTIALS)

    async with open_window(scenes.living()) as window:
        actions = scenes.RecordedActions()
        actions.delete_account = delete_account  # type: ignore[method-assign]
        window._client.actions = actions  # type: ignore[assignment]
        window.kept_password = kept = KeptPassword()
        dialog = window.show_settings()
        await scenes.settled()
        press(dialog, "Delete account…")
        deletion = dialog.findChildren(DeletionDialog)[-1]
        assert deletion.field.accessibleName() == "Your user name"
        for typed in ("", "m"):
            QTest.keyClicks(deletion.field, typed)
            QTest.keyClick(deletion.field, Qt.Key.Key_Return)
            assert not deletion.go.isEnabled()
        QTest.keyClicks(deletion.field, "e")
        QTest.keyClick(deletion.field, Qt.Key.Key_Return)
        assert window.leaving
        await scenes.settled()
        assert (passwords, kept.password) == (["made here"], None)
        assert not window.leaving
        assert deletion.field.accessibleName() == "Your password"
        assert deletion.field.text() == ""
        assert "changed on another device" in deletion.words.text()
        assert deletion.words.isVisible()
        assert not deletion.go.isEnabled()


async def test_a_keyring_that_refuses(
    qapp: QApplication, open_window: OpenWindow, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_window(scenes.living()) as window:
        window._client.actions = scenes.RecordedActions()  # type: ignore[assignment]
        window.kept_password = kept = KeptPassword()
        dialog = window.show_settings()
        await scenes.settled()
        kept.refusal = "The keyring is locked."
        press(dialog, "Change…")
        password = dialog.findChildren(PasswordDialog)[-1]
        for field in password.fields[1:]:
            QTest.keyClicks(field, "new-password")
        with caplog.at_level("WARNING", logger="desktop_chat.viewmodels.preferences"):
            press(password, "Change")
            await scenes.settled()
        assert "of no use any more stays: The keyring is locked." in caplog.text
        assert asked(window)[-1][:3] == ("change_password", "made here", "new-password")
        # It was changed, and what is kept is another one: nobody is shown that.
        assert "The keyring is locked." in shown(dialog)
        assert not show_button(dialog).isVisible()
        dialog.close()
        with caplog.at_level("WARNING", logger="desktop_chat.viewmodels.preferences"):
            dialog = window.show_settings()
            await scenes.settled()
        assert "The keyring is locked." in caplog.text
        assert not show_button(dialog).isVisible()


async def test_a_password_that_could_not_be_kept_is_not_shown_as_it_was(
    qapp: QApplication, open_window: OpenWindow
) -> None:
    async with open_window(scenes.living()) as window:
        window._client.actions = scenes.RecordedActions()  # type: ignore[assignment]
        window.kept_password = kept = KeptPassword()
        kept.takes = False
        dialog = window.show_settings()
        await scenes.settled()
        press(dialog, "Change…")
        password = dialog.findChildren(PasswordDialog)[-1]
        for field in password.fields[1:]:
            QTest.keyClicks(field, "new-password")
        press(password, "Change")
        assert not password.go.isEnabled(), "one change at a time"
        await scenes.settled()
        assert kept.password is None
        assert "The keyring takes nothing." in shown(dialog)


async def test_where_a_person_chose_the_password_a_refusal_is_what_it_says(
    qapp: QApplication, open_window: OpenWindow
) -> None:
    async def refuse(password: str, new_password: str, *, keep_devices: bool = False) -> None:
        raise ClientError("The password is wrong.", ErrorCode.BAD_CREDENTIALS)

    async with open_window(scenes.living()) as window:
        window._client.actions = scenes.RecordedActions()  # type: ignore[assignment]
        window._client.actions.change_password = refuse  # type: ignore[method-assign]
        window.kept_password = kept = KeptPassword()
        kept.password = None
        dialog = window.show_settings()
        await scenes.settled()
        press(dialog, "Change…")
        password = dialog.findChildren(PasswordDialog)[-1]
        for field in password.fields[1:]:
            QTest.keyClicks(field, "new-password")
        press(password, "Change")
        await scenes.settled()
        assert password.words.text() == "The password is wrong."
        assert password.go.isEnabled()


async def test_a_device_is_signed_out(qapp: QApplication, open_window: OpenWindow) -> None:
    async with settings(open_window) as (window, dialog):
        actions = window._client.actions
        actions.signed_in = [  # type: ignore[attr-defined]
            Device(2, "Old\nlaptop", scenes.NOW_MS, scenes.NOW_MS),
            Device(1, "My desk", scenes.NOW_MS, online=True),
        ]
        press(dialog, "Devices…")
        await scenes.settled()
        devices = dialog.findChildren(DevicesDialog)[-1]
        words = [each for each in shown(devices) if each]
        assert words.index("My desk") < words.index("Old laptop")
        assert words[words.index("My desk") + 1].startswith("this device, signed in ")
        assert not [each for each in devices.findChildren(QPushButton) if "My desk" in each.accessibleName()]
        button = next(
            each
            for each in devices.findChildren(QPushButton)
            if each.accessibleName() == "Sign out Old laptop"
        )
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        await scenes.settled()
        assert ("revoke_device", 2) in asked(window)


async def test_an_invite_is_made_and_shown(qapp: QApplication, open_window: OpenWindow) -> None:
    async with settings(open_window) as (_, dialog):
        press(dialog, "Make an invite")
        await scenes.settled()
        assert "Invite for one person: ABCD-EFGH" in shown(dialog)


class AtLogin:
    def __init__(self) -> None:
        self.on = False
        self.trouble: OSError | None = None

    def enabled(self) -> bool:
        return self.on

    def set_enabled(self, on: bool) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.on = on


async def test_starting_at_login(qapp: QApplication, open_window: OpenWindow) -> None:
    async with open_window(scenes.living()) as window:
        window.at_login = at_login = AtLogin()
        window.show_settings()
        await scenes.settled()
        dialog = window.findChildren(SettingsDialog)[-1]
        assert "Start at login" in shown(dialog)
        dialog._at_login.click()
        assert at_login.on
        assert dialog._at_login.isChecked()
        at_login.trouble = OSError("read-only")
        dialog._at_login.click()
        assert "This choice cannot be kept: read-only." in shown(dialog)
        assert dialog._at_login.isChecked()


async def test_where_nothing_starts_at_login_it_is_not_offered(
    qapp: QApplication, open_window: OpenWindow
) -> None:
    async with settings(open_window) as (_, dialog):
        assert "Start at login" not in shown(dialog)


async def test_the_account_is_deleted_with_its_password(qapp: QApplication, open_window: OpenWindow) -> None:
    passwords: list[str] = []

    async def delete_account(password: str) -> None:
        passwords.append(password)
        if password != "correct horse":
            raise ClientError("The password is another one.")

    async with settings(open_window) as (window, dialog):
        window._client.actions.delete_account = delete_account  # type: ignore[method-assign]
        told: list[bool] = []
        window.sign_out_requested.connect(told.append)
        press(dialog, "Delete account…")
        deletion = dialog.findChildren(DeletionDialog)[-1]
        words = " ".join(shown(deletion))
        assert "@me" in words
        assert "What you wrote, with those who got it." in words
        QTest.keyClick(deletion.field, Qt.Key.Key_Return)
        assert not deletion.go.isEnabled()
        QTest.keyClicks(deletion.field, "a guess")
        QTest.keyClick(deletion.field, Qt.Key.Key_Return)
        assert deletion.go.text() == "Deleting…"
        await scenes.settled()
        assert deletion.words.text() == "The password is another one."
        assert told == []
        QTest.keyClicks(deletion.field, "correct horse")
        QTest.keyClick(deletion.field, Qt.Key.Key_Return)
        await scenes.settled()
        assert passwords == ["a guess", "correct horse"]
        assert told == [True], "what is kept here goes too"
        assert not dialog.findChildren(DeletionDialog)


def wheel(over: QWidget) -> None:
    """One notch down, with the mouse over the middle."""
    top = over.window()
    at = QPointF(over.mapTo(top, over.rect().center()))
    QTest.wheelEvent(top.windowHandle(), at, QPoint(0, -120), QPoint(), NONE, Qt.ScrollPhase.NoScrollPhase)


async def test_the_wheel_scrolls_the_settings_and_changes_none(
    qapp: QApplication, open_window: OpenWindow
) -> None:
    async with settings(open_window) as (window, dialog):
        dialog._quiet.click()
        before = window._settings.current
        bar = dialog.findChildren(QScrollArea)[0].verticalScrollBar()
        for field in (dialog._theme, dialog._text_px, dialog._from, dialog._to):
            dialog.findChildren(QScrollArea)[0].ensureWidgetVisible(field)
            at = bar.value()
            wheel(field)
            assert bar.value() > at
            assert not field.hasFocus()
        assert window._settings.current == before
        dialog.activateWindow()
        dialog._text_px.setFocus()
        dialog.findChildren(QScrollArea)[0].ensureWidgetVisible(dialog._text_px)
        wheel(dialog._text_px)
        assert window._settings.current.text_px == before.text_px - 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_arrows_are_seen_and_can_be_pressed(
    qapp: QApplication, open_window: OpenWindow, look: Theme, scheme: ThemeChoice
) -> None:
    async with settings(open_window) as (window, dialog):
        look.choose(scheme)
        for field in (dialog._theme, dialog._text_px):
            picture = field.grab().toImage()
            strip = range(field.width() - 24, field.width() - 6)
            seen = {picture.pixelColor(x, y).name() for x in strip for y in range(6, field.height() - 6)}
            assert look.tokens.field.lower() in seen
            assert len(seen) > 1, "an arrow is drawn there"
        before = window._settings.current.text_px
        size = dialog._text_px
        QTest.mouseClick(size, Qt.MouseButton.LeftButton, pos=QPoint(size.width() - 12, 8))
        assert window._settings.current.text_px == before + 1
        QTest.mouseClick(size, Qt.MouseButton.LeftButton, pos=QPoint(size.width() - 12, size.height() - 8))
        assert window._settings.current.text_px == before
        look.choose("light")


async def test_a_choice_made_elsewhere_is_shown(qapp: QApplication, open_window: OpenWindow) -> None:
    async with settings(open_window) as (window, dialog):
        window._settings.update(do_not_disturb=True)
        window.window().take_settings()  # type: ignore[attr-defined]
        assert dialog._switches["do_not_disturb"].isChecked()
