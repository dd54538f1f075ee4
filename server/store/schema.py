"""The tables, by SQLAlchemy Core. Migrations create them; this is what queries are written against."""

from sqlalchemy import Column, Index, Integer, LargeBinary, MetaData, Table, Text

metadata = MetaData()

server_log = Table(
    "server_log",
    metadata,
    Column("log_id", Integer, primary_key=True),
    Column("epoch", Text, nullable=False),
    Column("position", Integer, nullable=False),
)
"""One row: which log this is, and the last position given out."""

user = Table(
    "user",
    metadata,
    Column("user_id", Integer, primary_key=True),
    Column("user_name", Text, nullable=False),
    Column("name_key", Text, nullable=False),
    Column("display_name", Text, nullable=False),
    Column("search_key", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("created_at_ms", Integer, nullable=False),
    Column("last_seen_ms", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    Column("profile_position", Integer, nullable=False),
    Column("about", Text, nullable=False),
    Column("picture", Text, nullable=False),
    Column("is_admin", Integer, nullable=False),
    Column("is_deleted", Integer, nullable=False),
    Column("settings", Text),  # JSON; NULL for the defaults
    Index("user_by_name", "name_key", unique=True),
)

device = Table(
    "device",
    metadata,
    Column("device_id", Integer, primary_key=True),
    Column("user_id", Integer, nullable=False),
    Column("token_hash", LargeBinary, nullable=False),
    Column("device_name", Text, nullable=False),
    Column("created_at_ms", Integer, nullable=False),
    Column("last_seen_ms", Integer, nullable=False),
    Index("device_by_token", "token_hash", unique=True),
    Index("device_by_user", "user_id"),
    sqlite_autoincrement=True,  # an id of a device that is gone must never come to mean another
)

block = Table(
    "block",
    metadata,
    Column("user_id", Integer, primary_key=True),
    Column("blocked_id", Integer, primary_key=True),
    Index("block_by_blocked", "blocked_id", "user_id"),
    sqlite_with_rowid=False,
)

conversation = Table(
    "conversation",
    metadata,
    Column("conversation_id", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("last_seq", Integer, nullable=False),
    Column("message_count", Integer, nullable=False),
    Column("preview_sender_id", Integer),
    Column("preview_kind", Text),
    Column("preview_text", Text),
    Column("preview_sent_at_ms", Integer),
    Column("preview_seq", Integer),
    Column("first_seq", Integer, nullable=False),
    Column("member_count", Integer, nullable=False),
    Column("members_position", Integer, nullable=False),
    Column("info", Text),  # JSON; NULL where there is nothing to say
)

direct = Table(
    "direct",
    metadata,
    # Two users, or in a note to self the same twice.
    Column("low_user_id", Integer, primary_key=True),
    Column("high_user_id", Integer, primary_key=True),
    Column("conversation_id", Integer, nullable=False),
    sqlite_with_rowid=False,
)

member = Table(
    "member",
    metadata,
    Column("conversation_id", Integer, primary_key=True),
    Column("user_id", Integer, primary_key=True),
    Column("delivered_seq", Integer, nullable=False),
    Column("read_seq", Integer, nullable=False),
    Column("seen_count", Integer, nullable=False),
    Column("shown_delivered_seq", Integer, nullable=False),
    Column("shown_read_seq", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    Column("role", Text, nullable=False),
    Column("pinned", Integer, nullable=False),
    Column("archived", Integer, nullable=False),
    Column("alerts", Text, nullable=False),
    Column("marked_unread", Integer, nullable=False),
    Index("member_by_user", "user_id", "conversation_id", unique=True),
    sqlite_with_rowid=False,
)

left_member = Table(
    "left_member",
    metadata,
    # Who is not in a conversation any more, for those of their devices that do not know yet.
    Column("user_id", Integer, primary_key=True),
    Column("conversation_id", Integer, primary_key=True),
    Column("position", Integer, nullable=False),
    sqlite_with_rowid=False,
)

message = Table(
    "message",
    metadata,
    # The position at which it was stored: inserts go to the end of the table, whatever the conversation.
    Column("message_id", Integer, primary_key=True),
    Column("conversation_id", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("sender_id", Integer, nullable=False),
    Column("client_id", LargeBinary, nullable=False),
    Column("sent_at_ms", Integer, nullable=False),
    # Entries of the log up to this one that are not messages; a zero takes no room.
    Column("other_count", Integer, nullable=False),
    # Empty for an entry that is an action.
    Column("kind", Text, nullable=False),
    Column("body", Text, nullable=False),
    # What few entries have: see server.store.message_rows. NULL takes one byte.
    Column("extra", LargeBinary),
    # In this order a new key lands beside its neighbours in time, at half the cost of the other order.
    Index("message_by_client", "client_id", "sender_id", unique=True),
    Index("message_by_seq", "conversation_id", "seq", unique=True),
)

file = Table(
    "file",
    metadata,
    # 32 random hex digits, the name on the wire. The content's own name, its hash, opens nothing.
    Column("file_id", Text, primary_key=True),
    Column("uploader_id", Integer, nullable=False),
    Column("client_id", LargeBinary, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    # As promised when the upload began; as found when it is finished.
    Column("sha256", LargeBinary, nullable=False),
    Column("created_at_ms", Integer, nullable=False),
    Column("finished_at_ms", Integer),
    Index("file_by_client", "uploader_id", "client_id", unique=True),
    Index("file_by_content", "sha256"),
    sqlite_with_rowid=False,
)

file_use = Table(
    "file_use",
    metadata,
    Column("file_id", Text, primary_key=True),
    Column("conversation_id", Integer, primary_key=True),
    Column("message_id", Integer, primary_key=True),
    Index("file_use_by_message", "message_id"),
    sqlite_with_rowid=False,
)
"""Which message shows which file: what its members may read, and what keeps it from being swept."""

version = Table(
    "version",
    metadata,
    # What a message said before an edit, in the order of the edits.
    Column("conversation_id", Integer, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("until_ms", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("body", Text, nullable=False),
    sqlite_with_rowid=False,
)

reaction = Table(
    "reaction",
    metadata,
    Column("conversation_id", Integer, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("reaction_key", Text, primary_key=True),
    Column("user_id", Integer, primary_key=True),
    sqlite_with_rowid=False,
)

receipt = Table(
    "receipt",
    metadata,
    # When a member's pointer came to a seq.
    Column("conversation_id", Integer, primary_key=True),
    Column("user_id", Integer, primary_key=True),
    Column("was_read", Integer, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("at_ms", Integer, nullable=False),
    sqlite_with_rowid=False,
)

star = Table(
    "star",
    metadata,
    Column("user_id", Integer, primary_key=True),
    Column("conversation_id", Integer, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("starred", Integer, nullable=False),  # 0 for devices that do not know that it ended
    Column("position", Integer, nullable=False),
    Index("star_by_position", "user_id", "position"),
    sqlite_with_rowid=False,
)

invite = Table(
    "invite",
    metadata,
    Column("code_hash", LargeBinary, primary_key=True),
    Column("creator_id", Integer, nullable=False),
    Column("uses_left", Integer, nullable=False),
    Column("expires_at_ms", Integer, nullable=False),
    sqlite_with_rowid=False,
)

audit = Table(
    "audit",
    metadata,
    Column("audit_id", Integer, primary_key=True),
    Column("at_ms", Integer, nullable=False),
    Column("actor_id", Integer, nullable=False),
    Column("action", Text, nullable=False),
    Column("conversation_id", Integer, nullable=False),
    Column("subject_id", Integer, nullable=False),
    Column("detail", Text, nullable=False),
)
