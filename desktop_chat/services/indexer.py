"""Brings the index that a search looks into up to what is stored, a little at a time."""

import logging

from desktop_chat.store import search_index
from desktop_chat.store.database import Database, StoreError
from desktop_chat.store.thread import StoreRunner

_log = logging.getLogger(__name__)


class Indexer:
    """Work for the store's thread while it has no other."""

    def __init__(self, database: Database, runner: StoreRunner) -> None:
        self._database = database
        self._runner = runner
        self._untidy = True  # perhaps, since the last run

    async def go_on(self) -> bool:
        """Do a piece of what is to be done; whether there was any. Without it a search only takes longer, so
        that a failure concerns nobody."""

        def some() -> bool:
            with self._database.transaction() as connection:
                if search_index.index_some(connection):
                    self._untidy = True
                    return True
                self._untidy = self._untidy and search_index.tidy_some(connection)
                return self._untidy

        try:
            return await self._runner.run(some)
        except StoreError as error:
            _log.info("the index for search falls behind: %s", error)
            return False
