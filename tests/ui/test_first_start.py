"""The first window: one name and one click, or an address, a name and a password."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from desktop_chat.ui.first_start import FirstStart
from desktop_chat.ui.theme import Theme


def press(window: FirstStart, words: str) -> None:
    button = next(each for each in window.findChildren(QPushButton) if each.text() == words)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_a_name_and_return_host(qapp: QApplication, look: Theme, qtbot: QtBot) -> None:
    window = FirstStart(look)
    qtbot.addWidget(window)
    asked: list[str] = []
    window.host_requested.connect(asked.append)
    QTest.keyClick(window._name, Qt.Key.Key_Return)
    QTest.keyClicks(window._name, "  Ada ")
    QTest.keyClick(window._name, Qt.Key.Key_Return)
    assert asked == ["Ada"]
    window.show_progress("Starting the server…")
    press(window, "Start chatting")
    assert asked == ["Ada"]
    window.show_error("The port is taken.")
    assert window._words.text() == "The port is taken."
    press(window, "Start chatting")
    assert asked == ["Ada", "Ada"]


def test_after_a_failure_the_keyboard_is_where_it_was(qapp: QApplication, look: Theme, qtbot: QtBot) -> None:
    window = FirstStart(look)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(window.isActiveWindow)
    QTest.keyClicks(window.focusWidget(), "Ada")
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Return)
    window.show_progress("Starting the server…")
    window.show_progress("Making the account…")
    window.show_error("The port is taken.")
    assert qapp.focusWidget() is window._name
    QTest.keyClicks(qapp.focusWidget(), " L")
    assert window._name.text() == "Ada L"
    press(window, "Join a server instead")
    QTest.keyClicks(qapp.focusWidget(), "10.0.0.2:8765")
    QTest.keyClick(qapp.focusWidget(), Qt.Key.Key_Tab)
    QTest.keyClicks(qapp.focusWidget(), "ada")
    window.show_progress("Signing in…")
    window.show_error("No such server.")
    assert qapp.focusWidget() is window._user


def test_a_password_that_is_asked_for_is_typed_where_it_is_hidden(
    qapp: QApplication, look: Theme, qtbot: QtBot
) -> None:
    """The other card comes on screen while both rest."""
    window = FirstStart(look)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(window.isActiveWindow)
    QTest.keyClicks(window.focusWidget(), "Ada")
    window.show_progress("Starting your server…")
    window.show_join("ws://127.0.0.1:8765/", "ada")
    window.show_error("Your server already knows “ada”.")
    assert qapp.focusWidget() is window._password
    QTest.keyClicks(qapp.focusWidget(), "correct horse")
    assert (window._name.text(), window._password.text()) == ("Ada", "correct horse")


def test_joining(qapp: QApplication, look: Theme, qtbot: QtBot) -> None:
    window = FirstStart(look)
    qtbot.addWidget(window)
    signed: list[tuple[str, str, str]] = []
    registered: list[tuple[str, ...]] = []
    window.sign_in_requested.connect(lambda *fields: signed.append(fields))
    window.register_requested.connect(lambda *fields: registered.append(fields))
    press(window, "Join a server instead")
    QTest.keyClicks(window._address, " 10.0.0.2:8765 ")
    QTest.keyClicks(window._user, "ada")
    press(window, "Sign in")
    assert signed == []
    QTest.keyClicks(window._password, " secret 1")
    press(window, "Sign in")
    press(window, "Create account")
    assert signed == [("10.0.0.2:8765", "ada", " secret 1")]
    assert registered == [("10.0.0.2:8765", "ada", " secret 1", "")]
    QTest.keyClicks(window._invite, " a-code ")
    press(window, "Create account")
    assert registered[1] == ("10.0.0.2:8765", "ada", " secret 1", "a-code")
    press(window, "Host on this computer instead")
    assert window._host_card.isVisibleTo(window)
    assert not window._join_card.isVisibleTo(window)


def test_what_stands_in_a_card_touches_nothing(qapp: QApplication, look: Theme, qtbot: QtBot) -> None:
    window = FirstStart(look)
    qtbot.addWidget(window)
    window.resize(100, 100)
    window.show()
    assert window._host.geometry().top() - window._name.geometry().bottom() > 8
    window.show_join("127.0.0.1", "ada")
    qtbot.waitUntil(lambda: window._sign_in.geometry().top() - window._password.geometry().bottom() > 8)
