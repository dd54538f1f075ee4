"""The cache's schema, one step a version, kept in SQLite's ``user_version``.

Not Alembic, unlike the server: importing it costs a good part of the start-up budget, and every step of
a cache is plain SQL.
"""

import sqlite3

from desktop_chat.language import tr


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


_MARKS = "".join(chr(code) for code in range(1, 128) if not chr(code).isalnum())
_GRAMS = _quoted(f"ascii separators 'X' tokenchars {_quoted(_MARKS)}")
"""Everything but a capital X belongs to a word; but the null character, which cannot be named here."""
_STEPS: tuple[str, ...] = (
    """
    CREATE TABLE sync_state (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE user (
        user_id INTEGER PRIMARY KEY,
        user_name TEXT NOT NULL,
        display_name TEXT NOT NULL,
        last_seen_ms INTEGER NOT NULL
    );
    CREATE TABLE conversation (
        conversation_id INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        peer_id INTEGER,
        activity_ms INTEGER NOT NULL DEFAULT 0,
        last_seq INTEGER NOT NULL DEFAULT 0,
        message_count INTEGER NOT NULL DEFAULT 0,
        preview_sender_id INTEGER NOT NULL DEFAULT 0,
        preview_kind TEXT NOT NULL DEFAULT '',
        preview_text TEXT NOT NULL DEFAULT '',
        preview_ms INTEGER NOT NULL DEFAULT 0,
        read_seq INTEGER NOT NULL DEFAULT 0,
        seen_count INTEGER NOT NULL DEFAULT 0,
        wanted_read_seq INTEGER NOT NULL DEFAULT 0,
        held_from INTEGER NOT NULL DEFAULT 0,
        held_to INTEGER NOT NULL DEFAULT 0,
        draft TEXT NOT NULL DEFAULT ''
    );
    CREATE INDEX conversation_by_peer ON conversation (peer_id);
    CREATE TABLE member (
        conversation_id INTEGER NOT NULL,
        user_id INTEGER NOT NULL,
        delivered_seq INTEGER NOT NULL,
        read_seq INTEGER NOT NULL,
        PRIMARY KEY (conversation_id, user_id)
    ) WITHOUT ROWID;
    CREATE TABLE message (
        local_id INTEGER PRIMARY KEY,
        conversation_id INTEGER NOT NULL,
        seq INTEGER,
        message_id INTEGER,
        sender_id INTEGER NOT NULL,
        client_id BLOB NOT NULL,
        sent_at_ms INTEGER NOT NULL,
        kind TEXT NOT NULL,
        body TEXT NOT NULL,
        state INTEGER NOT NULL,
        error TEXT NOT NULL DEFAULT ''
    );
    CREATE UNIQUE INDEX message_by_client_id ON message (client_id, sender_id);
    CREATE UNIQUE INDEX message_by_seq ON message (conversation_id, seq) WHERE seq IS NOT NULL;
    CREATE UNIQUE INDEX message_by_message_id ON message (message_id) WHERE message_id IS NOT NULL;
    -- local echoes only: the outbox in order, and what a conversation still has unconfirmed
    CREATE INDEX message_local ON message (conversation_id, local_id) WHERE seq IS NULL;
    CREATE TABLE outbox (local_id INTEGER PRIMARY KEY, conversation_id INTEGER NOT NULL);
    -- rowid is message_id; holds folded text only for matching, the message table has the words
    CREATE VIRTUAL TABLE message_text USING fts5 (folded, content='', tokenize='trigram case_sensitive 1');
    """,
    """
    ALTER TABLE message ADD COLUMN extra TEXT;
    ALTER TABLE user ADD COLUMN about TEXT NOT NULL DEFAULT '';
    ALTER TABLE user ADD COLUMN picture TEXT NOT NULL DEFAULT '';
    ALTER TABLE user ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE member ADD COLUMN role TEXT NOT NULL DEFAULT 'member';
    ALTER TABLE conversation ADD COLUMN info TEXT;
    ALTER TABLE conversation ADD COLUMN first_seq INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE conversation ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE conversation ADD COLUMN archived INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE conversation ADD COLUMN alerts TEXT NOT NULL DEFAULT 'all';
    ALTER TABLE conversation ADD COLUMN marked_unread INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE conversation ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE star (
        conversation_id INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        PRIMARY KEY (conversation_id, seq)
    ) WITHOUT ROWID;
    """,
    """
    -- uploads on their way, and finished ones that nothing uses yet
    CREATE TABLE upload (
        client_id BLOB PRIMARY KEY,
        path BLOB NOT NULL,
        size_bytes INTEGER NOT NULL,
        modified_ns INTEGER NOT NULL,
        sha256 BLOB NOT NULL,
        state INTEGER NOT NULL,
        file_id TEXT NOT NULL DEFAULT ''
    ) WITHOUT ROWID;
    """,
    """
    -- which characters a message contains, for what is too short for trigrams; see store/search
    CREATE VIRTUAL TABLE message_mark USING fts5 (marks, content='', detail=none, tokenize='ascii');
    """,
    """
    -- files that a person wanted on this computer, and where they are; own ones that were sent among them
    CREATE TABLE download (
        file_id TEXT PRIMARY KEY,
        path BLOB NOT NULL,
        size_bytes INTEGER NOT NULL,
        sha256 BLOB NOT NULL,
        state INTEGER NOT NULL
    ) WITHOUT ROWID;
    """,
    """
    -- whose the name of a download is: see core.transfers.Claim; nothing is known of older ones
    ALTER TABLE download ADD COLUMN claim INTEGER NOT NULL DEFAULT 0;
    """,
    f"""
    -- one index in the place of two; see store/search_index, which fills it and drops them behind everything
    -- else: either takes longer than a start may
    CREATE VIRTUAL TABLE message_gram USING fts5 (
        grams, content='', columnsize=0, detail=none, prefix='1 2', tokenize={_GRAMS}
    );
    INSERT INTO message_gram (message_gram, rank) VALUES ('automerge', 8);
    INSERT INTO message_gram (message_gram, rank) VALUES ('hashsize', 8000000);
    CREATE TABLE unindexed (message_id INTEGER PRIMARY KEY);
    INSERT INTO unindexed SELECT message_id FROM message WHERE message_id IS NOT NULL ORDER BY message_id;
    """,  # noqa: S608
    """
    -- which message the preview shows, for its receipts: the last entry may be a reaction to it. Where the
    -- cache does not reach the end, the next head says it; until then it is taken as the last entry.
    ALTER TABLE conversation ADD COLUMN preview_seq INTEGER NOT NULL DEFAULT 0;
    UPDATE conversation SET preview_seq = coalesce(
        (
            SELECT m.seq FROM message m WHERE m.conversation_id = conversation.conversation_id
                AND m.seq IS NOT NULL AND m.kind <> 'notice' AND conversation.held_to >= conversation.last_seq
            ORDER BY m.seq DESC LIMIT 1
        ),
        last_seq
    ) WHERE preview_kind <> '';
    """,
)

CURRENT_VERSION = len(_STEPS)


class NewerSchemaError(Exception):
    """The file was written by a newer version of the application, which this one must not touch."""


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the file to the current schema, each step in a transaction. Raises NewerSchemaError."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > CURRENT_VERSION:
        raise NewerSchemaError(
            tr(
                "The local store has schema {version}; this version of desktop-chat knows up to {known}. "
                "Start the newer version, or use another profile.",
                version=version,
                known=CURRENT_VERSION,
            )
        )
    for number, step in enumerate(_STEPS[version:], start=version + 1):
        connection.executescript(f"BEGIN IMMEDIATE; {step}")
        try:
            connection.execute(f"PRAGMA user_version={number}")
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
