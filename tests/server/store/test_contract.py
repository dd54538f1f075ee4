"""What every store promises."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.protocol.records import AuditEntry, Content, Info, Message, Preview, Settings, Star, Version
from server.refusal import Refused
from server.store.base import RECEIPTS_KEPT, StoreUnavailable
from server.store.records import ConversationRow, InviteRow, MemberRow, UserRow
from server.store.writer import Writer
from tests.server.store.stores import EPOCH, OpenStore, every_store

pytestmark = every_store


def add_user(writer: Writer, name: str) -> UserRow:
    return writer.add_user(
        UserRow.new(
            user_name=name,
            name_key=name.lower(),
            display_name=f"Display {name}",
            search_key=f"{name.lower()}\ndisplay {name.lower()}",
            password_hash=f"hash of {name}",
            now_ms=5,
            position=writer.next_position(),
        )
    )


def add_direct(writer: Writer, low: int, high: int) -> int:
    row = writer.add_conversation(
        kind="note" if low == high else "direct",
        roles={low: "member", high: "member"},
        info=Info(),
        position=writer.next_position(),
    )
    return row.conversation_id


def append(writer: Writer, conversation_id: int, sender_id: int, number: int) -> int:
    conversation = writer.conversation(conversation_id)
    assert conversation is not None
    seq, position = conversation.last_seq + 1, writer.next_position()
    content = Content("text", f"body {number} \U0001f642 \x00 \u05d0")
    writer.add_message(
        Message(conversation_id, seq, position, sender_id, f"{number:032x}", 1000 + number, content),
        replace(
            conversation,
            position=position,
            last_seq=seq,
            message_count=conversation.message_count + 1,
            preview=Preview(sender_id, "text", f"body {number}", 1000 + number, seq),
        ),
    )
    return seq


def people(writer: Writer) -> int:
    """Users 1, 2 and 3, with conversation 1 of the first two."""
    for name in ("Ada", "Bob", "Cy"):
        add_user(writer, name)
    return add_direct(writer, 1, 2)


async def test_users(open_store: OpenStore, tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        ada = await store.perform(lambda writer: add_user(writer, "Ada"))
        bob = await store.perform(lambda writer: add_user(writer, "Bob"))
        assert (ada.user_id, bob.user_id) == (1, 2)
        assert (ada.position, bob.position) == (1, 2)
        assert await store.read(lambda reader: reader.user(1)) == ada
        assert await store.read(lambda reader: reader.user(9)) is None
        assert await store.read(lambda reader: reader.user_by_key("bob")) == bob
        assert await store.read(lambda reader: reader.user_by_key("Bob")) is None
        assert await store.read(lambda reader: reader.users([2, 9])) == [bob]
        assert await store.read(lambda reader: reader.find_users("", 10)) == [ada, bob]
        assert await store.read(lambda reader: reader.find_users("", 1)) == [ada]
        assert await store.read(lambda reader: reader.find_users("display b", 10)) == [bob]
        assert await store.read(lambda reader: reader.find_users("%", 10)) == []

        def change(writer: Writer) -> None:
            writer.set_user(
                replace(ada, password_hash="other", about="me", settings=Settings(share_read=False))
            )
            writer.set_last_seen(1, 77, writer.next_position())

        await store.perform(change)
        changed = await store.read(lambda reader: reader.user(1))
        assert changed is not None
        assert (changed.password_hash, changed.last_seen_ms, changed.position) == ("other", 77, 3)
        assert (changed.about, changed.settings) == ("me", Settings(share_read=False))
        assert (changed.profile_position, changed.is_admin, changed.is_deleted) == (1, False, False)
        assert await store.read(lambda reader: reader.user_count()) == 2
        assert await store.read(lambda reader: reader.admin_ids()) == []


async def test_devices(open_store: OpenStore, tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:

        def add(writer: Writer) -> Any:
            add_user(writer, "Ada")
            return [
                writer.add_device(user_id=1, token_hash=bytes([each]) * 32, device_name="d", now_ms=3)
                for each in (1, 2)
            ]

        first, second = await store.perform(add)
        assert await store.read(lambda reader: reader.device(second.device_id)) == second
        assert await store.read(lambda reader: reader.device_by_token(b"\1" * 32)) == first
        assert await store.read(lambda reader: reader.device_by_token(b"\3" * 32)) is None
        assert await store.read(lambda reader: reader.devices_of(1)) == [first, second]
        await store.perform(lambda writer: writer.delete_device(second.device_id))
        await store.perform(lambda writer: writer.delete_device(second.device_id))
        assert await store.read(lambda reader: reader.device(second.device_id)) is None

        def again(writer: Writer) -> Any:
            return writer.add_device(user_id=1, token_hash=b"\4" * 32, device_name="", now_ms=4)

        assert (await store.perform(again)).device_id > second.device_id


async def test_conversations_and_members(open_store: OpenStore, tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        assert await store.perform(people) == 1
        note = await store.perform(lambda writer: add_direct(writer, 3, 3))
        row = await store.read(lambda reader: reader.direct(1, 2))
        assert row is not None
        assert row == await store.read(lambda reader: reader.conversation(1))
        assert (row.kind, row.member_count, row.last_seq, row.preview) == ("direct", 2, 0, None)
        assert await store.read(lambda reader: reader.member_ids(1)) == (1, 2)
        own = await store.read(lambda reader: reader.direct(3, 3))
        assert own is not None
        assert (own.kind, own.member_count, own.conversation_id) == ("note", 1, note)
        assert await store.perform(lambda writer: writer.member_ids(note)) == (3,)
        assert await store.read(lambda reader: reader.direct(1, 3)) is None
        assert await store.read(lambda reader: reader.conversation(9)) is None
        assert await store.read(lambda reader: reader.members(1)) == [MemberRow(1, 1), MemberRow(1, 2)]
        assert await store.read(lambda reader: reader.members(note)) == [MemberRow(note, 3)]
        assert await store.read(lambda reader: reader.member(1, 3)) is None
        await store.perform(lambda writer: writer.set_member(MemberRow(1, 2, 5, 4, 3)))
        assert await store.read(lambda reader: reader.member(1, 2)) == MemberRow(1, 2, 5, 4, 3)
        assert await store.perform(lambda writer: writer.members(1)) == [
            MemberRow(1, 1),
            MemberRow(1, 2, 5, 4, 3),
        ]
        assert await store.read(lambda reader: reader.contact_ids(1)) == [2]
        contacts = await store.read(lambda reader: reader.changed_contacts(2, 0))
        assert [each.user_id for each in contacts] == [1]
        position = await store.read(lambda reader: reader.position())
        assert await store.read(lambda reader: reader.changed_contacts(2, position)) == []
        assert await store.read(lambda reader: reader.contact_ids(3)) == []


async def test_messages(open_store: OpenStore, tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        await store.perform(people)

        def fill(writer: Writer) -> list[int]:
            seqs = [append(writer, 1, 1 + each % 2, each) for each in range(1, 11)]
            # What the transaction has written, it reads.
            found = writer.sent_message(f"{3:032x}", 2)
            assert found is not None
            assert found.seq == 3
            assert len(writer.page_before(1, 99, 50)) == 10
            assert writer.page_after(1, 9, 5)[0].seq == 10
            assert writer.count_messages(1, 0, 10, 2) == 5
            assert writer.message_count_at(1, 10) == 10
            [(conversation, _)] = writer.conversations_of(1, writer.changed_conversation_ids(1, 0))
            assert conversation.last_seq == 10
            direct = writer.direct(1, 2)
            assert direct is not None
            assert direct.last_seq == 10
            return seqs

        assert await store.perform(fill) == list(range(1, 11))
        newest = await store.read(lambda reader: reader.page_before(1, 2**53, 3))
        assert [each.seq for each in newest] == [10, 9, 8]
        assert newest[0].content.body == "body 10 \U0001f642 \x00 \u05d0"
        assert newest[0].client_id == f"{10:032x}"
        assert newest[0].message_id > newest[1].message_id
        assert [each.seq for each in await store.read(lambda reader: reader.page_before(1, 3, 9))] == [2, 1]
        assert [each.seq for each in await store.read(lambda reader: reader.page_after(1, 7, 2))] == [8, 9]
        assert await store.read(lambda reader: reader.page_after(1, 10, 9)) == []
        assert await store.read(lambda reader: reader.page_before(1, 1, 9)) == []
        assert await store.read(lambda reader: reader.page_before(9, 99, 9)) == []
        assert await store.read(lambda reader: reader.count_messages(1, 2, 6, 1)) == 2
        assert await store.read(lambda reader: reader.message_count_at(1, 7)) == 7
        assert await store.read(lambda reader: reader.message_count_at(1, 0)) == 0
        assert await store.read(lambda reader: reader.sent_message(f"{3:032x}", 1)) is None
        row = await store.read(lambda reader: reader.conversation(1))
        assert row is not None
        assert (row.last_seq, row.message_count) == (10, 10)
        assert row.preview == Preview(1, "text", "body 10", 1010, 10)
        assert row.position == newest[0].message_id == await store.read(lambda reader: reader.position())


async def test_what_changed_since(open_store: OpenStore, tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        await store.perform(people)
        other = await store.perform(lambda writer: add_direct(writer, 1, 3))
        between = await store.read(lambda reader: reader.position())
        await store.perform(lambda writer: append(writer, 1, 1, 1))
        assert await store.read(lambda reader: reader.changed_conversation_ids(1, between)) == [1]
        assert await store.read(lambda reader: reader.changed_conversation_ids(1, 0)) == [1, other]
        assert await store.read(lambda reader: reader.changed_conversation_ids(1, 0, 1)) == [1]
        assert await store.read(lambda reader: reader.changed_conversation_ids(2, between + 1)) == []
        await store.perform(lambda writer: writer.touch_conversation(other, writer.next_position()))
        assert await store.read(lambda reader: reader.changed_conversation_ids(3, between + 1)) == [other]


async def test_conversations_and_members_by_many_ids(open_store: OpenStore, tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        await store.perform(people)
        other = await store.perform(lambda writer: add_direct(writer, 1, 3))
        rows = await store.read(lambda reader: reader.conversations_of(1, [other, 9, 1]))
        assert [(row.conversation_id, own) for row, own in rows] == [
            (other, MemberRow(other, 1)),
            (1, MemberRow(1, 1)),
        ]
        assert rows[1][0] == await store.read(lambda reader: reader.conversation(1))
        assert await store.read(lambda reader: reader.conversations_of(2, [other])) == []
        assert await store.read(lambda reader: reader.members_of([other, 9, 1])) == {
            1: [MemberRow(1, 1), MemberRow(1, 2)],
            other: [MemberRow(other, 1), MemberRow(other, 3)],
        }
        assert await store.read(lambda reader: reader.members_of([])) == {}
        found = await store.read(lambda reader: reader.users([3, 99, 1]))
        assert {each.user_id for each in found} == {1, 3}


async def test_a_group_and_who_is_in_it(open_store: OpenStore, tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        await store.perform(people)

        def make(writer: Writer) -> ConversationRow:
            return writer.add_conversation(
                kind="group",
                roles={1: "owner", 2: "member"},
                info=Info("Chess", "on Fridays", pinned_seqs=(3, 1)),
                position=writer.next_position(),
            )

        group = await store.perform(make)
        id_ = group.conversation_id
        assert await store.read(lambda reader: reader.conversation(id_)) == group
        assert await store.read(lambda reader: reader.group_ids(2)) == [id_]
        assert [each.role for each in await store.read(lambda reader: reader.members(id_))] == [
            "owner",
            "member",
        ]
        before = await store.read(lambda reader: reader.position())

        def change(writer: Writer) -> None:
            position = writer.next_position()
            writer.add_member(MemberRow(id_, 3, seen_count=2, position=position, alerts="none", pinned=True))
            writer.remove_member(id_, 2, position)
            writer.set_conversation(replace(group, position=position, members_position=position))
            assert writer.member_ids(id_) == (1, 3)
            assert writer.member(id_, 2) is None

        await store.perform(change)
        row = await store.read(lambda reader: reader.member(id_, 3))
        assert row == MemberRow(id_, 3, seen_count=2, position=before + 1, alerts="none", pinned=True)
        assert await store.read(lambda reader: reader.left_conversations(2, before)) == [(id_, before + 1)]
        assert await store.read(lambda reader: reader.left_conversations(2, before + 1)) == []
        assert await store.read(lambda reader: reader.group_ids(2)) == []
        await store.perform(lambda writer: writer.add_member(MemberRow(id_, 2)))
        assert await store.read(lambda reader: reader.left_conversations(2, 0)) == []


async def test_what_becomes_of_a_message(open_store: OpenStore, tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        await store.perform(people)
        for number in range(1, 4):
            await store.perform(lambda writer, number=number: append(writer, 1, 1, number))

        def change(writer: Writer) -> None:
            message = writer.message(1, 2)
            assert message is not None
            writer.add_version(message, 50)
            writer.set_message(
                replace(
                    message, content=Content("text", "new"), changed_seq=3, edited_at_ms=50, mentions=(2,)
                )
            )
            for user_id, key in ((2, "b"), (1, "b"), (1, "a"), (2, "a")):
                writer.set_reaction(1, 2, key, user_id, True)
            writer.set_reaction(1, 2, "a", 2, False)

        await store.perform(change)
        message = await store.read(lambda reader: reader.message(1, 2))
        assert message is not None
        assert (message.content, message.changed_seq, message.mentions) == (Content("text", "new"), 3, (2,))
        assert [(each.key, each.user_ids) for each in message.reactions] == [("a", (1,)), ("b", (1, 2))]
        page = await store.read(lambda reader: reader.page_before(1, 9, 9))
        assert page[1] == message
        assert page[0].reactions == ()
        [version] = await store.read(lambda reader: reader.versions(1, 2))
        assert version == Version(Content("text", "body 2 \U0001f642 \x00 \u05d0"), 50)

        def clear(writer: Writer) -> None:
            writer.clear_message(1, 2)
            writer.set_message(replace(message, content=None, deleted=True, reactions=()))

        await store.perform(clear)
        gone = await store.read(lambda reader: reader.message(1, 2))
        assert gone is not None
        assert (gone.content, gone.deleted, gone.reactions) == (None, True, ())
        assert await store.read(lambda reader: reader.versions(1, 2)) == []
        await store.perform(lambda writer: writer.expire(1, 3))
        assert [each.seq for each in await store.read(lambda reader: reader.page_after(1, 0, 9))] == [3]
        assert await store.read(lambda reader: reader.message_count_at(1, 3)) == 3
        assert await store.read(lambda reader: reader.message_count_at(1, 2)) is None
        assert await store.read(lambda reader: reader.last_seq_before(1, 2000, 9)) == 3
        assert await store.read(lambda reader: reader.last_seq_before(1, 1003, 9)) == 2


async def test_what_is_kept_beside(open_store: OpenStore, tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        await store.perform(people)

        def change(writer: Writer) -> None:
            writer.set_blocked(1, 2, True)
            writer.set_blocked(1, 3, True)
            assert writer.blocked_ids(1) == {2, 3}
            writer.set_blocked(1, 3, False)
            writer.set_star(1, Star(1, 4), writer.next_position())
            writer.set_star(1, Star(1, 5), writer.next_position())
            writer.set_star(1, Star(1, 4, False), writer.next_position())
            writer.set_invite(InviteRow(b"h" * 32, 1, 3, 99))
            writer.add_audit(AuditEntry(0, 7, 1, "did", 1, 2, "detail"))
            writer.add_audit(AuditEntry(0, 8, 1, "did again"))
            for seq, at_ms in ((3, 30), (5, 50)):
                writer.add_receipt(1, 2, True, seq, at_ms)

        await store.perform(change)
        assert await store.read(lambda reader: reader.blocked_ids(1)) == {2}
        assert await store.perform(lambda writer: writer.blocked_ids(1)) == {2}
        assert await store.read(lambda reader: reader.blocker_ids(2)) == {1}
        assert await store.read(lambda reader: reader.stars(1, 0)) == [Star(1, 5), Star(1, 4, False)]
        assert await store.read(lambda reader: reader.stars(2, 0)) == []
        assert await store.read(lambda reader: reader.invite(b"h" * 32)) == InviteRow(b"h" * 32, 1, 3, 99)
        assert await store.read(lambda reader: reader.invite(b"i" * 32)) is None
        newest, oldest = await store.read(lambda reader: reader.audit(2**53, 9))
        assert oldest == AuditEntry(1, 7, 1, "did", 1, 2, "detail")
        assert await store.read(lambda reader: reader.audit(newest.audit_id, 9)) == [oldest]
        times = [
            await store.read(lambda reader, seq=seq: reader.receipt_ms(1, 2, True, seq)) for seq in (2, 4, 6)
        ]
        assert times == [30, 50, 0]
        assert await store.read(lambda reader: reader.receipt_ms(1, 2, False, 2)) == 0


async def test_only_the_latest_receipts_are_kept(open_store: OpenStore, tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        await store.perform(people)

        def note(writer: Writer) -> None:
            for seq in (1, 3, RECEIPTS_KEPT, RECEIPTS_KEPT + 3):
                writer.add_receipt(1, 2, False, seq, seq * 10)

        await store.perform(note)
        assert await store.read(lambda reader: reader.receipt_ms(1, 2, False, 1)) == 30
        later = RECEIPTS_KEPT + 3
        assert await store.read(lambda reader: reader.receipt_ms(1, 2, False, later)) == later * 10


async def test_who_is_forgotten_leaves_nothing(open_store: OpenStore, tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        await store.perform(people)

        def change(writer: Writer) -> None:
            writer.set_blocked(1, 2, True)
            writer.set_blocked(3, 1, True)
            writer.set_blocked(3, 2, True)
            writer.set_star(1, Star(1, 4), writer.next_position())
            writer.forget_user(1)

        await store.perform(change)
        assert await store.read(lambda reader: reader.blocked_ids(1)) == frozenset()
        assert await store.perform(lambda writer: writer.blocked_ids(3)) == {2}
        assert await store.read(lambda reader: reader.stars(1, 0)) == []


async def test_a_clock_that_was_set_back_lets_nothing_young_expire(
    open_store: OpenStore, tmp_path: Path
) -> None:
    async with open_store(tmp_path) as store:
        await store.perform(people)
        for number in (1, 500, 2):  # times 1001, 1500, 1002
            await store.perform(lambda writer, number=number: append(writer, 1, 1, number))
        assert await store.read(lambda reader: reader.last_seq_before(1, 1400, 9)) == 1


async def test_answers_come_in_order_and_only_what_failed_fails(
    open_store: OpenStore, tmp_path: Path
) -> None:
    async with open_store(tmp_path) as store:
        await store.perform(people)
        answers: list[tuple[int, Any]] = []

        def operation(number: int) -> Any:
            def run(writer: Writer) -> int:
                if number == 3:
                    raise Refused(ErrorCode.NOT_FOUND, "no")
                seq = append(writer, 1, 1, number)
                writer.set_pointers(MemberRow(1, 1, seq, seq, seq))
                if number == 5:
                    raise RuntimeError("bug")
                return seq

            return run

        def note(number: int) -> Any:
            return lambda result, error: answers.append((number, result if error is None else type(error)))

        for number in range(1, 9):
            store.write(operation(number), note(number))
        await store.perform(lambda writer: None)
        assert [number for number, _ in answers] == list(range(1, 9))
        assert [result for _, result in answers] == [1, 2, Refused, 3, RuntimeError, 4, 5, 6]
        page = await store.read(lambda reader: reader.page_after(1, 0, 99))
        assert [int(each.client_id, 16) for each in page] == [1, 2, 4, 6, 7, 8]
        assert await store.read(lambda reader: reader.member(1, 1)) == MemberRow(1, 1, 6, 6, 6)
        positions = [each.message_id for each in page]
        assert positions == sorted(set(positions))
        assert await store.read(lambda reader: reader.position()) == positions[-1]


async def test_a_full_queue_says_so(open_store: OpenStore, tmp_path: Path) -> None:
    async with open_store(tmp_path, queue_max=2) as store:
        first, second = (asyncio.ensure_future(store.perform(lambda writer: 7)) for _ in range(2))
        await asyncio.sleep(0)
        with pytest.raises(StoreUnavailable):
            await store.perform(lambda writer: 7)
        assert (await first, await second) == (7, 7)
        assert await store.perform(lambda writer: 7) == 7


async def test_close_answers_what_is_queued(open_store: OpenStore, tmp_path: Path) -> None:
    answers: list[Any] = []
    async with open_store(tmp_path) as store:
        assert store.epoch == EPOCH
        store.write(people, lambda result, error: answers.append(result))
        await store.close()
        assert answers == [1]
        with pytest.raises(StoreUnavailable):
            store.write(people, lambda result, error: answers.append(result))
        with pytest.raises(StoreUnavailable):
            await store.read(lambda reader: reader.position())


async def test_a_waiter_that_is_gone_does_not_stop_the_work(open_store: OpenStore, tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        waiting = asyncio.ensure_future(store.perform(people))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert await store.perform(lambda writer: writer.position()) == 4
