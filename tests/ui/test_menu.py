"""Menus by keyboard."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from desktop_chat.ui import menu as module
from desktop_chat.ui.menu import Menu

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


@pytest.fixture
def menu(qapp: QApplication) -> Iterator[Menu]:
    parent = QWidget()
    made = Menu(parent)
    for words in ("Pin", "Profile", "Écrire", "R&&D"):
        made.addAction(words)
    made.addAction("Pause").setEnabled(False)
    made.popup(QPoint(0, 0))
    yield made
    made.close()
    parent.deleteLater()


def active(menu: Menu) -> str:
    action = menu.activeAction()
    return action.text() if action is not None else ""


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("p", "Pin"),
        ("pp", "Profile"),
        ("ppp", "Pin"),
        ("pr", "Profile"),
        ("PRO", "Profile"),
        ("pa", "Pin"),  # what cannot be chosen is not found
        ("e", "Écrire"),
        ("r", "R&&D"),
        ("r&", "R&&D"),
        ("x", ""),
    ],
)
def test_letters_lead_to_what_begins_with_them(menu: Menu, typed: str, found: str) -> None:
    QTest.keyClicks(menu, typed)
    assert active(menu) == found


def test_a_menu_below_waits_for_enter(menu: Menu) -> None:
    below = Menu(menu)
    below.setTitle("Notifications")
    for words in ("All", "None"):
        below.addAction(words)
    menu.addMenu(below)
    QTest.keyClicks(menu, "not")
    assert active(menu) == "Notifications"
    assert not below.isVisible()
    QTest.keyClick(menu, Qt.Key.Key_Return)
    assert below.isVisible()
    QTest.keyClicks(below, "n")
    assert active(below) == "None"


def test_after_a_pause_it_begins_anew(menu: Menu, monkeypatch: pytest.MonkeyPatch) -> None:
    QTest.keyClicks(menu, "p")
    monkeypatch.setattr(module, "_PAUSE_MS", -1)
    QTest.keyClicks(menu, "r")
    assert active(menu) == "R&&D"
