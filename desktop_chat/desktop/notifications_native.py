"""Notifications on Windows and macOS, by desktop-notifier."""

import logging

from desktop_notifier import DesktopNotifier

from desktop_chat.desktop.notifications import MAX_BODY_CHARS, MAX_TITLE_CHARS, OnActivated, cut

_log = logging.getLogger(__name__)


class NativeNotifications:
    """See ``Notifications``. Pictures are left out: these platforms want them as files."""

    def __init__(self, app_name: str) -> None:
        self.on_activated: OnActivated = _ignore
        self._notifier = DesktopNotifier(app_name, None)
        self._shown: dict[int, str] = {}

    @property
    def backend(self) -> str:
        """The platform's own service."""
        return "the system's notification service"

    async def show(self, conversation_id: int, title: str, body: str, image_png: bytes | None = None) -> None:
        """See ``Notifications.show``."""
        await self.withdraw(conversation_id)

        def clicked() -> None:
            self._shown.pop(conversation_id, None)
            self.on_activated(conversation_id)

        try:
            self._shown[conversation_id] = await self._notifier.send(
                cut(title, MAX_TITLE_CHARS),
                cut(body, MAX_BODY_CHARS),
                on_clicked=clicked,
                thread=str(conversation_id),
            )
        # The library passes on whatever the platform raises.
        except Exception:
            _log.info("The system did not take a notification.", exc_info=True)

    async def withdraw(self, conversation_id: int) -> None:
        """See ``Notifications.withdraw``."""
        shown = self._shown.pop(conversation_id, None)
        if shown is None:
            return
        try:
            await self._notifier.clear(shown)
        except Exception:
            _log.info("The system did not take a notification back.", exc_info=True)

    async def close(self) -> None:
        """See ``Notifications.close``."""
        for conversation_id in list(self._shown):
            await self.withdraw(conversation_id)


def _ignore(conversation_id: int) -> None:
    """Nobody wants to know yet."""
