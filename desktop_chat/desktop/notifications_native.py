"""Notifications on Windows and macOS, by desktop-notifier."""

import logging

from desktop_notifier import DEFAULT_SOUND, Button, DesktopNotifier, ReplyField
from msgspec.structs import replace

from desktop_chat.desktop.notifications import (
    MAX_BODY_CHARS,
    MAX_TITLE_CHARS,
    Listener,
    Notification,
    cut,
)
from desktop_chat.language import tr

_log = logging.getLogger(__name__)


class NativeNotifications:
    """See ``Notifications``. Pictures are left out: these platforms want them as files."""

    def __init__(self, app_name: str) -> None:
        self.listener: Listener | None = None
        self._notifier = DesktopNotifier(app_name, None)
        self._shown: dict[int, tuple[str, int]] = {}  # conversation id -> the platform's id, seq

    @property
    def backend(self) -> str:
        """The platform's own service."""
        return tr("the system's notification service")

    async def show(self, notification: Notification) -> bool:
        """See ``Notifications.show``."""
        conversation_id, seq = notification.conversation_id, notification.seq
        await self.withdraw(conversation_id)

        def dismissed() -> None:
            # Told late, it may be of the one before.
            if self._shown.get(conversation_id, ("", 0))[1] == seq:
                del self._shown[conversation_id]

        def clicked() -> None:
            self._shown.pop(conversation_id, None)
            if self.listener is not None:
                self.listener.activated(conversation_id, seq)

        def replied(text: str) -> None:
            self._shown.pop(conversation_id, None)
            if self.listener is not None:
                self.listener.replied(conversation_id, seq, text)

        def read_asked() -> None:
            self._shown.pop(conversation_id, None)
            if self.listener is not None:
                self.listener.read_asked(conversation_id, seq)

        try:
            sent = await self._notifier.send(
                cut(notification.title, MAX_TITLE_CHARS),
                cut(notification.body, MAX_BODY_CHARS),
                buttons=[Button(tr("Mark as read"), read_asked)] if notification.answerable else [],
                reply_field=ReplyField(on_replied=replied) if notification.reply_words else None,
                on_clicked=clicked,
                on_dismissed=dismissed,
                sound=DEFAULT_SOUND if notification.sound else None,
                thread=str(conversation_id),
            )
        # The library passes on whatever the platform raises.
        except Exception:
            _log.info("The system did not take a notification.", exc_info=True)
            return False
        self._shown[conversation_id] = (sent, seq)
        return True

    async def correct(self, notification: Notification) -> None:
        """See ``Notifications.correct``. Nothing can be changed in place: another takes its place."""
        _, seq = self._shown.get(notification.conversation_id, ("", 0))
        if seq and seq == notification.seq:
            await self.show(replace(notification, sound=False))

    async def withdraw(self, conversation_id: int) -> None:
        """See ``Notifications.withdraw``."""
        shown = self._shown.pop(conversation_id, None)
        if shown is None:
            return
        try:
            await self._notifier.clear(shown[0])
        except Exception:
            _log.info("The system did not take a notification back.", exc_info=True)

    async def close(self) -> None:
        """See ``Notifications.close``."""
        for conversation_id in list(self._shown):
            await self.withdraw(conversation_id)
