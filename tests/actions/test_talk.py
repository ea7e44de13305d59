"""Answers, repeats, fallback and the ways out."""

from typing import Any

import pytest

from actions.answers import ActionAnswer, ActionHelp, ActionRepeat
from actions.fallback import ActionDefaultFallback, ActionFallback
from actions.handoff import (
    ActionConfirm,
    ActionCrisis,
    ActionDecline,
    ActionHandoff,
    ActionLanguage,
    ActionStaleButton,
)
from actions.said import knowledge, office_day
from tests.actions.support import FILLED, run, tracker


async def test_every_intent_with_an_answer_says_it() -> None:
    for intent in sorted(knowledge().intents):
        said = await run(ActionAnswer(), tracker("?", intent))
        if said.commands:  # a right over one's own data: the hub answers, which knows what is stored
            assert [list(command) for command in said.commands] == [["right"]]
            assert intent in {"moje_dane_usun", "moje_dane_wglad"}
        else:
            assert said.texts


async def test_an_answer_comes_from_the_knowledge_and_is_remembered() -> None:
    said = await run(ActionAnswer(), tracker("telefon?", "telefon", slots={"niezrozumiane": 1}))
    assert "68 411 50 00" in said.texts[0]
    assert said.slots == {"ostatnia_odpowiedz": "telefon", "niezrozumiane": None}


async def test_small_talk_is_not_what_is_repeated_later() -> None:
    said = await run(ActionAnswer(), tracker("dzień dobry", "powitanie"))
    assert said.events == []


async def test_an_intent_without_an_answer_is_a_miss_and_never_silence() -> None:
    said = await run(ActionAnswer(), tracker("?", "od_jutra"))
    assert said.texts
    assert said.slots == {"niezrozumiane": 1}


async def test_in_the_form_a_greeting_is_short_and_nothing_invites_to_start_over() -> None:
    said = await run(ActionAnswer(), tracker("dzień dobry", "powitanie", requested="opis"))
    assert said.texts == ["Dzień dobry."]
    said = await run(ActionAnswer(), tracker("zasiłek?", "sprawa_zasilek", requested="imie"))
    assert not [payload for payload in said.buttons if payload.startswith("/zgloszenie")]


async def test_goodbye_in_the_form_keeps_what_was_told() -> None:
    said = await run(ActionAnswer(), tracker("do widzenia", "pozegnanie", slots=FILLED, requested="pora"))
    assert said.left_form
    assert said.slots == {"requested_slot": None}
    assert "/zgloszenie" in said.buttons


@pytest.mark.parametrize(
    ("slots", "form", "expected"),
    [
        ({"ostatnia_odpowiedz": "telefon"}, False, ["68 411 50 00"]),
        ({}, False, ["Nie ma jeszcze"]),
        ({"ostatnia_odpowiedz": "zniknela"}, False, ["Nie ma jeszcze"]),
        ({"ostatnia_odpowiedz": "telefon"}, True, []),
    ],
)
async def test_repeat(slots: dict[str, Any], form: bool, expected: list[str]) -> None:
    said = await run(ActionRepeat(), tracker("powtórz", "powtorz", slots=slots, form=form))
    assert len(said.texts) == len(expected)
    assert all(part in text for part, text in zip(expected, said.texts, strict=True))


async def test_help_knows_about_the_form() -> None:
    assert "anuluj" in (await run(ActionHelp(), tracker("pomoc", "pomoc", requested="imie"))).texts[0]
    usual = knowledge().answer("pomoc", on=office_day()).text
    assert (await run(ActionHelp(), tracker("pomoc", "pomoc"))).texts == [usual]


# --- not understood ---

GUESSES = [("telefon", 0.3), ("kryzys", 0.2), ("kontakt", 0.1), ("obelga", 0.09), ("email", 0.08), ("adres", 0.07)]


async def test_the_first_miss_shows_the_best_guesses_and_a_person() -> None:
    said = await run(ActionFallback(), tracker("telef", "nlu_fallback", 0.45, guesses=GUESSES))
    assert said.buttons == ["/telefon", "/kryzys", "/kontakt", "hub:person"]
    assert said.commands == [{"missed": 1}]
    assert said.slots == {"niezrozumiane": 1}


async def test_guesses_that_are_noise_are_not_shown() -> None:
    said = await run(ActionFallback(), tracker("xyz", "nlu_fallback", guesses=[("telefon", 0.03)]))
    assert said.buttons == ["/co_umiesz", "hub:person"]


async def test_rasas_own_fallback_takes_the_message_back_so_that_it_does_not_go_in_circles() -> None:
    said = await run(ActionDefaultFallback(), tracker("xyz"))
    assert said.texts
    assert [event["event"] for event in said.events] == ["rewind", "slot"]


async def test_an_unfinished_case_can_be_gone_back_to() -> None:
    where = tracker("dkończ", "nlu_fallback", slots={"temat": "dps"}, guesses=GUESSES)
    assert "/zgloszenie" in (await run(ActionFallback(), where)).buttons


@pytest.mark.parametrize("before", [1, 2])
async def test_the_second_miss_in_a_row_offers_a_person(before: int) -> None:
    where = tracker("xyz", "nlu_fallback", slots={"niezrozumiane": before}, guesses=GUESSES)
    said = await run(ActionFallback(), where)
    assert said.buttons[0] == "hub:person"
    assert said.commands == [{"missed": 2}]
    assert said.slots == {"niezrozumiane": 2}


async def test_an_unsure_crisis_is_a_crisis() -> None:
    where = tracker("ja już nie mogę", "nlu_fallback", guesses=[("kryzys", 0.2), ("telefon", 0.1)])
    assert (await run(ActionFallback(), where)).commands == [{"crisis": "ogolny"}]


async def test_a_yes_to_the_offer_calls_a_person() -> None:
    said = await run(ActionConfirm(), tracker("tak", "potwierdz", slots={"niezrozumiane": 2}))
    assert said.commands == [{"handoff": "person"}]
    assert said.slots == {"niezrozumiane": None}
    said = await run(ActionConfirm(), tracker("tak", "potwierdz"))
    assert not said.commands
    assert said.texts


# --- the ways out ---


@pytest.mark.parametrize(
    ("action", "intent", "command"),
    [
        (ActionHandoff(), "czlowiek", {"handoff": "person"}),
        (ActionCrisis(), "kryzys", {"crisis": "ogolny"}),
    ],
)
async def test_a_person_and_a_crisis_close_the_form_and_keep_its_answers(
    action: Any, intent: str, command: dict[str, str]
) -> None:
    said = await run(action, tracker("!", intent, slots=FILLED, requested="pora"))
    assert said.commands == [command]
    assert said.texts == []
    assert said.left_form
    assert said.slots == {"requested_slot": None}
    assert (await run(action, tracker("!", intent))).events == []


@pytest.mark.parametrize("language", ["uk", "ru", "en"])
async def test_languages(language: str) -> None:
    said = await run(ActionLanguage(), tracker("?", f"inny_jezyk_{language}", requested="imie"))
    assert said.commands == [{"language": language}]
    assert not said.left_form


async def test_old_buttons_and_a_no_are_answered_outside_the_form_and_left_to_it_inside() -> None:
    for action, text in ((ActionStaleButton(), '/podaj_dane{"pole":"imie"}'), (ActionDecline(), "/zaprzecz")):
        assert (await run(action, tracker(text))).texts
        assert not (await run(action, tracker(text, requested="imie"))).texts
