"""Puts a sample into the folder of a server that is not running, at the times the sample names."""

import random
import secrets
import time
from pathlib import Path

from desktop_chat.protocol.commands import CreateGroup, PinMessage, React, SendMessage
from desktop_chat.protocol.records import Content
from sample import DAY_MS, GROUP, GROUP_LINES, GROUP_TITLE, MINUTE_MS, PEOPLE, Line, Person
from server.actions.accounts import NewDevice, NewUser, do_register
from server.actions.changes import do_pin, do_react
from server.actions.conversations import do_open
from server.actions.groups import do_create_group
from server.actions.messages import do_send
from server.actions.pointers import do_mark_read
from server.auth import Argon2Hasher
from server.names import check_user_name
from server.store.migrations import upgrade
from server.store.sqlite import SqliteStore
from server.store.writer import Writer

_LINES_AT_ONCE = 500
_UNREAD_FOR_MS = 8 * 60 * 1000
"""What was said this shortly before the end has not been read by the other."""


async def fill(database: Path, password: str, lines: list[Line], now_ms: int) -> None:
    """Make the people's accounts, all with one password, and everything they said. ``database`` is the file
    of the server's folder, which must not be there yet; its folder must."""
    upgrade(database)
    store = SqliteStore(database, new_epoch=lambda: secrets.token_hex(16), queue_max=100, read_queue_max=100)
    hasher = Argon2Hasher(queue_max=1)
    store.start()
    try:
        password_hash = await hasher.hash(password)
        user_ids: dict[str, int] = {}
        for person in PEOPLE:
            user_ids[person.user_name] = await store.perform(
                lambda writer, person=person: _register(writer, person, password_hash, now_ms)
            )
        chance = random.Random(7)
        for start in range(0, len(lines), _LINES_AT_ONCE):
            batch = lines[start : start + _LINES_AT_ONCE]
            await store.perform(lambda writer, batch=batch: _say(writer, batch, user_ids, chance, now_ms))
        await store.perform(lambda writer: _meet(writer, user_ids, chance, now_ms))
    finally:
        hasher.close()
        await store.close()


def _register(writer: Writer, person: Person, password_hash: str, now_ms: int) -> int:
    name, key = check_user_name(person.user_name)
    user, device = do_register(
        writer,
        NewUser(name, key, person.display_name, password_hash),
        NewDevice(secrets.token_bytes(32), "sample"),
        now_ms - 200 * DAY_MS,
    )
    writer.delete_device(device.device_id)
    return user.user_id


def _say(
    writer: Writer, batch: list[Line], user_ids: dict[str, int], chance: random.Random, now_ms: int
) -> None:
    for line in batch:
        one, other = user_ids[line.one], user_ids[line.other]
        opened = do_open(writer, one, other)
        conversation_id = opened.conversation.conversation_id
        command = SendMessage(1, conversation_id, _key(chance), Content("text", line.text))
        sent = do_send(writer, command, user_ids[line.sender], line.sent_at_ms)
        do_mark_read(writer, conversation_id, user_ids[line.sender], sent.message.seq, line.sent_at_ms)
        if line.sent_at_ms < now_ms - _UNREAD_FOR_MS:
            for reader in {one, other}:
                do_mark_read(writer, conversation_id, reader, sent.message.seq, line.sent_at_ms)


def _meet(writer: Writer, user_ids: dict[str, int], chance: random.Random, now_ms: int) -> None:
    """A group, what was said in it, and what came of that."""
    founder, *others = (user_ids[name] for name in GROUP)
    began_ms = now_ms - GROUP_LINES[0][1] * MINUTE_MS - MINUTE_MS
    create = CreateGroup(1, _key(chance), GROUP_TITLE, tuple(others))
    group = do_create_group(writer, create, founder, began_ms).conversation.conversation_id
    for sender, ago, text in GROUP_LINES:
        command = SendMessage(1, group, _key(chance), Content("text", text))
        sent = do_send(writer, command, user_ids[sender], now_ms - ago * MINUTE_MS)
        do_mark_read(writer, group, user_ids[sender], sent.message.seq, now_ms)
    for name in ("alice", "eva"):
        do_react(writer, React(1, group, _key(chance), sent.message.seq, "🎂"), user_ids[name], now_ms)
    do_pin(writer, PinMessage(1, group, _key(chance), 2), founder, now_ms)


def _key(chance: random.Random) -> str:
    return f"{chance.getrandbits(128):032x}"


def now() -> int:
    """The time the sample ends at, in milliseconds since 1970."""
    return time.time_ns() // 1_000_000
