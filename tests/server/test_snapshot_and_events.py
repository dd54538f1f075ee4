"""State = snapshot + events: whatever people do, a device that was there at the beginning and got the events,
one that was away for a while, and one that comes at the end hold the same."""

import asyncio
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from desktop_chat.protocol.codec import AnyPacket, encode_command
from desktop_chat.protocol.commands import LoadHistory, RemoveMember, SignIn
from desktop_chat.protocol.replies import SignedIn
from desktop_chat.services.reducer import Reducer
from desktop_chat.store import conversations, sync_state
from desktop_chat.store.database import IN_MEMORY, Database
from server import expiring
from server.store import records
from server.store.memory import MemoryStore
from tests.server.harness import TestClient, TestServer, only
from tests.server.steps import EXPIRE, USERS, beginning, step

_steps = st.lists(
    st.one_of(step, step, step, step, EXPIRE, st.tuples(st.just("away"), st.integers(1, USERS))), max_size=50
)
_NEWEST = 3


class _Copy:
    """What a device makes of what it is sent: the engine's reducer on a store of its own."""

    def __init__(self, server: TestServer, user_id: int) -> None:
        self._server = server
        self.database = Database(IN_MEMORY)
        self.reducer = Reducer(user_id)
        self.token = ""
        self.client: TestClient | None = None
        self._coming: asyncio.Task[None] | None = None

    def come(self) -> None:
        """Begin to connect, while all else goes on."""
        self._coming = asyncio.get_running_loop().create_task(self.connect())

    async def settle(self) -> None:
        """Wait until it is there, if it is coming."""
        coming, self._coming = self._coming, None
        if coming is not None:
            await coming

    async def connect(self) -> None:
        self.client = self._server.client()
        resume = sync_state.resume(self.database.writer)
        self._take(await self.client.connect(self.token, resume))

    def leave(self) -> None:
        if self.client is not None:
            self._take(self.client.packets())
            self.client.connection.closed()
            self.client = None

    async def catch_up(self) -> None:
        """Take what has come, and fetch what is missing, as the engine does; then everything older."""
        assert self.client is not None
        self._take(await self.client.settled())
        while behind := conversations.behind(self.database.writer):
            for conversation_id in behind:
                held_to = conversations.held_to_below_head(self.database.writer, conversation_id)
                await self._load(conversation_id, after_seq=held_to or None)
        for (conversation_id,) in self._all("SELECT conversation_id FROM conversation WHERE gone = 0"):
            while not conversations.reaches_start(self.database.writer, conversation_id):
                run = conversations.run(self.database.writer, conversation_id)
                assert run is not None
                await self._load(conversation_id, before_seq=run.held_from or None)

    def contents(self) -> dict[str, Any]:
        """All that counts, by table."""
        mine = self.reducer.own_id
        return {
            "conversations": self._all(
                "SELECT conversation_id, kind, peer_id, last_seq, message_count, preview_sender_id,"
                " preview_kind, preview_text, read_seq, seen_count, info, first_seq, pinned, archived,"
                " alerts, marked_unread FROM conversation WHERE gone = 0 ORDER BY 1"
            ),
            "members": self._all(
                "SELECT conversation_id, user_id, role, (user_id <> ?1) * delivered_seq, read_seq"
                " FROM member ORDER BY 1, 2",
                mine,
            ),
            "messages": self._all(
                "SELECT conversation_id, seq, message_id, sender_id, client_id, kind, body, extra"
                " FROM message ORDER BY 1, 2"
            ),
            "stars": self._all("SELECT conversation_id, seq FROM star ORDER BY 1, 2"),
            "account": sync_state.account(self.database.writer),
        }

    def people(self) -> dict[int, Any]:
        """Everybody known here, as they are shown. Whether one is online oneself is nothing to tell."""
        found = self._all("SELECT user_id, user_name, display_name, about, picture, deleted FROM user")
        online = self.reducer.online - {self.reducer.own_id}
        return {row[0]: (*row[1:], row[0] in online) for row in found}

    async def _load(self, conversation_id: int, **where: Any) -> None:
        assert self.client is not None
        ask = LoadHistory(self.client.next_id(), conversation_id, limit=_NEWEST, **where)
        self._take(await self.client.say(ask))

    def _take(self, packets: list[AnyPacket]) -> None:
        self.reducer.apply(self.database, packets)

    def _all(self, sql: str, *bindings: Any) -> list[Any]:
        return self.database.writer.execute(sql, bindings).fetchall()


