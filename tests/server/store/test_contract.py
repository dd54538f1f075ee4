"""What every store promises."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.protocol.records import Content, Preview
from server.refusal import Refused
from server.store.base import MemberRow, StoreUnavailable, UserRow, Writer
from tests.server.store.stores import EPOCH, OpenStore, every_store

pytestmark = every_store


def add_user(writer: Writer, name: str) -> UserRow:
    return writer.add_user(
        user_name=name,
        name_key=name.lower(),
        display_name=f"Display {name}",
        search_key=f"{name.lower()}\ndisplay {name.lower()}",
        password_hash=f"hash of {name}",
        now_ms=5,
        position=writer.next_position(),
    )


def add_direct(writer: Writer, low: int, high: int) -> int:
    row = writer.add_conversation(
        kind="note" if low == high else "direct",
        low_user_id=low,
        high_user_id=high,
        position=writer.next_position(),
    )
    return row.conversation_id


def append(writer: Writer, conversation_id: int, sender_id: int, number: int) -> int:
    conversation = writer.conversation(conversation_id)
    assert conversation is not None
    message, _ = writer.append_message(
        conversation,
        sender_id=sender_id,
        client_id=f"{number:032x}",
        content=Content("text", f"body {number} \U0001f642 \x00 \u05d0"),
        preview_text=f"body {number}",
        now_ms=1000 + number,
        position=writer.next_position(),
    )
    return message.seq


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
            writer.set_password_hash(1, "other")
            writer.set_last_seen(1, 77, writer.next_position())

        await store.perform(change)
        changed = await store.read(lambda reader: reader.user(1))
        assert changed is not None
        assert (changed.password_hash, changed.last_seen_ms, changed.position) == ("other", 77, 3)


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
        assert (row.kind, row.member_ids, row.last_seq, row.preview) == ("direct", (1, 2), 0, None)
        own = await store.read(lambda reader: reader.direct(3, 3))
        assert own is not None
        assert (own.kind, own.member_ids, own.conversation_id) == ("note", (3,), note)
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
        assert [user.user_id for user in await store.read(lambda reader: reader.contacts(2))] == [1]
        assert await store.read(lambda reader: reader.contacts(3)) == []


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
            assert writer.changed_conversations(1, 0)[0][0].last_seq == 10
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
        assert row.preview == Preview(1, "text", "body 10", 1010)
        assert row.position == newest[0].message_id == await store.read(lambda reader: reader.position())


async def test_what_changed_since(open_store: OpenStore, tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        await store.perform(people)
        other = await store.perform(lambda writer: add_direct(writer, 1, 3))
        between = await store.read(lambda reader: reader.position())
        await store.perform(lambda writer: append(writer, 1, 1, 1))
        changed = await store.read(lambda reader: reader.changed_conversations(1, between))
        assert [row.conversation_id for row, _ in changed] == [1]
        assert [member.user_id for member in changed[0][1]] == [1, 2]
        everything = await store.read(lambda reader: reader.changed_conversations(1, 0))
        assert [row.conversation_id for row, _ in everything] == [1, other]
        assert await store.read(lambda reader: reader.changed_conversations(2, between + 1)) == []
        await store.perform(lambda writer: writer.touch_conversation(other, writer.next_position()))
        changed = await store.read(lambda reader: reader.changed_conversations(3, between + 1))
        assert [row.conversation_id for row, _ in changed] == [other]


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
                writer.set_member(MemberRow(1, 1, seq, seq, seq))
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
