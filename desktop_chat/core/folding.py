"""Folding for search: the same letters whatever their case, accents or width."""

import unicodedata

_REMEMBERED_MAX = 20_000
_UNLIKE_UNICODE = {"ı": "i", **{chr(code): "" for code in range(0xFE00, 0xFE10)}}
"""Whoever writes Turkish in capitals has one letter for ı and i where others have one; and a selector of an
emoji's look is as little heard as an accent."""


class _Table(dict[int, str]):
    """Letter by letter, for ``str.translate``, worked out when first met.

    Letter by letter on purpose: normalising a whole text sorts its runs of combining marks, in time that
    grows with the square of a run, and a run may be as long as somebody makes it.
    """

    def __missing__(self, code: int) -> str:
        if len(self) >= _REMEMBERED_MAX:
            self.clear()
        decomposed = unicodedata.normalize("NFKD", chr(code).casefold())
        letters = [mark for mark in decomposed if not unicodedata.combining(mark)]
        folded = "".join(_UNLIKE_UNICODE.get(letter, letter) for letter in letters).casefold()
        self[code] = folded
        return folded


_table = _Table()


def fold(text: str) -> str:
    """``text`` as it is compared: each letter NFKD case-folded, with combining marks removed (Unicode, UAX 15
    and section 3.13), so that "STRASSE" finds "Straße" and "resume" finds "résumé". The index of messages
    holds what this gave; see ``store.search_index``."""
    return text.lower() if text.isascii() else text.translate(_table)


def find(text: str, query: str) -> tuple[int, int] | None:
    """Where ``query`` first matches in ``text`` after folding, as code-point bounds in ``text``; None where
    it does not. A match that begins inside a letter (the "s" of "ß" folded) is widened to whole letters."""
    wanted = fold(query)
    at = fold(text).find(wanted) if wanted else -1
    if at < 0:
        return None
    if text.isascii():
        return at, at + len(wanted)
    start = end = passed = 0  # passed: folded code points up to the end
    while passed < at + len(wanted):
        if passed <= at:
            start = end
        passed += len(_table[ord(text[end])])
        end += 1
    while end < len(text) and not _table[ord(text[end])]:  # its accents
        end += 1
    return start, end
