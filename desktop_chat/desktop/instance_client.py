"""A later start's side of the socket: asks the running app for one thing. Blocking, and without a loop."""

import time
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtNetwork import QLocalSocket

from desktop_chat.desktop.instance_messages import (
    MAX_LINE_BYTES,
    Answer,
    Done,
    Failed,
    MessageError,
    Request,
    decode_answer,
    encode,
)

_WAIT_MS = 250
"""How long a signal such as Ctrl+C may wait."""


class InstanceError(Exception):
    """The running app does not answer as it should, in words for a person."""


class InstanceClient:
    """One question to the app that runs. ``close`` it, whatever came of it."""

    def __init__(self, socket: Path) -> None:
        self._name = str(socket)
        self._socket = QLocalSocket()

    def connect(self, tries: int = 1) -> bool:
        """Whether an app listens. One that may be starting deserves several ``tries``."""
        for number in range(tries):
            if number:
                time.sleep(_WAIT_MS / 1000)
            self._socket.connectToServer(self._name)
            if self._socket.waitForConnected(_WAIT_MS * 2):
                return True
            self._socket.abort()
        return False

    def ask(self, request: Request, patience_s: float | None = None) -> Iterator[Answer]:
        """The answers, as they come; ends with ``Done`` or ``Failed``. Raises InstanceError where the app
        goes away before, or says nothing for ``patience_s``."""
        self._socket.write(encode(request))
        silent_since = time.monotonic()
        while True:
            # What has come is read before the end of the connection is looked at.
            while self._socket.canReadLine():
                answer = self._read()
                silent_since = time.monotonic()
                yield answer
                if isinstance(answer, Done | Failed):
                    return
            if self._socket.bytesAvailable() > MAX_LINE_BYTES:
                raise InstanceError("The app says something without an end.")
            if self._socket.state() is not QLocalSocket.LocalSocketState.ConnectedState:
                raise InstanceError("The app that runs ended, or is of another version.")
            if patience_s is not None and time.monotonic() - silent_since > patience_s:
                raise InstanceError("The app that runs does not answer.")
            self._socket.waitForReadyRead(_WAIT_MS)

    def close(self) -> None:
        """End the talk; the app stops what it was doing for it."""
        self._socket.abort()

    def _read(self) -> Answer:
        try:
            answer: Answer = decode_answer(self._socket.readLine(MAX_LINE_BYTES + 1).data())
        except MessageError:
            raise InstanceError("The app that runs is of another version.") from None
        return answer
