"""Both stores, given the same work, hold the same state: whatever the work, and however it is batched."""

import asyncio
import tempfile
from functools import partial
from operator import methodcaller
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from desktop_chat.protocol.records import Message
from server.refusal import Refused
from server.store.base import Store
from server.store.records import ConversationRow, MemberRow
from tests.server.performing import operation
from tests.server.steps import EXPIRE, USERS, beginning, step
from tests.server.store.filling import add_user
from tests.server.store.stores import OpenStore, open_memory, open_sqlite

_steps = st.lists(
    st.one_of(step, step, step, EXPIRE, st.tuples(st.just("fail"), st.integers(1, 4)), st.just(("wait",))),
    max_size=60,
)


async def _perform(store: Store, steps: list[Any]) -> list[Any]:
    log: list[Any] = []

    def note(result: Any, error: Exception | None) -> None:
        log.append(error.code if isinstance(error, Refused) else "bug" if error else result)

    for number in range(USERS):
        await store.perform(partial(add_user, name=f"user{number}"))
    for number, each in enumerate([*beginning, *steps]):
        if each == ("wait",):
            await store.perform(lambda writer: None)
        else:
            store.write(operation(each, 1000 + number), note)
    await store.perform(lambda writer: None)
    for user_id in range(1, USERS + 1):
        for query in (
            "changed_conversation_ids",
            "left_conversations",
            "stars",
            "changed_contacts",
            "changed_acquaintances",
        ):
            for after_position in (0, 8):
                log.append(await store.read(methodcaller(query, user_id, after_position)))
        for query in ("contact_ids", "acquaintance_ids", "blocked_ids", "blocker_ids", "group_ids"):
            log.append(await store.read(methodcaller(query, user_id)))
        log.append(await store.read(methodcaller("conversations_of", user_id, list(range(9)))))
    log.append(await store.read(methodcaller("members_of", list(range(9)))))
    for conversation_id in range(1, 5):
        page = await store.read(methodcaller("page_after", conversation_id, 0, 100))
        log.append(page)
        log.append([await store.read(methodcaller("versions", conversation_id, each.seq)) for each in page])
        log.append(await store.read(methodcaller("members", conversation_id)))
    log.append(await store.read(methodcaller("audit", 2**53, 100)))
    log.append(await store.read(lambda reader: reader.position()))
    return log


def check_state(row: ConversationRow, members: list[MemberRow], page: list[Message]) -> None:
    """read ≤ delivered ≤ last, and unread is what it means: the others' messages after the read pointer."""
    assert [each.seq for each in page] == list(range(row.first_seq, row.last_seq + 1))
    written = [each for each in page if each.action is None]
    assert row.preview is None or row.preview.seq == written[-1].seq
    for member in members:
        assert member.read_seq <= member.delivered_seq <= row.last_seq
        assert member.shown_read_seq <= member.shown_delivered_seq <= row.last_seq
        assert member.shown_read_seq <= member.read_seq
        unread = sum(each.seq > member.read_seq and each.sender_id != member.user_id for each in written)
        assert row.message_count - member.seen_count == unread


async def _run(open_store: OpenStore, steps: list[Any]) -> list[Any]:
    with tempfile.TemporaryDirectory() as folder:
        async with open_store(Path(folder)) as store:
            log = await _perform(store, steps)
            for user_id in range(1, USERS + 1):
                for row, own in await store.read(methodcaller("conversations_of", user_id, list(range(9)))):
                    id_ = row.conversation_id
                    members = await store.read(methodcaller("members", id_))
                    assert own in members
                    check_state(row, members, await store.read(methodcaller("page_after", id_, 0, 100)))
            return log


@settings(max_examples=150, deadline=None)
@given(_steps)
def test_the_stores_agree(steps: list[Any]) -> None:
    memory = asyncio.run(_run(open_memory, steps))
    sqlite = asyncio.run(_run(open_sqlite, steps))
    assert memory == sqlite
