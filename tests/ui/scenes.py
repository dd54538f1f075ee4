"""A real client over a real store in memory, filled with what a scene needs; no server, no network."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import msgspec

from desktop_chat.core.models import ConnectionPhase, ConnectionState
from desktop_chat.core.timeline import Run
from desktop_chat.net.transport import Transport, TransportError
from desktop_chat.protocol.actions import Created, InfoChanged, MembersAdded, Pinned, Role
from desktop_chat.protocol.events import ConversationUpdate
from desktop_chat.protocol.records import (
    Content,
    Device,
    Head,
    Info,
    Member,
    Message,
    Origin,
    Personal,
    Preview,
    Reaction,
    Receipt,
    User,
    Version,
)
from desktop_chat.services.client import Client
from desktop_chat.settings import Account, Settings
from desktop_chat.store import conversations, messages, users
from desktop_chat.store.database import IN_MEMORY, Database

OWN_ID = 1
ACCOUNT = Account("scene", "ws://127.0.0.1:1/", OWN_ID, "me")
NOW_MS = 1_772_548_320_000
"""Tuesday, 3 March 2026, 14:32 UTC."""
MINUTE_MS = 60_000
_T = TypeVar("_T")


class InlineRunner:
    """Runs the store's functions where they are asked for."""

    async def run(self, function: Callable[[], _T]) -> _T:
        return function()

    def close(self) -> None:
        pass


async def no_transport(address: str) -> Transport:
    raise TransportError("There is no network in this scene.")


async def no_token() -> str | None:
    return None


class MemorySettings:
    """Settings that live as long as the scene."""

    def __init__(self, **fields: object) -> None:
        self.current = Settings(**fields)  # type: ignore[arg-type]

    def update(self, **changes: object) -> Settings:
        self.current = msgspec.structs.replace(self.current, **changes)
        return self.current


class SceneClient(Client):
    """The real client, told what its connection would say."""

    def __init__(self, database: Database, media: Path | None = None) -> None:
        super().__init__(
            IN_MEMORY,
            OWN_ID,
            "ws://127.0.0.1:1",
            no_token,
            open_transport=no_transport,
            runner=InlineRunner(),
            database=database,
            media=media,
        )
        self.scripted_state = ConnectionState(ConnectionPhase.ONLINE)

    @property
    def connection_state(self) -> ConnectionState:
        return self.scripted_state

    @property
    def device_id(self) -> int:
        return 1

    def online(self, *user_ids: int) -> None:
        """Let these users be online."""
        self._reducer.online.update(user_ids)


