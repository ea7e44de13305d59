"""The second factor: codes that work once, recovery codes, lock-out; then the way through the pages."""

import asyncio
import html
import re
from datetime import timedelta
from functools import partial
from pathlib import Path

import pyotp
import pytest
from click.testing import CliRunner
from cryptography.fernet import Fernet
from sqlalchemy import select

from bot.cli import cli
from bot.clock import utc_now
from bot.crypto import Keyring
from bot.db import migrate
from bot.db.session import Database
from bot.db.staff_tables import Audit, RecoveryCode, Staff
from bot.desk import accounts, second_factor, sessions, throttle
from bot.errors import StartupError
from bot.settings import Settings
from tests.desk.conftest import PASSWORD, Office
from tests.desk.visitor import Visitor

KEYRING = Keyring([Fernet.generate_key()])
HOUR = timedelta(hours=1)


def code_of(secret: str, steps: int = 0) -> str:
    return pyotp.TOTP(secret.replace(" ", "")).at(utc_now(), counter_offset=steps)


async def enrolled(database: Database) -> tuple[str, str, list[str]]:
    """An account with the second factor on: its id, secret and recovery codes. The current code is used up."""
    person = await accounts.create_staff(database, "anna", "Anna", "clerk", None)
    secret = (await second_factor.begin(database, KEYRING, person, "anna")).secret
    codes = await second_factor.confirm(database, KEYRING, person, code_of(secret), keep="")
    return person, secret, codes


