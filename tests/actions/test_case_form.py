"""The case form: (slots, message) → events, one turn at a time."""

from typing import Any

import pytest

from actions.case_form import ask
from actions.case_form import fields as f
from actions.case_form.finish import ActionCancelCase, ActionCorrectCase, ActionSubmitCase
from actions.case_form.validate import ValidateCaseForm
from tests.actions.support import FILLED, run, tracker


def only(*fields: str) -> dict[str, Any]:
    return {field: FILLED[field] for field in fields}


def without(*fields: str, **more: Any) -> dict[str, Any]:
    return {key: value for key, value in FILLED.items() if key not in fields} | more


@pytest.mark.parametrize(
    ("slots", "requested", "text", "intent", "expected"),
    [
        # the main way
        ({}, None, "chcę zgłosić sprawę", "zgloszenie", {"requested_slot": "temat"}),
        ({}, None, '/zgloszenie{"temat":"dps"}', None, {"temat": "dps", "requested_slot": "opis"}),
        ({"ostatnia_odpowiedz": "sprawa_dps"}, None, "zgłaszam", "zgloszenie", {"temat": "dps"}),
        ({"ostatnia_odpowiedz": "telefon"}, None, "zgłaszam", "zgloszenie", {"requested_slot": "temat"}),
        ({}, "temat", '/podaj_dane{"grupa":"opieka"}', None, {"grupa": "opieka", "requested_slot": "temat"}),
        ({"grupa": "opieka"}, "temat", '/podaj_dane{"grupa":"-"}', None, {"grupa": None}),
        ({"grupa": "opieka"}, "temat", '/podaj_dane{"temat":"dps"}', None, {"temat": "dps", "grupa": None}),
        (only("temat"), "opis", "Potrzebna jest opieka.", "podaj_dane", {"requested_slot": "imie"}),
        (only("temat", "opis"), "imie", "Anna", "nlu_fallback", {"imie": "Anna", "requested_slot": "kontakt"}),
        (only("temat", "opis", "imie"), "kontakt", "684115000", None, {"kontakt": "68 411 50 00"}),
        (without("kontakt", "pora"), "kontakt", '/podaj_dane{"kontakt":"czat"}', None, {"kontakt": "czat"}),
        (without("znak_sprawy"), "znak_sprawy", '/podaj_dane{"znak_sprawy":"-"}', None, {"znak_sprawy": "-"}),
        (without("pora"), "pora", "po 15", "podaj_dane", {"pora": "po 15", "requested_slot": "potwierdzenie"}),
        (FILLED, "potwierdzenie", "/potwierdz", None, {"potwierdzenie": "tak", "requested_slot": None}),
        (FILLED, "potwierdzenie", "tak", "potwierdz", {"potwierdzenie": "tak", "requested_slot": None}),
        # no time to call when the answer comes in the chat
        (without("pora", kontakt="czat"), None, "", "zgloszenie", {"requested_slot": "potwierdzenie"}),
        # what cannot be used
        (only("temat"), "opis", "pomoc", "podaj_dane", {"opis": None, "blad": "opis_za_krotki", "niezrozumiane": 1}),
        (only("temat", "opis"), "imie", "[ukryto: numer PESEL]", None, {"imie": None, "blad": "ukryte"}),
        ({}, "temat", "asdf", "nlu_fallback", {"blad": "temat_nieznany", "requested_slot": "temat"}),
        ({}, "temat", '/podaj_dane{"temat":"nie-ma"}', None, {"blad": "temat_nieznany"}),
        (FILLED, "potwierdzenie", "asdf", "nlu_fallback", {"blad": "potwierdzenie_niejasne"}),
        # an understood answer forgets the misses
        ({**only("temat"), "niezrozumiane": 1}, "opis", "Potrzebna jest opieka.", None, {"niezrozumiane": None}),
        # correction
        (FILLED, "potwierdzenie", "nie", "zaprzecz", {"poprawka": "wybor", "requested_slot": "pole"}),
        (
            {**FILLED, "poprawka": "wybor"},
            "pole",
            '/podaj_dane{"pole":"imie"}',
            None,
            {"imie": None, "poprawka": None, "requested_slot": "imie"},
        ),
        ({**FILLED, "poprawka": "wybor"}, "pole", "telefon", "telefon", {"kontakt": None, "poprawka": None}),
        (
            {**FILLED, "poprawka": "wybor"},
            "pole",
            '/podaj_dane{"pole":"-"}',
            None,
            {"poprawka": None, "requested_slot": "potwierdzenie"},
        ),
        (FILLED, "potwierdzenie", "popraw kontakt", "kontakt", {"kontakt": None, "requested_slot": "kontakt"}),
        (without("pora"), "pora", "zmień imię na Ewa", "podaj_dane", {"imie": "Ewa", "requested_slot": "pora"}),
        (FILLED, "potwierdzenie", "600 100 200", "swiadczenie_800plus", {"kontakt": "600 100 200"}),
        # the form asked for while it is open: its question again, and no rejection, which would never end
        (only("temat"), "opis", "zgłoszenie", "zgloszenie", {"blad": None, "requested_slot": "opis"}),
        # an older button corrects too
        (without("pora"), "pora", '/podaj_dane{"dla_kogo":"ja"}', None, {"dla_kogo": "ja", "requested_slot": "pora"}),
    ],
)
async def test_a_turn(
    slots: dict[str, Any], requested: str | None, text: str, intent: str | None, expected: dict[str, Any]
) -> None:
    said = await run(ValidateCaseForm(), tracker(text, intent, slots=slots, requested=requested, form=True))
    assert expected.items() <= said.slots.items()


