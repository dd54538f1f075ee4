"""Both stores, given the same work, hold the same state: whatever the work, and however it is batched."""

import asyncio
import tempfile
from collections.abc import Callable
from functools import partial
from operator import methodcaller
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from desktop_chat.protocol import commands
from desktop_chat.protocol.records import Content, Message, Source
from server.actions import changes, groups, messages, pointers, preferences, profile, retention
from server.actions.conversations import do_open
from server.refusal import Refused
from server.store.base import ChangedConversation, Store, Writer
from tests.server.store.stores import OpenStore, open_memory, open_sqlite
from tests.server.store.test_contract import add_user

_USERS = 4
_user = st.integers(1, _USERS)
_other = st.integers(1, _USERS + 1)
_conversation = st.integers(1, 4)
_seq = st.integers(1, 12)
_key = st.integers(0, 24)
_role = st.sampled_from(("owner", "admin", "member"))
_steps = st.lists(
    st.one_of(
        st.tuples(st.just("open"), _user, _other),
        st.tuples(st.just("group"), _user, st.lists(_other, max_size=3), _key, st.booleans()),
        st.tuples(st.just("send"), _user, _conversation, _key, st.none() | _seq),
        st.tuples(st.just("send"), _user, _conversation, _key, st.none() | _seq),
        st.tuples(st.just("forward"), _user, _conversation, _key, _conversation, _seq),
        st.tuples(st.just("edit"), _user, _conversation, _key, _seq),
        st.tuples(st.just("delete"), _user, _conversation, _key, _seq),
        st.tuples(st.just("react"), _user, _conversation, _key, _seq, st.sampled_from("ab"), st.booleans()),
        st.tuples(st.just("pin"), _user, _conversation, _key, _seq, st.booleans()),
        st.tuples(st.just("add"), _user, _conversation, _key, st.lists(_other, min_size=1, max_size=3)),
        st.tuples(st.just("remove"), _user, _conversation, _key, _user),
        st.tuples(
            st.just("role"), _user, _conversation, _key, _user, st.sampled_from(("owner", "admin", "member"))
        ),
        st.tuples(st.just("info"), _user, _conversation, _key, st.booleans(), st.none() | st.integers(0, 9)),
        st.tuples(st.just("read"), _user, _conversation, _seq),
        st.tuples(st.just("delivered"), _user, _conversation, _seq),
        st.tuples(st.just("prefer"), _user, _conversation, st.booleans(), st.none() | st.booleans()),
        st.tuples(st.just("star"), _user, _conversation, _seq, st.booleans()),
        st.tuples(st.just("block"), _user, _other, st.booleans()),
        st.tuples(st.just("share"), _user, st.booleans(), st.booleans()),
        st.tuples(st.just("expire"), _conversation, _seq),
        st.tuples(st.just("fail"), _conversation),
        st.tuples(st.just("wait")),
    ),
    max_size=60,
)


def operation(step: tuple[Any, ...], now_ms: int) -> Callable[[Writer], Any]:
    """What a step is for a store."""

    def run(writer: Writer) -> Any:
        match step:
            case ("open", user_id, other_id):
                return do_open(writer, user_id, other_id)
            case ("group", user_id, ids, key, board):
                command = commands.CreateGroup(1, f"{key:032x}", "Group", tuple(ids), board=board)
                return groups.do_create_group(writer, command, user_id, now_ms)
            case ("send", user_id, id_, key, reply_to):
                content = Content("text" if key % 3 else "other", f"message {key}")
                send = commands.SendMessage(1, id_, f"{key:032x}", content, reply_to)
                return messages.do_send(writer, send, user_id, now_ms)
            case ("forward", user_id, id_, key, from_id, seq):
                send = commands.SendMessage(1, id_, f"{key:032x}", forward=Source(from_id, seq))
                return messages.do_send(writer, send, user_id, now_ms)
            case ("edit", user_id, id_, key, seq):
                edit = commands.EditMessage(1, id_, f"{key:032x}", seq, Content("text", f"edit {key}"))
                return changes.do_edit(writer, edit, user_id, now_ms)
            case ("delete", user_id, id_, key, seq):
                delete = commands.DeleteMessage(1, id_, f"{key:032x}", seq)
                return changes.do_delete(writer, delete, user_id, now_ms)
            case ("react", user_id, id_, key, seq, emoji, on):
                react = commands.React(1, id_, f"{key:032x}", seq, emoji, on)
                return changes.do_react(writer, react, user_id, now_ms)
            case ("pin", user_id, id_, key, seq, on):
                return changes.do_pin(
                    writer, commands.PinMessage(1, id_, f"{key:032x}", seq, on), user_id, now_ms
                )
            case ("add", user_id, id_, key, ids):
                add = commands.AddMembers(1, id_, f"{key:032x}", tuple(ids))
                return groups.do_add_members(writer, add, user_id, now_ms)
            case ("remove", user_id, id_, key, other_id):
                remove = commands.RemoveMember(1, id_, f"{key:032x}", other_id)
                return groups.do_remove_member(writer, remove, user_id, now_ms)
            case ("role", user_id, id_, key, other_id, role):
                set_role = commands.SetRole(1, id_, f"{key:032x}", other_id, role)
                return groups.do_set_role(writer, set_role, user_id, now_ms)
            case ("info", user_id, id_, key, board, days):
                title = None if days is None else f"Title {days}"
                info = commands.SetInfo(1, id_, f"{key:032x}", title, board=board, retention_days=days)
                return groups.do_set_info(writer, info, user_id, now_ms)
            case ("read", user_id, id_, seq):
                return pointers.do_mark_read(writer, id_, user_id, seq, now_ms)
            case ("delivered", user_id, id_, seq):
                return pointers.do_mark_delivered(writer, id_, user_id, seq, now_ms)
            case ("prefer", user_id, id_, pinned, unread):
                prefer = commands.SetPreferences(1, id_, pinned=pinned, marked_unread=unread)
                return preferences.do_set_preferences(writer, prefer, user_id)
            case ("star", user_id, id_, seq, on):
                return preferences.do_star(writer, commands.StarMessage(1, id_, seq, on), user_id)
            case ("block", user_id, other_id, on):
                return profile.do_block(writer, user_id, other_id, on)
            case ("share", user_id, read, delivered):
                share = commands.UpdateSettings(1, share_delivered=delivered, share_read=read)
                return profile.do_update_settings(writer, share, user_id)
            case ("expire", id_, seq):
                conversation = writer.conversation(id_)
                if conversation is None or seq > conversation.last_seq + 1:
                    return None
                return retention.do_expire(writer, id_, seq)
            case ("fail", id_):
                writer.touch_conversation(id_, writer.next_position())
                raise RuntimeError("a bug after a change")
        raise AssertionError(step)

    return run