async def test_a_code_opens_once_and_nothing_older_opens_after_it(database: Database) -> None:
    person, secret, _ = await enrolled(database)
    for used_or_wrong in (code_of(secret), code_of(secret, -1), code_of(secret, 5), "000000", "", "słowo"):
        with pytest.raises(second_factor.WrongCode):
            await second_factor.check(database, KEYRING, person, used_or_wrong)
        await throttle.forgive(database, throttle.by_code(person))
    fresh = code_of(secret, 1)
    tries = [second_factor.check(database, KEYRING, person, f"{fresh[:3]} {fresh[3:]}") for _ in range(4)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert results.count(None) == 1
    assert [type(result) for result in results].count(second_factor.WrongCode) == 3


async def test_each_recovery_code_opens_once_and_only_its_own_account(database: Database) -> None:
    person, _, codes = await enrolled(database)
    other = await accounts.create_staff(database, "ola", "Ola", "clerk", None)
    assert len(set(codes)) == second_factor.RECOVERY_CODES
    with pytest.raises(second_factor.WrongCode):
        await second_factor.check(database, KEYRING, other, codes[0])
    await second_factor.check(database, KEYRING, person, codes[0].lower().replace("-", " "))
    assert await second_factor.codes_left(database, person) == second_factor.RECOVERY_CODES - 1
    with pytest.raises(second_factor.WrongCode):
        await second_factor.check(database, KEYRING, person, codes[0])
    await second_factor.new_codes(database, person)
    with pytest.raises(second_factor.WrongCode):
        await second_factor.check(database, KEYRING, person, codes[1])


async def test_neither_secret_nor_recovery_code_can_be_read_from_the_database(database: Database) -> None:
    person, secret, codes = await enrolled(database)
    async with database.read() as session:
        staff = await session.get_one(Staff, person)
        hashes = (await session.scalars(select(RecoveryCode.code_hash))).all()
    assert staff.totp_enc is not None
    assert staff.totp_pending_enc is None
    assert secret.replace(" ", "").encode() not in staff.totp_enc
    assert not any(code in stored or code.replace("-", "") in stored for code in codes for stored in hashes)


async def test_wrong_codes_lock_the_second_step(database: Database) -> None:
    person, secret, _ = await enrolled(database)
    guesses = [second_factor.check(database, KEYRING, person, "123456") for _ in range(8)]
    results = await asyncio.gather(*guesses, return_exceptions=True)
    assert [type(result) for result in results].count(second_factor.WrongCode) == 5
    with pytest.raises(throttle.LockedOut):
        await second_factor.check(database, KEYRING, person, code_of(secret, 1))


async def test_switching_on_ends_sessions_that_a_password_alone_opened(database: Database) -> None:
    person = await accounts.create_staff(database, "anna", "Anna", "clerk", None)
    here, elsewhere = [await sessions.open_session(database, person, lifetime=HOUR) for _ in range(2)]
    secret = (await second_factor.begin(database, KEYRING, person, "anna")).secret
    with pytest.raises(second_factor.WrongCode):
        await second_factor.confirm(database, KEYRING, person, "000000", keep=here)
    assert not await second_factor.is_on(database, person)
    await second_factor.confirm(database, KEYRING, person, code_of(secret), keep=here)
    assert await sessions.find_session(database, here, active=False)
    assert not await sessions.find_session(database, elsewhere, active=False)


async def test_an_administrators_reset_signs_the_person_out(database: Database) -> None:
    person, _, codes = await enrolled(database)
    token = await sessions.open_session(database, person, lifetime=HOUR)
    boss = await accounts.create_staff(database, "boss", "Boss", "admin", None)
    assert await second_factor.switch_off(database, person, by=boss)
    assert not await second_factor.switch_off(database, person, by=boss)
    assert not await sessions.find_session(database, token, active=False)
    with pytest.raises(second_factor.WrongCode):
        await second_factor.check(database, KEYRING, person, codes[0])
    async with database.read() as session:
        lines = await session.execute(select(Audit.staff_id, Audit.target).where(Audit.action == "second_factor_off"))
        assert lines.all() == [(boss, person)]


async def test_half_a_sign_in_ends_in_minutes_and_opens_nothing(database: Database) -> None:
    person, _, _ = await enrolled(database)
    token = await sessions.open_session(database, person, lifetime=10 * HOUR, awaits_code=True)
    assert await sessions.find_session(database, token, active=True) is None
    assert await sessions.find_half_session(database, token)
    assert await sessions.list_sessions(database, person) == []
    full = await sessions.open_session(database, person, lifetime=HOUR, replaces=token)
    assert await sessions.find_half_session(database, token) is None
    assert await sessions.find_half_session(database, full) is None


def test_the_whole_way_from_the_picture_to_a_sign_in_with_a_code(office: Office, visitor: Visitor) -> None:
    clerk = office.hire()
    visitor.sign_in(clerk)
    start = "/desk/konto/drugi-skladnik"
    assert visitor.submit(start, haslo="nie to haslo").status_code == 422
    page = visitor.submit(start, haslo=PASSWORD).text
    key = re.search(r'id="klucz"[^>]*>([A-Z2-7 ]+)<', page)
    assert key
    assert re.search(r"<svg [^>]*>.*?</svg>", page, re.DOTALL)
    assert " style=" not in page
    again = visitor.submit(f"{start}/potwierdz", kod="000000")
    assert (again.status_code, key[1] in again.text) == (422, True)
    shown = visitor.submit(f"{start}/potwierdz", kod=code_of(key[1]))
    codes = re.search(r'id="kody"[^>]*>([^<]+)<', shown.text)
    assert codes
    recovery = html.unescape(codes[1]).split()
    assert recovery[0] not in visitor.get("/desk/konto").text
    assert visitor.get(start).headers["location"] == "/desk/konto"

    with Visitor(base_url=office.url, timeout=30) as browser:
        step = browser.sign_in(clerk, target="/desk/rozmowa/ab12")
        assert step.headers["location"] == "/desk/logowanie/kod?dalej=/desk/rozmowa/ab12"
        assert browser.get("/desk").headers["location"] == "/desk/logowanie"
        assert browser.get("/desk/zdarzenia").status_code == 401
        half = browser.cookies["mops_desk"]

        def give(code: str):
            token = browser.token("/desk/logowanie/kod?dalej=/desk/rozmowa/ab12")
            return browser.post(
                "/desk/logowanie/kod", data={"_csrf": token, "dalej": "/desk/rozmowa/ab12", "kod": code}
            )

        replayed = give(code_of(key[1]))
        assert (replayed.status_code, "już użyty" in replayed.text) == (401, True)
        assert give(code_of(key[1], 1)).headers["location"] == "/desk/rozmowa/ab12"
        assert browser.cookies["mops_desk"] != half
        assert browser.get("/desk/konto").status_code == 200

    with Visitor(base_url=office.url, timeout=30) as browser, office.enter("admin") as boss:
        # A one-time link replaces a forgotten password, not the phone.
        link = boss.submit(f"/desk/pracownicy/{clerk.id}/odnosnik").text
        code = re.search(r"kod=([\w-]+)", link)
        assert code
        token = browser.token(f"/desk/pierwsze-uruchomienie?kod={code[1]}")
        new = {"_csrf": token, "kod": code[1], "haslo": "calkiem-nowe-haslo", "powtorzone": "calkiem-nowe-haslo"}
        assert browser.post("/desk/pierwsze-uruchomienie", data=new).headers["location"] == "/desk/logowanie/kod"
        assert browser.get("/desk").status_code == 303
        token = browser.token("/desk/logowanie/kod")
        by_paper = {"_csrf": token, "kod": recovery[0]}
        assert browser.post("/desk/logowanie/kod", data=by_paper).headers["location"] == "/desk"
        assert "Niewykorzystane kody zapasowe: <strong>9</strong>" in browser.get("/desk/konto").text
        assert boss.submit(f"/desk/pracownicy/{clerk.id}/drugi-skladnik/usun").status_code == 303
        assert browser.get("/desk").status_code == 303
        assert browser.sign_in(clerk, "calkiem-nowe-haslo").headers["location"] == "/desk"


async def test_an_operator_lets_the_only_administrator_in_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOPS_DATA_DIR", str(tmp_path))
    settings = Settings(data_dir=tmp_path)
    await migrate.upgrade(settings.database)
    database = Database(settings.database)
    person, _, _ = await enrolled(database)
    run = partial(asyncio.to_thread, CliRunner().invoke, cli, catch_exceptions=False)
    done = await run(["staff", "second-factor-off", "--login", "Anna"])
    assert "is off" in done.output
    assert not await second_factor.is_on(database, person)
    with pytest.raises(StartupError):
        await run(["staff", "second-factor-off", "--login", "anna"])
    await database.close()
