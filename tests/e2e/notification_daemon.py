"""A notification service that shows nothing and remembers everything."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any

from dbus_fast import Variant
from dbus_fast.aio import MessageBus
from dbus_fast.annotations import DBusDict, DBusInt32, DBusSignature, DBusStr, DBusUInt32
from dbus_fast.service import ServiceInterface, dbus_method, dbus_signal

NAME = "org.freedesktop.Notifications"
PATH = "/org/freedesktop/Notifications"
EXPIRED, DISMISSED, CLOSED_BY_CALL = 1, 2, 3


@dataclass(frozen=True)
class Notified:
    """One call of Notify, and the id it was given."""

    number: int
    app_name: str
    replaces: int
    title: str
    body: str
    actions: list[str]
    hints: dict[str, Any]


class NotificationDaemon(ServiceInterface):
    """``notified`` and ``closed`` hold all calls in order; ``open`` what would be on screen."""

    def __init__(self, capabilities: tuple[str, ...] = ("actions", "body", "body-markup")) -> None:
        super().__init__(NAME)
        self._capabilities = list(capabilities)
        self._last = 0
        self.notified: list[Notified] = []
        self.closed: list[int] = []
        self.open: dict[int, Notified] = {}
        self.changed = asyncio.Event()
        """Set at each call."""

    @dbus_method(name="GetServerInformation")
    def get_server_information(
        self,
    ) -> Annotated[tuple[str, str, str, str], DBusSignature("ssss")]:
        return ("recorder", "the tests", "1.0", "1.2")

    @dbus_method(name="GetCapabilities")
    def get_capabilities(self) -> Annotated[list[str], DBusSignature("as")]:
        return self._capabilities

    @dbus_method(name="Notify")
    def notify(
        self,
        app_name: DBusStr,
        replaces: DBusUInt32,
        icon: DBusStr,
        title: DBusStr,
        body: DBusStr,
        actions: Annotated[list[str], DBusSignature("as")],
        hints: DBusDict,
        expires_ms: DBusInt32,
    ) -> DBusUInt32:
        number = replaces
        if not number:
            self._last += 1
            number = self._last
        plain = {key: value.value if isinstance(value, Variant) else value for key, value in hints.items()}
        call = Notified(number, app_name, replaces, title, body, actions, plain)
        self.notified.append(call)
        self.open[number] = call
        self.changed.set()
        return number

    @dbus_method(name="CloseNotification")
    def close_notification(self, number: DBusUInt32) -> None:
        self.closed.append(number)
        self.open.pop(number, None)
        self.notification_closed(number, CLOSED_BY_CALL)
        self.changed.set()

    @dbus_signal(name="ActionInvoked")
    def action_invoked(self, number: int, action: str) -> Annotated[tuple[int, str], DBusSignature("us")]:
        return (number, action)

    @dbus_signal(name="NotificationClosed")
    def notification_closed(
        self, number: int, reason: int
    ) -> Annotated[tuple[int, int], DBusSignature("uu")]:
        return (number, reason)

    @dbus_signal(name="NotificationReplied")
    def notification_replied(self, number: int, text: str) -> Annotated[tuple[int, str], DBusSignature("us")]:
        return (number, text)

    def click(self, number: int, action: str = "default") -> None:
        """Do what a person's click on the notification, or on one of its buttons, does."""
        self.action_invoked(number, action)
        self.dismiss(number)

    def reply(self, number: int, text: str) -> None:
        """Do what a person's answer in the notification does."""
        self.notification_replied(number, text)
        self.dismiss(number)

    @dbus_signal(name="ActivationToken")
    def activation_token(self, number: int, token: str) -> Annotated[tuple[int, str], DBusSignature("us")]:
        return (number, token)

    def expire(self, number: int) -> None:
        """Take it off the screen, as after some seconds; it stays in the desktop's list."""
        self.notification_closed(number, EXPIRED)

    def dismiss(self, number: int) -> None:
        """Do what a person's closing of the notification does."""
        self.open.pop(number, None)
        self.notification_closed(number, DISMISSED)

    async def wait_for(self, condition: "Callable[[NotificationDaemon], bool]") -> None:
        """Wait until a condition on this object holds."""
        while not condition(self):
            self.changed.clear()
            await self.changed.wait()


@asynccontextmanager
async def notification_daemon(address: str, *capabilities: str) -> AsyncIterator[NotificationDaemon]:
    """Run the service on a bus."""
    bus = await MessageBus(address).connect()
    daemon = NotificationDaemon(capabilities or ("actions", "body", "body-markup"))
    bus.export(PATH, daemon)
    await bus.request_name(NAME)
    try:
        yield daemon
    finally:
        bus.disconnect()
        await bus.wait_for_disconnect()
