"""Snapshot and events come to the same: a device that was there, one that comes back and a new one."""

import random
from collections.abc import Awaitable, Callable
from itertools import pairwise

import pytest

from desktop_chat.protocol import commands
from desktop_chat.protocol.events import (
    AccountUpdate,
    CaughtUp,
    ConversationUpdate,
    NewMessage,
    StarsUpdate,
    UserUpdate,
)
from desktop_chat.protocol.records import Personal, Resume
from desktop_chat.protocol.replies import ConnectionConfirmed
from tests.conformance.client_state import ClientState
from tests.conformance.person import Person, key, text
from tests.conformance.place import Place

_DEEDS = 250


class _Doings:
    """Things that people do, by chance; many are refused, which is as good."""

    def __init__(self, people: list[Person], chance: random.Random) -> None:
        self._people = people
        self._chance = chance
        self._conversations: list[int] = []
        self.done: set[str] = set()

    async def begin(self) -> None:
        first, *others = self._people
        self._conversations = [
            await first.group(*others),
            await others[0].group(first, others[1]),
            await first.do_open(others[0].user_id),
            await others[1].do_open(first.user_id),
            await first.do_open(first.user_id),
        ]

    async def one(self) -> None:
        chance = self._chance
        person, other = chance.choice(self._people), chance.choice(self._people)
        where, seq = chance.choice(self._conversations), chance.randint(1, 12)
        on, days = chance.random() < 0.7, chance.choice((0, 30))
        choices: list[Callable[[], Awaitable[str]]] = [
            lambda: person.outcome(commands.SendMessage, where, content=text(f"{seq}"), reply_to=1),
            lambda: person.outcome(commands.SendMessage, where, content=text(f"{seq}")),
            lambda: person.outcome(commands.EditMessage, where, seq=seq, content=text(f"edited {key()}")),
            lambda: person.outcome(commands.DeleteMessage, where, seq=seq),
            lambda: person.outcome(commands.React, where, seq=seq, key=chance.choice("abc"), on=on),
            lambda: person.outcome(commands.PinMessage, where, seq=seq, on=on),
            lambda: person.outcome(commands.SetInfo, where, about=f"{seq}"),
            lambda: person.outcome(commands.SetInfo, where, retention_days=days),
            lambda: person.outcome(commands.AddMembers, where, user_ids=(other.user_id,)),
            lambda: person.outcome(commands.RemoveMember, where, user_id=other.user_id),
            lambda: person.outcome(commands.SetRole, where, user_id=other.user_id, role="admin"),
            lambda: person.outcome(commands.MarkRead, where, seq),
            lambda: person.outcome(commands.MarkDelivered, where, seq),
            lambda: person.outcome(commands.StarMessage, where, seq, on),
            lambda: person.outcome(commands.SetPreferences, where, pinned=on, marked_unread=not on),
            lambda: person.outcome(commands.UpdateProfile, about=f"{seq}"),
            lambda: person.outcome(commands.UpdateSettings, share_read=on, share_presence=not on),
            lambda: person.outcome(commands.BlockUser, other.user_id, on and chance.random() < 0.5),
        ]
        which = chance.randrange(len(choices))
        if await choices[which]() == "done":
            self.done.add(f"{which}")


@pytest.mark.parametrize("seed", range(4))
async def test_events_and_a_catch_up_come_to_the_same(place: Place, seed: int) -> None:
    chance = random.Random(seed)
    async with place.people("ada", "bob", "eve", "cy") as people:
        ada = people[0]
        doings = _Doings(people, chance)
        live, stale = ClientState(), ClientState()
        async with place.device(ada) as second:
            await doings.begin()
            for number in range(_DEEDS):
                await doings.one()
                if number == _DEEDS // 2:
                    async with place.client() as back:
                        position = await back.connect(ada.token)
                        stale.take(back.packets)
                        await stale.load(back)
                        epoch = back.epoch
            live.take(await second.told())
            await live.load(second)
        async with place.client() as back:
            await back.connect(ada.token, Resume(epoch, position))
            assert not next(each for each in back.packets if isinstance(each, ConnectionConfirmed)).resync
            for user_id, user in stale.users.items():
                stale.users[user_id] = type(user)(**{**_fields(user), "online": False})
            stale.take(await back.told())
            await stale.load(back)
        fresh = ClientState()
        async with place.client() as new:
            await new.connect(ada.token)
            fresh.take(await new.told())
            await fresh.load(new)
        assert len(doings.done) >= 10
        wanted = fresh.known(ada.user_id)
        for each in (stale, live):
            known = each.known(ada.user_id)
            for what, value in wanted.items():
                assert known[what] == value, (seed, what, "stale" if each is stale else "live")


def _fields(user: object) -> dict[str, object]:
    return {name: getattr(user, name) for name in user.__struct_fields__}  # type: ignore[attr-defined]


async def test_the_order_of_a_catch_up(place: Place) -> None:
    async with place.people("ada", "bob", "eve") as (ada, bob, eve):
        talk = await ada.do_open(bob.user_id)
        left, group = await ada.group(eve), await ada.group(bob, eve)
        seq = await ada.send(talk)
        async with place.client() as back:
            position = await back.connect(ada.token)
        await ada.do(commands.StarMessage, talk, seq)
        await bob.send(talk)
        await ada.do(commands.RemoveMember, left, user_id=ada.user_id)
        async with place.client() as back:
            await back.connect(ada.token, Resume(back.epoch or ada.epoch, position))
            confirmed, account, gone, *rest = back.packets
            assert isinstance(confirmed, ConnectionConfirmed)
            assert isinstance(account, AccountUpdate)
            assert isinstance(gone, ConversationUpdate)
            assert (gone.conversation_id, gone.gone) == (left, True)
            kinds = [each for each, after in pairwise([*map(type, rest), None]) if each is not after]
            assert kinds == [UserUpdate, ConversationUpdate, UserUpdate, StarsUpdate]
            [update] = [each for each in rest if isinstance(each, ConversationUpdate)]
            assert (update.conversation_id, update.kind, update.personal) == (talk, "direct", Personal(0, 1))
            named = {each.user.user_id for each in rest if isinstance(each, UserUpdate) and each.user.online}
            assert named == {
                ada.user_id,
                bob.user_id,
                eve.user_id,
            }
        async with place.client() as fresh:
            await fresh.connect(ada.token)
            updates = [each for each in fresh.packets if isinstance(each, ConversationUpdate)]
            assert [each.conversation_id for each in updates] == [talk, group]


async def test_positions_rise(place: Place) -> None:
    async with place.people("ada", "bob") as (ada, bob):
        talk = await ada.do_open(bob.user_id)
        await bob.told()
        for number in range(20):
            seq = await ada.send(talk)
            await ada.do(commands.React, talk, seq=seq, key="!")
            await ada.do(commands.MarkRead, talk, seq)
            await bob.do(commands.SetPreferences, talk, pinned=number % 2 == 0)
        positions = [
            each.message.message_id if isinstance(each, NewMessage) else each.position
            for each in await bob.told()
            if isinstance(each, NewMessage) or getattr(each, "position", 0)
        ]
        assert positions == sorted(positions)
        async with place.client() as back:
            assert await back.connect(bob.token) >= positions[-1]
            assert not [each for each in await back.told() if isinstance(each, CaughtUp)]
