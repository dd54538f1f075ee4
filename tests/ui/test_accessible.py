"""What a screen reader finds."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QListView, QPlainTextEdit

from desktop_chat.ui.first_start import FirstStart
from desktop_chat.ui.theme import Theme
from tests.ui import scenes
from tests.ui.conftest import OpenWindow
from tests.ui.test_timeline import long_scene


async def test_each_message_has_a_spoken_name(qapp: QApplication, open_window: OpenWindow) -> None:
    async with open_window(long_scene()) as window:
        window.show_conversation(1)
        await scenes.settled()
        view = window.chat.timeline
        tree = QAccessible.queryAccessibleInterface(view)
        assert view.model is not None
        assert tree.role() == QAccessible.Role.List
        assert tree.childCount() == view.model.rowCount()
        last = tree.child(tree.childCount() - 1)
        assert last.role() == QAccessible.Role.ListItem
        assert last.text(QAccessible.Text.Name).startswith("You, ")
        assert "Message 399" in last.text(QAccessible.Text.Name) or "Message 39" in last.text(
            QAccessible.Text.Name
        )
        assert tree.indexOfChild(last) == tree.childCount() - 1
        assert not last.rect().isEmpty()
        first = tree.child(0)
        name = first.text(QAccessible.Text.Name)
        view.go_to_start()
        await scenes.settled()
        # An older page came in above: the item is the same message at another place.
        assert first.text(QAccessible.Text.Name).endswith(name.partition(". ")[2] or name)
        assert tree.indexOfChild(first) > 0


async def test_the_focused_row_is_told(qapp: QApplication, open_window: OpenWindow) -> None:
    async with open_window(long_scene(20)) as window:
        window.show_conversation(1)
        await scenes.settled()
        view = window.chat.timeline
        view.setFocus()
        QTest.keyClick(view, Qt.Key.Key_Home)
        assert view.focus_row == 0
        QTest.keyClick(view, Qt.Key.Key_Down)
        tree = QAccessible.queryAccessibleInterface(view)
        assert view.focus_row == 1
        assert tree.focusChild().text(QAccessible.Text.Name) == tree.child(1).text(QAccessible.Text.Name)


async def test_every_control_has_a_name(qapp: QApplication, look: Theme, open_window: OpenWindow) -> None:
    async with open_window(scenes.living()) as window:
        start = FirstStart(look)
        for parent in (window, start):
            for kind in (QAbstractButton, QLineEdit, QListView, QPlainTextEdit):
                for control in parent.findChildren(kind):
                    inner = control.objectName().startswith("qt_") or isinstance(control.parent(), QLineEdit)
                    interface = QAccessible.queryAccessibleInterface(control)
                    assert inner or interface.text(QAccessible.Text.Name), control
        start.deleteLater()


async def test_list_rows_are_spoken(qapp: QApplication, open_window: OpenWindow) -> None:
    async with open_window(scenes.living()) as window:
        spoken = [
            window.conversations.index(row).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(3)
        ]
        assert spoken[0].startswith("Alice Example, online, Perfect")
        assert "1 unread" in spoken[1]
        assert "You: ✓ sent the contract, read" in spoken[2]
