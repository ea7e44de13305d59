"""Every question the announcement answers gets exactly the announced fact, and no invention beside it."""

from __future__ import annotations

import re
import time
from datetime import date
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from bot.knowledge import Knowledge
from bot.knowledge.names import CRISIS_KINDS, EXTRA_INTENTS, NOTICES

ROOT = Path(__file__).resolve().parents[2]
DAY = date(2026, 11, 23)

ANNOUNCED = {
    "obsluga_osobista": ["wstrzymana od 16 marca 2020 r.", "do odwołania", "kasy", "10:30–14:00"],
    "do_kiedy": ["do odwołania", "nie podaje daty końcowej"],
    "dlaczego": ["koronawirus"],
    "kontakt": [
        "sekretariat",
        "68 411 50 00",
        "e-mail: w ogłoszeniu nie ma adresu",
        "/jep62f01ky/SkrytkaESP",
        "ul. Długa 13, 65-401 Zielona Góra",
    ],
    "telefon": ["68 411 50 00"],
    "email": ["nie ma adresu e-mail", "68 411 50 00", "/jep62f01ky/SkrytkaESP", "ul. Długa 13"],
    "epuap": ["/jep62f01ky/SkrytkaESP"],
    "adres": ["ul. Długa 13, 65-401 Zielona Góra"],
    "przekazanie_sprawy": ["do odpowiedniego działu", "niezwłocznego"],
    "kasa_godziny": ["10:30–14:00", "harmonogramu wypłat"],
    "termin_wyplaty": ["W ogłoszeniu nie ma dat wypłat", "harmonogramu", "68 411 50 00"],
    "wpuszczanie": ["pojedynczo"],
    "przelew": ["Tak", "na konto bankowe", "68 411 50 00"],
    "zespol_dziala": ["bez bezpośredniej obsługi", "(68) 411 51 00 – 09", "ul. Długa 13"],
    "zespol_kontakt": [
        "(68) 411 51 00 – 09",
        "dziesięć numerów",
        "od 00 do 09",
        "e-mail: w ogłoszeniu nie ma adresu",
        "ul. Długa 13, 65-401 Zielona Góra",
    ],
    "zespol_zakres": [
        "orzeczenia o niepełnosprawności",
        "stopniu niepełnosprawności",
        "wskazaniach do ulg i uprawnień",
        "legitymacje",
        "karty parkingowe dla osób niepełnosprawnych i dla placówek",
        "skargi i wnioski",
        "zaświadczenia",
    ],
    "zespol_orzeczenie": ["orzeczenia", "(68) 411 51 00 – 09"],
    "zespol_legitymacja": ["legitymacje", "nie ma informacji, jak odebrać"],
    "zespol_karta_parkingowa": ["dla osób niepełnosprawnych i dla placówek", "nie ma informacji, jak odebrać"],
    "zespol_zaswiadczenie": ["zaświadczenia", "(68) 411 51 00 – 09"],
    "skargi_wnioski": ["skargi i wnioski", "(68) 411 51 00 – 09"],
    "zespol_podstawa": [
        "przewodniczący",
        "16 marca 2020 r.",
        "§ 8 ust. 2 w związku z § 8 ust. 1 pkt 2",
        "Ministra Zdrowia z dnia 13 marca 2020 r.",
        "Dz.U. z 2020 r. poz. 433 z późn. zm.",
        "tylko zespołu",
    ],
    "podstawa_prawna": ["Dla wstrzymania obsługi w MOPS ogłoszenie nie podaje podstawy prawnej", "poz. 433"],
    "czy_otwarte": ["wstrzymana od 16 marca 2020 r. do odwołania", "68 411 50 00"],
}

NOT_IN_THE_TEXT = {
    "kasa_gdzie": "nie ma informacji, gdzie jest kasa",
    "godziny_telefonu": "nie ma godzin, w których działa telefon",
    "dokumenty": "nie ma informacji o potrzebnych dokumentach",
    "oplaty": "nie ma informacji o opłatach",
    "czas_sprawy": "nie ma informacji, jak długo",
    "zespol_komisja": "nie ma informacji, czy odbywają się posiedzenia",
}


@pytest.mark.parametrize("intent", ANNOUNCED)
def test_announced_facts_are_in_their_answer(knowledge: Knowledge, intent: str) -> None:
    text = knowledge.answer(intent, on=DAY).text
    for piece in ANNOUNCED[intent]:
        assert piece in text


@pytest.mark.parametrize("intent", NOT_IN_THE_TEXT)
def test_what_the_text_does_not_say_is_said_to_be_missing(knowledge: Knowledge, intent: str) -> None:
    text = knowledge.answer(intent, on=DAY).text
    assert text.startswith("W ogłoszeniu nie ma")
    assert NOT_IN_THE_TEXT[intent] in text
    assert "411 5" in text


