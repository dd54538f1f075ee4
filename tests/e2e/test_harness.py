"""The harness, on a window small enough to be sure of: what the scenarios rely on must itself be true."""

import sys
from pathlib import Path

import pytest

from tests.e2e.world import desktop

# A window with a field, a list that takes what is typed there, an icon in the tray, and a last word.
_WINDOW = """
import sys
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import (
    QApplication, QLabel, QLineEdit, QListWidget, QPushButton, QSystemTrayIcon, QVBoxLayout, QWidget)

app = QApplication(sys.argv)
window = QWidget()
window.setWindowTitle("Small")
layout = QVBoxLayout(window)
field = QLineEdit()
field.setAccessibleName("Field")
taken = QListWidget()
label = QLabel("waiting")
button = QPushButton("Press")

def take():
    taken.addItem(field.text())
    field.clear()

field.returnPressed.connect(take)
button.clicked.connect(lambda: label.setText("pressed"))
for each in (field, taken, label, button):
    layout.addWidget(each)
pixmap = QPixmap(32, 32)
pixmap.fill(QColor("red"))
tray = QSystemTrayIcon(QIcon(pixmap))
tray.setToolTip("three unread")
tray.activated.connect(lambda: label.setText("from the tray"))
tray.show()
app.focusWindowChanged.connect(lambda w: label.setText("looked at" if w else "alone"))
window.show()
app.exec()
"""


@pytest.mark.deadline(120)
async def test_the_tests_have_eyes_and_hands(tmp_path: Path) -> None:
    async with desktop(tmp_path / "person") as person, person.run(sys.executable, "-c", _WINDOW) as app:
        await app.see("Press", "push button")
        await app.see("waiting")
        await app.focus()
        await app.see("looked at")
        await person.hand.type("Hello")
        await person.hand.press("Return")
        await app.see("Hello", "list item")
        await app.click(await app.see("Press", "push button"))
        await app.see("pressed")
        await person.hand.unfocus()
        await app.see("alone")
        assert await person.tray.tool_tip() == "three unread"
        await person.tray.activate()
        await app.see("from the tray")
        await app.kill()
        assert await app.tree() is None
