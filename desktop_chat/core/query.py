"""What a person searches for: words, and filters such as ``from:alice has:link after:2026-01-31``."""

import re
from datetime import date

from msgspec import Struct

from desktop_chat.language import tr

HAS = ("link", "file", "picture")
"""What ``has:`` knows."""
_PART = re.compile(r'(?<!\S)(from|in|has|before|after):(?:"([^"]*)(?:"|$)|(\S+))', re.IGNORECASE)


class Query(Struct, frozen=True):
    """``text`` is what is left without the filters. ``sender`` and ``place`` are parts of names as typed.
    ``before`` and ``after`` are days: the day itself counts in neither, as in mail programs. ``problem`` says
    in words which filter cannot be meant."""

    text: str = ""
    sender: str = ""
    place: str = ""
    has: tuple[str, ...] = ()
    before: date | None = None
    after: date | None = None
    problem: str = ""

    @property
    def filtered(self) -> bool:
        """Whether there is any filter."""
        return bool(self.sender or self.place or self.has or self.before or self.after)


def parse(typed: str) -> Query:
    """Read what was typed. A filter without a value yet is part of the text."""
    sender = place = problem = ""
    has: list[str] = []
    days: dict[str, date] = {}
    for match in _PART.finditer(typed):
        name, value = match[1].lower(), (match[2] or match[3] or "").strip()
        if name == "from":
            sender = value
        elif name == "in":
            place = value
        elif name == "has":
            if value.lower() in HAS:
                has.append(value.lower())
            else:
                link, file, picture = HAS
                # Translators: what is within {} is typed as it is, in every language.
                problem = tr(
                    "“{filter}” knows {link}, {file} and {picture}.",
                    filter="has:",
                    link=link,
                    file=file,
                    picture=picture,
                )
        else:
            try:
                days[name] = date.fromisoformat(value)
            except ValueError:
                problem = tr(
                    "“{filter}” needs a day such as {example}.",
                    filter=f"{name}:",
                    example=f"{name}:2026-01-31",
                )
    text = " ".join(_PART.sub(" ", typed).split())
    return Query(text, sender, place, tuple(has), days.get("before"), days.get("after"), problem)
