"""The connection in words: what the quiet pill over the timeline says."""

import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from desktop_chat.core.changes import Change, ConnectionChanged
from desktop_chat.core.models import ConnectionPhase, ConnectionState
from desktop_chat.language import tr
from desktop_chat.viewmodels.change_feed import ChangeFeed

if TYPE_CHECKING:
    from desktop_chat.services.client import Client

_GRACE_MS = 700
"""Connecting and catching up that are over sooner than this are not worth a word."""


class ConnectionModel(QObject):
    """``words`` is empty while all is well. A timer runs only while a countdown is shown."""

    changed = Signal()

    def __init__(
        self,
        client: "Client",
        feed: ChangeFeed,
        monotonic_s: Callable[[], float] = time.monotonic,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._client = client
        self._monotonic_s = monotonic_s
        self._words = ""
        self._countdown = QTimer(self)
        self._countdown.setInterval(1000)
        self._countdown.timeout.connect(self._say)
        self._grace = QTimer(self)
        self._grace.setSingleShot(True)
        self._grace.setInterval(_GRACE_MS)
        self._grace.timeout.connect(self._say)
        self._state = client.connection_state
        self._enter(self._state)
        feed.listen(self.take)

    @property
    def words(self) -> str:
        """What the pill says; empty hides it."""
        return self._words

    @property
    def reason(self) -> str:
        """Why it is not online, for a tooltip."""
        return self._state.reason

    @property
    def can_try_now(self) -> bool:
        """Whether to offer "Try now"."""
        return self._state.phase is ConnectionPhase.OFFLINE

    @property
    def can_sign_in(self) -> bool:
        """Whether to offer "Sign in": only a person can help."""
        return self._state.phase is ConnectionPhase.SIGNED_OUT

    @property
    def online(self) -> bool:
        """Whether the server is heard: what is said of other people's presence holds."""
        return self._state.phase in (ConnectionPhase.ONLINE, ConnectionPhase.CATCHING_UP)

    def try_now(self) -> None:
        """Do not wait for the countdown."""
        self._client.connect_now()

    def take(self, changes: list[Change]) -> None:
        """Apply one tick's Changes."""
        for change in changes:
            if isinstance(change, ConnectionChanged):
                self._enter(change.state)

    def _enter(self, state: ConnectionState) -> None:
        self._state = state
        passing = state.phase in (ConnectionPhase.CONNECTING, ConnectionPhase.CATCHING_UP)
        if passing and not self._words:
            self._grace.start()
            self.changed.emit()
            return
        self._grace.stop()
        self._say()

    def _say(self) -> None:
        state = self._state
        counting = False
        match state.phase:
            case ConnectionPhase.ONLINE:
                words = ""
            case ConnectionPhase.CONNECTING:
                words = tr("Connecting…")
            case ConnectionPhase.CATCHING_UP:
                words = tr("Updating…")
            case ConnectionPhase.SIGNED_OUT:
                words = tr("Signed out. Sign in again to send and receive.")
            case ConnectionPhase.REFUSED:
                words = state.reason
            case ConnectionPhase.OFFLINE:
                left = 0
                if state.retry_at_s is not None:
                    left = math.ceil(state.retry_at_s - self._monotonic_s())
                counting = left > 0
                words = tr("Reconnecting in {seconds} s", seconds=left) if counting else tr("Offline")
        if counting and not self._countdown.isActive():
            self._countdown.start()
        elif not counting:
            self._countdown.stop()
        self._words = words
        self.changed.emit()
