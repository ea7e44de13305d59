"""Accounts of staff. No default password exists: the first is chosen over a one-time link, or by command.

An account is blocked, never deleted, so that history keeps its names.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.clock import utc_now
from bot.db.base import new_id
from bot.db.session import Database
from bot.db.staff_tables import Invite, Staff
from bot.desk import throttle
from bot.desk.audit import note
from bot.desk.passwords import WeakPassword, check_rules, hash_password, needs_rehash, verify_password
from bot.desk.sessions import SignedIn, end_sessions
from bot.desk.tokens import digest, new_token
from bot.permissions import ROLES

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{2,39}")
_NAME_LIMIT = 80


class AccountError(ValueError):
    """The account cannot be made or changed this way; the message is Polish and says why."""


class BadInvite(Exception):
    """The one-time link is unknown, used or too old."""


class WrongCredentials(Exception):
    """The login or the password is wrong; which of them is nobody's business."""


class AccountBlocked(Exception):
    """The password is right, but an administrator has blocked the account."""


@dataclass(frozen=True, slots=True)
class PendingInvite:
    """A one-time link for a new account that nobody has used yet; its id is the stored hash, not the code."""

    id: str
    role: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class OpenInvite:
    """What a one-time link is for; an account already named, or a new one to be made."""

    role: str
    staff_id: str | None
    login: str | None
    name: str | None


async def create_staff(
    database: Database, login: str, name: str, role: str, password: str | None, *, by: str | None = None
) -> str:
    """Make an account and return its id; without a password it waits for its one-time link.

    Raises:
        AccountError: the login is taken or malformed, the name empty, the role unknown, the password weak.
    """
    login, name = _checked(login, name, role)
    password_hash = None
    if password is not None:
        password_hash = await _hashed(password, login)
    try:
        async with database.begin() as session:
            staff = _add(session, login, name, role, password_hash)
            await session.flush()
            note(session, by, "staff_added", staff.id)
    except IntegrityError as error:
        raise AccountError("Ten login jest już zajęty.") from error
    return staff.id


async def create_invite(
    database: Database, role: str, hours: int, *, staff_id: str | None = None, by: str | None = None
) -> str:
    """Issue a one-time code: for the account ``staff_id``, or for a new account of this role.

    An account has one open code at a time. Only the hash is stored: the code cannot be shown again.
    """
    code = new_token()
    async with database.begin() as session:
        await session.execute(delete(Invite).where(Invite.expires_at < utc_now() - timedelta(days=30)))
        if staff_id is not None:
            await session.execute(delete(Invite).where(Invite.staff_id == staff_id, Invite.used_at.is_(None)))
        expires = utc_now() + timedelta(hours=hours)
        session.add(Invite(code_hash=digest(code), role=role, staff_id=staff_id, expires_at=expires))
        note(session, by, "invite_created", staff_id)
    return code


async def open_invite(database: Database, code: str) -> OpenInvite:
    """Look at a code without using it.

    Raises:
        BadInvite: unknown, used or too old.
    """
    async with database.read() as session:
        statement = (
            select(Invite.role, Invite.staff_id, Staff.login, Staff.name)
            .outerjoin(Staff, Staff.id == Invite.staff_id)
            .where(
                Invite.code_hash == digest(code),
                Invite.used_at.is_(None),
                Invite.expires_at > utc_now(),
                or_(Staff.id.is_(None), Staff.blocked.is_(False)),
            )
        )
        row = (await session.execute(statement)).first()
    if row is None:
        raise BadInvite
    return OpenInvite(*row)


async def pending_invites(database: Database) -> list[PendingInvite]:
    """Links for new accounts that still work, the next to expire first."""
    query = (
        select(Invite.code_hash, Invite.role, Invite.expires_at)
        .where(Invite.staff_id.is_(None), Invite.used_at.is_(None), Invite.expires_at > utc_now())
        .order_by(Invite.expires_at)
    )
    async with database.read() as session:
        return [PendingInvite(*row) for row in await session.execute(query)]


async def withdraw_invite(database: Database, invite_id: str, *, by: str) -> bool:
    """Make a link for a new account worthless; False when it was used or withdrawn already."""
    statement = delete(Invite).where(
        Invite.code_hash == invite_id, Invite.staff_id.is_(None), Invite.used_at.is_(None)
    )
    async with database.begin() as session:
        if await session.scalar(statement.returning(Invite.code_hash)) is None:
            return False
        note(session, by, "invite_withdrawn")
    return True


