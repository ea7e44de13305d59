"""The desk's work: teams, claims that lapse, case status and term, history, notes with mentions."""

import sqlalchemy as sa
from advanced_alchemy.types import DateTimeUTC
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("conversations", sa.Column("after_hours", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("conversations", sa.Column("team_id", sa.String(length=32), nullable=True))
    op.add_column("conversations", sa.Column("held_since", DateTimeUTC(timezone=True), nullable=True))
    op.create_index("ix_conversations_owner", "conversations", ["owner", "updated_at"])
    # A conversation that somebody holds while this runs is held from now on.
    op.execute("UPDATE conversations SET held_since = updated_at WHERE owner = 'staff'")
    op.create_index("ix_outbox_conversation", "outbox", ["conversation_id", "state"])
    op.add_column("staff", sa.Column("present_at", DateTimeUTC(timezone=True), nullable=True))
    op.add_column("cases", sa.Column("urgent", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("cases", sa.Column("due_on", sa.Date(), nullable=True))
    op.create_index("ix_cases_due", "cases", ["status", "due_on"])
    op.create_table(
        "changes",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=True),
        sa.Column("staff_id", sa.String(length=32), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("detail_enc", sa.LargeBinary(), nullable=True),
        sa.Column("at", DateTimeUTC(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_changes_conversation_id", "changes", ["conversation_id"])
    op.create_table(
        "notes",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("staff_id", sa.String(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=100), nullable=True),
        sa.Column("text_enc", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", DateTimeUTC(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("client_id"),
    )
    op.create_index("ix_notes_conversation_id", "notes", ["conversation_id"])
    op.create_table(
        "mentions",
        sa.Column("note_id", sa.String(length=32), nullable=False),
        sa.Column("staff_id", sa.String(length=32), nullable=False),
        sa.Column("read_at", DateTimeUTC(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["note_id"], ["notes.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("note_id", "staff_id"),
    )
    op.create_index("ix_mentions_unread", "mentions", ["staff_id", "read_at"])
    op.create_table(
        "teams",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("created_at", DateTimeUTC(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "team_members",
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("staff_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("team_id", "staff_id"),
    )
    op.create_index("ix_team_members_staff_id", "team_members", ["staff_id"])


def downgrade() -> None:
    for table in ("team_members", "teams", "mentions", "notes", "changes"):
        op.drop_table(table)
    op.drop_index("ix_cases_due", "cases")
    op.drop_column("cases", "due_on")
    op.drop_column("cases", "urgent")
    op.drop_column("staff", "present_at")
    op.drop_index("ix_outbox_conversation", "outbox")
    op.drop_index("ix_conversations_owner", "conversations")
    for column in ("held_since", "team_id", "after_hours"):
        op.drop_column("conversations", column)
