"""Answers that stand in for others (engine/serving.py) tell what the others are asked for."""

from __future__ import annotations

from datetime import date

import pytest

from bot.knowledge import Knowledge
from engine import intents
from engine.serving import SERVES, SURE, serving

DAY = date(2026, 11, 23)

ASKED_FOR = {
    "obsluga_osobista": ["wstrzymana", "do odwołania"],
    "czy_otwarte": ["wstrzymana", "do odwołania"],
    "do_kiedy": ["do odwołania"],
    "telefon": ["68 411 50 00"],
    "email": ["nie ma adresu"],
    "epuap": ["/jep62f01ky/SkrytkaESP"],
    "adres": ["ul. Długa 13, 65-401 Zielona Góra"],
    "kasa_godziny": ["10:30–14:00", "harmonogramu wypłat"],
    "termin_wyplaty": ["nie ma dat wypłat", "68 411 50 00"],
    "wpuszczanie": ["pojedynczo"],
    "zespol_dziala": ["bez bezpośredniej obsługi"],
    "zespol_epuap": ["ul. Długa 13", "(68) 411 51 00 – 09"],
    "zespol_podstawa": ["przewodniczącego", "16 marca 2020 r.", "poz. 433"],
    "inny_urzad": ["Asystent nie ma"],
    "uprawnienia_kwoty": ["nie ma informacji o warunkach, kwotach", "68 411 50 00"],
    "zgloszenie": ["68 411 50 00"],
    "czlowiek": ["Z pracownikiem można porozmawiać"],
}
PAIRS = [(name, other) for name in sorted(SERVES) for other in sorted(SERVES[name])]


@pytest.mark.parametrize(("name", "other"), PAIRS)
def test_what_the_other_question_asks_for_is_told(knowledge: Knowledge, name: str, other: str) -> None:
    text = knowledge.answer(name, on=DAY).text
    for piece in ASKED_FOR.get(other, ["68 411 50 00", "do odpowiedniego działu"]):
        assert piece in text


def test_shares_of_questions_with_one_answer_are_counted_together() -> None:
    guesses = [("czy_otwarte", 0.4), ("do_kiedy", 0.3), ("kryzys", 0.1)]
    assert serving(guesses) == ("czy_otwarte", pytest.approx(0.7))


def test_of_answers_that_serve_the_likeliest_question_has_its_own() -> None:
    assert serving([("do_kiedy", 0.5), ("czy_otwarte", 0.45), ("obsluga_osobista", 0.02)]) == (
        "do_kiedy",
        pytest.approx(0.95),
    )


def test_several_channels_are_answered_with_all_of_them() -> None:
    assert serving([("telefon", 0.4), ("adres", 0.35)]) == ("kontakt", pytest.approx(0.75))


def test_an_unknown_kind_of_matter_goes_to_the_secretariat() -> None:
    found = serving([("sprawa_posilek", 0.4), ("sprawa_uslugi_opiekuncze", 0.4)])
    assert found == ("przekazanie_sprawy", pytest.approx(0.8))


@pytest.mark.parametrize(
    "guesses",
    [
        [],
        [("telefon", SURE / 2), ("przelew", 0.3)],
        [("kryzys", 0.25), ("sprawa_przemoc", 0.2), ("sprawa_zasilek", 0.5)],
    ],
    ids=["nothing", "unlike questions", "a crisis first"],
)
def test_otherwise_the_assistant_asks_back(guesses: list[tuple[str, float]]) -> None:
    assert serving(guesses) is None


def test_help_in_danger_is_never_replaced_by_the_secretariat() -> None:
    assert not SERVES["przekazanie_sprawy"] & {"sprawa_przemoc", "sprawa_bezdomnosc", "kryzys"}


def test_only_answers_stand_in_for_others() -> None:
    assert set(SERVES) <= intents.ANSWERS | {"poza_zakresem", "czy_czlowiek"}
