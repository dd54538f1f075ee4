"""Text that shows nothing, however long it is. Pure."""

import re

# White space and control characters, what Unicode lets a renderer ignore (Default_Ignorable_Code_Point), and
# what has a width and no ink: the Braille blank and the null notehead.
_VISIBLE = re.compile(
    r"[^\s\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3"
    r"\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


def is_blank(text: str) -> bool:
    """Whether nothing in it can be seen."""
    return _VISIBLE.search(text) is None
