"""Every emoji with its short codes and what it is called, read when it is first asked for in a language; see
packaging/make_emoji.py."""

from functools import lru_cache
from importlib.resources import files

import msgspec
from msgspec import Struct

from desktop_chat.core.folding import fold
from desktop_chat.language import SOURCE, spoken

TONES = ("", "\U0001f3fb", "\U0001f3fc", "\U0001f3fd", "\U0001f3fe", "\U0001f3ff")
"""The skin tones (Unicode, UTS 51, 2.4), none first."""


class Emoji(Struct, frozen=True, gc=False):
    """One emoji: its ``codes`` without colons, the usual one first; ``name`` in the language in use, and
    ``words``, by which it is found: that and the English one, folded; ``toned`` if it comes in skin tones."""

    text: str
    codes: tuple[str, ...]
    name: str
    words: str
    toned: bool


class Group(Struct, frozen=True):
    """Emoji that stand together in Unicode's charts."""

    name: str
    emoji: tuple[Emoji, ...]


def groups() -> tuple[Group, ...]:
    """All of them, in the order of the charts."""
    return _groups(spoken())


@lru_cache(maxsize=1)
def _groups(language: str) -> tuple[Group, ...]:
    content = files("resources").joinpath("emoji.json").read_bytes()
    table = msgspec.json.decode(content, type=list[tuple[str, list[tuple[str, str, str, int]]]])
    names: dict[str, str] = {}
    if language != SOURCE:
        content = files("resources").joinpath("languages", f"emoji-{language}.json").read_bytes()
        names = msgspec.json.decode(content, type=dict[str, str])
    return tuple(Group(name, tuple(_emoji(*row, names) for row in rows)) for name, rows in table)


def _emoji(text: str, codes: str, english: str, toned: int, names: dict[str, str]) -> Emoji:
    name = names.get(text, english)
    words = english if name == english else f"{name} {english}"
    return Emoji(text, tuple(codes.split()), name, fold(words), bool(toned))


@lru_cache(maxsize=1)
def _by_code(language: str) -> dict[str, Emoji]:
    return {code: each for group in _groups(language) for each in group.emoji for code in each.codes}


def by_code(code: str) -> Emoji | None:
    """The emoji with a short code, given without colons."""
    return _by_code(spoken()).get(code.lower())


def find(query: str, limit: int = 2_000) -> list[Emoji]:
    """The emoji whose codes or name contain the query; the better it fits, the further up."""
    wanted = fold(query.strip().strip(":"))
    if not wanted:
        return []
    every = ((_fit(each, wanted), each) for group in groups() for each in group.emoji)
    found = sorted((pair for pair in every if pair[0] < _NO_FIT), key=lambda pair: pair[0])
    return [each for _, each in found[:limit]]


_NO_FIT = 4


def _fit(emoji: Emoji, wanted: str) -> int:
    """How well a query fits, 0 for exactly."""
    if wanted in emoji.codes:
        return 0
    if any(code.startswith(wanted) for code in emoji.codes):
        return 1
    if any(word.startswith(wanted) for word in emoji.words.split()):
        return 2
    return 3 if wanted in emoji.words or any(wanted in code for code in emoji.codes) else _NO_FIT


def with_tone(emoji: Emoji, tone: int) -> str:
    """An emoji in one of TONES, by its index, where it comes in tones."""
    if not emoji.toned or not tone:
        return emoji.text
    return emoji.text[0] + TONES[tone] + emoji.text[1:].removeprefix("\ufe0f")
