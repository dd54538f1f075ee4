"""What all notifications share."""

import pytest

from desktop_chat.desktop.notifications import cut
from desktop_chat.language import END, ISOLATE


def test_what_is_short_stays() -> None:
    assert cut("Hi", 2) == "Hi"
    assert cut("Hello there", 7) == "Hello…"


@pytest.mark.parametrize("length", range(3, 30))
def test_what_is_cut_leaves_no_direction_open(length: int) -> None:
    text = f"{ISOLATE}Ada{END}: {ISOLATE}a long message that goes on{END}"
    made = cut(text, length)
    assert len(made) <= length
    assert made.count(ISOLATE) == made.count(END)
