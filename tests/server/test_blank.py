"""Text that shows nothing."""

import pytest

from server.blank import is_blank


@pytest.mark.parametrize(
    "text",
    ["", " ", "\n\t\u3000", "\x00\x9f", "\u200b\u200d\ufe0f", "\u115f\u1160\u3164\uffa0", "\u2800", "\ufeff"],
)
def test_nothing_can_be_seen(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize(
    "text", ["a", " a ", "\u200b.", "\U0001f642", "\U0001fae9", "\ue000", "\u0301", "\ufffd"]
)
def test_something_can_be_seen(text: str) -> None:
    assert not is_blank(text)
