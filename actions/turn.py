"""What an action needs to know about the running turn, read from the tracker Rasa sends along."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rasa_sdk.interfaces import Tracker

CASE_FORM = "case_form"
FALLBACK = "nlu_fallback"
FORM_ANSWER = "podaj_dane"
"""The intent of the form's own buttons, and of a message the turn channel took for an answer to the form."""

LAST_ANSWER = "ostatnia_odpowiedz"

_ROUTINE = frozenset({"action_listen", "action_extract_slots", "action_session_start", CASE_FORM})


@dataclass(frozen=True)
class Guess:
    """An intent the model thought of, with its confidence from 0 to 1."""

    intent: str
    confidence: float


@dataclass(frozen=True)
class Message:
    """The resident's message as the model understood it."""

    text: str
    intent: str | None
    confidence: float = 1.0
    guesses: tuple[Guess, ...] = ()
    values: Mapping[str, str] | None = None
    """What a button carried; None when the message was typed."""

    @property
    def understood(self) -> bool:
        """Whether the model was sure enough of one intent."""
        return self.intent not in (None, FALLBACK)


def latest_message(tracker: Tracker) -> Message:
    """Read the message this turn is about."""
    raw = tracker.latest_message
    text = raw.get("text") or ""
    intent = raw.get("intent") or {}
    # Only the server sends texts that begin with a slash: what residents type loses it in the turn channel.
    values: dict[str, str] | None = None
    if text.startswith("/"):
        values = {str(e["entity"]): str(e["value"]) for e in raw.get("entities", []) if e.get("value")}
    return Message(
        text=text,
        intent=intent.get("name"),
        confidence=float(intent.get("confidence") or 0.0),
        guesses=tuple(
            Guess(str(guess["name"]), float(guess.get("confidence") or 0.0))
            for guess in raw.get("intent_ranking") or []
            if guess.get("name") not in (None, FALLBACK, FORM_ANSWER)
        ),
        values=values,
    )


def channel(tracker: Tracker) -> str:
    """Return the channel the resident writes on, "web" when the caller does not say."""
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            return str((event.get("metadata") or {}).get("channel") or "web")
    return "web"


def in_case_form(tracker: Tracker) -> bool:
    """Tell whether the case form is asking its questions at the moment."""
    return tracker.active_loop_name == CASE_FORM


def _this_turn(tracker: Tracker) -> Iterator[dict[str, Any]]:
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            return
        yield event


def answered_in_between(tracker: Tracker, *, besides: frozenset[str] = frozenset()) -> bool:
    """Tell whether an action that is neither the form nor among ``besides`` has run in this turn."""
    routine = _ROUTINE | besides
    return any(e.get("event") == "action" and e.get("name") not in routine for e in _this_turn(tracker))


def form_just_started(tracker: Tracker) -> bool:
    """Tell whether this turn opened the form."""
    return any(e.get("event") == "active_loop" and e.get("name") == CASE_FORM for e in _this_turn(tracker))
