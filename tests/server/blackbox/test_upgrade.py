"""A folder of the first server, opened by this one; and a folder of a later server, which is left alone."""

import sqlite3
from contextlib import closing
from pathlib import Path

from desktop_chat.protocol.commands import (
    CreateInvite,
    EditMessage,
    LoadDetails,
    LoadHistory,
    LoadVersions,
    MarkRead,
    React,
    SendMessage,
    SignIn,
    UserConnect,
)
from desktop_chat.protocol.events import AccountUpdate, CaughtUp, ConversationUpdate, MemberUpdate
from desktop_chat.protocol.records import Content, Resume
from desktop_chat.protocol.replies import (
    ConnectionConfirmed,
    Done,
    InviteCreated,
    MessageDetails,
    MessageHistory,
    MessageSent,
    MessageVersions,
    SignedIn,
)
from server.store.migrations import REVISIONS
from tests.server.blackbox.real_server import RealClient, a_client, a_server, run_server
from tests.server.store import previous

DATABASE = "server.sqlite3"


async def connected(client: RealClient, user_id: int) -> ConnectionConfirmed:
    """Come in with a token that the first server gave out; the whole catch-up is in ``packets`` then."""
    client.user_id, client.token = user_id, previous.token_of(user_id)
    command = UserConnect(client.next_id(), client.token)
    confirmed = await client.ask(command, ConnectionConfirmed)
    caught_up = await client.next(CaughtUp)
    assert caught_up.position >= previous.POSITION
    return confirmed


async def test_what_the_first_server_kept_is_served(tmp_path: Path) -> None:
    previous.make_database(tmp_path / DATABASE)
    async with a_server(tmp_path) as server, a_client(server) as ada, a_client(server) as bob:
        confirmed = await connected(ada, previous.ADA)
        assert (confirmed.epoch, confirmed.resync) == (previous.EPOCH, False)
        assert (confirmed.user.user_name, confirmed.user.display_name) == ("ada", "Ada")
        account = await ada.next(AccountUpdate)
        assert account.is_admin, "who made the first account runs the server"
        direct = await ada.next(ConversationUpdate, lambda each: each.conversation_id == previous.DIRECT)
        assert direct.head is not None
        assert direct.personal is not None
        unread = sum(previous.sender_of(seq) == previous.BOB for seq in range(31, 41))
        assert direct.head.message_count - direct.personal.seen_count == unread
        assert direct.personal.read_seq == previous.READ
        assert direct.head.preview is not None
        assert direct.head.preview.text == previous.body_of(previous.MESSAGES)
        await _history_is_whole(ada)
        await connected(bob, previous.BOB)
        assert not (await bob.next(AccountUpdate)).is_admin
        await _ticks_go_on(ada, bob)
        await _goes_on(ada)
        await ada.ask(CreateInvite(ada.next_id()), InviteCreated)
        async with a_client(server) as cy:
            signed_in = await cy.ask(SignIn(cy.next_id(), "cy", previous.PASSWORD), SignedIn)
            assert signed_in.user.user_id == previous.CY
    # And once more, on what it has become.
    async with a_server(tmp_path) as server, a_client(server) as ada:
        await connected(ada, previous.ADA)


async def _history_is_whole(ada: RealClient) -> None:
    history = await ada.ask(LoadHistory(ada.next_id(), previous.DIRECT, limit=200), MessageHistory)
    assert [each.seq for each in history.messages] == list(range(1, previous.MESSAGES + 1))
    for message in history.messages:
        assert message.content == Content("text", previous.body_of(message.seq))
        assert message.sender_id == previous.sender_of(message.seq)
        assert message.client_id == previous.client_id_of(message.seq)
        assert (message.message_id, message.sent_at_ms) == (10 + message.seq, 1_000 + message.seq)
        assert (message.action, message.changed_seq, message.deleted) == (None, 0, False)


async def _ticks_go_on(ada: RealClient, bob: RealClient) -> None:
    direct = await bob.next(ConversationUpdate, lambda each: each.conversation_id == previous.DIRECT)
    [of_ada] = [each for each in direct.members or () if each.user_id == previous.ADA]
    assert (of_ada.read_seq, of_ada.delivered_seq) == (previous.READ, previous.DELIVERED)
    details = await bob.ask(LoadDetails(bob.next_id(), previous.DIRECT, 32), MessageDetails)
    assert [(each.delivered, each.read) for each in details.receipts] == [(True, False)]
    await ada.ask(MarkRead(ada.next_id(), previous.DIRECT, previous.MESSAGES), Done)
    moved = await bob.next(MemberUpdate)
    assert (moved.member.user_id, moved.member.read_seq) == (previous.ADA, previous.MESSAGES)
    own = await ada.next(ConversationUpdate, lambda each: each.personal is not None and each.kind is None)
    assert own.personal is not None
    assert own.personal.seen_count == previous.MESSAGES


async def _goes_on(ada: RealClient) -> None:
    key = previous.client_id_of(1)
    again = SendMessage(ada.next_id(), previous.DIRECT, key, Content("text", previous.body_of(1)))
    sent = await ada.ask(again, MessageSent)
    assert (sent.seq, sent.message_id, sent.sent_at_ms) == (1, 11, 1_001), "it was stored once more"
    new = await ada.ask(ada.message(previous.DIRECT, "after the upgrade"), MessageSent)
    assert (new.seq, new.message_id > previous.POSITION) == (previous.MESSAGES + 1, True)
    edit = EditMessage(ada.next_id(), previous.DIRECT, f"{1:032x}", 3, Content("text", "as it is now"))
    await ada.ask(edit, MessageSent)
    versions = await ada.ask(LoadVersions(ada.next_id(), previous.DIRECT, 3), MessageVersions)
    assert [each.content.body for each in versions.versions] == [previous.body_of(3)]
    await ada.ask(React(ada.next_id(), previous.DIRECT, f"{2:032x}", 2, "+"), MessageSent)


async def test_a_device_goes_on_where_it_was(tmp_path: Path) -> None:
    previous.make_database(tmp_path / DATABASE)
    async with a_server(tmp_path) as server, a_client(server) as ada:
        resume = Resume(previous.EPOCH, previous.POSITION)
        ada.token = previous.token_of(previous.ADA)
        await ada.say(UserConnect(ada.next_id(), ada.token, resume=resume))
        await ada.next(CaughtUp)
        assert not [each for each in ada.packets if isinstance(each, ConversationUpdate)], "it has all of it"


async def test_a_folder_of_a_later_server_is_left_as_it_is(tmp_path: Path) -> None:
    previous.make_database(tmp_path / DATABASE)
    with closing(sqlite3.connect(tmp_path / DATABASE)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    before = (tmp_path / DATABASE).read_bytes()
    status, out, err = await run_server("serve", "--data", str(tmp_path), "--port", "0")
    assert (status, out) == (1, "")
    assert "written by a newer version of the server (schema 9999" in err
    assert REVISIONS[-1] in err
    assert (tmp_path / DATABASE).read_bytes() == before
    assert {each.name for each in tmp_path.iterdir()} <= {DATABASE, "server.lock"}
