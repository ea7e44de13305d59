from __future__ import annotations

import pytest

from engine.polish.segmenter import clauses, is_question


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Gdzie jest kasa? Jaki jest telefon?", ["Gdzie jest kasa?", "Jaki jest telefon?"]),
        ("gdzie jest kasa i o której jest czynna", ["gdzie jest kasa", "o której jest czynna"]),
        ("Kiedy jest wypłata, a także czy można na konto?", ["Kiedy jest wypłata", "czy można na konto?"]),
        ("gdzie jest kasa\njaki jest telefon", ["gdzie jest kasa", "jaki jest telefon"]),
        ("telefon i adres", ["telefon", "adres"]),
    ],
)
def test_cuts(text: str, parts: list[str]) -> None:
    assert [clause.text for clause in clauses(text)] == parts


@pytest.mark.parametrize(
    "text",
    [
        "Czy ul. Długa 13 to dobry adres?",
        "Kasa czynna od godz. 10.30 do 14.00 r. bieżącego?",
        "Kiedy i gdzie?",
        "Proszę o numer do pani, która zajmuje się orzeczeniami.",
        "To jest pismo z dn. 16.03.2020 r.",
        "jaki adres",
    ],
)
def test_stays_whole(text: str) -> None:
    assert [clause.text for clause in clauses(text)] == [text]


@pytest.mark.parametrize(
    ("text", "complete"),
    [
        ("gdzie jest kasa", True),
        ("na jaki adres", False),
        ("gdzie go wysłać", False),
        ("gdzie to wysłać", False),
        ("do kiedy to potrwa", True),
        ("jeśli tak, na jaki adres wysłać", False),
    ],
)
def test_knows_what_can_stand_alone(text: str, complete: bool) -> None:
    assert clauses(text)[-1].complete is complete


def test_a_very_long_enumeration_is_left_alone() -> None:
    assert len(clauses("Jest tak. " * 20)) == 1


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("Gdzie jest kasa", True),
        ("a do kiedy to", True),
        ("Kowalska?", True),
        ("Anna Kowalska", False),
        ("potrzebuję pomocy dla mamy", False),
        ("", False),
    ],
)
def test_is_question(text: str, question: bool) -> None:
    assert is_question(text) is question
