"""A desktop's launcher: asks the app over the session bus for what a person wants of it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from dbus_fast import Message, MessageType
from dbus_fast.aio import MessageBus

from desktop_chat.desktop.app_id import APP_ID

INTERFACE = "org.freedesktop.Application"
PATH = "/alt/desktop_chat/DesktopChat"
_BUS, _BUS_PATH = "org.freedesktop.DBus", "/org/freedesktop/DBus"
_POLL_S = 0.01


class Launcher:
    """See above. What is asked of an app that does not run starts it, where the bus knows how."""

    def __init__(self, bus: MessageBus) -> None:
        self._bus = bus

    async def ask(self, member: str, signature: str, *body: Any) -> Message:
        """Call a method of the app's, and give the answer."""
        return await self._bus.call(
            Message(APP_ID, PATH, INTERFACE, member, signature=signature, body=list(body))
        )

    async def activate(self) -> None:
        """Ask for the window."""
        reply = await self.ask("Activate", "a{sv}", {})
        assert reply.message_type is MessageType.METHOD_RETURN, reply.body

    async def owner(self) -> str | None:
        """Who has the app's name on the bus."""
        return await self._tell("GetNameOwner", "s", APP_ID)

    async def process_id(self) -> int:
        """The process that has the app's name."""
        number = await self._tell("GetConnectionUnixProcessID", "s", APP_ID)
        assert isinstance(number, int)
        return number

    async def until_owned(self, owned: bool = True) -> None:
        """Wait until the name is somebody's, or nobody's."""
        while (await self.owner() is not None) is not owned:  # noqa: ASYNC110
            await asyncio.sleep(_POLL_S)

    async def give_environment(self, environment: Mapping[str, str]) -> None:
        """Say what the programs that the bus starts are to have, as a desktop does when a session begins."""
        await self._tell("UpdateActivationEnvironment", "a{ss}", dict(environment))

    async def _tell(self, member: str, signature: str, *body: Any) -> Any:
        reply = await self._bus.call(
            Message(_BUS, _BUS_PATH, _BUS, member, signature=signature, body=list(body))
        )
        if reply.message_type is MessageType.ERROR or not reply.body:
            return None
        return reply.body[0]


@asynccontextmanager
async def launcher(address: str) -> AsyncIterator[Launcher]:
    """A launcher on a bus."""
    bus = await MessageBus(address).connect()
    try:
        yield Launcher(bus)
    finally:
        bus.disconnect()
        await bus.wait_for_disconnect()
