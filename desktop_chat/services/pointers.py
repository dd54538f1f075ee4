"""Reports to the server how far this account has stored and read; durable wishes, sent when they can be."""

import asyncio
import logging

from desktop_chat.core.session import Refused
from desktop_chat.net.connection import Connection, ConnectionLost
from desktop_chat.protocol.commands import MarkDelivered, MarkRead
from desktop_chat.protocol.records import Member
from desktop_chat.store import conversations
from desktop_chat.store.database import Database, StoreError
from desktop_chat.store.thread import StoreRunner

_log = logging.getLogger(__name__)

_GATHER_S = 0.1
"""Reports wait this long for more of the same, so that a flood costs one report a conversation."""


class Pointers:
    """The delivered and read pointers of the own account."""

    def __init__(self, database: Database, runner: StoreRunner, connection: Connection, own_id: int) -> None:
        self._database = database
        self._runner = runner
        self._connection = connection
        self._own_id = own_id
        self._woken = asyncio.Event()
        self.online = False

    def wake(self) -> None:
        """Something was stored or read."""
        self._woken.set()

    async def run(self) -> None:
        """Report, until cancelled. What cannot be reported now is found in the store at the next session."""
        while True:
            await self._woken.wait()
            await asyncio.sleep(_GATHER_S)
            self._woken.clear()
            if self.online:
                try:
                    await self._report()
                except ConnectionLost:
                    continue
                except StoreError as error:
                    # What is not reported now is found in the store by the next report.
                    _log.error("how far was read cannot be noted: %s", error)

    async def _report(self) -> None:
        database, own_id = self._database, self._own_id
        reads, deliveries = await self._runner.run(
            lambda: (
                dict(conversations.unreported_reads(database.writer)),
                conversations.unreported_deliveries(database.writer, own_id),
            )
        )
        for conversation_id, seq in reads.items():
            await self._ask(MarkRead, conversation_id, seq)
        for conversation_id, seq in deliveries:
            if seq > reads.get(conversation_id, 0):
                await self._ask(MarkDelivered, conversation_id, seq)

    async def _ask(
        self, command: type[MarkRead] | type[MarkDelivered], conversation_id: int, seq: int
    ) -> None:
        try:
            await self._connection.request(lambda id_: command(id_, conversation_id, seq))
        except Refused as refused:
            if refused.pause_s is not None:
                await asyncio.sleep(refused.pause_s)
                self.wake()
            return  # otherwise not a member any more
        read_seq = seq if command is MarkRead else 0

        def write() -> None:
            with self._database.transaction() as connection:
                conversations.apply_member(connection, conversation_id, Member(self._own_id, seq, read_seq))

        await self._runner.run(write)
