"""Everything that a conversation can do: groups, actions, states, profiles, blocks, invites, the audit
log."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Widen the tables of 0001, and make the new ones."""
    _widen_users()
    _widen_conversations()
    op.add_column("message", sa.Column("extra", sa.LargeBinary))
    _make_tables()


def _widen_users() -> None:
    _add("user", "profile_position", sa.Integer, 0)
    op.execute("UPDATE user SET profile_position = position")
    _add("user", "about", sa.Text, "")
    _add("user", "picture", sa.Text, "")
    _add("user", "is_admin", sa.Integer, 0)
    _add("user", "is_deleted", sa.Integer, 0)
    op.add_column("user", sa.Column("settings", sa.Text))
    # Who made the first account set the server up.
    op.execute("UPDATE user SET is_admin = 1 WHERE user_id = (SELECT min(user_id) FROM user)")
    _add("device", "last_seen_ms", sa.Integer, 0)


def _widen_conversations() -> None:
    op.create_table(
        "direct",
        sa.Column("low_user_id", sa.Integer, primary_key=True),
        sa.Column("high_user_id", sa.Integer, primary_key=True),
        sa.Column("conversation_id", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.execute("INSERT INTO direct SELECT low_user_id, high_user_id, conversation_id FROM conversation")
    op.drop_index("conversation_by_users", "conversation")
    op.execute("ALTER TABLE conversation DROP COLUMN low_user_id")
    op.execute("ALTER TABLE conversation DROP COLUMN high_user_id")
    op.add_column("conversation", sa.Column("preview_seq", sa.Integer))
    # Until now every entry was a message, so the last one is what the preview shows.
    op.execute("UPDATE conversation SET preview_seq = last_seq WHERE preview_kind IS NOT NULL")
    _add("conversation", "first_seq", sa.Integer, 1)
    _add("conversation", "member_count", sa.Integer, 2)
    op.execute("UPDATE conversation SET member_count = 1 WHERE kind = 'note'")
    _add("conversation", "members_position", sa.Integer, 0)
    op.add_column("conversation", sa.Column("info", sa.Text))
    _add("member", "shown_delivered_seq", sa.Integer, 0)
    _add("member", "shown_read_seq", sa.Integer, 0)
    op.execute("UPDATE member SET shown_delivered_seq = delivered_seq, shown_read_seq = read_seq")
    _add("member", "position", sa.Integer, 0)
    _add("member", "role", sa.Text, "member")
    _add("member", "pinned", sa.Integer, 0)
    _add("member", "archived", sa.Integer, 0)
    _add("member", "alerts", sa.Text, "all")
    _add("member", "marked_unread", sa.Integer, 0)


def _add(table: str, column: str, kind: type[sa.Integer] | type[sa.Text], default: int | str) -> None:
    op.add_column(table, sa.Column(column, kind, nullable=False, server_default=str(default)))


def _make_tables() -> None:
    integer, text = sa.Integer, sa.Text
    op.create_table(
        "block",
        sa.Column("user_id", integer, primary_key=True),
        sa.Column("blocked_id", integer, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_index("block_by_blocked", "block", ["blocked_id", "user_id"])
    op.create_table(
        "left_member",
        sa.Column("user_id", integer, primary_key=True),
        sa.Column("conversation_id", integer, primary_key=True),
        sa.Column("position", integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "version",
        sa.Column("conversation_id", integer, primary_key=True),
        sa.Column("seq", integer, primary_key=True),
        sa.Column("number", integer, primary_key=True),
        sa.Column("until_ms", integer, nullable=False),
        sa.Column("kind", text, nullable=False),
        sa.Column("body", text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "reaction",
        sa.Column("conversation_id", integer, primary_key=True),
        sa.Column("seq", integer, primary_key=True),
        sa.Column("reaction_key", text, primary_key=True),
        sa.Column("user_id", integer, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "receipt",
        sa.Column("conversation_id", integer, primary_key=True),
        sa.Column("user_id", integer, primary_key=True),
        sa.Column("was_read", integer, primary_key=True),
        sa.Column("seq", integer, primary_key=True),
        sa.Column("at_ms", integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "star",
        sa.Column("user_id", integer, primary_key=True),
        sa.Column("conversation_id", integer, primary_key=True),
        sa.Column("seq", integer, primary_key=True),
        sa.Column("starred", integer, nullable=False),
        sa.Column("position", integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("star_by_position", "star", ["user_id", "position"])
    op.create_table(
        "invite",
        sa.Column("code_hash", sa.LargeBinary, primary_key=True),
        sa.Column("creator_id", integer, nullable=False),
        sa.Column("uses_left", integer, nullable=False),
        sa.Column("expires_at_ms", integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "audit",
        sa.Column("audit_id", integer, primary_key=True),
        sa.Column("at_ms", integer, nullable=False),
        sa.Column("actor_id", integer, nullable=False),
        sa.Column("action", text, nullable=False),
        sa.Column("conversation_id", integer, nullable=False),
        sa.Column("subject_id", integer, nullable=False),
        sa.Column("detail", text, nullable=False),
    )