@pytest.mark.parametrize(
    ("requested", "text", "intent"),
    [
        ("opis", "jaki jest telefon?", "telefon"),
        ("opis", "anuluj", "anuluj"),
        ("imie", "chcę rozmawiać z człowiekiem", "czlowiek"),
        ("imie", "mąż mnie bije", "kryzys"),
        ("dla_kogo", "do której czynna kasa", "kasa_godziny"),
        ("kontakt", "/telefon", None),
        ("kontakt", "/podaj_dane", None),
        ("kontakt", "/potwierdz", None),
    ],
)
async def test_what_is_no_answer_fills_nothing_so_that_rasa_lets_the_rules_answer(
    requested: str, text: str, intent: str | None
) -> None:
    slots = only("temat") if requested != "temat" else {}
    said = await run(ValidateCaseForm(), tracker(text, intent, slots=slots, requested=requested))
    assert set(said.slots) == {"requested_slot"}


async def test_nothing_is_read_twice_when_rasa_comes_back_from_an_answer() -> None:
    where = tracker("Jan", "podaj_dane", slots=only("temat"), requested="opis", done=("action_correct_case",))
    said = await run(ValidateCaseForm(), where)
    assert said.slots == {"requested_slot": "opis"}


async def test_telegram_is_asked_for_as_little_as_possible() -> None:
    slots = only("temat", "opis", "imie", "kontakt", "dla_kogo")
    where = tracker('/podaj_dane{"pilnosc":"pilna"}', slots=slots, requested="pilnosc", channel="telegram")
    said = await run(ValidateCaseForm(), where)
    assert said.slots["requested_slot"] == "potwierdzenie"


# --- questions ---


async def test_the_notice_comes_once_before_the_first_question() -> None:
    said = await run(ask.AskTopic(), tracker("zgłoszenie", "zgloszenie", form=True))
    assert len(said.texts) == 2
    assert "to nie jest wniosek" in said.texts[0]
    assert said.slots == {"informacja_rodo": True}
    again = await run(ask.AskDescription(), tracker("dps", "sprawa_dps", slots={"informacja_rodo": True}, form=True))
    assert len(again.texts) == 1


async def test_a_fault_is_explained_instead_of_the_question_being_repeated() -> None:
    slots = {"informacja_rodo": True, "blad": "telefon_niepoprawny", "niezrozumiane": 1}
    said = await run(ask.AskContact(), tracker("600", slots=slots, form=True))
    assert len(said.texts) == 1
    assert "dziewięć cyfr" in said.texts[0]
    assert said.buttons == ['/podaj_dane{"kontakt":"czat"}']
    assert said.slots == {"blad": None}


async def test_after_two_faults_a_person_is_offered() -> None:
    slots = {"informacja_rodo": True, "blad": "telefon_niepoprawny", "niezrozumiane": 2}
    said = await run(ask.AskContact(), tracker("600", slots=slots, form=True))
    assert "hub:person" in said.buttons


async def test_the_way_back_into_the_form_is_said() -> None:
    slots = {"informacja_rodo": True}
    between = tracker("jaki telefon?", "telefon", slots=slots, form=True, done=("action_answer",))
    assert (await run(ask.AskName(), between)).texts[0].startswith("Wracamy do zgłoszenia.")
    corrected = tracker("popraw imię", "popraw", slots=slots, form=True, done=("action_correct_case",))
    assert (await run(ask.AskName(), corrected)).texts[0].startswith("Jak się zwracać")


