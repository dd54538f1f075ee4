"""From the notifier's decisions to the desktop's notifications, as the person has chosen them."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from desktop_chat.desktop import notifications
from desktop_chat.desktop.notifications import Notifications
from desktop_chat.services.client import Client
from desktop_chat.services.notifier import Alert, Notifier
from desktop_chat.settings import SettingsStore

Spawn = Callable[[Coroutine[Any, Any, Any]], asyncio.Task[Any]]

_APP_NAME = "desktop-chat"
_DESKTOP_ENTRY = "desktop-chat"
_TEST = 0
"""Stands for a conversation in the test notification; no conversation has this id."""


class Alerts:
    """The native notifications of one account. Needs the running loop."""

    def __init__(
        self,
        client: Client,
        settings: SettingsStore,
        spawn: Spawn,
        *,
        is_looking_at: Callable[[int], bool],
        open_conversation: Callable[[int], None],
    ) -> None:
        self._settings = settings
        self._spawn = spawn
        self._open_conversation = open_conversation
        self._native: Notifications = notifications.for_this_platform(_APP_NAME, _DESKTOP_ENTRY)
        self._native.on_activated = self._activated
        self._notifier = Notifier(
            client.user_id,
            client.conversations(),
            is_looking_at=is_looking_at,
            show=self._show,
            withdraw=self._withdraw,
        )
        self._unsubscribe = client.subscribe(self._notifier.on_change)

    async def test(self) -> str:
        """Show a notification and return, in words, what shows them."""
        await self._native.show(_TEST, _APP_NAME, "This is how a new message will be announced.")
        return self._native.backend

    async def close(self) -> None:
        """Take every alert back."""
        self._unsubscribe()
        self._notifier.close()
        await self._native.close()

    def _show(self, alert: Alert) -> None:
        settings = self._settings.current
        if not settings.notifications or settings.do_not_disturb:
            return
        text = "New message" if settings.hide_text or not alert.text else alert.text
        title = alert.title if alert.unread < 2 else f"{alert.title} ({alert.unread} new)"
        self._spawn(self._native.show(alert.conversation_id, title, text))

    def _withdraw(self, conversation_id: int) -> None:
        self._spawn(self._native.withdraw(conversation_id))

    def _activated(self, conversation_id: int) -> None:
        if conversation_id != _TEST:
            self._open_conversation(conversation_id)
