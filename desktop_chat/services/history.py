"""Reading the timeline: from the cache first, from the server where the cache ends."""

import asyncio

from desktop_chat.core.models import Message, Page
from desktop_chat.core.session import Refused
from desktop_chat.net.connection import Connection, ConnectionLost
from desktop_chat.protocol.commands import LoadHistory
from desktop_chat.protocol.limits import HISTORY_PAGE_MAX
from desktop_chat.services.filling import Filling
from desktop_chat.services.sync import Sync
from desktop_chat.services.tasks import Tasks
from desktop_chat.store import conversations, messages, reading
from desktop_chat.store.database import Connection as Store
from desktop_chat.store.database import Database
from desktop_chat.store.thread import StoreRunner

_FETCHES_AT_ONCE = 4
_FIRST_PAGE = 50
_OLDER_PAGE = 100


class History:
    """Pages of messages, and the healing of what is missing up to a conversation's head."""

    def __init__(
        self,
        database: Database,
        runner: StoreRunner,
        connection: Connection,
        sync: Sync,
        tasks: Tasks,
        filling: Filling,
    ) -> None:
        self._database = database
        self._runner = runner
        self._connection = connection
        self._sync = sync
        self._tasks = tasks
        self._filling = filling
        self._healing: set[int] = set()
        self._slots = asyncio.Semaphore(_FETCHES_AT_ONCE)

    def newest(self, conversation_id: int, limit: int) -> Page:
        """What the cache has at the lower end; blocking, but only for a page's worth of rows."""
        reader = self._database.reader
        found = messages.newest(reader, conversation_id, limit)
        return Page(found, reached_start=_reaches_start(reader, conversation_id, found))

    async def newest_of_all(self, limit: int) -> list[Message]:
        """The newest that the cache has over all conversations, the oldest of them first."""
        return await self._runner.run(lambda: messages.newest_of_all(self._database.writer, limit))

    async def cached_after(self, conversation_id: int, seq: int, limit: int) -> list[Message]:
        """What the cache has above ``seq``, oldest first, to be read from one end to the other."""
        return await self._runner.run(
            lambda: reading.after(self._database.writer, conversation_id, seq, limit)
        )

    async def older(self, conversation_id: int, before: Message, limit: int) -> Page:
        """The page right above ``before``: cached, or else asked for and cached. Above a local echo lies
        nothing that could be asked for, since the run ends below it."""
        if before.seq is None:
            return Page([])
        seq = before.seq
        page = await self._cached_above(conversation_id, seq, limit)
        while not page.messages and not page.reached_start:
            # What was fetched may hold nothing that is shown, reactions alone for instance: then on, further
            # up.
            held_from = await self._runner.run(lambda: self._held_from(conversation_id))
            try:
                await self._fetch(conversation_id, before_seq=held_from or seq, limit=max(limit, _OLDER_PAGE))
            except (ConnectionLost, Refused):
                return Page([], complete=False)
            page = await self._cached_above(conversation_id, seq, limit)
            if await self._runner.run(lambda: self._held_from(conversation_id)) == held_from:
                break  # no progress: the server has less than it says
        return Page(page.messages, page.reached_start, complete=bool(page.messages) or page.reached_start)

    async def until(self, conversation_id: int, before: Message, seq: int) -> Page:
        """Everything cached from ``seq`` up to right above ``before``."""
        if before.seq is None:
            return Page([])
        before_seq = before.seq

        def read() -> Page:
            writer = self._database.writer
            found = messages.between(writer, conversation_id, seq, before_seq)
            return Page(found, reached_start=_reaches_start(writer, conversation_id, found))

        return await self._runner.run(read)

    def heal(self, conversation_ids: list[int]) -> None:
        """Fetch what is missing up to these conversations' heads, in the background."""
        for conversation_id in conversation_ids:
            if conversation_id not in self._healing:
                self._healing.add(conversation_id)
                self._tasks.spawn(self._heal(conversation_id), f"heal {conversation_id}")

    async def _heal(self, conversation_id: int) -> None:
        try:
            async with self._slots:
                while await self._heal_some(conversation_id):
                    pass
        except (ConnectionLost, Refused):
            return  # the next catch-up names it again
        finally:
            self._healing.discard(conversation_id)

    async def _heal_some(self, conversation_id: int) -> bool:
        """Fetch one page; returns whether more is missing. Raises ConnectionLost and Refused."""
        held_to = await self._runner.run(lambda: self._missing(conversation_id))
        if held_to is None:
            return False
        try:
            if held_to:
                await self._fetch(conversation_id, after_seq=held_to, limit=HISTORY_PAGE_MAX)
            else:
                await self._fetch(conversation_id, limit=_FIRST_PAGE)
        except Refused as refused:
            if refused.pause_s is None:
                raise
            await asyncio.sleep(refused.pause_s)
            return True
        # Without progress the server holds less than its head says; the next session asks again.
        return await self._runner.run(lambda: self._missing(conversation_id)) not in (None, held_to)

    def _missing(self, conversation_id: int) -> int | None:
        """Where the cache ends, if that is below the head; 0 when it is empty."""
        return conversations.held_to_below_head(self._database.writer, conversation_id)

    async def _fetch(
        self, conversation_id: int, *, before_seq: int | None = None, after_seq: int | None = None, limit: int
    ) -> None:
        with self._filling.giving_way():
            await self._connection.request(
                lambda id_: LoadHistory(id_, conversation_id, before_seq, after_seq, limit)
            )
            await self._sync.settle()

    async def _cached_above(self, conversation_id: int, seq: int, limit: int) -> Page:
        def read() -> Page:
            writer = self._database.writer
            found = messages.older(writer, conversation_id, seq, limit)
            return Page(found, reached_start=_reaches_start(writer, conversation_id, found))

        return await self._runner.run(read)

    def _held_from(self, conversation_id: int) -> int:
        run = conversations.run(self._database.writer, conversation_id)
        return 0 if run is None else run.held_from


def _reaches_start(connection: Store, conversation_id: int, found: list[Message]) -> bool:
    """Whether nothing lies above these rows, here or on the server."""
    if not conversations.reaches_start(connection, conversation_id):
        return False
    top = next((message.seq for message in found if message.seq is not None), None)
    return top is None or not messages.any_above(connection, conversation_id, top)
