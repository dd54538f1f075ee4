"""The client without a server: everything a person does is in the store, and survives a crash."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from desktop_chat.core.changes import Change, ConversationChanged, MessageRemoved, MessagesAdded
from desktop_chat.core.models import ConnectionPhase, SendState
from desktop_chat.net.transport import Transport, TransportError
from desktop_chat.protocol.limits import MAX_BODY_CHARS
from desktop_chat.services.client import Client, ClientError
from desktop_chat.store.database import Database
from desktop_chat.store.search import Filters
from tests.services.test_reducer import ME, TALK, Device, events, head, message, whole


async def _no_server(address: str) -> Transport:
    raise TransportError("No server answers at this address.")


async def _token() -> str | None:
    return "secret"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A cache with one conversation of three messages."""
    path = tmp_path / "cache.db"
    database = Database(path)
    device = Device(database)
    device.greet()
    device.take(*whole(0), events.CaughtUp(50))
    for seq in (1, 2, 3):
        device.take(events.NewMessage(message(seq)), head(seq))
    database.close()
    return path


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[tuple[Client, list[Change]]]:
    client = Client(path, ME, "ws://127.0.0.1:1/", _token, open_transport=_no_server)
    changes: list[Change] = []
    client.subscribe(changes.append)
    try:
        yield client, changes
    finally:
        await client.close()


async def test_everything_cached_is_readable_and_writable_offline(path: Path) -> None:
    async with opened(path) as (client, changes):
        [row] = client.conversations()
        assert (row.unread, row.preview_text) == (3, "m3")
        sent = await client.send(TALK, "  hello\nthere ")
        assert sent.state is SendState.PENDING
        assert sent.body == "hello\nthere"
        [added] = [change for change in changes if isinstance(change, MessagesAdded)]
        assert added.messages == [sent]
        row = [change.conversation for change in changes if isinstance(change, ConversationChanged)][-1]
        assert (row.preview_text, row.preview_state) == ("hello\nthere", SendState.PENDING)
        assert [m.body for m in client.newest(TALK, 2).messages] == ["m2", "m3", "hello\nthere"]


async def test_what_was_typed_and_sent_survives(path: Path) -> None:
    async with opened(path) as (client, _):
        await client.send(TALK, "one")
        await client.send(TALK, "two")
        await client.save_draft(TALK, "thr")
        await client.mark_read(TALK, 3)
    async with opened(path) as (client, _):
        [row] = client.conversations()
        assert (row.draft, row.unread) == ("thr", 0)
        assert [m.body for m in client.newest(TALK, 50).messages][-2:] == ["one", "two"]


async def test_a_message_left_on_the_wire_is_queued_again(path: Path) -> None:
    async with opened(path) as (client, _):
        sent = await client.send(TALK, "one")
    database = Database(path)
    database.writer.execute("UPDATE message SET state = ?", (int(SendState.SENDING),))
    database.close()
    async with opened(path) as (client, _):
        [*_, last] = client.newest(TALK, 50).messages
        assert (last.client_id, last.state) == (sent.client_id, SendState.PENDING)


async def test_discarding_a_queued_message(path: Path) -> None:
    async with opened(path) as (client, changes):
        sent = await client.send(TALK, "one")
        await client.discard(sent.client_id)
        assert MessageRemoved(TALK, sent.local_id) in changes
        assert [m.body for m in client.newest(TALK, 50).messages] == ["m1", "m2", "m3"]
        [row] = client.conversations()
        assert row.preview_text == "m3"
        await client.discard(sent.client_id)


@pytest.mark.parametrize("text", ["", " \n\t ", "x" * (MAX_BODY_CHARS + 1)])
async def test_what_cannot_be_sent_is_said_in_words(path: Path, text: str) -> None:
    async with opened(path) as (client, changes):
        with pytest.raises(ClientError, match=r"\w+ \w+"):
            await client.send(TALK, text)
        assert changes == []


async def test_asking_the_server_offline_is_said_in_words(path: Path) -> None:
    async with opened(path) as (client, _):
        with pytest.raises(ClientError, match="no connection"):
            await client.find_people("ann")
        with pytest.raises(ClientError, match="no connection"):
            await client.open_direct(2)


async def test_the_connection_says_why_it_is_offline(path: Path) -> None:
    async with opened(path) as (client, changes):
        client.start()
        while client.connection_state.phase is not ConnectionPhase.OFFLINE:
            await _any_change(client)
        assert client.connection_state.reason == "No server answers at this address."
        assert client.connection_state.retry_at_s is not None
        assert changes


async def _any_change(client: Client) -> None:
    import asyncio

    told = asyncio.Event()
    unsubscribe = client.subscribe(lambda change: told.set())
    await told.wait()
    unsubscribe()


async def test_older_pages_come_from_the_cache(path: Path) -> None:
    async with opened(path) as (client, _):
        [*_, last] = client.newest(TALK, 1).messages
        page = await client.older(TALK, last, 50)
        assert [m.seq for m in page.messages] == [1, 2]
        assert page.reached_start
        page = await client.until(TALK, last, 2)
        assert [m.seq for m in page.messages] == [2]


@pytest.mark.parametrize("query", ["m3", "M3", "m", "3"])
async def test_search(path: Path, query: str) -> None:
    async with opened(path) as (client, _):
        hits = await client.search(query)
        assert hits[0].message.body == "m3"
        assert hits[0].message.body[hits[0].start : hits[0].end].lower() == query.lower()
        assert await client.search("nothing like it") == []
        assert await client.search(query, Filters((TALK,))) == hits
