"""The gate: what lets a candidate take over, what does not, and which messages it names."""

import pytest

from bot.dialogue.gate import Verdict, compare, figures
from bot.dialogue.questions import FALLBACK, GATE, Answer, Judged, Question, judge, questions
from bot.dialogue.spellings import SPELLINGS, with_slip, without_diacritics
from bot.safety.folding import fold
from tests.support.processes import ROOT


def judged(group: str, text: str, wanted: str, heard: str, gateway: str | None = None) -> Judged:
    accepted = tuple(tuple(one.split("+")) for one in wanted.split())
    question = Question(group, "as written", text, accepted, f"tests/{group}.tsv:1", gateway)  # type: ignore[arg-type]
    return judge(question, Answer(tuple(heard.split("+")), 0.9, ((heard.split("+")[0], 0.9),)))


def verdict(now: list[Judged], before: list[Judged] | None, max_drop: float = 1.0) -> Verdict:
    return compare(now, before, against="old" if before is not None else None, max_drop=max_drop)


def test_a_candidate_that_is_as_good_passes() -> None:
    same = [judged("unseen", "telefon?", "telefon", "telefon"), judged("crisis", "nie chcę żyć", "kryzys", "kryzys")]
    assert verdict(same, same).passed
    assert not verdict(same, same).reasons


def test_a_lost_regression_case_refuses_and_is_named() -> None:
    found = verdict(
        [judged("regression", "niebieska karta na auto", "zespol_karta_parkingowa", "sprawa_przemoc")],
        [judged("regression", "niebieska karta na auto", "zespol_karta_parkingowa", "zespol_karta_parkingowa")],
    )
    assert not found.passed
    told = "\n".join(found.told())
    assert "“niebieska karta na auto” (tests/regression.tsv:1)" in told
    assert "wanted zespol_karta_parkingowa, now sprawa_przemoc, before zespol_karta_parkingowa" in told


def test_a_regression_case_that_was_never_right_is_told_and_does_not_refuse() -> None:
    wrong = [judged("regression", "co robicie z danymi", "prywatnosc", "moje_dane_wglad")]
    found = verdict(wrong, wrong)
    assert found.passed
    assert "nor with the model in use" in found.told()[0]


def test_a_missed_crisis_refuses_even_when_the_model_in_use_misses_it_too() -> None:
    missed = [judged("crisis", "mam już dość wszystkiego", "kryzys", "poza_zakresem")]
    found = verdict(missed, missed)
    assert not found.passed
    assert "mam już dość wszystkiego" in "\n".join(found.told())
    assert not verdict(missed, None).passed


def test_a_crisis_of_the_blind_list_refuses_when_the_model_in_use_notices_it() -> None:
    def heard(intent: str) -> list[Judged]:
        question = Question(
            "crisis", "as written", "do wiosny nie dożyję", (("kryzys",),), "tests/strangers_crisis.tsv:3"
        )
        return [judge(question, Answer((intent,), 0.9, ((intent, 0.9),)))]

    assert not verdict(heard("zdrowie"), heard("kryzys")).passed
    known = verdict(heard("zdrowie"), heard("zdrowie"))
    assert known.passed
    assert "missed as before" in known.told()[0]


def test_what_the_gateways_net_notices_is_no_miss_of_the_model() -> None:
    assert verdict([judged("crisis", "nie chcę żyć", "kryzys", "poza_zakresem", gateway="kryzys")], None).passed


@pytest.mark.parametrize(("lost", "passes"), [(1, True), (2, False)])
def test_right_answers_may_drop_by_the_configured_amount_and_no_more(lost: int, passes: bool) -> None:
    before = [judged("unseen", f"pytanie {number}", "telefon", "telefon") for number in range(100)]
    now = [judged("unseen", f"pytanie {n}", "telefon", FALLBACK if n < lost else "telefon") for n in range(100)]
    found = verdict(now, before, max_drop=1.0)
    assert found.passed is passes
    assert verdict(now, before, max_drop=5.0).passed
    if not passes:
        assert [change.text for reason in found.reasons for change in reason.messages] == ["pytanie 0", "pytanie 1"]


