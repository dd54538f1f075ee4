"""Which messages hold which letters: the index that ``search`` looks into, filled behind the messages.

A message is indexed by its grams: every three, two and single characters that follow each other in its
folded text. So whatever is searched for, in any script and of any length, is made of words of the index. In
which conversation a message is, whose it is and what it has are words of it too, so that what is rare in one
conversation is as soon found as what is rare in all.

Indexing a message costs several times what storing it does. So a new message is only noted down in
``unindexed``, to be indexed with many others at once, and until then a search looks at it itself.
"""

import sqlite3
from collections.abc import Iterable
from itertools import accumulate

from desktop_chat.core.attachments import FILE_KINDS, searched
from desktop_chat.core.folding import fold
from desktop_chat.core.models import Message

SEARCHED_KINDS = ("text", *FILE_KINDS)
_GRAM = 3
"""Characters of the longest gram; the shorter ones are found as beginnings of those."""
_GRAMS_MAX = 4
_COUNTED = 100
_INDEXED_AT_ONCE = 250
_CHARS_AT_ONCE = 50_000
_PAGES_AT_ONCE = 100
_FTS5_OWN = 10
"""Up to this row of its data FTS5 keeps what it needs to open a table."""
LEFT_ALONE = 256
"""So many messages may stay unindexed: few enough to be looked at."""
_BETWEEN = "X"
"""Between grams: folded text has no capital letters, and all else is part of a word to the table."""
_MARK = "\N{COMBINING ACUTE ACCENT}"
"""Before a word that is no gram: folded text has no combining marks."""


def add(connection: sqlite3.Connection, messages: Iterable[Message]) -> None:
    """Let messages be found that the server has."""
    connection.executemany(
        "INSERT OR IGNORE INTO unindexed VALUES (?)",
        [(each.message_id,) for each in messages if each.kind in SEARCHED_KINDS],
    )


def remove(connection: sqlite3.Connection, message: Message) -> None:
    """Let a message not be found any more, as it was until now."""
    if message.kind not in SEARCHED_KINDS or message.message_id is None:
        return
    cursor = connection.execute("DELETE FROM unindexed WHERE message_id = ?", (message.message_id,))
    if not cursor.rowcount:
        words = _words(message.conversation_id, message.sender_id, message.kind, message.body)
        connection.execute(
            "INSERT INTO message_gram (message_gram, rowid, grams) VALUES ('delete', ?, ?)",
            (message.message_id, words),
        )


def clear(connection: sqlite3.Connection) -> None:
    """Let no message be found."""
    connection.execute("DELETE FROM unindexed")
    connection.execute("INSERT INTO message_gram (message_gram) VALUES ('delete-all')")


def index_some(connection: sqlite3.Connection) -> bool:
    """Index some of what is not indexed, the newest first, where that is more than may be left alone; whether
    it was. The transaction keeps nobody waiting for long."""
    waiting = connection.execute("SELECT message_id FROM unindexed LIMIT 1 OFFSET ?", (LEFT_ALONE,))
    if waiting.fetchone() is None:
        return False
    newest: list[tuple[int, int, int, str, str]] = connection.execute(
        "SELECT u.message_id, m.conversation_id, m.sender_id, m.kind, m.body"
        " FROM unindexed u LEFT JOIN message m ON m.message_id = u.message_id"
        " ORDER BY u.message_id DESC LIMIT ?",
        (_INDEXED_AT_ONCE,),
    ).fetchall()
    sizes = accumulate(len(row[4] or "") for row in newest)
    found = [row for row, size in zip(newest, sizes, strict=True) if size <= _CHARS_AT_ONCE] or newest[:1]
    found.reverse()  # rising ids make one piece of the index
    connection.executemany(
        "INSERT INTO message_gram (rowid, grams) VALUES (?, ?)",
        ((row[0], _words(*row[1:])) for row in found if row[3] in SEARCHED_KINDS),
    )
    connection.execute("DELETE FROM unindexed WHERE message_id >= ?", (found[0][0],))
    return True


