"""Where a timeline is scrolled to: a row and a pixel offset, so that no row out of sight is measured."""

from collections.abc import Callable

from msgspec import Struct

HeightOf = Callable[[int], int]


class Placed(Struct, frozen=True, gc=False):
    """A row on screen; ``top`` and ``height`` in pixels of the viewport."""

    row: int
    top: int
    height: int


def distance_moved(before: list[Placed], after: list[Placed]) -> int | None:
    """How many pixels down the rows went that were on screen and still are; None where none stayed, or where
    they did not all move alike."""
    old = {each.row: each for each in before}
    stayed = [(old[each.row], each) for each in after if each.row in old]
    distances = {now.top - was.top for was, now in stayed} | {
        now.top + now.height - was.top - was.height for was, now in stayed
    }
    return distances.pop() if len(distances) == 1 else None


class ScrollAnchor:
    """Holds on to the bottom edge of one row. What changes above that edge grows upward and what changes
    below it grows downward, so neither an older page nor a new message moves what is being read."""

    def __init__(self, margin: int) -> None:
        """``margin`` is the space kept above the first and below the last row, in pixels."""
        self._margin = margin
        self._row = 0
        self._bottom = 0
        self.at_end = True
        """Whether the last row is fully in sight; while it is, new rows scroll into sight."""

    @property
    def row(self) -> int:
        """The row held on to; after ``settle`` the first that is visible."""
        return self._row

    def go_to_end(self) -> None:
        """Show the last row, and stay there."""
        self.at_end = True

    def go_to(self, row: int, bottom: int) -> None:
        """Hold on to a row, its bottom edge at this pixel of the viewport."""
        self._row, self._bottom = row, bottom
        self.at_end = False

    def scroll(self, pixels: int) -> None:
        """Move the content down by this much, up where it is negative."""
        if pixels > 0:
            self.at_end = False
        self._bottom += pixels

    def inserted(self, first: int, last: int) -> None:
        """Rows came in at ``first`` to ``last``."""
        if first <= self._row:
            self._row += last - first + 1

    def removed(self, first: int, last: int) -> None:
        """The rows ``first`` to ``last`` went."""
        if last < self._row:
            self._row -= last - first + 1
        elif first <= self._row:
            self._row = max(0, first - 1)

    def settle(self, count: int, view_height: int, height_of: HeightOf) -> list[Placed]:
        """The rows on screen, top to bottom, after keeping the content within its ends. Asks the height of
        those rows alone, and of the few that were scrolled past since the last call."""
        if count == 0:
            self._row, self._bottom, self.at_end = 0, 0, True
            return []
        floor = view_height - self._margin
        if self.at_end:
            self._row, self._bottom = count - 1, floor
        self._row = min(self._row, count - 1)
        self._find_first(count, height_of)
        top = self._bottom - height_of(self._row)
        if self._row == 0 and top > self._margin:
            self._bottom -= top - self._margin
        placed, end = self._walk_down(count, view_height, height_of)
        if placed[-1].row == count - 1 and end < floor:
            # The content ends above the floor: let it down, and see what comes in from above.
            self._bottom += floor - end
            self._find_first(count, height_of)
            placed, end = self._walk_down(count, view_height, height_of)
        self.at_end = placed[-1].row == count - 1 and end <= floor
        return placed

    def _find_first(self, count: int, height_of: HeightOf) -> None:
        while self._bottom <= 0 and self._row < count - 1:
            self._row += 1
            self._bottom += height_of(self._row)
        while self._row > 0 and (height := height_of(self._row)) < self._bottom:
            self._bottom -= height
            self._row -= 1

    def _walk_down(self, count: int, view_height: int, height_of: HeightOf) -> tuple[list[Placed], int]:
        placed: list[Placed] = []
        top = self._bottom - height_of(self._row)
        for row in range(self._row, count):
            height = height_of(row)
            placed.append(Placed(row, top, height))
            top += height
            if top >= view_height:
                break
        return placed, top
