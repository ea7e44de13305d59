"""Signed-in browsers, kept in the database: signing out or blocking works at once and everywhere."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select, update

from bot.clock import utc_now
from bot.db.models import Staff, StaffSession
from bot.db.session import Database
from bot.desk.audit import note
from bot.desk.tokens import digest, new_token
from bot.hub.messages import StaffRef

IDLE_LIMIT = timedelta(hours=2)
_TOUCH_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The staff member behind a request."""

    staff: StaffRef
    login: str
    token: str

    @property
    def is_admin(self) -> bool:
        """Whether accounts may be managed."""
        return self.staff.role == "admin"


async def open_session(database: Database, staff_id: str, *, lifetime: timedelta, replaces: str | None = None) -> str:
    """Sign a browser in and return its new token; the one it held before stops working."""
    now = utc_now()
    token = new_token()
    async with database.begin() as session:
        await session.execute(delete(StaffSession).where(StaffSession.expires_at < now))
        if replaces:
            await session.execute(delete(StaffSession).where(StaffSession.token_hash == digest(replaces)))
        session.add(
            StaffSession(
                token_hash=digest(token),
                staff_id=staff_id,
                created_at=now,
                last_seen_at=now,
                expires_at=now + lifetime,
            )
        )
        note(session, staff_id, "sign_in")
    return token


async def find_session(database: Database, token: str | None, *, active: bool) -> SignedIn | None:
    """Who holds this token, or nobody: unknown, expired, idle for too long, or the account is blocked.

    ``active`` marks something a person did; refreshes that a page makes by itself do not keep it signed in.
    """
    if not token:
        return None
    now = utc_now()
    async with database.read() as session:
        statement = (
            select(StaffSession, Staff)
            .join(Staff, Staff.id == StaffSession.staff_id)
            .where(StaffSession.token_hash == digest(token))
        )
        row = (await session.execute(statement)).first()
    if row is None:
        return None
    stored, staff = row
    if staff.blocked or stored.expires_at <= now or stored.last_seen_at + IDLE_LIMIT <= now:
        return None
    if active and now - stored.last_seen_at > _TOUCH_EVERY:
        async with database.begin() as session:
            touch = update(StaffSession).where(StaffSession.token_hash == stored.token_hash)
            await session.execute(touch.values(last_seen_at=now))
    return SignedIn(StaffRef(id=staff.id, name=staff.name, role=staff.role), staff.login, token)


async def close_session(database: Database, signed_in: SignedIn) -> None:
    """Sign this browser out."""
    async with database.begin() as session:
        await session.execute(delete(StaffSession).where(StaffSession.token_hash == digest(signed_in.token)))
        note(session, signed_in.staff.id, "sign_out")