def tidy_some(connection: sqlite3.Connection) -> bool:
    """Do some of what makes the index small and quick; whether there was any to do. The transaction keeps
    nobody waiting for long."""
    return _drop_some(connection) or _merge_some(connection)


def _drop_some(connection: sqlite3.Connection) -> bool:
    """Let go of the indexes of an older version: dropping them at once would take seconds."""
    for table in ("message_text", "message_mark"):
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone():
            pages = f"SELECT id FROM {table}_data WHERE id > {_FTS5_OWN} LIMIT ?"  # noqa: S608
            some = f"DELETE FROM {table}_data WHERE id IN ({pages})"  # noqa: S608
            if not connection.execute(some, (_PAGES_AT_ONCE,)).rowcount:
                connection.execute(f"DROP TABLE {table}")
            return True
    return False


def _merge_some(connection: sqlite3.Connection) -> bool:
    """Work at making one piece of the index's many, unless nearly all is in one: a search looks into each."""
    sizes = [size for (size,) in connection.execute("SELECT count(*) FROM message_gram_idx GROUP BY segid")]
    if not sizes or max(sizes) * 8 > sum(sizes) * 7:
        return False
    connection.execute(
        "INSERT INTO message_gram (message_gram, rank) VALUES ('merge', ?)", (-_PAGES_AT_ONCE,)
    )
    return True


def expression(connection: sqlite3.Connection, folded: str, alternatives: Iterable[Iterable[str]]) -> str:
    """What to MATCH: text that may hold ``folded``, with one word of each of the alternatives.

    Of a long text the rarest grams are asked for: to go through the lists of all would take longer than to
    look at the few messages more."""
    text = _indexable(folded)
    if len(text) < _GRAM:
        parts = [f"{_quoted(text)} *"] if text else []
    else:
        grams = dict.fromkeys(text[at : at + _GRAM] for at in range(len(text) - _GRAM + 1))
        parts = [_quoted(gram) for gram in grams]
        if len(parts) > _GRAMS_MAX:
            parts = sorted(parts, key=lambda gram: _reach(connection, gram))[:_GRAMS_MAX]
    parts += [f"({' OR '.join(_quoted(_MARK + word) for word in words)})" for words in alternatives]
    return " AND ".join(parts)


def _reach(connection: sqlite3.Connection, word: str) -> int:
    """How rare a word is: the less, the further back one finds so many messages with it."""
    row = connection.execute(
        "SELECT rowid FROM message_gram WHERE message_gram MATCH ? ORDER BY rowid DESC LIMIT 1 OFFSET ?",
        (word, _COUNTED),
    ).fetchone()
    return 0 if row is None else int(row[0])


def _words(conversation_id: int, sender_id: int, kind: str, body: str) -> str:
    """What a message is indexed by. It is taken from the index by the same words, so that a change here or in
    ``fold`` needs a step in ``migrations``."""
    text = _indexable(fold(searched(kind, body)))
    following = text + _BETWEEN * 2
    grams = [_BETWEEN] * (4 * len(text))
    grams[0::4] = text
    grams[1::4] = following[1:-1]
    grams[2::4] = following[2:]
    about = [f"in:{conversation_id}", f"from:{sender_id}", *(f"has:{each}" for each in has(kind, body))]
    return "".join(grams) + "".join(f"{_BETWEEN}{_MARK}{word}" for word in about)


def has(kind: str, body: str) -> list[str]:
    """What the filter ``has:`` finds a message by."""
    found = []
    lower = body.lower()
    if "http://" in lower or "https://" in lower:
        found.append("link")
    if kind in FILE_KINDS:
        found.append("file")
        if kind == "picture" or '"image/' in body:
            found.append("picture")
    return found


def _indexable(folded: str) -> str:
    return folded.replace("\0", " ")  # which no tokenizer takes for a part of a word


def _quoted(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'
