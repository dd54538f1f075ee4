"""Who is connected: users and their connections, and the fan-out to them. On the loop's thread throughout."""

import asyncio
import logging
from collections import deque
from collections.abc import Collection, Iterable
from typing import Protocol

from desktop_chat.protocol.errors import CloseCode

_log = logging.getLogger(__name__)
_NOBODY: tuple["Receiver", ...] = ()


class Receiver(Protocol):
    """A connection as the hub sees it."""

    @property
    def device_id(self) -> int:
        """The device that it belongs to."""

    @property
    def looking_at(self) -> int | None:
        """The conversation that this device shows, if any."""

    def is_capable(self, capability: str) -> bool:
        """Whether it has a capability of the protocol."""

    def push(self, frame: bytes, position: int) -> None:
        """Hand over a frame; ``position`` is the highest in it, 0 for what has none. Never raises."""

    def close(self, code: CloseCode) -> None:
        """Say why, and close it."""


class Hub:
    """Users and their connections. Pushes reach each connection in the order in which they were made."""

    def __init__(self, fan_out_chunk: int) -> None:
        self._connections: dict[int, dict[Receiver, None]] = {}
        self._chunk = fan_out_chunk
        self._waiting: dict[Receiver, list[tuple[bytes, int]]] = {}
        self._order: deque[Receiver] = deque()
        self._pump: asyncio.Task[None] | None = None

    def register(self, user_id: int, receiver: Receiver) -> bool:
        """Add a connection; True if it is the user's first."""
        connections = self._connections.setdefault(user_id, {})
        connections[receiver] = None
        return len(connections) == 1

    def unregister(self, user_id: int, receiver: Receiver) -> bool:
        """Remove a connection; True if it was the user's last."""
        connections = self._connections.get(user_id)
        if connections is None or receiver not in connections:
            return False
        del connections[receiver]
        if not connections:
            del self._connections[user_id]
        return not connections

    def is_online(self, user_id: int) -> bool:
        """Whether any device of the user is connected. One look into a dict, which any thread may take."""
        return user_id in self._connections

    def online_ids(self) -> list[int]:
        """Every user with a connected device."""
        return list(self._connections)

    def connections_of(self, user_id: int) -> Collection[Receiver]:
        """The user's connections as they are now, the oldest first. A copy, since a push may close the one
        that it goes to."""
        return tuple(self._connections.get(user_id, _NOBODY))

    def push(self, user_ids: Iterable[int], frame: bytes, position: int = 0) -> None:
        """Push a frame to every connection of these users."""
        self.push_to(self.receivers(user_ids), frame, position)

    def receivers(self, user_ids: Iterable[int]) -> list[Receiver]:
        """Every connection of these users."""
        connections = self._connections
        return [receiver for user_id in user_ids for receiver in connections.get(user_id, _NOBODY)]

    def push_to(self, targets: Collection[Receiver], frame: bytes, position: int = 0) -> None:
        """Push a frame to these connections: to few at once, to many some at a time."""
        if len(targets) <= self._chunk:
            for receiver in targets:
                self.push_one(receiver, frame, position)
            return
        push, waiting = (frame, position), self._waiting
        for receiver in targets:
            before = waiting.get(receiver)
            if before is None:
                waiting[receiver] = [push]
                self._order.append(receiver)
            else:
                before.append(push)
        if self._pump is None:
            self._pump = asyncio.get_running_loop().create_task(self._pump_waiting(), name="hub fan-out")

    def push_one(self, receiver: Receiver, frame: bytes, position: int = 0) -> None:
        """Push a frame to one connection, after what waits for it."""
        before = self._waiting.get(receiver)
        if before is None:
            receiver.push(frame, position)
        else:
            before.append((frame, position))

    async def drained(self) -> None:
        """Wait until every push has been handed over."""
        while self._pump is not None:
            await asyncio.shield(self._pump)

    async def _pump_waiting(self) -> None:
        # What waits for one connection is handed over together, so that it leaves together: of eight messages
        # to 500 members in one commit that is a write for each member, not eight.
        order, waiting = self._order, self._waiting
        try:
            while order:
                for _ in range(min(self._chunk, len(order))):
                    receiver = order.popleft()
                    for frame, position in waiting.pop(receiver):
                        try:
                            receiver.push(frame, position)
                        except Exception:
                            # A fault in one connection must not end the fan-out to all others.
                            _log.exception("push failed device=%d", receiver.device_id)
                await asyncio.sleep(0)
        finally:
            self._pump = None
