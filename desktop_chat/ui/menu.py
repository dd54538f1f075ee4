"""A menu in which typing goes to what begins with the typed."""

from PySide6.QtCore import QElapsedTimer, QEvent, Qt
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QMenu, QWidget

from desktop_chat.core.folding import fold

_PAUSE_MS = 1_000
"""What is typed after such a pause begins anew."""


class Menu(QMenu):
    """Letters lead to an action, more letters to a narrower one, and the same letter again to the next; Enter
    takes it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._typed = ""
        self._since = QElapsedTimer()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
        letter = "" if event.modifiers() & keys else event.text()
        if not letter.isprintable() or (letter.isspace() and not self._typed) or not self._go(fold(letter)):
            super().keyPressEvent(event)

    def _go(self, letter: str) -> bool:
        if not letter:
            return False
        late = not self._since.isValid() or self._since.elapsed() > _PAUSE_MS
        self._since.start()
        again = self._typed == letter and not late
        self._typed = letter if again or late else self._typed + letter
        found = [each for each in self._choices() if fold(_words(each)).startswith(self._typed)]
        if not found:
            return False
        current = self.activeAction()
        place = found.index(current) + 1 if again and current in found else 0
        self._step_to(found[place % len(found)])
        return True

    def _step_to(self, action: QAction) -> None:
        """Down, as often as it takes: ``setActiveAction`` would open a menu below the action at once."""
        for _ in self.actions():
            if self.activeAction() is action:
                break
            none = Qt.KeyboardModifier.NoModifier
            super().keyPressEvent(QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Down, none))

    def _choices(self) -> list[QAction]:
        return [each for each in self.actions() if each.isEnabled() and each.isVisible() and each.text()]


def _words(action: QAction) -> str:
    return action.text().replace("&&", "&")