def test_the_board_has_no_epuap_inferred(knowledge: Knowledge) -> None:
    for intent in knowledge.intents:
        if intent.startswith("zespol_"):
            assert "SkrytkaESP" not in knowledge.answer(intent, on=DAY).text
    assert "nie podaje adresu ePUAP" in knowledge.answer("zespol_epuap", on=DAY).text


def test_the_cash_desk_is_not_placed_at_the_address_for_letters(knowledge: Knowledge) -> None:
    for intent in ("kasa_gdzie", "kasa_godziny", "termin_wyplaty", "wpuszczanie"):
        assert "Długa" not in knowledge.answer(intent, on=DAY).text


def test_other_peoples_benefits_are_refused_without_confirming_anything(knowledge: Knowledge) -> None:
    text = knowledge.answer("cudze_swiadczenia", on=DAY).text
    assert "art. 100 ustawy o pomocy społecznej" in text
    assert "także tego, czy ktoś korzysta z pomocy" in text


@pytest.mark.parametrize("intent", ["moja_sprawa_status", "uprawnienia_kwoty"])
def test_own_case_and_amounts_go_to_a_person(knowledge: Knowledge, intent: str) -> None:
    answer = knowledge.answer(intent, on=DAY)
    assert "pracownik" in answer.text
    assert "hub:person" in [button.payload for button in answer.buttons]


def test_800plus_is_another_offices(knowledge: Knowledge) -> None:
    text = knowledge.answer("swiadczenie_800plus", on=DAY).text
    assert "nie prowadzi MOPS" in text
    assert "ZUS" in text


def test_answers_that_depend_on_time_name_their_date(knowledge: Knowledge) -> None:
    for intent in ("obsluga_osobista", "kontakt", "kasa_godziny", "zespol_kontakt", "czy_otwarte", "do_kiedy"):
        assert knowledge.answer(intent, on=DAY).text.endswith("Stan na 16 marca 2020 r.")


def test_no_number_is_spoken_that_is_not_a_fact(knowledge: Knowledge) -> None:
    known = (
        " ".join(fact.value or "" for fact in knowledge.facts) + " 800+ 500+ 16 marca 2020 r. 23 listopada 2026 r."
    )
    said = [knowledge.answer(intent, on=DAY).text for intent in knowledge.intents]
    said += [knowledge.notice(name, **dict.fromkeys(values, "")).text for name, values in _SAYABLE.items()]
    said += [knowledge.crisis_card(kind, on=DAY) for kind in CRISIS_KINDS]
    for text in said:
        for number in re.findall(r"[0-9][0-9 :–-]*[0-9]|[0-9]", text):
            assert number.strip() in known, text


_SAYABLE = {
    name: values for name, values in NOTICES.items() if not values & {"number", "limit", "next_open", "kinds"}
}


def test_every_intent_of_the_domain_has_an_answer(knowledge: Knowledge) -> None:
    path = ROOT / "domain.yml"
    if not path.exists():
        pytest.skip("domain.yml is not there yet")
    domain = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    intents = {next(iter(item)) if isinstance(item, dict) else item for item in domain["intents"]}
    assert intents - EXTRA_INTENTS <= knowledge.intents
    assert knowledge.intents <= intents
    for intent in knowledge.intents:
        for button in knowledge.answer(intent, on=DAY).buttons:
            if button.payload.startswith("/"):
                assert re.split(r"[{]", button.payload[1:])[0] in intents


def test_every_matter_starts_its_case_with_its_topic(knowledge: Knowledge) -> None:
    for intent in knowledge.intents:
        if intent.startswith("sprawa_"):
            topic = intent.removeprefix("sprawa_")
            assert topic in knowledge.topics
            payloads = [button.payload for button in knowledge.answer(intent, on=DAY).buttons]
            assert f'/zgloszenie{{"temat":"{topic}"}}' in payloads
            assert "hub:person" in payloads


def test_unknown_intent_is_an_error(knowledge: Knowledge) -> None:
    with pytest.raises(KeyError):
        knowledge.answer("nie_ma_takiej", on=DAY)


def test_rendering_is_fast(knowledge: Knowledge) -> None:
    intents = sorted(knowledge.intents)
    days = [date(2026, 1, day) for day in range(1, 29)]
    started = time.perf_counter()
    for day in days:
        for intent in intents:
            knowledge.answer(intent, on=day)
    each = (time.perf_counter() - started) / (len(days) * len(intents))
    assert each < 0.0002
