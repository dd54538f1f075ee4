"""Keys as they are called where people read of them."""

from desktop_chat.language import trc


def called(keys: str) -> str:
    """What keys are called in the language in use: "Ctrl+Shift+F", "Page Up, Page Down"."""
    names = _names()
    return ", ".join(_called(each, names) for each in keys.split(", "))


def _called(keys: str, names: dict[str, str]) -> str:
    if len(keys) == 1:
        return keys
    return "+".join(names.get(each, each) for each in keys.split("+"))


def _names() -> dict[str, str]:
    """By what they are called in the code."""
    # Translators: as it is written on the keys in your country; what is the same everywhere stays.
    return {
        "Alt": trc("key", "Alt"),
        "Ctrl": trc("key", "Ctrl"),
        "Delete": trc("key", "Delete"),
        "Down": trc("key", "Down"),
        "End": trc("key", "End"),
        "Enter": trc("key", "Enter"),
        "Esc": trc("key", "Esc"),
        "Home": trc("key", "Home"),
        "Left": trc("key", "Left"),
        "Menu": trc("key", "Menu"),
        "Page Down": trc("key", "Page Down"),
        "Page Up": trc("key", "Page Up"),
        "Right": trc("key", "Right"),
        "Shift": trc("key", "Shift"),
        "Space": trc("key", "Space"),
        "Tab": trc("key", "Tab"),
        "Up": trc("key", "Up"),
        "click": trc("key", "click"),
    }
