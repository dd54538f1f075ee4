"""Native notifications: one for each conversation, replaced by the next, withdrawn when read."""

import sys
from collections.abc import Callable
from typing import Protocol

MAX_TITLE_CHARS = 100
MAX_BODY_CHARS = 400
"""More than any desktop shows; longer text is cut before it travels."""

OnActivated = Callable[[int], None]
"""Told the conversation whose notification was clicked."""


class Notifications(Protocol):
    """How alerts reach the desktop. No method raises where the desktop does not answer: a notification
    that cannot be shown is not shown, and ``backend`` says so."""

    on_activated: OnActivated

    @property
    def backend(self) -> str:
        """What shows the notifications, in words for a person."""

    async def show(self, conversation_id: int, title: str, body: str, image_png: bytes | None = None) -> None:
        """Alert to a conversation, in place of an earlier alert to the same one. ``title`` and ``body``
        are plain text."""

    async def withdraw(self, conversation_id: int) -> None:
        """Take back the alert to a conversation, where there is one."""

    async def close(self) -> None:
        """Take back every alert and let go of the desktop."""


def cut(text: str, length: int) -> str:
    """The beginning of a text in at most ``length`` code points, with a sign where something is left out."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def for_this_platform(app_name: str, desktop_entry: str) -> Notifications:
    """The notifications of this platform. ``desktop_entry`` is the name of the .desktop file, without its
    ending, which tells a Linux desktop whose notifications these are."""
    # Each backend's library is loaded only where it is used.
    if sys.platform == "linux":
        from desktop_chat.desktop.notifications_linux import LinuxNotifications

        return LinuxNotifications(app_name, desktop_entry)
    from desktop_chat.desktop.notifications_native import NativeNotifications

    return NativeNotifications(app_name)
