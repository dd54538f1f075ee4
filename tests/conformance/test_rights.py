"""Who may do what: every cell of the table in docs/protocol.md, by trying."""

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from desktop_chat.protocol import commands
from desktop_chat.protocol.errors import ErrorCode
from tests.conformance.person import Person, text
from tests.conformance.place import Place

_TEXT = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text("utf-8")
_ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in _TEXT[_TEXT.index("| deed |") :].partition("\n\n")[0].splitlines()
]
_PLACES = _ROWS[0][1:]
_CELLS = {row[0]: dict(zip(_PLACES, row[1:], strict=True)) for row in _ROWS[2:]}
_NAMES = ("actor", "owner", "admin", "member", "leaver", "newcomer", "stranger")


class Scene(Struct):
    """Somebody in a conversation, with a message of their own and one of another, where there is one."""

    actor: Person
    others: dict[str, Person]
    conversation_id: int
    own_seq: int
    other_seq: int | None

    async def tries(self, of: type[commands.Command], *fields: Any, **named: Any) -> str:
        return await self.actor.outcome(of, self.conversation_id, *fields, **named)


Deed = Callable[[Scene], Awaitable[dict[str, str]]]


async def _read(scene: Scene) -> dict[str, str]:
    return {
        "history": await scene.tries(commands.LoadHistory),
        "versions": await scene.tries(commands.LoadVersions, scene.own_seq),
        "details": await scene.tries(commands.LoadDetails, scene.own_seq),
        "look": await scene.tries(commands.JoinConversation),
        "type": await scene.tries(commands.SetTyping),
        "deliver": await scene.tries(commands.MarkDelivered, scene.own_seq),
        "mark": await scene.tries(commands.MarkRead, scene.own_seq),
        "prefer": await scene.tries(commands.SetPreferences, pinned=True),
        "star": await scene.tries(commands.StarMessage, scene.own_seq),
    }


async def _send(scene: Scene) -> dict[str, str]:
    return {"any": await scene.tries(commands.SendMessage, content=text("x"))}


async def _on_both(scene: Scene, of: type[commands.Command], **named: Any) -> dict[str, str]:
    done = {"own": await scene.tries(of, seq=scene.own_seq, **named)}
    if scene.other_seq is not None:
        done["other"] = await scene.tries(of, seq=scene.other_seq, **named)
    return done


async def _edit(scene: Scene) -> dict[str, str]:
    return await _on_both(scene, commands.EditMessage, content=text("x"))


async def _delete(scene: Scene) -> dict[str, str]:
    return await _on_both(scene, commands.DeleteMessage)


async def _react(scene: Scene) -> dict[str, str]:
    return await _on_both(scene, commands.React, key="x")


async def _pin(scene: Scene) -> dict[str, str]:
    return await _on_both(scene, commands.PinMessage)


async def _add(scene: Scene) -> dict[str, str]:
    return {"any": await scene.tries(commands.AddMembers, user_ids=(scene.others["newcomer"].user_id,))}


async def _leave(scene: Scene) -> dict[str, str]:
    return {"any": await scene.tries(commands.RemoveMember, user_id=scene.actor.user_id)}


async def _remove(scene: Scene) -> dict[str, str]:
    return {
        name: await scene.tries(commands.RemoveMember, user_id=scene.others[name].user_id)
        for name in ("leaver", "admin", "owner")
    }


async def _set_role(scene: Scene) -> dict[str, str]:
    role = {"user_id": scene.others["member"].user_id, "role": "member"}
    return {"any": await scene.tries(commands.SetRole, **role)}


async def _set_texts(scene: Scene) -> dict[str, str]:
    return {
        "title": await scene.tries(commands.SetInfo, title="other"),
        "about": await scene.tries(commands.SetInfo, about="other"),
        "picture": await scene.tries(commands.SetInfo, picture=""),
    }


async def _set_board(scene: Scene) -> dict[str, str]:
    return {"any": await scene.tries(commands.SetInfo, board=True)}


async def _set_retention(scene: Scene) -> dict[str, str]:
    return {"any": await scene.tries(commands.SetInfo, retention_days=30)}


