"""Notifications on Linux, against a service of the test's own on a bus of the test's own."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from dbus_fast import Message
from dbus_fast.aio import MessageBus
from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from desktop_chat.desktop.notifications import (
    MAX_BODY_CHARS,
    MAX_TITLE_CHARS,
    Notification,
    for_this_platform,
)
from desktop_chat.desktop.notifications_linux import LinuxNotifications
from tests.e2e.notification_daemon import NotificationDaemon, notification_daemon
from tests.e2e.session_bus import session_bus


@asynccontextmanager
async def world(
    tmp_path: Path, *capabilities: str
) -> AsyncIterator[tuple[LinuxNotifications, NotificationDaemon]]:
    with session_bus(tmp_path) as address:
        async with notification_daemon(address, *capabilities) as daemon:
            notifications = LinuxNotifications("desktop-chat", "desktop-chat", address)
            yield notifications, daemon
            await notifications.close()


async def test_an_alert_says_who_and_what(qapp: QApplication, tmp_path: Path) -> None:
    async with world(tmp_path) as (notifications, daemon):
        await notifications.show(Notification(7, "Ada", "Hello"))
        (call,) = daemon.notified
        assert (call.app_name, call.title, call.body, call.replaces) == ("desktop-chat", "Ada", "Hello", 0)
        assert call.actions == ["default", "Open"]
        assert call.hints["desktop-entry"] == "desktop-chat"
        assert notifications.backend == "recorder 1.0"


async def test_a_conversation_has_one_alert(qapp: QApplication, tmp_path: Path) -> None:
    async with world(tmp_path) as (notifications, daemon):
        await notifications.show(Notification(7, "Ada", "one"))
        await notifications.show(Notification(8, "Bob", "other"))
        await notifications.show(Notification(7, "Ada", "two"))
        assert [call.replaces for call in daemon.notified] == [0, 0, daemon.notified[0].number]
        assert sorted(call.body for call in daemon.open.values()) == ["other", "two"]


async def test_an_alert_is_corrected_while_it_is_there(qapp: QApplication, tmp_path: Path) -> None:
    async with world(tmp_path) as (notifications, daemon):
        await notifications.correct(Notification(7, "Ada", "never shown", 4))
        await notifications.show(Notification(7, "Ada", "one", 4))
        [shown] = daemon.notified
        await notifications.correct(Notification(7, "Ada", "of another message", 3))
        await notifications.correct(Notification(7, "Ada", "one, edited", 4))
        [_, call] = daemon.notified
        assert (call.replaces, call.body) == (shown.number, "one, edited")
        assert call.hints["suppress-sound"] is True
        daemon.dismiss(call.number)
        while notifications._shown:
            await asyncio.sleep(0.01)
        await notifications.correct(Notification(7, "Ada", "nobody sees it", 4))
        assert len(daemon.notified) == 2


async def test_what_people_write_is_never_markup(qapp: QApplication, tmp_path: Path) -> None:
    async with world(tmp_path) as (notifications, daemon):
        await notifications.show(Notification(7, "<b>Ada</b>", "<img src='file:///etc/passwd'> & \"so\""))
        assert daemon.notified[0].title == "<b>Ada</b>"
        assert daemon.notified[0].body == "&lt;img src='file:///etc/passwd'&gt; &amp; \"so\""


async def test_a_service_without_markup_or_actions(qapp: QApplication, tmp_path: Path) -> None:
    async with world(tmp_path, "body") as (notifications, daemon):
        await notifications.show(Notification(7, "Ada", "1 < 2 & 3"))
        assert daemon.notified[0].body == "1 < 2 & 3"
        assert daemon.notified[0].actions == []


async def test_long_texts_are_cut(qapp: QApplication, tmp_path: Path) -> None:
    async with world(tmp_path, "body") as (notifications, daemon):
        await notifications.show(Notification(7, "A" * 1000, "b" * 100_000))
        assert daemon.notified[0].title == "A" * (MAX_TITLE_CHARS - 1) + "…"
        assert daemon.notified[0].body == "b" * (MAX_BODY_CHARS - 1) + "…"


async def test_a_picture_travels_as_pixels(qapp: QApplication, tmp_path: Path) -> None:
    image = QImage(200, 100, QImage.Format.Format_RGBA8888)
    image.fill(0xFF0000FF)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    async with world(tmp_path) as (notifications, daemon):
        await notifications.show(Notification(7, "Ada", "Hello", image_png=bytes(buffer.data().data())))
        width, height, row_bytes, alpha, bits, samples, pixels = daemon.notified[0].hints["image-data"]
        assert (width, height, row_bytes, alpha, bits, samples) == (96, 48, 384, True, 8, 4)
        assert len(pixels) == 384 * 48
        await notifications.show(Notification(8, "Ada", "Hello", image_png=b"no picture"))
        assert "image-data" not in daemon.notified[1].hints


class Heard:
    """A listener that remembers."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[tuple[object, ...]] = asyncio.Queue()

    def activated(self, conversation_id: int, seq: int) -> None:
        self.queue.put_nowait(("activated", conversation_id, seq))

    def replied(self, conversation_id: int, seq: int, text: str) -> None:
        self.queue.put_nowait(("replied", conversation_id, seq, text))

    def read_asked(self, conversation_id: int, seq: int) -> None:
        self.queue.put_nowait(("read", conversation_id, seq))


