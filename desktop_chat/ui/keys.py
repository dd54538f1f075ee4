"""Keys as they are called where people read of them."""

from desktop_chat.language import tr, trc


def called(keys: str) -> str:
    """What keys are called in the language in use: "Ctrl+Shift+F", "Page Up, Page Down"."""
    names = _names()
    return ", ".join(_called(each, names) for each in keys.split(", "))


def with_keys(words: str, keys: str) -> str:
    """What a button does, and which keys do the same: "Close (Esc)"."""
    # Translators: what something does, or is, and the keys on a keyboard that do it or lead there.
    return tr("{words} ({keys})", words=words, keys=called(keys))


def _called(keys: str, names: dict[str, str]) -> str:
    if len(keys) == 1:
        return keys
    return "+".join(names.get(each, each) for each in keys.split("+"))


def _names() -> dict[str, str]:
    """By what they are called in the code."""
    return {
        "Alt": trc("key on a keyboard", "Alt"),
        "Ctrl": trc("key on a keyboard", "Ctrl"),
        "Delete": trc("key on a keyboard", "Delete"),
        "Down": trc("key on a keyboard", "Down"),
        "End": trc("key on a keyboard", "End"),
        "Enter": trc("key on a keyboard", "Enter"),
        "Esc": trc("key on a keyboard", "Esc"),
        "Home": trc("key on a keyboard", "Home"),
        "Left": trc("key on a keyboard", "Left"),
        "Menu": trc("key on a keyboard", "Menu"),
        "Page Down": trc("key on a keyboard", "Page Down"),
        "Page Up": trc("key on a keyboard", "Page Up"),
        "Right": trc("key on a keyboard", "Right"),
        "Shift": trc("key on a keyboard", "Shift"),
        "Space": trc("key on a keyboard", "Space"),
        "Tab": trc("key on a keyboard", "Tab"),
        "Up": trc("key on a keyboard", "Up"),
        "click": trc("as in Ctrl+click", "click"),
    }
