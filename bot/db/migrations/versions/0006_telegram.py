"""Edits, messages taken back, the platform's own ids, residents who cannot be reached; stored updates; leases."""

import sqlalchemy as sa
from advanced_alchemy.types import DateTimeUTC
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "platform_messages",
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("message_id", sa.String(length=32), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("conversation_id", "reference"),
    )
    op.create_index("ix_platform_messages_message_id", "platform_messages", ["message_id"])
    op.execute(
        "INSERT INTO platform_messages (conversation_id, reference, message_id, part) "
        "SELECT conversation_id, reference, message_id, 0 FROM outbox WHERE reference IS NOT NULL"
    )
    # Plain ADD and DROP COLUMN, which SQLite knows too: nothing is copied and no foreign key is touched.
    op.add_column("conversations", sa.Column("unreachable", sa.String(length=40), nullable=True))
    op.add_column("conversations", sa.Column("last_change", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("messages", sa.Column("edited_at", DateTimeUTC(timezone=True), nullable=True))
    op.add_column("messages", sa.Column("retracted_at", DateTimeUTC(timezone=True), nullable=True))
    op.add_column("messages", sa.Column("changed", sa.Integer(), nullable=True))
    op.create_index(
        "ix_messages_changed",
        "messages",
        ["conversation_id", "changed"],
        sqlite_where=sa.text("changed IS NOT NULL"),
        postgresql_where=sa.text("changed IS NOT NULL"),
    )
    op.add_column("outbox", sa.Column("action", sa.String(length=8), nullable=False, server_default="send"))
    op.add_column("outbox", sa.Column("wanted", sa.Integer(), nullable=False, server_default="0"))
    op.drop_column("outbox", "reference")
    op.create_table(
        "telegram_updates",
        sa.Column("bot", sa.BigInteger(), nullable=False),
        sa.Column("update_id", sa.BigInteger(), nullable=False),
        sa.Column("chat", sa.BigInteger(), nullable=False),
        sa.Column("body_enc", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("lease_by", sa.String(length=64), nullable=True),
        sa.Column("lease_until", DateTimeUTC(timezone=True), nullable=True),
        sa.Column("received_at", DateTimeUTC(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("bot", "update_id"),
    )
    op.create_index(
        "ix_telegram_updates_pending",
        "telegram_updates",
        ["bot", "chat", "update_id"],
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("until", DateTimeUTC(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def downgrade() -> None:

    op.drop_table("leases")
    op.drop_table("telegram_updates")
    op.add_column("outbox", sa.Column("reference", sa.String(length=64), nullable=True))
    op.drop_column("outbox", "wanted")
    op.drop_column("outbox", "action")
    op.drop_index(
        "ix_messages_changed",
        "messages",
        sqlite_where=sa.text("changed IS NOT NULL"),
        postgresql_where=sa.text("changed IS NOT NULL"),
    )
    op.drop_column("messages", "changed")
    op.drop_column("messages", "retracted_at")
    op.drop_column("messages", "edited_at")
    op.drop_column("conversations", "last_change")
    op.drop_column("conversations", "unreachable")
    op.drop_table("platform_messages")
