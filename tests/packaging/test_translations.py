"""Every catalogue has every word, in forms that fit."""

import ast
import re
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages import Catalog, Message

from desktop_chat import language

sys.path.insert(0, str(Path(__file__).parents[2] / "packaging"))
import translations

CODES = sorted(language.LANGUAGES.keys() - {language.SOURCE})
_VALUE = re.compile(r"{([^{}]*)}")
"""A value's name, and how it is written: "count", "count:,"."""
_CALLS = ("tr", "trn", "trc")


@pytest.fixture(scope="module")
def template() -> Catalog:
    return translations.extracted()


def catalog(code: str) -> Catalog:
    return translations.read(translations.FOLDER / f"{code}.po")


def forms(message: Message) -> Iterator[tuple[str, str]]:
    """Each translated form, and the English one that has the same values in it."""
    if isinstance(message.id, tuple):
        for form in message.string:
            yield message.id[1], form
    else:
        yield message.id, message.string


def _name(value: str) -> str:
    return value.partition(":")[0]


def test_the_languages_are_those_with_a_catalogue() -> None:
    assert [path.stem for path in sorted(translations.FOLDER.glob("*.po"))] == CODES
    assert sorted(path.stem for path in translations.FOLDER.glob("*.mo")) == CODES


def test_the_template_is_what_the_code_says(template: Catalog) -> None:
    assert translations.TEMPLATE.read_bytes() == translations.written(template)


@pytest.mark.parametrize("code", CODES)
def test_nothing_is_missing_and_nothing_is_left_over(code: str, template: Catalog) -> None:
    made = catalog(code)
    assert translations.untranslated(made) == []
    assert {(each.id, each.context) for each in made} == {(each.id, each.context) for each in template}


@pytest.mark.parametrize("code", CODES)
def test_the_app_reads_what_the_translator_wrote(code: str) -> None:
    path = translations.FOLDER / f"{code}.mo"
    assert path.read_bytes() == translations.compiled(catalog(code))


@pytest.mark.parametrize("code", CODES)
def test_every_form_has_the_values_of_its_sentence(code: str) -> None:
    for message in catalog(code):
        for english, form in forms(message) if message.id else ():
            wanted, found = set(_VALUE.findall(english)), set(_VALUE.findall(form))
            # "One member" may do without its number, in a form that is only for one or for two.
            plural = isinstance(message.id, tuple)
            optional = {each for each in wanted if plural and _name(each) == "count"}
            assert wanted - optional <= found <= wanted, (english, form)
            form.format_map(dict.fromkeys(map(_name, wanted), 0))


@pytest.mark.parametrize("code", CODES)
def test_what_is_stuck_on_in_front_keeps_its_space(code: str) -> None:
    for message in catalog(code):
        for english, form in forms(message) if message.id else ():
            assert form[:1].isspace() == english[:1].isspace(), english
            assert form[-1:].isspace() == english[-1:].isspace(), english
            assert form.count("\n") == english.count("\n"), english


@pytest.mark.parametrize("code", CODES)
def test_no_translation_is_markup_or_turns_the_line_around(code: str) -> None:
    for message in catalog(code):
        for _english, form in forms(message) if message.id else ():
            assert not re.search(r"<\w+[^>]*>|[\u202a-\u202e\u2066\u2067]", form), form


def test_no_call_is_overlooked(template: Catalog) -> None:
    """One within an f-string would be, or one whose text is put together."""
    known = {(each.id[0] if isinstance(each.id, tuple) else each.id, each.context) for each in template}
    calls = 0
    for path in (translations.ROOT / "desktop_chat").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _CALLS:
                words = [ast.literal_eval(each) for each in node.args[: 2 if node.func.id == "trc" else 1]]
                assert (words[-1], words[0] if len(words) == 2 else None) in known, path
                calls += 1
    assert calls > 500


def test_every_comment_for_translators_reaches_them(template: Catalog) -> None:
    """One that does not stand right above its words would not."""
    told = {comment for each in template for comment in each.auto_comments}
    written = [
        (comment, path)
        for path in (translations.ROOT / "desktop_chat").rglob("*.py")
        for comment in _comments(path)
    ]
    assert len(written) > 30
    assert [each for each in written if each[0] not in told] == []


def _comments(path: Path) -> Iterator[str]:
    """What a file says to translators."""
    with path.open("rb") as file:
        for token in tokenize.tokenize(file.readline):
            words = token.string.lstrip("# ")
            if token.type == tokenize.COMMENT and words.startswith("Translators:"):
                yield words


REFUSED_IN_ENGLISH = [
    "The Content-Type must be {}.",
    "The upload goes on at {}.",
    "Tus-Resumable must be {}.",
    "{} must be a whole number.",
]
"""What servers say with values in it, and only to clients with a fault."""


def refused_with_values() -> list[str]:
    """The sentences in the server's code that have values in them, these as ``{}``."""
    calls = [
        node
        for path in (translations.ROOT / "server").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    words = [each for call in calls if call.func.id in ("Refused", "forbidden") for each in call.args]
    found = [ast.unparse(each)[2:-1] for each in words if isinstance(each, ast.JoinedStr)]
    return sorted(_VALUE.sub("{}", each) for each in found)


@pytest.mark.parametrize("code", CODES)
def test_what_servers_refuse_with_numbers_is_known(code: str) -> None:
    with language.spoken_as(code):
        english = []
        for sentence in refused_with_values():
            said = sentence.format(*["1,234", "5"][: sentence.count("{}")])
            known = language.known(said)
            if known in (said, language.isolated(said)):
                english.append(sentence)
            else:
                assert language.number(1234) in known
                assert ("5" in known) == (sentence.count("{}") == 2)
        assert english == REFUSED_IN_ENGLISH
