"""Signed-in browsers, kept in the database: signing out or blocking works at once and everywhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.clock import utc_now
from bot.db.session import Database
from bot.db.staff_tables import Staff, StaffSession
from bot.desk.audit import note
from bot.desk.tokens import digest, new_token
from bot.hub.messages import StaffRef
from bot.permissions import Permission, allowed

IDLE_LIMIT = timedelta(hours=2)
CODE_LIMIT = timedelta(minutes=10)
"""How long a right password waits for its second factor."""
_TOUCH_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Device:
    """What a browser says of itself, for its owner to recognise it."""

    agent: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The staff member behind a request."""

    staff: StaffRef
    login: str
    token: str
    second_factor: bool = False

    def may(self, permission: Permission) -> bool:
        """Whether the role allows it."""
        return allowed(self.staff.role, permission)

    @property
    def is_admin(self) -> bool:
        """Whether accounts may be managed."""
        return self.may(Permission.ACCOUNTS)


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One signed-in browser in a list."""

    id: str
    agent: str
    address: str
    created_at: datetime
    last_seen_at: datetime
    current: bool


async def open_session(
    database: Database,
    staff_id: str,
    *,
    lifetime: timedelta,
    replaces: str | None = None,
    device: Device | None = None,
    awaits_code: bool = False,
) -> str:
    """Sign a browser in and return its new token; the one it held before stops working.

    ``awaits_code``: the second factor is still to come, the token opens nothing but the place to give it.
    """
    now = utc_now()
    token = new_token()
    device = device or Device()
    async with database.begin() as session:
        await session.execute(delete(StaffSession).where(StaffSession.expires_at < now))
        if replaces:
            await session.execute(delete(StaffSession).where(StaffSession.token_hash == digest(replaces)))
        session.add(
            StaffSession(
                token_hash=digest(token),
                staff_id=staff_id,
                awaits_code=awaits_code,
                agent=device.agent[:60],
                address=device.address[:64],
                created_at=now,
                last_seen_at=now,
                expires_at=now + (CODE_LIMIT if awaits_code else lifetime),
            )
        )
        if not awaits_code:
            note(session, staff_id, "sign_in")
    return token


async def find_session(database: Database, token: str | None, *, active: bool) -> SignedIn | None:
    """Who holds this token, or nobody: unknown, expired, idle for too long, or the account is blocked.

    ``active`` marks something a person did; refreshes that a page makes by itself do not keep it signed in.
    """
    found = await _find(database, token, awaits_code=False)
    if found is None or token is None:
        return None
    stored, staff = found
    now = utc_now()
    if active and now - stored.last_seen_at > _TOUCH_EVERY:
        async with database.begin() as session:
            touch = update(StaffSession).where(StaffSession.token_hash == stored.token_hash)
            await session.execute(touch.values(last_seen_at=now))
    who = StaffRef(id=staff.id, name=staff.name, role=staff.role)
    return SignedIn(who, staff.login, token, second_factor=staff.totp_enc is not None)


async def find_half_session(database: Database, token: str | None) -> StaffRef | None:
    """Whose password was right in this browser, while the second factor is still to come."""
    found = await _find(database, token, awaits_code=True)
    if found is None:
        return None
    staff = found[1]
    return StaffRef(id=staff.id, name=staff.name, role=staff.role)


async def list_sessions(database: Database, staff_id: str, *, token: str | None = None) -> list[OpenSession]:
    """The browsers in which somebody is signed in, the last used first; ``token`` marks the asking one."""
    query = select(StaffSession).where(*_alive(utc_now()), StaffSession.staff_id == staff_id)
    async with database.read() as session:
        rows = (await session.scalars(query.order_by(StaffSession.last_seen_at.desc()))).all()
    return [
        OpenSession(
            row.id,
            row.agent,
            row.address,
            row.created_at,
            row.last_seen_at,
            current=token is not None and row.token_hash == digest(token),
        )
        for row in rows
    ]


async def count_sessions(database: Database) -> dict[str, int]:
    """In how many browsers each account is signed in; accounts that are nowhere are left out."""
    query = select(StaffSession.staff_id, func.count()).where(*_alive(utc_now())).group_by(StaffSession.staff_id)
    async with database.read() as session:
        rows: Sequence[tuple[str, int]] = [(row[0], row[1]) for row in await session.execute(query)]
    return dict(rows)


async def close_session(database: Database, signed_in: SignedIn) -> None:
    """Sign this browser out."""
    async with database.begin() as session:
        await session.execute(delete(StaffSession).where(StaffSession.token_hash == digest(signed_in.token)))
        note(session, signed_in.staff.id, "sign_out")


async def revoke_session(database: Database, staff_id: str, session_id: str, *, by: str) -> bool:
    """End one session of an account; False when it had ended already."""
    async with database.begin() as session:
        gone = await session.scalar(
            delete(StaffSession)
            .where(StaffSession.id == session_id, StaffSession.staff_id == staff_id)
            .returning(StaffSession.id)
        )
        if gone is not None:
            note(session, by, "session_revoked", staff_id)
    return gone is not None


async def revoke_sessions(database: Database, staff_id: str, *, by: str, keep: str | None = None) -> None:
    """End all sessions of an account but the one that holds the token ``keep``."""
    async with database.begin() as session:
        await end_sessions(session, staff_id, keep=keep)
        note(session, by, "sessions_revoked", staff_id)


async def end_sessions(session: AsyncSession, staff_id: str, *, keep: str | None = None) -> None:
    """Sign an account out inside a running transaction, everywhere but where ``keep`` is the token."""
    statement = delete(StaffSession).where(StaffSession.staff_id == staff_id)
    if keep is not None:
        statement = statement.where(StaffSession.token_hash != digest(keep))
    await session.execute(statement)


def _alive(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        StaffSession.awaits_code.is_(False),
        StaffSession.expires_at > now,
        StaffSession.last_seen_at > now - IDLE_LIMIT,
    )


async def _find(database: Database, token: str | None, *, awaits_code: bool) -> tuple[StaffSession, Staff] | None:
    if not token:
        return None
    now = utc_now()
    statement = (
        select(StaffSession, Staff)
        .join(Staff, Staff.id == StaffSession.staff_id)
        .where(StaffSession.token_hash == digest(token), StaffSession.awaits_code.is_(awaits_code))
    )
    async with database.read() as session:
        row = (await session.execute(statement)).first()
    if row is None:
        return None
    stored, staff = row
    if staff.blocked or stored.expires_at <= now or stored.last_seen_at + IDLE_LIMIT <= now:
        return None
    return stored, staff
