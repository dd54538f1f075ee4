"""How a transfer takes what goes wrong: wait and go on, or give up in words."""

import asyncio

from desktop_chat.core import backoff
from desktop_chat.core.session import Refused
from desktop_chat.net.clock import Clock
from desktop_chat.net.connection import ConnectionLost
from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.services.errors import ClientError

_REFUSALS_MAX = 20
"""Refusals in a row, each of which asks for another try, before a transfer is given up."""


class Patience:
    """One transfer's. A lost connection is waited out however long it takes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._attempt = 0
        self._refusals = 0
        self._lost_at_s: float | None = None

    def went_on(self) -> None:
        """Something arrived."""
        self._attempt = self._refusals = 0
        self._lost_at_s = None

    async def wait(self, error: Refused | ConnectionLost) -> None:
        """Wait until the next try. Raises ClientError where there is none."""
        pause_s = 0.0
        if isinstance(error, Refused):
            # A server that is busy with this very upload is hashing it, for as long as its disk takes.
            self._refusals += error.error.code is not ErrorCode.UPLOAD_BUSY
            if error.pause_s is None or self._refusals > _REFUSALS_MAX:
                raise ClientError.of(error) from None
            pause_s = error.pause_s
        now_s = self._clock.monotonic_s()
        if self._lost_at_s is None:
            self._lost_at_s = now_s
        delay_s = backoff.delay_s(self._attempt, now_s - self._lost_at_s, self._clock.unit())
        self._attempt += 1
        await asyncio.sleep(max(pause_s, delay_s))
