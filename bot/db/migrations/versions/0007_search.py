"""The search index: fingerprints of what conversations are found by, and which conversations it holds already."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "search_terms",
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.Column("term", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("conversation_id", "source", "term"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_search_terms_term", "search_terms", ["term", "conversation_id"])
    # What is stored already is version 0: not in the index yet.
    op.add_column("conversations", sa.Column("indexed", sa.Integer(), nullable=False, server_default="0"))
    unindexed = sa.text("indexed < 1")
    op.create_index(
        "ix_conversations_unindexed",
        "conversations",
        ["indexed"],
        sqlite_where=unindexed,
        postgresql_where=unindexed,
    )
    op.create_index("ix_conversations_updated", "conversations", ["updated_at", "id"])
    by_staff = sa.text("staff_id IS NOT NULL")
    op.create_index(
        "ix_messages_staff",
        "messages",
        ["staff_id", "conversation_id"],
        sqlite_where=by_staff,
        postgresql_where=by_staff,
    )
    op.create_index("ix_changes_staff", "changes", ["staff_id", "conversation_id"])


def downgrade() -> None:
    op.drop_index("ix_changes_staff", "changes")
    op.drop_index("ix_messages_staff", "messages")
    op.drop_index("ix_conversations_updated", "conversations")
    op.drop_index("ix_conversations_unindexed", "conversations")
    op.drop_column("conversations", "indexed")
    op.drop_table("search_terms")
