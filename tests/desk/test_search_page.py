"""The page that finds conversations: its form, its pages, its errors, and who may use it."""

import re
from uuid import uuid4

import pytest
from sqlalchemy import select

from bot.db.models import Case
from bot.db.session import Database
from bot.db.staff_tables import Audit
from tests.desk.conftest import Office
from tests.desk.scene import Line, Scene

HIT = re.compile(r'id="wiersz-(\w{32})"')


def word() -> str:
    """Something that no other test writes: letters only, as words are."""
    return "slowo" + "".join(chr(ord("a") + int(sign, 16)) for sign in uuid4().hex[:10])


def test_a_case_is_found_by_its_number_its_phone_and_a_word_in_another_form(office: Office) -> None:
    name = word()
    case = {"imie": name, "opis": "opał na zimę", "kontakt": "601 202 303"}
    wanted = office.stage(Scene([Line("resident", f"zapytanie {name}")], owner="waiting", topic="zasilek", case=case))
    number = office.ask(number_of, wanted)
    with office.enter("clerk") as clerk:
        for query in ({"nr": number}, {"tel": "+48 601-202-303", "imie": name}, {"tresc": f"zapytania {name}"}):
            answer = clerk.get("/desk/szukaj", params=query)
            assert answer.status_code == 200
            assert HIT.findall(answer.text) == [wanted], query
            assert f"nr {number}" in answer.text
            assert f'href="/desk/rozmowa/{wanted}"' in answer.text
        nothing = clerk.get("/desk/szukaj", params={"nr": number, "kanal": "telegram"})
        assert HIT.findall(nothing.text) == []
        assert "Niczego nie znaleziono" in nothing.text
        assert f'value="{number}"' in nothing.text
        lines = office.ask(searches_of, clerk.clerk.id)
        assert lines == ["nr", "tel,imię", "treść", "nr,kanał"]


def test_more_than_a_page_is_leafed_through(office: Office) -> None:
    rare = word()
    made = {office.stage(Scene([Line("resident", rare)], owner="closed", reason=None, minutes=n)) for n in range(27)}
    with office.enter("coordinator") as boss:
        first = boss.get("/desk/szukaj", params={"tresc": rare}).text
        older = re.search(r'href="(/desk/szukaj\?[^"]+)" rel="next"', first)
        assert older
        second = boss.get(older[1].replace("&amp;", "&")).text
    assert (len(HIT.findall(first)), len(HIT.findall(second))) == (25, 2)
    assert set(HIT.findall(first) + HIT.findall(second)) == made
    assert 'rel="next"' not in second


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("nr=123", "nr"),
        ("tel=ala", "tel"),
        ("imie=x", "imie"),
        ("tresc=jest", "tresc"),
        ("temat=nie-ma", "temat"),
        ("od=wczoraj", "od"),
        ("od=2026-02-02&do=2026-02-01", "do"),
    ],
)
def test_what_makes_no_sense_is_told_at_its_field(office: Office, query: str, field: str) -> None:
    with office.enter("clerk") as clerk:
        answer = clerk.get(f"/desk/szukaj?{query}")
        assert answer.status_code == 422
        assert 'role="alert" id="szukaj-blad"' in answer.text
        faulty = re.search(r'<(?:input|select)[^>]*aria-invalid="true"', answer.text)
        assert faulty
        assert f'name="{field}"' in faulty[0]
        assert office.ask(searches_of, clerk.clerk.id) == []


def test_an_empty_form_searches_nothing_and_a_spoilt_place_begins_anew(office: Office) -> None:
    with office.enter("clerk") as clerk:
        assert "Wyniki" not in clerk.get("/desk/szukaj").text
        assert office.ask(searches_of, clerk.clerk.id) == []
        assert clerk.get("/desk/szukaj?kanal=web&po=%00zzz").status_code == 200
    with office.enter("maintainer") as outsider:
        assert outsider.get("/desk/szukaj?kanal=web").status_code == 403


async def number_of(database: Database, conversation: str) -> str:
    async with database.read() as session:
        number = await session.scalar(select(Case.number).where(Case.conversation_id == conversation))
    assert number
    return number


async def searches_of(database: Database, staff_id: str) -> list[str | None]:
    async with database.read() as session:
        query = select(Audit.target).where(Audit.staff_id == staff_id, Audit.action == "search").order_by(Audit.id)
        return list(await session.scalars(query))
