"""What a message with files says: a caption, and of each file what its receiver has to know. Pure.

The server knows a file by id, size and hash alone. Name, type and measures are in the message's body, which
it never looks into, as JSON; see docs/files.md, "In messages". The n-th of ``files`` is the n-th file_id.
"""

import re
from collections.abc import Callable, Iterator
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from desktop_chat.language import tr, trn
from desktop_chat.protocol.limits import FILES_PER_MESSAGE_MAX

FILE = "file"
"""The kind of a message with files of any sort."""
PICTURE = "picture"
"""The kind of a message whose files are all pictures; its body is as a FILE's."""
FILE_KINDS = (FILE, PICTURE)

PICTURE_TYPES = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp")
"""What is shown as a picture; everything else is a file, whatever it says of itself."""
PICTURE_PIXELS_MAX = 50_000_000
"""A picture of more pixels is a file: to decode it would take hundreds of megabytes."""
PICTURE_SIDE_MAX = 30_000
MAX_CAPTION_CHARS = 4_000
NAME_MAX_CHARS = 120
_NAME_MAX_BYTES = 200
_SUFFIX_MAX_CHARS = 16

_UNSAFE = re.compile(
    r'[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2028\u2029\u2060-\u2069\ufeff\u061c<>:"|?*]'
)
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)", re.IGNORECASE)


class Attachment(Struct, frozen=True, omit_defaults=True, gc=False):
    """A file as its sender describes it. ``sha256`` is in 64 lower hex digits, empty only in a local echo
    whose file is still to be hashed. ``width`` and ``height`` are in pixels, as shown upright; 0 for what is
    not a picture. The name is whatever somebody wrote: show and use ``safe_name``."""

    name: Annotated[str, Meta(max_length=1024)]
    size_bytes: Annotated[int, Meta(ge=0, le=2**53)]
    sha256: Annotated[str, Meta(pattern=r"\A([0-9a-f]{64})?\Z")] = ""
    media_type: Annotated[str, Meta(max_length=127)] = ""
    width: Annotated[int, Meta(ge=0, le=2**31)] = 0
    height: Annotated[int, Meta(ge=0, le=2**31)] = 0

    @property
    def is_picture(self) -> bool:
        """Whether it is announced as a picture that may be shown in the timeline."""
        return (
            self.media_type in PICTURE_TYPES
            and 0 < self.width <= PICTURE_SIDE_MAX
            and 0 < self.height <= PICTURE_SIDE_MAX
            and self.width * self.height <= PICTURE_PIXELS_MAX
        )

    @property
    def safe_name(self) -> str:
        """Its name as it can be shown, and be that of a file in any folder on any system."""
        return safe_name(self.name)


class FileBody(Struct, frozen=True, omit_defaults=True, gc=False):
    """The body of a message of one of FILE_KINDS."""

    files: Annotated[tuple[Attachment, ...], Meta(max_length=FILES_PER_MESSAGE_MAX)] = ()
    caption: str = ""

    @property
    def kind(self) -> str:
        """The kind of the message that carries it."""
        return PICTURE if self.files and all(each.is_picture for each in self.files) else FILE


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(FileBody).decode
_UNREADABLE = FileBody()


def encode(body: FileBody) -> str:
    """As it travels."""
    return _encode(body).decode()


def decode(body: str) -> FileBody:
    """What somebody sent; a body that is none is one of no files."""
    try:
        return _decode(body)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return _UNREADABLE


def caption(kind: str, body: str) -> str:
    """What a person wrote: a text, or what stands below files."""
    return decode(body).caption if kind in FILE_KINDS else body


def with_words(kind: str, body: str, words: str) -> str:
    """The body of a message after its words were changed: of one with files the caption, and nothing else of
    what it says, also where that is of a newer version. Raises ValueError for a body that cannot be read."""
    if kind not in FILE_KINDS:
        return words
    try:
        content = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        raise ValueError("This body cannot be read.") from None
    content.pop("caption", None)
    if words:
        content["caption"] = msgspec.Raw(msgspec.json.encode(words))
    return msgspec.json.encode(content).decode()


def searched(kind: str, body: str) -> str:
    """Where a search looks: a text, or a caption and the names below it."""
    if kind not in FILE_KINDS:
        return body
    content = decode(body)
    return "\n".join([content.caption, *(each.safe_name for each in content.files)]).strip()


def summary(kind: str, body: str, shown: Callable[[str], str] = str) -> str:
    """Files in a few words, for the list, a notification or a quote: the caption, or else what they are.
    ``shown`` gives a caption as it is to be shown."""
    content = decode(body)
    symbol = "📷" if kind == PICTURE else "📎"
    if content.caption and (words := shown(content.caption)):
        return f"{symbol} {words}"
    if len(content.files) == 1 and kind == FILE:
        return f"{symbol} {content.files[0].safe_name}"
    count = len(content.files)
    if kind == PICTURE:
        return tr("📷 Photo") if count <= 1 else trn("📷 {count} photo", "📷 {count} photos", count=count)
    return tr("📎 File") if count <= 1 else trn("📎 {count} file", "📎 {count} files", count=count)


def safe_name(name: str) -> str:
    """A name from anybody as the name of a file: one part of a path, no mark that acts or hides, nothing
    that a system reserves, and not too long; its ending stays."""
    name = name.replace("\\", "/").rpartition("/")[2]
    name = _SURROGATES.sub("\ufffd", _UNSAFE.sub("", name)).strip().lstrip(".").rstrip(". ")
    if _RESERVED.match(name):
        name = f"_{name}"
    stem, dot, suffix = name.rpartition(".")
    if not dot or len(suffix) > _SUFFIX_MAX_CHARS or not stem:
        stem, suffix = name, ""
    else:
        suffix = f".{suffix}"
    stem = stem[: NAME_MAX_CHARS - len(suffix)]
    while len(f"{stem}{suffix}".encode()) > _NAME_MAX_BYTES and stem:
        stem = stem[:-1]
    return f"{stem.rstrip()}{suffix}" if stem.strip() else f"file{suffix}"


def free_names(name: str) -> Iterator[str]:
    """The name, then others for where that is taken: "a.txt", "a (1).txt", "a (2).txt" …"""
    yield name
    stem, dot, suffix = name.rpartition(".")
    if not stem:
        stem, dot, suffix = name, "", ""
    for number in range(1, 10_000):
        yield f"{stem} ({number}){dot}{suffix}"
