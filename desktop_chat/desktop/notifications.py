"""Native notifications: one for each conversation, replaced by the next, withdrawn when read."""

import sys
from typing import Protocol

from msgspec import Struct

from desktop_chat.language import END, ISOLATE

MAX_TITLE_CHARS = 100
MAX_BODY_CHARS = 400
"""More than any desktop shows; longer text is cut before it travels."""


class Notification(Struct, frozen=True):
    """What to show for one conversation. ``title`` and ``body`` are plain text, ``image_png`` is a picture.

    ``seq`` is the message it tells of, handed back with what a person does; 0 for none. With ``answerable``
    they can mark it as read, and with ``reply_words``, which stand in the empty field, answer in place: each
    where the desktop offers it.
    """

    conversation_id: int
    title: str
    body: str
    seq: int = 0
    image_png: bytes | None = None
    sound: bool = True
    answerable: bool = False
    reply_words: str = ""


class Listener(Protocol):
    """Told what a person does with a notification."""

    def activated(self, conversation_id: int, seq: int) -> None:
        """It was clicked."""

    def replied(self, conversation_id: int, seq: int, text: str) -> None:
        """It was answered in place."""

    def read_asked(self, conversation_id: int, seq: int) -> None:
        """It is to count as read."""


class Notifications(Protocol):
    """How alerts reach the desktop. No method raises where the desktop does not answer: a notification
    that cannot be shown is not shown, and ``backend`` says so."""

    listener: Listener | None

    @property
    def backend(self) -> str:
        """What shows the notifications, in words for a person."""

    async def show(self, notification: Notification) -> bool:
        """Alert to a conversation, in place of an earlier alert to the same one. False where there is
        nothing that shows it."""

    async def correct(self, notification: Notification) -> None:
        """Let the alert to this very message say something else, without a sound; nothing where it is not
        there any more."""

    async def withdraw(self, conversation_id: int) -> None:
        """Take back the alert to a conversation, where there is one."""

    async def close(self) -> None:
        """Take back every alert and let go of the desktop."""


def cut(text: str, length: int) -> str:
    """The beginning of a text in at most ``length`` code points, with a sign where something is left out."""
    if len(text) <= length:
        return text
    kept = text[: length - 1 - _open_isolates(text[: length - 1])].rstrip()
    return f"{kept}{END * _open_isolates(kept)}…"


def _open_isolates(text: str) -> int:
    return max(0, text.count(ISOLATE) - text.count(END))


def for_this_platform(app_name: str, desktop_entry: str) -> Notifications:
    """The notifications of this platform. ``desktop_entry`` is the name of the .desktop file, without its
    ending, which tells a Linux desktop whose notifications these are."""
    # Each backend's library is loaded only where it is used.
    if sys.platform == "linux":
        from desktop_chat.desktop.notifications_linux import LinuxNotifications

        return LinuxNotifications(app_name, desktop_entry)
    from desktop_chat.desktop.notifications_native import NativeNotifications

    return NativeNotifications(app_name)
