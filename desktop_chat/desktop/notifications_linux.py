"""Notifications by the Desktop Notifications Specification, version 1.2, spoken over the session bus.

Qt's tray messages cannot be replaced or taken back, and its D-Bus binding cannot send the unsigned numbers
this interface wants; so the bus is spoken to by dbus-fast. Loading it takes time, so nobody imports this
module before the window is on screen.
"""

import asyncio
import contextlib
import html
import logging
from typing import Any

from dbus_fast import DBusError, Message, MessageType, Variant
from dbus_fast.aio import MessageBus
from msgspec.structs import replace

from desktop_chat.desktop.activation import take_token
from desktop_chat.desktop.notification_image import image_data
from desktop_chat.desktop.notifications import (
    MAX_BODY_CHARS,
    MAX_TITLE_CHARS,
    Listener,
    Notification,
    cut,
)
from desktop_chat.language import tr, trc
from desktop_chat.qt_async import spawn

_log = logging.getLogger(__name__)

_NAME = "org.freedesktop.Notifications"
_PATH = "/org/freedesktop/Notifications"
_BUS = "org.freedesktop.DBus"
_BUS_PATH = "/org/freedesktop/DBus"
_MATCH_RULES = (
    f"type='signal',interface='{_NAME}',path='{_PATH}'",
    f"type='signal',sender='{_BUS}',interface='{_BUS}',member='NameOwnerChanged',arg0='{_NAME}'",
)
_ANSWER_WITHIN_S = 5.0
"""A notification service that does not answer for this long is taken as not being there."""
_EARLY_MAX = 20
_SIGNALS = {
    "ActionInvoked": "us",
    "ActivationToken": "us",
    "NotificationClosed": "uu",
    "NotificationReplied": "us",
}
"""What is listened to, and what each carries; the number of the notification comes first."""
_EXPIRED = 1
"""Why a notification was closed: its time on screen was over."""
_OPEN, _REPLY, _MARK_READ = "default", "inline-reply", "mark-read"
_SOUND = "message-new-instant"
"""From the Sound Naming Specification: a new message in a chat."""
_EXPIRES_BY_THE_SERVERS_WISH = -1


