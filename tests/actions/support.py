"""Runs single actions the way Rasa does: a tracker as JSON goes in, events and messages come out."""

import json
from dataclasses import dataclass, field
from typing import Any

from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, Tracker

from actions.turn import CASE_FORM

FILLED = {
    "temat": "uslugi_opiekuncze",
    "opis": "Potrzebna jest opieka w domu.",
    "imie": "Anna",
    "kontakt": "68 411 50 00",
    "ulica": "ul. Długa",
    "dla_kogo": "inna_osoba",
    "pilnosc": "zwykla",
    "znak_sprawy": "-",
    "pora": "po 15",
    "informacja_rodo": True,
}


@dataclass
class Said:
    """What an action did."""

    slots: dict[str, Any] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    buttons: list[str] = field(default_factory=list)
    commands: list[dict[str, Any]] = field(default_factory=list)

    @property
    def left_form(self) -> bool:
        return any(e["event"] == "active_loop" and e["name"] is None for e in self.events)


def tracker(
    text: str = "",
    intent: str | None = None,
    confidence: float = 0.9,
    *,
    slots: dict[str, Any] | None = None,
    form: bool = False,
    requested: str | None = None,
    guesses: list[tuple[str, float]] | None = None,
    channel: str = "web",
    done: tuple[str, ...] = (),
) -> Tracker:
    """Build the tracker of a turn; a text that starts with "/" is a button with its values."""
    entities = []
    if text.startswith("/"):
        name, brace, rest = text[1:].partition("{")
        intent = name
        if brace:
            entities = [{"entity": key, "value": value} for key, value in json.loads("{" + rest).items()]
    ranking = [{"name": intent, "confidence": confidence}] if intent else []
    ranking += [{"name": name, "confidence": value} for name, value in guesses or []]
    return Tracker.from_dict(
        {
            "sender_id": "test",
            "slots": {**(slots or {}), "requested_slot": requested},
            "latest_message": {
                "text": text,
                "intent": {"name": intent, "confidence": confidence},
                "entities": entities,
                "intent_ranking": ranking,
            },
            "events": [
                {"event": "action", "name": "action_listen"},
                {"event": "user", "text": text, "metadata": {"channel": channel}},
                *({"event": "action", "name": name} for name in done),
                {"event": "action", "name": CASE_FORM},
            ],
            "paused": False,
            "followup_action": None,
            "active_loop": {"name": CASE_FORM} if form or requested else {},
            "active_form": {},
            "latest_action_name": "action_listen",
            "stack": [],
            "user_id": None,
        }
    )


async def run(action: Action, where: Tracker) -> Said:
    """Run an action without a domain, as the engine calls it."""
    dispatcher = CollectingDispatcher()
    events = await action.run(dispatcher, where, None)  # type: ignore[arg-type]
    said = Said(events=list(events))
    said.slots = {event["name"]: event["value"] for event in events if event["event"] == "slot"}
    for message in dispatcher.messages:
        if message.get("text"):
            said.texts.append(message["text"])
        said.buttons += [button["payload"] for button in message.get("buttons") or []]
        custom = message.get("custom") or {}
        if "mops" in custom:
            said.commands.append(custom["mops"])
    return said
