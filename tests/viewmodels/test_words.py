"""Times, titles and text made safe, in words."""

import pytest
from PySide6.QtCore import QLocale

from desktop_chat.core.models import Conversation, Message, SearchHit, User
from desktop_chat.settings import Account
from desktop_chat.viewmodels import safe_text, times, wording
from desktop_chat.viewmodels.search import excerpt

BRITISH = QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom)
MINUTE_MS = 60_000
DAY_MS = 24 * 60 * MINUTE_MS
# Noon, so that a few hours either way are the same day wherever the test runs.
NOW_MS = times.local_date(1_772_548_320_000).startOfDay().toMSecsSinceEpoch() + DAY_MS // 2


@pytest.mark.parametrize(
    ("ago_ms", "expected"),
    [
        (0, "12:00"),
        (DAY_MS, "Yesterday"),
        (3 * DAY_MS, "Sat"),
        (20 * DAY_MS, "11 Feb"),
        (100 * DAY_MS, "23/11/2025"),
    ],
)
def test_list_times(ago_ms: int, expected: str) -> None:
    assert times.list_time(NOW_MS - ago_ms, NOW_MS, BRITISH) == expected


def test_no_time_is_no_words() -> None:
    assert times.list_time(0, NOW_MS) == ""
    assert times.last_seen(0, NOW_MS) == ""


@pytest.mark.parametrize(
    ("ago_ms", "expected"),
    [
        (0, "Today"),
        (DAY_MS, "Yesterday"),
        (2 * DAY_MS, "Sunday, 1 March"),
        (100 * DAY_MS, "23 November 2025"),
    ],
)
def test_day_lines(ago_ms: int, expected: str) -> None:
    assert times.day_line(NOW_MS - ago_ms, NOW_MS, BRITISH) == expected


@pytest.mark.parametrize(
    ("ago_ms", "expected"),
    [
        (20_000, "last seen just now"),
        (MINUTE_MS, "last seen 1 minute ago"),
        (59 * MINUTE_MS, "last seen 59 minutes ago"),
        (120 * MINUTE_MS, "last seen at 10:00"),
        (DAY_MS, "last seen yesterday at 12:00"),
        (3 * DAY_MS, "last seen Sat"),
    ],
)
def test_last_seen(ago_ms: int, expected: str) -> None:
    assert times.last_seen(NOW_MS - ago_ms, NOW_MS, BRITISH) == expected


def test_midnight_is_ahead() -> None:
    assert times.ms_to_midnight(NOW_MS) == DAY_MS // 2 + 1_000


def test_titles() -> None:
    assert wording.title(Conversation(1, "note")) == "Note to self"
    assert wording.title(Conversation(1, "direct")) == "Unknown person"
    assert wording.title(Conversation(1, "direct", User(2, "bob", ""))) == "bob"
    assert wording.title(Conversation(1, "direct", User(2, "bob", "\u202eevil\nname"))) == "evil name"
    assert wording.title(Conversation(1, "direct", User(2, "\u202e", "\u200f"))) == "Unnamed"


@pytest.mark.parametrize(
    "name",
    ["", "\u200b\u200d", "\ufeff", "\u3164\u3164", "\u2800", "\u00a0 \u2003", "\u00ad", "\u202e\ufe0f"],
)
def test_who_has_an_invisible_name_is_called_by_the_user_name(name: str) -> None:
    assert wording.person(User(2, "alice", name)) == "alice"
    assert wording.title(Conversation(1, "direct", User(2, "alice", name))) == "alice"


@pytest.mark.parametrize("name", ["👩\u200d💻", "می\u200cخواهم", "é", "-"])
def test_a_name_with_something_to_see_stays(name: str) -> None:
    assert wording.person(User(2, "alice", name)) == name


def test_a_body_keeps_its_places() -> None:
    body = "a\r\nb\u202ec\x00\td"
    shown = safe_text.shown_body(body)
    assert len(shown) == len(body)
    assert shown == "a\u2028\u2028b\ufffdc\ufffd\td"


def test_accounts_on_one_server_are_told_apart() -> None:
    ada = Account("1", "wss://chat.example/", 1, "ada")
    bob = Account("2", "wss://chat.example/", 2, "bob")
    test = Account("3", "wss://chat.example:8443/", 1, "ada")
    here = Account("4", "ws://127.0.0.1:9/", 1, "ada", hosted=True)
    there = Account("5", "wss://other.example/", 1, "ada")
    assert [wording.account(each, [ada, here, there]) for each in (ada, here, there)] == [
        "chat.example",
        "this computer",
        "other.example",
    ]
    assert [wording.account(each, [ada, bob, test]) for each in (ada, bob, test)] == [
        "ada, chat.example",
        "bob, chat.example",
        "ada, chat.example:8443",
    ]
    assert [wording.server(each, [ada, bob, here, there]) for each in (ada, bob, here, there)] == [
        "chat.example",
        "chat.example",
        "this computer",
        "other.example",
    ]
    assert [wording.server(each, [ada, test]) for each in (ada, test)] == [
        "chat.example",
        "chat.example:8443",
    ]


def test_badges() -> None:
    assert [wording.unread(n) for n in (1, 999, 1000)] == ["1", "999", "999+"]


@pytest.mark.parametrize(
    "body", ["needle", "a needle here", "x" * 100 + " needle", "one two three needle\nend"]
)
def test_an_excerpt_shows_the_match(body: str) -> None:
    at = body.index("needle")
    text, start, end = excerpt(SearchHit(Message(1, 1, "", 2, 0, "text", body), at, at + 6))
    assert text[start:end] == "needle"
    assert start <= 20
    assert "\n" not in text


def test_marks_are_not_piled_up() -> None:
    piled = "Z" + "\u0335\u0321" * 50 + "alg" + "\u0313" * 9 + "o"
    shown = safe_text.shown_body(piled)
    assert len(shown) == len(piled)
    assert shown.replace("\u200b", "") == "Z" + "\u0335\u0321" * 4 + "alg" + "\u0313" * 8 + "o"
    assert safe_text.one_line(piled) == shown
    for word in ("שִׁ֔ל֖וֹם", "ที่นี่", "Việt", "مُحَمَّدٌ"):
        assert safe_text.shown_body(word) == word


@pytest.mark.parametrize(
    ("body", "shown", "before"),
    [
        ("See **the needle** here", "See the needle here", "See the "),
        ("`needle` **and** ~~a~~ needle.", "needle and a needle.", "needle and a "),
        ("> quoted\n*the* needle", "quoted the needle", "quoted the "),
        ("[the plan](https://example.org/needle) is here", "the plan is here", None),
    ],
)
def test_an_excerpt_is_what_a_person_reads(body: str, shown: str, before: str | None) -> None:
    at = body.rindex("needle")
    text, start, end = excerpt(SearchHit(Message(1, 1, "", 2, 0, "text", body), at, at + 6))
    assert text == shown
    assert text[start:end] == ("" if before is None else "needle")
    assert before is None or text[:start] == before


def test_what_a_filter_alone_has_found_has_no_match() -> None:
    hit = SearchHit(Message(1, 1, "", 2, 0, "text", "**bold** words"), 0, 0)
    assert excerpt(hit) == ("bold words", 0, 0)


def test_a_long_name_keeps_its_ending() -> None:
    assert safe_text.shortened("report.pdf", 40) == "report.pdf"
    shortened = safe_text.shortened("W" * 300 + " final.pdf", 40)
    assert len(shortened) == 40
    assert shortened.endswith("W final.pdf")
