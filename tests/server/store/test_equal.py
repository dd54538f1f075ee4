"""Both stores, given the same work, hold the same state: whatever the work, and however it is batched."""

import asyncio
import tempfile
from functools import partial
from operator import methodcaller
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from desktop_chat.protocol.commands import SendMessage
from desktop_chat.protocol.records import Content
from server.actions.conversations import do_open
from server.actions.messages import do_send
from server.actions.pointers import do_mark_delivered, do_mark_read
from server.refusal import Refused
from server.store.base import Store, Writer
from tests.server.store.stores import OpenStore, open_memory, open_sqlite
from tests.server.store.test_contract import add_user

_USERS = 3
_user = st.integers(1, _USERS)
_steps = st.lists(
    st.one_of(
        st.tuples(st.just("open"), _user, st.integers(1, _USERS + 1)),
        st.tuples(st.just("send"), _user, st.integers(1, 4), st.integers(0, 12)),
        st.tuples(st.just("read"), _user, st.integers(1, 4), st.integers(1, 12)),
        st.tuples(st.just("delivered"), _user, st.integers(1, 4), st.integers(1, 12)),
        st.tuples(st.just("fail"), st.integers(1, 4)),
        st.tuples(st.just("wait")),
    ),
    max_size=60,
)


def _operation(step: tuple[Any, ...]) -> Any:
    def run(writer: Writer) -> Any:
        match step:
            case ("open", user_id, other_id):
                return do_open(writer, user_id, other_id)
            case ("send", user_id, conversation_id, key):
                content = Content("text" if key % 3 else "other", f"message {key}")
                return do_send(writer, SendMessage(1, conversation_id, f"{key:032x}", content), user_id, key)
            case ("read", user_id, conversation_id, seq):
                return do_mark_read(writer, conversation_id, user_id, seq)
            case ("delivered", user_id, conversation_id, seq):
                return do_mark_delivered(writer, conversation_id, user_id, seq)
            case ("fail", conversation_id):
                writer.touch_conversation(conversation_id, writer.next_position())
                raise RuntimeError("a bug after a change")
        raise AssertionError(step)

    return run


async def _perform(store: Store, steps: list[tuple[Any, ...]]) -> list[Any]:
    log: list[Any] = []

    def note(result: Any, error: Exception | None) -> None:
        log.append(error.code if isinstance(error, Refused) else "bug" if error else result)

    for number in range(_USERS):
        await store.perform(partial(add_user, name=f"user{number}"))
    for step in steps:
        if step == ("wait",):
            await store.perform(lambda writer: None)
        else:
            store.write(_operation(step), note)
    await store.perform(lambda writer: None)
    for user_id in range(1, _USERS + 1):
        log.append(await store.read(methodcaller("changed_conversations", user_id, 0)))
        log.append(await store.read(methodcaller("contacts", user_id)))
    for conversation_id in range(1, 5):
        log.append(await store.read(methodcaller("page_after", conversation_id, 0, 100)))
    log.append(await store.read(lambda reader: reader.position()))
    return log


def _check_pointers(log: list[Any]) -> None:
    """read ≤ delivered ≤ last, and unread is what it means: the others' messages after the read pointer."""
    pages = {page[0].conversation_id: page for page in log[-5:-1] if page}
    for changed in log[-11:-5:2]:
        for conversation, members in changed:
            page = pages.get(conversation.conversation_id, [])
            assert [message.seq for message in page] == list(range(1, conversation.last_seq + 1))
            for member in members:
                assert member.read_seq <= member.delivered_seq <= conversation.last_seq
                unread = sum(
                    message.seq > member.read_seq and message.sender_id != member.user_id for message in page
                )
                assert conversation.message_count - member.seen_count == unread


async def _run(open_store: OpenStore, steps: list[tuple[Any, ...]]) -> list[Any]:
    with tempfile.TemporaryDirectory() as folder:
        async with open_store(Path(folder)) as store:
            return await _perform(store, steps)


@settings(max_examples=40, deadline=None)
@given(_steps)
def test_the_stores_agree(steps: list[tuple[Any, ...]]) -> None:
    memory = asyncio.run(_run(open_memory, steps))
    sqlite = asyncio.run(_run(open_sqlite, steps))
    assert memory == sqlite
    _check_pointers(memory)
