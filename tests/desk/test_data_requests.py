"""A resident's data in staff's hands: on paper, as a copy, erased; each leaves its line in the audit trail."""

import json
import re
from uuid import uuid4

from sqlalchemy import func, select

from bot.db.models import Case, Change, Conversation, Message, Note, SearchTerm
from bot.db.session import Database
from bot.db.staff_tables import Audit
from tests.desk.conftest import Office
from tests.desk.scene import Line, Scene

CASE = {"imie": "Maria", "opis": "brak opału", "kontakt": "600 100 200", "ulica": "-", "pilnosc": "pilna"}


def with_note(office: Office, note: str, **values: object) -> str:
    conversation = office.stage(Scene([Line("resident", "tajne słowa"), Line("bot", "Odpowiedź")], **values))  # type: ignore[arg-type]
    with office.enter("clerk", "Bożena") as clerk:
        form = {"notatka": note, "client_id": uuid4().hex}
        assert clerk.submit(f"/desk/rozmowa/{conversation}/notatka", **form).status_code < 400
    return conversation


def test_a_case_on_paper_has_all_but_notes_unless_they_are_asked_for(office: Office) -> None:
    conversation = with_note(office, "tylko dla nas", owner="waiting", topic="zasilek", case=CASE)
    with office.enter("clerk", "Jolanta") as clerk:
        clerk.submit(f"/desk/rozmowa/{conversation}/przejmij")
        path = f"/desk/rozmowa/{conversation}/wydruk"
        paper = clerk.get(path)
        assert paper.status_code == 200
        for word in ("brak opału", "tajne słowa", "600 100 200", "przejęcie rozmowy", "Zgłoszenie"):
            assert word in paper.text, word
        assert "tylko dla nas" not in paper.text
        assert "Ulica" not in paper.text
        chosen = clerk.get(f"{path}?wybrano=true&notatki=true").text
        assert "tylko dla nas" in chosen
        assert "tajne słowa" not in chosen
        assert "przejęcie rozmowy" not in chosen
        assert office.ask(acts, clerk.clerk.id).count("print") == 2
        assert clerk.get(f"/desk/dane/{conversation}").status_code == 403
        assert "kopia lub usunięcie" not in clerk.get(f"/desk/rozmowa/{conversation}").text.lower()


def test_a_copy_holds_everything_with_the_notes_and_is_written_down(office: Office) -> None:
    conversation = with_note(office, "mieszka sam", owner="waiting", topic="zasilek", case=CASE)
    with office.enter("coordinator") as boss:
        plain = boss.get(f"/desk/dane/{conversation}/kopia.txt")
        assert "attachment" in plain.headers["content-disposition"]
        assert plain.headers["cache-control"] == "no-store"
        for word in ("tajne słowa", "brak opału", "Notatki pracowników", "mieszka sam", "art. 15 ust. 4"):
            assert word in plain.text, word
        content = json.loads(boss.get(f"/desk/dane/{conversation}/kopia.json").text)
        assert [line["treść"] for line in content["wiadomości"]] == ["tajne słowa", "Odpowiedź"]
        assert content["notatki_pracowników"][0]["treść"] == "mieszka sam"
        assert content["zgłoszenia"][0]["dane"]["opis"] == "brak opału"
        assert office.ask(acts, boss.clerk.id).count("export") == 2
        assert boss.get("/desk/dane/nie-ma/kopia.txt").status_code == 404


def test_an_erasure_needs_a_reason_and_a_tick_and_keeps_the_case(office: Office) -> None:
    conversation = with_note(office, "notatka", owner="waiting", topic="zasilek", case=CASE)
    number = office.ask(number_of, conversation)
    with office.enter("coordinator") as boss:
        page = boss.get(f"/desk/dane/{conversation}").text
        assert "wiadomości: 2" in page
        assert number in page.partition("Musi pozostać")[2]
        path = f"/desk/dane/{conversation}/usun"
        for data in ({}, {"powod": "request"}, {"powod": "x", "potwierdzam": "tak"}):
            refused = boss.submit(path, **data)
            assert refused.status_code == 422
            assert 'role="alert" id="usun-blad"' in refused.text
        assert office.ask(counted, Message, conversation) == 2
        done = boss.submit(path, powod="request", potwierdzam="tak")
        assert number in done.text
        assert office.ask(counted, Case, conversation) == 1
        assert office.ask(counted, Message, conversation) == 1
        assert "tajne słowa" not in boss.get(f"/desk/rozmowa/{conversation}/wydruk").text
        assert boss.submit(path, powod="request", potwierdzam="tak").status_code == 409
        assert office.ask(acts, boss.clerk.id).count("erase_request") == 1
        assert "już usunięta" in boss.get(f"/desk/dane/{conversation}").text


def test_without_a_case_nothing_stays_but_the_line(office: Office) -> None:
    conversation = with_note(office, "notatka", owner="waiting")
    with office.enter("admin") as boss:
        assert "Pozostanie tylko wpis" in boss.get(f"/desk/dane/{conversation}").text
        assert boss.submit(f"/desk/dane/{conversation}/usun", powod="mistaken", potwierdzam="tak").status_code == 200
        for table in (Message, Note, Case, Change, SearchTerm):
            assert office.ask(counted, table, conversation) == 0
        assert boss.get(f"/desk/rozmowa/{conversation}").status_code == 404
        assert "erase_mistaken" in office.ask(acts, boss.clerk.id)


def test_an_open_alarm_stays_without_a_word_until_somebody_closes_it(office: Office) -> None:
    word = f"rozpacz{uuid4().hex[:6]}"
    scene = Scene([Line("resident", word)], owner="bot", reason="crisis", urgent=True)
    conversation = office.stage(scene)
    with office.enter("coordinator") as boss:
        assert "sygnał o zagrożeniu" in boss.get(f"/desk/dane/{conversation}").text
        assert "bez treści" in boss.submit(f"/desk/dane/{conversation}/usun", powod="request", potwierdzam="tak").text
        assert f"wiersz-{conversation}" in boss.get("/desk").text
        page = boss.get(f"/desk/rozmowa/{conversation}").text
        assert word not in page
        assert "sygnał o zagrożeniu" in page
        assert office.ask(counted, SearchTerm, conversation) == 0
        boss.submit(f"/desk/rozmowa/{conversation}/przejmij")
        boss.submit(f"/desk/rozmowa/{conversation}/zakoncz")
        assert f"wiersz-{conversation}" not in boss.get("/desk").text
        assert re.search(r"zakończon", boss.get(f"/desk/rozmowa/{conversation}").text)


async def acts(database: Database, staff_id: str) -> list[str]:
    async with database.read() as session:
        return list(await session.scalars(select(Audit.action).where(Audit.staff_id == staff_id)))


async def counted(database: Database, table: type, conversation: str) -> int:
    async with database.read() as session:
        query = select(func.count()).select_from(table).where(table.conversation_id == conversation)  # type: ignore[attr-defined]
        return int(await session.scalar(query) or 0)


async def number_of(database: Database, conversation: str) -> str:
    async with database.read() as session:
        found = await session.scalar(select(Case.number).join(Conversation).where(Conversation.id == conversation))
    assert found
    return found
