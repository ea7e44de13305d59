"""Lock-out after failed sign-ins, by login, by address and by code, counted in the database for every gateway.

An attempt is counted before the password is looked at: a hundred guesses sent at once are a hundred attempts.
Logins that do not exist are counted just the same, so a lock-out does not tell which ones do.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from bot.clock import utc_now
from bot.db.session import Database
from bot.db.staff_tables import LoginFailure

FIRST_LOCK = timedelta(seconds=30)
LONGEST_LOCK = timedelta(hours=1)
FORGOTTEN_AFTER = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Source:
    """Something failures are counted for; ``free`` of them lock nothing yet."""

    key: str
    free: int


class LockedOut(Exception):
    """Too many failures: no attempt is looked at before ``until``."""

    def __init__(self, until: datetime) -> None:
        """Remember the end of the lock for the message."""
        super().__init__(until)
        self.until = until


def by_login(login: str) -> Source:
    """Five wrong passwords for one login are the limit."""
    return Source(_key("login", login), free=5)


def by_address(address: str) -> Source:
    """A whole office may share one address, so it takes more to lock it."""
    return Source(_key("address", address), free=20)


def by_code(staff_id: str) -> Source:
    """Five wrong codes of the second factor; a million codes and this lock leave no way to guess."""
    return Source(_key("code", staff_id), free=5)


async def count_attempt(database: Database, sources: list[Source]) -> None:
    """Count an attempt as failed until `forgive` says otherwise.

    Raises:
        LockedOut: one of the sources is locked; the attempt is not counted.
    """
    now = utc_now()
    insert = sqlite_insert if database.is_sqlite else postgresql_insert
    async with database.begin() as session:
        rows: list[tuple[Source, LoginFailure]] = []
        for source in sources:
            fresh = insert(LoginFailure).values(source=source.key, count=0, last_at=now)
            # An update even of nothing locks the row: a good attempt beside this one may be about to delete it.
            locked = fresh.on_conflict_do_update(index_elements=["source"], set_={"source": source.key})
            await session.execute(locked)
            statement = select(LoginFailure).where(LoginFailure.source == source.key).with_for_update()
            rows.append((source, (await session.execute(statement)).scalar_one()))
        locks = [row.locked_until for _, row in rows if row.locked_until and row.locked_until > now]
        if locks:
            raise LockedOut(max(locks))
        for source, row in rows:
            row.count = 1 if now - row.last_at > FORGOTTEN_AFTER else row.count + 1
            row.last_at = now
            row.locked_until = now + lock_for(row.count - source.free) if row.count >= source.free else None


def lock_for(beyond: int) -> timedelta:
    """How long the lock lasts after ``beyond`` failures more than allowed: doubling, with a ceiling."""
    return min(FIRST_LOCK * (1 << min(beyond, 16)), LONGEST_LOCK)


async def forgive(database: Database, login: Source, address: Source | None = None) -> None:
    """The attempt was good: forget the login's failures, and take this attempt off the address's."""
    async with database.begin() as session:
        await session.execute(delete(LoginFailure).where(LoginFailure.source == login.key))
        if address is None:
            return
        statement = select(LoginFailure).where(LoginFailure.source == address.key).with_for_update()
        row = (await session.execute(statement)).scalar_one_or_none()
        if row is not None:
            row.count = max(0, row.count - 1)
            row.locked_until = None


def _key(kind: str, value: str) -> str:
    return hashlib.sha256(f"{kind}:{value}".encode()).hexdigest()
