"""What domain.yml, the rules, the actions and the knowledge say about each other."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from rasa_sdk.executor import ActionExecutor
from ruamel.yaml import YAML

from actions.case_form import fields as f
from actions.case_form import questions
from actions.case_form.questions import FAULTS
from actions.said import knowledge

ROOT = Path(__file__).resolve().parents[2]
CONTROL = {"powtorz", "pomoc", "zgloszenie", "potwierdz", "zaprzecz", "popraw", "anuluj", "podaj_dane", "kryzys"} | {
    "czlowiek",
    "inny_jezyk_uk",
    "inny_jezyk_ru",
    "inny_jezyk_en",
    "nlu_fallback",
}


def load(path: Path) -> Any:
    return YAML(typ="safe", pure=True).load(path.read_text("utf-8"))


@pytest.fixture(scope="module")
def domain() -> Any:
    return load(ROOT / "domain.yml")


@pytest.fixture(scope="module")
def ruled() -> list[tuple[str, str]]:
    """(intent, action) for every rule that starts with an intent."""
    pairs = []
    for path in sorted((ROOT / "nlu_data" / "rules").glob("*.yml")):
        for rule in load(path)["rules"]:
            first, second = rule["steps"][:2]
            for step in first.get("or", [first]):
                if "intent" in step:
                    pairs.append((step["intent"], second["action"]))
    return pairs


def test_every_action_of_the_domain_is_served_and_no_other(domain: Any) -> None:
    executor = ActionExecutor()
    executor.register_package("actions")
    served = {name for name in executor.actions if name.startswith(("action_", "validate_"))}
    assert served == set(domain["actions"])


def test_every_intent_has_exactly_one_rule(domain: Any, ruled: list[tuple[str, str]]) -> None:
    counted = Counter(intent for intent, _ in ruled)
    assert counted == Counter(domain["intents"])


def test_intents_answered_from_the_knowledge_have_an_entry_there(ruled: list[tuple[str, str]]) -> None:
    answered = {intent for intent, action in ruled if action == "action_answer"}
    assert answered <= knowledge().intents
    assert answered.isdisjoint(CONTROL)


def test_a_conversation_never_expires_by_itself(domain: Any) -> None:
    assert domain["session_config"] == {
        "session_expiration_time": 0,
        "carry_over_slots_to_new_session": False,
    }


def test_the_forms_slots_are_those_the_code_fills(domain: Any) -> None:
    assert domain["forms"]["case_form"]["required_slots"] == list(f.ASKED)
    assert set(f.KEPT) <= set(domain["slots"])
    for slot, setup in domain["slots"].items():
        assert setup["influence_conversation"] is False, slot


def test_every_topic_is_in_one_group() -> None:
    grouped = Counter(topic for _, topics in f.TOPIC_GROUPS.values() for topic in topics)
    assert grouped == Counter(knowledge().topics.keys())
    assert set(f.TOPIC_OF_INTENT.values()) <= set(knowledge().topics)


def test_buttons_lead_somewhere(domain: Any) -> None:
    seen = [questions.SEND, questions.CORRECT, questions.CANCEL]
    for slot in f.ASKED:
        for group in (None, *f.TOPIC_GROUPS):
            seen += questions.buttons(slot, {f.TOPIC_GROUP: group}, "web")
    for button in seen:
        match = re.fullmatch(r"/(\w+)(\{.*\})?", button.payload)
        assert match, button
        assert match[1] in domain["intents"]
        assert set(json.loads(match[2] or "{}")) <= set(domain["entities"])
        assert len(button.title) <= 40


def test_the_form_speaks_like_the_rest() -> None:
    texts = [questions.question(slot, {}, "web").text for slot in f.ASKED]
    for text in [*texts, *FAULTS.values()]:
        assert text[-1] in ".?:…", text
        assert not re.search(r"(?i)petent|zrozumia[łl]|zg[łl]osi[łl]|!|\bmusisz\b|\bpodaj\b", text), text
        assert all(ord(character) < 0x2100 for character in text), text
