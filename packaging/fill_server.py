"""Puts a sample into the folder of a server that is not running, at the times the sample names."""

import random
import secrets
import time
from pathlib import Path

from desktop_chat.protocol.commands import SendMessage
from desktop_chat.protocol.records import Content
from sample import DAY_MS, PEOPLE, Line, Person
from server.actions.accounts import NewDevice, NewUser, do_register
from server.actions.conversations import do_open
from server.actions.messages import do_send
from server.actions.pointers import do_mark_read
from server.auth import Argon2Hasher
from server.names import check_user_name
from server.store.base import Writer
from server.store.migrations import upgrade
from server.store.sqlite import SqliteStore

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
        command = SendMessage(
            1, conversation_id, f"{chance.getrandbits(128):032x}", Content("text", line.text)
        )
        sent = do_send(writer, command, user_ids[line.sender], line.sent_at_ms)
        do_mark_read(writer, conversation_id, user_ids[line.sender], sent.message.seq, line.sent_at_ms)
        if line.sent_at_ms < now_ms - _UNREAD_FOR_MS:
            for reader in {one, other}:
                do_mark_read(writer, conversation_id, reader, sent.message.seq, line.sent_at_ms)


def now() -> int:
    """The time the sample ends at, in milliseconds since 1970."""
    return time.time_ns() // 1_000_000
