"""Drains the outbox."""

import asyncio
import logging

from desktop_chat.core import outbox as decisions
from desktop_chat.core.changes import MessageChanged
from desktop_chat.core.models import Extra, SendState
from desktop_chat.core.outbox import Queued
from desktop_chat.core.session import Refused
from desktop_chat.language import known
from desktop_chat.net.clock import Clock
from desktop_chat.net.connection import Connection, ConnectionLost
from desktop_chat.protocol.commands import SendMessage
from desktop_chat.protocol.records import Content
from desktop_chat.services.committer import Committer, Told
from desktop_chat.services.errors import ClientError
from desktop_chat.services.sync import Sync
from desktop_chat.services.tasks import Tasks
from desktop_chat.store import database as store
from desktop_chat.store import outbox
from desktop_chat.store.thread import StoreRunner

_log = logging.getLogger(__name__)

_STORE_PAUSE_S = 5.0
"""Wait before a store that failed, on a full disk for instance, is asked again."""


class Sender:
    """Sends what is queued while the connection is up: in order within a conversation, each conversation
    on its own. The confirmation itself is applied by the reducer, like everything the server says."""

    def __init__(
        self,
        database: store.Database,
        runner: StoreRunner,
        clock: Clock,
        connection: Connection,
        sync: Sync,
        tasks: Tasks,
        committer: Committer,
    ) -> None:
        self._database = database
        self._runner = runner
        self._clock = clock
        self._connection = connection
        self._sync = sync
        self._tasks = tasks
        self._committer = committer
        self._on_the_wire: set[int] = set()
        self._paused_until: dict[int, float] = {}
        self._woken = asyncio.Event()
        self._sessions = 0
        self.online = False

    def wake(self) -> None:
        """Look at the outbox again: something was queued, or the connection came."""
        self._woken.set()

    def went_offline(self) -> None:
        """The session is over: nothing is sent until the next is caught up."""
        self.online = False

    def came_online(self) -> None:
        """The session is caught up."""
        self.online = True
        self._sessions += 1
        self._paused_until.clear()
        self.wake()

    async def run(self) -> None:
        """Send, until cancelled."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            if not self.online:
                continue
            try:
                heads = await self._runner.run(lambda: outbox.heads(self._database.writer))
            except store.StoreError as error:
                _log.error("the outbox cannot be read: %s", error)
                self._tasks.spawn(self._wake_after(_STORE_PAUSE_S), "outbox pause")
                continue
            now_s = self._clock.monotonic_s()
            for item in decisions.ready(heads, self._on_the_wire, self._paused_until, now_s):
                self._on_the_wire.add(item.conversation_id)
                self._tasks.spawn(self._send(item), f"send {item.client_id}")

    async def _send(self, item: Queued) -> None:
        try:
            await self._try(item)
        except ClientError as error:
            _log.error("the outbox cannot be written: %s", error)
            self._pause(item, _STORE_PAUSE_S)
        finally:
            self._on_the_wire.discard(item.conversation_id)

    async def _try(self, item: Queued) -> None:
        """One try at one message. Raises ClientError where the store takes nothing."""
        session = self._sessions
        if not await self._set_state(item, SendState.SENDING):
            self._release(item)  # discarded meanwhile
            return
        try:
            await self._connection.request(lambda id_: _command(id_, item))
            await self._sync.settle()  # the confirmation is in the store, and the row out of the outbox
        except ConnectionLost:
            # Whether the server has it is not known: the next session asks again, with the same client id.
            await self._set_state(item, SendState.PENDING)
            if self._sessions != session:
                self._release(item)
            return
        except Refused as refused:
            if refused.pause_s is None:
                await self._set_state(item, SendState.FAILED, known(refused.error.message))
            else:
                await self._set_state(item, SendState.PENDING)
                self._pause(item, refused.pause_s)
        self._release(item)

    def _release(self, item: Queued) -> None:
        """The conversation's next message may go."""
        self._on_the_wire.discard(item.conversation_id)
        self.wake()

    def _pause(self, item: Queued, pause_s: float) -> None:
        self._paused_until[item.conversation_id] = self._clock.monotonic_s() + pause_s
        self._tasks.spawn(self._wake_after(pause_s), "outbox pause")

    async def _wake_after(self, pause_s: float) -> None:
        await asyncio.sleep(pause_s)
        self.wake()

    async def _set_state(self, item: Queued, state: SendState, error: str = "") -> bool:
        """Returns whether the message was still queued."""
        queued = False

        def write(connection: store.Connection) -> list[Told]:
            nonlocal queued
            queued = outbox.holds(connection, item.local_id)
            changed = outbox.set_state(connection, item.local_id, state, error)
            return [] if changed is None else [MessageChanged(changed)]

        await self._committer.commit(write)
        return queued


def _command(id_: int, item: Queued) -> SendMessage:
    extra = item.extra or Extra()
    if extra.forward is not None:
        return SendMessage(id_, item.conversation_id, item.client_id, forward=extra.forward)
    return SendMessage(
        id_,
        item.conversation_id,
        item.client_id,
        Content(item.kind, item.body),
        extra.reply_to,
        extra.mentions,
        extra.file_ids,
    )
