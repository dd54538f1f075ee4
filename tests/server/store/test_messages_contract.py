"""What every store does with the entries of a log."""

from pathlib import Path

from msgspec.structs import replace

from desktop_chat.protocol.records import Content, Preview, Version
from server.store.base import RECEIPTS_KEPT
from server.store.writer import Writer
from tests.server.store.filling import append, people
from tests.server.store.stores import OpenStore, every_store

pytestmark = every_store


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


async def test_a_clock_that_was_set_back_lets_nothing_young_expire(
    open_store: OpenStore, tmp_path: Path
) -> None:
    async with open_store(tmp_path) as store:
        await store.perform(people)
        for number in (1, 500, 2):  # times 1001, 1500, 1002
            await store.perform(lambda writer, number=number: append(writer, 1, 1, number))
        assert await store.read(lambda reader: reader.last_seq_before(1, 1400, 9)) == 1
