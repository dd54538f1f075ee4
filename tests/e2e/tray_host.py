"""A tray that shows nothing: the StatusNotifierItem watcher and host, and a look at what is in it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from dbus_fast import Message, PropertyAccess
from dbus_fast.aio import MessageBus
from dbus_fast.annotations import DBusBool, DBusInt32, DBusSignature, DBusStr
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property, dbus_signal

NAME = "org.kde.StatusNotifierWatcher"
PATH = "/StatusNotifierWatcher"
_ITEM = "org.kde.StatusNotifierItem"
_ITEM_PATH = "/StatusNotifierItem"
_PROPERTIES = "org.freedesktop.DBus.Properties"


class TrayHost(ServiceInterface):
    """``items`` are the bus names of what is in the tray."""

    def __init__(self, bus: MessageBus) -> None:
        super().__init__(NAME)
        self._bus = bus
        self.items: list[str] = []
        self.arrived = asyncio.Event()

    @dbus_method(name="RegisterStatusNotifierItem")
    def register_item(self, service: DBusStr) -> None:
        self.items.append(service)
        self.item_registered(service)
        self.arrived.set()

    @dbus_method(name="RegisterStatusNotifierHost")
    def register_host(self, service: DBusStr) -> None:
        """This is the host."""

    @dbus_property(access=PropertyAccess.READ, name="RegisteredStatusNotifierItems")
    def registered_items(self) -> Annotated[list[str], DBusSignature("as")]:
        return self.items

    @dbus_property(access=PropertyAccess.READ, name="IsStatusNotifierHostRegistered")
    def host_registered(self) -> DBusBool:
        return True

    @dbus_property(access=PropertyAccess.READ, name="ProtocolVersion")
    def protocol_version(self) -> DBusInt32:
        return 0

    @dbus_signal(name="StatusNotifierItemRegistered")
    def item_registered(self, service: str) -> DBusStr:
        return service

    async def item(self) -> str:
        """The bus name of the first item, once there is one."""
        await self.arrived.wait()
        return self.items[0]

    async def property(self, name: str) -> Any:
        """A property of the first item, such as ``ToolTip`` or ``IconPixmap``."""
        reply = await self._bus.call(
            Message(await self.item(), _ITEM_PATH, _PROPERTIES, "Get", signature="ss", body=[_ITEM, name])
        )
        return reply.body[0].value

    async def tool_tip(self) -> str:
        """What the first item says of itself."""
        _, _, title, _ = await self.property("ToolTip")
        return str(title)

    async def activate(self) -> None:
        """Click on the first item."""
        await self._bus.call(
            Message(await self.item(), _ITEM_PATH, _ITEM, "Activate", signature="ii", body=[0, 0])
        )


@asynccontextmanager
async def tray_host(address: str) -> AsyncIterator[TrayHost]:
    """Have a tray on a bus. It must be there before an app starts: Qt looks once."""
    bus = await MessageBus(address).connect()
    host = TrayHost(bus)
    bus.export(PATH, host)
    await bus.request_name(NAME)
    try:
        yield host
    finally:
        bus.disconnect()
        await bus.wait_for_disconnect()
