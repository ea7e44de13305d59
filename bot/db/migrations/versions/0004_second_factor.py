"""Second factor, recovery codes, sessions that a person can tell apart, indexes for reading the audit trail."""

import sqlalchemy as sa
from advanced_alchemy.types import DateTimeUTC
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

AUDIT_INDEXES = {
    "ix_audit_staff": ["staff_id", "action", "target", "at"],
    "ix_audit_action": ["action", "id"],
    "ix_audit_target": ["target", "id"],
    "ix_audit_at": ["at"],
}


def upgrade() -> None:
    op.add_column("staff", sa.Column("totp_enc", sa.LargeBinary(), nullable=True))
    op.add_column("staff", sa.Column("totp_pending_enc", sa.LargeBinary(), nullable=True))
    op.add_column("staff", sa.Column("totp_step", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "recovery_codes",
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("staff_id", sa.String(length=32), nullable=False),
        sa.Column("used_at", DateTimeUTC(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("code_hash"),
    )
    op.create_index("ix_recovery_codes_staff_id", "recovery_codes", ["staff_id"])
    # Sessions are short-lived: staff sign in once more, and each session has a name from then on.
    _sessions(named=True)
    for name, columns in AUDIT_INDEXES.items():
        op.create_index(name, "audit", columns)


def downgrade() -> None:
    for name in AUDIT_INDEXES:
        op.drop_index(name, "audit")
    _sessions(named=False)
    op.drop_table("recovery_codes")
    for column in ("totp_step", "totp_pending_enc", "totp_enc"):
        op.drop_column("staff", column)


def _sessions(*, named: bool) -> None:
    op.drop_table("staff_sessions")
    own = [
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("awaits_code", sa.Boolean(), nullable=False),
        sa.Column("agent", sa.String(length=60), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.UniqueConstraint("id"),
    ]
    op.create_table(
        "staff_sessions",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("staff_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", DateTimeUTC(timezone=True), nullable=False),
        sa.Column("last_seen_at", DateTimeUTC(timezone=True), nullable=False),
        sa.Column("expires_at", DateTimeUTC(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("token_hash"),
        *(own if named else []),
    )
    op.create_index("ix_staff_sessions_staff_id", "staff_sessions", ["staff_id"])
