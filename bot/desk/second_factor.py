"""The second factor: time-based codes (RFC 6238) from a phone, and recovery codes on paper.

A code is good for its half-minute and the ones beside it, once: the step of the last one is remembered in the same
statement that lets it in, so of two who send the same code at once only one gets in.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyotp
import segno
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.clock import utc_now
from bot.crypto import Keyring
from bot.db.session import Database
from bot.db.staff_tables import RecoveryCode, Staff
from bot.desk import throttle
from bot.desk.audit import note
from bot.desk.sessions import end_sessions
from bot.desk.tokens import digest

ISSUER = "MOPS Zielona Góra"
STEP = timedelta(seconds=30)
TOLERANCE = 1
"""Steps that a phone's clock may be off, either way."""
RECOVERY_CODES = 10
_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Without 0 and O, 1, I and L, which look alike on paper."""
_GROUPS, _GROUP_LENGTH = 4, 4


class WrongCode(Exception):
    """The code is wrong, too old, or was used already."""


class NothingToConfirm(Exception):
    """No secret waits for its first code: the page is old, or another one finished the job."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A secret that waits for its first code, as a phone takes it: by picture or by typing."""

    secret: str
    svg: str


async def begin(database: Database, keyring: Keyring, staff_id: str, login: str) -> Enrolment:
    """Make a new secret for an account; it counts for nothing until a code confirms it."""
    secret = pyotp.random_base32()
    async with database.begin() as session:
        sealed = keyring.encrypt(secret)
        await session.execute(update(Staff).where(Staff.id == staff_id).values(totp_pending_enc=sealed))
    return _enrolment(secret, login)


async def unconfirmed(database: Database, keyring: Keyring, staff_id: str, login: str) -> Enrolment:
    """The secret that waits for its first code, to be shown again after a typing error.

    Raises:
        NothingToConfirm: there is none.
    """
    async with database.read() as session:
        sealed = await session.scalar(select(Staff.totp_pending_enc).where(Staff.id == staff_id))
    if sealed is None:
        raise NothingToConfirm
    return _enrolment(keyring.decrypt(sealed), login)


async def confirm(database: Database, keyring: Keyring, staff_id: str, code: str, *, keep: str) -> list[str]:
    """Switch the second factor on with its first code and return the recovery codes, this once.

    Sessions that only a password opened end, but for the one with the token ``keep``.

    Raises:
        WrongCode: the secret stays as it is, the person may try again.
        NothingToConfirm, LockedOut: see there.
    """
    await throttle.count_attempt(database, [throttle.by_code(staff_id)])
    async with database.begin() as session:
        staff = await session.get(Staff, staff_id, with_for_update=True)
        if staff is None or staff.totp_pending_enc is None:
            raise NothingToConfirm
        step = _fitting_step(keyring.decrypt(staff.totp_pending_enc), code, utc_now())
        if step is None:
            raise WrongCode
        staff.totp_enc, staff.totp_pending_enc, staff.totp_step = staff.totp_pending_enc, None, step
        codes = await _replace_codes(session, staff_id)
        await end_sessions(session, staff_id, keep=keep)
        note(session, staff_id, "second_factor_on", staff_id)
    await throttle.forgive(database, throttle.by_code(staff_id))
    return codes


async def check(database: Database, keyring: Keyring, staff_id: str, code: str) -> None:
    """Let a code from the phone, or a recovery code, in: once.

    Raises:
        WrongCode: wrong, too old or used.
        LockedOut: too many wrong ones.
    """
    await throttle.count_attempt(database, [throttle.by_code(staff_id)])
    async with database.begin() as session:
        good = await _use_totp(session, keyring, staff_id, code) or await _use_recovery(session, staff_id, code)
        if not good:
            note(session, None, "code_failed", staff_id)
    if not good:
        raise WrongCode
    await throttle.forgive(database, throttle.by_code(staff_id))


async def is_on(database: Database, staff_id: str) -> bool:
    """Whether signing in to this account takes a code."""
    async with database.read() as session:
        query = select(Staff.totp_enc.is_not(None)).where(Staff.id == staff_id)
        return bool(await session.scalar(query))


async def codes_left(database: Database, staff_id: str) -> int:
    """How many recovery codes have not been used."""
    query = select(func.count()).where(RecoveryCode.staff_id == staff_id, RecoveryCode.used_at.is_(None))
    async with database.read() as session:
        return int(await session.scalar(query) or 0)


async def new_codes(database: Database, staff_id: str) -> list[str]:
    """Replace the recovery codes and return the new ones, this once."""
    async with database.begin() as session:
        codes = await _replace_codes(session, staff_id)
        note(session, staff_id, "recovery_codes_new", staff_id)
    return codes


async def switch_off(database: Database, staff_id: str, *, by: str | None) -> bool:
    """Forget secret and recovery codes; somebody else's hand also signs the account out. False: it was off."""
    async with database.begin() as session:
        was_on = (
            update(Staff)
            .where(Staff.id == staff_id, Staff.totp_enc.is_not(None))
            .values(totp_enc=None, totp_pending_enc=None)
            .returning(Staff.id)
        )
        if await session.scalar(was_on) is None:
            return False
        await session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff_id))
        if by != staff_id:
            await end_sessions(session, staff_id)
        note(session, by, "second_factor_off", staff_id)
    return True


async def _use_totp(session: AsyncSession, keyring: Keyring, staff_id: str, code: str) -> bool:
    sealed = await session.scalar(select(Staff.totp_enc).where(Staff.id == staff_id))
    step = _fitting_step(keyring.decrypt(sealed), code, utc_now()) if sealed is not None else None
    if step is None:
        return False
    use = update(Staff).where(Staff.id == staff_id, Staff.totp_step < step).values(totp_step=step).returning(Staff.id)
    return await session.scalar(use) is not None


async def _use_recovery(session: AsyncSession, staff_id: str, code: str) -> bool:
    use = (
        update(RecoveryCode)
        .where(
            RecoveryCode.code_hash == _hash_code(code),
            RecoveryCode.staff_id == staff_id,
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=utc_now())
        .returning(RecoveryCode.staff_id)
    )
    if await session.scalar(use) is None:
        return False
    note(session, staff_id, "recovery_code_used", staff_id)
    return True


async def _replace_codes(session: AsyncSession, staff_id: str) -> list[str]:
    await session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff_id))
    codes = [_new_code() for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(code_hash=_hash_code(code), staff_id=staff_id) for code in codes)
    return codes


def _fitting_step(secret: str, code: str, now: datetime) -> int | None:
    digits = re.sub(r"\s", "", code)
    totp = pyotp.TOTP(secret)
    current = totp.timecode(now)
    for step in range(current - TOLERANCE, current + TOLERANCE + 1):
        if pyotp.utils.strings_equal(totp.generate_otp(step), digits):
            return step
    return None


def _enrolment(secret: str, login: str) -> Enrolment:
    uri = pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)
    drawn = segno.make(uri, error="m").svg_inline(scale=5, border=3, dark="#000", light="#fff", omitsize=True)
    return Enrolment(" ".join(re.findall(".{1,4}", secret)), drawn)


def _new_code() -> str:
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS))
    return "-".join(groups)


def _hash_code(code: str) -> str:
    # 79 random bits each: a plain digest is enough, as for the other tokens.
    return digest(re.sub(r"[\s-]", "", code).upper())