_DEEDS: tuple[tuple[str, Deed], ...] = (  # what takes something away comes last
    ("read the log, details, versions; look at it; type; pointers, preferences, stars", _read),
    ("`SEND_MESSAGE`", _send),
    ("`EDIT_MESSAGE`", _edit),
    ("`REACT`", _react),
    ("`PIN_MESSAGE`", _pin),
    ("`ADD_MEMBERS`", _add),
    ("`SET_ROLE`", _set_role),
    ("`SET_INFO`: `title`, `about`, `picture`", _set_texts),
    ("`SET_INFO`: `retention_days`", _set_retention),
    ("`SET_INFO`: `board`", _set_board),
    ("`DELETE_MESSAGE`", _delete),
    ("`REMOVE_MEMBER`, another", _remove),
    ("`REMOVE_MEMBER`, oneself", _leave),
)


def _allowed(cell: str, on_what: str) -> bool:
    """What a cell of the table says about one try."""
    words = cell.removesuffix(", unless blocked")
    if words in ("yes", "every", "everybody", "unless blocked"):
        return True
    return (words, on_what) in (("own", "own"), ("members", "leaver"))


async def _in_a_group(people: dict[str, Person], role: str, *, board: bool) -> Scene:
    actor, owner = people["actor"], people["owner"]
    others = [people[name] for name in ("admin", "member", "leaver")]
    group = await owner.group(actor, *others)
    own_seq, other_seq = await actor.send(group), await people["member"].send(group)
    await owner.do(commands.SetRole, group, user_id=people["admin"].user_id, role="admin")
    if role != "member":
        await owner.do(commands.SetRole, group, user_id=actor.user_id, role=role)
    if board:
        await owner.do(commands.SetInfo, group, board=True)
    return Scene(actor, people, group, own_seq, other_seq)


async def _scene(where: str, people: dict[str, Person]) -> Scene:
    actor, other = people["actor"], people["owner"]
    if where == "direct":
        direct = await actor.do_open(other.user_id)
        return Scene(actor, people, direct, await actor.send(direct), await other.send(direct))
    if where == "note":
        note = await actor.do_open(actor.user_id)
        return Scene(actor, people, note, await actor.send(note), None)
    kind, role = where.split(": ")
    return await _in_a_group(people, role, board=kind == "board")


def test_every_row_is_tried() -> None:
    assert {name for name, _ in _DEEDS} == set(_CELLS)


@pytest.mark.parametrize("where", _PLACES)
async def test_who_may_do_what(place: Place, where: str) -> None:
    async with place.regulars(*_NAMES) as come:
        people = dict(zip(_NAMES, come, strict=True))
        scene = await _scene(where, people)
        for name, deed in _DEEDS:
            cell = _CELLS[name][where]
            for on_what, outcome in (await deed(scene)).items():
                wanted = "done" if _allowed(cell, on_what) else ErrorCode.FORBIDDEN
                assert outcome == wanted, (where, name, on_what, cell)


@pytest.mark.parametrize("where", ["group: owner", "direct"])
async def test_to_a_stranger_it_is_not_there(place: Place, where: str) -> None:
    async with place.regulars(*_NAMES) as come:
        people = dict(zip(_NAMES, come, strict=True))
        scene = await _scene(where, people)
        stranger = people["stranger"]
        outside = Scene(stranger, people, scene.conversation_id, scene.own_seq, scene.other_seq)
        for name, deed in _DEEDS:
            for on_what, outcome in (await deed(outside)).items():
                assert outcome == ErrorCode.NOT_FOUND, (name, on_what)
        nowhere = Scene(stranger, people, 2**52, 1, None)
        assert await _send(nowhere) == {"any": ErrorCode.NOT_FOUND}


async def test_owners_and_admins_write_on_a_board(place: Place) -> None:
    async with place.regulars("owner", "admin", "member") as (owner, admin, member):
        board = await owner.group(admin, member, board=True)
        await owner.do(commands.SetRole, board, user_id=admin.user_id, role="admin")
        for writer in (owner, admin):
            await writer.send(board)
        assert await member.refused(commands.SendMessage, board, content=text("x")) is ErrorCode.FORBIDDEN


def test_the_table_is_as_it_is_tried() -> None:
    for row in _CELLS.values():
        for cell in row.values():
            assert re.fullmatch(r"yes|no|every|everybody|members|(own)?(, )?(unless blocked)?", cell), cell
