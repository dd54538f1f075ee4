"""One alert a conversation, for news nobody looks at, gone when read."""

import asyncio

from desktop_chat.core import attachments
from desktop_chat.core.attachments import Attachment, FileBody
from desktop_chat.core.changes import ConversationChanged, MessagesAdded
from desktop_chat.core.models import Conversation, Message, User
from desktop_chat.services.notifier import Alert, Notifier

ME, ANN, TALK = 1, 2, 10


class Desk:
    def __init__(self) -> None:
        self.shown: list[Alert] = []
        self.withdrawn: list[int] = []
        self.looking_at: int | None = None
        self.notifier = Notifier(
            ME,
            [],
            is_looking_at=lambda conversation_id: conversation_id == self.looking_at,
            show=self.shown.append,
            withdraw=self.withdrawn.append,
        )

    def news(self, seq: int, *, sender_id: int = ANN, live: bool = True, read_seq: int = 0) -> None:
        message = Message(seq, TALK, f"{seq:032x}", sender_id, 0, "text", f"m{seq}", seq, seq)
        self.notifier.on_change(MessagesAdded(TALK, [message], live=live))
        self.row(seq, read_seq)

    def row(self, seq: int, read_seq: int) -> None:
        row = Conversation(
            TALK, "direct", User(ANN, "ann", "Ann"), last_seq=seq, unread=seq - read_seq, read_seq=read_seq
        )
        self.notifier.on_change(ConversationChanged(row))


async def test_news_is_shown_and_goes_when_read() -> None:
    desk = Desk()
    desk.news(1)
    assert desk.shown == [Alert(TALK, "Ann", "m1", 1)]
    desk.row(1, read_seq=1)
    assert desk.withdrawn == [TALK]
    desk.notifier.close()
    assert desk.withdrawn == [TALK]


async def test_no_alert_for_own_messages_history_or_what_is_looked_at() -> None:
    desk = Desk()
    desk.news(1, sender_id=ME)
    desk.news(2, live=False)
    desk.looking_at = TALK
    desk.news(3)
    desk.looking_at = None
    desk.row(3, read_seq=0)
    assert desk.shown == []
    desk.notifier.close()


async def test_a_flood_replaces_the_alert_once_in_a_while() -> None:
    desk = Desk()
    for seq in range(1, 50):
        desk.news(seq)
    assert [alert.text for alert in desk.shown] == ["m1"]
    desk.notifier._rested(TALK)  # the pause is over
    assert [alert.text for alert in desk.shown] == ["m1", "m49"]
    assert desk.shown[-1].unread == 49
    await asyncio.sleep(0)
    desk.notifier.close()
    assert desk.withdrawn == [TALK]


async def test_files_are_told_in_words() -> None:
    desk = Desk()
    body = attachments.encode(FileBody((Attachment("a.pdf", 10, "ab" * 32),)))
    message = Message(1, TALK, f"{1:032x}", ANN, 0, "file", body, 1, 1)
    desk.notifier.on_change(MessagesAdded(TALK, [message]))
    desk.row(1, 0)
    assert [alert.text for alert in desk.shown] == ["📎 a.pdf"]
    desk.notifier.close()
