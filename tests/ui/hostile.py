"""What somebody with bad intentions would write, everywhere that words of people are shown."""

import struct
import zlib
from pathlib import Path

from desktop_chat.core.attachments import Attachment
from desktop_chat.protocol.records import Content, Info, Reaction
from tests.ui import gallery
from tests.ui.scenes import NOW_MS, Scene

GROUP = 50
EVE = 150
MILLION = "W" * 1_000_000
"""One word that no server would take, as an older cache might hold it."""

TEXTS: tuple[str, ...] = (
    "<b>bold</b><img src='http://127.0.0.1:9/x.png'><a href='file:///etc/passwd'>here</a>",
    "<qt><h1 style='font-size:400px'>HUGE</h1><script>alert(1)</script></qt>",
    "&lt;b&gt; &amp; &#0; && &file",
    "".join(chr(mark) for mark in range(0x20)) + "\x7f\x85\x9f",
    "safe\u202egnp.exe\u202c \u2066\u2067\u2068abc\u2069 \u200f\u200e\u061c",
    "Z" + "\u0335\u0321\u0353" * 3_333,
    "\u200b" * 8_000,
    "x" * 16_000,
    "\n" * 15_000,
    "👨‍👩‍👧‍👦" * 1_400,
    "\u0628" * 16_000,
    "*" * 8_000 + "_" * 8_000,
    "[a](javascript:alert(1)) [https://good.example](https://bad.example) `" + "`" * 5_000,
    "> " * 4_000,
    "https://" + "a." * 4_000 + "example/" + "%" * 4_000,
    "\ufdfa" * 8_000,
    "𒐫" * 4_000,
    "\ud7a3\U000e0001\U000e007f\ufff9\ufffa\ufffb\uffff\ufdd0",
    MILLION,
)
FILE_NAMES = (
    "../../../../etc/passwd",
    "C:\\Windows\\system32\\calc.exe",
    "<img src=x>\u202egnp.exe\n\x00" + "W" * 900,
    ".",
    "nul",
    " ",
    "a" + "\u0335" * 5_000 + ".txt",
)


def hostile() -> Scene:
    """Everybody is called by, and says, each of the texts: in a conversation each, and all in a group whose
    name and description are no better."""
    scene = Scene()
    for number, text in enumerate(TEXTS, 1):
        lines = [(1, text, NOW_MS - 1_000 * number), (0, text, NOW_MS - 1_000 * number + 1)]
        scene.direct(number, text[:64], lines, unread=0)
    people = {EVE + n: (f"eve{n}", text[:64], "member") for n, text in enumerate(TEXTS)}
    said = [
        scene.entry(
            GROUP,
            seq,
            EVE + seq - 1,
            NOW_MS + seq,
            content=Content("text", text),
            reactions=(Reaction("👍", tuple(people)),),
        )
        for seq, text in enumerate(TEXTS, 1)
    ]
    for number, name in enumerate(FILE_NAMES):
        attached = gallery.content(Attachment(name, 10, gallery.HASH), caption=TEXTS[number])
        key = f"{0xE000 + number:032x}"
        seq = len(said) + 1
        said.append(scene.entry(GROUP, seq, EVE, NOW_MS + 100 + seq, content=attached, file_ids=(key,)))
    scene.group(GROUP, Info(TEXTS[0], about=TEXTS[4]), people, said)  # type: ignore[arg-type]
    scene.echo(GROUP, TEXTS[1], NOW_MS + 1_000, failed=TEXTS[0])
    scene.draft(1, TEXTS[5])
    return scene


def bomb(path: Path, side: int = 30_000) -> None:
    """A PNG of some hundred kilobytes that would take gigabytes as pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer = zlib.compressobj(9)
    line = bytes(1 + side // 8)
    rows = b"".join(packer.compress(line) for _ in range(side)) + packer.flush()
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b""))
