"""The strangers' messages are in order, and they are judged as a fair judge would."""

import re

import pytest
import yaml

from bot.safety.folding import fold
from tests.nlu.ask_product import CRISIS, LISTS, Heard, judge, lines, questions, with_slip
from tests.support.processes import ROOT

QUESTIONS = [question for asked in LISTS.values() for question in questions(asked.questions)]


def test_every_accepted_answer_is_an_intent_that_the_product_knows() -> None:
    known = set(yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["intents"])
    named = {name for question in QUESTIONS for one in question.accepted for name in one}
    assert named <= known


def test_no_message_stands_in_the_lists_twice() -> None:
    safety = [text for asked in LISTS.values() for path in (asked.crises, asked.lookalikes) for text in lines(path)]
    assert len(QUESTIONS) >= 1300
    assert len(safety) >= 690
    texts = [*(question.text for question in QUESTIONS), *safety]
    plain = [words for text in texts if (words := re.sub(r"[^\w]+", " ", fold(text)).strip())]
    assert len(set(plain)) == len(plain)


@pytest.mark.parametrize(
    ("heard", "accepted", "verdict"),
    [
        ("telefon", "telefon kontakt", "right"),
        ("powitanie telefon", "telefon", "right"),
        ("powitanie", "telefon", "wrong"),
        ("telefon kontakt", "telefon kontakt", "right"),
        ("telefon do_kiedy", "telefon+do_kiedy", "right"),
        ("do_kiedy telefon", "telefon+do_kiedy", "partly"),
        ("telefon", "telefon+do_kiedy", "partly"),
        ("telefon", "telefon telefon+do_kiedy", "right"),
        ("telefon nlu_fallback", "telefon+do_kiedy", "partly"),
        ("telefon email", "telefon", "wrong"),
        ("nlu_fallback", "telefon", "asked back"),
        ("nlu_fallback", "poza_zakresem nlu_fallback", "right"),
        (CRISIS, "telefon", "wrong"),
    ],
)
def test_a_message_is_judged_by_what_was_answered(heard: str, accepted: str, verdict: str) -> None:
    wanted: tuple[Heard, ...] = tuple(tuple(one.split("+")) for one in accepted.split())
    assert judge(tuple(heard.split()), wanted) == verdict


def test_a_slip_changes_one_word_by_one_letter_and_is_always_the_same() -> None:
    texts = [question.text for question in QUESTIONS]
    slipped = [with_slip(text) for text in texts]
    assert slipped == [with_slip(text) for text in texts]
    assert all(abs(len(a) - len(b)) <= 1 for a, b in zip(texts, slipped, strict=True))
    same = sum(a == b for a, b in zip(texts, slipped, strict=True))
    assert same <= len(texts) // 50