class Scene:
    """Fills a store as a server's events would, then hands out the client."""

    def __init__(self, path: object = IN_MEMORY) -> None:
        self.database = Database(path)  # type: ignore[arg-type]
        self.media: Path | None = None
        """Where the pictures are that are on this computer, by file_id."""
        self._message_ids = itertools.count(1)
        self._client_ids = itertools.count(1)
        with self.database.transaction() as connection:
            users.upsert(connection, User(OWN_ID, "me", "Me Myself"))

    def direct(
        self,
        conversation_id: int,
        name: str,
        lines: list[tuple[int, str, int]],
        *,
        unread: int = 0,
        others_read: int | None = None,
        delivered: int | None = None,
        last_seen_ms: int = 0,
        user_name: str = "",
    ) -> None:
        """A direct conversation with user ``conversation_id + 100``. Lines are (sender: 0 for oneself and 1
        for the other, text, sent_at_ms)."""
        peer_id = conversation_id + 100
        last = len(lines)
        read = last - unread
        with self.database.transaction() as connection:
            peer = User(peer_id, user_name or f"user{peer_id}", name, last_seen_ms=last_seen_ms)
            users.upsert(connection, peer)
            preview = None
            if lines:
                sender, text, at = lines[-1]
                preview = Preview(peer_id if sender else OWN_ID, "text", text[:120], at)
            conversations.apply_update(
                connection,
                OWN_ID,
                ConversationUpdate(
                    conversation_id,
                    1,
                    "direct",
                    Head(last, last, preview),
                    Personal(read, read),
                    [
                        Member(OWN_ID, last, read),
                        Member(
                            peer_id,
                            last if delivered is None else delivered,
                            last if others_read is None else others_read,
                        ),
                    ],
                ),
            )
            for seq, (sender, text, at) in enumerate(lines, 1):
                messages.insert_stored(
                    connection,
                    Message(
                        conversation_id,
                        seq,
                        next(self._message_ids),
                        peer_id if sender else OWN_ID,
                        f"{next(self._client_ids):032x}",
                        at,
                        Content("text", text),
                    ),
                )
            if lines:
                conversations.set_run(connection, conversation_id, Run(1, last))

    def note(self, conversation_id: int, lines: list[tuple[str, int]]) -> None:
        """The note to self."""
        last = len(lines)
        with self.database.transaction() as connection:
            conversations.apply_update(
                connection,
                OWN_ID,
                ConversationUpdate(
                    conversation_id,
                    1,
                    "note",
                    Head(last, last, Preview(OWN_ID, "text", lines[-1][0], lines[-1][1])),
                    Personal(last, last),
                    [Member(OWN_ID, last, last)],
                ),
            )
            for seq, (text, at) in enumerate(lines, 1):
                messages.insert_stored(
                    connection,
                    Message(
                        conversation_id,
                        seq,
                        next(self._message_ids),
                        OWN_ID,
                        f"{next(self._client_ids):032x}",
                        at,
                        Content("text", text),
                    ),
                )
            conversations.set_run(connection, conversation_id, Run(1, last))

    def group(
        self,
        conversation_id: int,
        info: Info,
        people: dict[int, tuple[str, str, Role]],
        entries: list[Message],
        *,
        unread: int = 0,
    ) -> None:
        """A group; ``people`` are its other members by id: user name, display name, role. The own role is
        owner."""
        last = len(entries)
        written = [each for each in entries if each.action is None]
        with self.database.transaction() as connection:
            for user_id, (user_name, name, _) in people.items():
                users.upsert(connection, User(user_id, user_name, name))
            newest = written[-1] if written else None
            preview = None
            if newest is not None and newest.content is not None:
                preview = Preview(
                    newest.sender_id, "text", newest.content.body[:120], newest.sent_at_ms, newest.seq
                )
            read = last - unread
            conversations.apply_update(
                connection,
                OWN_ID,
                ConversationUpdate(
                    conversation_id,
                    1,
                    "group",
                    Head(last, len(written), preview),
                    Personal(read, len(written) - unread),
                    [
                        Member(OWN_ID, last, read, "owner"),
                        *(Member(user_id, last, read, each[2]) for user_id, each in people.items()),
                    ],
                    info=info,
                ),
            )
            for each in entries:
                messages.insert_stored(connection, each)
            conversations.set_run(connection, conversation_id, Run(1, last))

    def entry(self, conversation_id: int, seq: int, sender_id: int, at_ms: int, **fields: object) -> Message:
        """One entry of a group's log."""
        return Message(
            conversation_id,
            seq,
            next(self._message_ids),
            sender_id,
            f"{next(self._client_ids):032x}",
            at_ms,
            **fields,  # type: ignore[arg-type]
        )

    def echo(self, conversation_id: int, text: str, at_ms: int, *, failed: str = "") -> None:
        """A local echo, pending or failed with these words."""
        with self.database.transaction() as connection:
            echo = messages.insert_local(
                connection,
                conversation_id,
                f"{next(self._client_ids):032x}",
                OWN_ID,
                at_ms,
                Content("text", text),
            )
            if failed:
                connection.execute(
                    "UPDATE message SET state = 2, error = ? WHERE local_id = ?", (failed, echo.local_id)
                )

    def portrait(self, whose: int, file_id: str, *, person: bool = False) -> None:
        """Let this show a group, by conversation id, or a person, by user id."""
        with self.database.transaction() as connection:
            if person:
                connection.execute("UPDATE user SET picture = ? WHERE user_id = ?", (file_id, whose))
                return
            [row] = conversations.load(connection, OWN_ID, set(), [whose])
            info = msgspec.json.encode(msgspec.structs.replace(row.info, picture=file_id)).decode()
            connection.execute("UPDATE conversation SET info = ? WHERE conversation_id = ?", (info, whose))

    def draft(self, conversation_id: int, text: str) -> None:
        """What stands in the composer."""
        with self.database.transaction() as connection:
            conversations.set_draft(connection, conversation_id, text)

    def client(self) -> SceneClient:
        """The client over what was filled in."""
        return SceneClient(self.database, self.media)


