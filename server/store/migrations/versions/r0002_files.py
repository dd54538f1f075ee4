"""Files, and the messages that they are used in."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the two tables."""
    op.create_table(
        "file",
        sa.Column("file_id", sa.Text, primary_key=True),
        sa.Column("uploader_id", sa.Integer, nullable=False),
        sa.Column("client_id", sa.LargeBinary, nullable=False),
        sa.Column("size_bytes", sa.Integer, nullable=False),
        sa.Column("sha256", sa.LargeBinary, nullable=False),
        sa.Column("created_at_ms", sa.Integer, nullable=False),
        sa.Column("finished_at_ms", sa.Integer),
        sqlite_with_rowid=False,
    )
    op.create_index("file_by_client", "file", ["uploader_id", "client_id"], unique=True)
    op.create_index("file_by_content", "file", ["sha256"])
    op.create_table(
        "file_use",
        sa.Column("file_id", sa.Text, primary_key=True),
        sa.Column("conversation_id", sa.Integer, primary_key=True),
        sa.Column("message_id", sa.Integer, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_index("file_use_by_message", "file_use", ["message_id"])
