"""One running app for each profile: a second start raises the first one's window and ends.

A lock that the kernel keeps decides who is first, since it cannot outlive its process; the socket beside it
only carries the word. What a killed app left of the socket is taken away by the next that gets the lock.
"""

import logging
import os
import sys
import time
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

_log = logging.getLogger(__name__)

_RAISE = b"raise\n"
_HEARD = b"heard\n"
_WAIT_MS = 500
_TRIES = 6
"""The first app may still be starting: it listens soon after it has the lock."""


class SingleInstance(QObject):
    """Decides, for one profile, whether this process is the app."""

    raised = Signal()
    """A second start wants this app's window in front."""

    def __init__(self, lock: Path, socket: Path) -> None:
        super().__init__()
        self._lock_path = lock
        self._socket_name = str(socket)
        self._lock: int | None = None
        self._server: QLocalServer | None = None

    def claim(self) -> bool:
        """Become the app and listen for later starts; False where another process is the app. Raises
        OSError where the lock file cannot be made. An app that cannot listen is still the only one: a later
        start then ends without raising its window."""
        descriptor = os.open(self._lock_path, os.O_RDWR | os.O_CREAT, 0o600)
        if not _lock(descriptor):
            os.close(descriptor)
            return False
        self._lock = descriptor
        QLocalServer.removeServer(self._socket_name)
        server = QLocalServer(self)
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        server.newConnection.connect(self._on_connection)
        if server.listen(self._socket_name):
            self._server = server
        else:
            _log.warning("A later start will not raise this window: %s", server.errorString())
        return True

    def raise_other(self) -> bool:
        """Ask the app that is running to show its window. Blocks for some seconds at most; False where it
        does not answer."""
        for _ in range(_TRIES):
            socket = QLocalSocket()
            socket.connectToServer(self._socket_name)
            if socket.waitForConnected(_WAIT_MS):
                socket.write(_RAISE)
                socket.flush()
                return socket.waitForReadyRead(_WAIT_MS * _TRIES) and socket.readAll().data() == _HEARD
            time.sleep(_WAIT_MS / 2000)
        return False

    def release(self) -> None:
        """Stop being the app."""
        if self._server is not None:
            self._server.close()
            self._server = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _on_connection(self) -> None:
        assert self._server is not None
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.readyRead.connect(self._on_word)
            socket.disconnected.connect(socket.deleteLater)
            # What was sent before the connection was taken up is announced by no signal.
            self._answer(socket)

    def _on_word(self) -> None:
        socket = self.sender()
        if isinstance(socket, QLocalSocket):
            self._answer(socket)

    def _answer(self, socket: QLocalSocket) -> None:
        if not socket.canReadLine():
            if socket.bytesAvailable() > len(_RAISE):
                socket.abort()
            return
        if socket.readLine(len(_RAISE) + 1).data() == _RAISE:
            socket.write(_HEARD)
            socket.flush()
            self.raised.emit()
        socket.disconnectFromServer()


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