def at(clock: str, days_ago: int = 0) -> int:
    """A moment of the scene's days, "14:32", in UTC."""
    hours, minutes = map(int, clock.split(":"))
    midnight = NOW_MS - (14 * 60 + 32) * MINUTE_MS
    return midnight - days_ago * 24 * 60 * MINUTE_MS + (hours * 60 + minutes) * MINUTE_MS


def living(*, unread: bool = True) -> Scene:
    """Two people in the middle of things, and ten more in the list."""
    scene = Scene()
    alice = [
        (1, "Morning! Did the prototype build finish?", at("09:12")),
        (1, "I would love to show it to the group today 🙂", at("09:12")),
        (0, "Yes — 68 MB one-folder build, starts in under half a second.", at("09:15")),
        (0, "Notes are here: https://example.org/spike/notes?rev=7", at("09:15")),
        (
            1,
            (
                "Nice work 🎉🎉 How does it feel with the long history? The last client I tried stuttered "
                "whenever I scrolled back more than a few weeks, and resizing the window froze it for ages."
            ),
            at("13:58"),
        ),
        (
            0,
            (
                "Smooth. Only the visible messages get laid out, so 100 messages and 100,000 messages cost "
                "the same per frame."
            ),
            at("14:02"),
        ),
        (0, "你好世界 · مرحبا · Привет · שלום 👩‍💻👍🏽🇩🇪", at("14:02")),
        (1, "😍", at("14:20")),
        (1, "Shall we meet at 18:00 for the demo?", at("14:30")),
        (0, "Sure, I will bring the laptop.", at("14:31")),
        (1, "Perfect, see you at 18:00 then 👋", at("14:32")),
    ]
    before = [
        (1, "The train was late again, I only got in at nine.", at("21:04", 1)),
        (0, "Same here. Coffee tomorrow?", at("21:10", 1)),
        (1, "Yes please ☕", at("21:11", 1)),
    ]
    scene.direct(1, "Alice Example", before + alice, user_name="alice")
    scene.direct(
        2,
        "Zoë Okonkwo",
        [(1, "The new icons are in the shared folder, tell me what you think", at("14:05"))],
        unread=1 if unread else 0,
    )
    scene.direct(
        3, "Bob Miller", [(1, "Is it signed?", at("13:40")), (0, "✓ sent the contract", at("13:48"))]
    )
    scene.direct(
        4,
        "Mum 🏡",
        [
            (1, "How was the exam?", at("18:20", 1)),
            (0, "Better than I feared. Results on Friday.", at("18:41", 1)),
            (1, "I knew it 💛", at("18:42", 1)),
            (0, "Who told you about Saturday?", at("18:50", 1)),
            (1, "Your brother. He cannot keep a secret for an hour.", at("12:02")),
            (1, "We are nine now, the neighbours come too", at("12:04")),
            (1, "Grandma asks whether there will be music", at("12:09")),
            (1, "There will be music", at("12:10")),
            (1, "Who brings the cake? I thought of the one with the cherries", at("12:20")),
        ],
        unread=5 if unread else 0,
    )
    scene.direct(5, "王小明", [(1, "明天的会议改到下午三点", at("11:02"))])
    scene.direct(
        6,
        "Ravi Sharma",
        [(1, "Did CI pass?", at("10:38")), (0, "CI: main is green ✅", at("10:41"))],
        others_read=1,
    )
    scene.direct(7, "محمد علي", [(1, "شكرا جزيلا لك", at("09:15"))], unread=1 if unread else 0)
    scene.direct(8, "Clara Novák", [(1, "The photos from the trip 📷", at("19:22", 1))])
    scene.direct(9, "Дмитрий Орлов", [(1, "e4 e5 ♞ твой ход", at("18:01", 1))])
    scene.note(10, [("Buy cherries. And candles.", at("08:30", 1))])
    scene.direct(11, "Eva Lindqvist", [(1, "Haha 😂😂", at("16:45", 3))])
    scene.direct(12, "佐藤 由紀", [(0, "了解です、また来週", at("15:00", 4))], others_read=0, delivered=0)
    scene.direct(13, "José Álvarez", [(1, "¡Hasta luego!", at("10:00", 40))], last_seen_ms=at("10:05", 40))
    return scene