async def redeem_invite(database: Database, code: str, *, login: str, name: str, password: str) -> str:
    """Use a code up: give its account the password, making the account first if it has none. Returns the id.

    Raises:
        BadInvite: unknown, too old, or somebody used it first.
        AccountError: the code stays usable and the person can correct the form.
    """
    invite = await open_invite(database, code)
    if invite.login is None:
        login, name = _checked(login, name, invite.role)
    else:
        login = invite.login
    password_hash = await _hashed(password, login)
    try:
        async with database.begin() as session:
            now = utc_now()
            use = (
                update(Invite)
                .where(Invite.code_hash == digest(code), Invite.used_at.is_(None), Invite.expires_at > now)
                .values(used_at=now)
                .returning(Invite.staff_id)
            )
            used = (await session.execute(use)).first()
            if used is None:
                raise BadInvite
            if used.staff_id is not None:
                staff_id = str(used.staff_id)
                await _set_password(session, staff_id, password_hash)
            else:
                staff = _add(session, login, name, invite.role, password_hash)
                if invite.role == "admin":
                    # Each start without an administrator prints a link; the first one used closes the others.
                    others = update(Invite).where(
                        Invite.staff_id.is_(None), Invite.role == "admin", Invite.used_at.is_(None)
                    )
                    await session.execute(others.values(used_at=now))
                await session.flush()
                staff_id = staff.id
            note(session, staff_id, "invite_used", staff_id)
    except IntegrityError as error:
        raise AccountError("Ten login jest już zajęty.") from error
    await throttle.forgive(database, throttle.by_login(login))
    return staff_id


async def sign_in(database: Database, login: str, password: str, *, address: str) -> str:
    """Check login and password and return the account's id.

    Raises:
        LockedOut: too many failures for this login or from this address.
        WrongCredentials, AccountBlocked: see there. Each takes as long as a success.
    """
    login = login.strip().casefold()
    by_login, by_address = throttle.by_login(login), throttle.by_address(address)
    await throttle.count_attempt(database, [by_login, by_address])
    async with database.read() as session:
        staff = (await session.execute(select(Staff).where(Staff.login == login))).scalar_one_or_none()
    stored = staff.password_hash if staff else None
    if not await verify_password(stored, password) or staff is None or stored is None:
        async with database.begin() as session:
            note(session, None, "sign_in_failed", staff.id if staff else None)
        raise WrongCredentials
    await throttle.forgive(database, by_login, by_address)
    if staff.blocked:
        async with database.begin() as session:
            note(session, None, "sign_in_blocked", staff.id)
        raise AccountBlocked
    if needs_rehash(stored):
        fresh = await hash_password(password)
        async with database.begin() as session:
            await session.execute(update(Staff).where(Staff.id == staff.id).values(password_hash=fresh))
    return staff.id


async def confirm_password(database: Database, signed_in: SignedIn, password: str) -> None:
    """Make sure that the person at the keyboard is the one who signed in, before something that cannot wait for them.

    Raises:
        LockedOut, WrongCredentials: see there.
    """
    source = throttle.by_login(signed_in.login)
    await throttle.count_attempt(database, [source])
    async with database.read() as session:
        stored = await session.scalar(select(Staff.password_hash).where(Staff.id == signed_in.staff.id))
    if not await verify_password(stored, password):
        async with database.begin() as session:
            note(session, signed_in.staff.id, "password_refused", signed_in.staff.id)
        raise WrongCredentials
    await throttle.forgive(database, source)


async def change_password(database: Database, signed_in: SignedIn, old: str, new: str) -> None:
    """Give the account a new password; every other browser is signed out.

    Raises:
        AccountError: the new password is weak or the old one again.
        LockedOut, WrongCredentials: see there.
    """
    await confirm_password(database, signed_in, old)
    if old == new:
        raise AccountError("Nowe hasło musi różnić się od dotychczasowego.")
    password_hash = await _hashed(new, signed_in.login)
    staff_id = signed_in.staff.id
    async with database.begin() as session:
        await end_sessions(session, staff_id, keep=signed_in.token)
        await session.execute(update(Staff).where(Staff.id == staff_id).values(password_hash=password_hash))
        note(session, staff_id, "password_changed", staff_id)


