"""Bringing a database to the schema that this server knows, with Alembic. Alembic is loaded only where there
is something to do, since most starts find the schema current."""

import sqlite3
from contextlib import closing
from pathlib import Path

REVISIONS = ("0001", "0002", "0003")
"""Every revision there is, the oldest first; tests hold it to what is in ``versions``."""


class SchemaError(Exception):
    """A database that this server cannot use, in words."""


def upgrade(database: Path) -> None:
    """Create or upgrade the database. Raises SchemaError for a newer schema or somebody else's database."""
    try:
        revision = _revision(database)
    except sqlite3.DatabaseError as error:
        raise SchemaError(f"{database} cannot be read as a database: {error}.") from error
    if revision == REVISIONS[-1]:
        return
    if revision is not None and revision not in REVISIONS:
        raise _newer(database, revision)
    _run_alembic(database)


def check_current(database: Path) -> None:
    """Whether a database can be read as it is, without a change. Raises SchemaError."""
    try:
        revision = _revision(database)
    except sqlite3.DatabaseError as error:
        raise SchemaError(f"{database} cannot be read as a database: {error}.") from error
    if revision is not None and revision not in REVISIONS:
        raise _newer(database, revision)
    if revision != REVISIONS[-1]:
        raise SchemaError(f"{database} was written by an older version of the server. Start this one first.")


def _newer(database: Path, revision: str) -> SchemaError:
    return SchemaError(
        f"{database} was written by a newer version of the server (schema {revision}; this one knows "
        f"{REVISIONS[-1]}). Start that version, or a later one."
    )


def _revision(database: Path) -> str | None:
    if not database.exists():
        return None
    with closing(sqlite3.connect(database)) as connection:
        known = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'"
        if connection.execute(known).fetchone() is None:
            if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                raise SchemaError(f"{database} is a database, but not one of this server.")
            return None
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return None if row is None else str(row[0])


def _run_alembic(database: Path) -> None:
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine, event
    from sqlalchemy.engine import URL

    # A step is taken whole or not at all. Python's driver would commit before each CREATE TABLE of its own
    # accord, so it is told to leave transactions alone.
    engine = create_engine(
        URL.create("sqlite", database=str(database)), connect_args={"isolation_level": None}
    )
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()
