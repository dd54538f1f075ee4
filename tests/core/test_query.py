"""Reading what is searched for."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_chat.core.query import Query, parse


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("plain words", Query("plain words")),
        ("from:alice report", Query("report", sender="alice")),
        ('in:"Optics lab" x', Query("x", place="Optics lab")),
        ("HAS:Link has:file", Query("", has=("link", "file"))),
        ("after:2026-01-31 before:2026-02-02", Query("", before=date(2026, 2, 2), after=date(2026, 1, 31))),
        ("from: nobody yet", Query("from: nobody yet")),
        ("100.200 a:b login:admin", Query("100.200 a:b login:admin")),
        ('from:"Ali', Query("", sender="Ali")),
    ],
)
def test_filters_are_taken_out_of_the_words(typed: str, expected: Query) -> None:
    assert parse(typed) == expected


def test_what_cannot_be_meant_is_said() -> None:
    assert parse("has:cheese").problem == "“has:” knows link, file and picture."
    assert "2026-01-31" in parse("before:tomorrow").problem
    assert "before" in parse("before:2026-13-40").problem


@given(st.text(max_size=80))
def test_anything_can_be_typed(typed: str) -> None:
    query = parse(typed)
    if not query.filtered and not query.problem:
        assert query.text == " ".join(typed.split())
