"""Asks the questions of the case form."""

from abc import ABC, abstractmethod
from typing import Any

from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, Tracker
from rasa_sdk.types import DomainDict

from actions.case_form import fields as f
from actions.case_form.questions import explanation, notice, question, topic_title
from actions.misses import misses
from actions.said import PERSON, say, say_answer
from actions.turn import CASE_FORM, answered_in_between, channel, form_just_started
from bot.knowledge import Button

_MISSES_UNTIL_A_PERSON_IS_OFFERED = 2


class AskField(Action, ABC):
    """Asks for one slot: its question, or, after an answer that could not be used, what is wrong with it."""

    @property
    @abstractmethod
    def slot(self) -> str:
        """The slot that is asked for."""

    def name(self) -> str:
        """Return the name by which Rasa's form finds the question."""
        return f"action_ask_{CASE_FORM}_{self.slot}"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Ask; before the first question of all, say what happens to the answers."""
        slots, where = tracker.slots, channel(tracker)
        events: list[dict[str, Any]] = []
        if not slots.get(f.NOTICE_GIVEN):
            say_answer(dispatcher, notice(where))
            events.append(SlotSet(f.NOTICE_GIVEN, True))
        fault = slots.get(f.FAULT)
        if fault:
            explained = explanation(str(fault), self.slot, slots, where)
            tired = misses(tracker) >= _MISSES_UNTIL_A_PERSON_IS_OFFERED
            more: tuple[Button, ...] = (PERSON,) if tired else ()
            say(dispatcher, explained.text, (*explained.buttons, *more))
            return [*events, SlotSet(f.FAULT, None)]
        asked = question(self.slot, slots, where)
        before = _before_the_question(self.slot, tracker)
        say(dispatcher, f"{before} {asked.text}" if before else asked.text, asked.buttons)
        return events


def _before_the_question(slot: str, tracker: Tracker) -> str:
    """Return the words that lead into the form: after a pause, after an answer, with a chosen topic."""
    slots = tracker.slots
    if form_just_started(tracker):
        if slots.get(f.DESCRIPTION) is not None:
            return "Wracamy do zgłoszenia, wpisane dane są zachowane."
        if slot == f.DESCRIPTION:
            return f"Temat zgłoszenia: {topic_title(slots)}."
    elif answered_in_between(tracker, besides=frozenset({"action_correct_case"})):
        return "Wracamy do zgłoszenia."
    return ""


class AskTopic(AskField):
    """Asks what the case is about."""

    slot = f.TOPIC


class AskDescription(AskField):
    """Asks for a short description."""

    slot = f.DESCRIPTION


class AskName(AskField):
    """Asks how to address the resident."""

    slot = f.NAME


class AskContact(AskField):
    """Asks for a telephone number or an answer in the chat."""

    slot = f.CONTACT


class AskStreet(AskField):
    """Asks for the street or osiedle."""

    slot = f.STREET


class AskForWhom(AskField):
    """Asks who needs help."""

    slot = f.FOR_WHOM


class AskUrgency(AskField):
    """Asks whether the matter can wait."""

    slot = f.URGENCY


class AskCaseSign(AskField):
    """Asks for the sign of a case that is already running."""

    slot = f.CASE_SIGN


class AskTime(AskField):
    """Asks for a good time to call."""

    slot = f.TIME


class AskConfirmation(AskField):
    """Shows the summary and asks whether to send it."""

    slot = f.CONFIRMATION


class AskCorrectedField(AskField):
    """Asks which field is to be changed."""

    slot = f.CORRECTED
