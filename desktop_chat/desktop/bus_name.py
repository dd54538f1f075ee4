"""The app's name on the session bus, by which the desktop asks it for what a person wants: the interface
``org.freedesktop.Application`` (Desktop Entry Specification, “D-Bus Activation”).

The name does not decide who is the app of a profile: ``single_instance`` does. Loading dbus-fast takes time,
so nobody imports this module before the window is on screen.
"""

import asyncio
import logging
from typing import Annotated, Any, Protocol

from dbus_fast import DBusError, ErrorType, Message, MessageType, NameFlag, RequestNameReply, Variant
from dbus_fast.aio import MessageBus
from dbus_fast.annotations import DBusDict, DBusSignature, DBusStr
from dbus_fast.service import ServiceInterface, dbus_method

from desktop_chat.desktop.activation import take_token
from desktop_chat.desktop.app_id import ACTIONS, APP_ID, Action

_log = logging.getLogger(__name__)

INTERFACE = "org.freedesktop.Application"
OBJECT_PATH = "/" + APP_ID.replace(".", "/").replace("-", "_")
_BUS, _BUS_PATH = "org.freedesktop.DBus", "/org/freedesktop/DBus"
_ANSWER_WITHIN_S = 5.0
_LINKS_MAX = 8
"""Of one call. Each may open a dialog, and a person opens one link at a time."""
# What dbus-fast raises where there is no bus, where it says no, and where it goes away meanwhile.
_NO_BUS = (OSError, EOFError, TimeoutError, ValueError, DBusError)


class Asked(Protocol):
    """The app, as far as the desktop asks it for something."""

    def come_forward(self) -> None:
        """Show what there is to show, before other windows."""

    def open_link(self, url: str) -> None:
        """Do what a link says. It comes from anywhere."""

    def act(self, action: Action) -> None:
        """Do what an action of the desktop file says."""


async def answer(app: Asked, address: str | None = None) -> None:
    """Have the name and do what is asked, until this is cancelled or the bus ends. Where there is no bus, or
    another program has the name, the log says so and nothing else happens. ``address`` is the session bus, by
    default the one the environment names."""
    try:
        async with asyncio.timeout(_ANSWER_WITHIN_S):
            bus = await MessageBus(address).connect()
    except _NO_BUS as error:
        _log.info("There is no session bus to be asked over: %s", error)
        return
    gone = asyncio.ensure_future(bus.wait_for_disconnect())  # type: ignore[no-untyped-call]
    try:
        bus.export(OBJECT_PATH, _Application(app))
        async with asyncio.timeout(_ANSWER_WITHIN_S):
            reply = await bus.request_name(APP_ID, NameFlag.DO_NOT_QUEUE)
        if reply is RequestNameReply.PRIMARY_OWNER:
            await asyncio.wait([gone])
            _log.info("The session bus has ended.")
        else:
            _log.info("Another program has the name %s on the session bus.", APP_ID)
    except _NO_BUS as error:
        _log.info("The session bus gives no name: %s", error)
    finally:
        bus.disconnect()
        await asyncio.wait([gone])
        gone.exception()  # how it ended is nobody's concern


async def reload_services() -> None:
    """Have the bus look again at what it can start. One that does not listen will look some time later."""
    try:
        async with asyncio.timeout(_ANSWER_WITHIN_S):
            bus = await MessageBus().connect()
            try:
                reply = await bus.call(Message(_BUS, _BUS_PATH, _BUS, "ReloadConfig"))
            finally:
                bus.disconnect()
                await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]
    except _NO_BUS as error:
        _log.info("There is no session bus to be told: %s", error)
        return
    if reply.message_type is MessageType.ERROR:
        _log.info("The session bus does not look again: %s", reply.body)


class _Application(ServiceInterface):
    """What is exported. The callers are programs of the same person, and are believed nothing: whatever they
    say shows something, or does what the tray does."""

    def __init__(self, app: Asked) -> None:
        super().__init__(INTERFACE)
        self._app = app

    @dbus_method(name="Activate")
    def activate(self, platform_data: DBusDict) -> None:
        _take_token(platform_data)
        self._app.come_forward()

    @dbus_method(name="Open")
    def open(self, uris: Annotated[list[str], DBusSignature("as")], platform_data: DBusDict) -> None:
        _take_token(platform_data)
        if not uris:
            self._app.come_forward()
        for uri in uris[:_LINKS_MAX]:
            self._app.open_link(uri)

    @dbus_method(name="ActivateAction")
    def activate_action(
        self,
        name: DBusStr,
        parameter: Annotated[list[Variant], DBusSignature("av")],
        platform_data: DBusDict,
    ) -> None:
        action = next((each for each in ACTIONS if each == name), None)
        if action is None or parameter:
            raise DBusError(ErrorType.INVALID_ARGS, "There is no such action.")
        _take_token(platform_data)
        self._app.act(action)


def _take_token(platform_data: dict[str, Any]) -> None:
    # The second is the older name; desktops that know both tell the same by them.
    for key in ("activation-token", "desktop-startup-id"):
        told = platform_data.get(key)
        if isinstance(told, Variant) and isinstance(told.value, str):
            take_token(told.value)
            return
