"""Finding links in what people write, and saying where they go."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct

from desktop_chat.viewmodels import rich_text
from desktop_chat.viewmodels.rich_text import Span, Style

if TYPE_CHECKING:
    from linkify_it import LinkifyIt

_MAYBE = re.compile(r"://|www\.|mailto:|\w@\w|\w\.[a-z]{2}", re.IGNORECASE)
_OPENABLE = ("http://", "https://", "mailto:")
_MAX_LINKS = 50
_FILE_ENDINGS = (".md", ".py", ".sh", ".rs", ".so", ".pl", ".cc", ".ps", ".zip", ".mov", ".app")
"""Without a scheme, what ends so is the name of a file, though there are domains that do too."""


class Link(Struct, frozen=True):
    """A link in a text, its bounds in code points, and the address it goes to."""

    start: int
    end: int
    url: str


_SAMPLE = "http://a.example ftp://a.example mailto:a@a.example //a.example a.example a@a.example"


@lru_cache(maxsize=1)
def _finder() -> "LinkifyIt":
    # Its tables take time that a window without links need not spend.
    from linkify_it import LinkifyIt

    return LinkifyIt()


def prepare() -> None:
    """Read in what finds addresses and markup, from any thread: no conversation need wait for it then."""
    find_links(_SAMPLE)  # the finder compiles what it looks for when it first does
    rich_text.prepare()


def find_links(text: str) -> list[Link]:
    """The web and mail addresses in ``text``, in order; no other scheme is ever a link."""
    if not _MAYBE.search(text):
        return []
    matches = _finder().match(text) or []
    return [
        Link(match.index, match.last_index, match.url)
        for match in matches[:_MAX_LINKS]
        if match.url.lower().startswith(_OPENABLE)
        and not (match.schema == "" and match.text.lower().endswith(_FILE_ENDINGS))
    ]


def links_of(text: str, spans: Iterable[Span]) -> list[Link]:
    """Every link of a text that was read as Markdown, in order: words that stand for an address, and the
    addresses that are written out where they are no code."""
    spans = list(spans)
    masked = [Link(each.start, each.end, each.url) for each in spans if each.style is Style.LINK]
    styles = (Style.CODE, Style.BLOCK, Style.LINK)
    taken = [(each.start, each.end) for each in spans if each.style in styles]
    found = [
        link
        for link in find_links(text)
        if not any(start < link.end and link.start < end for start, end in taken)
    ]
    return sorted([*masked, *found], key=lambda link: link.start)
