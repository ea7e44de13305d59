from __future__ import annotations

import pytest

from engine.polish.courtesy import without_courtesies


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Dzień dobry, jaki jest telefon?", "jaki jest telefon?"),
        ("dzien dobry jaki jest telefon", "jaki jest telefon"),
        ("Witam serdecznie! Gdzie jest kasa? Z góry dziękuję.", "Gdzie jest kasa?"),
        ("Szanowni Państwo, dzień dobry. Proszę o adres. Pozdrawiam", "Proszę o adres"),
        ("gdzie jest kasa, dziękuję bardzo", "gdzie jest kasa"),
        ("Dzień dobry", ""),
        ("Dzień dobry Państwu!", ""),
        ("dziękuję", "dziękuję"),
        ("witamina C", "witamina C"),
        ("Gdzie jest kasa?", "Gdzie jest kasa?"),
        ("dobrych rzeczy", "dobrych rzeczy"),
        ("", ""),
    ],
)
def test_greetings_and_thanks_are_taken_off(text: str, kept: str) -> None:
    assert without_courtesies(text) == kept
