from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rasa.shared.nlu.training_data.message import Message

from engine.polish.entity_extractor import PolishEntityExtractor, entities
from engine.polish.identifiers import named, valid_id_card


def found(text: str) -> list[tuple[str, str]]:
    return [(entity.entity, text[entity.start : entity.end]) for entity in entities(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("proszę dzwonić na 600 123 456", [("numer_telefonu", "600 123 456")]),
        ("mój nr +48 601-234-567 po 15", [("numer_telefonu", "+48 601-234-567"), ("pora", "po 15")]),
        ("68 411 50 00 to wasz numer?", [("numer_telefonu", "68 411 50 00")]),
        ("piszcie na ewa.nowak+mops@poczta.example.pl.", [("adres_email", "ewa.nowak+mops@poczta.example.pl")]),
        ("pesel 44051401359", [("pesel", "44051401359")]),
        ("pesel 44051401358", []),
        ("dowód aba 300 000", [("numer_dowodu", "aba 300 000")]),
        ("dowód ABA300001", []),
        ("konto 61 1090 1014 0000 0712 1981 2874", [("numer_konta", "61 1090 1014 0000 0712 1981 2874")]),
        ("konto PL61109010140000071219812874", [("numer_konta", "PL61109010140000071219812874")]),
        ("konto 61 1090 1014 0000 0712 1981 2875", []),
        ("sprawa MOPS.DŚ.4020.12.2020, co z nią", [("znak_sprawy", "MOPS.DŚ.4020.12.2020")]),
        ("mops.dś.4020.12.2020", [("znak_sprawy", "mops.dś.4020.12.2020")]),
        ("mieszkam na Długiej 13", [("ulica", "Długiej 13")]),
        ("ul dluga 13 m 4", [("ulica", "ul dluga 13")]),
        ("ul. ks. Jerzego Popiełuszki 7a/12", [("ulica", "ul. ks. Jerzego Popiełuszki 7a")]),
        ("osiedle Pomorskie", [("ulica", "osiedle Pomorskie")]),
        ("ul. 3 Maja", [("ulica", "ul. 3 Maja")]),
        ("jutro po 15", [("pora", "jutro po 15")]),
        ("najlepiej w środę rano albo w piątek", [("pora", "w środę rano albo w piątek")]),
        ("między 9 a 11", [("pora", "między 9 a 11")]),
        ("kasa 10:30–14:00?", [("pora", "10:30–14:00")]),
        ("decyzja z 16 marca 2020 r.", [("pora", "16 marca 2020 r.")]),
        ("zadzwońcie po dziesiątej", [("pora", "po dziesiątej")]),
    ],
)
def test_what_a_message_holds(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "czekam po 14 dniach od wniosku",
        "mam 2 dzieci i 500 zł do wydania",
        "Dz.U. z 2020 r. poz. 433",
        "w Zielonej Górze",
        "na Zielonej Górze",
        "800+ czy 500 plus",
        "na co czekać",
    ],
)
def test_other_numbers_and_names_are_left_alone(text: str) -> None:
    assert not found(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("600 123 456", "+48600123456"),
        ("Jan@Example.PL", "jan@example.pl"),
        ("61 1090 1014 0000 0712 1981 2874", "PL61109010140000071219812874"),
        ("aba 300 000", "ABA300000"),
    ],
)
def test_one_spelling_for_a_number(text: str, value: str) -> None:
    assert [entity.value for entity in entities(text)] == [value]


@given(st.text(alphabet="AaZzłŚ0123456789 .,:@-/+\nIJß", max_size=80))
def test_spans_lie_in_the_text_in_order_and_apart(text: str) -> None:
    last = 0
    for entity in entities(text):
        assert last <= entity.start < entity.end <= len(text)
        assert entity.value
        last = entity.end


@given(st.from_regex(r"[A-Z]{3}[0-9]{6}", fullmatch=True), st.integers(4, 8), st.integers(1, 9))
def test_one_wrong_digit_is_no_identity_card(number: str, place: int, change: int) -> None:
    if valid_id_card(number):
        wrong = number[:place] + str((int(number[place]) + change) % 10) + number[place + 1 :]
        assert not valid_id_card(wrong)


@pytest.mark.parametrize("piece", ["a", ". ", "1 ", "ul. Aa ", "od 8 ", "A.1.", "a@a.", "Aaaa-", "10-"])
def test_a_long_message_takes_no_time_to_speak_of(piece: str) -> None:
    entities("rozgrzewka 600 123 456")
    began = time.process_time()
    entities((piece * 8_000)[:8_000])
    assert time.process_time() - began < 0.5


def test_entities_are_in_the_parse() -> None:
    message = Message.build("tel. 600 123 456")
    PolishEntityExtractor().process([message])
    (entity,) = message.get("entities")
    assert entity == {
        "entity": "numer_telefonu",
        "start": 5,
        "end": 16,
        "value": "+48600123456",
        "extractor": "PolishEntityExtractor",
    }


def test_a_number_is_named_where_only_its_kind_matters() -> None:
    assert named("tel. 600 123 456, Jan@example.pl") == "tel. numertelefonu, adresemail"
    assert named("do 14 czy do 15?") == "do 14 czy do 15?"
