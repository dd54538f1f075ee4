"""A long history, put into a server's database within minutes: the real schema, filled by SQL alone, the
indexes made at the end."""

import sqlite3
from contextlib import closing
from pathlib import Path

CONVERSATIONS = 5_000
_LEAST = 100
"""Messages in each conversation that has any, so that a page is as long in a short history."""

_MANY = "WITH RECURSIVE many(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM many WHERE i + 1 < :count) "
_USERS = (
    _MANY + "INSERT INTO user SELECT :user_id + i, 'u' || (:user_id + i), 'u' || (:user_id + i),"
    " 'Person ' || i, 'person', '', 0, 0, :position, :position, '', '', 0, 0, NULL FROM many"
)
_DEVICE = "INSERT INTO device VALUES (NULL, :user_id, x'00', '', 0, 0) RETURNING device_id"
_CONVERSATIONS = (
    _MANY + "INSERT INTO conversation SELECT :conversation_id + i, 'direct', :position + :messages - i,"
    " :each, :each, :user_id, 'text', 'The quick brown fox', 1700000000000 + i, :each, 1, 2, :position, NULL"
    " FROM many"
)
_DIRECTS = _MANY + "INSERT INTO direct SELECT :user_id, :user_id + 1 + i, :conversation_id + i FROM many"
_MEMBERS = (
    _MANY + "INSERT INTO member SELECT :conversation_id + i, :user_id + CASE WHEN :own THEN 0 ELSE 1 + i END,"
    " 0, 0, 0, 0, 0, :position, 'member', 0, 0, 'all', 0 FROM many"
)
_MESSAGES = (
    _MANY + "INSERT INTO message SELECT :position + 1 + i, :conversation_id + i % :conversations,"
    " 1 + i / :conversations, :user_id, CAST(printf('%016d', i) AS BLOB), 1700000000000 + i, 0, 'text',"
    " 'The quick brown fox jumps over the lazy dog, twice a day.', NULL FROM many"
)


class Filled:
    """What was put in: one user with a device, who is in all conversations, their ids from
    ``conversation_id`` on, and ``each`` messages in the first ``spoken`` of them."""

    def __init__(self, database: Path, messages: int) -> None:
        self.spoken = min(CONVERSATIONS, messages // _LEAST)
        self.each = messages // self.spoken
        with closing(sqlite3.connect(database, isolation_level=None)) as connection:
            connection.execute("PRAGMA synchronous=OFF")
            connection.execute("PRAGMA cache_size=-200000")
            connection.execute("BEGIN")
            (self.user_id,) = connection.execute("SELECT max(user_id) + 1 FROM user").fetchone()
            (self.conversation_id,) = connection.execute(
                "SELECT max(conversation_id) + 1 FROM conversation"
            ).fetchone()
            (position,) = connection.execute("SELECT position FROM server_log").fetchone()
            known = {
                "user_id": self.user_id,
                "conversation_id": self.conversation_id,
                "position": position,
                "each": self.each,
                "messages": self.each * self.spoken,
                "count": CONVERSATIONS,
                "conversations": self.spoken,
            }
            connection.execute(_USERS, known | {"count": CONVERSATIONS + 1})
            connection.execute(_CONVERSATIONS, known)
            connection.execute(_DIRECTS, known)
            for own in (True, False):
                connection.execute(_MEMBERS, known | {"own": own})
            (self.device_id,) = connection.execute(_DEVICE, known).fetchone()
            indexes = connection.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'message'"
                " AND sql IS NOT NULL"
            ).fetchall()
            for name, _ in indexes:
                connection.execute(f"DROP INDEX {name}")
            connection.execute(_MESSAGES, known | {"count": known["messages"]})
            for _, sql in indexes:
                connection.execute(sql)
            self.position = position + known["messages"]
            connection.execute("UPDATE server_log SET position = ?", (self.position,))
            connection.execute("COMMIT")
