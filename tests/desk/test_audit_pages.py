"""The audit trail as supervisors use it: filter, page, take away. It names acts and never content."""

import ast
import csv
import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select

import bot
from bot.clock import utc_now
from bot.db.models import Case
from bot.db.session import Database
from bot.db.staff_tables import Audit
from bot.desk import accounts, audit_trail, audit_words
from bot.desk.audit_trail import Filter
from tests.desk.conftest import Office
from tests.desk.scene import Line, Scene
from tests.desk.visitor import Visitor


def rows(page: str) -> list[str]:
    body = re.search(r"<tbody.*?</tbody>", page, re.DOTALL)
    found = re.findall(r"<tr.*?</tr>", body[0], re.DOTALL) if body else []
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in found]


def exported(visitor: Visitor, query: str) -> list[list[str]]:
    answer = visitor.get(f"/desk/dziennik.csv?{query}")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    assert answer.headers["cache-control"] == "no-store"
    text = answer.content.decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:]), delimiter=";"))


def test_lines_are_found_by_person_action_and_target(office: Office) -> None:
    word = f"tajne{uuid4().hex[:8]}"
    case = {"opis": word, "imie": "Maria"}
    conversation = office.stage(Scene([Line("resident", word)], owner="waiting", topic="zasilek", case=case))
    number = office.ask(number_of, conversation)
    with office.enter("coordinator", "Halina") as boss, office.enter("clerk", "Bożena") as clerk:
        clerk.get(f"/desk/rozmowa/{conversation}")
        clerk.submit(f"/desk/rozmowa/{conversation}/przejmij")
        clerk.get("/desk")
        everything = rows(boss.get(f"/desk/dziennik?osoba={clerk.clerk.id}").text)
        assert all("Bożena" in row for row in everything)
        assert {"odczyt rozmowy", "przejęcie rozmowy", "obejrzenie kolejki", "zalogowanie"} <= {
            act for act in audit_words.names() for row in everything if act in row
        }
        reads = rows(boss.get(f"/desk/dziennik?osoba={clerk.clerk.id}&czynnosc=read").text)
        assert reads
        assert all(f"odczyt rozmowy rozmowa {conversation[:8]}" in row for row in reads)
        for target in (conversation, number, number.lower()):
            page = boss.get("/desk/dziennik", params={"obiekt": target}).text
            found = rows(page)
            assert len(found) >= 2
            assert not any("kolejki" in row for row in found)
            assert word not in page
            assert "Maria" not in page
        login = rows(boss.get("/desk/dziennik", params={"obiekt": clerk.clerk.login}).text)
        assert any("założenie konta konto: Bożena" in row for row in login)
        assert rows(boss.get("/desk/dziennik?obiekt=nie-ma-takiego").text) == []
        assert any("przeglądanie dziennika" in row for row in rows(boss.get("/desk/dziennik").text))
        [claim] = exported(boss, f"osoba={clerk.clerk.id}&czynnosc=claim")[1:]
        assert claim[1:6] == ["Bożena", clerk.clerk.login, "przejęcie rozmowy", "claim", conversation]


def test_the_file_is_a_line_itself_and_holds_no_formulas(office: Office) -> None:
    name = '=HYPERLINK("http://zle.example")'
    with office.enter("coordinator", name) as boss:
        boss.get("/desk/dziennik")
        header, *lines = exported(boss, f"osoba={boss.clerk.id}")
        assert header[:2] == ["czas", "osoba"]
        assert {line[1] for line in lines} == {f"'{name}"}
        assert [line[4] for line in lines][-2:] == ["audit_read", "audit_exported"]
        assert datetime.fromisoformat(lines[0][0]).tzinfo
        assert [line[0] for line in lines] == sorted(line[0] for line in lines)


@pytest.mark.parametrize("query", ["od=2026-13-01", "do=wczoraj", "od=2026-02-02&do=2026-02-01", "do=9999-12-31"])
def test_a_period_that_makes_no_sense_is_said_and_shows_nothing(office: Office, query: str) -> None:
    with office.enter("coordinator") as boss:
        for path in ("/desk/dziennik", "/desk/dziennik.csv"):
            answer = boss.get(f"{path}?{query}")
            assert answer.status_code == 422
            assert 'role="alert"' in answer.text
            assert rows(answer.text) == []


async def test_pages_join_without_gaps_both_ways(database: Database) -> None:
    person = await accounts.create_staff(database, "anna", "Anna", "clerk", None)
    async with database.begin() as session:
        session.add_all(Audit(at=utc_now(), staff_id=person, action="queue") for _ in range(120))
    wanted = Filter(staff_id=person)
    first = await audit_trail.read_page(database, wanted)
    second = await audit_trail.read_page(database, wanted, before=first.older)
    third = await audit_trail.read_page(database, wanted, before=second.older)
    assert [len(page.lines) for page in (first, second, third)] == [50, 50, 20]
    assert (first.newer, third.older) == (None, None)
    ids = [line.id for page in (first, second, third) for line in page.lines]
    assert ids == sorted(ids, reverse=True)
    assert len(set(ids)) == 120
    assert await audit_trail.read_page(database, wanted, after=third.newer) == audit_trail.Page(
        second.lines, second.older, second.newer
    )
    back = await audit_trail.read_page(database, wanted, after=second.newer)
    assert (back.lines, back.newer) == (first.lines, None)
    assert [line.id async for lines in audit_trail.read_all(database, wanted) for line in lines] == ids[::-1]


async def test_days_are_days_in_zielona_gora(database: Database) -> None:
    moments = [
        datetime(2026, 7, 1, 21, 59, tzinfo=UTC),  # still 1 July in Warsaw
        datetime(2026, 7, 1, 22, 1, tzinfo=UTC),  # 2 July
        datetime(2026, 12, 1, 22, 59, tzinfo=UTC),  # 1 December
        datetime(2026, 12, 1, 23, 1, tzinfo=UTC),  # 2 December
    ]
    async with database.begin() as session:
        session.add_all(Audit(at=moment, action="queue") for moment in moments)

    async def found(since: datetime, until: datetime) -> list[datetime]:
        page = await audit_trail.read_page(database, Filter("-", "queue", since.date(), until.date()))
        return [line.at for line in page.lines]

    assert await found(moments[0], moments[0]) == [moments[0]]
    july, december = datetime(2026, 7, 2, tzinfo=UTC), datetime(2026, 12, 2, tzinfo=UTC)
    assert await found(july, july) == [moments[1]]
    assert await found(december, december + timedelta(days=1)) == [moments[3]]
    assert await found(july, december) == moments[:0:-1]


def test_every_act_that_the_code_writes_has_a_polish_name() -> None:
    written = set()
    for module in Path(bot.__file__).parent.rglob("*.py"):
        for call in ast.walk(ast.parse(module.read_text())):
            if not isinstance(call, ast.Call):
                continue
            name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
            place = {"audit": 3, "note": 2, "look": 2}.get(name)
            if place is not None and len(call.args) > place:
                parts = (part for part in ast.walk(call.args[place]) if isinstance(part, ast.Constant))
                # "_lost" is the end of a name that is put together; its beginnings are written elsewhere.
                written |= {part.value for part in parts if not str(part.value).startswith("_")}
    assert {"sign_in", "claim", "claim_lost", "queue", "read"} <= written
    assert {act for act in written if audit_words.name(str(act)) == act} == set()


async def number_of(database: Database, conversation: str) -> str:
    async with database.read() as session:
        number = await session.scalar(select(Case.number).where(Case.conversation_id == conversation))
    assert number
    return number
