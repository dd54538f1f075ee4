"""Search finds what people mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_chat.core import folding
from desktop_chat.core.folding import find, fold


@pytest.mark.parametrize(
    ("text", "query", "found"),
    [
        ("Hello World", "WORLD", "World"),
        ("Die Straße ist lang", "strasse", "Straße"),
        ("Mein Résumé", "resume", "Résumé"),
        ("明天的会议改到下午三点", "会议", "会议"),
        ("شكرا جزيلا", "جزيلا", "جزيلا"),
        ("ファイル名", "ファイル", "ファイル"),
        ("हिन्दी में", "हिन्दी", "हिन्दी"),
        ("Donaudampfschiff", "dampf", "dampf"),
        ("address 100.200", "100.200", "100.200"),
        ("a 👩‍💻 b", "👩‍💻", "👩‍💻"),
    ],
)
def test_finds(text: str, query: str, found: str) -> None:
    place = find(text, query)
    assert place is not None
    assert text[slice(*place)] == found


def test_a_text_of_marks_costs_no_more_than_any_other() -> None:
    """Sorting this run of marks, as normalising would, takes seconds."""
    text = "a" + "\u0344\u0f73" * 200_000
    assert fold(text) == "a"
    assert find(text, "a") == (0, len(text))


def test_the_table_forgets_before_it_grows_without_bound() -> None:
    everything = "".join(chr(code) for code in range(0x20, 0x30000) if not 0xD800 <= code < 0xE000)
    assert fold(everything)
    assert len(folding._table) <= folding._REMEMBERED_MAX
    assert fold("Ärger") == "arger"


def test_does_not_find_what_is_not_there() -> None:
    assert find("abc", "d") is None
    assert find("äbc", "d") is None
    assert find("abc", "") is None


@given(st.text(max_size=30), st.text(min_size=1, max_size=30), st.text(max_size=30))
def test_bounds_lie_in_the_text(before: str, query: str, after: str) -> None:
    text = before + query + after
    place = find(text, query)
    if place is not None:
        start, end = place
        assert 0 <= start < end <= len(text)


@given(st.text(alphabet="abcÄöÜßé 漢字", max_size=20), st.text(alphabet="ABCäÖüé漢", min_size=1, max_size=5))
def test_a_match_means_the_folded_text_contains_it(text: str, query: str) -> None:
    assert (find(text, query) is not None) == (fold(query) in fold(text))
