"""Text from people made safe to show: no control character acts, no direction override deceives."""

import re
import unicodedata

_BIDI_CONTROLS = (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C)
_LINE_BREAKS = (0x0A, 0x0B, 0x0C, 0x0D, 0x85, 0x2028, 0x2029, 0x09)
_C0_C1 = (*range(0x20), *range(0x7F, 0xA0))

_UNSEEN = ("Cc", "Cf", "Mn", "Me", "Zs", "Zl", "Zp")
_BLANK_LETTERS = "\u115f\u1160\u2800\u3164\uffa0"
"""Letters and symbols by their category, with nothing to see: fillers and the empty Braille cell."""

_ONE_LINE: dict[int, str | None] = {
    **dict.fromkeys(_C0_C1, "\ufffd"),
    **dict.fromkeys(_BIDI_CONTROLS, None),
    **dict.fromkeys(_LINE_BREAKS, " "),
}
_BODY: dict[int, str] = {
    **dict.fromkeys(_C0_C1, "\ufffd"),
    # An override could make a link or a file name read backwards; what it hides is shown in its true order.
    **dict.fromkeys((0x202D, 0x202E), "\ufffd"),
    **dict.fromkeys((0x0A, 0x0B, 0x0C, 0x0D, 0x85, 0x2029), "\u2028"),
    0x09: "\t",
}


_MARKS_MAX = 8
"""Upon one letter: more than any living script has."""
_MARK = (
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u06d6-\u06ed\u0e34-\u0e3a"
    "\u0e47-\u0e4e\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f]"
)
_PILE = re.compile(f"({_MARK}{{{_MARKS_MAX}}})({_MARK}+)")
"""Marks that could be stacked across the lines above and below."""


def _without_piles(text: str) -> str:
    """What goes beyond eight marks upon one letter takes its place unseen."""
    return text if text.isascii() else _PILE.sub(lambda pile: pile[1] + "\u200b" * len(pile[2]), text)


def one_line(text: str, limit: int = 200) -> str:
    """At most ``limit`` code points of ``text`` as one line: line breaks become spaces, direction controls
    are left out, other control characters are shown as the replacement character, and marks are not piled up
    upon a letter."""
    return _without_piles(text[:limit].translate(_ONE_LINE).strip())


def shortened(text: str, limit: int) -> str:
    """At most ``limit`` code points, with an ellipsis in the middle: of a file's name the ending stays."""
    if len(text) <= limit:
        return text
    end = limit // 3
    return f"{text[: limit - end - 1]}…{text[-end:]}"


def shown_body(body: str) -> str:
    """A message's text as it is laid out, code point for code point: what is at an index here is at the
    same index in ``body``. Line breaks become line separators (U+2028)."""
    return _without_piles(body.translate(_BODY))


def is_visible(mark: str) -> bool:
    """Whether a code point by itself leaves anything on screen: no space, no format or variation mark."""
    return mark not in _BLANK_LETTERS and unicodedata.category(mark) not in _UNSEEN
