"""From the notifier's decisions to the desktop's notifications, as the person has chosen them."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any, Protocol

from desktop_chat.application import alert_words
from desktop_chat.application.replies import Replies
from desktop_chat.core.quiet_hours import is_quiet
from desktop_chat.desktop import notifications
from desktop_chat.desktop.app_id import APP_ID
from desktop_chat.desktop.notifications import Notification, Notifications
from desktop_chat.language import tr
from desktop_chat.services.client import Client
from desktop_chat.services.notifier import Alert, Notifier
from desktop_chat.settings import Settings, SettingsStore
from desktop_chat.ui import avatar, portrait_images
from desktop_chat.ui.picture_reading import PictureRefused
from desktop_chat.viewmodels import wording

Spawn = Callable[[Coroutine[Any, Any, Any]], asyncio.Task[Any]]

_TEST = 0
"""Stands for a conversation in the test notification; no conversation has this id."""
_PICTURE_PX = 96
_PORTRAITS_MAX = 64


def minute_of_the_day() -> int:
    """Minutes after local midnight."""
    now = datetime.now().astimezone()
    return now.hour * 60 + now.minute


class Room(Protocol):
    """An account in its window, as far as alerts are concerned with it."""

    def is_looking_at(self, conversation_id: int) -> bool:
        """Whether a person sees the conversation's new messages as they come."""

    def show_message(self, conversation_id: int, seq: int) -> None:
        """Come forward with this message, or, where seq is 0, with the conversation."""

    def show_banner(self, notification: Notification) -> None:
        """Tell inside the window what no desktop tells."""

    def correct_banner(self, notification: Notification) -> None:
        """Let it say something else where it is still there and tells of the same message."""

    def withdraw_banner(self, conversation_id: int) -> None:
        """Take that back."""

    def end_banner(self) -> None:
        """Tell nothing more inside the window."""

    def give_back(self, conversation_id: int, text: str) -> bool:
        """Put a text into the field of this conversation; False where it is not the open one."""


class Alerts:
    """The notifications of one account, native where the desktop has them, else in the window. Needs the
    running loop. ``where`` says which account it is, where there are several; ``minute`` is the time of day
    that quiet hours go by."""

    def __init__(
        self,
        client: Client,
        settings: SettingsStore,
        spawn: Spawn,
        room: Room,
        native: Notifications | None = None,
        minute: Callable[[], int] = minute_of_the_day,
        where: Callable[[], str] = str,
    ) -> None:
        self._client = client
        self._settings = settings
        self._spawn = spawn
        self._room = room
        self._where = where
        self._minute = minute
        self._closed = False
        self._showing: dict[int, asyncio.Task[Any]] = {}
        """The alert of each conversation that is being shown."""
        self._portraits: dict[str, bytes] = {}
        self._native = native or notifications.for_this_platform(alert_words.APP_NAME, APP_ID)
        self._native.listener = self
        self._replies = Replies(client, failed=self._tell, give_back=room.give_back)
        self._notifier = Notifier(
            client.user_id,
            client.conversations(),
            is_looking_at=room.is_looking_at,
            show=self._show,
            withdraw=self._withdraw,
        )
        self._unsubscribe = [
            client.subscribe(self._notifier.on_change),
            client.subscribe(self._replies.on_change),
        ]

    async def test(self) -> tuple[bool, str]:
        """Show a notification; whether the desktop took it, and what shows them in words."""
        sound = self._settings.current.sound
        words = tr("This is how a new message will be announced.")
        shown = await self._native.show(Notification(_TEST, alert_words.APP_NAME, words, sound=sound))
        return shown, self._native.backend

    async def close(self) -> None:
        """Take every alert back."""
        self._closed = True
        self._room.end_banner()
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        self._notifier.close()
        await self._native.close()

    def activated(self, conversation_id: int, seq: int) -> None:
        """See ``Listener.activated``."""
        if conversation_id != _TEST:
            self._room.show_message(conversation_id, seq)

    def replied(self, conversation_id: int, seq: int, text: str) -> None:
        """See ``Listener.replied``."""
        self._spawn(self._replies.send(conversation_id, seq, text))

    def read_asked(self, conversation_id: int, seq: int) -> None:
        """See ``Listener.read_asked``."""
        self._spawn(self._replies.mark_read(conversation_id, seq))

    def _show(self, alert: Alert) -> None:
        settings = self._settings.current
        conversation_id = alert.conversation.conversation_id
        if alert.correction and (settings.hide_text or settings.hide_sender):
            return  # it says nothing of the text
        if (
            not settings.notifications
            or settings.do_not_disturb
            or is_quiet(self._minute(), settings.quiet_from, settings.quiet_to)
        ):
            if alert.correction:
                self._withdraw(conversation_id)  # rather than let it say what its sender took back
            return

        before = self._showing.get(conversation_id)
        task = self._spawn(self._show_in_turn(alert, settings, before))
        self._showing[conversation_id] = task
        task.add_done_callback(lambda _: self._shown(conversation_id, task))

    async def _show_in_turn(self, alert: Alert, settings: Settings, before: asyncio.Task[Any] | None) -> None:
        """To read a portrait takes its time, in which the next message may come."""
        if before is not None:
            await asyncio.wait([before])
        row = alert.conversation
        portrait = b"" if settings.hide_sender else await self._portrait(wording.portrait(row))
        if self._closed:
            return

        def picture() -> bytes:
            whose = wording.avatar_id(row, self._client.user_id)
            return portrait or avatar.png(whose, wording.title(row), _PICTURE_PX, note=row.kind == "note")

        told = alert_words.notification(alert, settings, self._name, picture, self._where())
        if not alert.correction:
            await self._deliver(told)
            return
        await self._native.correct(told)
        if not self._closed:
            self._room.correct_banner(told)

    async def _portrait(self, file_id: str) -> bytes:
        """A portrait as PNG, where it is on this computer and can be shown."""
        path = self._client.portraits.path(file_id)
        if path and file_id not in self._portraits:
            if len(self._portraits) >= _PORTRAITS_MAX:
                self._portraits.clear()
            try:
                self._portraits[file_id] = await asyncio.to_thread(portrait_images.png, path, _PICTURE_PX)
            except PictureRefused:
                self._portraits[file_id] = b""
        return self._portraits.get(file_id, b"")

    def _shown(self, conversation_id: int, task: asyncio.Task[Any]) -> None:
        if self._showing.get(conversation_id) is task:
            del self._showing[conversation_id]

    async def _deliver(self, notification: Notification) -> None:
        if not await self._native.show(notification) and not self._closed:
            self._room.show_banner(notification)

    def _withdraw(self, conversation_id: int) -> None:
        self._spawn(self._take_back(conversation_id))

    async def _take_back(self, conversation_id: int) -> None:
        showing = self._showing.get(conversation_id)
        if showing is not None:
            await asyncio.wait([showing])
        # The native call comes first: it waits for an alert that is still on its way to the banner.
        await self._native.withdraw(conversation_id)
        if not self._closed:
            self._room.withdraw_banner(conversation_id)

    def _tell(self, conversation_id: int, words: str) -> None:
        """Say what went wrong with something that a person did outside the window."""
        sound = self._settings.current.sound
        self._spawn(self._deliver(Notification(conversation_id, alert_words.APP_NAME, words, sound=sound)))

    def _name(self, user_id: int) -> str:
        user = self._client.user(user_id)
        return tr("Somebody") if user is None else wording.person(user)
