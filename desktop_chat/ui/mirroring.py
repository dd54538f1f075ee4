"""What is painted by hand in a window that is read from right to left: its places are reckoned from the left,
and mirrored in the end. Qt does the same for its layouts, and for the side that painted words keep to."""

from PySide6.QtCore import QMargins, QRect, Qt
from PySide6.QtGui import QGuiApplication

from desktop_chat.language import END, ISOLATE, runs_left


def mirrored() -> bool:
    """Whether the windows are read from right to left."""
    return QGuiApplication.layoutDirection() is Qt.LayoutDirection.RightToLeft


def in_its_order(text: str) -> str:
    """A line of text to be painted by itself: it keeps the order of its own script, also at a full stop or an
    emoji at its end, whatever the window's is (Unicode Standard Annex 9, section 2.4)."""
    # Isolating costs half of the painting again, and most lines run as the window does.
    return f"{ISOLATE}{text}{END}" if mirrored() or runs_left(text) else text


def placed(rect: QRect, within: QRect) -> QRect:
    """Where a place reckoned from the left is: there, or at the other side of the room it is in."""
    if not mirrored():
        return rect
    return QRect(within.left() + within.right() - rect.right(), rect.top(), rect.width(), rect.height())


def margins(left: int, top: int, right: int, bottom: int) -> QMargins:
    """The room that a layout keeps around what is in it, which Qt leaves as it is."""
    return QMargins(right, top, left, bottom) if mirrored() else QMargins(left, top, right, bottom)