_ALL = ("actions", "body", "body-markup", "inline-reply")


async def test_a_click_tells_the_message(qapp: QApplication, tmp_path: Path) -> None:
    async with world(tmp_path) as (notifications, daemon):
        notifications.listener = heard = Heard()
        await notifications.show(Notification(7, "Ada", "one", seq=3))
        await notifications.show(Notification(8, "Bob", "two", seq=4))
        daemon.click(daemon.notified[1].number)
        assert await heard.queue.get() == ("activated", 8, 4)
        daemon.click(daemon.notified[0].number)
        assert await heard.queue.get() == ("activated", 7, 3)
        # Nobody else's notification opens anything, and no action does that is none of ours.
        daemon.click(99)
        await notifications.show(Notification(9, "Cid", "three"))
        daemon.click(daemon.notified[2].number, "format-disk")
        await notifications.show(Notification(9, "Cid", "four"))
        assert heard.queue.empty()


async def test_a_click_that_comes_with_the_answer_counts(qapp: QApplication, tmp_path: Path) -> None:
    async with world(tmp_path) as (notifications, daemon):
        notifications.listener = heard = Heard()
        showing = asyncio.ensure_future(notifications.show(Notification(7, "Ada", "one", seq=3)))
        await daemon.wait_for(lambda daemon: daemon.open)
        daemon.click(daemon.notified[0].number)
        assert await heard.queue.get() == ("activated", 7, 3)
        assert await showing


async def test_an_answer_in_place(qapp: QApplication, tmp_path: Path) -> None:
    async with world(tmp_path, *_ALL) as (notifications, daemon):
        notifications.listener = heard = Heard()
        asked = Notification(7, "Ada", "one", seq=3, answerable=True, reply_words="Reply to Ada")
        await notifications.show(asked)
        (call,) = daemon.notified
        assert call.actions[::2] == ["default", "inline-reply", "mark-read"]
        assert call.hints["x-kde-reply-placeholder-text"] == "Reply to Ada"
        daemon.reply(call.number, "On my way <b>")
        assert await heard.queue.get() == ("replied", 7, 3, "On my way <b>")
        await notifications.show(asked)
        daemon.click(daemon.notified[1].number, "mark-read")
        assert await heard.queue.get() == ("read", 7, 3)


async def test_where_answers_are_not_offered_none_is_asked_for(qapp: QApplication, tmp_path: Path) -> None:
    async with world(tmp_path) as (notifications, daemon):
        await notifications.show(Notification(7, "Ada", "one", answerable=True, reply_words="Reply to Ada"))
        assert daemon.notified[0].actions[::2] == ["default", "mark-read"]
        assert not [hint for hint in daemon.notified[0].hints if hint.startswith("x-kde")]


async def test_sound_is_asked_for_or_held_back(qapp: QApplication, tmp_path: Path) -> None:
    async with world(tmp_path) as (notifications, daemon):
        await notifications.show(Notification(7, "Ada", "one"))
        await notifications.show(Notification(7, "Ada", "two", sound=False))
        loud, quiet = (call.hints for call in daemon.notified)
        assert loud["sound-name"] == "message-new-instant"
        assert "suppress-sound" not in loud
        assert quiet["suppress-sound"] is True
        assert "sound-name" not in quiet


async def test_read_is_withdrawn(qapp: QApplication, tmp_path: Path) -> None:
    async with world(tmp_path) as (notifications, daemon):
        await notifications.show(Notification(7, "Ada", "one"))
        await notifications.withdraw(8)
        assert daemon.closed == []
        await notifications.withdraw(7)
        await notifications.withdraw(7)
        assert daemon.closed == [daemon.notified[0].number]


async def test_a_withdrawal_waits_for_its_alert(qapp: QApplication, tmp_path: Path) -> None:
    async with world(tmp_path) as (notifications, daemon):
        await asyncio.gather(notifications.show(Notification(7, "Ada", "one")), notifications.withdraw(7))
        assert daemon.open == {}
        assert len(daemon.notified) == 1


