"""Giving a person or a group another picture, or none."""

import secrets
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from desktop_chat.language import tr
from desktop_chat.services.errors import ClientError
from desktop_chat.viewmodels.change_feed import ChangeFeed
from desktop_chat.viewmodels.intents import Spawn

if TYPE_CHECKING:
    from desktop_chat.services.client import Client


class PortraitChange(QObject):
    """One at a time. ``show`` makes a file that was sent the picture, and "" none; it is asked while this is
    open, and raises ClientError."""

    busy_changed = Signal(str)
    """What goes on, in words; empty where nothing does."""
    failed = Signal(str)

    def __init__(
        self,
        client: "Client",
        feed: ChangeFeed | None,
        spawn: Spawn,
        show: Callable[[str], Coroutine[Any, Any, Any]],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._client = client
        self._feed = feed
        self._spawn = spawn
        self._show = show
        self._closed = False
        self._busy = ""

    @property
    def busy(self) -> str:
        """What goes on now, in words."""
        return self._busy

    def begin(self) -> Path | None:
        """A picture was chosen: where what is sent of it is to be prepared. None where that cannot be, which
        ``failed`` has said, or while one is changed already."""
        if self._busy or self._closed:
            return None
        if self._client.outgoing is None:
            self.failed.emit(tr("There is no folder on this computer in which a picture could be prepared."))
            return None
        self._say(tr("Preparing the picture…"))
        return self._client.outgoing / f"portrait-{secrets.token_hex(8)}"

    def refuse(self, words: str) -> None:
        """It could not be prepared."""
        self._end(words)

    def send(self, prepared: Path) -> None:
        """Send what was prepared, and make it the picture."""
        self._say(tr("Uploading the picture…"))
        self._spawn(self._carry_out(self._send(prepared)))

    def remove(self) -> None:
        """Have no picture any more."""
        if not self._busy and not self._closed:
            self._say(tr("Removing the picture…"))
            self._spawn(self._carry_out(self._show("")))

    def close(self) -> None:
        """Nobody looks any more. What was begun goes on, and is told to nobody: this object may be gone."""
        self._closed = True

    async def _send(self, prepared: Path) -> None:
        file_id = await self._client.portraits.send(prepared, self._went)
        try:
            await self._show(file_id)
        except ClientError:
            await self._client.portraits.abandon(file_id)
            raise

    async def _carry_out(self, intent: Coroutine[Any, Any, Any]) -> None:
        words = ""
        try:
            await intent
        except ClientError as error:
            words = str(error)
        if self._closed:
            return
        if not words and self._feed is not None:
            self._feed.flush()
        self._end(words)

    def _went(self, done_bytes: int, total_bytes: int) -> None:
        if not self._closed and total_bytes:
            percent = 100 * done_bytes // total_bytes
            self._say(tr("Uploading the picture… {percent} %", percent=percent))

    def _say(self, words: str) -> None:
        if words != self._busy:
            self._busy = words
            self.busy_changed.emit(words)

    def _end(self, words: str) -> None:
        self._say("")
        if words:
            self.failed.emit(words)
