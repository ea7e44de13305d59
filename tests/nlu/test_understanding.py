"""What the trained model makes of messages it was not trained on, through the engine's own door."""

from pathlib import Path

import httpx
import pytest

from tests.support.processes import SharedEngine

pytestmark = pytest.mark.engine

HERE = Path(__file__).parent


def rows(name: str) -> list[list[str]]:
    return [line.split("\t") for line in (HERE / name).read_text().splitlines()]


def segments(engine: SharedEngine, text: str) -> list[str]:
    answer = httpx.post(
        f"{engine.url}/webhooks/mops/parse",
        headers={"Authorization": f"Bearer {engine.TOKEN}"},
        json={"text": text},
        timeout=20,
    )
    assert answer.status_code == 200
    return answer.json()["parse"]["segments"]


def test_two_questions_in_one_message_are_both_heard_in_order(shared_engine: SharedEngine) -> None:
    asked = rows("two_questions.tsv")
    missed = [(text, heard) for text, both in asked if (heard := segments(shared_engine, text)) != both.split()]
    assert len(missed) <= len(asked) // 10, missed


def test_one_question_is_never_heard_as_two_different_ones(shared_engine: SharedEngine) -> None:
    asked = rows("heldout_answers.tsv")
    split = [(text, heard) for text, _ in asked if len(heard := segments(shared_engine, text)) > 1]
    assert len(split) <= len(asked) // 100, split


@pytest.mark.parametrize("name", ["heldout_answers.tsv", "heldout_matters.tsv", "heldout_social.tsv"])
def test_most_messages_never_seen_before_are_understood(shared_engine: SharedEngine, name: str) -> None:
    asked = rows(name)
    right = sum(intent.strip() in segments(shared_engine, text) for text, intent in asked)
    assert right >= 0.8 * len(asked)
