"""What a screen reader sees: an app's windows as names, roles and states, read over the accessibility bus.

The tests' eyes. What they cannot find here, a blind person cannot find either.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from dbus_fast import Message, MessageType
from dbus_fast.aio import MessageBus

_ACCESSIBLE = "org.a11y.atspi.Accessible"
_ROOT = "/org/a11y/atspi/accessible/root"
_REGISTRY = "org.a11y.atspi.Registry"
_STATES = {1: "active", 7: "editable", 8: "enabled", 11: "focusable", 12: "focused", 23: "selected"} | {
    4: "checked",
    25: "showing",
    30: "visible",
}
_SCREEN_COORDINATES = 0


@dataclass(frozen=True)
class Node:
    """One thing in a window. ``text`` is what an editable or a label holds."""

    bus_name: str
    path: str
    role: str
    name: str
    text: str
    states: frozenset[str]
    children: list["Node"] = field(default_factory=list)

    def walk(self) -> Iterator["Node"]:
        """This node and everything below it, from top to bottom."""
        yield self
        for child in self.children:
            yield from child.walk()

    def find(self, role: str | None = None, name: str = "", *states: str) -> list["Node"]:
        """Every node below of a role, with ``name`` within its name or text, and in all of ``states``."""
        return [
            node
            for node in self.walk()
            if (role is None or node.role == role)
            and (name in node.name or name in node.text)
            and node.states.issuperset(states)
        ]

    def outline(self, depth: int = 0) -> str:
        """The whole tree in lines, for a person."""
        text = f" = {self.text!r}" if self.text and self.text != self.name else ""
        line = f"{'  ' * depth}{self.role} {self.name!r}{text} {' '.join(sorted(self.states))}"
        return "\n".join([line, *(child.outline(depth + 1) for child in self.children)])


class GoneError(Exception):
    """What was asked about is not on screen any more."""


class Accessibility:
    """Reads the apps of one session."""

    def __init__(self, bus: MessageBus) -> None:
        self._bus = bus

    async def app(self, process_id: int) -> Node | None:
        """An app's windows, None while it has not come up."""
        for bus_name, path in await self._call(_REGISTRY, _ROOT, _ACCESSIBLE, "GetChildren"):
            try:
                if await self._process_id(bus_name) == process_id:
                    return await self._node(bus_name, path)
            except GoneError:
                continue
        return None

    async def place(self, node: Node) -> tuple[int, int]:
        """The middle of a node on screen, in pixels."""
        x, y, width, height = await self._call(
            node.bus_name,
            node.path,
            "org.a11y.atspi.Component",
            "GetExtents",
            "u",
            [_SCREEN_COORDINATES],
        )
        return x + width // 2, y + height // 2

    async def do(self, node: Node, action: int = 0) -> None:
        """Do what a node offers first: press a button, choose a row."""
        await self._call(node.bus_name, node.path, "org.a11y.atspi.Action", "DoAction", "i", [action])

    async def _process_id(self, bus_name: str) -> int:
        bus = "org.freedesktop.DBus"
        answer = await self._call(bus, "/", bus, "GetConnectionUnixProcessID", "s", [bus_name])
        return int(answer)

    async def _node(self, bus_name: str, path: str) -> Node:
        name, role, raw_states, below, text = await asyncio.gather(
            self._property(bus_name, path, "Name"),
            self._call(bus_name, path, _ACCESSIBLE, "GetRoleName"),
            self._call(bus_name, path, _ACCESSIBLE, "GetState"),
            self._call(bus_name, path, _ACCESSIBLE, "GetChildren"),
            self._text(bus_name, path),
        )
        bits = raw_states[0] | raw_states[1] << 32
        states = frozenset(word for bit, word in _STATES.items() if bits >> bit & 1)
        children = []
        for child_bus_name, child_path in below:
            try:
                children.append(await self._node(child_bus_name, child_path))
            except GoneError:
                continue
        return Node(bus_name, path, role, name, text, states, children)

    async def _property(self, bus_name: str, path: str, name: str) -> str:
        properties = "org.freedesktop.DBus.Properties"
        answer = await self._call(bus_name, path, properties, "Get", "ss", [_ACCESSIBLE, name])
        return str(answer.value)

    async def _text(self, bus_name: str, path: str) -> str:
        try:
            return str(await self._call(bus_name, path, "org.a11y.atspi.Text", "GetText", "ii", [0, -1]))
        except GoneError:
            return ""

    async def _call(
        self, bus_name: str, path: str, interface: str, member: str, signature: str = "", body: Any = ()
    ) -> Any:
        reply = await self._bus.call(
            Message(bus_name, path, interface, member, signature=signature, body=list(body))
        )
        if reply.message_type is MessageType.ERROR:
            raise GoneError(f"{member} of {path}: {reply.body}")
        return reply.body[0] if reply.body else None


@asynccontextmanager
async def accessibility(session_address: str) -> AsyncIterator[Accessibility]:
    """Open the accessibility bus of a session, which starts it."""
    session = await MessageBus(session_address).connect()
    reply = await session.call(Message("org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus", "GetAddress"))
    bus = await MessageBus(reply.body[0]).connect()
    try:
        yield Accessibility(bus)
    finally:
        for each in (bus, session):
            each.disconnect()
            await each.wait_for_disconnect()