async def test_a_dismissed_alert_is_not_replaced(qapp: QApplication, tmp_path: Path) -> None:
    async with world(tmp_path) as (notifications, daemon):
        await notifications.show(Notification(7, "Ada", "one"))
        daemon.dismiss(daemon.notified[0].number)
        await notifications.withdraw(8)
        await notifications.show(Notification(9, "Cid", "a call, so that the signal before it has come"))
        await notifications.show(Notification(7, "Ada", "two"))
        assert daemon.notified[2].replaces == 0


async def test_what_has_expired_is_replaced_and_taken_back(qapp: QApplication, tmp_path: Path) -> None:
    async with world(tmp_path) as (notifications, daemon):
        await notifications.show(Notification(7, "Ada", "one"))
        number = daemon.notified[0].number
        daemon.expire(number)
        await notifications.show(Notification(7, "Ada", "two"))
        assert daemon.notified[1].replaces == number
        daemon.expire(number)
        await notifications.withdraw(7)
        assert daemon.closed == [number]


async def test_a_click_brings_the_right_to_come_forward(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_ACTIVATION_TOKEN", "")
    async with world(tmp_path) as (notifications, daemon):
        notifications.listener = heard = Heard()
        await notifications.show(Notification(7, "Ada", "one", seq=3))
        for token in ("from-the-shell_1", "no\ntoken", "x" * 300):
            daemon.activation_token(daemon.notified[0].number, token)
        daemon.click(daemon.notified[0].number)
        assert await heard.queue.get() == ("activated", 7, 3)
        assert os.environ["XDG_ACTIVATION_TOKEN"] == "from-the-shell_1"


async def test_closing_takes_everything_back(qapp: QApplication, tmp_path: Path) -> None:
    async with world(tmp_path) as (notifications, daemon):
        await notifications.show(Notification(7, "Ada", "one"))
        await notifications.show(Notification(8, "Bob", "two"))
        await notifications.close()
        assert daemon.open == {}


async def test_the_service_comes_goes_and_comes_back(qapp: QApplication, tmp_path: Path) -> None:
    with session_bus(tmp_path) as address:
        notifications = LinuxNotifications("desktop-chat", "desktop-chat", address)
        assert not await notifications.show(Notification(7, "Ada", "nobody listens"))
        assert notifications.backend == "no notification service has answered"
        async with notification_daemon(address) as daemon:
            await notifications.show(Notification(7, "Ada", "one"))
            assert [call.body for call in daemon.notified] == ["one"]
        await notifications.show(Notification(7, "Ada", "nobody listens"))
        async with notification_daemon(address, "body") as daemon:
            await notifications.show(Notification(7, "Ada", "two & three"))
            # Neither the id nor the abilities of the service before it are used.
            assert [(call.body, call.replaces) for call in daemon.notified] == [("two & three", 0)]
        await notifications.close()


@pytest.mark.parametrize("address", ["unix:path=/nowhere/bus", "nonsense", "strange:path=/x"])
async def test_without_a_bus_nothing_is_raised(qapp: QApplication, address: str) -> None:
    notifications = LinuxNotifications("desktop-chat", "desktop-chat", address)
    await notifications.show(Notification(7, "Ada", "one"))
    await notifications.withdraw(7)
    await notifications.close()
    assert notifications.backend == "no notification service has answered"


async def test_without_an_address_nothing_is_raised(qapp: QApplication) -> None:
    notifications = for_this_platform("desktop-chat", "desktop-chat")
    await notifications.show(Notification(7, "Ada", "one"))
    await notifications.close()


async def test_the_bus_ends_and_another_begins(qapp: QApplication, tmp_path: Path) -> None:
    with session_bus(tmp_path) as address:
        notifications = LinuxNotifications("desktop-chat", "desktop-chat", address)
        async with notification_daemon(address) as daemon:
            await notifications.show(Notification(7, "Ada", "one"))
            assert len(daemon.notified) == 1
    for _ in range(20):  # the end of the connection is seen within the loop's next turns
        await asyncio.sleep(0)
    await notifications.show(Notification(7, "Ada", "two"))
    await notifications.withdraw(7)
    await notifications.close()


async def test_a_connection_that_was_half_made_is_not_gone_on_with(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, *_ALL) as (notifications, daemon):

        async def no_answer(bus: MessageBus, message: Message) -> Message | None:
            raise TimeoutError

        with monkeypatch.context() as patched:
            patched.setattr(MessageBus, "call", no_answer)
            assert not await notifications.show(Notification(7, "Ada", "one", seq=3))
        for _ in range(20):  # the end of the connection is seen within the loop's next turns
            await asyncio.sleep(0)
        notifications.listener = heard = Heard()
        assert await notifications.show(Notification(7, "Ada", "one", seq=3))
        daemon.click(daemon.notified[0].number)
        async with asyncio.timeout(5):
            assert await heard.queue.get() == ("activated", 7, 3)
