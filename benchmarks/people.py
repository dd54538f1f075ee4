"""People for the loads, put into a server's folder before it starts: registering each would take longer than
what is measured."""

import hashlib
import json
import secrets
import sqlite3
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path

from desktop_chat.protocol.actions import Role
from desktop_chat.protocol.records import Info
from server.actions.conversations import do_open
from server.auth import ARGON2
from server.store import statements
from server.store.migrations import upgrade
from server.store.records import UserRow
from server.store.sqlite_writer import SqliteWriter

DATABASE = "server.sqlite3"
PASSWORD = "benchmark"


@dataclass
class World:
    """Everybody's token and name; the conversations of the first with the second, the third with the fourth
    and so on; and at the end the group, if there is one."""

    tokens: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    conversation_ids: list[int] = field(default_factory=list)

    def save(self, path: Path) -> None:
        """For a load to read."""
        path.write_text(json.dumps(asdict(self)))

    @staticmethod
    def load(path: str) -> "World":
        """What was saved; nobody for ``-``."""
        return World() if path == "-" else World(**json.loads(Path(path).read_text()))


def make(data: Path, users: int, *, pairs: bool = False, hub: bool = False, group: int = 0) -> World:
    """A database with so many people, in pairs or not, or all in a conversation with the first, of whom the
    first ``group`` are in a group."""
    data.mkdir(parents=True)
    database = data / DATABASE
    upgrade(database)
    # As the server's own, so that it is not made anew at each sign-in.
    password_hash = ARGON2.hash(PASSWORD)
    world = World()
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        connection.execute(statements.log.ADD_LOG, {"epoch": secrets.token_hex(16)})
        writer = SqliteWriter(connection)
        user_ids = [_add(writer, world, number, password_hash) for number in range(users)]
        if pairs:
            for one, other in zip(user_ids[::2], user_ids[1::2], strict=False):
                world.conversation_ids.append(do_open(writer, one, other).conversation.conversation_id)
        if hub:
            for other in user_ids[1:]:
                opened = do_open(writer, user_ids[0], other)
                world.conversation_ids.append(opened.conversation.conversation_id)
        if group:
            roles: dict[int, Role] = dict.fromkeys(user_ids[:group], "member")
            roles[user_ids[0]] = "owner"
            made = writer.add_conversation(
                kind="group", roles=roles, info=Info(title="All"), position=writer.next_position()
            )
            world.conversation_ids.append(made.conversation_id)
        writer.flush()
        connection.execute("COMMIT")
    world.save(data / "world.json")
    return world


def _add(writer: SqliteWriter, world: World, number: int, password_hash: str) -> int:
    name = f"person{number}"
    user = writer.add_user(
        UserRow.new(
            user_name=name,
            name_key=name,
            display_name=name,
            search_key=name,
            password_hash=password_hash,
            now_ms=0,
            position=writer.next_position(),
        )
    )
    token = secrets.token_urlsafe(32)
    digest = hashlib.sha256(token.encode()).digest()
    writer.add_device(user_id=user.user_id, token_hash=digest, device_name="load", now_ms=0)
    world.tokens.append(token)
    world.names.append(name)
    return user.user_id
