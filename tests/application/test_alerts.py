"""New messages told on desktops of three kinds: one that offers everything, one that offers nothing but
text, and one without any notification service. The bus is real."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication

from desktop_chat import qt_async
from desktop_chat.application.alerts import Alerts
from desktop_chat.core import attachments
from desktop_chat.core.attachments import Attachment, FileBody
from desktop_chat.core.changes import ConversationChanged, MessageChanged, MessagesAdded
from desktop_chat.core.models import Conversation, SendState
from desktop_chat.desktop.notifications import Notification
from desktop_chat.desktop.notifications_linux import LinuxNotifications
from desktop_chat.protocol import records
from desktop_chat.protocol.events import ConversationUpdate
from desktop_chat.services.client import Client
from desktop_chat.services.errors import ClientError
from desktop_chat.services.notifier import Alert
from desktop_chat.store import conversations, messages
from tests.e2e.notification_daemon import NotificationDaemon, notification_daemon
from tests.e2e.session_bus import session_bus
from tests.ui import scenes

EVERYTHING = ("actions", "body", "body-markup", "inline-reply")
TALK, GROUP = 1, 20
PEER = 101


class Window:
    """Stands in for the window."""

    def __init__(self) -> None:
        self.shown: list[tuple[int, int]] = []
        self.banners: list[Notification] = []
        self.corrected: list[Notification] = []
        self.withdrawn: list[int] = []
        self.given_back: list[str] = []
        self.open_id = 0

    def is_looking_at(self, conversation_id: int) -> bool:
        return False

    def show_message(self, conversation_id: int, seq: int) -> None:
        self.shown.append((conversation_id, seq))

    def show_banner(self, notification: Notification) -> None:
        self.banners.append(notification)

    def correct_banner(self, notification: Notification) -> None:
        self.corrected.append(notification)

    def end_banner(self) -> None:
        self.ended = True

    def withdraw_banner(self, conversation_id: int) -> None:
        self.withdrawn.append(conversation_id)

    def give_back(self, conversation_id: int, text: str) -> bool:
        if conversation_id != self.open_id:
            return False
        self.given_back.append(text)
        return True


class World:
    def __init__(self, client: Client, settings: scenes.MemorySettings, bus: str) -> None:
        self.client = client
        self.settings = settings
        self.window = Window()
        self.minute = 12 * 60
        self.where = ""
        self.native = LinuxNotifications("desktop-chat", "desktop-chat", bus)
        self.alerts = Alerts(
            client,
            settings,
            qt_async.spawn,
            self.window,
            self.native,
            lambda: self.minute,  # type: ignore[arg-type]
            lambda: self.where,
        )

    def row(self, conversation_id: int = TALK) -> Conversation:
        return next(each for each in self.client.conversations() if each.conversation_id == conversation_id)

    def arrives(
        self,
        text: str,
        conversation_id: int = TALK,
        sender_id: int = PEER,
        *,
        kind: str = "text",
        file_ids: tuple[str, ...] = (),
        mentions: tuple[int, ...] = (),
    ) -> int:
        """Have a new message come in; its seq."""
        seq = self.row(conversation_id).last_seq + 1
        wire = records.Message(
            conversation_id,
            seq,
            9000 + seq,
            sender_id,
            f"{9000 + seq:032x}",
            scenes.NOW_MS,
            records.Content(kind, text),
            file_ids=file_ids,
            mentions=mentions,
        )
        head = records.Head(seq, seq, records.Preview(sender_id, "text", text, scenes.NOW_MS))
        with self.client._database.transaction() as connection:
            message = messages.insert_stored(connection, wire)
            update = ConversationUpdate(conversation_id, 9000 + seq, head=head)
            conversations.apply_update(connection, scenes.OWN_ID, update)
        self.client._publish(MessagesAdded(conversation_id, [message]))
        self.client._publish(ConversationChanged(self.row(conversation_id)))
        return seq

    def edited(self, seq: int, text: str) -> None:
        """Have its sender edit a message, or take it back where the text is empty."""
        message = self.client.message(TALK, seq)
        assert message is not None
        kind = message.kind if text else "deleted"
        self.client._publish(MessageChanged(replace(message, kind=kind, body=text)))
        self.client._publish(ConversationChanged(self.row()))
        self.alerts._notifier._resting.pop(TALK).cancel()  # the pause is over
        self.alerts._notifier._consider(TALK)

    def draft(self, conversation_id: int = TALK) -> str:
        return self.row(conversation_id).draft


@asynccontextmanager
async def world(bus: str, scene: scenes.Scene | None = None, **settings: object) -> AsyncIterator[World]:
    client = scenes.living_client(scene or scenes.living())
    made = World(client, scenes.MemorySettings(**settings), bus)
    try:
        yield made
    finally:
        await made.alerts.close()
        await qt_async.cancel_all()
        await client.close()


@asynccontextmanager
async def desktop(
    tmp_path: Path, *capabilities: str, scene: scenes.Scene | None = None, **settings: object
) -> AsyncIterator[tuple[World, NotificationDaemon]]:
    async with AsyncExitStack() as stack:
        bus = stack.enter_context(session_bus(tmp_path))
        daemon = await stack.enter_async_context(notification_daemon(bus, *capabilities))
        yield await stack.enter_async_context(world(bus, scene, **settings)), daemon


async def until(condition: Callable[[], object]) -> None:
    while not condition():
        await asyncio.sleep(0.01)


async def first(daemon: NotificationDaemon) -> int:
    await daemon.wait_for(lambda daemon: daemon.notified)
    return daemon.notified[0].number


async def test_who_what_and_whose_picture(qapp: QApplication, tmp_path: Path) -> None:
    async with desktop(tmp_path, *EVERYTHING) as (w, daemon):
        w.arrives("**Soon** on the <roof>\x07", sender_id=PEER)
        await first(daemon)
        (call,) = daemon.notified
        assert call.title == w.row().peer.title  # type: ignore[union-attr]
        assert call.body == "Soon on the &lt;roof&gt;\ufffd"
        assert call.hints["image-data"][:2] == (96, 96)


@pytest.mark.parametrize("content", ["a picture", "nothing that can be shown"])
async def test_the_portrait_is_shown_where_it_can_be(
    qapp: QApplication, tmp_path: Path, content: str
) -> None:
    scene = scenes.living()
    scene.media = tmp_path / "media"
    scene.media.mkdir()
    portrait = f"{1:032x}"
    scene.portrait(PEER, portrait, person=True)
    if content == "a picture":
        image = QImage(64, 64, QImage.Format.Format_RGB32)
        image.fill(QColor("#D02020"))
        image.save(str(scene.media / portrait), "PNG")  # type: ignore[call-overload]
    else:
        (scene.media / portrait).write_text(content)
    async with world("unix:path=/nowhere/bus", scene) as w:
        w.arrives("one")
        w.arrives("two")
        await until(lambda: len(w.window.banners) == 2)
        assert [each.body for each in w.window.banners] == ["one", "two"], "in their order"
        shown = [QImage.fromData(each.image_png).pixelColor(48, 12) for each in w.window.banners]
        assert (shown[0] == shown[1] == QColor("#D02020")) is (content == "a picture")
        w.alerts._portraits.clear()
        row = w.row()
        message = w.client.message(TALK, row.last_seq)
        assert message is not None
        w.alerts._show(Alert(row, message))
        w.alerts._withdraw(TALK)
        await until(lambda: w.window.withdrawn)
        assert len(w.window.banners) == 3, "what is on its way is shown before it is taken back"


async def test_in_a_group_it_is_said_who_wrote(qapp: QApplication, tmp_path: Path) -> None:
    async with desktop(tmp_path, *EVERYTHING, scene=scenes.lab()) as (w, daemon):
        sender = next(each.user_id for each in w.client.members(GROUP) if each.user_id != scenes.OWN_ID)
        w.arrives("`make` it so", GROUP, sender)
        await first(daemon)
        name = w.client.user(sender).title  # type: ignore[union-attr]
        assert daemon.notified[0].title.startswith(w.row(GROUP).info.title)
        assert daemon.notified[0].body == f"{name}: make it so"


async def test_a_click_opens_that_very_message(qapp: QApplication, tmp_path: Path) -> None:
    async with desktop(tmp_path, *EVERYTHING) as (w, daemon):
        seq = w.arrives("here")
        daemon.click(await first(daemon))
        await until(lambda: w.window.shown)
        assert w.window.shown == [(TALK, seq)]


async def test_an_answer_in_place_is_sent_and_the_draft_stays(qapp: QApplication, tmp_path: Path) -> None:
    async with desktop(tmp_path, *EVERYTHING) as (w, daemon):
        await w.client.save_draft(TALK, "half a though")
        seq = w.arrives("Coming?")
        daemon.reply(await first(daemon), "  On my way  ")
        await until(lambda: w.row().preview_text == "On my way")
        await until(lambda: w.row().read_seq == seq)
        assert w.client.newest(TALK, 1).messages[-1].state is SendState.PENDING
        assert w.draft() == "half a though"


async def test_an_answer_that_cannot_be_stored_is_told_and_kept(qapp: QApplication, tmp_path: Path) -> None:
    async with desktop(tmp_path, *EVERYTHING) as (w, daemon):
        await w.client.save_draft(TALK, "half a though")
        w.arrives("Coming?")
        text = "x" * 16_001
        daemon.reply(await first(daemon), text)
        await daemon.wait_for(lambda daemon: len(daemon.notified) == 2)
        assert "Your reply was not sent: The message has 16,001 characters" in daemon.notified[1].body
        assert w.draft() == f"half a though\n{text}"
        # Where the conversation is open, the field has it.
        w.window.open_id = TALK
        await w.alerts._replies.send(TALK, 0, text)
        assert w.window.given_back == [text]


async def test_an_answer_that_finds_no_store_is_in_the_words(qapp: QApplication, tmp_path: Path) -> None:
    async def refuse(*arguments: object, **options: object) -> None:
        raise ClientError("The disk is full.")

    async with desktop(tmp_path, *EVERYTHING) as (w, daemon):
        w.client.send = w.client.save_draft = refuse  # type: ignore[assignment]
        w.arrives("Coming?")
        daemon.reply(await first(daemon), "On my way")
        await daemon.wait_for(lambda daemon: len(daemon.notified) == 2)
        assert daemon.notified[1].body.endswith("Its text was: On my way")


async def test_an_answer_that_the_server_refuses_is_told(qapp: QApplication, tmp_path: Path) -> None:
    async with desktop(tmp_path, *EVERYTHING) as (w, daemon):
        w.arrives("Coming?")
        daemon.reply(await first(daemon), "On my way")
        await until(lambda: w.row().preview_text == "On my way")
        sent = w.client.newest(TALK, 1).messages[-1]
        w.client._publish(MessageChanged(replace(sent, state=SendState.FAILED, error="You are blocked.")))
        await daemon.wait_for(lambda daemon: len(daemon.notified) == 2)
        words = "Your reply was not sent: You are blocked. It stands in the conversation."
        assert daemon.notified[1].body == words


async def test_marked_as_read(qapp: QApplication, tmp_path: Path) -> None:
    async with desktop(tmp_path, *EVERYTHING) as (w, daemon):
        seq = w.arrives("Coming?")
        daemon.click(await first(daemon), "mark-read")
        await until(lambda: w.row().read_seq == seq)
        assert w.window.shown == []


async def test_read_anywhere_is_withdrawn(qapp: QApplication, tmp_path: Path) -> None:
    async with desktop(tmp_path, *EVERYTHING) as (w, daemon):
        seq = w.arrives("Coming?")
        number = await first(daemon)
        w.client._publish(ConversationChanged(replace(w.row(), read_seq=seq, unread=0)))
        await daemon.wait_for(lambda daemon: daemon.closed)
        assert daemon.closed == [number]


async def test_an_edit_is_followed_and_a_deletion_too(qapp: QApplication, tmp_path: Path) -> None:
    async with desktop(tmp_path, *EVERYTHING) as (w, daemon):
        seq = w.arrives("At two")
        number = await first(daemon)
        w.edited(seq, "At three")
        await daemon.wait_for(lambda daemon: len(daemon.notified) == 2)
        call = daemon.notified[1]
        assert (call.replaces, call.body, call.hints["suppress-sound"]) == (number, "At three", True)
        w.edited(seq, "")
        await daemon.wait_for(lambda daemon: daemon.closed)
        assert w.window.banners == []


async def test_the_window_follows_an_edit_and_a_deletion_too(qapp: QApplication) -> None:
    async with world("unix:path=/nowhere/bus") as w:
        seq = w.arrives("At two")
        w.edited(seq, "At three")
        await until(lambda: w.window.corrected)
        assert [(each.seq, each.body) for each in w.window.corrected] == [(seq, "At three")]
        assert [each.body for each in w.window.banners] == ["At two"], "it does not come anew"
        w.edited(seq, "")
        await until(lambda: w.window.withdrawn)


async def test_what_may_not_be_told_again_is_taken_back(qapp: QApplication) -> None:
    async with world("unix:path=/nowhere/bus") as w:
        seq = w.arrives("At two")
        await until(lambda: w.window.banners)
        w.settings.update(do_not_disturb=True)
        w.edited(seq, "At three")
        await until(lambda: w.window.withdrawn)
        assert w.window.corrected == []


async def test_of_a_hidden_text_no_edit_is_told(qapp: QApplication) -> None:
    async with world("unix:path=/nowhere/bus", hide_text=True) as w:
        seq = w.arrives("At two")
        await until(lambda: w.window.banners)
        w.edited(seq, "At three")
        w.arrives("And four")
        await until(lambda: len(w.window.banners) == 2)
        assert w.window.corrected == []


async def test_a_desktop_that_offers_nothing_gets_the_words(qapp: QApplication, tmp_path: Path) -> None:
    async with desktop(tmp_path, "body") as (w, daemon):
        w.arrives("1 < 2")
        await first(daemon)
        assert (daemon.notified[0].body, daemon.notified[0].actions) == ("1 < 2", [])
        assert w.window.banners == []


async def test_without_any_service_the_window_tells(qapp: QApplication, tmp_path: Path) -> None:
    with session_bus(tmp_path) as bus:
        async with world(bus) as w:
            seq = w.arrives("Anybody?")
            await until(lambda: w.window.banners)
            (shown,) = w.window.banners
            assert (shown.conversation_id, shown.seq, shown.body) == (TALK, seq, "Anybody?")
            w.client._publish(ConversationChanged(replace(w.row(), read_seq=seq, unread=0)))
            await until(lambda: w.window.withdrawn)
            assert await w.alerts.test() == (False, "no notification service has answered")


async def test_without_a_bus_the_window_tells(qapp: QApplication) -> None:
    async with world("unix:path=/nowhere/bus") as w:
        w.arrives("Anybody?")
        await until(lambda: w.window.banners)


async def test_the_text_is_hidden(qapp: QApplication, tmp_path: Path) -> None:
    async with desktop(tmp_path, *EVERYTHING, hide_text=True, sound=False) as (w, daemon):
        w.arrives("secret")
        await first(daemon)
        assert daemon.notified[0].body == "New message"
        assert daemon.notified[0].hints["suppress-sound"] is True


async def test_the_sender_is_hidden(qapp: QApplication, tmp_path: Path) -> None:
    async with desktop(tmp_path, *EVERYTHING, hide_sender=True) as (w, daemon):
        w.arrives("secret")
        await first(daemon)
        (call,) = daemon.notified
        assert (call.title, call.body) == ("desktop-chat", "New message")
        assert "image-data" not in call.hints
        assert "inline-reply" not in call.actions


async def test_of_several_accounts_it_is_said_which(qapp: QApplication, tmp_path: Path) -> None:
    async with desktop(tmp_path, *EVERYTHING) as (w, daemon):
        w.where = "chat.example"
        w.arrives("Anybody?")
        await first(daemon)
        assert daemon.notified[0].title == f"{w.row().peer.title} · chat.example"  # type: ignore[union-attr]
        w.settings.update(hide_sender=True)
        w.arrives("And now?")
        await until(lambda: len(daemon.notified) == 2)
        assert daemon.notified[1].title == "desktop-chat · chat.example"


@pytest.mark.parametrize("alerts", ["mentions", "none"])
async def test_a_quieter_conversation(qapp: QApplication, tmp_path: Path, alerts: str) -> None:
    async with desktop(tmp_path, *EVERYTHING) as (w, daemon):
        personal = records.Personal(0, 0, alerts=alerts)  # type: ignore[arg-type]
        with w.client._database.transaction() as connection:
            update = ConversationUpdate(TALK, 8_000, personal=personal)
            conversations.apply_update(connection, scenes.OWN_ID, update)
        w.client._publish(ConversationChanged(w.row()))
        w.arrives("to nobody in particular")
        w.arrives("to you, @me", mentions=(scenes.OWN_ID,))
        told = ["to you, @me"] if alerts == "mentions" else []
        await until(lambda: len(daemon.notified) >= len(told))
        await w.alerts.test()
        assert [call.body for call in daemon.notified][:-1] == told


@pytest.mark.parametrize(
    "quiet",
    [
        {"do_not_disturb": True},
        {"notifications": False},
        {"quiet_from": 11 * 60, "quiet_to": 13 * 60},
        {"quiet_from": 22 * 60, "quiet_to": 21 * 60},
    ],
)
async def test_nothing_is_told_when_it_should_not_be(
    qapp: QApplication, tmp_path: Path, quiet: dict[str, object]
) -> None:
    async with desktop(tmp_path, *EVERYTHING, **quiet) as (w, daemon):  # type: ignore[arg-type]
        w.arrives("psst")
        # The test itself is told: what came before it would have been told by then.
        shown, backend = await w.alerts.test()
        assert (shown, backend) == (True, "recorder 1.0")
        assert len(daemon.notified) == 1
        assert w.window.banners == []


async def test_files_are_told_in_words(qapp: QApplication, tmp_path: Path) -> None:
    body = attachments.encode(FileBody((Attachment("a.pdf", 10, "ab" * 32),)))
    async with desktop(tmp_path, *EVERYTHING) as (w, daemon):
        w.arrives(body, kind="file", file_ids=("a" * 32,))
        await first(daemon)
        assert daemon.notified[0].body == "📎 a.pdf"
        w.arrives(attachments.encode(FileBody((), "The **lake**")), kind="picture", file_ids=("a" * 32,))
        await daemon.wait_for(lambda daemon: len(daemon.notified) == 2)
        assert daemon.notified[1].body == "📷 The lake"
