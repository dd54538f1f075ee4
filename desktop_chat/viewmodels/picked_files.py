"""The files that a person is about to send: which can be, and which cannot, in words."""

import mimetypes
from collections.abc import Iterable
from pathlib import Path

from msgspec.structs import replace

from desktop_chat.language import tr, trn
from desktop_chat.protocol.limits import FILES_PER_MESSAGE_MAX
from desktop_chat.services.file_sending import Picked
from desktop_chat.viewmodels import safe_text, wording

_SAID_MAX = 3
"""More of what cannot be sent is counted, not named."""


class PickedFiles:
    """At most as many as fit in one message, each once, in the order they were picked."""

    def __init__(self) -> None:
        self.files: list[Picked] = []
        self.sizes: dict[Path, int] = {}
        """In bytes."""

    def add(self, paths: Iterable[Path]) -> str:
        """Take files; why some were not taken, in words, else empty."""
        words: list[str] = []
        left_out = 0
        for path in paths:
            name = safe_text.one_line(path.name) or str(path)
            try:
                size_bytes = path.stat().st_size
            except OSError as error:
                words.append(
                    tr("“{name}” cannot be read: {reason}.", name=name, reason=error.strerror or str(error))
                )
                continue
            if path.is_dir():
                words.append(tr("“{name}” is a folder. Pack it into one file to send it.", name=name))
            elif not path.is_file():
                words.append(tr("“{name}” is not a file.", name=name))
            elif not size_bytes:
                words.append(tr("“{name}” is empty. There is nothing to send.", name=name))
            elif any(each.path == path for each in self.files):
                continue
            elif len(self.files) >= FILES_PER_MESSAGE_MAX:
                left_out += 1
            else:
                media_type = mimetypes.guess_type(path.name)[0] or ""
                self.files.append(Picked(path, media_type))
                self.sizes[path] = size_bytes
        if len(words) > _SAID_MAX:
            more = len(words) - _SAID_MAX
            words[_SAID_MAX:] = [
                trn(
                    "{count} more cannot be sent either.",
                    "{count} more cannot be sent either.",
                    count=more,
                )
            ]
        if left_out:
            words.append(
                trn(
                    "{most} files fit in one message; {count} file was left out.",
                    "{most} files fit in one message; {count} files were left out.",
                    count=left_out,
                    most=FILES_PER_MESSAGE_MAX,
                )
            )
        return " ".join(words)

    def remove(self, path: Path) -> None:
        """Do not send this one."""
        self.files = [each for each in self.files if each.path != path]

    def measured(self, path: Path, media_type: str, width: int, height: int) -> None:
        """A file was found to be a picture, whatever its name says."""
        self.files = [
            replace(each, media_type=media_type, width=width, height=height) if each.path == path else each
            for each in self.files
        ]

    def size_words(self, path: Path) -> str:
        """How large a file is, in words."""
        return wording.size(self.sizes.get(path, 0))

    @property
    def all_pictures(self) -> bool:
        """Whether nothing but pictures is sent."""
        return bool(self.files) and all(each.width for each in self.files)

    @property
    def title(self) -> str:
        """What is about to be sent, in words."""
        count = len(self.files)
        if self.all_pictures:
            return tr("Send photo") if count <= 1 else trn("Send {count} photo", "Send {count} photos", count)
        return tr("Send file") if count <= 1 else trn("Send {count} file", "Send {count} files", count)
