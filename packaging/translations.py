"""Keeps the catalogues of translations: `make translations`.

Collects what a person may read from the code, brings each catalogue up to date with it and compiles them.
What a catalogue lacks is told; a translator then fills in the .po file and runs this once more.
"""

import ast
import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages import Catalog, Message, extract, mofile, pofile

from desktop_chat.language import VALUE_NAMES

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "resources" / "languages"
TEMPLATE = FOLDER / "desktop-chat.pot"

_KEYWORDS = {"tr": None, "trn": (1, 2), "trc": ((1, "c"), 2)}
_SERVER_KEYWORDS = {"Refused": (2,), "forbidden": None}
"""What a server refuses with, which the app looks up as it arrives."""
_FOR_PROGRAMMERS = ("BAD_REQUEST", "UNSUPPORTED_PROTOCOL", "WRONG_OFFSET")
"""Refusals that only a client with a fault gets; those with values in them nobody needs to translate."""
_COMMENTS = ("Translators:",)


class LeanCatalog(Catalog):
    """A catalogue whose header says what has to be known to read it, and nothing that changes by itself."""

    def __init__(self, locale: str | None = None) -> None:
        super().__init__(locale, header_comment="# What the app says; see docs/translating.md.", fuzzy=False)

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """Names and values, of which Babel has more: dates, tools and people."""
        headers = [("MIME-Version", "1.0"), ("Content-Type", "text/plain; charset=utf-8")]
        headers.append(("Content-Transfer-Encoding", "8bit"))
        if self.locale is not None:
            headers += [("Language", str(self.locale)), ("Plural-Forms", self.plural_forms)]
        return headers


def extracted() -> Catalog:
    """What there is to translate, as the code has it now."""
    catalog = LeanCatalog()
    for package, keywords in (("desktop_chat", _KEYWORDS), ("server", _SERVER_KEYWORDS)):
        for path in sorted((ROOT / package).rglob("*.py")):
            with path.open("rb") as file:
                found = extract.extract("python", file, keywords, _COMMENTS, {"encoding": "utf-8"})
                for _line, text, comments, context in found:
                    place = (path.relative_to(ROOT).as_posix(), None)
                    catalog.add(text, None, [place], auto_comments=comments, context=context)
    for path in sorted((ROOT / "server").rglob("*.py")):
        for sentence in refusals_with_numbers(path):
            catalog.add(sentence, None, [(path.relative_to(ROOT).as_posix(), None)])
    return catalog


def refusals_with_numbers(path: Path) -> Iterator[str]:
    """What a file of the server refuses with and numbers in it, each as ``language.known`` asks for it."""
    for call in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "Refused":
            code, words = call.args[:2]
            if (
                isinstance(words, ast.JoinedStr)
                and ast.unparse(code).rpartition(".")[2] not in _FOR_PROGRAMMERS
            ):
                names = iter(VALUE_NAMES)
                parts = (
                    each.value if isinstance(each, ast.Constant) else f"{{{next(names)}}}"
                    for each in words.values
                )
                yield "".join(parts)


def read(path: Path) -> Catalog:
    """The catalogue of a language."""
    with path.open("rb") as file:
        found = pofile.read_po(file, path.stem)
    made = LeanCatalog(path.stem)
    for message in found:
        if message.id:
            made[message.id] = message
    return made


def written(catalog: Catalog) -> bytes:
    """A catalogue as its file has it: in the order of the words, so that moved code changes nothing."""
    buffer = io.BytesIO()
    pofile.write_po(buffer, catalog, width=100, sort_output=True, ignore_obsolete=True)
    return buffer.getvalue()


def compiled(catalog: Catalog) -> bytes:
    """A catalogue as the app reads it."""
    buffer = io.BytesIO()
    mofile.write_mo(buffer, catalog)
    return buffer.getvalue()


def untranslated(catalog: Catalog) -> list[Message]:
    """What a catalogue has no words for, or doubtful ones."""
    return [each for each in catalog if each.id and (each.fuzzy or not _whole(each))]


def main() -> int:
    """Write the template, then every catalogue and its compiled form; 1 where words are missing."""
    template = extracted()
    FOLDER.mkdir(exist_ok=True)
    TEMPLATE.write_bytes(written(template))
    missing = 0
    for path in sorted(FOLDER.glob("*.po")):
        catalog = read(path)
        catalog.update(template, no_fuzzy_matching=True)
        path.write_bytes(written(catalog))
        path.with_suffix(".mo").write_bytes(compiled(catalog))
        lacking = untranslated(catalog)
        missing += len(lacking)
        print(f"{path.stem}: {len(catalog) - len(lacking)} of {len(catalog)} translated")
        for each in lacking:
            print(f"    {each.id!r}")
    return 1 if missing else 0


def _whole(message: Message) -> bool:
    words = message.string
    return all(words) if isinstance(words, tuple | list) else bool(words)


if __name__ == "__main__":
    sys.exit(main())
