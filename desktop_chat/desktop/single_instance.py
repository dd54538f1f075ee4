"""One running app for each profile: a second start asks the first for what it was started for, and ends.

A lock that the kernel keeps decides who is first, since it cannot outlive its process; the socket beside it
only carries the words (``instance_messages``). What a killed app left of the socket is taken away by the
next that gets the lock.
"""

import logging
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer

if TYPE_CHECKING:
    from desktop_chat.desktop.instance_messages import Answer, Request

_log = logging.getLogger(__name__)

_TALKS_MAX = 32
_TRIES = 12
"""The first app may still be starting: it listens soon after it has the lock."""
_PATIENCE_S = 3.0
_BETWEEN_S = 0.25


class SingleInstance(QObject):
    """Decides, for one profile, whether this process is the app."""

    asked = Signal(object, object)
    """A later start wants something: its ``Request``, and the ``Talk`` that takes the answer."""

    def __init__(self, lock: Path, socket: Path) -> None:
        super().__init__()
        self._lock_path = lock
        self._socket_name = str(socket)
        self._lock: int | None = None
        self._server: QLocalServer | None = None

    def claim(self, tries: int = 1) -> bool:
        """Become the app and listen for later starts; False where another process is the app. Raises
        OSError where the lock file cannot be made. An app that cannot listen is still the only one: a later
        start then ends without being heard. With several ``tries``, waits for another that may be ending."""
        descriptor = os.open(self._lock_path, os.O_RDWR | os.O_CREAT, 0o600)
        while not _lock(descriptor):
            tries -= 1
            if tries < 1:
                os.close(descriptor)
                return False
            time.sleep(_BETWEEN_S)
        self._lock = descriptor
        QLocalServer.removeServer(self._socket_name)
        server = QLocalServer(self)
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        server.newConnection.connect(self._on_connection)
        if server.listen(self._socket_name):
            self._server = server
        else:
            _log.warning("Later starts will not be heard: %s", server.errorString())
        return True

    def tell_other(self, request: "Request") -> "Answer | None":
        """Ask the app that is running. Its last word, ``Done`` or ``Failed``; None where there is none. It is
        waited for some seconds at most."""
        from desktop_chat.desktop.instance_client import InstanceClient, InstanceError

        other = InstanceClient(Path(self._socket_name))
        try:
            if not other.connect(_TRIES):
                return None
            *_, last = other.ask(request, _PATIENCE_S)
            return last
        except InstanceError as error:
            _log.warning("%s", error)
            return None
        finally:
            other.close()

    def release(self) -> None:
        """Stop being the app."""
        if self._server is not None:
            self._server.close()
            self._server = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _on_connection(self) -> None:
        # Imported with the first talk, since the first paint waits for this module.
        from desktop_chat.desktop.instance_talk import Talk

        assert self._server is not None
        while (socket := self._server.nextPendingConnection()) is not None:
            if len(self.findChildren(Talk)) >= _TALKS_MAX:
                socket.abort()
                socket.deleteLater()
                continue
            talk = Talk(socket, self)
            talk.asked.connect(self.asked)
            talk.begin()


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
