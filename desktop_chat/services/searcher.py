"""Searching beside everything else: on a connection and a thread of its own, made at the first search, so
that no search ever holds up a message."""

from collections.abc import Callable

from desktop_chat.core.models import SearchHit
from desktop_chat.language import tr
from desktop_chat.services.errors import ClientError
from desktop_chat.store import search
from desktop_chat.store.database import Connection, Database, StoreError
from desktop_chat.store.search import Filters
from desktop_chat.store.thread import StoreRunner


class Searcher:
    """One search at a time: the next ends the one that still runs, whose answer nobody waits for."""

    def __init__(self, database: Database, make_runner: Callable[[], StoreRunner]) -> None:
        self._database = database
        self._make_runner = make_runner
        self._runner: StoreRunner | None = None
        self._connection: Connection | None = None
        self._latest = 0
        self._running = False

    async def search(self, text: str, filters: Filters, limit: int) -> list[SearchHit]:
        """The newest cached messages that match; nothing where a later search took over.
        Raises ClientError where the store cannot be read."""
        self._latest += 1
        mine = self._latest
        if self._runner is None or self._connection is None:
            self._runner = self._make_runner()
            self._connection = self._database.open_reader()
        elif self._running:
            self._connection.interrupt()
        connection = self._connection

        def look() -> list[SearchHit]:
            if mine != self._latest:
                return []
            self._running = True
            try:
                return search.search(connection, text, filters, limit)
            finally:
                self._running = False

        try:
            return await self._runner.run(look)
        except StoreError as error:
            if mine != self._latest:
                return []
            raise ClientError(
                tr("The messages on this device cannot be searched: {reason}.", reason=str(error))
            ) from error

    def close(self) -> None:
        """End the search that runs, and let go of the file."""
        self._latest += 1
        if self._connection is not None and self._running:
            self._connection.interrupt()
        if self._runner is not None:
            self._runner.close()
        if self._connection is not None:
            self._database.close_reader(self._connection)
