"""Folding for search: the same letters whatever their case, accents or width."""

import unicodedata


def fold(text: str) -> str:
    """``text`` as it is compared: NFKC case-folded, with combining marks removed (Unicode, UAX 15 and
    section 3.13), so that "STRASSE" finds "Straße" and "resume" finds "résumé"."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(mark for mark in decomposed if not unicodedata.combining(mark)).casefold()


def find(text: str, query: str) -> tuple[int, int] | None:
    """Where ``query`` first matches in ``text`` after folding, as code-point bounds in ``text``; None where
    it does not. A match that begins inside a letter (the "s" of "ß" folded) is widened to whole letters."""
    wanted = fold(query)
    if not wanted:
        return None
    if text.isascii():
        at = text.lower().find(wanted)
        return None if at < 0 else (at, at + len(wanted))
    at = fold(text).find(wanted)
    if at < 0:
        return None
    starts: list[int] = []  # index in text of each folded code point
    for index, letter in enumerate(text):
        starts.extend([index] * len(fold(letter)))
    if at + len(wanted) > len(starts):
        return None
    end = starts[at + len(wanted) - 1] + 1
    while end < len(text) and unicodedata.combining(text[end]):
        end += 1
    return starts[at], end