async def _perform(store: Store, steps: list[tuple[Any, ...]]) -> list[Any]:
    log: list[Any] = []

    def note(result: Any, error: Exception | None) -> None:
        log.append(error.code if isinstance(error, Refused) else "bug" if error else result)

    for number in range(_USERS):
        await store.perform(partial(add_user, name=f"user{number}"))
    for number, step in enumerate(steps):
        if step == ("wait",):
            await store.perform(lambda writer: None)
        else:
            store.write(operation(step, 1000 + number), note)
    await store.perform(lambda writer: None)
    for user_id in range(1, _USERS + 1):
        for query in ("changed_conversations", "left_conversations", "stars", "acquaintances"):
            log.append(await store.read(methodcaller(query, user_id, 0)))
        for query in ("contacts", "blocked_ids", "blocker_ids", "group_ids"):
            log.append(await store.read(methodcaller(query, user_id)))
    for conversation_id in range(1, 5):
        page = await store.read(methodcaller("page_after", conversation_id, 0, 100))
        log.append(page)
        log.append([await store.read(methodcaller("versions", conversation_id, each.seq)) for each in page])
        log.append(await store.read(methodcaller("members", conversation_id)))
    log.append(await store.read(methodcaller("audit", 2**53, 100)))
    log.append(await store.read(lambda reader: reader.position()))
    return log


def check_state(conversation: ChangedConversation, page: list[Message]) -> None:
    """read ≤ delivered ≤ last, and unread is what it means: the others' messages after the read pointer."""
    row = conversation.conversation
    assert [each.seq for each in page] == list(range(row.first_seq, row.last_seq + 1))
    written = [each for each in page if each.action is None]
    assert row.preview is None or row.preview.seq == written[-1].seq
    for member in conversation.members or ():
        assert member.read_seq <= member.delivered_seq <= row.last_seq
        assert member.shown_read_seq <= member.shown_delivered_seq <= row.last_seq
        assert member.shown_read_seq <= member.read_seq
        unread = sum(each.seq > member.read_seq and each.sender_id != member.user_id for each in written)
        assert row.message_count - member.seen_count == unread


async def _run(open_store: OpenStore, steps: list[tuple[Any, ...]]) -> list[Any]:
    with tempfile.TemporaryDirectory() as folder:
        async with open_store(Path(folder)) as store:
            log = await _perform(store, steps)
            for user_id in range(1, _USERS + 1):
                for each in await store.read(methodcaller("changed_conversations", user_id, 0)):
                    id_ = each.conversation.conversation_id
                    check_state(each, await store.read(methodcaller("page_after", id_, 0, 100)))
            return log


@settings(max_examples=150, deadline=None)
@given(_steps)
def test_the_stores_agree(steps: list[tuple[Any, ...]]) -> None:
    memory = asyncio.run(_run(open_memory, steps))
    sqlite = asyncio.run(_run(open_sqlite, steps))
    assert memory == sqlite
