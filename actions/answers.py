"""Answers to questions: an intent leads to its text in the knowledge files."""

from dataclasses import replace
from typing import Any

from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, Tracker
from rasa_sdk.types import DomainDict

from actions.fallback import say_not_understood
from actions.handoff import leave_form
from actions.misses import understood
from actions.said import command, knowledge, office_day, say, say_answer
from actions.turn import LAST_ANSWER, in_case_form, latest_message
from bot.knowledge import Answer

_SMALL_TALK = frozenset(
    {"powitanie", "podziekowanie", "pozegnanie", "pomoc", "powtorz", "wroc_do_asystenta"} | {"obelga", "manipulacja"}
)
"""Intents whose answers nobody wants to have repeated."""


_RIGHTS = {"moje_dane_usun": "erase", "moje_dane_wglad": "export"}
"""Requests that are carried out and not only answered."""


class ActionAnswer(Action):
    """Says what the knowledge files hold for the intent of the message."""

    def name(self) -> str:
        """Return the name used in the domain."""
        return "action_answer"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Say the answer and remember which one it was."""
        intent = latest_message(tracker).intent or ""
        if intent in _RIGHTS:
            # The hub knows what is stored and what would be kept, so the hub speaks.
            command(dispatcher, right=_RIGHTS[intent])
            return understood(tracker)
        try:
            answer = knowledge().answer(intent, on=office_day())
        except KeyError:
            # Only a model older than the knowledge files gets here: still no reason for silence.
            return say_not_understood(dispatcher, tracker)
        events = understood(tracker)
        if in_case_form(tracker):
            answer = _within_the_form(intent, answer)
            if intent == "pozegnanie":
                events += leave_form(tracker)
        say_answer(dispatcher, answer)
        if intent not in _SMALL_TALK and tracker.get_slot(LAST_ANSWER) != intent:
            events.append(SlotSet(LAST_ANSWER, intent))
        return events


def _within_the_form(intent: str, answer: Answer) -> Answer:
    """Fit an answer in between two questions: no invitation to start over what has been started."""
    if intent == "powitanie":
        return Answer("Dzień dobry.")
    if intent == "pozegnanie":
        return knowledge().notice("form_interrupted")
    return replace(answer, buttons=tuple(b for b in answer.buttons if not b.payload.startswith("/zgloszenie")))


class ActionRepeat(Action):
    """Says the last answer once more; in the form the question that stands is the one to repeat."""

    def name(self) -> str:
        """Return the name used in the domain."""
        return "action_repeat"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Repeat, or say that there is nothing to repeat yet."""
        if not in_case_form(tracker):
            last = tracker.get_slot(LAST_ANSWER)
            intent = last if last in knowledge().intents else "powtorz"
            say_answer(dispatcher, knowledge().answer(intent, on=office_day()))
        return understood(tracker)


class ActionHelp(Action):
    """Says what can be done now."""

    def name(self) -> str:
        """Return the name used in the domain."""
        return "action_help"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Help with the form when it is open, otherwise with the assistant."""
        if in_case_form(tracker):
            say(
                dispatcher,
                "Trwa przyjmowanie zgłoszenia. Można odpowiedzieć na pytanie albo zapytać o coś innego."
                " Można też napisać: „popraw”, aby zmienić wpisane dane, „anuluj”, aby zrezygnować,"
                " albo „pracownik”, aby porozmawiać z człowiekiem.",
            )
        else:
            say_answer(dispatcher, knowledge().answer("pomoc", on=office_day()))
        return understood(tracker)
