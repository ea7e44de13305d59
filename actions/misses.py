"""Counts the messages in a row that were not understood."""

from typing import Any

from rasa_sdk.events import SlotSet
from rasa_sdk.interfaces import Tracker

MISSES = "niezrozumiane"


def misses(tracker: Tracker) -> int:
    """Return how many messages in a row were not understood, this one not counted."""
    return int(tracker.get_slot(MISSES) or 0)


def understood(tracker: Tracker) -> list[dict[str, Any]]:
    """Return the events that forget earlier misses: none when there were none, which keeps trackers short."""
    return [SlotSet(MISSES, None)] if misses(tracker) else []
