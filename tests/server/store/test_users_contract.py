"""What every store does with accounts and what belongs to them."""

from pathlib import Path
from typing import Any

from msgspec.structs import replace

from desktop_chat.protocol.records import AuditEntry, Settings, Star
from server.store.records import InviteRow
from server.store.writer import Writer
from tests.server.store.filling import add_user, people
from tests.server.store.stores import OpenStore, every_store

pytestmark = every_store


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
