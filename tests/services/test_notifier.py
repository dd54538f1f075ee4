"""One alert a conversation, for news nobody looks at, gone when read."""

import asyncio

import pytest
from msgspec.structs import replace

from desktop_chat.core.changes import ConversationChanged, MessageChanged, MessagesAdded
from desktop_chat.core.models import Conversation, Extra, Message, User
from desktop_chat.protocol.records import Mute
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

    @property
    def texts(self) -> list[str]:
        return [alert.message.body for alert in self.shown]

    def news(self, seq: int, *, sender_id: int = ANN, live: bool = True, read_seq: int = 0) -> None:
        self.notifier.on_change(MessagesAdded(TALK, [message(seq, sender_id)], live=live))
        self.row(seq, read_seq)

    def row(self, seq: int, read_seq: int, alerts: Mute = "all") -> None:
        row = Conversation(
            TALK,
            "direct",
            User(ANN, "ann", "Ann"),
            last_seq=seq,
            unread=seq - read_seq,
            read_seq=read_seq,
            alerts=alerts,
        )
        self.notifier.on_change(ConversationChanged(row))


def message(seq: int, sender_id: int = ANN, extra: Extra | None = None) -> Message:
    return Message(seq, TALK, f"{seq:032x}", sender_id, 0, "text", f"m{seq}", seq, seq, extra=extra)


async def test_news_is_shown_and_goes_when_read() -> None:
    desk = Desk()
    desk.news(1)
    (alert,) = desk.shown
    assert (alert.conversation.conversation_id, alert.conversation.unread, alert.message.seq) == (TALK, 1, 1)
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
    assert desk.texts == ["m1"]
    desk.notifier._rested(TALK)  # the pause is over
    assert desk.texts == ["m1", "m49"]
    assert desk.shown[-1].conversation.unread == 49
    await asyncio.sleep(0)
    desk.notifier.close()
    assert desk.withdrawn == [TALK]


async def test_a_mention_is_not_lost_among_messages_that_mention_nobody() -> None:
    desk = Desk()
    desk.row(0, 0, alerts="mentions")
    batch = [message(1), message(2, extra=Extra(mentions=(ME,))), message(3)]
    desk.notifier.on_change(MessagesAdded(TALK, batch))
    desk.row(3, 0, alerts="mentions")
    assert desk.texts == ["m2"]
    desk.notifier.close()


async def test_muted_is_never_told() -> None:
    desk = Desk()
    desk.row(0, 0, alerts="none")
    desk.notifier.on_change(MessagesAdded(TALK, [message(1, extra=Extra(mentions=(ME,)))]))
    desk.row(1, 0, alerts="none")
    assert desk.shown == []


async def test_what_its_sender_deleted_is_taken_back() -> None:
    desk = Desk()
    desk.news(1)
    desk.notifier.on_change(MessageChanged(replace(message(9), kind="deleted", body="")))
    assert desk.withdrawn == []
    desk.notifier.on_change(MessageChanged(replace(message(1), kind="deleted", body="")))
    assert desk.withdrawn == [TALK]
    # The same for one that waits for its turn.
    desk.news(2)
    desk.notifier.on_change(MessageChanged(replace(message(2), kind="deleted", body="")))
    desk.notifier._rested(TALK)
    assert desk.texts == ["m1"]
    desk.notifier.close()


async def test_an_alert_follows_the_edits_of_its_message() -> None:
    desk = Desk()
    desk.news(1)
    desk.notifier.on_change(MessageChanged(replace(message(1), extra=Extra(changed_seq=2))))
    desk.notifier.on_change(MessageChanged(replace(message(9), body="of another")))
    assert desk.texts == ["m1"], "a reaction is no edit"
    # It rests: of several edits the last is told, once.
    for words in ("once", "twice"):
        desk.notifier.on_change(MessageChanged(replace(message(1), body=words)))
    desk.row(3, read_seq=0)
    assert desk.texts == ["m1"]
    desk.notifier._rested(TALK)
    assert [(each.message.body, each.correction) for each in desk.shown] == [("m1", False), ("twice", True)]
    desk.notifier._rested(TALK)
    assert desk.texts == ["m1", "twice"]
    desk.notifier.on_change(MessageChanged(replace(message(1), body="at once")))
    assert desk.shown[-1].correction
    # One that waits for its turn is told as it is then, and takes the place of what would be corrected.
    desk.news(4)
    desk.notifier.on_change(MessageChanged(replace(message(1), body="of the one before")))
    desk.notifier.on_change(MessageChanged(replace(message(4), body="m4, edited")))
    desk.notifier._rested(TALK)
    assert (desk.shown[-1].message.body, desk.shown[-1].correction) == ("m4, edited", False)
    # What was taken back is not corrected.
    desk.row(4, read_seq=4)
    desk.notifier.on_change(MessageChanged(replace(message(4), body="too late")))
    desk.notifier._rested(TALK)
    assert desk.texts[-1] == "m4, edited"
    desk.notifier.close()


@pytest.mark.parametrize("why", ["muted", "looked at", "read so far"])
async def test_an_edit_alerts_nobody_who_is_not_to_be_told(why: str) -> None:
    """The alert goes: it would keep the old words."""
    desk = Desk()
    desk.news(1)
    desk.news(2)
    desk.notifier._rested(TALK)
    desk.notifier._rested(TALK)
    match why:
        case "muted":
            desk.row(2, 0, alerts="none")
        case "looked at":
            desk.looking_at = TALK
        case "read so far":
            desk.news(3, sender_id=ME)
            desk.row(3, read_seq=2)
    desk.notifier.on_change(MessageChanged(replace(message(2), body="edited")))
    assert desk.texts == ["m1", "m2"]
    assert desk.withdrawn == [TALK]
