"""A timeline's rows: their order, their places among each other, and the window onto older ones."""

import random

import msgspec
from PySide6.QtWidgets import QApplication
from pytestqt.modeltest import ModelTester

from desktop_chat.core.changes import (
    CacheReset,
    ConnectionChanged,
    ConversationChanged,
    MessageChanged,
    MessageRemoved,
    MessagesAdded,
)
from desktop_chat.core.models import ConnectionPhase, ConnectionState, Conversation, Message, SendState, User
from desktop_chat.viewmodels.read_marker import ReadMarker
from desktop_chat.viewmodels.timeline import OLDER_ROWS, OPEN_ROWS, ROWS_ABOVE_UNREAD, TimelineModel
from tests.viewmodels.engine import OWN_ID, FeedByHand, ScriptedEngine, Spawner

NOW_MS = 1_772_548_320_000
PEER = User(101, "alice", "Alice")
MINUTE_MS = 60_000


def stored(seq: int, sender: int = 101, at: int | None = None, local_id: int | None = None) -> Message:
    when = NOW_MS - 10_000 * MINUTE_MS + seq * MINUTE_MS if at is None else at
    return Message(local_id or seq, 1, f"{seq:032x}", sender, when, "text", f"text {seq}", seq, seq)


def echo(local_id: int, state: SendState = SendState.PENDING) -> Message:
    return Message(local_id, 1, f"{local_id:032x}", OWN_ID, NOW_MS, "text", f"echo {local_id}", state=state)


class Desk:
    """A model with what it stands on."""

    def __init__(self, messages: list[Message], **fields: object) -> None:
        self.engine = ScriptedEngine()
        self.engine.messages = messages
        self.feed = FeedByHand()
        self.spawn = Spawner()
        seqs = [each.seq for each in messages if each.seq is not None]
        last = max(seqs, default=0)
        self.conversation = Conversation(
            1,
            "direct",
            PEER,
            last_seq=last,
            **{"read_seq": last, **fields},  # type: ignore[arg-type]
        )
        self.model = TimelineModel(
            self.engine,
            self.feed,
            self.spawn,
            self.conversation,
            now_ms=lambda: NOW_MS,  # type: ignore[arg-type]
        )

    def bodies(self) -> list[str]:
        return [self.model.message(row).body for row in range(self.model.rowCount())]


def test_opens_with_the_newest_and_pages_back(qapp: QApplication, qtmodeltester: ModelTester) -> None:
    desk = Desk([stored(seq) for seq in range(1, 301)])
    qtmodeltester.check(desk.model)
    assert desk.model.rowCount() == OPEN_ROWS
    desk.model.load_older()
    desk.model.load_older()
    assert desk.model.loading
    desk.spawn.run()
    assert desk.model.rowCount() == OPEN_ROWS + OLDER_ROWS
    while not desk.model.reached_start:
        desk.model.load_older()
        desk.spawn.run()
    assert desk.bodies() == [f"text {seq}" for seq in range(1, 301)]


def test_offline_paging_waits_for_the_connection(qapp: QApplication) -> None:
    desk = Desk([stored(seq) for seq in range(1, 301)])
    desk.engine.complete = False
    desk.model.load_older()
    desk.spawn.run()
    desk.model.load_older()
    assert desk.spawn.waiting == []
    desk.engine.complete = True
    desk.feed.tell(ConnectionChanged(ConnectionState(ConnectionPhase.ONLINE)))
    desk.model.load_older()
    desk.spawn.run()
    assert desk.model.rowCount() == OPEN_ROWS + OLDER_ROWS


def test_an_echo_becomes_the_message_in_place(qapp: QApplication, qtmodeltester: ModelTester) -> None:
    desk = Desk([stored(1), stored(2)])
    qtmodeltester.check(desk.model)
    moves: list[int] = []
    desk.model.rowsMoved.connect(lambda *_: moves.append(1))
    desk.feed.tell(MessagesAdded(1, [echo(50)]))
    assert desk.bodies() == ["text 1", "text 2", "echo 50"]
    confirmed = msgspec.structs.replace(echo(50), seq=3, message_id=3, state=SendState.SENT)
    desk.feed.tell(MessageChanged(confirmed))
    assert desk.bodies() == ["text 1", "text 2", "echo 50"]
    assert moves == []


def test_a_confirmed_echo_moves_above_those_still_waiting(qapp: QApplication) -> None:
    desk = Desk([stored(1)])
    desk.feed.tell(MessagesAdded(1, [echo(50), echo(51)]))
    desk.feed.tell(MessagesAdded(1, [stored(2, local_id=60)]))
    assert desk.bodies() == ["text 1", "text 2", "echo 50", "echo 51"]
    desk.feed.tell(MessageChanged(msgspec.structs.replace(echo(51), seq=3, state=SendState.SENT)))
    assert desk.bodies() == ["text 1", "text 2", "echo 51", "echo 50"]


