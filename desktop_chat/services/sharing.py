"""Reading what was shared in a conversation, on a connection and a thread of its own that begin with the
first look: a long history without a link is read to its beginning, and nothing waits for that."""

from collections.abc import Callable

from desktop_chat.core.models import Message
from desktop_chat.language import tr
from desktop_chat.services.errors import ClientError
from desktop_chat.store import shared
from desktop_chat.store.database import Connection, Database, StoreError
from desktop_chat.store.shared import What
from desktop_chat.store.thread import StoreRunner


class SharedReader:
    """One account's."""

    def __init__(self, database: Database, make_runner: Callable[[], StoreRunner]) -> None:
        self._database = database
        self._make_runner = make_runner
        self._runner: StoreRunner | None = None
        self._connection: Connection | None = None
        self._closed = False

    async def page(
        self, conversation_id: int, what: What, before_seq: int | None, limit: int
    ) -> list[Message]:
        """See ``store.shared.page``. Raises ClientError where the store cannot be read."""
        if self._closed:
            return []
        if self._runner is None or self._connection is None:
            self._runner = self._make_runner()
            self._connection = self._database.open_reader()
        connection = self._connection
        try:
            return await self._runner.run(
                lambda: shared.page(connection, conversation_id, what, before_seq, limit)
            )
        except StoreError as error:
            if self._closed:
                return []
            raise ClientError(
                tr("The messages on this device cannot be read: {reason}.", reason=str(error))
            ) from error

    def close(self) -> None:
        """End the look that goes on, and let go of the file."""
        self._closed = True
        if self._connection is not None:
            self._connection.interrupt()
        if self._runner is not None:
            self._runner.close()
        if self._connection is not None:
            self._database.close_reader(self._connection)
