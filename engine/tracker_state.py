"""What of a dialogue outlives a turn, as one opaque string.

Rasa keeps a conversation as the list of all its events and replays them, several times a turn: a turn costs more
with every turn before it (75 ms after 900 events). The rules and forms of this assistant look at slots, at the active
form and at what was said last, never further back. So that is what is kept, and a turn costs the same after a year.
It also survives a retrained model: slots which the domain no longer has are left out.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Optional

from rasa.shared.core.constants import ACTION_LISTEN_NAME, REQUESTED_SLOT, SESSION_START_METADATA_SLOT
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    Event,
    LoopInterrupted,
    SlotSet,
)
from rasa.shared.core.trackers import DialogueStateTracker

_VERSION = 1
# The slots' JSON and three replies are a few kB. More than this was not made here.
_MAX_UNPACKED = 512 * 1024


class UnreadableTracker(ValueError):
    """Raised when a string is not a packed dialogue state."""


def pack(tracker: DialogueStateTracker, replies: Sequence[Mapping[str, Any]]) -> str:
    """Return the state of a tracker that waits for the next message; the turn's replies stay for "powtórz"."""
    initial = {name: slot.initial_value for name, slot in tracker.slots.items()}
    state: dict[str, Any] = {
        "v": _VERSION,
        "slots": {
            name: slot.value
            for name, slot in tracker.slots.items()
            if slot.value != initial[name] and name != SESSION_START_METADATA_SLOT
        },
        "said": [{"text": reply["text"], "buttons": reply["buttons"]} for reply in replies if reply["text"]],
    }
    if tracker.active_loop is not None and tracker.active_loop.name:
        state["form"] = tracker.active_loop.name
        state["interrupted"] = tracker.active_loop.is_interrupted
    raw = json.dumps(state, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    return base64.b64encode(zlib.compress(raw, 6)).decode("ascii")


def unpack(packed: Optional[str], sender: str, domain: Domain) -> DialogueStateTracker:
    """Return a tracker in the packed state, or a new one for None. Raises UnreadableTracker."""
    tracker = DialogueStateTracker(sender, domain.slots)
    if not packed:
        return tracker
    for event in _events(_read(packed), tracker):
        tracker.update(event, domain)
    return tracker


def _read(packed: str) -> dict[str, Any]:
    try:
        inflater = zlib.decompressobj()
        raw = inflater.decompress(base64.b64decode(packed, validate=True), _MAX_UNPACKED)
        if inflater.unconsumed_tail or not inflater.eof:
            raise UnreadableTracker("the dialogue state is too long or cut off")
        state = json.loads(raw)
    except (binascii.Error, zlib.error, ValueError) as error:
        raise UnreadableTracker("the dialogue state cannot be read") from error
    if not isinstance(state, dict) or state.get("v") != _VERSION or not isinstance(state.get("slots"), dict):
        raise UnreadableTracker("the dialogue state has an unknown form")
    return state


def _events(state: dict[str, Any], tracker: DialogueStateTracker) -> list[Event]:
    events: list[Event] = []
    form = state.get("form")
    if form:
        # Policies take a form for new unless its action stands before the message.
        events += [ActionExecuted(form), ActiveLoop(form)]
    events += [SlotSet(name, value) for name, value in state["slots"].items() if name in tracker.slots]
    events += [
        BotUttered(reply["text"], {"buttons": reply["buttons"]} if reply["buttons"] else {})
        for reply in state.get("said", ())
    ]
    events.append(ActionExecuted(ACTION_LISTEN_NAME))
    if form and state.get("interrupted"):
        events.append(LoopInterrupted(True))
    return events


def interrupt_form(tracker: DialogueStateTracker, domain: Domain) -> None:
    """Leave the active form, keeping what was told so far. Nothing happens without a form."""
    if tracker.active_loop is not None and tracker.active_loop.name:
        tracker.update(ActiveLoop(None), domain)
        tracker.update(SlotSet(REQUESTED_SLOT, None), domain)
