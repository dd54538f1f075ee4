"""A catch-up in pieces: what changes between two of them reaches the client all the same."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from desktop_chat.protocol import commands
from desktop_chat.protocol.codec import AnyPacket
from desktop_chat.protocol.events import CaughtUp, ConversationUpdate, UserUpdate
from desktop_chat.protocol.records import Resume
from desktop_chat.protocol.replies import ConversationOpened
from server import catchup
from server.catchup import CatchUp, Piece
from server.service import Service
from server.store.memory import MemoryStore
from server.store.reader import Reader
from tests.server.harness import TestClient, TestServer, only, position_of

_GROUPS = 6
_PIECES_BEFORE = 3
"""After so many of one conversation each, all of this happens at once."""


class _World:
    """Ada is in bob's groups, and catches up while bob changes them."""

    def __init__(self) -> None:
        self.server = TestServer(MemoryStore("e" * 32, read_delay=self._pause))
        self._reads_left = 0
        self._groups_made = 0

    async def begin(self) -> None:
        self.ada, self.bob = await self.server.person("ada"), await self.server.person("bob")
        self.groups = [await self.group() for _ in range(_GROUPS)]
        self.server.service.catch_up_batch = 1

    async def group(self) -> int:
        self._groups_made += 1
        key = f"{self._groups_made:032x}"
        command = commands.CreateGroup(self.bob.next_id(), key, "A group", (self.ada.user_id,))
        opened = only(ConversationOpened, await self.bob.say(command))
        return opened.conversation.conversation_id

    async def catch_up(self, resume: Resume | None = None) -> list[AnyPacket]:
        """What ada is told."""
        self._reads_left = 2 * (1 + _PIECES_BEFORE)  # the token's, then a piece's: before and after it
        return await self.server.client().connect(self.ada.token, resume)

    async def _pause(self) -> None:
        self._reads_left -= 1
        if self._reads_left == 0:
            await self._change_everything()

    async def _change_everything(self) -> None:
        _, kicked_unseen, brought_back, renamed, kicked, written = self.groups
        await self.bob.send(written, "hello")
        await self._bob(commands.SetInfo, renamed, title="Another title")
        for group in (kicked, kicked_unseen, brought_back):
            await self._bob(commands.RemoveMember, group, user_id=self.ada.user_id)
        await self._bob(commands.AddMembers, brought_back, user_ids=(self.ada.user_id,))
        await self.bob.say(commands.UpdateProfile(self.bob.next_id(), about="new"))
        await self.bob.say(commands.BlockUser(self.bob.next_id(), self.ada.user_id))
        self.new = await self.group()

    async def _bob(self, kind: Callable[..., commands.AnyCommand], group: int, **fields: object) -> None:
        number = self.bob.next_id()
        await self.bob.say(kind(number, group, f"{2**64 + number:032x}", **fields))

    def check(self, told: list[AnyPacket]) -> None:
        """That ada knows how everything is, and the conversations when she has caught up."""
        unchanged, kicked_unseen, brought_back, renamed, kicked, written = self.groups
        caught_up = told.index(only(CaughtUp, told))
        known: dict[int, ConversationUpdate] = {}
        for each in told[:caught_up]:
            if isinstance(each, ConversationUpdate):
                assert each.gone or each.kind == "group"
                known[each.conversation_id] = each
        assert {id_ for id_, each in known.items() if each.gone} == {kicked, kicked_unseen}
        assert known.keys() == {*self.groups, self.new}
        heads = {id_: each.head.last_seq for id_, each in known.items() if each.head}
        assert heads == {unchanged: 1, brought_back: 3, renamed: 2, written: 2, self.new: 1}
        info = known[renamed].info
        assert info is not None
        assert info.title == "Another title"
        assert all(getattr(each, "position", 2**53) > position_of(told) for each in told[caught_up + 1 :])
        bob = [each.user for each in told if isinstance(each, UserUpdate) if each.user.user_id == 2][-1]
        assert (bob.about, bob.online) == ("new", False)


async def _world() -> _World:
    world = _World()
    await world.begin()
    return world


async def test_what_changes_between_the_pieces_is_told() -> None:
    world = await _world()
    world.check(await world.catch_up())
    await world.server.service.stop()


async def test_so_it_is_to_a_device_that_resumes() -> None:
    world = await _world()
    world.check(await world.catch_up(Resume(world.server.store.epoch, 1)))
    await world.server.service.stop()


async def test_nothing_else_would_tell_it(monkeypatch: pytest.MonkeyPatch) -> None:
    world = await _world()

    def end_after_the_pieces(service: Service, reader: Reader, catch_up: CatchUp) -> Piece:
        return replace(catch_up.read(reader), is_last=not catch_up.waits)

    monkeypatch.setattr(Service, "read_catch_up", end_after_the_pieces)
    with pytest.raises(AssertionError):
        world.check(await world.catch_up())
    await world.server.service.stop()


@pytest.mark.parametrize(("batch", "pieces"), [(100, 1), (_GROUPS, 1), (_GROUPS - 1, 3), (1, _GROUPS + 1)])
async def test_what_fits_one_piece_takes_one_read(batch: int, pieces: int) -> None:
    world = await _world()
    assert len(await _pieces(world, batch)) == pieces
    await world.server.service.stop()


async def test_a_piece_names_so_many_members_unless_one_group_has_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = await _world()
    for limit, sizes in ((4, [2, 2, 2, 0]), (1, [1, 1, 1, 1, 1, 1, 0])):
        monkeypatch.setattr(catchup, "_MEMBERS_IN_A_PIECE", limit)
        pieces = await _pieces(world, 100)
        assert [len(each.conversations) for each in pieces] == sizes
        told = [each.own.conversation_id for piece in pieces for each in piece.conversations]
        assert told == world.groups[::-1]
    await world.server.service.stop()


async def _pieces(world: _World, batch: int) -> list[Piece]:
    client: TestClient = world.ada
    catch_up = CatchUp(
        client.user_id,
        client.connection.device_id,
        world.server.store.epoch,
        None,
        is_online=world.server.service.hub.is_online,
        batch=batch,
    )
    pieces = [await world.server.store.read(catch_up.read)]
    while not pieces[-1].is_last:
        pieces.append(await world.server.store.read(catch_up.read))
    return pieces
