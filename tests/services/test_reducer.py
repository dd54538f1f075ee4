"""The reducer: whatever order the server's words come in, the store ends up the same."""

from collections.abc import Iterator

import pytest

from desktop_chat.core.changes import (
    CacheReset,
    ConversationChanged,
    MessageChanged,
    MessageRemoved,
    MessagesAdded,
    UserChanged,
)
from desktop_chat.core.models import Conversation, SendState
from desktop_chat.protocol import events, records, replies
from desktop_chat.protocol.actions import Reacted
from desktop_chat.protocol.codec import AnyPacket
from desktop_chat.services.reducer import Outcome, Reducer
from desktop_chat.store import conversations, messages, outbox, sync_state
from desktop_chat.store.database import IN_MEMORY, Database

ME, ANN = 1, 2
TALK = 10
EPOCH = "e" * 32


class Device:
    """A store with a reducer, fed by hand."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.reducer = Reducer(ME)

    def take(self, *packets: AnyPacket) -> Outcome:
        return self.reducer.apply(self.database, list(packets))

    def greet(self, *, resync: bool = False, epoch: str = EPOCH) -> Outcome:
        me = records.User(ME, "me", "Me", online=True)
        return self.take(replies.ConnectionConfirmed(1, me, 1, "lab", epoch, resync))

    def row(self) -> Conversation:
        [row] = conversations.load(self.database.writer, ME, self.reducer.online, [TALK])
        return row

    def bodies(self) -> list[str]:
        return [message.body for message in messages.newest(self.database.writer, TALK, 1000)]

    def echo(self, client_id: str, body: str) -> None:
        with self.database.transaction() as connection:
            content = records.Content("text", body)
            outbox.add(connection, messages.insert_local(connection, TALK, client_id, ME, 5, content))


def client_id(number: int) -> str:
    return f"{number:032x}"


def message(seq: int, sender_id: int = ANN, body: str = "") -> records.Message:
    content = records.Content("text", body or f"m{seq}")
    return records.Message(TALK, seq, 100 + seq, sender_id, client_id(seq), 1000 + seq, content)


def head(seq: int, position: int | None = None, personal: records.Personal | None = None) -> AnyPacket:
    preview = records.Preview(ANN, "text", f"m{seq}", 1000 + seq)
    return events.ConversationUpdate(
        TALK, position or 100 + seq, head=records.Head(seq, seq, preview), personal=personal
    )


def whole(seq: int, read_seq: int = 0) -> list[AnyPacket]:
    preview = records.Preview(ANN, "text", f"m{seq}", 1000 + seq) if seq else None
    return [
        events.UserUpdate(records.User(ANN, "ann", "Ann", online=True)),
        events.ConversationUpdate(
            TALK,
            100 + seq,
            "direct",
            records.Head(seq, seq, preview),
            records.Personal(read_seq, read_seq),
            [records.Member(ME, read_seq, read_seq), records.Member(ANN)],
        ),
    ]


@pytest.fixture
def device() -> Iterator[Device]:
    database = Database(IN_MEMORY)
    yield Device(database)
    database.close()


@pytest.fixture
def talking(device: Device) -> Device:
    """Caught up with an empty conversation."""
    device.greet()
    device.take(*whole(0), events.CaughtUp(50))
    return device


def test_a_message_reaches_list_and_timeline(talking: Device) -> None:
    outcome = talking.take(events.NewMessage(message(1)), head(1))
    [added] = [change for change in outcome.changes if isinstance(change, MessagesAdded)]
    assert [m.body for m in added.messages] == ["m1"]
    assert added.live
    row = talking.row()
    assert (row.unread, row.preview_text, row.held_to, row.last_seq) == (1, "m1", 1, 1)
    assert row.peer is not None
    assert row.peer.online
    assert outcome.received == {TALK: 1}
    assert outcome.behind == []


def test_the_same_message_twice_is_one(talking: Device) -> None:
    talking.take(events.NewMessage(message(1)))
    outcome = talking.take(events.NewMessage(message(1)), head(1), head(1))
    assert not any(isinstance(change, MessagesAdded) for change in outcome.changes)
    assert talking.bodies() == ["m1"]
    assert talking.row().unread == 1


def test_a_gap_is_fetched_not_applied(talking: Device) -> None:
    talking.take(events.NewMessage(message(1)), head(1))
    outcome = talking.take(events.NewMessage(message(3)), head(3))
    assert outcome.behind == [TALK]
    assert talking.bodies() == ["m1"]
    outcome = talking.take(replies.MessageHistory(9, TALK, [message(2), message(3)]))
    assert outcome.behind == []
    assert talking.bodies() == ["m1", "m2", "m3"]


def test_a_lost_tail_shows_at_catch_up(talking: Device) -> None:
    talking.take(events.NewMessage(message(1)), head(1))
    talking.greet()
    outcome = talking.take(*whole(4), events.CaughtUp(104))
    assert outcome.caught_up
    assert outcome.behind == [TALK]


@pytest.mark.parametrize("order", ["confirmation first", "echo first", "echo only", "history only"])
def test_confirmation_and_echo_in_any_order_are_one_bubble(talking: Device, order: str) -> None:
    talking.echo(client_id(1), "mine")
    stored = message(1, ME, "mine")
    confirmation = replies.MessageSent(7, TALK, client_id(1), 101, 1, 1001)
    packets: list[AnyPacket] = {
        "confirmation first": [confirmation, events.NewMessage(stored)],
        "echo first": [events.NewMessage(stored), confirmation],
        "echo only": [events.NewMessage(stored)],
        "history only": [replies.MessageHistory(7, TALK, [stored])],
    }[order]
    changes = [change for packet in packets for change in talking.take(packet).changes]
    told = [change for change in changes if isinstance(change, MessagesAdded | MessageChanged)]
    assert len(told) == 1
    assert isinstance(told[0], MessageChanged)
    assert told[0].message.seq == 1
    assert told[0].message.state is SendState.SENT
    assert talking.bodies() == ["mine"]
    assert outbox.heads(talking.database.writer) == []
    assert talking.row().held_to == 1


def test_a_confirmation_beyond_a_gap_waits_for_what_is_before_it(talking: Device) -> None:
    talking.echo(client_id(3), "mine")
    talking.take(events.NewMessage(message(1)), head(1))
    talking.take(replies.MessageSent(7, TALK, client_id(3), 103, 3, 1003), head(3))
    assert talking.row().held_to == 1
    outcome = talking.take(replies.MessageHistory(9, TALK, [message(2), message(3, ME, "mine")]))
    assert talking.bodies() == ["m1", "m2", "mine"]
    assert talking.row().held_to == 3
    [added] = [change for change in outcome.changes if isinstance(change, MessagesAdded)]
    assert [m.body for m in added.messages] == ["m2"]


def test_an_older_page_extends_the_run_and_is_no_news(talking: Device) -> None:
    talking.take(*whole(9))
    talking.take(replies.MessageHistory(5, TALK, [message(8), message(9)]))
    outcome = talking.take(replies.MessageHistory(6, TALK, [message(6), message(7)]))
    assert not any(isinstance(change, MessagesAdded) for change in outcome.changes)
    assert (talking.row().held_from, talking.row().held_to) == (6, 9)
    talking.take(replies.MessageHistory(6, TALK, [message(1), message(2)]))
    assert talking.bodies() == ["m6", "m7", "m8", "m9"]


def test_history_of_a_new_device_is_no_news_but_what_follows_is(device: Device) -> None:
    device.greet()
    device.take(*whole(3), events.CaughtUp(103))
    outcome = device.take(replies.MessageHistory(5, TALK, [message(1), message(2), message(3)]))
    [added] = [change for change in outcome.changes if isinstance(change, MessagesAdded)]
    assert not added.live
    outcome = device.take(events.NewMessage(message(4)))
    [added] = [change for change in outcome.changes if isinstance(change, MessagesAdded)]
    assert added.live


def test_the_position_is_kept_only_when_the_catch_up_is_whole(device: Device) -> None:
    device.greet()
    device.take(*whole(3))
    device.take(events.NewMessage(message(4)))
    assert sync_state.resume(device.database.writer) is None
    device.take(events.CaughtUp(103))
    assert sync_state.resume(device.database.writer) == records.Resume(EPOCH, 103)
    device.take(events.NewMessage(message(5)), head(5))
    assert sync_state.resume(device.database.writer) == records.Resume(EPOCH, 105)
    device.greet()
    device.take(head(9, position=900))
    assert sync_state.resume(device.database.writer) == records.Resume(EPOCH, 105)


@pytest.mark.parametrize("how", ["epoch", "resync"])
def test_another_log_is_a_cold_start_that_keeps_the_outbox(talking: Device, how: str) -> None:
    talking.take(events.NewMessage(message(1)), head(1))
    talking.echo(client_id(50), "not sent yet")
    outcome = talking.greet(epoch="f" * 32) if how == "epoch" else talking.greet(resync=True)
    assert any(isinstance(change, CacheReset) for change in outcome.changes)
    assert talking.bodies() == ["not sent yet"]
    assert len(outbox.heads(talking.database.writer)) == 1
    outcome = talking.take(*whole(1), events.CaughtUp(101))
    assert outcome.behind == [TALK]
    talking.take(replies.MessageHistory(5, TALK, [message(1)]))
    assert talking.bodies() == ["m1", "not sent yet"]


def test_a_cold_start_that_was_cut_short_leaves_nothing_behind(device: Device) -> None:
    first = device.greet()
    assert not any(isinstance(change, CacheReset) for change in first.changes)
    device.take(*whole(1))
    outcome = device.greet()  # the connection was lost, and the user taken out of the conversation
    assert any(isinstance(change, CacheReset) for change in outcome.changes)
    device.take(events.CaughtUp(102))
    assert conversations.load_all(device.database.writer, ME, set()) == []


def test_a_whole_conversation_may_come_twice(talking: Device) -> None:
    talking.greet()
    talking.take(*whole(1))
    outcome = talking.take(*whole(3, read_seq=2), events.CaughtUp(103))
    assert outcome.behind == [TALK]
    assert (talking.row().last_seq, talking.row().read_seq) == (3, 2)


def test_a_new_session_begins_with_everybody_offline(talking: Device) -> None:
    assert talking.row().peer is not None
    outcome = talking.greet()
    [row] = [c.conversation for c in outcome.changes if isinstance(c, ConversationChanged)]
    assert row.peer is not None
    assert not row.peer.online
    assert any(isinstance(c, UserChanged) and c.user.user_id == ME for c in outcome.changes)


def test_pointers_only_grow(talking: Device) -> None:
    talking.take(events.NewMessage(message(1, ME)), head(1))
    talking.take(events.MemberUpdate(TALK, 200, records.Member(ANN, 1, 1)))
    talking.take(events.MemberUpdate(TALK, 199, records.Member(ANN, 1, 0)))
    row = talking.row()
    assert (row.delivered_seq, row.others_read_seq) == (1, 1)


def test_reading_here_counts_before_the_server_knows(talking: Device) -> None:
    for seq in (1, 2, 3):
        talking.take(events.NewMessage(message(seq)), head(seq))
    assert talking.row().unread == 3
    conversations.want_read(talking.database.writer, TALK, 2)
    assert talking.row().unread == 1
    assert conversations.unreported_reads(talking.database.writer) == [(TALK, 2)]
    talking.take(events.ConversationUpdate(TALK, 300, personal=records.Personal(2, 2)))
    assert conversations.unreported_reads(talking.database.writer) == []
    assert talking.row().unread == 1


def test_an_unknown_conversation_that_is_not_described_is_left_alone(talking: Device) -> None:
    stranger = events.ConversationUpdate(99, 300, head=records.Head(1, 1))
    outcome = talking.take(events.NewMessage(message(1)), stranger)
    assert not conversations.exists(talking.database.writer, 99)
    assert talking.bodies() == ["m1"]
    assert outcome.behind == []


def test_a_failing_transaction_leaves_nothing_half(talking: Device) -> None:
    import sqlite3

    with pytest.raises(sqlite3.Error):
        talking.take(events.NewMessage(message(1)), events.NewMessage(message(2, body="x")), _broken())
    assert talking.bodies() == []
    assert talking.row().held_to == 0


def _broken() -> AnyPacket:
    """A message whose id is taken, as no server sends it."""
    content = records.Content("text", "again")
    return events.NewMessage(records.Message(TALK, 3, 101, ANN, client_id(3), 1, content))


def test_an_echo_that_was_stored_long_ago_comes_back_with_its_page(talking: Device) -> None:
    talking.echo(client_id(2), "mine")
    talking.take(*whole(9))
    talking.take(replies.MessageHistory(5, TALK, [message(8), message(9)]))
    outcome = talking.take(replies.MessageSent(7, TALK, client_id(2), 102, 2, 1002))
    [removed] = [change for change in outcome.changes if isinstance(change, MessageRemoved)]
    assert talking.bodies() == ["m8", "m9"]
    page = [message(seq, ME if seq == 2 else ANN, "mine" if seq == 2 else "") for seq in range(1, 8)]
    outcome = talking.take(replies.MessageHistory(8, TALK, page))
    assert not any(isinstance(change, MessagesAdded | MessageChanged) for change in outcome.changes)
    assert talking.bodies() == ["m1", "mine", "m3", "m4", "m5", "m6", "m7", "m8", "m9"]
    back = messages.older(talking.database.writer, TALK, 8, 10)[1]
    assert back.local_id == removed.local_id


def test_what_was_meant_for_one_person_never_reaches_another(talking: Device) -> None:
    """A server set up anew gives out the same ids again."""
    talking.echo(client_id(50), "for Ann alone")
    talking.greet(epoch="f" * 32)
    described = events.ConversationUpdate(
        TALK,
        3,
        "direct",
        records.Head(0, 0),
        records.Personal(),
        [records.Member(ME), records.Member(77)],
    )
    outcome = talking.take(events.UserUpdate(records.User(77, "eve", "Eve")), described, events.CaughtUp(3))
    assert outbox.heads(talking.database.writer) == []
    [failed] = [c.message for c in outcome.changes if isinstance(c, MessageChanged)]
    assert (failed.state, failed.body) == (SendState.FAILED, "for Ann alone")
    assert "somebody else" in failed.error
    peer = talking.row().peer
    assert peer is not None
    assert peer.user_id == 77


def test_a_reaction_before_the_first_page_hides_nothing(talking: Device) -> None:
    talking.echo(client_id(2), "mine")
    talking.take(*whole(2))
    reaction = records.Message(TALK, 3, 103, ANN, client_id(3), 1003, action=Reacted(1, "👍"))
    outcome = talking.take(events.NewMessage(reaction), head(3))
    assert not any(isinstance(change, MessagesAdded) for change in outcome.changes)
    page = [message(1), message(2, ME, "mine"), reaction]
    outcome = talking.take(replies.MessageHistory(5, TALK, page))
    shown = screen(outcome)
    assert [shown[each] for each in sorted(shown)] == ["m1", "mine"]
    assert talking.bodies() == ["m1", "mine"]


def screen(outcome: Outcome) -> dict[int, str]:
    """What a screen that was empty shows after these changes, by seq."""
    rows: dict[int, tuple[int, str]] = {}
    for change in outcome.changes:
        match change:
            case MessagesAdded(messages=added):
                for each in added:
                    assert each.local_id not in rows
                    rows[each.local_id] = (each.seq or 0, each.body)
            case MessageRemoved(local_id=local_id):
                rows.pop(local_id, None)
            case MessageChanged(message=changed):
                rows[changed.local_id] = (changed.seq or 0, changed.body)
    return dict(rows.values())
