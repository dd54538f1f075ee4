"""Many sends in one batch, on the real store: one look-up for all, and still every key counts once."""

from pathlib import Path

from desktop_chat.protocol.codec import encode_command
from desktop_chat.protocol.replies import MessageSent
from server.store.sqlite import SqliteStore
from tests.server.harness import TestServer, only
from tests.server.store.stores import EPOCH, empty_database


async def test_repeats_within_and_across_batches_are_one_message(tmp_path: Path) -> None:
    (tmp_path / "test.sqlite3").write_bytes(empty_database())
    server = TestServer(SqliteStore(tmp_path / "test.sqlite3", new_epoch=lambda: EPOCH))
    ada = await server.person("ada")
    note = await ada.open(ada.user_id)
    ada.packets()
    frames = [
        encode_command(ada.message(note, f"{number}", client_id=f"{number % 70:032x}"))
        for number in range(150)
    ]
    for _ in range(2):
        for frame in frames:
            await ada.connection.receive(frame)
        sent = [packet for packet in await ada.settled() if isinstance(packet, MessageSent)]
        assert [int(each.client_id, 16) for each in sent] == [number % 70 for number in range(150)]
        assert [each.seq for each in sent] == [number % 70 + 1 for number in range(150)]
    late = only(MessageSent, await ada.send(note, "late", client_id=f"{3:032x}"))
    assert late.seq == 4
    await server.service.stop()
