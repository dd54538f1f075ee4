"""What every store does with conversations and who is in them."""

from pathlib import Path

from msgspec.structs import replace

from desktop_chat.protocol.records import Info
from server.store.records import ConversationRow, MemberRow
from server.store.writer import Writer
from tests.server.store.filling import add_direct, append, people
from tests.server.store.stores import OpenStore, every_store

pytestmark = every_store


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