def lab(*, unread: int = 0) -> Scene:
    """``living``, and a group in which everything happens that can happen to a message."""
    scene = living()
    group = 20
    entry = partial(scene.entry, group)
    alice, ravi, clara = 101, 106, 108
    said = [
        entry(1, OWN_ID, at("08:02"), action=Created("Optics lab")),
        entry(2, OWN_ID, at("08:02"), action=MembersAdded((alice, ravi, clara))),
        entry(
            3,
            alice,
            at("08:30"),
            content=Content("text", "The new *grating* is **aligned**. Run `calibrate --all` first:"),
            reactions=(Reaction("🎉", (OWN_ID, ravi)), Reaction("👍", (clara,))),
        ),
        entry(
            4,
            alice,
            at("08:31"),
            content=Content("text", "```\ncd ~/rig\n./calibrate --all\n```\nand ~~wait~~ check the plot."),
        ),
        entry(
            5,
            OWN_ID,
            at("08:40"),
            content=Content("text", "Done, the residuals are below 0.2 %."),
            reply_to=3,
            edited_at_ms=at("08:41"),
            changed_seq=6,
        ),
        entry(6, OWN_ID, at("08:41"), action=Pinned(5)),
        entry(
            7,
            ravi,
            at("09:05"),
            content=Content("text", "> below 0.2 %\nThat is *better* than the data sheet says 🙂"),
        ),
        entry(8, clara, at("09:06"), content=None, deleted=True, changed_seq=9),
        entry(
            9,
            clara,
            at("09:07"),
            content=Content("text", "Shall we meet at 18:00 for the demo?"),
            origin=Origin(alice, at("08:50")),
        ),
        entry(
            10,
            OWN_ID,
            at("09:15"),
            content=Content("text", "Yes, see [the plan](https://example.org/plan)."),
            reply_to=9,
            reactions=(Reaction("❤️", (alice, ravi, clara)),),
        ),
        entry(11, ravi, at("09:20"), action=InfoChanged(title="Optics lab 2")),
    ]
    people: dict[int, tuple[str, str, Role]] = {
        alice: ("alice", "Alice Example", "admin"),
        ravi: ("ravi", "Ravi Sharma", "member"),
        clara: ("clara", "Clara Novák", "member"),
    }
    info = Info("Optics lab 2", "Room 2.14, Tuesdays", pinned_seqs=(5, 9))
    scene.group(group, info, people, said, unread=unread)
    return scene


def living_client(scene: Scene) -> SceneClient:
    """The client of ``living``, with some of the people online."""
    client = scene.client()
    client.online(101, 103, 105)
    client._users = users.load_all(client._database.reader, client._reducer.online)
    return client


class RecordedActions:
    """Stands where the server's answers would come from: keeps what was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []
        self.receipts: list[Receipt] = []
        self.earlier: list[Version] = []
        self.signed_in: list[Device] = []

    def __getattr__(self, name: str) -> Callable[..., Awaitable[None]]:
        async def ask(*arguments: object, **more: object) -> None:
            named = [each.seq if hasattr(each, "seq") else each for each in arguments]
            self.asked.append((name, *named, *([more] if more else [])))

        return ask

    async def create_group(self, title: str, user_ids: tuple[int, ...], *, board: bool, picture: str) -> int:
        self.asked.append(("create_group", title, user_ids, board, *([picture] if picture else [])))
        return 20

    async def set_preferences(self, conversation_id: int, **preferences: object) -> None:
        self.asked.append(("set_preferences", conversation_id, preferences))

    async def set_info(self, conversation_id: int, **info: object) -> None:
        changed = {name: value for name, value in info.items() if value is not None}
        self.asked.append(("set_info", conversation_id, changed))

    async def typing(self, conversation_id: int, on: bool) -> None:
        self.asked.append(("typing", conversation_id, on))

    async def create_invite(self) -> str:
        return "ABCD-EFGH"

    async def devices(self) -> list[Device]:
        return self.signed_in

    async def details(self, message: object) -> list[Receipt]:
        return self.receipts

    async def versions(self, message: object) -> list[Version]:
        return self.earlier


async def settled() -> None:
    """Let everything that was asked for happen: coroutines, ticks and deferred deletes."""
    for _ in range(12):
        await asyncio.sleep(0.005)
