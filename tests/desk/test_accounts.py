"""Accounts, one-time links, passwords, lock-out, sessions: on each database."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.clock import utc_now
from bot.db.session import Database
from bot.db.staff_tables import Audit, Invite, LoginFailure, Staff, StaffSession
from bot.desk import accounts, sessions, throttle
from bot.desk.passwords import verify_password
from bot.desk.tokens import digest

GOOD = "zielony-rower-nad-odra"
HOUR = timedelta(hours=1)


async def test_first_administrator_comes_from_a_one_time_link(database: Database) -> None:
    assert not await accounts.any_admin(database)
    code = await accounts.create_invite(database, "admin", 24)
    earlier = await accounts.create_invite(database, "admin", 24)
    for_a_clerk = await accounts.create_invite(database, "clerk", 24)

    await accounts.redeem_invite(database, code, login="Szefowa", name=" Anna  Maria ", password=GOOD)

    assert await accounts.any_admin(database)
    [made] = await accounts.list_staff(database)
    assert (made.login, made.name, made.role) == ("szefowa", "Anna Maria", "admin")
    assert await accounts.sign_in(database, "SZEFOWA ", GOOD, address="a") == made.id
    for used in (code, earlier):
        with pytest.raises(accounts.BadInvite):
            await accounts.open_invite(database, used)
    assert (await accounts.open_invite(database, for_a_clerk)).role == "clerk"


async def test_only_hashes_are_stored(database: Database) -> None:
    code = await accounts.create_invite(database, "admin", 24)
    staff_id = await accounts.redeem_invite(database, code, login="anna", name="Anna", password=GOOD)
    token = await sessions.open_session(database, staff_id, lifetime=HOUR)
    async with database.read() as session:
        stored = [
            *(await session.scalars(select(Invite.code_hash))),
            *(await session.scalars(select(StaffSession.token_hash))),
            *(await session.scalars(select(Staff.password_hash))),
        ]
    for secret in (code, token, GOOD):
        assert not any(secret in (value or "") for value in stored)


async def test_a_link_used_by_many_at_once_makes_one_account(database: Database) -> None:
    code = await accounts.create_invite(database, "admin", 24)
    tries = [accounts.redeem_invite(database, code, login=f"osoba{i}", name="X", password=GOOD) for i in range(6)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert [type(result) for result in results].count(str) == 1
    assert all(isinstance(result, str | accounts.BadInvite) for result in results)
    assert len(await accounts.list_staff(database)) == 1


async def test_a_link_dies_of_age_and_of_its_successor(database: Database) -> None:
    person = await accounts.create_staff(database, "anna", "Anna", "clerk", None)
    first = await accounts.create_invite(database, "clerk", 24, staff_id=person)
    second = await accounts.create_invite(database, "clerk", 24, staff_id=person)
    with pytest.raises(accounts.BadInvite):
        await accounts.open_invite(database, first)
    assert (await accounts.open_invite(database, second)).login == "anna"
    async with database.begin() as session:
        await session.execute(update(Invite).values(expires_at=utc_now() - HOUR))
    with pytest.raises(accounts.BadInvite):
        await accounts.redeem_invite(database, second, login="", name="", password=GOOD)


async def test_a_refused_password_leaves_the_link_usable(database: Database) -> None:
    code = await accounts.create_invite(database, "admin", 24)
    with pytest.raises(accounts.AccountError):
        await accounts.redeem_invite(database, code, login="anna", name="Anna", password="krotkie")
    await accounts.redeem_invite(database, code, login="anna", name="Anna", password=GOOD)


@pytest.mark.parametrize(
    ("login", "name", "role", "password"),
    [
        ("ab", "Anna", "clerk", GOOD),
        ("żółw", "Anna", "clerk", GOOD),
        ("anna nowak", "Anna", "clerk", GOOD),
        ("anna", "  ", "clerk", GOOD),
        ("anna", "A" * 81, "clerk", GOOD),
        ("anna", "Anna", "king", GOOD),
        ("anna", "Anna", "clerk", "za-krotkie1"),
        ("anna", "Anna", "clerk", "moja-ANNA-jest-tu"),
        ("anna", "Anna", "clerk", "aaaaaaaaaaaaaaaa"),
        ("anna", "Anna", "clerk", "x1" * 200),
    ],
)
async def test_what_an_account_may_not_be(
    database: Database, login: str, name: str, role: str, password: str
) -> None:
    with pytest.raises(accounts.AccountError):
        await accounts.create_staff(database, login, name, role, password)
    assert await accounts.list_staff(database) == []


async def test_a_login_belongs_to_one_person(database: Database) -> None:
    await accounts.create_staff(database, "anna", "Anna", "clerk", GOOD)
    with pytest.raises(accounts.AccountError, match="zajęty"):
        await accounts.create_staff(database, "ANNA", "Inna", "clerk", GOOD)


async def test_nobodys_password_opens_nothing() -> None:
    assert not await verify_password(None, "no account has this password")


async def test_password_typed_on_another_keyboard_fits(database: Database) -> None:
    person = await accounts.create_staff(database, "anna", "Anna", "clerk", "zażółć gęślą jaźń")
    decomposed = "zaz\u0307o\u0301łc\u0301 ge\u0328s\u0301la\u0328 jaz\u0301n\u0301"
    assert await accounts.sign_in(database, "anna", decomposed, address="a") == person


@pytest.mark.parametrize("login", ["anna", "nobody-of-that-name"])
async def test_five_failures_lock_existing_and_unknown_logins_alike(database: Database, login: str) -> None:
    await accounts.create_staff(database, "anna", "Anna", "clerk", GOOD)
    for attempt in range(5):
        with pytest.raises(accounts.WrongCredentials):
            await accounts.sign_in(database, login, f"wrong password {attempt}", address=f"a{attempt}")
    with pytest.raises(throttle.LockedOut) as lock:
        await accounts.sign_in(database, login, GOOD, address="somewhere else")
    assert timedelta(seconds=20) < lock.value.until - utc_now() <= throttle.FIRST_LOCK
    async with database.read() as session:
        sources = set(await session.scalars(select(LoginFailure.source)))
    assert not any(login in source for source in sources)


async def test_guesses_sent_at_once_are_counted_one_by_one(database: Database) -> None:
    await accounts.create_staff(database, "anna", "Anna", "clerk", GOOD)
    guesses = [accounts.sign_in(database, "anna", f"wrong {i} wrong", address="a") for i in range(12)]
    results = await asyncio.gather(*guesses, return_exceptions=True)
    assert [type(result) for result in results].count(accounts.WrongCredentials) == 5
    assert [type(result) for result in results].count(throttle.LockedOut) == 7


async def test_a_lock_ends_grows_and_is_forgiven(database: Database) -> None:
    await accounts.create_staff(database, "anna", "Anna", "clerk", GOOD)
    source = throttle.by_login("anna")
    for _ in range(5):
        await throttle.count_attempt(database, [source])
    await _end_locks(database)
    with pytest.raises(accounts.WrongCredentials):
        await accounts.sign_in(database, "anna", "wrong again!", address="a")
    with pytest.raises(throttle.LockedOut) as lock:
        await accounts.sign_in(database, "anna", GOOD, address="a")
    assert lock.value.until - utc_now() > throttle.FIRST_LOCK
    await _end_locks(database)
    await accounts.sign_in(database, "anna", GOOD, address="a")
    for _ in range(4):
        with pytest.raises(accounts.WrongCredentials):
            await accounts.sign_in(database, "anna", "wrong again!", address="a")
    await accounts.sign_in(database, "anna", GOOD, address="a")


def test_locks_double_up_to_an_hour() -> None:
    assert [throttle.lock_for(n).total_seconds() for n in (0, 1, 2, 3)] == [30, 60, 120, 240]
    assert throttle.lock_for(10_000) == throttle.LONGEST_LOCK


async def test_an_address_that_tries_many_logins_is_locked(database: Database) -> None:
    source = throttle.by_address("10.0.0.7")
    for i in range(source.free):
        await throttle.count_attempt(database, [throttle.by_login(f"login{i}"), source])
    with pytest.raises(throttle.LockedOut):
        await accounts.sign_in(database, "fresh", GOOD, address="10.0.0.7")


async def test_a_session_ends_by_time_idleness_block_and_sign_out(database: Database) -> None:
    person = await accounts.create_staff(database, "anna", "Anna", "clerk", GOOD)

    async def fresh() -> str:
        return await sessions.open_session(database, person, lifetime=HOUR * 10)

    async def alive(token: str) -> bool:
        return await sessions.find_session(database, token, active=False) is not None

    async def change(token: str, **values: object) -> None:
        async with database.begin() as session:
            await session.execute(
                update(StaffSession).where(StaffSession.token_hash == digest(token)).values(**values)
            )

    assert not await alive("made up")
    token = await fresh()
    assert await alive(token)
    await change(token, expires_at=utc_now() - HOUR)
    assert not await alive(token)

    token = await fresh()
    await change(token, last_seen_at=utc_now() - sessions.IDLE_LIMIT)
    assert not await alive(token)

    token = await fresh()
    found = await sessions.find_session(database, token, active=True)
    assert found is not None
    await sessions.close_session(database, found)
    assert not await alive(token)

    token = await fresh()
    boss = await accounts.create_staff(database, "boss", "Boss", "admin", GOOD)
    await accounts.set_blocked(database, person, True, by=boss)
    assert not await alive(token)
    with pytest.raises(accounts.AccountBlocked):
        await accounts.sign_in(database, "anna", GOOD, address="a")
    await accounts.set_blocked(database, person, False, by=boss)
    assert await accounts.sign_in(database, "anna", GOOD, address="a") == person


async def test_only_what_a_person_does_keeps_them_signed_in(database: Database) -> None:
    person = await accounts.create_staff(database, "anna", "Anna", "clerk", GOOD)
    token = await sessions.open_session(database, person, lifetime=HOUR * 10)
    long_ago = utc_now() - HOUR
    async with database.begin() as session:
        await session.execute(update(StaffSession).values(last_seen_at=long_ago))

    async def last_seen() -> timedelta:
        async with database.read() as session:
            return utc_now() - (await session.scalars(select(StaffSession.last_seen_at))).one()

    await sessions.find_session(database, token, active=False)
    assert await last_seen() >= HOUR
    await sessions.find_session(database, token, active=True)
    assert await last_seen() < timedelta(minutes=1)


async def test_signing_in_again_replaces_the_session(database: Database) -> None:
    person = await accounts.create_staff(database, "anna", "Anna", "clerk", GOOD)
    old = await sessions.open_session(database, person, lifetime=HOUR)
    new = await sessions.open_session(database, person, lifetime=HOUR, replaces=old)
    assert await sessions.find_session(database, old, active=False) is None
    assert await sessions.find_session(database, new, active=False) is not None


async def test_a_new_password_signs_old_browsers_out(database: Database) -> None:
    person = await accounts.create_staff(database, "anna", "Anna", "clerk", GOOD)
    token = await sessions.open_session(database, person, lifetime=HOUR)
    code = await accounts.create_invite(database, "clerk", 1, staff_id=person)
    await accounts.redeem_invite(database, code, login="", name="", password="calkiem-inne-haslo")
    assert await sessions.find_session(database, token, active=False) is None
    with pytest.raises(accounts.WrongCredentials):
        await accounts.sign_in(database, "anna", GOOD, address="a")
    await accounts.sign_in(database, "anna", "calkiem-inne-haslo", address="a")


async def test_the_last_administrator_stays(database: Database) -> None:
    boss = await accounts.create_staff(database, "boss", "Boss", "admin", GOOD)
    other = await accounts.create_staff(database, "other", "Other", "admin", GOOD)
    results = await asyncio.gather(
        accounts.set_blocked(database, boss, True, by=other),
        accounts.set_blocked(database, other, True, by=boss),
        return_exceptions=True,
    )
    assert [type(result) for result in results].count(accounts.AccountError) == 1
    assert await accounts.any_admin(database)


async def test_the_audit_trail_names_acts_and_no_content(database: Database) -> None:
    person = await accounts.create_staff(database, "anna", "Anna", "clerk", GOOD)
    with pytest.raises(accounts.WrongCredentials):
        await accounts.sign_in(database, "anna", "tajne-niedobre-haslo", address="a")
    await sessions.open_session(database, person, lifetime=HOUR)
    async with database.read() as session:
        lines = [(row.action, row.target) for row in await session.scalars(select(Audit).order_by(Audit.id))]
    assert lines == [("staff_added", person), ("sign_in_failed", person), ("sign_in", None)]


async def _end_locks(database: Database) -> None:
    async with database.begin() as session:
        await session.execute(update(LoginFailure).values(locked_until=utc_now() - HOUR))