def test_more_wrong_answers_refuse_although_as_many_are_right() -> None:
    before = [judged("unseen", f"pytanie {number}", "adres", FALLBACK) for number in range(50)]
    now = [judged("unseen", f"pytanie {number}", "adres", "telefon") for number in range(50)]
    found = verdict(now, before)
    assert not found.passed
    assert "wrong 0.0 % → 100.0 %" in found.told()[0]


def test_new_false_alarms_refuse() -> None:
    before = [judged("look-alikes", f"umieram z ciekawości {n}", "", "termin_wyplaty") for n in range(50)]
    now = [judged("look-alikes", f"umieram z ciekawości {n}", "", "kryzys") for n in range(50)]
    assert not verdict(now, before).passed
    assert verdict(before, now).passed


def test_the_first_model_has_nothing_to_be_compared_with() -> None:
    assert verdict([judged("unseen", "telefon?", "telefon", "adres")], None).passed


@pytest.mark.parametrize(
    ("wanted", "heard", "expected"),
    [
        ("telefon kontakt", "kontakt", "right"),
        ("telefon+adres", "telefon+adres", "right"),
        ("telefon+adres", "adres+telefon", "partly"),
        ("telefon+adres", "telefon", "partly"),
        ("telefon", "telefon+adres", "wrong"),
        ("telefon", "powitanie+telefon", "right"),
        ("telefon", FALLBACK, "asked back"),
        ("telefon", "adres", "wrong"),
        ("", "kryzys", "wrong"),
        ("", "telefon", "right"),
    ],
)
def test_an_answer_is_judged_as_a_fair_reader_would(wanted: str, heard: str, expected: str) -> None:
    assert judged("unseen", "pytanie", wanted, heard).verdict == expected


def test_an_unsure_guess_of_danger_counts_as_noticed() -> None:
    question = Question("crisis", "as written", "…", (("kryzys",),), "x:1")
    assert judge(question, Answer((FALLBACK,), 0.3, (("kryzys", 0.3),))).verdict == "right"
    assert judge(question, Answer((FALLBACK,), 0.05, (("kryzys", 0.05),))).verdict == "asked back"


def test_figures_count_in_percent_of_each_group() -> None:
    found = figures([judged("unseen", "a", "telefon", "telefon"), judged("unseen", "b", "telefon", "adres")])
    assert found == {
        "unseen, as written": {"messages": 2, "right": 50.0, "asked back": 0.0, "partly": 0.0, "wrong": 50.0}
    }


def test_the_lists_are_there_and_the_regression_list_covers_every_intent_a_resident_can_mean() -> None:
    asked = questions(ROOT / "tests", GATE)
    regression = [one for one in asked if one.group == "regression"]
    assert len(regression) >= 150
    domain = (ROOT / "domain.yml").read_text().partition("entities:")[0]
    named = {name for one in regression for accepted in one.accepted for name in accepted}
    for intent in named:
        assert f"- {intent}\n" in domain
    missing = {line[4:] for line in domain.splitlines() if line.startswith("  - ")} - named
    assert missing == {"podaj_dane", FALLBACK}
    assert {one.group for one in asked} >= {"regression", "unseen", "two questions", "crisis", "look-alikes"}


def test_what_the_gateway_decides_by_itself_is_not_asked_of_the_model() -> None:
    by_text = {one.text: one.gateway for one in questions(ROOT / "tests", {"regression": ("as written",)})}
    assert by_text["nie chcę już żyć"] == "kryzys"
    assert by_text["Добрий день, мені потрібна допомога"] == "inny_jezyk_uk"
    assert by_text["telefon"] is None


def test_spellings_change_what_they_say_and_are_the_same_in_each_run() -> None:
    text = "Gdzie złożyć wniosek o zasiłek?"
    assert without_diacritics(text) == "Gdzie zlozyc wniosek o zasilek?"
    slips = {with_slip(text) for _ in range(3)}
    assert len(slips) == 1
    assert slips != {text}
    assert abs(len(slips.pop()) - len(text)) <= 1
    assert with_slip("a to my") == "a to my"
    assert fold(SPELLINGS["both"](text)) == SPELLINGS["both"](text).lower()
