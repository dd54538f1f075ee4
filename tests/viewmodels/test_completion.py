"""What is offered at the cursor, and who is meant by an @."""

import pytest

from desktop_chat import language
from desktop_chat.core.models import User
from desktop_chat.viewmodels import emoji_table
from desktop_chat.viewmodels.completion import complete
from desktop_chat.viewmodels.emoji_table import TONES, with_tone
from desktop_chat.viewmodels.mentions import mention_places, mentioned

ANN, BOB, BO = User(2, "ann", "Ann Álvarez"), User(3, "bob.m", "Bob"), User(4, "bo", "Bo")
PEOPLE = [ANN, BOB, BO]


def offered(before: str, tone: int = 0) -> list[str]:
    completion = complete(before, lambda: PEOPLE, tone)
    return [] if completion is None else [each.text for each in completion.items]


def test_a_colon_and_two_letters_offer_emoji() -> None:
    assert offered("so :heart")[0] == "❤️"
    assert "🎧" in offered("so :headph")
    assert offered("so :h") == []
    assert offered("10:30") == []
    assert offered("http://x:8080") == []
    assert complete(":xyzzyx", list, 0) is None


def test_a_whole_code_is_taken_at_once() -> None:
    completion = complete("fine :thumbsup:", list, 3)
    assert completion is not None
    assert completion.at_once
    assert completion.length == len(":thumbsup:")
    assert completion.items[0].text == "👍" + TONES[3]


def test_an_at_offers_people_by_either_name() -> None:
    assert offered("@") == ["@ann ", "@bo ", "@bob.m "]
    assert offered("hi @b") == ["@bo ", "@bob.m "]
    assert offered("(@alv") == ["@ann "]
    assert offered("mail@b") == []


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("@ann look", (2,)),
        ("@ANN, @bob.m.", (2, 3)),
        ("ann@bob.m", ()),
        ("@bo-", (4,)),
        ("@nobody and @@ann", ()),
        ("@ann @ann", (2,)),
        ("@bob", ()),
    ],
)
def test_who_is_meant(text: str, ids: tuple[int, ...]) -> None:
    assert mentioned(text, PEOPLE) == ids


def test_where_they_stand() -> None:
    assert mention_places("hi @Ann. @bo", ["ann"]) == [(3, 7)]


@pytest.mark.parametrize(
    ("code", "query", "found"),
    [
        ("de", "Grinsen", "😀"),
        ("de", "grinning", "😀"),
        ("de", "äffchen", ""),
        ("de", "Großen Augen", "😃"),
        ("ar", "قلب أحمر", "❤️"),
    ],
)
def test_emoji_are_found_by_their_names_in_the_language(code: str, query: str, found: str) -> None:
    language.use(code)
    try:
        texts = [each.text for each in emoji_table.find(query)]
        assert found in texts if found else texts == []
        # What is agreed on everywhere stays.
        heart = emoji_table.by_code("heart")
        assert heart is not None
        assert heart.name != "heavy black heart"
    finally:
        language.use(language.SOURCE)


def test_every_emoji_has_a_code_and_a_name() -> None:
    every = [each for group in emoji_table.groups() for each in group.emoji]
    assert len(every) > 1_800
    assert all(each.codes and each.name for each in every)
    thumb = emoji_table.by_code("+1")
    assert thumb is not None
    assert [with_tone(thumb, tone) for tone in range(6)] == ["👍" + tone for tone in TONES]
    heart = emoji_table.by_code("heart")
    assert heart is not None
    assert with_tone(heart, 4) == heart.text
    hand = emoji_table.by_code("point_up")
    assert hand is not None
    assert with_tone(hand, 1) == "☝" + TONES[1], "a tone takes the place of the emoji selector"
