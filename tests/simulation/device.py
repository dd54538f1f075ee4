"""One simulated device: the real client on its real store, and a screen that follows its changes."""

from collections.abc import Callable
from typing import TypeVar

from desktop_chat.core.changes import (
    AccountChanged,
    CacheReset,
    Change,
    ConversationChanged,
    ConversationRemoved,
    MessageChanged,
    MessageRemoved,
    MessagesAdded,
)
from desktop_chat.core.models import Message, SendState
from desktop_chat.net.clock import Clock
from desktop_chat.net.transport import OpenTransport
from desktop_chat.services.client import Client
from desktop_chat.store.database import IN_MEMORY, Database

T = TypeVar("T")
EVERYTHING = 10**9


class InlineRunner:
    """Runs the store's work on the spot; a crash then hits before or after a transaction, never inside."""

    async def run(self, function: Callable[[], T]) -> T:
        return function()

    def close(self) -> None:
        pass


class Screen:
    """What a person would see: rows by conversation, kept by changes alone. ``faults`` notes every change
    that makes no sense on a screen, such as the same message twice."""

    def __init__(self, client: Client) -> None:
        self.faults: list[str] = []
        self.account = client.account()
        self.account = client.account()
        self.list = {row.conversation_id: row for row in client.conversations()}
        self.rows: dict[int, dict[int, Message]] = {
            conversation_id: {m.local_id: m for m in client.newest(conversation_id, EVERYTHING).messages}
            for conversation_id in self.list
        }

    def prepend(self, messages: list[Message]) -> None:
        for message in messages:
            rows = self.rows.setdefault(message.conversation_id, {})
            if message.local_id in rows:
                self.faults.append(f"shown twice: {message}")
            rows[message.local_id] = message

    def on_change(self, change: Change) -> None:
        match change:
            case MessagesAdded(_, messages):
                self.prepend(messages)
            case MessageChanged(message):
                rows = self.rows.setdefault(message.conversation_id, {})
                if message.local_id in rows:
                    rows[message.local_id] = message
                elif not self._is_above(message):
                    self.faults.append(f"changed but never shown: {message}")
            case MessageRemoved(conversation_id, local_id):
                self.rows[conversation_id].pop(local_id, None)
            case ConversationRemoved(conversation_id):
                self.list.pop(conversation_id, None)
                rows = self.rows.get(conversation_id, {})
                self.rows[conversation_id] = {m.local_id: m for m in rows.values() if m.seq is None}
            case AccountChanged(account):
                self.account = account
            case ConversationChanged(row):
                self.list[row.conversation_id] = row
            case CacheReset(kept):
                self.list = {row.conversation_id: row for row in kept}
                self.rows = {
                    conversation_id: {m.local_id: m for m in rows.values() if m.seq is None}
                    for conversation_id, rows in self.rows.items()
                }
            case _:
                pass

    def _is_above(self, message: Message) -> bool:
        """Whether a row stands further up than anybody has scrolled."""
        shown = [m.seq for m in self.timeline(message.conversation_id) if m.seq is not None]
        return message.seq is not None and (not shown or message.seq < shown[0])

    def timeline(self, conversation_id: int) -> list[Message]:
        """The rows in the order in which they stand on the screen."""
        rows = self.rows.get(conversation_id, {}).values()
        return sorted(rows, key=lambda m: (m.seq if m.seq is not None else EVERYTHING, m.local_id))


class Device:
    """A device of one account, which may crash and start again on what it had stored."""

    def __init__(
        self, name: str, user_id: int, token: str, open_transport: OpenTransport, clock: Clock
    ) -> None:
        self.name = name
        self.user_id = user_id
        self._secret = token
        self._open_transport = open_transport
        self._clock = clock
        self.database = Database(IN_MEMORY)
        self.confirmed: dict[str, int] = {}
        """client id → seq of every message that this device has shown as sent."""
        self.typed: dict[int, list[str]] = {}
        """conversation id → client ids in the order in which they were typed here."""
        self.discarded: set[str] = set()
        """Client ids of what was taken back here, or refused."""
        self.client: Client
        self.screen: Screen

    def start(self, *, fill: bool = False) -> None:
        self.client = Client(
            IN_MEMORY,
            self.user_id,
            "ws://simulated/",
            self._token,
            open_transport=self._open_transport,
            clock=self._clock,
            runner=InlineRunner(),
            database=self.database,
        )
        self.screen = Screen(self.client)
        self.client.subscribe(self.screen.on_change)
        self.client.subscribe(self._note_confirmation)
        self.client.start(fill=fill)

    async def crash(self) -> None:
        """Die at whatever each task was waiting for; the store keeps what was committed."""
        await self.client.close()

    async def send(self, conversation_id: int, text: str, reply_to: int | None = None) -> None:
        self._note_typed(await self.client.send(conversation_id, text, reply_to=reply_to))

    async def forward(self, message: Message, conversation_id: int) -> None:
        self._note_typed(await self.client.forward(message, conversation_id))

    def _note_typed(self, message: Message) -> None:
        conversation_id = message.conversation_id
        self.typed.setdefault(conversation_id, []).append(message.client_id)

    def queued(self) -> list[Message]:
        """Local echoes that are not confirmed."""
        return [
            message for rows in self.screen.rows.values() for message in rows.values() if message.seq is None
        ]

    def _note_confirmation(self, change: Change) -> None:
        if isinstance(change, MessageChanged) and change.message.state is SendState.SENT:
            assert change.message.seq is not None
            self.confirmed[change.message.client_id] = change.message.seq
        elif isinstance(change, MessageChanged) and change.message.state is SendState.FAILED:
            self.discarded.add(change.message.client_id)

    async def _token(self) -> str | None:
        return self._secret
