"""What actions, groups and the account's own matters become in the store."""

from msgspec.structs import replace

from desktop_chat.core.changes import (
    AccountChanged,
    ConversationChanged,
    ConversationRemoved,
    MessageChanged,
    MessageRemoved,
    MessagesAdded,
    StarsChanged,
    TypingChanged,
)
from desktop_chat.core.models import NOTICE, Account, SendState
from desktop_chat.protocol import actions, events, records, replies
from desktop_chat.services.reducer import Outcome
from desktop_chat.store import conversations, messages, search, sync_state
from desktop_chat.store.database import IN_MEMORY, Database
from desktop_chat.store.search import Filters
from tests.services.test_reducer import ANN, ME, TALK, Device, client_id, head, message, whole


def device_with(count: int) -> Device:
    device = Device(Database(IN_MEMORY))
    device.greet()
    device.take(*whole(0), events.CaughtUp(100))
    for seq in range(1, count + 1):
        device.take(events.NewMessage(message(seq)), head(seq))
    return device


def action(seq: int, did: actions.AnyAction, sender_id: int = ANN) -> records.Message:
    return records.Message(TALK, seq, 100 + seq, sender_id, client_id(seq), 1000 + seq, action=did)


def edited(seq: int, by_seq: int, text: str) -> records.Message:
    content = records.Content("text", text)
    return replace(message(seq), content=content, changed_seq=by_seq, edited_at_ms=5)


def test_an_edit_changes_the_row_and_what_is_found() -> None:
    device = device_with(2)
    outcome = device.take(events.NewMessage(action(3, actions.Edited(1)), edited(1, 3, "lighthouse")))
    [changed] = [each for each in outcome.changes if isinstance(each, MessageChanged)]
    assert changed.message.body == "lighthouse"
    assert device.bodies() == ["lighthouse", "m2"]
    assert device.row().held_to == 3
    reader = device.database.writer
    assert [hit.message.seq for hit in search.search(reader, "lighthouse", Filters(), 9)] == [1]
    device.take(events.NewMessage(action(4, actions.Edited(1)), edited(1, 4, "harbour")))
    assert search.search(reader, "lighthouse", Filters(), 9) == []
    device.database.close()


def test_an_older_state_never_replaces_a_newer_one() -> None:
    device = device_with(1)
    device.take(events.NewMessage(action(2, actions.Edited(1)), edited(1, 2, "second")))
    device.take(events.NewMessage(action(3, actions.Edited(1)), edited(1, 3, "third")))
    device.take(events.NewMessage(action(2, actions.Edited(1)), edited(1, 2, "second")))
    assert device.bodies() == ["third"]
    device.database.close()


def test_a_page_brings_rows_to_where_they_stand_now() -> None:
    device = device_with(1)
    page = replies.MessageHistory(1, TALK, [action(2, actions.Edited(1))], (edited(1, 2, "now"),))
    device.take(page)
    assert device.bodies() == ["now"]
    assert device.row().held_to == 2
    device.database.close()


def test_a_caption_is_in_the_list_as_it_stands_now() -> None:
    """The server tells of a picture without its caption: that comes with the message, and with its edits."""
    device = device_with(1)

    def said(outcome: Outcome) -> list[str]:
        return [
            each.conversation.preview_text
            for each in outcome.changes
            if isinstance(each, ConversationChanged)
        ]

    def picture(caption: str, **fields: object) -> records.Message:
        content = records.Content("picture", f'{{"caption":"{caption}"}}')
        return replace(message(2), content=content, **fields)

    preview = records.Preview(ANN, "picture", "", 1002, 2)
    head_of_picture = events.ConversationUpdate(TALK, 102, head=records.Head(2, 2, preview))
    assert said(device.take(head_of_picture)) == [""]
    assert said(device.take(replies.MessageHistory(1, TALK, [picture("lake")], ()))) == ['{"caption":"lake"}']
    entry = events.NewMessage(action(3, actions.Edited(2)), picture("sea", changed_seq=3, edited_at_ms=5))
    edited_head = events.ConversationUpdate(TALK, 103, head=records.Head(3, 2, preview))
    assert said(device.take(entry, edited_head)) == ['{"caption":"sea"}']
    device.database.close()


def test_what_is_deleted_cannot_be_read_or_found() -> None:
    device = device_with(1)
    gone = replace(message(1), content=None, deleted=True, changed_seq=2)
    device.take(events.NewMessage(action(2, actions.Deleted(1)), gone))
    [row] = messages.newest(device.database.writer, TALK, 9)
    assert (row.kind, row.body) == ("deleted", "")
    assert search.search(device.database.writer, "m1", Filters(), 9) == []
    device.database.close()


