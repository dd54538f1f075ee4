"""The first schema: accounts, devices, conversations, members, messages."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table."""
    op.create_table(
        "server_log",
        sa.Column("log_id", sa.Integer, primary_key=True),
        sa.Column("epoch", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
    )
    op.create_table(
        "user",
        sa.Column("user_id", sa.Integer, primary_key=True),
        sa.Column("user_name", sa.Text, nullable=False),
        sa.Column("name_key", sa.Text, nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("search_key", sa.Text, nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("created_at_ms", sa.Integer, nullable=False),
        sa.Column("last_seen_ms", sa.Integer, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
    )
    op.create_index("user_by_name", "user", ["name_key"], unique=True)
    op.create_table(
        "device",
        sa.Column("device_id", sa.Integer, primary_key=True),
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.Column("token_hash", sa.LargeBinary, nullable=False),
        sa.Column("device_name", sa.Text, nullable=False),
        sa.Column("created_at_ms", sa.Integer, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("device_by_token", "device", ["token_hash"], unique=True)
    op.create_index("device_by_user", "device", ["user_id"])
    op.create_table(
        "conversation",
        sa.Column("conversation_id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("low_user_id", sa.Integer, nullable=False),
        sa.Column("high_user_id", sa.Integer, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("last_seq", sa.Integer, nullable=False),
        sa.Column("message_count", sa.Integer, nullable=False),
        sa.Column("preview_sender_id", sa.Integer),
        sa.Column("preview_kind", sa.Text),
        sa.Column("preview_text", sa.Text),
        sa.Column("preview_sent_at_ms", sa.Integer),
    )
    op.create_index("conversation_by_users", "conversation", ["low_user_id", "high_user_id"], unique=True)
    op.create_table(
        "member",
        sa.Column("conversation_id", sa.Integer, primary_key=True),
        sa.Column("user_id", sa.Integer, primary_key=True),
        sa.Column("delivered_seq", sa.Integer, nullable=False),
        sa.Column("read_seq", sa.Integer, nullable=False),
        sa.Column("seen_count", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("member_by_user", "member", ["user_id", "conversation_id"], unique=True)
    op.create_table(
        "message",
        sa.Column("message_id", sa.Integer, primary_key=True),
        sa.Column("conversation_id", sa.Integer, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("sender_id", sa.Integer, nullable=False),
        sa.Column("client_id", sa.LargeBinary, nullable=False),
        sa.Column("sent_at_ms", sa.Integer, nullable=False),
        sa.Column("other_count", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index("message_by_client", "message", ["client_id", "sender_id"], unique=True)
    op.create_index("message_by_seq", "message", ["conversation_id", "seq"], unique=True)