async def _story(steps: list[Any], pauses: int = 0) -> None:
    """With ``pauses``, things happen between the pieces of a catch-up, which are of one conversation each."""

    async def pause() -> None:
        for _ in range(pauses):
            await asyncio.sleep(0)

    server = TestServer(MemoryStore("e" * 32, read_delay=pause))
    if pauses:
        server.service.catch_up_batch = 1
    copies: dict[int, list[_Copy]] = {}
    speakers: dict[int, TestClient] = {}
    for user_id in range(1, USERS + 1):
        speakers[user_id] = await server.person(f"user{user_id}")
        copies[user_id] = []
        for _ in range(2):
            copies[user_id].append(await _new_copy(server, user_id))
    for number, each in enumerate([*beginning, *steps]):
        match each:
            case ("expire", int(id_), int(seq)):
                await _expire(server, id_, seq)
            case ("away", int(user_id)):
                copy = copies[user_id][1]
                await copy.settle()
                copy.come() if copy.client is None else copy.leave()
            case (int(user_id), command):
                server.clock.now_s += 1 + number % 3
                await speakers[user_id].connection.receive(encode_command(command))
    for user_id in copies:
        await copies[user_id][1].settle()
        if copies[user_id][1].client is None:
            await copies[user_id][1].connect()
    for user_id, (stayed, away) in copies.items():
        await stayed.catch_up()
        await away.catch_up()
        fresh = await _new_copy(server, user_id)
        await fresh.catch_up()
        for name, copy in (("that stayed", stayed), ("that was away", away)):
            for table, rows in fresh.contents().items():
                assert copy.contents()[table] == rows, f"user {user_id}, the device {name}: {table}"
            for other_id, shown in fresh.people().items():
                assert copy.people()[other_id] == shown, f"user {user_id}, the device {name}: {other_id}"
    await server.service.stop()


async def _new_copy(server: TestServer, user_id: int) -> _Copy:
    client = server.client()
    signed_in = only(SignedIn, await client.say(SignIn(client.next_id(), f"user{user_id}", "correct horse")))
    client.connection.closed()
    copy = _Copy(server, user_id)
    copy.token = signed_in.token
    await copy.connect()
    return copy


async def _expire(server: TestServer, conversation_id: int, seq: int) -> None:
    row = await server.store.read(lambda reader: reader.conversation(conversation_id))
    if row is not None and seq <= row.last_seq + 1:
        await expiring.expire(server.service, conversation_id, seq)


@settings(max_examples=120, deadline=None)
@given(_steps)
def test_events_come_to_what_a_fresh_device_gets(steps: list[Any]) -> None:
    asyncio.run(_story(steps))


@settings(max_examples=60, deadline=None)
@given(_steps)
@example([(1, RemoveMember(1, 2, "0" * 32, 1))])  # those who stay are few enough to learn who is online
def test_so_they_do_among_many(steps: list[Any]) -> None:
    """Three are many here, so that most groups cross that line now and then."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (records, conversations):
            patch.setattr(module, "RECEIPTS_MEMBERS_MAX", 2)
        asyncio.run(_story(steps))


@settings(max_examples=120, deadline=None)
@given(_steps, st.integers(1, 6))
def test_so_they_do_while_somebody_catches_up(steps: list[Any], pauses: int) -> None:
    asyncio.run(_story(steps, pauses))
