"""Carrying out what a person wants: the engine is asked, and what it refuses is told in words."""

import logging
from collections.abc import Callable, Coroutine
from typing import Any

from desktop_chat.services.errors import ClientError
from desktop_chat.viewmodels.change_feed import ChangeFeed

_log = logging.getLogger(__name__)

Spawn = Callable[[Coroutine[Any, Any, Any]], object]
"""Starts a coroutine as a task that is owned; ``qt_async.spawn`` is one."""


class Intents:
    """Of one view model. What an intent changed is on screen at once; ``failed`` hears why one was not
    carried out, until ``close``: after that the view model may be gone."""

    def __init__(
        self,
        feed: ChangeFeed,
        spawn: Spawn,
        failed: Callable[[str], None],
    ) -> None:
        self._feed = feed
        self._spawn = spawn
        self._failed: Callable[[str], None] | None = failed

    def do(self, intent: Coroutine[Any, Any, Any], failed: Callable[[str], None] | None = None) -> None:
        """Carry out an intent; ``failed``, where it is given, hears in the place of the view model's own why
        that was not possible."""
        self._spawn(self._carry_out(intent, failed))

    def close(self) -> None:
        """Nobody looks any more."""
        self._failed = None

    async def _carry_out(
        self, intent: Coroutine[Any, Any, Any], failed: Callable[[str], None] | None
    ) -> None:
        try:
            await intent
        except ClientError as error:
            if self._failed is None:
                _log.info("what was wanted was not carried out: %s", error)
            else:
                (failed or self._failed)(str(error))
        else:
            if self._failed is not None:
                self._feed.flush()
