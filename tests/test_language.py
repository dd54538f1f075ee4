"""The language the app speaks: catalogues, values, plural forms, and which side a name is written from."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop_chat import language
from desktop_chat.language import best_of, known, number, right_to_left, spoken, spoken_as, tr, trc, trn, use
from server.names import check_password, check_user_name
from server.refusal import Refused


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    use(language.SOURCE)


def test_english_is_what_stands_in_the_code() -> None:
    use("en")
    assert tr("Copy") == "Copy"
    assert tr("Remove {name}?", name="Bob {1}") == "Remove Bob {1}?"
    assert trc("verb", "Open") == "Open"
    assert [trn("{count} member", "{count} members", n) for n in (1, 2)] == ["1 member", "2 members"]


def test_german_and_its_two_forms() -> None:
    use("de")
    assert spoken() == "de"
    assert not right_to_left()
    assert tr("Cancel") == "Abbrechen"
    assert [trn("{count} member", "{count} members", n) for n in (0, 1, 2)] == [
        "0 Mitglieder",
        "1 Mitglied",
        "2 Mitglieder",
    ]


def test_arabic_has_six_forms_and_keeps_names_apart() -> None:
    use("ar")
    assert right_to_left()
    forms = [trn("{count} member", "{count} members", n) for n in (0, 1, 2, 3, 11, 100)]
    assert forms == ["لا أعضاء", "عضو واحد", "عضوان", "3 أعضاء", "11 عضوًا", "100 عضو"]
    assert "\u2068notes (2).txt\u2069" in tr("“{name}” is not a file.", name="notes (2).txt")
    # A number needs no isolation: it takes the direction of the words around it.
    assert "\u2068" not in trn("{count} member", "{count} members", 3)


def test_what_is_made_of_values_alone_begins_at_the_right_in_arabic() -> None:
    values = {"user_name": "@alice", "presence": "online"}
    assert tr("{user_name} · {presence}", **values) == "@alice · online"
    use("ar")
    assert tr("{user_name} · {presence}", **values) == "\u200f\u2068@alice\u2069 · \u2068online\u2069"
    assert tr("Reply to {name}", name="Bob")[0] == "ر"


def test_names_from_right_to_left_leave_an_english_sentence_in_order() -> None:
    assert tr("{name}: {words}", name="שרה", words="3 new files") == "\u2068שרה\u2069: 3 new files"


def test_a_text_without_translation_stays_as_it_is() -> None:
    use("de")
    assert tr("No catalogue has this sentence.") == "No catalogue has this sentence."
    assert known("No catalogue has this sentence.") == "No catalogue has this sentence."
    assert known("") == ""  # which in a catalogue is its header


@pytest.mark.parametrize(
    ("code", "words", "decimal"), [("en", "12,345", "2.5"), ("de", "12.345", "2,5"), ("ar", "12,345", "2.5")]
)
def test_numbers_are_written_as_in_the_language(code: str, words: str, decimal: str) -> None:
    use(code)
    assert number(12_345) == words
    assert number(2.46, 1) == decimal
    assert tr("{width} × {height}", width=12_345, height=7).lstrip("\u200f") == f"{words} × 7"


def test_what_a_server_says_is_known() -> None:
    use("de")
    words = "The user name or the password is wrong."
    assert known(words) != words
    use("ar")
    assert "\u2068" not in known(words)
    assert known("A group has 5 corners.") == "\u2068A group has 5 corners.\u2069"
    assert known("") == ""


@pytest.mark.parametrize(
    ("refuse", "said"),
    [
        (lambda: check_user_name("a"), "Ein Benutzername hat 2 bis 32 Zeichen."),
        (lambda: check_password("1234567"), "Ein Passwort hat mindestens 8 Zeichen."),
    ],
)
def test_what_the_server_says_of_a_new_account_is_known(refuse: Callable[[], object], said: str) -> None:
    use("de")
    with pytest.raises(Refused) as refused:
        refuse()
    assert known(refused.value.message) == said


def test_what_a_server_says_with_numbers_is_known() -> None:
    assert known("A message has at most 1,000 reactions.") == "A message has at most 1,000 reactions."
    use("de")
    assert known("A message has at most 1,000 reactions.") == "Eine Nachricht hat höchstens 1.000 Reaktionen."
    odd = ["1 2 3 4 5 6 {a}", "A group has at most {a} members. 5", "9" * 5000, "{", "{0} 1"]
    assert [known(each) for each in odd] == odd


@pytest.mark.parametrize("code", ["en", "de", "ar"])
def test_another_language_for_a_block_and_then_the_one_before(code: str) -> None:
    use(code)
    before = tr("Cancel")
    with spoken_as("de"):
        assert (spoken(), tr("Cancel")) == ("de", "Abbrechen")
        with pytest.raises(ValueError, match="Copy"), spoken_as("en"):
            raise ValueError(tr("Copy"))
        assert (spoken(), tr("Cancel")) == ("de", "Abbrechen")
    assert (spoken(), tr("Cancel")) == (code, before)


def test_a_function_that_speaks_another_language_whenever_it_is_called() -> None:
    @spoken_as("en")
    def said() -> str:
        return tr("Cancel")

    use("ar")
    assert [said(), said()] == ["Cancel", "Cancel"]
    assert right_to_left()


def test_a_catalogue_that_is_broken_is_told_and_english_spoken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(language, "_FOLDER", tmp_path)
    for code, content in (("de", b"nothing of the kind"), ("de", b""), ("de", b"0123456789"), ("ar", None)):
        if content is not None:
            (tmp_path / f"{code}.mo").write_bytes(content)
        with caplog.at_level(logging.WARNING):
            use(code)
        assert spoken() == "en"
        assert (
            caplog.records.pop().getMessage().startswith(f"the words of the language {code} cannot be read")
        )
        caplog.clear()


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (["de-AT", "en-GB"], "de"),
        (["fr-FR", "ar-Arab-EG", "en"], "ar"),
        (["de_CH.UTF-8"], "de"),
        (["C"], "en"),
        ([], "en"),
    ],
)
def test_the_dearest_language_that_there_is(wanted: list[str], code: str) -> None:
    assert best_of(wanted) == code
