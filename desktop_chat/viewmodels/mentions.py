"""Who is meant by an @ in a text: user names, matched without regard to case."""

import re
from collections.abc import Container, Iterable, Iterator

from desktop_chat.core.models import User

_MENTION = re.compile(r"(?<![\w@])@([\w.-]{2,32})")


def mentioned(text: str, people: Iterable[User]) -> tuple[int, ...]:
    """The ids of those among ``people`` whose user name stands in the text behind an @."""
    by_name = {each.user_name.casefold(): each.user_id for each in people}
    found = (by_name[text[start + 1 : end].casefold()] for start, end in _places(text, by_name))
    return tuple(dict.fromkeys(found))


def mention_places(text: str, user_names: Iterable[str]) -> list[tuple[int, int]]:
    """Where in a text these user names stand behind an @, in code points."""
    return list(_places(text, {each.casefold() for each in user_names}))


def _places(text: str, names: Container[str]) -> Iterator[tuple[int, int]]:
    for match in _MENTION.finditer(text):
        name = match[1]
        while name.casefold() not in names and name[-1:] in (".", "-"):  # "@bob." names Bob
            name = name[:-1]
        if name.casefold() in names:
            yield match.start(), match.start() + 1 + len(name)