class LinuxNotifications:
    """See ``Notifications``. ``address`` is the session bus, by default the one the environment names."""

    def __init__(self, app_name: str, desktop_entry: str, address: str | None = None) -> None:
        self.listener: Listener | None = None
        self._app_name = app_name
        self._desktop_entry = desktop_entry
        self._address = address
        self._bus: MessageBus | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._shown: dict[int, tuple[int, int]] = {}  # conversation id -> the service's number, seq
        self._early: list[Message] = []
        self._closed = False
        self._service = ""
        self._capabilities: frozenset[str] | None = None  # None: not asked since the service came
        # One call after the other, so that a withdrawal never overtakes the alert it withdraws.
        self._one_at_a_time = asyncio.Lock()

    @property
    def backend(self) -> str:
        """The service's own name and version, once it has answered."""
        return self._service or tr("no notification service has answered")

    async def show(self, notification: Notification) -> bool:
        """See ``Notifications.show``."""
        async with self._one_at_a_time:
            return await self._notify(notification)

    async def correct(self, notification: Notification) -> None:
        """See ``Notifications.correct``."""
        async with self._one_at_a_time:
            _, seq = self._shown.get(notification.conversation_id, (0, 0))
            if seq and seq == notification.seq:
                await self._notify(replace(notification, sound=False))

    async def withdraw(self, conversation_id: int) -> None:
        """See ``Notifications.withdraw``."""
        async with self._one_at_a_time:
            shown = self._shown.pop(conversation_id, None)
            if shown is not None:
                await self._call("CloseNotification", "u", [shown[0]])

    async def close(self) -> None:
        """See ``Notifications.close``."""
        self._closed = True  # what is still to be shown is not
        async with self._one_at_a_time:
            shown = list(self._shown)
        for conversation_id in shown:
            await self.withdraw(conversation_id)
        if self._bus is not None and self._watcher is not None:
            self._bus.disconnect()
            await self._watcher

    async def _notify(self, notification: Notification) -> bool:
        conversation_id = notification.conversation_id
        capabilities = None if self._closed else await self._ask_capabilities()
        if capabilities is None:
            return False
        text = cut(notification.body, MAX_BODY_CHARS)
        if "body-markup" in capabilities:
            text = html.escape(text, quote=False)
        replaces, _ = self._shown.get(conversation_id, (0, 0))
        reply = await self._call(
            "Notify",
            "susssasa{sv}i",
            [
                self._app_name,
                replaces,
                self._desktop_entry,
                cut(notification.title, MAX_TITLE_CHARS),
                text,
                _actions(notification, capabilities),
                self._hints(notification, capabilities),
                _EXPIRES_BY_THE_SERVERS_WISH,
            ],
        )
        if reply is None:
            return False
        number = reply[0]
        self._shown[conversation_id] = (number, notification.seq)
        early = [signal for signal in self._early if signal.body[0] == number]
        self._early.clear()
        for signal in early:
            self._on_message(signal)
        return True

    def _hints(self, notification: Notification, capabilities: frozenset[str]) -> dict[str, Variant]:
        hints = {
            "desktop-entry": Variant("s", self._desktop_entry),
            "category": Variant("s", "im.received"),
        }
        if notification.sound:
            hints["sound-name"] = Variant("s", _SOUND)
        else:
            hints["suppress-sound"] = Variant("b", True)
        if notification.reply_words and _REPLY in capabilities:
            hints["x-kde-reply-placeholder-text"] = Variant(
                "s", cut(notification.reply_words, MAX_TITLE_CHARS)
            )
            hints["x-kde-reply-submit-button-text"] = Variant("s", tr("Send"))
        png = notification.image_png
        if png is not None and (image := image_data(png)) is not None:
            hints["image-data"] = Variant("(iiibiiay)", image)
        return hints

    async def _ask_capabilities(self) -> frozenset[str] | None:
        """What the service can do; None where there is no service."""
        if self._capabilities is None:
            about = await self._call("GetServerInformation", "", [])
            capabilities = await self._call("GetCapabilities", "", [])
            if about is None or capabilities is None:
                return None
            self._service = f"{about[0]} {about[2]}".strip()
            self._capabilities = frozenset(capabilities[0])
        return self._capabilities

    async def _connected(self) -> MessageBus:
        if self._bus is None:
            self._bus = bus = await MessageBus(self._address).connect()
            self._watcher = spawn(self._until_disconnected(bus), name="notifications")
            bus.add_message_handler(self._on_message)
            try:
                for rule in _MATCH_RULES:
                    await bus.call(Message(_BUS, _BUS_PATH, _BUS, "AddMatch", signature="s", body=[rule]))
            except BaseException:
                bus.disconnect()  # it would show alerts, and tell of no click on them
                raise
        return self._bus

    async def _until_disconnected(self, bus: MessageBus) -> None:
        with contextlib.suppress(OSError, EOFError):  # the bus ended, the session with it
            await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]
        self._bus = None
        self._forget()

    async def _call(self, member: str, signature: str, body: list[Any]) -> list[Any] | None:
        """Call the service; None where it, or the bus, is not there or does not answer."""
        message = Message(_NAME, _PATH, _NAME, member, signature=signature, body=body)
        try:
            async with asyncio.timeout(_ANSWER_WITHIN_S):
                bus = await self._connected()
                reply = await bus.call(message)
        # What dbus-fast raises where there is no bus, where it says no, and where it goes away meanwhile.
        except (OSError, EOFError, TimeoutError, ValueError, DBusError) as error:
            _log.info("The session bus does not answer %s: %s", member, error)
            self._forget()
            return None
        if reply.message_type is MessageType.ERROR:
            _log.info("The notification service refuses %s: %s", member, reply.body)
            return None
        return list(reply.body)

    def _on_message(self, message: Message) -> None:
        if message.message_type is not MessageType.SIGNAL:
            return
        if message.interface == _BUS and message.member == "NameOwnerChanged" and message.body[0] == _NAME:
            self._forget()  # the service went, or another came: its ids mean nothing any more
        elif message.interface == _NAME and _SIGNALS.get(message.member or "") == message.signature:
            conversation_id = self._conversation(message.body[0])
            if conversation_id is not None:
                self._on_signal(conversation_id, message)
            # Of a notification whose number is still on its way to ``show``, or of another app.
            elif self._one_at_a_time.locked() and len(self._early) < _EARLY_MAX:
                self._early.append(message)

    def _on_signal(self, conversation_id: int, message: Message) -> None:
        _, seq = self._shown[conversation_id]
        if message.member == "NotificationClosed":
            # Desktops keep what has expired in a list: there it is still to be replaced and taken back.
            if message.body[1] != _EXPIRED:
                del self._shown[conversation_id]
        elif message.member == "ActivationToken":
            take_token(message.body[1])  # comes right before the click it is for
        elif self.listener is None:
            return
        elif message.member == "NotificationReplied":
            self.listener.replied(conversation_id, seq, message.body[1])
        elif message.body[1] == _MARK_READ:
            self.listener.read_asked(conversation_id, seq)
        elif message.body[1] == _OPEN:
            self.listener.activated(conversation_id, seq)

    def _conversation(self, number: int) -> int | None:
        return next((each for each, (shown, _) in self._shown.items() if shown == number), None)

    def _forget(self) -> None:
        self._shown.clear()
        self._capabilities = None
        self._service = ""


def _actions(notification: Notification, capabilities: frozenset[str]) -> list[str]:
    """Keys and labels by turns; what the desktop does not know it must not be told."""
    if "actions" not in capabilities:
        return []
    actions = [_OPEN, trc("button", "Open")]
    if notification.reply_words and _REPLY in capabilities:
        actions += [_REPLY, tr("Reply")]
    if notification.answerable:
        actions += [_MARK_READ, tr("Mark as read")]
    return actions
