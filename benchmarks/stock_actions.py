"""The stock project's custom action, run by `python -m rasa_sdk`: says the text that belongs to the intent."""

import json
from pathlib import Path
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

ANSWERS = json.loads((Path(__file__).parent / "answers.json").read_text(encoding="utf-8"))


class ActionAnswer(Action):
    """Answer from a table, as the simplest custom action does."""

    def name(self) -> str:
        """Return the name that the domain uses."""
        return "action_answer"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        """Say the answer."""
        intent = (tracker.latest_message.get("intent") or {}).get("name")
        dispatcher.utter_message(text=ANSWERS.get(intent, ANSWERS["nlu_fallback"]))
        return []
