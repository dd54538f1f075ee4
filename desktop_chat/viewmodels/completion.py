"""What may stand at the cursor: an emoji for ``:code``, a member for ``@name``. Pure but for who is asked."""

import re
from collections.abc import Callable, Iterable

from msgspec import Struct

from desktop_chat.core.folding import fold
from desktop_chat.core.models import User
from desktop_chat.viewmodels import emoji_table, safe_text, wording

ITEMS_MAX = 8
_EMOJI = re.compile(r"(?:^|(?<=\s)):([\w+-]{2,32})$")
_WHOLE_EMOJI = re.compile(r"(?:^|(?<=\s)):([a-zA-Z0-9_+-]{1,32}):$")
_PERSON = re.compile(r"(?:^|(?<=[\s(]))@([\w.-]{0,32})$")


class Item(Struct, frozen=True):
    """One thing that may be taken: ``text`` goes into the field, ``label`` and ``words`` tell what it is."""

    text: str
    label: str
    words: str
    user_id: int = 0
    portrait: str = ""


class Completion(Struct, frozen=True):
    """Items in the place of the ``length`` code points before the cursor. ``at_once``: there is one, and a
    person has typed it whole."""

    length: int
    items: tuple[Item, ...]
    at_once: bool = False


def complete(before: str, people: Callable[[], Iterable[User]], tone: int) -> Completion | None:
    """What may stand in place of the end of ``before``, the text up to the cursor. ``people`` can be
    mentioned; ``tone`` is the skin tone that is preferred."""
    if match := _WHOLE_EMOJI.search(before):
        emoji = emoji_table.by_code(match[1])
        if emoji is not None:
            item = Item(emoji_table.with_tone(emoji, tone), "", emoji.name)
            return Completion(len(match[0]), (item,), at_once=True)
    if match := _EMOJI.search(before):
        found = emoji_table.find(match[1], ITEMS_MAX)
        items = [
            Item(emoji_table.with_tone(each, tone), emoji_table.with_tone(each, tone), f":{each.codes[0]}:")
            for each in found
        ]
    elif match := _PERSON.search(before):
        items = [_person(each) for each in _matching(match[1], people())]
    else:
        return None
    return Completion(len(match[0]), tuple(items)) if items else None


def _matching(query: str, people: Iterable[User]) -> list[User]:
    wanted = fold(query)
    found = [each for each in people if wanted in fold(each.user_name) or wanted in fold(each.display_name)]

    def order(user: User) -> tuple[bool, str]:
        return not fold(user.user_name).startswith(wanted), wording.person(user).casefold()

    return sorted(found, key=order)[:ITEMS_MAX]


def _person(user: User) -> Item:
    name = safe_text.one_line(user.user_name)
    return Item(f"@{user.user_name} ", wording.person(user), f"@{name}", user.user_id, user.picture)
