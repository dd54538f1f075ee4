"""The cache and outbox of one account, function by function, on a real file."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop_chat.core.models import Conversation, Message, SendState
from desktop_chat.core.timeline import Run
from desktop_chat.protocol import events, records
from desktop_chat.store import conversations, messages, outbox, search, sync_state, users
from desktop_chat.store.database import Database, StoreError
from desktop_chat.store.migrations import CURRENT_VERSION, NewerSchemaError
from desktop_chat.store.search import Filters

ME, ANN, BOB = 1, 2, 3
TALK, OTHER = 10, 11


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "cache.db")
    for conversation_id, peer in ((TALK, ANN), (OTHER, BOB)):
        described = events.ConversationUpdate(
            conversation_id,
            1,
            "direct",
            records.Head(0, 0),
            records.Personal(),
            [records.Member(ME), records.Member(peer)],
        )
        with database.transaction() as connection:
            assert conversations.apply_update(connection, ME, described)
            users.upsert(connection, records.User(peer, f"user{peer}", f"User {peer}", last_seen_ms=peer))
    yield database
    database.close()


def say(database: Database, text: str, conversation_id: int = TALK, made_at_ms: int = 5) -> Message:
    """Queue a text of our own."""
    with database.transaction() as connection:
        number = connection.execute("SELECT count(*) FROM message").fetchone()[0]
        content = records.Content("text", text)
        message = messages.insert_local(
            connection, conversation_id, f"{number:032x}", ME, made_at_ms, content
        )
        outbox.add(connection, message)
    return message


def hear(database: Database, seq: int, body: str, conversation_id: int = TALK) -> None:
    """Store a text of somebody else."""
    content = records.Content("text", body)
    with database.transaction() as connection:
        number = 1000 + conversation_id * 100 + seq
        message = records.Message(conversation_id, seq, number, ANN, f"{number:032x}", 1000 * seq, content)
        messages.insert_stored(connection, message)
        head = records.Head(seq, seq, records.Preview(ANN, "text", body, 1000 * seq))
        conversations.apply_update(
            connection, ME, events.ConversationUpdate(conversation_id, number, head=head)
        )


def set_state(database: Database, message: Message, state: SendState, words: str = "") -> Message | None:
    with database.transaction() as connection:
        return outbox.set_state(connection, message.local_id, state, words)


def row(database: Database, conversation_id: int = TALK) -> Conversation:
    [row] = conversations.load(database.writer, ME, {ANN}, [conversation_id])
    return row


def test_the_outbox_gives_the_oldest_of_each_conversation(database: Database) -> None:
    first, other = say(database, "one"), say(database, "two", OTHER)
    say(database, "three")
    assert [item.local_id for item in outbox.heads(database.writer)] == [first.local_id, other.local_id]
    assert outbox.heads(database.writer)[0].body == "one"


def test_a_failed_message_leaves_the_outbox_and_comes_back_by_retry(database: Database) -> None:
    message = say(database, "one")
    set_state(database, message, SendState.SENDING)
    failed = set_state(database, message, SendState.FAILED, "No.")
    assert failed is not None
    assert (failed.state, failed.error) == (SendState.FAILED, "No.")
    assert outbox.heads(database.writer) == []
    assert row(database).failed_count == 1
    with database.transaction() as connection:
        again = outbox.retry(connection, message.local_id)
        assert outbox.retry(connection, message.local_id) is None
    assert again is not None
    assert (again.state, again.error) == (SendState.PENDING, "")
    assert [item.client_id for item in outbox.heads(database.writer)] == [message.client_id]


def test_what_is_on_the_wire_cannot_be_discarded(database: Database) -> None:
    message = say(database, "one")
    set_state(database, message, SendState.SENDING)
    with database.transaction() as connection:
        assert outbox.discard(connection, message.local_id) is None
    assert len(outbox.heads(database.writer)) == 1
    with database.transaction() as connection:
        outbox.recover(connection)
        removed = outbox.discard(connection, message.local_id)
    assert removed is not None
    assert outbox.heads(database.writer) == []
    assert messages.newest(database.writer, TALK, 10) == []


def test_the_newest_over_all_conversations(database: Database) -> None:
    for seq in (1, 2, 3):
        hear(database, seq, f"here {seq}")
        hear(database, seq, f"there {seq}", OTHER)
    with database.transaction() as connection:
        connection.execute("UPDATE conversation SET held_from = 2")
    say(database, "queued", made_at_ms=9999)
    found = messages.newest_of_all(database.writer, 10)
    assert [each.body for each in found] == ["here 2", "there 2", "here 3", "there 3", "queued"]
    assert messages.newest_of_all(database.writer, 2) == found[-2:]
    assert messages.newest_of_all(database.writer, 0) == []


def test_rows_beyond_a_place(database: Database) -> None:
    for seq in (1, 2, 5, 9):
        hear(database, seq, "one")
    say(database, "queued")
    for after, most, count in ((0, 9, 4), (0, 3, 3), (2, 9, 2), (9, 9, 0)):
        assert messages.rows_after(database.writer, TALK, after, most) == count


def test_a_confirmed_message_takes_no_other_state(database: Database) -> None:
    message = say(database, "one")
    with database.transaction() as connection:
        confirmed = messages.confirm(connection, message, 1, 77, 9)
    assert confirmed.state is SendState.SENT
    assert set_state(database, message, SendState.FAILED) is None
    assert messages.by_client_id(database.writer, message.client_id, ME) == confirmed
    assert messages.by_client_id(database.writer, message.client_id, ANN) is None


def test_the_preview_is_the_local_echo_unless_it_failed_long_ago(database: Database) -> None:
    hear(database, 1, "theirs")
    message = say(database, "mine", made_at_ms=500)  # by a clock that is behind
    assert (row(database).preview_text, row(database).activity_ms) == ("mine", 1000)
    set_state(database, message, SendState.FAILED, "No.")
    assert row(database).preview_text == "theirs"
    assert [each.preview_text for each in conversations.load_all(database.writer, ME, ())] == ["theirs", ""]


def written_and_read(database: Database) -> None:
    """A text of our own with seq 3 that the other has read, and two reactions to it."""
    content = records.Content("text", "mine")
    with database.transaction() as connection:
        for seq in (1, 2, 3):
            message = records.Message(TALK, seq, seq, ME, f"{seq:032x}", 1000 * seq, content)
            messages.insert_stored(connection, message)
        head = records.Head(5, 3, records.Preview(ME, "text", "mine", 3000, 3))
        members = [records.Member(ME), records.Member(ANN, 5, 3)]
        update = events.ConversationUpdate(TALK, 5, head=head, members=members)
        conversations.apply_update(connection, ME, update)
        conversations.set_run(connection, TALK, Run(1, 5))


def test_what_was_read_stays_read_whatever_is_done_to_it(database: Database) -> None:
    written_and_read(database)
    assert row(database).preview_state is SendState.READ
    database.writer.execute("UPDATE member SET read_seq = 2")
    assert row(database).preview_state is SendState.DELIVERED
    database.writer.execute("UPDATE member SET read_seq = 2, delivered_seq = 2")
    assert row(database).preview_state is SendState.SENT


def test_a_server_that_does_not_say_which_message_is_the_newest(database: Database) -> None:
    written_and_read(database)
    head = records.Head(6, 4, records.Preview(ME, "text", "more", 4000))
    conversations.apply_update(database.writer, ME, events.ConversationUpdate(TALK, 6, head=head))
    assert row(database).preview_state is SendState.SENT
    database.writer.execute("UPDATE member SET read_seq = 6")
    assert row(database).preview_state is SendState.READ


@pytest.mark.parametrize(("held_to", "state"), [(5, SendState.READ), (4, SendState.DELIVERED)])
def test_an_older_cache_learns_which_message_is_the_newest(
    database: Database, tmp_path: Path, held_to: int, state: SendState
) -> None:
    """Where it does not reach the end it cannot know, and says no more than it knows."""
    written_and_read(database)
    database.writer.execute("UPDATE conversation SET held_to = ?", (held_to,))
    database.writer.executescript("ALTER TABLE conversation DROP COLUMN preview_seq; PRAGMA user_version=7")
    upgraded = Database(tmp_path / "cache.db")
    assert row(upgraded).preview_state is state
    upgraded.close()


def test_of_files_a_row_has_what_is_said_of_them(database: Database) -> None:
    """The server, which does not look into them, says nothing but that there are some."""
    body = '{"caption":"The lake"}'
    head = records.Head(1, 1, records.Preview(ANN, "picture", "", 1000, 1))
    update = events.ConversationUpdate(TALK, 1, head=head)
    conversations.apply_update(database.writer, ME, update)
    assert row(database).preview_text == "", "not here yet"
    content = records.Content("picture", body)
    with database.transaction() as connection:
        messages.insert_stored(connection, records.Message(TALK, 1, 1, ANN, f"{1:032x}", 1000, content))
    assert row(database).preview_text == body
    with database.transaction() as connection:
        echo = records.Content("file", '{"caption":"' + "long " * 50 + '"}')
        messages.insert_local(connection, TALK, f"{2:032x}", ME, 5, echo)
    assert (row(database).preview_kind, row(database).preview_text) == ("file", echo.body)
    [whole, _] = conversations.load_all(database.writer, ME, {ANN})
    assert whole == row(database)


def test_a_row_knows_its_peer(database: Database) -> None:
    peer = row(database).peer
    assert peer is not None
    assert (peer.title, peer.online, peer.last_seen_ms) == ("User 2", True, ANN)
    assert conversations.with_user(database.writer, BOB) == [OTHER]
    assert set(users.load_all(database.writer, ())) == {ANN, BOB}


def test_an_opened_conversation_stands_where_it_was_opened(database: Database) -> None:
    with database.transaction() as connection:
        conversations.touch(connection, OTHER, 12345)
    assert row(database, OTHER).activity_ms == 12345


def test_a_read_wish_is_bounded_by_what_is_there(database: Database) -> None:
    hear(database, 1, "one")
    assert not conversations.want_read(database.writer, TALK, 2)
    assert conversations.want_read(database.writer, TALK, 1)
    assert not conversations.want_read(database.writer, TALK, 1)
    assert conversations.unreported_reads(database.writer) == [(TALK, 1)]


def test_an_update_that_comes_late_changes_nothing(database: Database) -> None:
    hear(database, 1, "one")
    hear(database, 2, "two")
    late = records.Head(1, 1, records.Preview(ANN, "text", "one", 1000))
    conversations.apply_update(database.writer, ME, events.ConversationUpdate(TALK, 1, head=late))
    assert (row(database).last_seq, row(database).preview_text) == (2, "two")


def test_a_failed_transaction_leaves_nothing(database: Database) -> None:
    def fail_half_way() -> None:
        with database.transaction() as connection:
            conversations.set_draft(connection, TALK, "half")
            connection.execute("no such words")

    with pytest.raises(StoreError):
        fail_half_way()
    assert row(database).draft == ""


def test_readers_see_what_is_committed_and_nothing_else(database: Database) -> None:
    with database.transaction() as connection:
        conversations.set_draft(connection, TALK, "draft")
        assert row_by(database).draft == ""
    assert row_by(database).draft == "draft"


def row_by(database: Database) -> Conversation:
    [found] = conversations.load(database.reader, ME, (), [TALK])
    return found


def test_a_reset_keeps_what_the_server_does_not_have(database: Database) -> None:
    hear(database, 1, "one")
    say(database, "queued")
    with database.transaction() as connection:
        conversations.set_draft(connection, OTHER, "draft")
        sync_state.set_position(connection, "e" * 32, 9)
        sync_state.reset(connection)
    assert sync_state.resume(database.writer) is None
    assert [m.body for m in messages.newest(database.writer, TALK, 10)] == ["queued"]
    assert {c.conversation_id for c in conversations.load_all(database.writer, ME, ())} == {TALK, OTHER}
    assert search.search(database.writer, "one", Filters(), 10) == []


def test_a_position_never_goes_back_within_an_epoch(database: Database) -> None:
    for epoch, position, kept in (("a", 9, 9), ("a", 5, 9), ("b", 2, 2)):
        sync_state.set_position(database.writer, epoch * 32, position)
        assert sync_state.resume(database.writer) == records.Resume(epoch * 32, kept)


def test_search_looks_inside_words_and_takes_no_syntax(database: Database) -> None:
    bodies = ['say "AND" OR* (x)', "Donaudampfschiff", "明天的会议改到下午三点", "STRASSE", "100.200"]
    for seq, body in enumerate(bodies, start=1):
        hear(database, seq, body)
    hear(database, 1, "dampf elsewhere", OTHER)
    for query in ['"AND" OR*', "会议改", "straße", "0.2", "会", "(x"]:
        assert len(search.search(database.writer, query, Filters(), 10)) == 1, query
    assert len(search.search(database.writer, "dampf", Filters(), 10)) == 2
    assert len(search.search(database.writer, "dampf", Filters(), 1)) == 1
    assert [hit.message.body for hit in search.search(database.writer, "dampf", Filters((TALK,)), 10)] == [
        bodies[1]
    ]
    assert search.search(database.writer, "x", Filters((OTHER,)), 10) == []
    assert search.search(database.writer, "  ", Filters(), 10) == []


def test_the_newest_hit_comes_first(database: Database) -> None:
    for seq in range(1, 30):
        hear(database, seq, f"number {seq}")
    for query in ("number", "nu"):
        assert [hit.message.seq for hit in search.search(database.writer, query, Filters(), 3)] == [
            29,
            28,
            27,
        ]


def test_a_store_of_a_newer_version_is_refused_in_words(tmp_path: Path) -> None:
    database = Database(tmp_path / "newer.db")
    database.writer.execute(f"PRAGMA user_version = {CURRENT_VERSION + 1}")
    database.close()
    with pytest.raises(NewerSchemaError, match="newer version"):
        Database(tmp_path / "newer.db")
