"""Entries that were kept long enough. No clock moves by the wire: the server's folder is made older."""

import sqlite3
from contextlib import closing
from pathlib import Path

from desktop_chat.protocol.commands import LoadVersions, MarkRead, PinMessage, React, SetInfo, StarMessage
from desktop_chat.protocol.errors import ErrorCode
from desktop_chat.protocol.events import ConversationUpdate
from tests.conformance.place import Place
from tests.conformance.process import Process
from tests.conformance.seen import Seen

_TWO_DAYS_MS = 2 * 24 * 3600 * 1000


async def test_what_was_kept_long_enough_is_gone(own_folder: Path, seen: Seen) -> None:
    process = Process(own_folder)
    place = Place(process.url, seen, process=process)
    async with place.people("ada", "bob") as (ada, bob):
        group = await ada.group(bob)
        seqs = [await ada.send(group, f"{number}") for number in range(4)]
        await ada.do(PinMessage, group, seq=seqs[0])
        await bob.do(MarkRead, group, seqs[1])
        await bob.do(StarMessage, group, seqs[0])
        tokens = ada.token, bob.token
    process.stop()
    with closing(sqlite3.connect(process.folder / "server.sqlite3", isolation_level=None)) as database:
        database.execute("UPDATE message SET sent_at_ms = sent_at_ms - ?", (_TWO_DAYS_MS,))
    process = Process(own_folder, sweep_interval_s=0.2)
    place = Place(process.url, seen, process=process, admin_token=tokens[0])
    async with place.client() as ada, place.client() as bob:
        await ada.connect(tokens[0])
        await bob.connect(tokens[1])
        await bob.told()
        last = (await ada.do(SetInfo, group, retention_days=1)).seq
        told = await bob.next(ConversationUpdate, lambda each: each.head and each.head.first_seq > 1)
        assert told.head is not None
        assert (told.head.first_seq, told.head.last_seq, told.head.message_count) == (last, last, 4)
        assert told.head.preview is None
        assert told.info is not None
        assert (told.info.pinned_seqs, told.info.retention_days) == ((), 1)
        assert told.personal is not None
        assert (told.personal.read_seq, told.personal.seen_count) == (last - 1, 4)  # nothing is unread
        assert [each.seq for each in await bob.page(group)] == [last]
        for of, named in ((React, {"key": "!"}), (PinMessage, {})):
            assert await ada.refused(of, group, seq=seqs[0], **named) is ErrorCode.NOT_FOUND
        assert await ada.refused(LoadVersions, group, seqs[0]) is ErrorCode.NOT_FOUND
        assert await bob.send(group) == last + 1
    process.stop()
