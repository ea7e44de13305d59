"""The part of the schema about staff: accounts, sessions, teams, and the trail of who looked at what. Times: UTC."""

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.base import Base, new_id


class Team(Base):
    """Colleagues who take the same matters; a conversation can be assigned to one."""

    __tablename__ = "teams"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(60), unique=True)
    created_at: Mapped[datetime]


class TeamMember(Base):
    """Who belongs to a team."""

    __tablename__ = "team_members"

    team_id: Mapped[str] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), primary_key=True, index=True)


class Staff(Base):
    """An employee's account; blocked, never deleted, so that history keeps its names."""

    __tablename__ = "staff"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    login: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    """First name or role, as residents see it."""
    role: Mapped[str] = mapped_column(String(16))
    """clerk, coordinator, maintainer or admin."""
    password_hash: Mapped[str | None] = mapped_column(String(255))
    blocked: Mapped[bool] = mapped_column(Boolean, default=False)
    present_at: Mapped[datetime | None]
    """A page of the desk was open in a browser of theirs, about a minute exact."""
    totp_enc: Mapped[bytes | None]
    """Secret of the second factor; None while it is off."""
    totp_pending_enc: Mapped[bytes | None]
    """A secret shown to the person that no code has confirmed yet."""
    totp_step: Mapped[int] = mapped_column(Integer, default=0)
    """Time step (30 s since 1970) of the last code that was let in: this one and older ones are refused."""
    created_at: Mapped[datetime]


class StaffSession(Base):
    """A signed-in browser; the cookie holds the token, this table only its hash."""

    __tablename__ = "staff_sessions"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    id: Mapped[str] = mapped_column(String(32), unique=True, default=new_id)
    """What pages call the session by."""
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    awaits_code: Mapped[bool] = mapped_column(Boolean, default=False)
    """The password was right, the second factor is still to come: nobody is signed in yet."""
    agent: Mapped[str] = mapped_column(String(60), default="")
    """Browser and system in words, so that a person knows their devices."""
    address: Mapped[str] = mapped_column(String(64), default="")
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class RecoveryCode(Base):
    """A code on paper that replaces the second factor once; only its hash is kept."""

    __tablename__ = "recovery_codes"

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    used_at: Mapped[datetime | None]


class Invite(Base):
    """A one-time link with which an account gets its first password."""

    __tablename__ = "invites"

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    role: Mapped[str] = mapped_column(String(16))
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class LoginFailure(Base):
    """Failed sign-ins by login and by address, for the lock-out; the key is a hash of either."""

    __tablename__ = "login_failures"

    source: Mapped[str] = mapped_column(String(64), primary_key=True)
    count: Mapped[int] = mapped_column(Integer, default=0)
    locked_until: Mapped[datetime | None]
    last_at: Mapped[datetime]


class Audit(Base):
    """Who did what to which record, without content (KRI § 21)."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_staff", "staff_id", "action", "target", "at"),
        Index("ix_audit_action", "action", "id"),
        Index("ix_audit_target", "target", "id"),
        Index("ix_audit_at", "at"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    at: Mapped[datetime]
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    action: Mapped[str] = mapped_column(String(32))
    target: Mapped[str | None] = mapped_column(String(64))
