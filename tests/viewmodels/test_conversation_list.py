"""The sorted list: a change moves or repaints its own row and no other."""

import random

import msgspec
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.modeltest import ModelTester

from desktop_chat.core import attachments
from desktop_chat.core.attachments import Attachment, FileBody
from desktop_chat.core.changes import CacheReset, ConversationChanged
from desktop_chat.core.models import Conversation, SendState, User
from desktop_chat.viewmodels.conversation_list import ConversationListModel, describe
from tests.viewmodels.engine import FeedByHand, ScriptedEngine

NOW_MS = 1_772_548_320_000
LAKE = attachments.encode(FileBody((Attachment("lake.png", 1),), "The **lake**,\nat last"))
LOG = attachments.encode(FileBody((Attachment("a_b_c.log", 1),)))


def conversation(id_: int, activity: int, **fields: object) -> Conversation:
    defaults: dict[str, object] = {
        "peer": User(id_ + 100, f"user{id_}", f"Person {id_}"),
        "preview_kind": "text",
        "preview_text": f"text {id_}",
        "preview_sender_id": id_ + 100,
        "message_count": 1,
        "last_seq": 1,
    }
    return Conversation(id_, "direct", activity_ms=activity, **{**defaults, **fields})  # type: ignore[arg-type]


def model_of(*rows: Conversation) -> tuple[ConversationListModel, FeedByHand, ScriptedEngine]:
    engine = ScriptedEngine(list(rows))
    feed = FeedByHand()
    return ConversationListModel(engine, feed, now_ms=lambda: NOW_MS), feed, engine  # type: ignore[arg-type]


def shown(model: ConversationListModel) -> list[int]:
    return [each.conversation_id for each in model.conversations()]


def test_newest_first_and_empty_ones_hidden(qapp: QApplication, qtmodeltester: ModelTester) -> None:
    empty = conversation(4, 400, preview_kind="", preview_text="", message_count=0)
    model, _, _ = model_of(conversation(1, 100), conversation(2, 300), conversation(3, 200), empty)
    qtmodeltester.check(model)
    assert shown(model) == [2, 3, 1]
    model.keep(4)
    assert shown(model) == [4, 2, 3, 1]


def test_a_message_moves_one_row(qapp: QApplication) -> None:
    model, feed, _ = model_of(*(conversation(n, n * 100) for n in range(1, 6)))
    moves: list[tuple[int, int]] = []
    changed: list[int] = []
    resets: list[bool] = []
    model.rowsMoved.connect(lambda _, first, __, ___, to: moves.append((first, to)))
    model.dataChanged.connect(lambda first, last: changed.extend(range(first.row(), last.row() + 1)))
    model.modelReset.connect(lambda: resets.append(True))
    feed.tell(ConversationChanged(conversation(2, 900, unread=1)))
    assert shown(model) == [2, 5, 4, 3, 1]
    assert moves == [(3, 0)]
    assert changed == [0]
    feed.tell(ConversationChanged(conversation(2, 900, unread=0)))
    assert (moves, changed, resets) == ([(3, 0)], [0, 0], [])


def test_of_several_changes_in_a_tick_the_last_is_applied(qapp: QApplication) -> None:
    model, feed, _ = model_of(conversation(1, 100))
    totals: list[int] = []
    model.total_unread_changed.connect(totals.append)
    feed.tell(*(ConversationChanged(conversation(1, 100 + n, unread=n)) for n in range(1, 50)))
    assert totals == [49]
    assert model.total_unread == 49


def test_a_reset_reads_anew(qapp: QApplication) -> None:
    model, feed, _ = model_of(conversation(1, 100, unread=3), conversation(2, 200))
    feed.tell(CacheReset([conversation(2, 200)]))
    assert shown(model) == [2]
    assert model.total_unread == 0


def test_any_order_of_changes_keeps_the_order(qapp: QApplication, qtmodeltester: ModelTester) -> None:
    luck = random.Random(7)
    model, feed, _ = model_of(*(conversation(n, luck.randrange(50)) for n in range(1, 30)))
    qtmodeltester.check(model)
    truth = {each.conversation_id: each for each in model.conversations()}
    for _ in range(400):
        id_ = luck.randrange(1, 40)
        row = conversation(id_, luck.randrange(50), message_count=1)
        if luck.random() < 0.2:
            row = msgspec.structs.replace(row, message_count=0, preview_kind="")
        truth[id_] = row
        feed.tell(ConversationChanged(row))
        wanted = sorted(
            (each for each in truth.values() if each.message_count), key=lambda each: each.sort_key
        )
        assert shown(model) == [each.conversation_id for each in wanted]
        assert all(model.row_of(each) == place for place, each in enumerate(shown(model)))


@pytest.mark.parametrize(
    ("fields", "prefix", "preview", "state"),
    [
        ({"preview_sender_id": 1}, "You: ", "text 1", SendState.SENT),
        ({"preview_sender_id": 1, "preview_state": SendState.READ}, "You: ", "text 1", SendState.READ),
        ({"preview_sender_id": 1, "preview_state": SendState.FAILED}, "You: ", "text 1", SendState.FAILED),
        ({"draft": "half\na thought"}, "Draft: ", "half a thought", None),
        ({"preview_kind": "picture", "preview_text": ""}, "", "📷 Photo", None),
        ({"preview_kind": "picture", "preview_text": LAKE}, "", "📷 The lake, at last", None),
        ({"preview_kind": "file", "preview_text": LOG}, "", "📎 a_b_c.log", None),
        ({"preview_kind": "poll"}, "", "A message this version cannot show", None),
        ({"preview_text": "a\u202eb\nc\x07"}, "", "ab c\ufffd", None),
    ],
)
def test_what_a_row_says(
    fields: dict[str, object], prefix: str, preview: str, state: SendState | None
) -> None:
    row = describe(conversation(1, NOW_MS, **fields), 1, NOW_MS)
    assert (row.prefix, row.preview, row.own_state) == (prefix, preview, state)
    assert "Person 1" in row.spoken