def test_who_came_is_a_notice_and_a_reaction_is_none() -> None:
    device = device_with(1)
    reacted = replace(message(1), changed_seq=2, reactions=(records.Reaction("👍", (ANN,)),))
    outcome = device.take(events.NewMessage(action(2, actions.Reacted(1, "👍")), reacted))
    assert not [each for each in outcome.changes if isinstance(each, MessagesAdded)]
    outcome = device.take(events.NewMessage(action(3, actions.MembersAdded((5,)))))
    [added] = [each for each in outcome.changes if isinstance(each, MessagesAdded)]
    assert [each.kind for each in added.messages] == [NOTICE]
    assert not outcome.received  # a notice is no message that somebody waits to see delivered
    assert [each.seq for each in messages.newest(device.database.writer, TALK, 9)] == [1, 3]
    device.database.close()


def test_who_is_out_keeps_only_what_was_never_sent() -> None:
    device = device_with(2)
    device.echo(client_id(77), "still to be sent")
    outcome = device.take(events.ConversationUpdate(TALK, 110, gone=True))
    assert ConversationRemoved(TALK) in outcome.changes
    [left] = messages.newest(device.database.writer, TALK, 9)
    assert (left.body, left.state) == ("still to be sent", SendState.FAILED)
    assert device.row().gone
    device.take(*whole(3))
    assert not device.row().gone
    device.database.close()


def test_a_conversation_with_nothing_left_is_gone() -> None:
    device = device_with(2)
    outcome = device.take(events.ConversationUpdate(TALK, 110, gone=True))
    assert ConversationRemoved(TALK) in outcome.changes
    assert conversations.load_all(device.database.writer, ME, ()) == []
    assert device.take(events.NewMessage(message(3))).changes == []
    device.database.close()


def test_what_the_server_let_go_of_goes_here_too() -> None:
    device = device_with(4)
    update = events.ConversationUpdate(
        TALK, 120, head=records.Head(4, 4, records.Preview(ANN, "text", "m4", 1004, 4), first_seq=3)
    )
    outcome = device.take(update)
    removed = [each for each in outcome.changes if isinstance(each, MessageRemoved)]
    assert len(removed) == 2
    assert device.bodies() == ["m3", "m4"]
    assert (device.row().held_from, device.row().held_to) == (3, 4)
    assert conversations.reaches_start(device.database.writer, TALK)
    device.database.close()


def test_everything_may_be_let_go_of() -> None:
    device = device_with(2)
    device.take(events.ConversationUpdate(TALK, 120, head=records.Head(2, 2, None, first_seq=3)))
    assert device.bodies() == []
    assert conversations.behind(device.database.writer) == []
    device.take(events.NewMessage(message(3)), head(3))
    assert device.bodies() == ["m3"]
    device.database.close()


def test_who_is_in_a_group_follows_what_is_said() -> None:
    device = Device(Database(IN_MEMORY))
    device.greet()
    group = events.ConversationUpdate(
        TALK,
        100,
        "group",
        records.Head(0, 0),
        records.Personal(),
        [records.Member(ME, role="owner"), records.Member(ANN)],
        records.Info("Chess", pinned_seqs=(4,)),
    )
    device.take(group)
    row = device.row()
    assert (row.info.title, row.role, row.member_count, row.peer) == ("Chess", "owner", 2, None)
    device.take(events.ConversationUpdate(TALK, 101, members=[records.Member(5)], left=(ANN,)))
    assert [each.user_id for each in conversations.members(device.database.writer, TALK)] == [ME, 5]
    device.take(replace(group, members=[records.Member(ME, role="member")]))
    assert [each.role for each in conversations.members(device.database.writer, TALK)] == ["member"]
    device.database.close()


def test_the_own_account_is_kept() -> None:
    device = device_with(1)
    update = events.AccountUpdate(records.Settings(share_read=False), (5,), is_admin=True)
    account = Account(records.Settings(share_read=False), (5,), True)
    assert AccountChanged(account) in device.take(update).changes
    assert sync_state.account(device.database.writer) == account
    star = records.Star(TALK, 1)
    assert StarsChanged([star]) in device.take(events.StarsUpdate(120, [star])).changes
    assert sync_state.starred_in(device.database.writer, star.conversation_id) == {star.seq}
    device.take(events.StarsUpdate(121, [records.Star(TALK, 1, on=False)]))
    assert sync_state.starred_in(device.database.writer, star.conversation_id) == set()
    typing = device.take(events.UserTyping(TALK, ANN))
    assert typing.changes == [TypingChanged(TALK, ANN, True)]
    device.database.close()
