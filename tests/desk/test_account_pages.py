"""One's own account and others': passwords, sessions, roles, links, a second factor that a setting requires."""

import re
from pathlib import Path

import httpx
import pyotp
import pytest
from cryptography.fernet import Fernet

from bot.app import build_app
from bot.clock import utc_now
from bot.crypto import Keyring
from bot.db import migrate
from bot.db.session import Database
from bot.desk import accounts, sessions
from bot.desk.devices import describe
from bot.desk.tokens import form_token
from bot.settings import Settings
from tests.desk.conftest import PASSWORD, Office
from tests.desk.test_second_factor import HOUR
from tests.desk.visitor import Visitor

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
NEW = "calkiem-nowe-haslo"


def test_a_changed_password_takes_the_old_one_and_ends_other_sessions(office: Office, visitor: Visitor) -> None:
    clerk = office.hire()
    visitor.sign_in(clerk)
    with Visitor(base_url=office.url, timeout=30) as elsewhere:
        elsewhere.sign_in(clerk)
        for refused in (
            {"stare": "nie to haslo", "nowe": NEW, "powtorzone": NEW},
            {"stare": PASSWORD, "nowe": NEW, "powtorzone": NEW + "!"},
            {"stare": PASSWORD, "nowe": "krotkie", "powtorzone": "krotkie"},
            {"stare": PASSWORD, "nowe": PASSWORD, "powtorzone": PASSWORD},
        ):
            answer = visitor.submit("/desk/konto/haslo", **refused)
            assert answer.status_code == 422
            assert 'role="alert"' in answer.text
        assert elsewhere.get("/desk/konto").status_code == 200
        done = visitor.submit("/desk/konto/haslo", stare=PASSWORD, nowe=NEW, powtorzone=NEW)
        assert "Hasło zostało zmienione." in visitor.get(done.headers["location"]).text
        assert elsewhere.get("/desk/konto").status_code == 303
        assert elsewhere.sign_in(clerk).status_code == 401
        assert elsewhere.sign_in(clerk, NEW).status_code == 303


def test_guessing_the_old_password_in_somebodys_open_browser_is_locked(office: Office) -> None:
    with office.enter("clerk") as visitor:
        guesses = [visitor.submit("/desk/konto/haslo", stare=f"zle {n}", nowe=NEW, powtorzone=NEW) for n in range(6)]
        assert [answer.status_code for answer in guesses] == [422] * 5 + [429]


def test_sessions_are_told_apart_and_ended_by_their_owner_alone(office: Office, visitor: Visitor) -> None:
    clerk = office.hire()
    visitor.sign_in(clerk)
    with (
        Visitor(base_url=office.url, timeout=30, headers={"User-Agent": FIREFOX}) as elsewhere,
        office.enter("clerk") as stranger,
    ):
        elsewhere.sign_in(clerk)
        page = visitor.get("/desk/konto").text
        assert "Firefox, Windows" in page
        assert page.count("ta przeglądarka") == 1
        [other] = re.findall(r"/desk/konto/sesje/(\w{32})/zakoncz", page)
        stranger.submit(f"/desk/konto/sesje/{other}/zakoncz")
        assert elsewhere.get("/desk/konto").status_code == 200
        visitor.submit(f"/desk/konto/sesje/{other}/zakoncz")
        assert elsewhere.get("/desk/konto").status_code == 303
        elsewhere.sign_in(clerk)
        visitor.submit("/desk/konto/sesje/pozostale")
        assert elsewhere.get("/desk/konto").status_code == 303
        assert visitor.get("/desk/konto").status_code == 200


def test_an_administrator_signs_people_out_and_blocks_them(office: Office) -> None:
    with office.enter("admin") as boss, office.enter("clerk", "Zofia") as clerk:
        person = f"/desk/pracownicy/{clerk.clerk.id}"
        assert boss.submit(f"{person}/wyloguj").headers["location"] == f"{person}?zrobione=wylogowano"
        assert clerk.get("/desk").status_code == 303
        token = office.ask(sessions.open_session, clerk.clerk.id, lifetime=HOUR)
        clerk.cookies.set("mops_desk", token)
        [session] = re.findall(rf"{person}/sesje/(\w+)/zakoncz", boss.get(person).text)
        assert boss.submit(f"{person}/sesje/{session}/zakoncz").status_code == 303
        assert boss.submit(f"{person}/sesje/{session}/zakoncz").status_code == 409
        assert clerk.get("/desk").status_code == 303
        boss.submit(f"{person}/zablokuj")
        page = boss.get(person).text
        assert "zablokowane" in page
        assert "Zofia" in page
        assert not re.search(r"usuń konto|skasuj", page, re.IGNORECASE)
        assert boss.submit(f"/desk/pracownicy/{boss.clerk.id}/zablokuj").status_code == 409


def test_an_open_page_hears_of_a_forced_sign_out_at_once(office: Office) -> None:
    with (
        office.enter("admin") as boss,
        office.enter("clerk") as clerk,
        clerk.stream("GET", "/desk/zdarzenia") as answer,
    ):
        events = (line.removeprefix("event: ") for line in answer.iter_lines() if line.startswith("event: "))
        assert [next(events), next(events)] == ["puls", "kolejka"]
        boss.submit(f"/desk/pracownicy/{clerk.clerk.id}/wyloguj")
        # Without the wake-up it would be a "puls" first, ten seconds later.
        assert next(events) == "sesja"
        assert next(events, None) is None


