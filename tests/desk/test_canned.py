"""Canned replies and facts over HTTP: who keeps which, what is refused, what an answer gets."""

import re
from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest

from bot.hub.canned import facts_on
from bot.knowledge import load_knowledge
from tests.desk.conftest import Office
from tests.desk.scene import Line, Scene
from tests.desk.visitor import Visitor
from tests.support.processes import ROOT

PAGE = "/desk/gotowe-odpowiedzi"


@pytest.fixture
def name() -> str:
    return f"Nazwa {uuid4().hex[:8]}"


def keep(visitor: Visitor, name: str, text: str = "Dzień dobry.", **more: str) -> int:
    return visitor.submit(f"{PAGE}/nowa", nazwa=name, tresc=text, **more).status_code


def id_of(visitor: Visitor, name: str) -> str:
    found = re.search(
        rf'id="gotowa-(\w+)">(?:(?!</li>).)*?<strong>{name}</strong>', visitor.get(PAGE).text, re.DOTALL
    )
    assert found
    return found[1]


def offered(visitor: Visitor, conversation: str) -> dict[str, str]:
    text = visitor.get(f"/desk/rozmowa/{conversation}/wstawki").text
    return {
        unescape(name): unescape(value)
        for value, name in re.findall(r'data-tekst="([^"]*)"><span class="wstawka-nazwa">([^<]*)<', text)
    }


def test_own_replies_are_nobody_elses(office: Office, name: str) -> None:
    with office.enter("clerk") as anna, office.enter("coordinator", "Ewa") as ewa:
        assert keep(anna, name) == 303
        mine = id_of(anna, name)
        assert name not in ewa.get(PAGE).text
        assert ewa.submit(f"{PAGE}/{mine}", nazwa="Cudza", tresc="Nie.").status_code == 422
        assert ewa.submit(f"{PAGE}/{mine}/usun").status_code == 404
        conversation = office.stage(Scene([Line("resident", "halo")], owner="waiting"))
        assert name in offered(anna, conversation)
        assert name not in offered(ewa, conversation)
        assert anna.submit(f"{PAGE}/{mine}", nazwa=name, tresc="Zmieniona.").status_code == 303
        assert offered(anna, conversation)[name] == "Zmieniona."
        assert anna.submit(f"{PAGE}/{mine}/usun").status_code == 303
        assert name not in anna.get(PAGE).text


@pytest.mark.parametrize("role", ["coordinator", "maintainer", "admin"])
def test_shared_replies_are_changed_by_those_who_look_after_them(office: Office, name: str, role: str) -> None:
    with office.enter(role) as keeper, office.enter("clerk") as anna:
        assert keep(keeper, name, czyja="wspolna") == 303
        shared = id_of(anna, name)
        assert f"{PAGE}/{shared}" not in anna.get(PAGE).text
        assert anna.submit(f"{PAGE}/{shared}", nazwa=name, tresc="Inaczej.").status_code == 403
        assert anna.submit(f"{PAGE}/{shared}/usun").status_code == 403
        assert keep(anna, f"{name} 2", czyja="wspolna") == 403
        assert keeper.submit(f"{PAGE}/{shared}", nazwa=name, tresc="Inaczej.").status_code == 303
        assert keeper.submit(f"{PAGE}/{shared}/usun").status_code == 303


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Dzień dobry {nazwisko}", "Nieznana zmienna {nazwisko}. Dostępne są: {imię}, {numer zgłoszenia}"),
        ("Dzień dobry {}", "Nieznana zmienna {}."),
        ("Dzień dobry {imię", "nawias klamrowy bez pary"),
        ("  ", "Proszę wpisać treść."),
        ("x" * 2001, "najwyżej 2000 znaków"),
    ],
)
def test_what_cannot_be_kept_is_said_and_stays_in_the_form(office: Office, name: str, text: str, why: str) -> None:
    with office.enter("clerk") as anna:
        answer = anna.submit(f"{PAGE}/nowa", nazwa=name, tresc=text)
        assert answer.status_code == 422
        page = unescape(answer.text)
        assert why in page
        assert f'value="{name}"' in page
        assert f"{text}</textarea>" in page
        assert name not in anna.get(PAGE).text


def test_two_replies_of_one_owner_have_two_names(office: Office, name: str) -> None:
    with office.enter("coordinator") as ewa, office.enter("clerk") as anna:
        assert [keep(ewa, name), keep(ewa, name.upper())] == [303, 422]
        assert [keep(ewa, name, czyja="wspolna"), keep(anna, name)] == [303, 303]


def test_variables_are_filled_in_and_what_is_missing_is_marked_and_never_sent(office: Office, name: str) -> None:
    with office.enter("clerk") as anna:
        text = "{Imię}, zgłoszenie {numer  zgłoszenia}. {pracownik}, tel. {telefon sekretariatu}"
        assert keep(anna, name, text) == 303
        case = {"imie": "Pani Maria", "opis": "opał", "pilnosc": "zwykla"}
        known = office.stage(Scene([Line("resident", "halo")], owner="staff", staff_id=anna.clerk.id, case=case))
        told = offered(anna, known)[name]
        assert re.fullmatch(r"Pani Maria, zgłoszenie \d{4}-\d{4}\. Anna, tel\. 68 411 50 00", told)
        bare = office.stage(Scene([Line("resident", "halo")], owner="staff", staff_id=anna.clerk.id))
        marked = offered(anna, bare)[name]
        assert marked.startswith("[do uzupełnienia: imię], zgłoszenie [do uzupełnienia: numer zgłoszenia].")
        for unfinished in (marked, "Dzień dobry {imię}"):
            answer = anna.submit(f"/desk/rozmowa/{bare}/odpowiedz", tresc=unfinished, client_id="1")
            assert (answer.status_code, "Do uzupełnienia w treści: imię" in answer.text) == (422, True)
        assert "wpis-staff" not in anna.get(f"/desk/rozmowa/{bare}").text


def test_facts_come_with_their_source_and_only_while_they_hold(office: Office) -> None:
    with office.enter("clerk") as anna:
        conversation = office.stage(Scene([Line("resident", "halo")], owner="waiting"))
        told = offered(anna, conversation)
    assert told["Godziny kasy"] == (
        "Godziny kasy: 10:30–14:00 (źródło: ogłoszenie MOPS w Zielonej Górze o wstrzymaniu bezpośredniej obsługi "
        "z 16 marca 2020 r., stan na 16 marca 2020 r.)."
    )
    # Known questions without an answer are no facts.
    assert "E-mail sekretariatu" not in told
    knowledge = load_knowledge(ROOT / "knowledge")
    hours = next(fact for fact in knowledge.facts if fact.id == "kasa_godziny")
    assert "Godziny kasy" in {fact.name for fact in facts_on(knowledge, hours.valid_from)}
    assert "Godziny kasy" not in {fact.name for fact in facts_on(knowledge, hours.valid_from - timedelta(days=1))}


def test_everybody_starts_with_a_few_replies(office: Office) -> None:
    with office.enter("clerk") as anna:
        told = offered(anna, office.stage(Scene([Line("resident", "halo")], owner="waiting")))
    assert told["Powitanie"] == "Dzień dobry. Tu Anna, pracownik MOPS. Już sprawdzam, jak można pomóc."
    assert "68 411 50 00" in told["Czat to nie wniosek"]
