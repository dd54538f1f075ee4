"""What a person does with files of messages: send, pause, go on, cancel, fetch, open, save."""

import logging
import re
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from desktop_chat.core.models import Message
from desktop_chat.core.transfers import TransferPhase
from desktop_chat.language import tr
from desktop_chat.services.errors import ClientError
from desktop_chat.services.file_sending import Picked
from desktop_chat.viewmodels import wording
from desktop_chat.viewmodels.attached_files import AttachedFile
from desktop_chat.viewmodels.change_feed import ChangeFeed
from desktop_chat.viewmodels.intents import Intents, Spawn

if TYPE_CHECKING:
    from desktop_chat.services.client import Client

_log = logging.getLogger(__name__)

_OPENED = re.compile(
    # Documents that carry no program, and plain text.
    "pdf|epub|djvu|rtf|docx|xlsx|pptx|odt|ods|odp|txt|text|md|log|csv|tsv|"
    # Pictures; no SVG, which a browser shows with its scripts.
    "png|jpe?g|gif|webp|bmp|tiff?|hei[cf]|avif|"
    # Sound and film.
    "mp3|m4a|aac|og[gav]|opus|flac|wav|mp4|m4v|mov|mkv|webm|avi|mpe?g|"
    # Archives.
    "zip|7z|rar|tar|gz|tgz|bz2|xz|zst"
)
"""Endings of what is opened at a click. Of anything else nobody knows what a system would make of it, now or
with a program that is installed later."""


class FileActions(QObject):
    """Intents on files. What cannot be carried out ``failed`` says in words."""

    failed = Signal(int, str)
    """The conversation that a file is in, by id, and why what was wanted was not carried out."""
    sent = Signal()
    """The message with the files that ``send`` was given is in the store."""
    refused = Signal(str)
    """It is not, for a reason in words."""
    open_requested = Signal(str)
    """A file is to be opened by whatever program the system has for it, by its path."""
    folder_requested = Signal(str)
    """The folder is to be shown in which this file is."""

    def __init__(
        self,
        client: "Client",
        feed: ChangeFeed,
        spawn: Spawn,
        downloads: Callable[[], Path],
        parent: QObject | None = None,
    ) -> None:
        """``downloads`` gives the folder for what is fetched without a choice of place."""
        super().__init__(parent)
        self._client = client
        self._feed = feed
        self._spawn = spawn
        self._intents = Intents(feed, spawn, partial(self.failed.emit, 0))
        self._downloads = downloads

    def close(self) -> None:
        """Nobody looks any more."""
        self._intents.close()

    def title(self, conversation_id: int) -> str:
        """What a conversation is called."""
        found = (each for each in self._client.conversations() if each.conversation_id == conversation_id)
        return next((wording.title(each) for each in found), tr("a conversation that is gone"))

    def send(
        self, conversation_id: int, picked: Sequence[Picked], caption: str, reply_to: int | None = None
    ) -> None:
        """Send files with a caption; ``sent`` or ``refused`` follows."""
        self._spawn(self._send(conversation_id, list(picked), caption, reply_to))

    def want(self, files: Sequence[AttachedFile]) -> None:
        """Files are on screen: the pictures among them are fetched if they are not here."""
        fetching = self._client.file_fetching
        for each in files:
            if not each.is_picture or each.sending:
                continue
            if each.phase is None:
                fetching.show(each.key, each.described)
            elif each.here:
                fetching.seen(each.key)

    def act(self, message: Message, file: AttachedFile) -> None:
        """What a click on a file does: pause, go on, fetch, or open it."""
        if file.phase is TransferPhase.FAILED and file.sending:
            self._do(file, self._client.retry(message.client_id))
        elif file.moving:
            self.pause(message, file)
        elif file.phase in (TransferPhase.PAUSED, TransferPhase.FAILED):
            self.resume(message, file)
        elif file.here:
            self.open(file)
        else:
            self.fetch(file)

    def pause(self, message: Message, file: AttachedFile) -> None:
        """Stop a transfer until it is resumed; of a message that is sent, all its files."""
        if file.sending:
            self._do(file, self._client.file_sending.pause(message.client_id))
        else:
            self._do(file, self._client.file_fetching.pause(file.key))

    def resume(self, message: Message, file: AttachedFile) -> None:
        """Go on."""
        if file.sending:
            self._do(file, self._client.file_sending.resume(message.client_id))
        else:
            self._do(file, self._client.file_fetching.resume(file.key, file.described))

    def cancel(self, message: Message, file: AttachedFile) -> None:
        """Give a transfer up: of what is sent, the message with it."""
        if file.sending:
            self._do(file, self._client.discard(message.client_id))
        else:
            self._do(file, self._client.file_fetching.cancel(file.key))

    def fetch(self, file: AttachedFile) -> None:
        """Get a file: a picture to be seen, anything else into the person's folder for downloads."""
        if file.is_picture:
            self._client.file_fetching.show(file.key, file.described, asked=True)
        else:
            self._do(file, self._client.file_fetching.fetch(file.key, file.described, self._downloads()))

    def save(self, file: AttachedFile, target: Path) -> None:
        """Put a file where the person chose."""
        if file.sending:
            self.failed.emit(file.conversation_id, tr("The file can be saved once it is sent."))
        else:
            self._do(file, self._client.file_fetching.save(file.key, file.described, target))

    def open(self, file: AttachedFile) -> None:
        """Open a file; where that might run something, show where it is."""
        if not Path(file.path).exists():
            self.lost(file)
            words = tr("“{name}” is not there any more. It can be fetched again.", name=file.name)
            self.failed.emit(file.conversation_id, words)
        elif opens(file.name) and opens(file.path):
            self.open_requested.emit(file.path)
        else:
            self.folder_requested.emit(file.path)

    def lost(self, file: AttachedFile) -> None:
        """A file is not where it was, or is not what it was."""
        if not file.sending:
            self._do(file, self._client.file_fetching.forget(file.key))

    async def _send(
        self, conversation_id: int, picked: list[Picked], caption: str, reply_to: int | None
    ) -> None:
        try:
            await self._client.file_sending.send(conversation_id, picked, caption, reply_to=reply_to)
        except ClientError as error:
            self.refused.emit(str(error))
        except Exception as error:
            # Whatever it was, who asked must not wait for ever.
            _log.exception("files were not stored")
            self.refused.emit(tr("This was not stored: {reason}.", reason=str(error)))
        else:
            self._feed.flush()
            self.sent.emit()

    def _do(self, file: AttachedFile, intent: Coroutine[Any, Any, Any]) -> None:
        self._intents.do(intent, partial(self.failed.emit, file.conversation_id))


def opens(name: str) -> bool:
    """Whether a file of this name may be opened by whatever program the system has for it."""
    _, dot, ending = name.rpartition(".")
    return bool(dot) and _OPENED.fullmatch(ending.lower()) is not None