def test_a_new_role_holds_from_the_next_click(office: Office) -> None:
    with office.enter("admin") as boss, office.enter("clerk", "Jan") as person:
        address = f"/desk/pracownicy/{person.clerk.id}"
        assert person.get("/desk/dziennik").status_code == 403
        assert boss.submit(address, nazwa="Jan", rola="coordinator").status_code == 303
        assert person.get("/desk/dziennik").status_code == 200
        assert boss.submit(address, nazwa="Jan Nowy", rola="maintainer").status_code == 303
        assert person.get("/desk").headers["location"] == "/desk/konto"
        assert "Jan Nowy" in person.get("/desk/konto").text
        assert boss.submit(address, nazwa=" ", rola="clerk").status_code == 422
        assert boss.submit(address, nazwa="Jan", rola="king").status_code == 422
        assert person.get("/desk/kolejka").status_code == 403


def test_a_link_makes_a_new_account_once_and_can_be_withdrawn(office: Office, visitor: Visitor) -> None:
    with office.enter("admin") as boss:
        found = [
            re.search(r"kod=([\w-]+)", boss.submit("/desk/pracownicy/zaproszenia", rola="coordinator").text)
            for _ in range(2)
        ]
        kept, withdrawn = [match[1] for match in found if match]
        ids = re.findall(r"zaproszenia/(\w{64})/wycofaj", boss.get("/desk/pracownicy").text)
        assert boss.submit(f"/desk/pracownicy/zaproszenia/{ids[-1]}/wycofaj").status_code == 303
        assert boss.submit(f"/desk/pracownicy/zaproszenia/{ids[-1]}/wycofaj").status_code == 409
    states = {code: visitor.get(f"/desk/pierwsze-uruchomienie?kod={code}").status_code for code in (kept, withdrawn)}
    assert states == {kept: 200, withdrawn: 410}
    path = f"/desk/pierwsze-uruchomienie?kod={kept}"
    new = {
        "login": f"ewa-{kept[:8].lower().replace('_', '-')}x",
        "nazwa": "Ewa",
        "haslo": PASSWORD,
        "powtorzone": PASSWORD,
    }
    made = visitor.post(path, data=new | {"_csrf": visitor.token(path), "kod": kept})
    assert made.headers["location"] == "/desk"
    assert "koordynator" in visitor.get("/desk/konto").text
    assert visitor.get(path).status_code == 410


@pytest.fixture
async def strict(tmp_path: Path):
    """The gateway in this process, where administrators must have a second factor; signed in is one without."""
    settings = Settings(  # type: ignore[call-arg]
        data_dir=tmp_path, engine_url=["http://127.0.0.1:9"], second_factor_roles="admin,coordinator"
    )
    await migrate.upgrade(settings.database)
    app = build_app(settings, Keyring([Fernet.generate_key()]), "", 0, print, print)
    database = Database(settings.database)
    boss = await accounts.create_staff(database, "boss", "Boss", "admin", PASSWORD)
    token = await sessions.open_session(database, boss, lifetime=HOUR)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://desk", cookies={"mops_desk": token}) as client:
        yield client, {"_csrf": form_token(token)}
    await database.close()


@pytest.mark.filterwarnings("ignore::litestar.exceptions.LitestarDeprecationWarning")
async def test_a_role_that_needs_a_second_factor_gets_nowhere_without_one(strict) -> None:
    client, form = strict
    for path in ("/desk", "/desk/konto", "/desk/pracownicy", "/desk/dziennik", "/desk/dziennik.csv"):
        answer = await client.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/desk/konto/drugi-skladnik")
    assert (await client.get("/desk/kolejka", headers={"HX-Request": "true"})).status_code == 403
    assert (await client.get("/desk/zdarzenia")).status_code == 403
    assert "wymaga drugiego składnika" in (await client.get("/desk/konto/drugi-skladnik")).text
    page = await client.post("/desk/konto/drugi-skladnik", data=form | {"haslo": PASSWORD})
    key = re.search(r'id="klucz"[^>]*>([A-Z2-7 ]+)<', page.text)
    assert key
    code = pyotp.TOTP(key[1].replace(" ", "")).at(utc_now())
    await client.post("/desk/konto/drugi-skladnik/potwierdz", data=form | {"kod": code})
    assert (await client.get("/desk/pracownicy")).status_code == 200
    assert "Wyłącz drugi składnik" not in (await client.get("/desk/konto")).text
    off = await client.post("/desk/konto/drugi-skladnik/wylacz", data=form | {"haslo": PASSWORD})
    assert off.status_code == 409


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox, Windows"),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML) Chrome/140.0 Safari/537.36 Edg/140.0",
            "Edge, Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Mobile Safari/604.1",
            "Safari, iPhone",
        ),
        ("curl/8", "Inna przeglądarka"),
        ("", "Inna przeglądarka"),
    ],
)
def test_browsers_are_named_as_their_owners_know_them(agent: str, words: str) -> None:
    assert describe(agent) == words
