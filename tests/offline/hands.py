"""Carries out orders with the real client engine on its real cache, in whichever process it is."""

import logging
import os
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import cache, partial
from pathlib import Path

from msgspec import Struct

from desktop_chat.core.models import ConnectionPhase, Extra, Message
from desktop_chat.net.clock import Clock
from desktop_chat.net.connection import Heartbeat
from desktop_chat.net.file_transfer import HttpFiles
from desktop_chat.net.transport import open_websocket
from desktop_chat.services.client import Client
from desktop_chat.services.errors import ClientError
from desktop_chat.services.file_sending import Picked
from desktop_chat.store import conversations, messages, outbox
from desktop_chat.store.database import Database
from tests.offline.records import Answer, Entry, Order, Talk, View
from tests.simulation.device import EVERYTHING, Screen
from tests.simulation.world import look_back

HEARTBEAT = Heartbeat(tick_s=0.2, dead_after_s=0.5, patience_s=2.0)
"""The product's, many times as fast: a dead socket is known within a second."""
_OPEN_WITHIN_S = 1.5
_SILENCE_S = 1.5
_EAGERNESS = 0.25
"""Share of the pauses between two tries that is kept."""
_LOCAL = ("send", "draft", "read", "discard", "file")


class Identity(Struct, frozen=True):
    """Whose device it is, where its cache is, and the way to its server. ``wall_ms`` is how wrong its clock
    is at the start."""

    name: str
    user_id: int
    token: str
    address: str
    cache: str
    wall_ms: int = 0


class Shifts:
    """How far this device's clocks are from the machine's."""

    def __init__(self, wall_ms: int) -> None:
        self.wall_ms = wall_ms
        self.slept_s = 0.0

    def clock(self) -> Clock:
        """The machine's clocks, shifted."""
        real = Clock()
        return Clock(
            now_ms=lambda: real.now_ms() + self.wall_ms,
            boot_s=lambda: real.boot_s() + self.slept_s,
            unit=lambda: real.unit() * _EAGERNESS,
        )

    def sleep(self, s: float) -> None:
        """As if the machine had been suspended for so long."""
        self.slept_s += s
        self.wall_ms += round(s * 1000)

    def step(self, s: float) -> None:
        """Somebody sets the clock, forward or back."""
        self.wall_ms += round(s * 1000)


