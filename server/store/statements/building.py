"""How statements are made. The ordinary ones are SQLAlchemy Core, compiled once to SQL with named parameters;
those of the hot path are written by hand with positional ones, which sqlite3 binds faster.

Those that take many rows at once are made for a number of rows: every statement lets go of the interpreter's
lock and has to wait for it again, so one for 64 rows is worth 64 for one.
"""

from typing import Any

from sqlalchemy import BindParameter, ClauseElement, ColumnElement, Table, bindparam, func, insert, update
from sqlalchemy.dialects import sqlite

_dialect = sqlite.dialect(paramstyle="named")


def compiled(statement: ClauseElement) -> str:
    """As SQL with named parameters."""
    return str(statement.compile(dialect=_dialect))


def by_key(table: Table) -> list[ColumnElement[bool]]:
    """That a row of a table has the bound key."""
    return [each == bindparam(f"of_{each.name}") for each in table.primary_key]


def replace_row(table: Table) -> str:
    """Replace the row of a table: its columns by their names, its key with ``of_`` before them."""
    key = {each.name for each in table.primary_key}
    values: dict[str, BindParameter[Any]] = {
        each.name: bindparam(each.name) for each in table.c if each.name not in key
    }
    return compiled(update(table).where(*by_key(table)).values(values))


def upsert(table: Table) -> str:
    """Insert a row of a table, or replace the one with its key."""
    return compiled(insert(table).prefix_with("OR REPLACE"))


GIVEN_IDS = func.json_each(bindparam("ids")).table_valued("key", "value", name="given")
"""Ids that are bound together as ``ids``, an array in JSON: one statement for any number of them."""


def update_rows(table: str, key: tuple[str, ...], columns: tuple[str, ...], rows: int) -> str:
    """Set these columns in so many rows: what is bound is each row's key and its values."""
    if rows == 1:
        places = {name: f"?{number}" for number, name in enumerate((*key, *columns), start=1)}
        moved = ", ".join(f"{each} = {places[each]}" for each in columns)
        same = " AND ".join(f"{each} = {places[each]}" for each in key)
        return f"UPDATE {table} SET {moved} WHERE {same}"  # noqa: S608
    assignments = ", ".join(f"{each} = given.{each}" for each in columns)
    same = " AND ".join(f"{table}.{each} = given.{each}" for each in key)
    given = given_rows(", ".join((*key, *columns)), rows)
    return f"{given}UPDATE {table} SET {assignments} FROM given WHERE {same}"  # noqa: S608


def given_rows(columns: str, rows: int) -> str:
    """The beginning of a statement to which so many rows are bound, as the table ``given``."""
    return f"WITH given ({columns}) AS (VALUES {places(columns.count(',') + 1, rows)}) "


def places(columns: int, rows: int) -> str:
    """Places for the values of so many rows."""
    row = ", ".join("?" * columns)
    return ", ".join([f"({row})"] * rows)
