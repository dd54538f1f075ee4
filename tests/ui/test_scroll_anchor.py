"""The anchor, over heights made up for the purpose."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_chat.ui.scroll_anchor import ScrollAnchor

MARGIN = 10
heights_lists = st.lists(st.integers(1, 400), min_size=1, max_size=60)


def settle(anchor: ScrollAnchor, heights: list[int], view: int = 500) -> list[tuple[int, int]]:
    placed = anchor.settle(len(heights), view, heights.__getitem__)
    for one, other in itertools.pairwise(placed):
        assert one.top + one.height == other.top
        assert other.row == one.row + 1
    return [(each.row, each.top) for each in placed]


def test_begins_at_the_end() -> None:
    assert settle(ScrollAnchor(MARGIN), [300] * 10) == [(8, -110), (9, 190)]


def test_nothing_is_nothing() -> None:
    anchor = ScrollAnchor(MARGIN)
    assert settle(anchor, []) == []
    assert anchor.at_end


def test_what_is_short_lies_at_the_bottom() -> None:
    assert settle(ScrollAnchor(MARGIN), [100, 50]) == [(0, 340), (1, 440)]


@given(heights_lists, st.lists(st.integers(-3000, 3000), max_size=8))
def test_never_beyond_the_ends(heights: list[int], moves: list[int]) -> None:
    anchor = ScrollAnchor(MARGIN)
    for pixels in [0, *moves]:
        anchor.scroll(pixels)
        placed = anchor.settle(len(heights), 500, heights.__getitem__)
        end = placed[-1].top + placed[-1].height
        if sum(heights) + 2 * MARGIN <= 500:
            assert end == 500 - MARGIN
        else:
            assert placed[0].top <= MARGIN
            assert end >= 500 - MARGIN
        assert anchor.at_end == (placed[-1].row == len(heights) - 1 and end <= 500 - MARGIN)


@given(heights_lists, st.integers(1, 5000), st.lists(st.integers(1, 400), min_size=1, max_size=30))
def test_rows_above_do_not_move_what_is_seen(heights: list[int], up: int, older: list[int]) -> None:
    heights = [200] * 10 + heights  # enough to scroll, so that the window is full before and after
    anchor = ScrollAnchor(MARGIN)
    settle(anchor, heights)
    anchor.scroll(up)
    before = settle(anchor, heights)
    if before[0] == (0, MARGIN):
        anchor.scroll(-MARGIN)
        before = settle(anchor, heights)
    anchor.inserted(0, len(older) - 1)
    after = settle(anchor, older + heights)
    shifted = [(row + len(older), top) for row, top in before]
    assert [each for each in after if each[0] >= len(older)] == shifted


@pytest.mark.parametrize(("first", "last", "row"), [(0, 1, 3), (6, 7, 5), (4, 6, 3)])
def test_removed_rows(first: int, last: int, row: int) -> None:
    anchor = ScrollAnchor(MARGIN)
    anchor.go_to(5, 300)
    anchor.removed(first, last)
    assert anchor.row == row
