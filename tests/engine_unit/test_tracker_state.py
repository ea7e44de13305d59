from __future__ import annotations

import base64
import json
import zlib

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    LoopInterrupted,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

from engine.tracker_state import UnreadableTracker, interrupt_form, pack, unpack

DOMAIN = Domain.from_yaml(
    """
intents: [zgloszenie]
slots:
  imie: {type: text, influence_conversation: false, mappings: [{type: custom}]}
  zgody: {type: any, influence_conversation: false, mappings: [{type: custom}]}
  licznik: {type: any, initial_value: 0, influence_conversation: false, mappings: [{type: custom}]}
forms:
  sprawa: {required_slots: [imie]}
"""
)


def _tracker() -> DialogueStateTracker:
    tracker = DialogueStateTracker("r:1", DOMAIN.slots)
    for event in [
        ActionExecuted("action_session_start"),
        SessionStarted(),
        ActionExecuted("action_listen"),
        UserUttered("zgłoszenie", {"name": "zgloszenie", "confidence": 1.0}),
        ActionExecuted("sprawa"),
        ActiveLoop("sprawa"),
        SlotSet("imie", "Żaneta"),
        SlotSet("zgody", {"rodo": True}),
        SlotSet("requested_slot", "imie"),
        ActionExecuted("action_listen"),
    ]:
        tracker.update(event, DOMAIN)
    return tracker


def test_nothing_packed_is_a_new_conversation() -> None:
    assert not unpack(None, "r:1", DOMAIN).events


def test_form_and_slots_survive() -> None:
    again = unpack(pack(_tracker(), []), "r:1", DOMAIN)
    assert again.sender_id == "r:1"
    assert again.active_loop_name == "sprawa"
    assert again.current_slot_values() == _tracker().current_slot_values()
    assert again.latest_action_name == "action_listen"
    assert not again.active_loop.is_interrupted


def test_an_interrupted_form_stays_interrupted() -> None:
    tracker = _tracker()
    tracker.update(LoopInterrupted(True), DOMAIN)
    assert unpack(pack(tracker, []), "r:1", DOMAIN).active_loop.is_interrupted


def test_the_last_replies_stay_for_repeating() -> None:
    replies = [{"text": "A", "buttons": [{"title": "t", "payload": "/p"}]}, {"text": "", "buttons": []}]
    again = unpack(pack(_tracker(), replies), "r:1", DOMAIN)
    assert again.latest_bot_utterance.text == "A"
    assert again.latest_bot_utterance.data["buttons"] == [{"title": "t", "payload": "/p"}]


def test_the_state_does_not_grow_with_turns() -> None:
    packed = pack(_tracker(), [])
    for _ in range(5):
        packed = pack(unpack(packed, "r:1", DOMAIN), [])
    assert packed == pack(_tracker(), [])


def test_no_words_of_the_resident_but_slots_are_kept() -> None:
    state = zlib.decompress(base64.b64decode(pack(_tracker(), []))).decode()
    assert "zgłoszenie" not in state
    assert "Żaneta" in state


def test_slots_that_a_new_model_lacks_are_left_out() -> None:
    smaller = Domain.from_yaml("slots:\n  imie: {type: text, mappings: [{type: custom}]}\n")
    again = unpack(pack(_tracker(), []), "r:1", smaller)
    assert again.get_slot("imie") == "Żaneta"
    assert "zgody" not in again.slots


def test_leaving_a_form_keeps_what_was_told() -> None:
    tracker = _tracker()
    interrupt_form(tracker, DOMAIN)
    assert tracker.active_loop_name is None
    assert tracker.get_slot("requested_slot") is None
    assert tracker.get_slot("imie") == "Żaneta"


def test_leaving_without_a_form_changes_nothing() -> None:
    tracker = unpack(None, "r:1", DOMAIN)
    interrupt_form(tracker, DOMAIN)
    assert not tracker.events


def _packed(value: object) -> str:
    return base64.b64encode(zlib.compress(json.dumps(value).encode())).decode()


@pytest.mark.parametrize(
    "packed",
    [
        "nonsense!",
        base64.b64encode(b"not compressed").decode(),
        _packed([1]),
        _packed({"v": 99, "slots": {}}),
        _packed({"v": 1, "slots": []}),
        _packed({"v": 1, "slots": {"imie": "x" * 600_000}}),
        pack(_tracker(), [])[:40],
    ],
    ids=["not base64", "not compressed", "a list", "version", "slots", "a bomb", "cut off"],
)
def test_what_was_not_packed_here_is_refused(packed: str) -> None:
    with pytest.raises(UnreadableTracker):
        unpack(packed, "r:1", DOMAIN)
