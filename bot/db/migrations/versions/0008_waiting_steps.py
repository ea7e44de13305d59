"""What was done about somebody who waits; the history is asked by kind and time."""

import sqlalchemy as sa
from advanced_alchemy.types import DateTimeUTC
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "waiting_steps",
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("since", DateTimeUTC(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("target", sa.String(length=40), nullable=False),
        sa.Column("at", DateTimeUTC(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("conversation_id", "since", "kind", "target"),
    )
    op.create_index("ix_changes_kind", "changes", ["kind", "at"])


def downgrade() -> None:

    op.drop_index("ix_changes_kind", "changes")
    op.drop_table("waiting_steps")
