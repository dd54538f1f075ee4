"""Who is at work on an upload: one at a time. A later request of its owner ends an earlier one that still
waits for its body, since that one may wait on a line that fell silent long ago, as a tus server has it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

from desktop_chat.protocol.errors import ErrorCode
from server.refusal import Refused

_BUSY_RETRY_S = 1.0
_GIVE_WAY_S = 5.0
"""How long a request waits for the one that it asked to give way, which may still write a block."""


class _Hold:
    def __init__(self, give_way: Callable[[], None]) -> None:
        self.give_way = give_way
        self.released = asyncio.Event()


class Holds:
    """The uploads that something is at work on, by file_id."""

    def __init__(self, patience_s: float = _GIVE_WAY_S) -> None:
        self._patience_s = patience_s
        self._held: dict[str, _Hold] = {}

    def __contains__(self, file_id: str) -> bool:
        return file_id in self._held

    @contextmanager
    def holding(self, *file_ids: str, give_way: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Be the only one at work on these uploads. ``give_way`` is called, maybe more than once, when a
        request wants one of them. Raises Refused (``upload_busy``)."""
        if any(file_id in self._held for file_id in file_ids):
            raise busy()
        hold = _Hold(give_way)
        self._held.update(dict.fromkeys(file_ids, hold))
        try:
            yield
        finally:
            for file_id in file_ids:
                del self._held[file_id]
            hold.released.set()

    @asynccontextmanager
    async def taking_over(
        self, file_id: str, *, give_way: Callable[[], None] = lambda: None
    ) -> AsyncIterator[None]:
        """As ``holding``, but the one at work is asked to give way first, and waited for. Raises Refused
        (``upload_busy``) where it does not, or where another one comes first."""
        hold = self._held.get(file_id)
        if hold is not None:
            hold.give_way()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._patience_s):
                    await hold.released.wait()
        with self.holding(file_id, give_way=give_way):
            yield


def busy() -> Refused:
    """Another one is at work on this upload, and goes on."""
    return Refused(ErrorCode.UPLOAD_BUSY, "Another request is at work on this upload.", _BUSY_RETRY_S)
