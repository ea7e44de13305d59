from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from engine import intents
from engine.understanding import Parse, ranking, top, trimmed, understand

Guesses = Mapping[str, float]


def _parse(text: str, guesses: Guesses) -> Parse:
    found = [{"name": name, "confidence": value} for name, value in sorted(guesses.items(), key=lambda g: -g[1])]
    if found[0]["confidence"] < 0.45:
        found.insert(0, {"name": "nlu_fallback", "confidence": 0.45})
    return {"text": text, "intent": found[0], "intent_ranking": found, "entities": [], "text_tokens": [[0, 3]]}


class Model:
    """Answers what a test says, and remembers what it was asked."""

    def __init__(self, answers: Mapping[str, Guesses]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    async def __call__(self, text: str) -> Parse:
        self.asked.append(text)
        return _parse(text, self.answers.get(text, {"poza_zakresem": 0.3, "telefon": 0.1}))


async def _heard(text: str, answers: Mapping[str, Guesses], slot: str | None = None, form: bool = False) -> list[str]:
    return [top(said.parse)[0] for said in await understand(text, slot, form or bool(slot), Model(answers))]


TWO = "Gdzie jest kasa? Jaki jest telefon?"
BOTH = {
    TWO: {"telefon": 0.6, "kasa_gdzie": 0.35},
    "Gdzie jest kasa?": {"kasa_gdzie": 0.97},
    "Jaki jest telefon?": {"telefon": 0.98},
}


async def test_two_questions_are_heard_in_order() -> None:
    assert await _heard(TWO, BOTH) == ["kasa_gdzie", "telefon"]


@pytest.mark.parametrize(
    "changed",
    [
        {"Jaki jest telefon?": {"kasa_gdzie": 0.9}},
        {"Jaki jest telefon?": {"poza_zakresem": 0.4, "email": 0.38}},
        {"Jaki jest telefon?": {"powitanie": 0.99}},
        {TWO: {"obelga": 0.9, "telefon": 0.05, "kasa_gdzie": 0.04}},
        {TWO: {"telefon": 0.9, "email": 0.05, "adres": 0.03, "kontakt": 0.01, "epuap": 0.01}},
    ],
    ids=["same answer", "unsure", "small talk", "an insult", "not seen in the whole"],
)
async def test_otherwise_a_message_stays_whole(changed: Mapping[str, Guesses]) -> None:
    assert len(await _heard(TWO, {**BOTH, **changed})) == 1


async def test_a_crisis_beside_a_question_is_a_crisis() -> None:
    text = "Mąż mnie bije. Jaki jest telefon?"
    answers = {
        text: {"telefon": 0.8, "kryzys": 0.02},
        "Mąż mnie bije.": {"kryzys": 0.9},
        "Jaki jest telefon?": {"telefon": 0.98},
    }
    assert await _heard(text, answers) == ["kryzys"]


async def test_a_crisis_that_is_only_suspected_comes_before_what_is_likelier() -> None:
    text = "do kogo pisać, nie mamy już nic w lodówce a dzieci płaczą"
    assert await _heard(text, {text: {"kontakt": 0.6, "kryzys": 0.35}}) == ["kryzys"]
    assert await _heard(text, {text: {"kontakt": 0.8, "kryzys": 0.15}}) == ["kontakt"]


async def test_a_bare_number_is_no_crisis_whatever_the_model_makes_of_it() -> None:
    assert await _heard("997", {"997": {"kryzys": 0.6}}) == ["nlu_fallback"]


async def test_thanks_that_begin_with_agreement_stay_thanks() -> None:
    text = "dobra, dzięki"
    assert await _heard(text, {text: {"podziekowanie": 0.9}, "dobra": {"potwierdz": 0.97}}) == ["podziekowanie"]


async def test_a_benefit_called_by_its_sum_is_asked_of_the_model() -> None:
    assert await _heard("500+", {"500+": {"swiadczenie_800plus": 0.9}}) == ["swiadczenie_800plus"]
    assert await _heard("500", {"500": {"swiadczenie_800plus": 0.9}}) == ["nlu_fallback"]


async def test_a_statement_before_the_question_is_no_question() -> None:
    text = "Mam orzeczenie. Jak dostać kartę parkingową?"
    answers = {
        text: {"zespol_karta_parkingowa": 0.6, "zespol_orzeczenie": 0.39},
        "Mam orzeczenie.": {"zespol_orzeczenie": 0.99},
        "Jak dostać kartę parkingową?": {"zespol_karta_parkingowa": 0.99},
    }
    assert await _heard(text, answers) == ["zespol_karta_parkingowa"]


async def test_a_part_is_read_in_the_light_of_the_whole() -> None:
    text = "gdzie jest kasa i w jakich godzinach jest czynna"
    answers = {
        text: {"kasa_godziny": 0.7, "kasa_gdzie": 0.28, "godziny_telefonu": 0.01},
        "gdzie jest kasa": {"kasa_gdzie": 0.97},
        "w jakich godzinach jest czynna": {"godziny_telefonu": 0.8, "kasa_godziny": 0.15},
    }
    assert await _heard(text, answers) == ["kasa_gdzie", "kasa_godziny"]


@pytest.mark.parametrize(
    ("whole", "rest", "heard"),
    [
        ({"powitanie": 0.7, "telefon": 0.2}, {"telefon": 0.98}, "telefon"),
        ({"powitanie": 0.7, "telefon": 0.2}, {"telefon": 0.3}, "nlu_fallback"),
        ({"powitanie": 0.7, "telefon": 0.2}, {"podziekowanie": 0.9}, "powitanie"),
        ({"telefon": 0.95}, {"adres": 0.6}, "telefon"),
        ({"telefon": 0.3}, {"telefon": 0.8}, "telefon"),
    ],
    ids=["a question", "not understood", "only courtesies", "surer as a whole", "surer without"],
)
async def test_a_greeting_does_not_hide_the_question(whole: Guesses, rest: Guesses, heard: str) -> None:
    text = "Dzień dobry, jaki jest telefon?"
    model = Model({text: whole, "jaki jest telefon?": rest})
    [said] = await understand(text, None, False, model)
    assert (said.text, said.parse["text"], top(said.parse)[0]) == (text, text, heard)


async def test_a_name_after_a_greeting_is_no_matter() -> None:
    text = "Dzień dobry, panie bocie"
    model = Model({text: {"powitanie": 0.9}, "panie bocie": {"czy_czlowiek": 0.3}})
    [said] = await understand(text, None, False, model)
    assert top(said.parse)[0] == "powitanie"


@pytest.mark.parametrize(
    ("text", "answers", "heard"),
    [
        (
            "Gdzie jest kasa? W jakich godzinach?",
            {"Gdzie jest kasa?": {"kasa_gdzie": 0.97}, "W jakich godzinach?": {"godziny_telefonu": 0.99}},
            ["kasa_gdzie", "kasa_godziny"],
        ),
        (
            "Gdzie jest kasa? W jakich godzinach dzwonić?",
            {"Gdzie jest kasa?": {"kasa_gdzie": 0.97}, "W jakich godzinach dzwonić?": {"godziny_telefonu": 0.99}},
            ["kasa_gdzie", "godziny_telefonu"],
        ),
        (
            "Można przez ePUAP? Na jaki adres?",
            {"Można przez ePUAP?": {"epuap": 0.97}, "Na jaki adres?": {"adres": 0.99}},
            ["epuap"],
        ),
    ],
)
async def test_the_second_question_is_about_the_thing_of_the_first(
    text: str, answers: Mapping[str, Guesses], heard: list[str]
) -> None:
    whole = {name: 0.3 for guesses in answers.values() for name in guesses}
    whole |= {"epuap": 0.9} if heard == ["epuap"] else {"kasa_godziny": 0.3}
    assert await _heard(text, {text: whole, **answers}) == heard


async def test_a_list_of_facts() -> None:
    answers = {
        "telefon i e-mail": {"telefon": 0.5, "email": 0.45},
        "telefon": {"telefon": 0.97},
        "e-mail": {"email": 0.97},
    }
    assert await _heard("telefon i e-mail", answers) == ["telefon", "email"]
    answers["telefon i e-mail"] = {"telefon": 0.95, "email": 0.04}
    assert await _heard("telefon i e-mail", answers) == ["telefon", "email"]


@pytest.mark.parametrize("slot", sorted(intents.FREE_TEXT_SLOTS))
async def test_free_text_is_the_answer_to_the_form(slot: str) -> None:
    assert await _heard("ulica Długa", {"ulica Długa": {"adres": 0.99}}, slot) == [intents.FORM_ANSWER]


@pytest.mark.parametrize(
    ("text", "guesses", "slot", "heard"),
    [
        ("rezygnuję", {"anuluj": 0.95}, "imie", "anuluj"),
        ("rezygnuję", {"anuluj": 0.6}, "imie", intents.FORM_ANSWER),
        ("chcę rozmawiać z człowiekiem", {"czlowiek": 0.9}, "opis", "czlowiek"),
        ("bardzo potrzebuję pomocy przy mamie bo nie daję już sobie rady", {"pomoc": 0.9}, "opis", None),
        ("mąż mnie bije i boję się o dzieci a on zaraz tu wróci", {"kryzys": 0.9}, "opis", "kryzys"),
        ("boję się wrócić", {"kryzys": 0.55}, "opis", "kryzys"),
        ("Gdzie jest kasa?", {"kasa_gdzie": 0.95}, "imie", "kasa_gdzie"),
        ("gdzie jest kasa", {"kasa_gdzie": 0.95}, "imie", "kasa_gdzie"),
        ("kasa na Długiej", {"kasa_gdzie": 0.95}, "ulica", None),
        ("Czy dostanę zasiłek na leki?", {"sprawa_zasilek": 0.95}, "opis", None),
        ("Czy dostanę zasiłek na leki?", {"sprawa_zasilek": 0.95}, "imie", "sprawa_zasilek"),
        ("dziękuję", {"podziekowanie": 0.95}, "imie", "podziekowanie"),
        ("привіт", {"inny_jezyk_uk": 0.9}, "imie", "inny_jezyk_uk"),
    ],
)
async def test_what_comes_before_the_forms_question(
    text: str, guesses: Guesses, slot: str, heard: str | None
) -> None:
    assert await _heard(text, {text: guesses}, slot) == [heard or intents.FORM_ANSWER]


async def test_a_choice_is_left_to_the_form() -> None:
    assert await _heard("dla mamy", {"dla mamy": {"sprawa_dps": 0.6}}, "dla_kogo") == ["sprawa_dps"]


async def test_a_form_is_never_answered_in_two_parts() -> None:
    model = Model(BOTH)
    assert len(await understand(TWO, "dla_kogo", True, model)) == 1
    assert model.asked == [TWO]


async def test_the_form_answer_keeps_the_real_guesses() -> None:
    [said] = await understand("Anna", "imie", True, Model({"Anna": {"powitanie": 0.4, "adres": 0.2}}))
    assert said.parse["intent"] == {"name": intents.FORM_ANSWER, "confidence": 1.0}
    assert [name for name, _ in ranking(said.parse)] == [intents.FORM_ANSWER, "powitanie", "adres"]


def test_the_fallback_reports_the_best_real_guess() -> None:
    parse = _parse("hm", {"telefon": 0.3, "email": 0.2})
    assert top(parse) == ("nlu_fallback", 0.3)
    assert ranking(parse) == [("telefon", 0.3), ("email", 0.2)]


def test_the_trimmed_parse_holds_what_actions_read() -> None:
    parse: dict[str, Any] = _parse("x", {f"i{number}": 0.9 / (number + 1) for number in range(20)})
    kept = trimmed(parse)
    assert set(kept) == {"text", "intent", "entities", "intent_ranking"}
    assert len(kept["intent_ranking"]) == 6


def test_intents_of_this_module_are_in_the_domain() -> None:
    from pathlib import Path

    from rasa.shared.core.domain import Domain

    known = set(Domain.load(Path(__file__).parents[2] / "domain.yml").intents)
    named = (
        intents.ANSWERS
        | {intents.CRISIS}
        | intents.COMMANDS
        | intents.ALWAYS
        | intents.SMALL_TALK
        | intents.INDIVISIBLE
    )
    assert named | intents.MATTERS | intents.LISTED | {intents.FORM_ANSWER} <= known


async def test_questions_with_one_answer_are_answered_though_neither_is_sure() -> None:
    unsure = {"telefon": 0.4, "adres": 0.35, "oplaty": 0.1}
    assert await _heard("co i jak do was", {"co i jak do was": unsure}) == ["kontakt"]


async def test_an_answer_that_stands_in_says_how_sure_it_is() -> None:
    heard = await understand("co i jak", None, False, Model({"co i jak": {"telefon": 0.4, "adres": 0.35}}))
    assert top(heard[0].parse) == ("kontakt", pytest.approx(0.75))
    assert [name for name, _ in ranking(heard[0].parse)] == ["kontakt", "telefon", "adres"]


async def test_bare_nouns_are_named_facts_however_unsure_the_model_is() -> None:
    text = "Jaki jest adres i telefon?"
    answers = {
        text: {"telefon": 0.5, "adres": 0.2},
        "Jaki jest adres": {"adres": 0.94},
        "telefon?": {"telefon": 0.53, "godziny_telefonu": 0.42},
    }
    assert await _heard(text, answers) == ["adres", "telefon"]
