"""The language in which the app speaks.

What a person reads stands in the code in English, within ``tr``, ``trn`` or ``trc``; a catalogue of GNU
gettext in ``resources/languages`` has it in other words. Which catalogue is in use is the one thing that the
whole process shares: a sentence may be made anywhere. Names that a sentence mentions are values, in braces;
where the language or the value is written from right to left, it is isolated from the words around it
(Unicode Standard Annex 9, section 2.4), or "file (2).png" would fall apart.
"""

import gettext
import logging
import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import resources

_log = logging.getLogger(__name__)

SOURCE = "en"
"""The language of the code: it needs no catalogue."""


class Language(NamedTuple):
    """``name`` is what it calls itself; ``thousands`` stands between the digits of a large number, and
    ``point`` before the decimals, whatever the region: a sentence is in one language."""

    name: str
    right_to_left: bool = False
    thousands: str = ","
    point: str = "."


LANGUAGES = {
    SOURCE: Language("English"),
    "de": Language("Deutsch", thousands=".", point=","),
    # With European digits, as in the Gulf states and the Maghreb, and so are its dates: see ``ui.locale``.
    "ar": Language("العربية", right_to_left=True),
}
"""The languages there are, by their codes of ISO 639."""

_FOLDER = Path(resources.__file__).parent / "languages"
_RUNS_LEFT = re.compile(
    "[\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
"""The blocks that Unicode keeps for what is written from right to left, and its mark."""
VALUE_NAMES = "abcd"
"""What the numbers in a server's sentence are called, in their order."""
_NUMBER = re.compile("[0-9][0-9,]{0,24}")
ISOLATE, END = "\u2068", "\u2069"
"""Between them stands what keeps its own direction: FIRST STRONG ISOLATE, POP DIRECTIONAL ISOLATE."""
_MARK = "\u200f"
"""Has no width, and a direction: RIGHT-TO-LEFT MARK."""


class _Spoken:
    """What is in use now."""

    code = SOURCE
    catalogue = gettext.NullTranslations()


def use(code: str) -> None:
    """Speak a language of ``LANGUAGES`` from now on; what was said before stays as it is. One whose catalogue
    cannot be read is English, and the log says why."""
    _Spoken.code, _Spoken.catalogue = SOURCE, gettext.NullTranslations()
    if code == SOURCE:
        return
    try:
        with (_FOLDER / f"{code}.mo").open("rb") as file:
            catalogue = gettext.GNUTranslations(file)
    except Exception as error:  # a file that is broken fails in many ways, and none is worth not starting
        _log.warning("the words of the language %s cannot be read: %s", code, error)
        return
    _Spoken.code, _Spoken.catalogue = code, catalogue


@contextmanager
def spoken_as(code: str) -> Iterator[None]:
    """Speak a language of ``LANGUAGES`` within a block, or a function, and what was spoken before behind it.
    The whole process speaks it meanwhile, so nothing else may run there: no ``await`` and no ``yield``."""
    before = _Spoken.code, _Spoken.catalogue
    if code != _Spoken.code:
        use(code)
    try:
        yield
    finally:
        _Spoken.code, _Spoken.catalogue = before


def spoken() -> str:
    """The code of the language in use."""
    return _Spoken.code


def right_to_left() -> bool:
    """Whether the language in use is written from right to left."""
    return LANGUAGES[_Spoken.code].right_to_left


def best_of(wanted: Iterable[str]) -> str:
    """The first wanted language that there is: BCP 47 tags, "de-AT", the dearest first. English where there
    is none."""
    codes = (tag.replace("_", "-").partition("-")[0].lower() for tag in wanted)
    return next((code for code in codes if code in LANGUAGES), SOURCE)


def tr(text: str, /, **values: object) -> str:
    """A sentence in the language in use, with its ``{values}``."""
    return _filled(_Spoken.catalogue.gettext(text), values)


def trn(one: str, many: str, /, count: int, **values: object) -> str:
    """A sentence about a number of things, ``{count}``, in the form that the language has for this number."""
    return _filled(_Spoken.catalogue.ngettext(one, many, count), {"count": count, **values})


def trc(context: str, text: str, /, **values: object) -> str:
    """Like ``tr`` where a text alone does not say what it means; ``context`` tells the translator."""
    return _filled(_Spoken.catalogue.pgettext(context, text), values)


def known(words: str) -> str:
    """What a server says, in the language in use where the catalogue has it, with ``VALUE_NAMES`` for its
    numbers; otherwise as it is, isolated like any value."""
    if not words:
        return words
    said = _Spoken.catalogue.gettext(words)
    if said != words:
        return said
    numbers: dict[str, object] = {}

    def named(found: re.Match[str]) -> str:
        name = VALUE_NAMES[len(numbers)]
        numbers[name] = int(found[0].replace(",", ""))
        return f"{{{name}}}"

    sentence = _NUMBER.sub(named, words, count=len(VALUE_NAMES))
    said = _Spoken.catalogue.gettext(sentence)
    return _filled(said, numbers) if numbers and said != sentence else isolated(words)


def number(value: float, decimals: int = 0) -> str:
    """A number as it is written in the language in use: "1,234.5"."""
    how = LANGUAGES[_Spoken.code]
    whole, _, rest = f"{value:,.{decimals}f}".partition(".")
    return whole.replace(",", how.thousands) + (how.point + rest if rest else "")


def isolated(text: str) -> str:
    """A text that keeps its own order among others, and leaves them theirs, where one of them is written from
    right to left (Unicode Standard Annex 9, section 2.4)."""
    return f"{ISOLATE}{text}{END}" if right_to_left() or runs_left(text) else text


def runs_left(text: str) -> bool:
    """Whether anything in a text is written from right to left."""
    return not text.isascii() and _RUNS_LEFT.search(text) is not None


def _filled(text: str, values: dict[str, object]) -> str:
    if not values:
        return text
    if right_to_left() and _is_without_letters(text):
        text = _MARK + text
    return text.format_map({name: _written(each) for name, each in values.items()})


def _written(value: object) -> object:
    """A value as it stands in a sentence."""
    if isinstance(value, int):
        return number(value)
    return isolated(value) if isinstance(value, str) else value


@lru_cache(maxsize=256)
def _is_without_letters(text: str) -> bool:
    """Whether a text is made of values alone: where a line of it begins, nothing in it would say."""
    words = re.sub(r"{[^{}]*}", "", text)
    return not any(unicodedata.bidirectional(each) in ("L", "R", "AL") for each in words)