class Trouble(logging.Handler):
    """Keeps what is logged from WARNING up."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.words: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.words.append(f"{record.levelname} {record.name}: {record.getMessage()}")


class Hands:
    """One device while it runs. ``trouble`` is told in the view."""

    def __init__(self, identity: Identity, trouble: list[str]) -> None:
        self.name = identity.name
        self.shifts = Shifts(identity.wall_ms)
        self._trouble = trouble
        path = Path(identity.cache)
        self._folder = path.parent

        async def token() -> str | None:
            return identity.token

        if not path.exists():
            path.write_bytes(_empty_cache())
        self.database = Database(path)
        self.client = Client(
            path,
            identity.user_id,
            identity.address,
            token,
            open_transport=partial(open_websocket, timeout_s=_OPEN_WITHIN_S),
            clock=self.shifts.clock(),
            database=self.database,
            file_transport=HttpFiles(lambda: identity.address, token, silence_s=_SILENCE_S),
            heartbeat=HEARTBEAT,
        )
        self.screen = Screen(self.client)
        self.client.subscribe(self.screen.on_change)
        self.client.start()

    async def close(self) -> None:
        """End as the app ends."""
        await self.client.close()
        self.database.close()

    @staticmethod
    def is_local(order: Order) -> bool:
        """Whether it concerns this device's store alone, where one thing follows the other."""
        return order.kind in _LOCAL

    async def obey(self, order: Order) -> Answer:
        """Do it; never raises for what can go wrong."""
        doings: dict[str, Callable[[Order], Awaitable[Answer]]] = {
            "send": self._send,
            "file": self._send_file,
            "draft": self._draft,
            "read": self._read,
            "discard": self._discard,
            "edit": self._edit,
            "delete": self._delete,
            "react": self._react,
            "pin": self._pin,
            "star": self._star,
            "clock": self._clock,
            "barrier": self._barrier,
            "waits": self._waits,
            "view": self._view,
        }
        try:
            return await doings[order.kind](order)
        except ClientError as error:
            certain = error.code is not None or self.is_local(order)
            return Answer(order.number, "refused" if certain else "lost", str(error))

    async def _send(self, order: Order) -> Answer:
        if not self._knows(order.conversation_id):
            return Answer(order.number, "skipped")
        sent = await self.client.send(
            order.conversation_id, order.text, reply_to=order.seq or None, keeps_draft=not order.on
        )
        return Answer(order.number, "done", sent.client_id)

    async def _send_file(self, order: Order) -> Answer:
        if not self._knows(order.conversation_id):
            return Answer(order.number, "skipped")
        path = self._folder / f"{order.text}.bin"
        path.write_bytes(os.urandom(int(order.amount)))
        sent = await self.client.file_sending.send(order.conversation_id, [Picked(path)], order.text)
        return Answer(order.number, "done", sent.client_id)

    async def _draft(self, order: Order) -> Answer:
        if not self._knows(order.conversation_id):
            return Answer(order.number, "skipped")
        await self.client.save_draft(order.conversation_id, order.text)
        return Answer(order.number, "done")

    async def _read(self, order: Order) -> Answer:
        [*row] = conversations.load(self.database.reader, self.client.user_id, (), [order.conversation_id])
        if not row or row[0].last_seq < order.seq:
            return Answer(order.number, "skipped")
        await self.client.mark_read(order.conversation_id, order.seq)
        return Answer(order.number, "done")

    async def _discard(self, order: Order) -> Answer:
        await self.client.discard(order.text)
        return Answer(order.number, "done")

    async def _edit(self, order: Order) -> Answer:
        return await self._act(order, lambda message: self.client.actions.edit(message, order.text))

    async def _delete(self, order: Order) -> Answer:
        return await self._act(order, self.client.actions.delete)

    async def _react(self, order: Order) -> Answer:
        return await self._act(
            order, lambda message: self.client.actions.react(message, order.text, order.on)
        )

    async def _pin(self, order: Order) -> Answer:
        return await self._act(order, lambda message: self.client.actions.pin_message(message, order.on))

    async def _star(self, order: Order) -> Answer:
        return await self._act(order, lambda message: self.client.actions.star(message, order.on))

    async def _act(self, order: Order, act: Callable[[Message], Awaitable[None]]) -> Answer:
        message = self.client.message(order.conversation_id, order.seq)
        if message is None:
            return Answer(order.number, "skipped")
        await act(message)
        return Answer(order.number, "done")

    async def _clock(self, order: Order) -> Answer:
        """``text`` is sleep or step, ``amount`` the seconds."""
        (self.shifts.sleep if order.text == "sleep" else self.shifts.step)(order.amount)
        return Answer(order.number, "done")

    async def _barrier(self, order: Order) -> Answer:
        """Everything that the server had said before is here."""
        await self.client.actions.devices()
        return Answer(order.number, "done")

    async def _waits(self, order: Order) -> Answer:
        reader = self.database.reader
        why = ""
        if self.client.connection_state.phase is not ConnectionPhase.ONLINE:
            why = f"is {self.client.connection_state}"
        elif outbox.heads(reader):
            why = "has unsent messages"
        elif messages.waiting_for_files(reader):
            why = "has unsent files"
        elif conversations.behind(reader):
            why = "is behind"
        elif conversations.unreported_reads(reader):
            why = "has unreported reads"
        return Answer(order.number, "done", why)

    async def _view(self, order: Order) -> Answer:
        for conversation_id in list(self.screen.list):
            with suppress(ClientError):
                await look_back(self, conversation_id, pages=100)  # type: ignore[arg-type]
        reader, talks, echoes, faults = self.database.reader, {}, [], list(self.screen.faults)
        for row in self.client.conversations():
            held = messages.newest(reader, row.conversation_id, EVERYTHING)
            if self.screen.timeline(row.conversation_id) != held:
                faults.append(f"what is shown of {row.conversation_id} is not what is stored")
            if self.screen.list.get(row.conversation_id) is None:
                faults.append(f"{row.conversation_id} is not in the list")
            echoes += [f"{each.state.name} {each.body} {each.error}" for each in held if each.seq is None]
            talks[row.conversation_id] = Talk(
                [_entry(each) for each in held if each.seq is not None],
                row.last_seq,
                row.read_seq,
                row.unread,
                row.info.pinned_seqs,
                tuple(sorted(self.client.starred_in(row.conversation_id))),
                row.draft,
            )
        (queued,) = reader.execute("SELECT count(*) FROM outbox").fetchone()
        return Answer(order.number, "done", view=View(talks, echoes, queued, faults, list(self._trouble)))

    def _knows(self, conversation_id: int) -> bool:
        return conversations.exists(self.database.reader, conversation_id)


def _entry(row: Message) -> Entry:
    extra = row.extra or Extra()
    rest = (
        extra.action,
        extra.reply_to,
        extra.mentions,
        extra.file_ids,
        extra.changed_seq,
        extra.edited_at_ms,
        extra.reactions,
    )
    return Entry(
        row.seq or 0, row.message_id or 0, row.client_id, row.sender_id, row.kind, row.body, repr(rest)
    )


@cache
def _empty_cache() -> bytes:
    """A cache with the current schema, whose making costs more than all the rest of a start."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cache.db"
        Database(path).close()
        return path.read_bytes()
