"""A fact outside its window is not spoken; one without a value is said to be missing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from bot.knowledge import load_knowledge
from tests.knowledge.conftest import Edit, fact_entry

DAY = date(2026, 11, 23)


def close(directory: Path, edit: Edit, fact: str, last: str) -> None:
    entry = fact_entry(directory, fact)
    edit("facts.yml", entry, entry.replace("valid_to: null", f"valid_to: {last}"))


def test_both_ends_of_the_window_belong_to_it(directory: Path, edit: Edit) -> None:
    close(directory, edit, "telefon_sekretariat", "2020-06-30")
    knowledge = load_knowledge(directory)
    assert knowledge.fact("telefon_sekretariat", date(2020, 3, 15)) is None
    assert knowledge.fact("telefon_sekretariat", date(2020, 3, 16)) is not None
    assert knowledge.fact("telefon_sekretariat", date(2020, 6, 30)) is not None
    assert knowledge.fact("telefon_sekretariat", date(2020, 7, 1)) is None


def test_an_outdated_phone_is_spoken_nowhere(directory: Path, edit: Edit) -> None:
    close(directory, edit, "telefon_sekretariat", "2020-06-30")
    knowledge = load_knowledge(directory)
    for intent in knowledge.intents:
        text = knowledge.answer(intent, on=DAY).text
        assert "68 411 50 00" not in text
        assert text
    assert "numer nie jest teraz potwierdzony" in knowledge.answer("kontakt", on=DAY).text
    dropped = knowledge.answer("oplaty", on=DAY)
    assert dropped.text.startswith("Na to pytanie nie ma teraz potwierdzonej odpowiedzi.")
    assert "hub:person" in [button.payload for button in dropped.buttons]
    for name in ("card_uk", "card_ru", "card_en", "engine_delayed"):
        assert "68 411 50 00" not in knowledge.notice(name).text
    assert "68 411 50 00" not in knowledge.crisis_card("glod", on=DAY)
    assert "112" in knowledge.crisis_card("glod", on=DAY)


def test_when_direct_service_is_back_nothing_claims_it_is_suspended(directory: Path, edit: Edit) -> None:
    for fact in ("wstrzymanie_od", "wstrzymanie_do", "wstrzymanie_powod"):
        close(directory, edit, fact, "2020-06-30")
    knowledge = load_knowledge(directory)
    for intent in knowledge.intents:
        assert "obsługa jest wstrzymana" not in knowledge.answer(intent, on=DAY).text, intent
        assert "obsługa w MOPS jest wstrzymana" not in knowledge.answer(intent, on=DAY).text, intent
    assert "Nie ma potwierdzonej informacji" in knowledge.answer("czy_otwarte", on=DAY).text
    assert "suspended" not in knowledge.notice("card_en").text
    assert "wstrzymana" in knowledge.answer("czy_otwarte", on=date(2020, 4, 1)).text


def test_an_email_is_a_fact_like_any_other(directory: Path, edit: Edit) -> None:
    entry = fact_entry(directory, "email_sekretariat")
    edit("facts.yml", entry, entry.replace("value: null", "value: sekretariat@mops.example"))
    knowledge = load_knowledge(directory)
    assert knowledge.answer("email", on=DAY).text.startswith("E-mail do sekretariatu MOPS: sekretariat@mops.example")
    assert "e-mail: sekretariat@mops.example" in knowledge.answer("kontakt", on=DAY).text


def test_the_date_named_is_that_of_the_oldest_fact_in_the_answer(directory: Path, edit: Edit) -> None:
    entry = fact_entry(directory, "telefon_sekretariat")
    edit("facts.yml", entry, entry.replace("verified_on: 2020-03-16", "verified_on: 2026-10-01"))
    knowledge = load_knowledge(directory)
    assert "Stan na 16 marca 2020 r." in knowledge.answer("telefon", on=DAY).text
    for fact in ("zespol_telefon", "zespol_telefon_numery"):
        entry = fact_entry(directory, fact)
        edit("facts.yml", entry, entry.replace("verified_on: 2020-03-16", "verified_on: 2026-09-05"))
    assert "Stan na 5 września 2026 r." in load_knowledge(directory).answer("telefon", on=DAY).text


def test_facts_nobody_has_verified_for_long_are_named(directory: Path, edit: Edit) -> None:
    knowledge = load_knowledge(directory)
    stale = {str(fact) for fact in knowledge.stale(DAY, 365)}
    assert any('"telefon_sekretariat"' in text and "knowledge/facts.yml:" in text for text in stale)
    assert not any('"numer_alarmowy"' in text for text in stale)
    assert not any('"email_sekretariat"' in text for text in stale)
    assert knowledge.stale(date(2020, 3, 20), 365) == []


def test_retention_comes_from_the_settings(directory: Path) -> None:
    plain = load_knowledge(directory).answer("prywatnosc", on=DAY).text
    assert "ustala administrator" in plain
    told = load_knowledge(directory, {"okres_przechowywania": "90 dni"}).answer("prywatnosc", on=DAY).text
    assert "Okres przechowywania: 90 dni." in told
