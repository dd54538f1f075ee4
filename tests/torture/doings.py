"""Everything else that can be done to a store while its power goes: groups and who is in them, edits,
deletions, reactions, pins, files, preferences, stars, profiles, settings, blocks, invites. What has to be
found afterwards is for ``tests.torture.shadow`` to say."""

import itertools
from random import Random
from typing import Any

from desktop_chat.protocol.actions import Role
from desktop_chat.protocol.commands import (
    AddMembers,
    BlockUser,
    CreateGroup,
    DeleteMessage,
    EditMessage,
    MarkDelivered,
    MarkRead,
    OpenConversation,
    PinMessage,
    React,
    RemoveMember,
    SendMessage,
    SetInfo,
    SetPreferences,
    SetRole,
    StarMessage,
    UpdateProfile,
    UpdateSettings,
)
from desktop_chat.protocol.records import Content, Source
from server.actions.files import Allowance, NewFile, do_cancel, do_create, do_finish
from server.actions.invites import do_create_invite, do_set_admin
from server.actions.messages import do_send
from server.actions.profile import do_update_profile
from server.store.base import Operation
from server.store.reader import Reader
from server.store.records import InviteRow
from server.store.writer import Writer
from tests.server.performing import operation
from tests.server.store.filling import people
from tests.torture.ledger import Verdict

_USERS = (1, 2, 3)
_ROLES: tuple[Role, ...] = ("owner", "admin", "member")
_FIRST_KEY = 10**12
_ALLOWANCE = Allowance(10**6, 10**9, 10**3)


def groundwork(writer: Writer) -> None:
    """What there is from the start: three people, whose direct conversation 1 is, and the groups 2 and 3."""
    people(writer)
    for number in (1, 2):
        operation((number, CreateGroup(1, _text(_FIRST_KEY - number), "Group", (1, 2, 3))), 1)(writer)


class Doings:
    """All of it, on conversations that nobody else here has."""

    def __init__(self) -> None:
        self._keys = itertools.count(_FIRST_KEY)
        self._key = _FIRST_KEY
        self._files = 0
        self._done = 0

    def power_is_back(self) -> None: ...

    def next(self, chance: Random) -> tuple[Operation[Any], Any]:
        way = chance.random()
        self._done += 1
        if way < 0.2:
            done: Operation[Any] = self._file(chance)
        elif way < 0.26:
            done = _account(chance)
        else:
            done = operation(self._step(chance), chance.randrange(1, 10**9))
        return done, lambda result: None

    def check(self, reader: Reader) -> Verdict:
        return Verdict()

    def _next_key(self, chance: Random) -> int:
        if chance.random() < 0.9:
            self._key = next(self._keys)
        return self._key

    @staticmethod
    def _conversation(chance: Random) -> int:
        # Conversation 1 is for those who count each message in it.
        return chance.choice((2, 2, 2, 3, 3, 4, 5))

    def _step(self, chance: Random) -> tuple[Any, ...]:
        user_id, other_id = chance.choice(_USERS), chance.choice(_USERS)
        id_, key = self._conversation(chance), self._next_key(chance)
        seq = chance.randrange(1, 6 + self._done // 4)
        on = chance.random() < 0.7
        days = chance.choice((None, 3))
        role: Role = chance.choice(_ROLES)
        content = Content("text" if key % 3 else "other", f"message {key}")
        text = _text(key)
        steps: list[tuple[float, tuple[Any, ...]]] = [
            (1, (user_id, OpenConversation(1, other_id))),
            (1, (user_id, CreateGroup(1, text, "Group", (other_id, 3), board=chance.random() < 0.2))),
            (9, (user_id, SendMessage(1, id_, text, content))),
            (1, (user_id, SendMessage(1, id_, text, forward=Source(self._conversation(chance), seq)))),
            (4, (user_id, EditMessage(1, id_, text, seq, Content("text", f"edit {key}")))),
            (2, (user_id, DeleteMessage(1, id_, text, seq))),
            (4, (user_id, React(1, id_, text, seq, chance.choice("ab"), on))),
            (2, (user_id, PinMessage(1, id_, text, seq, on))),
            (2, (user_id, AddMembers(1, id_, text, (other_id,)))),
            (0.2, (user_id, RemoveMember(1, id_, text, other_id))),
            (1, (user_id, SetRole(1, id_, text, other_id, role))),
            (
                1,
                (
                    user_id,
                    SetInfo(1, id_, text, f"Title {key}", retention_days=days),
                ),
            ),
            (3, (user_id, MarkRead(1, id_, seq))),
            (2, (user_id, MarkDelivered(1, id_, seq))),
            (2, (user_id, SetPreferences(1, id_, pinned=on, marked_unread=chance.choice((None, True))))),
            (2, (user_id, StarMessage(1, id_, seq, on))),
            (0.5, (3, BlockUser(1, other_id, on))),
            (1, (3, UpdateSettings(1, share_read=on, share_delivered=chance.random() < 0.5))),
            (0.3, ("expire", id_, seq)),
        ]
        return chance.choices([step for _, step in steps], [weight for weight, _ in steps])[0]

    def _file(self, chance: Random) -> Operation[Any]:
        user_id, now_ms, way = chance.choice(_USERS), chance.randrange(1, 10**9), chance.random()
        if way < 0.3 or not self._files:
            self._files += 1
            new = NewFile(f"{self._files:032x}", 5, self._files.to_bytes(32, "big"))
            file_id = f"{2**100 + self._files:032x}"
            return lambda writer: do_create(writer, new, user_id, file_id, _ALLOWANCE, now_ms)
        file_id = f"{2**100 + chance.randrange(max(1, self._files - 5), self._files + 1):032x}"
        if way < 0.6:
            return lambda writer: do_finish(writer, file_id, now_ms)
        if way < 0.7:
            return lambda writer: do_cancel(writer, file_id, user_id)
        if way < 0.8:
            return lambda writer: do_update_profile(writer, UpdateProfile(1, picture=file_id), user_id)
        key, id_ = _text(self._next_key(chance)), self._conversation(chance)
        send = SendMessage(1, id_, key, Content("text", "see"), file_ids=(file_id,))
        return lambda writer: do_send(writer, send, user_id, now_ms)


def _account(chance: Random) -> Operation[Any]:
    now_ms, user_id = chance.randrange(1, 10**9), chance.choice(_USERS)
    way, text = chance.random(), f"about {now_ms}"
    if way < 0.4:
        return lambda writer: do_update_profile(writer, UpdateProfile(1, about=text), user_id)
    if way < 0.7:
        on = chance.random() < 0.6
        return lambda writer: do_set_admin(writer, user_id, on, 0, now_ms)
    invite = InviteRow(now_ms.to_bytes(32, "big"), 0, 3, now_ms)
    return lambda writer: do_create_invite(writer, invite, now_ms, by_anybody=False)


def _text(key: int) -> str:
    return f"{key:032x}"
