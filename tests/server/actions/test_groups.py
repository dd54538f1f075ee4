"""Groups: who may do what, and what happens to those who come and go."""

from typing import Any

from desktop_chat.protocol import commands
from desktop_chat.protocol.actions import MembersAdded
from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.protocol.events import ConversationUpdate, MemberUpdate, NewMessage, UserUpdate
from desktop_chat.protocol.limits import ADD_MEMBERS_MAX, RECEIPTS_MEMBERS_MAX
from desktop_chat.protocol.records import Resume
from desktop_chat.protocol.replies import (
    ConversationOpened,
    Error,
    MessageDetails,
    MessageHistory,
    MessageSent,
)
from server import expiring
from server.config import Limits
from tests.server.harness import TestClient, TestServer, only, position_of
from tests.server.store.filling import add_user


def key(number: int) -> str:
    return f"{number:032x}"


async def people() -> list[TestClient]:
    server = TestServer()
    return [await server.person(name) for name in ("ada", "bob", "cy", "dora")]


async def group_of(owner: TestClient, *others: TestClient, **more: Any) -> int:
    ids = tuple(each.user_id for each in others)
    command = commands.CreateGroup(owner.next_id(), key(1), "Chess", ids, **more)
    opened = only(ConversationOpened, await owner.say(command))
    for each in others:
        each.packets()
    return opened.conversation.conversation_id


async def outcome(client: TestClient, command: Any) -> ErrorCode | None:
    """None where it was done."""
    packets = await client.say(command)
    errors = [each for each in packets if isinstance(each, Error)]
    return errors[0].code if errors else None


async def test_who_may_do_what() -> None:
    owner, admin, member, outsider = await people()
    id_ = await group_of(owner, admin, member)
    await owner.say(commands.SetRole(owner.next_id(), id_, key(2), admin.user_id, "admin"))
    await member.send(id_, "one")
    numbers = iter(range(100, 999))

    def deeds(by: TestClient) -> dict[str, Any]:
        def log(kind: Any, *fields: Any, **named: Any) -> Any:
            return kind(by.next_id(), id_, key(next(numbers)), *fields, **named)

        return {
            "send": log(commands.SendMessage, commands.Content("text", "x")),
            "react": log(commands.React, 3, "👍"),
            "pin": log(commands.PinMessage, 3),
            "title": log(commands.SetInfo, title="Other"),
            "board": log(commands.SetInfo, board=False),
            "retention": log(commands.SetInfo, retention_days=30),
            "role": log(commands.SetRole, member.user_id, "member"),
            "remove the owner": log(commands.RemoveMember, owner.user_id),
            "add": log(commands.AddMembers, (outsider.user_id,)),
        }

    allowed = {
        "owner": {"send", "react", "pin", "title", "board", "retention", "role", "add"},
        "admin": {"send", "react", "pin", "title", "add"},
        "member": {"send", "react"},
        "outsider": set(),
    }
    for name, by in (("outsider", outsider), ("member", member), ("admin", admin)):
        for deed, command in deeds(by).items():
            code = await outcome(by, command)
            if deed in allowed[name]:
                assert code is None, (name, deed)
            else:
                refused = ErrorCode.NOT_FOUND if name == "outsider" else ErrorCode.FORBIDDEN
                assert code is refused, (name, deed)
    remove = commands.RemoveMember(admin.next_id(), id_, key(50), outsider.user_id)
    assert await outcome(admin, remove) is None
    for deed, command in deeds(owner).items():
        if deed != "remove the owner":
            assert await outcome(owner, command) is None, deed


async def test_on_a_board_members_read_and_react() -> None:
    owner, member, *_ = await people()
    id_ = await group_of(owner, member, board=True)
    await owner.send(id_, "The lift is out of order")
    assert only(Error, await member.send(id_, "Which one?")).code is ErrorCode.FORBIDDEN
    assert await outcome(member, commands.React(member.next_id(), id_, key(9), 2, "😢")) is None


async def test_whoever_comes_gets_everything_and_nothing_is_unread() -> None:
    owner, member, newcomer, _ = await people()
    id_ = await group_of(owner, member)
    await owner.send(id_, "before")
    member.packets()
    add = commands.AddMembers(owner.next_id(), id_, key(5), (newcomer.user_id,))
    only(MessageSent, await owner.say(add))
    shown = only(ConversationUpdate, newcomer.packets())
    assert shown.kind == "group"
    assert shown.head is not None
    assert shown.personal is not None
    assert shown.head.message_count - shown.personal.seen_count == 0
    assert [each.user_id for each in shown.members or []] == [owner.user_id, member.user_id, newcomer.user_id]
    told = member.packets()
    assert only(UserUpdate, told).user.user_id == newcomer.user_id
    assert only(NewMessage, told).message.action == MembersAdded((newcomer.user_id,))
    assert [each.user_id for each in only(ConversationUpdate, told).members or []] == [newcomer.user_id]
    page = only(MessageHistory, await newcomer.say(commands.LoadHistory(newcomer.next_id(), id_)))
    assert [each.seq for each in page.messages] == [1, 2, 3]


