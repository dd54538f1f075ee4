"""A folder as the first server left it: the schema of revision 0001, with people, devices, conversations,
messages and pointers in it, as that server wrote them."""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from argon2 import PasswordHasher
from sqlalchemy import create_engine
from sqlalchemy.engine import URL

from server.store import migrations

EPOCH = "0123456789abcdef" * 2
PASSWORD = "correct horse"
ADA, BOB, CY = 1, 2, 3
DIRECT, NOTE = 1, 2
MESSAGES = 40
"""In the direct conversation: by turns of Ada and Bob, of whom Ada has read 30 and got 35."""
READ, DELIVERED = 30, 35
NOTES = 3
POSITION = 100


def token_of(user_id: int) -> str:
    """The token of a user's device."""
    return f"token-{user_id}".ljust(43, "x")


def client_id_of(seq: int) -> str:
    """The key of a message in the direct conversation."""
    return f"{2**100 + seq:032x}"


def body_of(seq: int) -> str:
    """The words of a message in the direct conversation."""
    return f"message {seq} \U0001f642"


def sender_of(seq: int) -> int:
    """Who wrote it."""
    return ADA if seq % 2 else BOB


def make_database(path: Path) -> None:
    """Write the database as the first server would have."""
    _create_tables(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO server_log VALUES (1, ?, ?)", (EPOCH, POSITION))
        for table, rows in _rows():
            marks = ", ".join("?" * len(rows[0]))
            connection.executemany(f'INSERT INTO "{table}" VALUES ({marks})', rows)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")


def _create_tables(path: Path) -> None:
    engine = create_engine(URL.create("sqlite", database=str(path)))
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "0001")
    finally:
        engine.dispose()


def _rows() -> Iterator[tuple[str, list[tuple[object, ...]]]]:
    hashed = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)
    names = [(ADA, "ada"), (BOB, "bob"), (CY, "cy")]
    yield (
        "user",
        [(id_, name, name, name.title(), f"{name}\n{name}", hashed, 5, 50, id_) for id_, name in names],
    )
    yield (
        "device",
        [(id_, id_, hashlib.sha256(token_of(id_).encode()).digest(), f"of {name}", 6) for id_, name in names],
    )
    last = body_of(MESSAGES)
    yield (
        "conversation",
        [
            (DIRECT, "direct", ADA, BOB, 90, MESSAGES, MESSAGES, BOB, "text", last, 1_000 + MESSAGES),
            (NOTE, "note", ADA, ADA, 95, NOTES, NOTES, ADA, "text", "note 3", 2_003),
            (3, "direct", BOB, CY, 96, 0, 0, None, None, None, None),
        ],
    )
    own_after = sum(sender_of(seq) == ADA for seq in range(READ + 1, MESSAGES + 1))
    yield (
        "member",
        [
            (DIRECT, ADA, DELIVERED, READ, READ + own_after),
            (DIRECT, BOB, MESSAGES, MESSAGES, MESSAGES),
            (NOTE, ADA, NOTES, NOTES, NOTES),
            (3, BOB, 0, 0, 0),
            (3, CY, 0, 0, 0),
        ],
    )
    direct = [
        (
            10 + seq,
            DIRECT,
            seq,
            sender_of(seq),
            bytes.fromhex(client_id_of(seq)),
            1_000 + seq,
            0,
            "text",
            body_of(seq),
        )
        for seq in range(1, MESSAGES + 1)
    ]
    notes = [
        (91 + seq, NOTE, seq, ADA, (2**101 + seq).to_bytes(16, "big"), 2_000 + seq, 0, "text", f"note {seq}")
        for seq in range(1, NOTES + 1)
    ]
    yield "message", direct + notes
