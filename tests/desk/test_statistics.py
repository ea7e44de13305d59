"""The statistics page and its files over HTTP: what is asked for, what is refused, and that they keep secrets."""

import csv
import io
import re
from uuid import uuid4

from sqlalchemy import delete

from bot.clock import utc_now
from bot.db.session import Database
from bot.desk.presentation import WARSAW
from bot.hub.tally import TALLIES, add_counts
from bot.permissions import ROLES
from tests.desk.conftest import Office
from tests.desk.scene import Line, Scene


async def forget_counts(database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(delete(TALLIES))


def figure(html: str, label: str) -> str:
    found = re.search(rf'miara-nazwa">{label}</span>\s*<strong class="miara-liczba(?: miara-brak)?">([^<]*)<', html)
    assert found, label
    return found[1]


def test_everybody_sees_figures_and_nobody_a_word_or_a_name(office: Office) -> None:
    word = f"tajne{uuid4().hex[:8]}"
    case = {"imie": "Zofia", "opis": word, "pilnosc": "pilna"}
    office.stage(Scene([Line("resident", word), Line("bot", word)], owner="waiting", topic="zasilek", case=case))
    today = utc_now().astimezone(WARSAW).date()
    office.ask(forget_counts)
    counts = {(today, "web", "answered", "kontakt"): 3, (today, "web", "not_understood", ""): 1}
    office.ask(add_counts, counts)
    for role in ROLES:
        with office.enter(role) as visitor:
            page = visitor.get("/desk/statystyki").text
            files = [visitor.get(f"/desk/{name}.csv").text for name in ("statystyki", "statystyki-tematy")]
            assert figure(page, "Odpowiedział asystent") == "75,0%"
            assert figure(page, "Pytania") == "4"
            assert int(figure(page, "Zgłoszenia")) >= 1
            for text in (page, *files):
                assert word not in text
                assert "Zofia" not in text


def test_the_files_hold_what_the_page_shows(office: Office) -> None:
    office.stage(Scene([Line("resident", "halo"), Line("bot", "dzień dobry")], channel="telegram", reason=None))
    with office.enter("coordinator") as visitor:
        page = visitor.get("/desk/statystyki", params={"kanal": "telegram"}).text
        answer = visitor.get("/desk/statystyki.csv", params={"kanal": "telegram"})
        assert re.search(
            r'filename="statystyki-\d{4}-\d\d-\d\d-\d{4}-\d\d-\d\d.csv"', answer.headers["content-disposition"]
        )
        rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")), delimiter=";"))
        assert {row["kanał"] for row in rows} == {"Telegram"}
        assert sum(int(row["wiadomości mieszkańców"]) for row in rows) == int(figure(page, "Wiadomości mieszkańców"))
        topics = visitor.get("/desk/statystyki-tematy.csv").text.removeprefix("\ufeff").splitlines()
        assert topics[0] == "rodzaj;temat;liczba"


def test_a_period_that_makes_no_sense_is_said_and_the_last_days_are_shown(office: Office) -> None:
    with office.enter("clerk") as visitor:
        for asked, said in (
            ({"od": "wczoraj"}, "Data ma postać RRRR-MM-DD."),
            ({"od": "2026-02-02", "do": "2026-02-01"}, "Początek okresu jest późniejszy niż koniec."),
            ({"od": "2024-01-01", "do": "2026-01-01"}, "Okres może mieć najwyżej 366 dni."),
        ):
            answer = visitor.get("/desk/statystyki", params=asked)
            assert (answer.status_code, said in answer.text) == (422, True)
        empty = visitor.get("/desk/statystyki", params={"od": "2020-01-01", "do": "2020-01-07"})
        assert figure(empty.text, "Oczekiwanie, mediana") == "brak danych"
        assert "W tym okresie nikt nie pytał asystenta." in empty.text
