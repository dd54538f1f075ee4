"""The running app's side of one talk with a later start."""

import asyncio

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalSocket

from desktop_chat.desktop.instance_messages import (
    MAX_LINE_BYTES,
    Answer,
    MessageError,
    Request,
    decode_request,
    encode,
)

_UNSENT_MAX_BYTES = 256 * 1024


class TalkEnded(Exception):
    """The asker is gone: nobody wants the rest."""


class Talk(QObject):
    """Waits for one request, which ``asked`` tells, and carries the answers."""

    asked = Signal(object, object)
    """The ``Request``, and this talk."""
    ended = Signal()

    def __init__(self, socket: QLocalSocket, parent: QObject) -> None:
        super().__init__(parent)
        self._socket = socket
        self._heard = False
        self._over = False
        self._moved = asyncio.Event()  # something was written, or the connection has ended
        socket.setParent(self)
        socket.setReadBufferSize(MAX_LINE_BYTES + 1)
        socket.readyRead.connect(self._read)
        socket.bytesWritten.connect(self._move)
        socket.disconnected.connect(self._end)

    def begin(self) -> None:
        """Look at what has come before the connection was taken up, which no signal announces."""
        self._read()

    async def tell(self, answer: Answer) -> None:
        """Answer, and wait while too much of it is not taken yet. Raises TalkEnded."""
        if self._over:
            raise TalkEnded
        self._socket.write(encode(answer))
        while not self._over and self._socket.bytesToWrite() > _UNSENT_MAX_BYTES:
            self._moved.clear()
            await self._moved.wait()

    def close(self, last: Answer) -> None:
        """Say the last word; the connection ends when it has been taken."""
        if not self._over:
            self._socket.write(encode(last))
            self._socket.flush()
            self._socket.disconnectFromServer()

    def _read(self) -> None:
        if self._heard:
            self._socket.readAll()  # one talk, one request
            return
        if not self._socket.canReadLine():
            if self._socket.bytesAvailable() > MAX_LINE_BYTES:
                self._socket.abort()
            return
        self._heard = True
        try:
            request: Request = decode_request(self._socket.readLine(MAX_LINE_BYTES + 1).data())
        except MessageError:
            self._socket.abort()
            return
        self.asked.emit(request, self)

    def _move(self) -> None:
        self._moved.set()

    def _end(self) -> None:
        if not self._over:
            self._over = True
            self._moved.set()
            self.ended.emit()
            self.deleteLater()
