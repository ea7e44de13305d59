"""Mistakes are told at start with the line at fault, in words a maintainer understands."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.knowledge import KnowledgeError, load_knowledge
from tests.knowledge.conftest import Edit, fact_entry

PHONE = 'value: "68 411 50 00"'

CASES = [
    ("facts.yml", PHONE, "value: 684115000", "put the value in quotes"),
    ("facts.yml", PHONE, 'value: ""', "is empty"),
    ("facts.yml", PHONE, f"{PHONE}\n    phone: x", 'unknown field "phone"'),
    ("facts.yml", PHONE, f"{PHONE}\n    {PHONE}", "duplicate key"),
    ("facts.yml", "  - id: telefon_godziny\n", "  - id: Telefon\n", "is not a valid name"),
    ("facts.yml", "  - id: telefon_godziny\n", "  - id: stan\n", "reserved name"),
    ("answers.yml", "{wstrzymanie_powod}", "{wstrzymanie_powud}", 'unknown placeholder or fact "wstrzymanie_powud"'),
    ("answers.yml", "{wstrzymanie_powod}", "{wstrzymanie powod}", "is not a placeholder"),
    ("answers.yml", "{wstrzymanie_powod}", "{wstrzymanie_powod", "a brace has no pair"),
    ("answers.yml", "Tak, zasiłek można otrzymywać {przelew}.", "Proszę dzwonić pod 68 411 50 01.", "holds a number"),
    ("answers.yml", "payload: /podstawa_prawna}", "payload: /podstawy}", 'unknown intent "podstawy"'),
    ("answers.yml", '"temat":"dps"', '"temat":"dpsy"', 'unknown topic "dpsy"'),
    ("answers.yml", '/zgloszenie{"temat":"dps"}', '/zgloszenie{"temat":dps}', "does not hold valid JSON"),
    ("answers.yml", "    title: Wypłata na konto\n", "    titel: Wypłata na konto\n", 'unknown field "titel"'),
    (
        "answers.yml",
        "      - Numeru konta proszę",
        "      - line: nie_ma\n      - Numeru konta proszę",
        "no shared line",
    ),
    (
        "answers.yml",
        "odpowiedzi. Można poprosić tu",
        "odpowiedzi. {telefon_sekretariat} Można poprosić tu",
        "last text",
    ),
    ("notices.yml", "  too_long:\n", "  too_lang:\n", 'no code says a notice "too_lang"'),
    ("notices.yml", "{limit}", "{limits}", 'unknown placeholder or fact "limits"'),
    ("notices.yml", "    by: kind\n", "    by: kanal\n", "is not given to this notice"),
    ("notices.yml", "Wiadomości jest zbyt dużo", "Wiadomości {telefon_sekretariat} jest zbyt dużo", "always be said"),
    (
        "notices.yml",
        '- "W zagrożeniu życia proszę zadzwonić teraz: {numer_alarmowy}."\n    - "Brak',
        '- "Brak',
        "does not name",
    ),
    ("topics.yml", "value: posilek", "value: zasilek", 'topic "zasilek" is defined 2 times'),
]


@pytest.mark.parametrize(("name", "old", "new", "message"), CASES, ids=[case[3] for case in CASES])
def test_a_mistake_is_told_with_its_line(
    directory: Path, edit: Edit, name: str, old: str, new: str, message: str
) -> None:
    line = edit(name, old, new)
    with pytest.raises(KnowledgeError) as caught:
        load_knowledge(directory)
    hits = [problem for problem in caught.value.problems if message in problem.message]
    assert hits, str(caught.value)
    assert hits[0].file == f"knowledge/{name}"
    assert abs(hits[0].line - line) <= 1, f"{hits[0]} but edited line {line}"
    assert str(hits[0]).startswith(f"knowledge/{name}:{hits[0].line}: ")


DATES = [
    ("valid_to: null", "valid_to: 2020-03-15", "valid_to: 2020-03-15 is before valid_from 2020-03-16"),
    ("verified_on: 2020-03-16", "verified_on: 2020-02-31", "2020-02-31 is not a date"),
    ("verified_on: 2020-03-16", 'verified_on: "2020-03-16"', "without quotes as YYYY-MM-DD"),
    ("verified_on: 2020-03-16", "verified_on: 16.03.2020", "without quotes as YYYY-MM-DD"),
    ("verified_on: 2020-03-16", "verified_on: 2020-03-15", "before its source was published"),
    ("    verified_on: 2020-03-16\n", "", '"verified_on" is missing'),
    ("source: ogloszenie", "source: ogloszenia", 'unknown source "ogloszenia"'),
]


@pytest.mark.parametrize(("old", "new", "message"), DATES, ids=[case[2] for case in DATES])
def test_a_wrong_date_or_source_is_told_with_its_line(
    directory: Path, edit: Edit, old: str, new: str, message: str
) -> None:
    entry = fact_entry(directory, "telefon_sekretariat")
    first = edit("facts.yml", entry, entry.replace(old, new))
    with pytest.raises(KnowledgeError) as caught:
        load_knowledge(directory)
    (problem,) = caught.value.problems
    assert message in problem.message
    assert first <= problem.line <= first + entry.count("\n")


def test_the_emergency_number_cannot_be_lost(directory: Path, edit: Edit) -> None:
    entry = fact_entry(directory, "numer_alarmowy")
    edit("facts.yml", entry, entry.replace("valid_to: null", "valid_to: 2030-01-01"))
    with pytest.raises(KnowledgeError, match="every crisis card needs it"):
        load_knowledge(directory)


def test_a_fact_defined_twice(directory: Path, edit: Edit) -> None:
    entry = fact_entry(directory, "telefon_godziny")
    first = edit("facts.yml", entry, entry.replace("telefon_godziny", "telefon_sekretariat"))
    with pytest.raises(KnowledgeError) as caught:
        load_knowledge(directory)
    hits = [item for item in caught.value.problems if "is defined 2 times" in item.message]
    assert [item.line for item in hits] == [first]


def test_every_problem_of_every_file_is_told_at_once(directory: Path, edit: Edit) -> None:
    edit("answers.yml", "{wstrzymanie_powod}", "{powod}")
    edit("notices.yml", "{limit}", "{granica}")
    with pytest.raises(KnowledgeError) as caught:
        load_knowledge(directory)
    assert {problem.file for problem in caught.value.problems} == {"knowledge/answers.yml", "knowledge/notices.yml"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "the file is missing"),
        (b"", "empty or not a mapping"),
        (b"\xff\xfe", "not UTF-8"),
        (b"topics: [a", "topics.yml:1"),
        (b"topics:\n\t- a", "topics.yml:2"),
        (b"topics: []", "topics"),
        (b"topics: 7", "topics"),
    ],
)
def test_a_file_that_is_not_one(directory: Path, content: bytes | None, message: str) -> None:
    path = directory / "topics.yml"
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    with pytest.raises(KnowledgeError, match=message):
        load_knowledge(directory)


def test_as_of_needs_a_fact(directory: Path, edit: Edit) -> None:
    edit("answers.yml", "    text: Proszę bardzo.", "    text: Stan na {stan}. Proszę bardzo.")
    with pytest.raises(KnowledgeError, match="needs a fact that is always said"):
        load_knowledge(directory)