def test_the_same_message_twice_is_one_row(qapp: QApplication) -> None:
    desk = Desk([stored(1)])
    desk.feed.tell(MessagesAdded(1, [stored(2)]), MessagesAdded(1, [stored(2)]))
    assert desk.bodies() == ["text 1", "text 2"]


def test_a_hole_is_read_anew(qapp: QApplication) -> None:
    desk = Desk([stored(1)])
    desk.engine.messages = [stored(seq) for seq in range(5, 11)]
    beyond = msgspec.structs.replace(desk.conversation, held_from=5, held_to=10)
    desk.feed.tell(MessagesAdded(1, [stored(10)]), ConversationChanged(beyond))
    assert desk.bodies() == [f"text {seq}" for seq in range(5, 11)]


def test_a_reaction_leaves_no_hole(qapp: QApplication) -> None:
    """It takes a seq and no row: a reset would throw whoever reads further up to the end."""
    desk = Desk([stored(seq) for seq in range(1, 301)])
    desk.model.load_older()
    desk.spawn.run()
    resets: list[bool] = []
    desk.model.modelReset.connect(lambda: resets.append(True))
    reacted = msgspec.structs.replace(desk.conversation, last_seq=301, held_from=1, held_to=301)
    desk.feed.tell(ConversationChanged(reacted))
    desk.feed.tell(MessagesAdded(1, [stored(302)]))
    # Or both in one tick.
    reacted = msgspec.structs.replace(reacted, last_seq=304, held_to=304)
    desk.feed.tell(MessagesAdded(1, [stored(304)]), ConversationChanged(reacted))
    assert (resets, desk.model.rowCount()) == ([], OPEN_ROWS + OLDER_ROWS + 2)
    assert desk.bodies()[-2:] == ["text 302", "text 304"]


def test_what_has_no_row_is_not_opened(qapp: QApplication) -> None:
    """Among thousands of reactions, a conversation opens with its unread messages, and with no more."""
    rows = [stored(seq) for seq in (*range(1, 201), *range(5_000, 5_080))]
    desk = Desk(rows, read_seq=200, unread=80)
    assert desk.model.rowCount() == 80 + ROWS_ABOVE_UNREAD
    assert desk.model.message(desk.model.unread_line_row).seq == 5_000
    few = Desk(rows[:201], read_seq=200, unread=1)
    assert few.model.rowCount() == OPEN_ROWS


def test_discarding_and_resetting(qapp: QApplication) -> None:
    desk = Desk([stored(1), echo(50, SendState.FAILED)])
    desk.feed.tell(MessageRemoved(1, 50))
    assert desk.bodies() == ["text 1"]
    desk.engine.messages = []
    desk.feed.tell(CacheReset([]))
    assert desk.bodies() == []


def test_groups_days_and_the_unread_line(qapp: QApplication) -> None:
    day = 24 * 60 * MINUTE_MS
    desk = Desk(
        [
            stored(1, at=NOW_MS - day),
            stored(2, at=NOW_MS - 30 * MINUTE_MS),
            stored(3, at=NOW_MS - 29 * MINUTE_MS),
            stored(4, OWN_ID, at=NOW_MS - 28 * MINUTE_MS),
            stored(5, at=NOW_MS - 5 * MINUTE_MS),
            stored(6, at=NOW_MS),
        ],
        read_seq=5,
        unread=1,
    )
    rows = [desk.model.row(n) for n in range(6)]
    assert [row.day for row in rows] == ["Yesterday", "Today", "", "", "", ""]
    assert [row.first_in_group for row in rows] == [True, True, False, True, True, True]
    assert [row.last_in_group for row in rows] == [True, False, True, True, True, True]
    assert [row.unread_line for row in rows] == [False] * 5 + [True]
    assert desk.model.unread_line_row == 5


def test_ticks_follow_the_pointers(qapp: QApplication) -> None:
    desk = Desk([stored(1, OWN_ID), stored(2, OWN_ID)])
    assert desk.model.row(1).state is SendState.SENT
    desk.feed.tell(
        ConversationChanged(msgspec.structs.replace(desk.conversation, delivered_seq=2, others_read_seq=1))
    )
    assert [desk.model.row(n).state for n in (0, 1)] == [SendState.READ, SendState.DELIVERED]
    assert desk.model.row(0).spoken("Alice").endswith("text 1, read")


def test_jumping_loads_up_to_the_hit(qapp: QApplication) -> None:
    desk = Desk([stored(seq) for seq in range(1, 301)])
    rows: list[int] = []
    desk.model.jumped.connect(rows.append)
    desk.model.jump_to(20)
    desk.spawn.run()
    assert desk.model.message(rows[0]).seq == 20
    desk.model.jump_to(290)
    assert desk.model.message(rows[1]).seq == 290


