"""The client's own changes to its store: one transaction each, told once it is on disk."""

from collections.abc import Callable

from desktop_chat.core.changes import (
    Change,
    ConversationChanged,
    MessageChanged,
    MessageRemoved,
    MessagesAdded,
    Publish,
)
from desktop_chat.language import tr
from desktop_chat.services.errors import ClientError
from desktop_chat.services.reducer import Reducer
from desktop_chat.store import conversations
from desktop_chat.store.database import Connection, Database, StoreError
from desktop_chat.store.thread import StoreRunner

Told = MessagesAdded | MessageChanged | MessageRemoved
Write = Callable[[Connection], list[Told]]
"""Runs inside a transaction and returns what it changed in timelines."""


class Committer:
    """Commits a change and publishes it, followed by the new rows of the conversations it was in."""

    def __init__(
        self, database: Database, runner: StoreRunner, reducer: Reducer, *, publish: Publish
    ) -> None:
        self._database = database
        self._runner = runner
        self._reducer = reducer
        self._publish = publish

    @property
    def own_id(self) -> int:
        """The account's own user id."""
        return self._reducer.own_id

    async def commit(self, write: Write, *touched: int) -> None:
        """Run ``write`` in a transaction and tell what it did; ``touched`` are conversations that change
        beside those it names. Raises ClientError where the store takes nothing, and what ``write`` raises;
        then nothing has changed."""
        reducer = self._reducer

        def transaction() -> list[Change]:
            with self._database.transaction() as connection:
                changes = write(connection)
                ids = dict.fromkeys([*touched, *(_conversation_id(change) for change in changes)])
                rows = conversations.load(connection, reducer.own_id, reducer.online, ids)
            return [*changes, *(ConversationChanged(row) for row in rows)]

        try:
            changes = await self._runner.run(transaction)
        except StoreError as error:
            raise ClientError(
                tr("This device cannot store anything now: {reason}.", reason=str(error))
            ) from error
        for change in changes:
            self._publish(change)


def _conversation_id(change: Told) -> int:
    return change.message.conversation_id if isinstance(change, MessageChanged) else change.conversation_id
