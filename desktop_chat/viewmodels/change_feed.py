"""Collects the engine's Changes and hands them on once per tick, so that a thousand messages a second cost
thirty updates of the screen and a single one appears at once."""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QObject, QTimer

from desktop_chat.core.changes import Change

if TYPE_CHECKING:
    from desktop_chat.services.client import Client

_log = logging.getLogger(__name__)

TICK_MS = 33

Take = Callable[[list[Change]], None]


class ChangeFeed(QObject):
    """One per window. The first Change after a pause is applied on the loop's next turn, those that follow
    closely are collected until ``TICK_MS`` has passed. No timer runs while nothing changes."""

    def __init__(self, client: "Client", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pending: list[Change] = []
        self._takers: list[Take] = []
        self._since_flush = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.flush)
        self._unsubscribe: Callable[[], None] | None = client.subscribe(self._collect)

    def listen(self, take: Take) -> None:
        """Call ``take`` with the Changes of each tick, in their order, until ``leave``."""
        self._takers.append(take)

    def leave(self, take: Take) -> None:
        """End what ``listen`` began."""
        if take in self._takers:
            self._takers.remove(take)

    def flush(self) -> None:
        """Apply now what has been collected: a person's own intent does not wait for the tick."""
        self._timer.stop()
        if not self._pending:
            return
        self._since_flush.start()
        changes, self._pending = self._pending, []
        for take in list(self._takers):
            try:
                take(changes)
            except Exception:
                # A bug of one must not keep from the others what they are never told again.
                _log.exception("a listener failed on a tick of %d changes", len(changes))

    def close(self) -> None:
        """Stop listening to the engine."""
        self._timer.stop()
        self._pending.clear()
        self._takers.clear()
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None

    def _collect(self, change: Change) -> None:
        self._pending.append(change)
        if not self._timer.isActive():
            elapsed = self._since_flush.elapsed() if self._since_flush.isValid() else TICK_MS
            self._timer.start(max(0, TICK_MS - int(elapsed)))
