"""Folds that do not give paraphrases away, figures that can be checked by hand, a page that stands alone."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from engine.evaluation import figures
from engine.evaluation.crossval import classifier_config, cross_validate, threshold
from engine.evaluation.figures import Row
from engine.evaluation.groups import idea_folds, idea_groups
from engine.evaluation.report import render


def row(truth: str, *guesses: tuple[str, float], text: str = "?") -> Row:
    return Row(text, "contact.yml:1", truth, guesses)


def test_near_messages_of_one_intent_are_one_idea_and_no_idea_straddles_a_fold() -> None:
    some, others = ["piętro", "budynek", "okienko", "wejście"], ["schody", "winda", "parter", "korytarz", "drzwi"]
    texts = ["gdzie jest kasa", *some, "gdzie jest ta kasa", *others, "lewa strona", "gdzie jest kasa"]
    intents = ["kasa"] * (len(texts) - 1) + ["inne"]
    groups = idea_groups(texts, intents)
    assert groups[0] == groups[texts.index("gdzie jest ta kasa")]
    assert groups[0] != groups[-1]
    assert len(set(groups.tolist())) > 2
    dealt = idea_folds(texts, intents, 3)
    for group in set(groups.tolist()):
        assert len({fold for fold, one in zip(dealt, groups, strict=True) if one == group}) == 1


def test_each_message_is_asked_once_in_each_spelling_of_a_model_that_has_not_seen_it(
    examples: dict[str, list[str]],
) -> None:
    texts = [text for group in examples.values() for text in group]
    intents = [intent for intent, group in examples.items() for _ in group]
    dealt = [number % 2 for number in range(len(texts))]
    spellings = {"as written": texts, "capitals": [text.upper() for text in texts]}
    guessed = [
        one
        for _, _, found in cross_validate(spellings, intents, dealt, classifier_config("pipeline: []"))
        for one in found
    ]
    asked = Counter((one.position, one.spelling) for one in guessed)
    assert set(asked.values()) == {1}
    assert len(asked) == 2 * len(texts)
    right = sum(one.guesses[0][0] == intents[one.position] for one in guessed)
    assert right > len(guessed) / 2
    assert all(sum(value for _, value in one.guesses) <= 1.001 for one in guessed)


def test_settings_come_from_the_projects_own_configuration() -> None:
    config = (
        "pipeline:\n- {name: engine.polish.classifier.PolishIntentClassifier, C: 3.0}\n- {name: F, threshold: 0.4}"
    )
    assert classifier_config(config)["C"] == 3.0
    assert "name" not in classifier_config(config)
    assert threshold(config) == 0.4


def test_the_outcome_at_a_threshold() -> None:
    rows = [
        row("a", ("a", 0.9)),
        row("a", ("b", 0.8), ("a", 0.1)),
        row("a", ("b", 0.3), ("a", 0.2)),
        row("a", ("b", 0.3), ("a", 0.01)),
    ]
    assert figures.outcome(rows, 0.5) == {"right": 25.0, "offered": 25.0, "given up": 25.0, "wrong": 25.0}
    assert figures.outcome(rows, 0.0) == {"right": 25.0, "offered": 0.0, "given up": 0.0, "wrong": 75.0}
    for point in figures.curve(rows):
        total = point["right"] + point["offered"] + point["given up"] + point["wrong"]
        assert total == pytest.approx(100)


def test_precision_recall_and_confusions() -> None:
    rows = [row("a", ("a", 0.9)), row("a", ("b", 0.7), text="kasa?"), row("b", ("b", 0.9)), row("b", ("b", 0.6))]
    table = {one["intent"]: one for one in figures.per_intent(rows)}
    assert (table["a"]["precision"], table["a"]["recall"]) == (100.0, 50.0)
    assert (table["b"]["precision"], table["b"]["recall"], table["b"]["f1"]) == (66.67, 100.0, 80.0)
    (pair,) = figures.confusions(rows)
    assert (pair["meant"], pair["answered"], pair["count"]) == ("a", "b", 1)
    assert pair["examples"] == [{"text": "kasa?", "place": "contact.yml:1", "confidence": 0.7}]


def test_reliability_is_the_distance_between_said_and_true() -> None:
    found = figures.reliability([(0.85, True)] * 8 + [(0.85, False)] * 2 + [(1.0, True)] * 10)
    assert [(one["bin"], one["count"], one["right"]) for one in found["bins"]] == [(8, 10, 80.0), (9, 10, 100.0)]
    assert found["gap"] == 2.5


def report(**changes: object) -> dict:
    rows = [
        row("kasa", ("kasa", 0.9)),
        row("kasa", ("adres", 0.8), text="<b>gdzie</b>"),
        row("adres", ("adres", 0.9)),
    ]
    right = {"messages": 2, "right": 50.0, "asked back": 0.0, "partly": 0.0, "wrong": 50.0}
    return {
        "model": "20261124-1650-0739d5925935",
        "made_at": "2026-11-24T16:50+00:00",
        "trained": {"messages": 3, "seconds": 12.0, "verdict": None, "trained_at": None},
        "parse_ms": {"p50": 3.0, "p95": 9.0},
        "tests": {"unseen, as written": right, "crisis, as written": right, "regression, as written": right},
        "failures": [
            {
                "group": "unseen",
                "spelling": "as written",
                "text": "<script>alert(1)</script>",
                "place": "tests/nlu/x.tsv:1",
                "wanted": "kasa",
                "heard": "adres",
                "verdict": "wrong",
                "confidence": 0.8,
                "by": "model",
            }
        ],
        "difference": None,
        "unseen_reliability": figures.reliability([(0.9, True), (0.8, False)]),
        "cross_validation": {
            "messages": 3,
            "ideas": 3,
            "folds": 5,
            "threshold": 0.45,
            "best_guess_right": {"as written": figures.accuracy(rows)},
            "outcome": {"as written": figures.outcome(rows, 0.45)},
            "per_intent": [{**one, "family": "cash_desk"} for one in figures.per_intent(rows)],
            "confusions": figures.confusions(rows),
            "reliability": figures.reliability([(0.9, True)]),
            "curve": figures.curve(rows),
        },
        **changes,
    }


def test_the_page_needs_nothing_beside_it_and_shows_what_was_measured() -> None:
    page = render(report())
    assert not re.search(r"(?:src|href)=|@import|url\(", page)
    assert page.count("<svg") == 4
    assert "kasa answered as <b>adres</b>" in page
    assert "1 / 2" in page


def test_what_people_wrote_is_never_markup() -> None:
    page = render(report())
    assert "<script>" not in page
    assert "<b>gdzie</b>" not in page


def test_the_page_says_what_changes_against_the_model_in_use() -> None:
    changed = {**report()["failures"][0], "before": "kasa", "better": False}
    difference = {
        "model": "20261123-0900-aaaaaaaaaaaa",
        "passed": False,
        "told": ["One message of the regression list is no longer right."],
        "tests": {"unseen, as written": {"right": 100.0, "wrong": 0.0}},
        "changed": [changed],
    }
    page = render(report(difference=difference))
    assert "The gate refuses it" in page
    assert "-50.0" in page
    assert "No longer right" in page
    unusable = render(report(difference={"model": "x", "unusable": "it is broken"}, cross_validation=None))
    assert "it is broken" in unusable