async def change_staff(database: Database, staff_id: str, name: str, role: str, *, by: str) -> None:
    """Change how residents see a person, or what the person may do; it holds from their next click on.

    Raises:
        AccountError: no such account, an empty name, an unknown role, or nobody would be left to administer.
    """
    async with database.begin() as session:
        staff = await _locked(session, staff_id)
        if staff.role == "admin" and role != "admin":
            await _leave_an_admin(session, staff_id)
        _, name = _checked(staff.login, name, role)
        note(session, by, "staff_changed" if staff.role == role else "role_changed", staff_id)
        staff.name, staff.role = name, role


async def any_admin(database: Database) -> bool:
    """Whether somebody can administer the product; if not, a one-time link is due."""
    async with database.read() as session:
        return bool(await session.scalar(select(exists().where(*_USABLE_ADMIN))))


async def list_staff(database: Database) -> Sequence[Staff]:
    """All accounts, usable ones first, by name."""
    async with database.read() as session:
        return (await session.execute(select(Staff).order_by(Staff.blocked, Staff.name))).scalars().all()


async def find_staff(database: Database, staff_id: str) -> Staff | None:
    """One account."""
    async with database.read() as session:
        return await session.get(Staff, staff_id)


async def find_login(database: Database, login: str) -> str | None:
    """The id of the account with this login."""
    async with database.read() as session:
        return await session.scalar(select(Staff.id).where(Staff.login == login.strip().casefold()))


async def set_blocked(database: Database, staff_id: str, blocked: bool, *, by: str) -> None:
    """Block an account, which signs it out everywhere, or let it in again.

    Raises:
        AccountError: no such account, or the product would be left without an administrator.
    """
    async with database.begin() as session:
        staff = await _locked(session, staff_id)
        if blocked and staff.role == "admin":
            await _leave_an_admin(session, staff_id)
        staff.blocked = blocked
        if blocked:
            await end_sessions(session, staff_id)
        note(session, by, "staff_blocked" if blocked else "staff_unblocked", staff_id)


async def _locked(session: AsyncSession, staff_id: str) -> Staff:
    # All administrators' rows are locked first, always in this order: two cannot depose each other at once.
    await session.execute(select(Staff.id).where(*_USABLE_ADMIN).order_by(Staff.id).with_for_update())
    staff = await session.get(Staff, staff_id)
    if staff is None:
        raise AccountError("Nie ma takiego konta.")
    return staff


async def _leave_an_admin(session: AsyncSession, staff_id: str) -> None:
    if not await session.scalar(select(exists().where(*_USABLE_ADMIN, Staff.id != staff_id))):
        raise AccountError("To jedyne konto administratora. Najpierw trzeba dodać drugie.")


_USABLE_ADMIN = (Staff.role == "admin", Staff.blocked.is_(False), Staff.password_hash.is_not(None))


def _checked(login: str, name: str, role: str) -> tuple[str, str]:
    login, name = login.strip().casefold(), " ".join(name.split())
    if not _LOGIN.fullmatch(login):
        raise AccountError(
            "Login ma od 3 do 40 znaków: litery bez polskich znaków, cyfry, kropka, łącznik, podkreślnik."
        )
    if not name:
        raise AccountError("Proszę podać nazwę, którą zobaczą mieszkańcy.")
    if len(name) > _NAME_LIMIT:
        raise AccountError(f"Nazwa może mieć najwyżej {_NAME_LIMIT} znaków.")
    if role not in ROLES:
        raise AccountError("Nie ma takiej roli.")
    return login, name


async def _hashed(password: str, login: str) -> str:
    try:
        check_rules(password, login=login)
    except WeakPassword as error:
        raise AccountError(str(error)) from error
    return await hash_password(password)


def _add(session: AsyncSession, login: str, name: str, role: str, password_hash: str | None) -> Staff:
    staff = Staff(id=new_id(), login=login, name=name, role=role, password_hash=password_hash, created_at=utc_now())
    session.add(staff)
    return staff


async def _set_password(session: AsyncSession, staff_id: str, password_hash: str) -> None:
    # A new password signs out every browser that knew the old one.
    await end_sessions(session, staff_id)
    await session.execute(update(Staff).where(Staff.id == staff_id).values(password_hash=password_hash))
