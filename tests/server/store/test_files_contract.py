"""What every store promises about files."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from server.store.records import FileRow, FileTotals
from server.store.writer import Writer
from tests.server.store.filling import add_direct, append, people
from tests.server.store.stores import OpenStore, every_store

pytestmark = every_store


def row(number: int, uploader_id: int = 1, **changes: object) -> FileRow:
    digest = bytes([number % 3]) * 32
    return FileRow(
        f"{number:032x}", uploader_id, f"{number:032x}", 10 * number, digest, 100 * number, **changes
    )  # type: ignore[arg-type]


async def test_files(open_store: OpenStore, tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:

        def add(writer: Writer) -> None:
            for number in (1, 2, 4):
                writer.add_file(row(number))
            writer.add_file(replace(row(3, uploader_id=2), client_id=f"{1:032x}"))
            writer.finish_file(f"{2:032x}", 777)
            assert writer.file_totals(1) == FileTotals(70, 2)

        await store.perform(add)
        assert await store.read(lambda reader: reader.file(f"{1:032x}")) == row(1)
        assert await store.read(lambda reader: reader.file(f"{2:032x}")) == row(2, finished_at_ms=777)
        assert await store.read(lambda reader: reader.file(f"{9:032x}")) is None
        assert await store.read(lambda reader: reader.file_by_client(f"{1:032x}", 1)) == row(1)
        assert (await store.read(lambda reader: reader.file_by_client(f"{1:032x}", 2))).file_id == f"{3:032x}"  # type: ignore[union-attr]
        assert await store.read(lambda reader: reader.file_by_client(f"{2:032x}", 2)) is None
        assert await store.read(lambda reader: reader.file_totals(3)) == FileTotals(0, 0)
        assert not await store.read(lambda reader: reader.content_is_kept(b"\1" * 32))
        assert await store.read(lambda reader: reader.content_is_kept(b"\2" * 32))
        await store.perform(lambda writer: writer.delete_file(f"{2:032x}"))
        await store.perform(lambda writer: writer.delete_file(f"{2:032x}"))
        assert not await store.read(lambda reader: reader.content_is_kept(b"\2" * 32))
        assert await store.read(lambda reader: reader.file_totals(1)) == FileTotals(50, 2)


async def test_what_uses_a_file(open_store: OpenStore, tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        await store.perform(people)

        def use(writer: Writer) -> int:
            other = add_direct(writer, 2, 3)
            writer.add_file(row(1))
            writer.add_file(row(2))
            writer.add_file_use(f"{2:032x}", 1, 50)
            writer.add_file_use(f"{1:032x}", 1, 50)
            writer.add_file_use(f"{1:032x}", other, 51)
            assert writer.file_ids_of(50) == [f"{1:032x}", f"{2:032x}"]
            return other

        await store.perform(use)
        for user_id, shared in ((1, True), (2, True), (3, False), (9, False)):
            found = await store.read(lambda reader, who=user_id: reader.file_is_shared(f"{2:032x}", who))  # type: ignore[misc]
            assert found is shared
        assert await store.read(lambda reader: reader.file_is_shared(f"{1:032x}", 3))
        assert await store.read(lambda reader: reader.file_is_used(f"{2:032x}"))
        assert not await store.read(lambda reader: reader.file_is_picture(f"{2:032x}"))
        await store.perform(lambda writer: writer.delete_file_uses(50))
        assert await store.read(lambda reader: reader.file_ids_of(50)) == []
        assert await store.read(lambda reader: reader.file_ids_of(51)) == [f"{1:032x}"]
        assert not await store.read(lambda reader: reader.file_is_used(f"{2:032x}"))
        assert not await store.read(lambda reader: reader.file_is_shared(f"{1:032x}", 1))


async def test_pictures_are_uses(open_store: OpenStore, tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        await store.perform(people)
        await store.perform(lambda writer: writer.add_file(row(1)))
        for conversation_id, message_id in ((0, -1), (1, 0)):
            place = (f"{1:032x}", conversation_id, message_id)
            await store.perform(lambda writer, at=place: writer.add_file_use(*at))  # type: ignore[misc]
            assert await store.read(lambda reader: reader.file_is_picture(f"{1:032x}"))
            assert await store.read(lambda reader: reader.unused_files(9_999, "", 9)) == []
            await store.perform(lambda writer, at=place: writer.delete_file_use(*at))  # type: ignore[misc]
            await store.perform(lambda writer, at=place: writer.delete_file_use(*at))  # type: ignore[misc]
            assert not await store.read(lambda reader: reader.file_is_picture(f"{1:032x}"))


async def test_what_expires_uses_nothing(open_store: OpenStore, tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        await store.perform(people)

        def fill(writer: Writer) -> list[int]:
            writer.add_file(row(1))
            for number in (1, 2, 3):
                append(writer, 1, 1, number)
            ids = [message.message_id for message in writer.page_after(1, 0, 9)]
            for message_id in ids:
                writer.add_file_use(f"{1:032x}", 1, message_id)
            return ids

        first, second, third = await store.perform(fill)
        await store.perform(lambda writer: writer.expire(1, 3))
        assert await store.read(lambda reader: reader.file_ids_of(first)) == []
        assert await store.read(lambda reader: reader.file_ids_of(second)) == []
        assert await store.read(lambda reader: reader.file_ids_of(third)) == [f"{1:032x}"]


async def test_what_nothing_uses(open_store: OpenStore, tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:

        def add(writer: Writer) -> None:
            for number in range(1, 7):
                writer.add_file(row(number))
            writer.add_file_use(f"{2:032x}", 1, 50)
            writer.finish_file(f"{3:032x}", 9_000)

        await store.perform(add)

        async def unused(before_ms: int, after: str, limit: int) -> list[int]:
            found = await store.read(lambda reader: reader.unused_files(before_ms, after, limit))
            return [int(each.file_id, 16) for each in found]

        assert await unused(501, "", 10) == [1, 4, 5]
        assert await unused(501, "", 2) == [1, 4]
        assert await unused(501, f"{4:032x}", 2) == [5]
        assert await unused(9_001, "", 10) == [1, 3, 4, 5, 6]
        assert await unused(100, "", 10) == []


async def test_a_failed_operation_leaves_nothing(open_store: OpenStore, tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:

        def add(writer: Writer) -> None:
            writer.add_file(row(1))
            writer.add_file_use(f"{1:032x}", 1, 50)

        def fail(writer: Writer) -> None:
            writer.delete_file_uses(50)
            writer.delete_file(f"{1:032x}")
            writer.add_file(row(2))
            raise RuntimeError("a bug after a change")

        await store.perform(add)
        with pytest.raises(RuntimeError, match="bug"):
            await store.perform(fail)
        assert await store.read(lambda reader: reader.file_ids_of(50)) == [f"{1:032x}"]
        assert await store.read(lambda reader: reader.file(f"{1:032x}")) == row(1)
        assert await store.read(lambda reader: reader.file(f"{2:032x}")) is None
