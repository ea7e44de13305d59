from __future__ import annotations

import numpy as np

from engine.evaluation.groups import idea_folds, idea_groups

TEXTS = [
    "kasa do której czynna",
    "do której czynna jest kasa",
    "jaki jest numer telefonu",
    "jaki numer telefonu do was",
    "gdzie mam wysłać papiery",
    "kasa do której jest czynna",
]
INTENTS = ["kasa", "kasa", "telefon", "telefon", "adres", "inne"]


def test_paraphrases_of_one_intent_are_one_idea() -> None:
    groups = idea_groups(TEXTS, INTENTS)
    assert groups[0] == groups[1]
    assert groups[2] == groups[3]
    assert len({groups[0], groups[2], groups[4]}) == 3


def test_the_same_words_with_another_intent_are_another_idea() -> None:
    groups = idea_groups(TEXTS, INTENTS)
    assert groups[5] != groups[0]


def test_no_idea_straddles_a_fold_and_every_fold_has_its_share() -> None:
    texts = [f"{word} {number}" for number in range(40) for word in ("zasiłek okresowy", "kasa czynna", "telefon")]
    intents = [("a", "b", "c")[place % 3] for place in range(len(texts))]
    # Different enough to be ideas of their own.
    texts = [f"{text} {'abcdefghijklmnoprstuwz'[place % 21] * 9}" for place, text in enumerate(texts)]
    groups, folds = idea_groups(texts, intents), idea_folds(texts, intents, folds=4)
    assert all(len(set(folds[groups == group])) == 1 for group in set(groups))
    assert np.bincount(folds).min() > 0
    assert np.array_equal(folds, idea_folds(texts, intents, folds=4))
