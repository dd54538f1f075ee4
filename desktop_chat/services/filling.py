"""Fetching what is older than the cache, behind everything else, until all of it is here: a search looks
through everything, and whoever is offline can read it."""

import asyncio
from collections.abc import Callable, Container, Generator, Iterable, Iterator
from contextlib import contextmanager
from functools import partial

from desktop_chat.core.session import Refused
from desktop_chat.net.connection import Connection, ConnectionLost
from desktop_chat.protocol.commands import LoadHistory
from desktop_chat.protocol.limits import HISTORY_PAGE_MAX
from desktop_chat.protocol.replies import MessageHistory
from desktop_chat.services.sync import Sync
from desktop_chat.services.tasks import together
from desktop_chat.store import conversations
from desktop_chat.store.conversations import Incomplete
from desktop_chat.store.database import Database
from desktop_chat.store.thread import StoreRunner

_PAGES_AT_ONCE = 6
"""So many pages may be on their way from the server into the store, so that over a slow line neither waits
for the other. More would keep waiting whoever wants something of server or store."""
_PAUSE_S = 1.0
"""After a refusal, at least: the server counts commands, and those of people shall find room."""


class Filling:
    """Fetches page by page, the liveliest conversations first, and gives way to whoever asks for a page."""

    def __init__(self, database: Database, runner: StoreRunner, connection: Connection, sync: Sync) -> None:
        self._database = database
        self._runner = runner
        self._connection = connection
        self._sync = sync
        self._first = 0
        self._free = asyncio.Event()
        self._free.set()

    @contextmanager
    def giving_way(self) -> Iterator[None]:
        """No further page is asked for behind what goes on in the block."""
        self._first += 1
        self._free.clear()
        try:
            yield
        finally:
            self._first -= 1
            if not self._first:
                self._free.set()

    async def run(self, wanted: Callable[[], bool]) -> None:
        """Fill in until nothing is missing. Ends quietly where the connection is lost, or nobody ``wanted``
        it any more. Raises StoreError."""
        tried: set[Incomplete] = set()
        uneven: set[int] = set()
        while wanted():
            found = await self._runner.run(lambda: conversations.all_incomplete(self._database.writer))
            # What is as it was has less on the server than its head says, or is refused.
            missing = [each for each in found if each not in tried]
            if not missing:
                return
            pages = _pages(missing, uneven)
            try:
                pauses_s = await together(
                    self._fetch_some(pages, uneven, wanted) for _ in range(_PAGES_AT_ONCE)
                )
            except ConnectionLost:
                return
            if any(pauses_s):
                await asyncio.sleep(max(pauses_s))
            else:
                tried.update(missing)

    async def _fetch_some(
        self, pages: Generator[tuple[int, int], None, None], uneven: set[int], wanted: Callable[[], bool]
    ) -> float:
        """Fetch one page after the other, each once the one before is stored; after how many seconds to go
        on, 0.0 where all was asked for. Raises ConnectionLost."""
        while wanted():
            await self._free.wait()
            # No await from here to the sending, so that pages are asked for, and come, in their order.
            page = next(pages, None)
            if page is None:
                break
            conversation_id, before_seq = page
            try:
                reply = await self._connection.request(
                    partial(_history_before, conversation_id=conversation_id, before_seq=before_seq)
                )
            except Refused as refused:
                if refused.pause_s is not None:
                    pages.close()  # what lies above a page has to be here before it
                    return max(refused.pause_s, _PAUSE_S)
                uneven.add(conversation_id)
                continue
            if not isinstance(reply, MessageHistory) or len(reply.messages) < HISTORY_PAGE_MAX:
                uneven.add(conversation_id)
            await self._sync.settle()
        return 0.0


def _pages(missing: Iterable[Incomplete], uneven: Container[int]) -> Generator[tuple[int, int], None, None]:
    """Conversation and upper end of every page that is missing. A log has no holes, so that one knows where
    a page begins before it is here, unless the server cuts it since its texts are long. Of conversations that
    are, or meanwhile become, ``uneven`` there is one page: where the next begins is seen when it is stored.
    """
    for each in missing:
        for before_seq in range(each.held_from, each.first_seq, -HISTORY_PAGE_MAX):
            yield each.conversation_id, before_seq
            if each.conversation_id in uneven:
                break


def _history_before(id_: int, *, conversation_id: int, before_seq: int) -> LoadHistory:
    return LoadHistory(id_, conversation_id, before_seq, None, HISTORY_PAGE_MAX)