async def test_a_resident_who_comes_back_is_told_that_nothing_was_lost() -> None:
    where = tracker("dokończ", "zgloszenie", slots=without("imie"), form=True)
    where.events.append({"event": "active_loop", "name": "case_form"})
    assert "wpisane dane są zachowane" in (await run(ask.AskName(), where)).texts[0]


async def test_the_summary_shows_every_field_in_words() -> None:
    said = await run(ask.AskConfirmation(), tracker("po 15", slots=FILLED, form=True))
    assert said.buttons == ["/potwierdz", "/popraw", "/anuluj"]
    for words in (
        "Temat: Usługi opiekuńcze",
        "Imię: Anna",
        "Kontakt: telefon 68 411 50 00",
        "Ulica lub osiedle: ul. Długa",
        "Dla kogo: dla innej osoby",
        "Pilność: zwykła",
        "Znak sprawy: nie podano",
        "Dogodna pora: po 15",
        "To nie jest wniosek.",
    ):
        assert words in said.texts[0]


async def test_nobody_is_asked_for_the_story_of_violence() -> None:
    said = await run(ask.AskDescription(), tracker(slots={"temat": "przemoc", "informacja_rodo": True}, form=True))
    assert "Nie trzeba opisywać, co się stało" in said.texts[0]


# --- sent, cancelled, corrected ---


async def test_a_confirmed_case_goes_to_the_hub_and_is_forgotten_here() -> None:
    said = await run(ActionSubmitCase(), tracker("/potwierdz", slots=FILLED | {"potwierdzenie": "tak"}))
    case = said.commands[0]["case"]
    assert said.texts == []
    assert case == {key: value for key, value in FILLED.items() if key in f.FIELDS and value != "-"}
    assert set(said.slots) == {*FILLED, "potwierdzenie"}
    assert set(said.slots.values()) == {None}


@pytest.mark.parametrize("slots", [FILLED, FILLED | {"potwierdzenie": "tak", "imie": None}, {}])
async def test_nothing_unconfirmed_or_incomplete_is_ever_sent(slots: dict[str, Any]) -> None:
    said = await run(ActionSubmitCase(), tracker("/potwierdz", slots=slots))
    assert said.commands == []
    assert said.events == [{"event": "followup", "timestamp": None, "name": "case_form"}]


async def test_cancelling_clears_every_slot_and_says_so() -> None:
    slots = FILLED | {"blad": "ukryte", "grupa": "opieka", "poprawka": "wybor", "niezrozumiane": 1}
    said = await run(ActionCancelCase(), tracker("anuluj", "anuluj", slots=slots, requested="pora"))
    assert "usunięte" in said.texts[0]
    assert said.left_form
    assert {*slots, "requested_slot"} <= set(said.slots)
    assert set(said.slots.values()) == {None}


async def test_cancelling_works_after_an_interruption_and_without_a_case() -> None:
    said = await run(ActionCancelCase(), tracker("anuluj", "anuluj", slots=only("temat")))
    assert said.slots == {"temat": None}
    said = await run(ActionCancelCase(), tracker("anuluj", "anuluj"))
    assert "Nie ma teraz" in said.texts[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("popraw telefon", {"kontakt": None, "poprawka": None, "potwierdzenie": None}),
        ("popraw telefon na 600 100 200", {"kontakt": "600 100 200"}),
        ("zmień imię na Barbara", {"imie": "Barbara"}),
        ("popraw telefon na 600", {"kontakt": None}),
        ("sprawa jest pilna, zmień pilność na pilną", {"pilnosc": "pilna"}),
        ("popraw", {"poprawka": "wybor"}),
        ("/popraw", {"poprawka": "wybor"}),
        ("coś tu jest źle", {"poprawka": "wybor"}),
    ],
)
async def test_correction(text: str, expected: dict[str, Any]) -> None:
    said = await run(ActionCorrectCase(), tracker(text, "popraw", slots=FILLED, requested="potwierdzenie"))
    assert expected.items() <= said.slots.items()
    assert not said.left_form


async def test_correction_outside_the_form_goes_back_into_it() -> None:
    said = await run(ActionCorrectCase(), tracker("popraw telefon", "popraw", slots=FILLED))
    assert said.events[-1] == {"event": "followup", "timestamp": None, "name": "case_form"}
    said = await run(ActionCorrectCase(), tracker("popraw telefon", "popraw"))
    assert "Nie ma teraz" in said.texts[0]