async def test_whoever_is_out_gets_nothing_more() -> None:
    owner, member, *_ = await people()
    id_ = await group_of(owner, member)
    await owner.say(commands.RemoveMember(owner.next_id(), id_, key(5), member.user_id))
    gone = only(ConversationUpdate, member.packets())
    assert (gone.conversation_id, gone.gone, gone.head) == (id_, True, None)
    await owner.send(id_, "at last")
    assert not member.packets()
    assert only(Error, await member.send(id_, "let me in")).code is ErrorCode.NOT_FOUND
    assert await outcome(member, commands.LoadHistory(member.next_id(), id_)) is ErrorCode.NOT_FOUND
    assert await outcome(member, commands.LoadDetails(member.next_id(), id_, 2)) is ErrorCode.NOT_FOUND


async def test_a_repeat_after_leaving_gets_the_first_answer() -> None:
    owner, member, *_ = await people()
    id_ = await group_of(owner, member)
    first = only(MessageSent, await member.send(id_, "bye", client_id=key(7)))
    leave = commands.RemoveMember(member.next_id(), id_, key(8), member.user_id)
    left = only(MessageSent, await member.say(leave))
    again = only(MessageSent, await member.send(id_, "bye", client_id=key(7)))
    assert (again.seq, again.message_id) == (first.seq, first.message_id)
    assert only(MessageSent, await member.say(leave)).seq == left.seq


async def test_a_group_is_never_without_an_owner() -> None:
    owner, admin, member, _ = await people()
    id_ = await group_of(owner, admin, member)
    step_down = commands.SetRole(owner.next_id(), id_, key(2), owner.user_id, "member")
    assert await outcome(owner, step_down) is ErrorCode.FORBIDDEN
    await owner.say(commands.SetRole(owner.next_id(), id_, key(3), admin.user_id, "admin"))
    await owner.say(commands.RemoveMember(owner.next_id(), id_, key(4), owner.user_id))
    roles = await owner.server.store.read(lambda reader: reader.members(id_))
    assert {each.user_id: each.role for each in roles} == {admin.user_id: "owner", member.user_id: "member"}
    for number, each in enumerate((admin, member)):
        await each.say(commands.RemoveMember(each.next_id(), id_, key(10 + number), each.user_id))
    await expiring.expire_all(owner.server.service)
    log = await owner.server.store.read(lambda reader: reader.page_after(id_, 0, 99))
    assert len(log) == 1  # nobody is left to read the rest


async def test_among_many_nobody_is_told_of_pointers() -> None:
    server = TestServer(limits=Limits(sign_in_per_address_burst=1000))
    ada, bob = await server.person("ada"), await server.person("bob")
    others = [server.client() for _ in range(RECEIPTS_MEMBERS_MAX - 1)]
    for number, each in enumerate(others):
        await each.register(f"user{number}")
    id_ = await group_of(ada, bob, *others)
    await ada.send(id_, "hello everybody")
    bob.packets()
    await bob.say(commands.MarkRead(bob.next_id(), id_, 2))
    assert not [each for each in ada.packets() if isinstance(each, MemberUpdate)]
    details = only(MessageDetails, await ada.say(commands.LoadDetails(ada.next_id(), id_, 2)))
    assert [each.user_id for each in details.receipts if each.read] == [bob.user_id]
    remove = commands.RemoveMember(ada.next_id(), id_, key(5), others[-1].user_id)
    await ada.say(remove)
    update = only(ConversationUpdate, bob.packets())
    # From here on pointers are told, so that everybody learns where everybody stands.
    assert len(update.members or []) == RECEIPTS_MEMBERS_MAX


async def test_two_thousand_people_talk() -> None:
    server = TestServer()
    ada, bob = await server.person("ada"), await server.person("bob")
    names = [f"user{each}" for each in range(2000)]
    ids = await server.store.perform(lambda writer: [add_user(writer, each).user_id for each in names])
    id_ = await group_of(ada, bob)
    for start in range(0, len(ids), ADD_MEMBERS_MAX):
        some = tuple(ids[start : start + ADD_MEMBERS_MAX])
        only(MessageSent, await ada.say(commands.AddMembers(ada.next_id(), id_, key(10 + start), some)))
    row = await server.store.read(lambda reader: reader.conversation(id_))
    assert row is not None
    assert row.member_count == 2002
    bob.packets()
    await ada.send(id_, "Can everybody hear me?")
    assert only(NewMessage, bob.packets()).message.sender_id == ada.user_id
    late = server.client()
    packets = await late.connect(bob.token)
    whole = only(ConversationUpdate, packets)
    assert len(whole.members or []) == 2002
    known = {each.user.user_id for each in packets if isinstance(each, UserUpdate)}
    assert known >= set(ids)
    position = position_of(packets)
    late.packets()
    await ada.say(commands.UpdateProfile(ada.next_id(), about="hoarse"))
    assert only(UserUpdate, late.packets()).user.about == "hoarse"
    await ada.send(id_, "Good.")
    again = server.client()
    packets = await again.connect(bob.token, Resume(server.store.epoch, position))
    # Who is in it did not change, so that two thousand names are not said again.
    assert only(ConversationUpdate, packets).members is None
    assert len([each for each in packets if isinstance(each, UserUpdate)]) < 10
