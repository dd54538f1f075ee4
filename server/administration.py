"""What the command line does to a server's folder: passwords, invites, admins, the audit log."""

import getpass
import secrets
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from pathlib import Path

from desktop_chat.protocol.records import AuditEntry
from server.actions.accounts import do_set_password
from server.actions.invites import do_create_invite, do_set_admin
from server.arguments import ChangeAdmin, MakeInvite, SetPassword, ShowAudit
from server.auth import Argon2Hasher
from server.config import Limits
from server.inviting import new_invite
from server.names import check_password, fold
from server.serving import DATABASE, open_store
from server.store.base import Store
from server.store.migrations import check_current
from server.store.reader import Reader
from server.store.records import UserRow
from server.store.sqlite import connect_sqlite
from server.store.sqlite_reader import SqliteReader

_END = 2**53


class NoSuchUser(Exception):
    """A name that nobody has on this server, in words."""


async def set_password(command: SetPassword) -> None:
    """Give a user the password that is typed, or that comes on standard input. Raises Refused and
    NoSuchUser."""
    password = getpass.getpass("New password: ") if sys.stdin.isatty() else sys.stdin.readline()
    password = password.rstrip("\r\n")
    check_password(password)
    hasher = Argon2Hasher(queue_max=1)
    try:
        async with _store(command.data) as store:
            user = await _user(store, command.user_name)
            password_hash, now_ms = await hasher.hash(password), _now_ms()
            await store.perform(lambda writer: do_set_password(writer, user.user_id, password_hash, now_ms))
            devices = await store.read(lambda reader: reader.devices_of(user.user_id))
    finally:
        hasher.close()
    _say(f"{user.user_name} has a new password. Devices that are signed in stay signed in: {len(devices)}.")


async def make_invite(command: MakeInvite) -> None:
    """Print a code to register with."""
    now_ms = _now_ms()
    code, invite = new_invite(0, command.uses, command.valid_h, now_ms, secrets.token_bytes)
    async with _store(command.data) as store:
        await store.perform(lambda writer: do_create_invite(writer, invite, now_ms, by_anybody=True))
    _say(code)


async def change_admin(command: ChangeAdmin) -> None:
    """Make a user an admin of the server, or no longer. Raises Refused and NoSuchUser."""
    async with _store(command.data) as store:
        user, now_ms = await _user(store, command.user_name), _now_ms()
        await store.perform(lambda writer: do_set_admin(writer, user.user_id, command.on, 0, now_ms))
    _say(f"{user.user_name} is {'an' if command.on else 'no'} admin of this server now.")


def show_audit(command: ShowAudit) -> None:
    """Print the newest entries of the audit log, the oldest of them first. Reads only, so a server may be
    running on the folder. Raises SchemaError."""
    database = command.data / DATABASE
    check_current(database)
    with closing(connect_sqlite(database, read_only=True)) as connection:
        connection.execute("BEGIN")
        reader = SqliteReader(connection)
        for entry in reversed(reader.audit(_END, command.limit)):
            _say(_audit_line(reader, entry))


@asynccontextmanager
async def _store(folder: Path) -> AsyncIterator[Store]:
    store = open_store(folder, Limits(), lambda: None)
    store.start()
    try:
        yield store
    finally:
        await store.close()


async def _user(store: Store, user_name: str) -> UserRow:
    user = await store.read(lambda reader: reader.user_by_key(fold(user_name)))
    if user is None:
        raise NoSuchUser(f"There is no user called {user_name!r} on this server.")
    return user


def _audit_line(reader: Reader, entry: AuditEntry) -> str:
    at = datetime.fromtimestamp(entry.at_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    words = [at, entry.action, f"by={_name(reader, entry.actor_id)}"]
    if entry.subject_id:
        words.append(f"whom={_name(reader, entry.subject_id)}")
    if entry.conversation_id:
        words.append(f"conversation={entry.conversation_id}")
    if entry.detail:
        words.append(f"detail={entry.detail!r}")
    return " ".join(words)


def _name(reader: Reader, user_id: int) -> str:
    user = reader.user(user_id) if user_id else None
    return "command-line" if not user_id else f"#{user_id}" if user is None else user.user_name


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