def test_after_close_nothing_is_taken(qapp: QApplication) -> None:
    desk = Desk([stored(seq) for seq in range(1, 301)])
    desk.model.load_older()
    desk.model.close()
    desk.spawn.run()
    assert desk.model.rowCount() == OPEN_ROWS
    assert desk.feed.takers == []


def test_any_order_of_events_keeps_the_order(qapp: QApplication, qtmodeltester: ModelTester) -> None:
    luck = random.Random(3)
    desk = Desk([stored(1)])
    qtmodeltester.check(desk.model)
    waiting: list[Message] = []
    seq, local = 1, 1_000
    for _ in range(300):
        local += 1
        chance = luck.random()
        if chance < 0.4:
            waiting.append(echo(local))
            desk.feed.tell(MessagesAdded(1, [waiting[-1]]))
        elif chance < 0.7 or not waiting:
            seq += 1
            desk.feed.tell(MessagesAdded(1, [stored(seq, local_id=local)]))
        elif chance < 0.9:
            seq += 1
            done = waiting.pop(luck.randrange(len(waiting)))
            desk.feed.tell(MessageChanged(msgspec.structs.replace(done, seq=seq, state=SendState.SENT)))
        else:
            gone = waiting.pop(luck.randrange(len(waiting)))
            desk.feed.tell(MessageRemoved(1, gone.local_id))
        found = [desk.model.message(row) for row in range(desk.model.rowCount())]
        keys = [(each.seq is None, each.seq or each.local_id) for each in found]
        assert keys == sorted(keys)
        assert [each.seq for each in found if each.seq] == list(range(1, seq + 1))
        assert all(desk.model.row_of(each.local_id) == row for row, each in enumerate(found))


def test_read_means_active_and_on_screen(qapp: QApplication) -> None:
    desk = Desk([stored(1), stored(2), stored(3)], read_seq=1, unread=2)
    desk.spawn.run()
    marker = ReadMarker(desk.engine, desk.spawn, desk.model)  # type: ignore[arg-type]
    desk.engine.calls.clear()
    marker.saw(0, 1)
    marker.close()
    desk.spawn.run()
    assert desk.engine.calls == []
    marker.set_active(True)
    marker.close()
    desk.spawn.run()
    assert desk.engine.calls == [("mark_read", 1, 2)]
    marker.set_active(False)
    marker.saw(0, 2)
    marker.close()
    desk.spawn.run()
    assert desk.engine.calls[1:] == []


def test_the_pointer_stops_before_what_was_not_on_screen(qapp: QApplication) -> None:
    desk = Desk([stored(seq) for seq in range(1, 306)], read_seq=5, unread=300)
    desk.spawn.run()
    desk.engine.calls.clear()
    assert desk.model.message(desk.model.unread_line_row).seq == 6
    marker = ReadMarker(desk.engine, desk.spawn, desk.model)  # type: ignore[arg-type]
    left: list[bool] = []
    marker.left_behind_changed.connect(left.append)
    marker.set_active(True)
    last = desk.model.rowCount() - 1
    marker.saw(last - 10, last)
    marker.close()
    desk.spawn.run()
    assert (desk.engine.calls, left) == ([], [True])
    line = desk.model.unread_line_row
    marker.saw(line - 2, line + 8)
    marker.saw(line + 9, line + 18)
    marker.saw(last - 10, last)
    marker.close()
    desk.spawn.run()
    assert desk.engine.calls == [("mark_read", 1, 24)]
    marker.skip_to_end()
    marker.close()
    desk.spawn.run()
    assert desk.engine.calls[1:] == [("mark_read", 1, 305)]


def test_a_pointer_far_above_the_window_stays(qapp: QApplication) -> None:
    desk = Desk([stored(seq) for seq in range(1, 3_001)], read_seq=5, unread=2_995)
    desk.spawn.run()
    desk.engine.calls.clear()
    assert (desk.model.rowCount(), desk.model.unread_line_row) == (OPEN_ROWS, -1)
    marker = ReadMarker(desk.engine, desk.spawn, desk.model)  # type: ignore[arg-type]
    marker.set_active(True)
    marker.saw(0, OPEN_ROWS - 1)
    marker.close()
    desk.spawn.run()
    assert desk.engine.calls == []
    desk.model.jump_to(2)
    desk.spawn.run()
    assert desk.model.message(desk.model.unread_line_row).seq == 6


def test_a_pointer_that_could_not_be_stored_is_told_again(qapp: QApplication) -> None:
    desk = Desk([stored(1), stored(2), stored(3)], read_seq=1, unread=2)
    desk.spawn.run()
    desk.engine.calls.clear()
    marker = ReadMarker(desk.engine, desk.spawn, desk.model)  # type: ignore[arg-type]
    marker.set_active(True)
    desk.engine.refusal = "The disk is full."
    marker.saw(0, 2)
    marker.close()
    desk.spawn.run()
    desk.engine.refusal = ""
    marker.close()
    desk.spawn.run()
    assert desk.engine.calls == [("mark_read", 1, 3)] * 2
