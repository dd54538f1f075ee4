"""What people may be called: rules for user names and display names. Pure."""

import unicodedata

from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.protocol.limits import (
    DISPLAY_NAME_MAX_CHARS,
    PASSWORD_MIN_CHARS,
    USER_NAME_MAX_CHARS,
    USER_NAME_MIN_CHARS,
)
from server.blank import is_blank
from server.refusal import Refused

_INVISIBLE_JOINERS = "\u200c\u200d"  # Persian and emoji sequences need them
_PUNCTUATION = "._-"
_LOOK_ALIKE_SCRIPTS = frozenset(("LATIN", "CYRILLIC", "GREEK"))
_RESERVED_KEYS = frozenset(("admin", "administrator", "server", "support", "system"))


def check_user_name(text: str) -> tuple[str, str]:
    """The user name as it is kept, and its folded key: two names with one key are the same name.
    Raises Refused (``invalid_name``)."""
    name = unicodedata.normalize("NFKC", text)
    key = fold(name)
    if not USER_NAME_MIN_CHARS <= len(name) <= USER_NAME_MAX_CHARS or len(key) > 2 * USER_NAME_MAX_CHARS:
        raise Refused(
            ErrorCode.INVALID_NAME,
            f"A user name has {USER_NAME_MIN_CHARS} to {USER_NAME_MAX_CHARS} characters.",
        )
    categories = [unicodedata.category(each) for each in name]
    allowed = all(
        (category[0] in "LM" and not is_blank(each)) or category == "Nd" or each in _PUNCTUATION
        for each, category in zip(name, categories, strict=True)
    )
    if not allowed or not any(category[0] in "LN" for category in categories):
        raise Refused(
            ErrorCode.INVALID_NAME,
            "A user name is made of letters, digits, full stops, hyphens and underscores.",
        )
    if len(_look_alike_scripts(name)) > 1:
        raise Refused(
            ErrorCode.INVALID_NAME,
            "A user name cannot mix Latin, Cyrillic and Greek letters.",
        )
    if key in _RESERVED_KEYS:
        raise Refused(ErrorCode.INVALID_NAME, "This user name is reserved.")
    return name, key


def check_display_name(text: str) -> str:
    """The display name as it is kept, empty if nothing in it can be seen.
    Raises Refused (``invalid_name``)."""
    name = unicodedata.normalize("NFC", text).strip()
    if len(name) > DISPLAY_NAME_MAX_CHARS:
        raise Refused(
            ErrorCode.INVALID_NAME, f"A display name has at most {DISPLAY_NAME_MAX_CHARS} characters."
        )
    for each in name:
        category = unicodedata.category(each)
        # Cf holds the marks that turn the direction of text around, and with it what a name seems to be.
        if category in ("Cc", "Cs", "Zl", "Zp") or (category == "Cf" and each not in _INVISIBLE_JOINERS):
            raise Refused(ErrorCode.INVALID_NAME, "A display name cannot hold invisible control characters.")
    return "" if is_blank(name) else name


def _look_alike_scripts(name: str) -> set[str]:
    """Which of the scripts that share letter shapes a name is written in."""
    return {unicodedata.name(each, "").partition(" ")[0] for each in name} & _LOOK_ALIKE_SCRIPTS


def check_password(password: str) -> None:
    """Raises Refused (``weak_password``)."""
    if len(password) < PASSWORD_MIN_CHARS:
        raise Refused(ErrorCode.WEAK_PASSWORD, f"A password has at least {PASSWORD_MIN_CHARS} characters.")


def fold(text: str) -> str:
    """Text as it is compared: without case, width or ligatures."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def search_key(user_name: str, display_name: str) -> str:
    """What ``find_users`` looks in."""
    return f"{fold(user_name)}\n{fold(display_name)}"
