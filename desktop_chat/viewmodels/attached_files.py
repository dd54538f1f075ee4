"""What a bubble shows of a message's files: what each is, and where it stands."""

from typing import TYPE_CHECKING

from msgspec import Struct

from desktop_chat.core import attachments
from desktop_chat.core.attachments import FILE_KINDS, Attachment
from desktop_chat.core.models import ConnectionPhase, Message
from desktop_chat.core.transfers import TransferPhase
from desktop_chat.language import tr
from desktop_chat.viewmodels import safe_text, wording

if TYPE_CHECKING:
    from desktop_chat.services.client import Client


class AttachedFile(Struct, frozen=True):
    """One file of a message, and the conversation that it is in. ``key`` names its transfer; ``place`` is its
    number in the message, from 0. ``phase`` is None for what is not here and was not asked for. ``path`` is
    where it is on this computer, empty while it is not whole. ``sending``: it goes out, and is not coming in.
    """

    conversation_id: int
    key: str
    place: int
    name: str
    described: Attachment
    sending: bool
    phase: TransferPhase | None
    done_bytes: int = 0
    path: str = ""
    words: str = ""
    """Size and state: "2.1 of 14 MB", "Paused · 2.1 of 14 MB", "14 MB"."""

    @property
    def is_picture(self) -> bool:
        """Whether it is shown as a picture."""
        return self.described.is_picture

    @property
    def share(self) -> float:
        """How much of it has arrived, from 0 to 1."""
        return min(1.0, self.done_bytes / self.described.size_bytes) if self.described.size_bytes else 0.0

    @property
    def here(self) -> bool:
        """Whether it can be opened."""
        return bool(self.path)

    @property
    def moving(self) -> bool:
        """Whether it is on its way, or about to be."""
        return self.phase in (TransferPhase.RUNNING, TransferPhase.WAITING)

    @property
    def spoken(self) -> str:
        """As a screen reader says it."""
        measures = ""
        if self.is_picture:
            width, height = self.described.width, self.described.height
            # Translators: how large a picture is, in pixels.
            measures = tr("{width} by {height}", width=width, height=height)
        what = tr("Photo {name}", name=self.name) if self.is_picture else tr("File {name}", name=self.name)
        here = tr("on this computer") if self.here and not self.sending else ""
        return wording.enumerated([what, measures, self.words, here])


def attached_files(message: Message, client: "Client") -> tuple[AttachedFile, ...]:
    """The files of a message, in their order; none where it has none, or says nothing that can be read."""
    if message.kind not in FILE_KINDS:
        return ()
    extra = message.extra
    uploading = message.seq is None and extra is not None and bool(extra.upload_ids)
    keys = () if extra is None else extra.upload_ids if uploading else extra.file_ids
    described = attachments.decode(message.body).files
    online = client.connection_state.phase is ConnectionPhase.ONLINE
    found = []
    for place, (key, each) in enumerate(zip(keys, described, strict=False)):
        transfer = client.transfers.get(key)
        phase = transfer.phase if transfer is not None else None
        done_bytes = transfer.done_bytes if transfer is not None else 0
        # What goes out is looked up right after a start; until then it waits like everything else.
        if (phase is TransferPhase.RUNNING and not online) or (phase is None and uploading):
            phase = TransferPhase.WAITING
        found.append(
            AttachedFile(
                message.conversation_id,
                key,
                place,
                safe_text.one_line(each.safe_name),
                each,
                uploading,
                phase,
                done_bytes,
                transfer.path if transfer is not None else "",
                _words(each, phase, done_bytes, transfer.error if transfer is not None else ""),
            )
        )
    return tuple(found)


def paused(done_bytes: int, total_bytes: int) -> str:
    """That a file goes no further for now; no other state of it is longer."""
    # Translators: {progress} is “2.1 of 14 MB”.
    return tr("Paused · {progress}", progress=wording.progress(done_bytes, total_bytes))


def _words(described: Attachment, phase: TransferPhase | None, done_bytes: int, error: str) -> str:
    total = wording.size(described.size_bytes)
    match phase:
        case TransferPhase.RUNNING:
            return wording.progress(done_bytes, described.size_bytes)
        case TransferPhase.WAITING:
            return tr("Waiting · {size}", size=total)
        case TransferPhase.PAUSED:
            return paused(done_bytes, described.size_bytes)
        case TransferPhase.FAILED:
            return error or tr("Failed · {size}", size=total)
        case _:
            return total
