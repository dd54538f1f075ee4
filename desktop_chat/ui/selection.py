"""A stretch of one message's text, chosen with the mouse."""

from msgspec import Struct
from PySide6.QtCore import QTextBoundaryFinder


class Selection(Struct, frozen=True):
    """Bounds in UTF-16 units, as Qt counts. ``cursor``, where the mouse is, may come before ``anchor``."""

    local_id: int
    anchor: int
    cursor: int

    @property
    def start(self) -> int:
        """The lower bound."""
        return min(self.anchor, self.cursor)

    @property
    def end(self) -> int:
        """The upper bound."""
        return max(self.anchor, self.cursor)

    @property
    def empty(self) -> bool:
        """Whether nothing is chosen."""
        return self.anchor == self.cursor


def utf16_length(text: str) -> int:
    """Length as Qt counts it."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def code_points(text: str, units: int) -> int:
    """How many code points the first ``units`` of a text are, as Qt counts them."""
    return units if text.isascii() else len(slice_utf16(text, 0, units))


def slice_utf16(text: str, start: int, end: int) -> str:
    """The part of ``text`` between two bounds as Qt counts them."""
    if text.isascii():
        return text[start:end]
    encoded = text.encode("utf-16-le", "surrogatepass")[start * 2 : end * 2]
    return encoded.decode("utf-16-le", "replace")


def word_at(text: str, position: int) -> tuple[int, int]:
    """The bounds of the word around a position, in UTF-16 units."""
    finder = QTextBoundaryFinder(QTextBoundaryFinder.BoundaryType.Word, text)
    finder.setPosition(position)
    start = position if finder.isAtBoundary() else finder.toPreviousBoundary()
    finder.setPosition(position)
    end = finder.toNextBoundary()
    return max(0, start), end if end >= 0 else utf16_length(text)
