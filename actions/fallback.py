"""What happens when a message is not understood: first the best guesses, then the offer of a person."""

from typing import Any

from rasa_sdk.events import SlotSet, UserUtteranceReverted
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, Tracker
from rasa_sdk.types import DomainDict

from actions.case_form.fields import has_answers
from actions.misses import MISSES, misses
from actions.said import NEW_CASE, PERSON, command, knowledge, say, say_answer
from actions.turn import Message, latest_message
from bot.knowledge import Button

GUESSES_SHOWN = 3
_LEAST_CONFIDENCE = 0.04
"""Below this a guess is noise: with some eighty intents, chance alone gives a little over 0.01."""

CRISIS_CONFIDENCE = 0.15
"""A crisis that comes first among unsure guesses is treated as one: a false alarm is cheap, a miss is not.

Of 38 held-out messages between this and the fallback's threshold with a crisis as the best guess, 33 were one.
"""

_ABILITIES = Button("Co umie asystent", "/co_umiesz")
_BACK_TO_CASE = Button("Wróć do zgłoszenia", "/zgloszenie")


class ActionFallback(Action):
    """Our own two-stage fallback; Rasa's is worded in English and asks "did you mean"."""

    def name(self) -> str:
        """Return the name used in the domain."""
        return "action_fallback"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Offer guesses after the first miss and a person after the second."""
        return say_not_understood(dispatcher, tracker)


class ActionDefaultFallback(ActionFallback):
    """Stands in for Rasa's default, which would stay silent when no rule fits."""

    def name(self) -> str:
        """Return Rasa's name of the action."""
        return "action_default_fallback"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Take the message back as Rasa's own does: without that no rule fits again, and Rasa goes in circles."""
        return [UserUtteranceReverted(), *say_not_understood(dispatcher, tracker)]


def say_not_understood(dispatcher: CollectingDispatcher, tracker: Tracker) -> list[dict[str, Any]]:
    """Say that the message was not understood, with the way on that fits the number of misses in a row."""
    message = latest_message(tracker)
    if _may_be_a_crisis(message):
        command(dispatcher, crisis="ogolny")
        return []
    missed = min(misses(tracker) + 1, 2)
    if missed == 1:
        ways_on = _guess_buttons(message) or [_ABILITIES]
        if has_answers(tracker.slots):
            ways_on.append(_BACK_TO_CASE)
        say(dispatcher, knowledge().notice("not_understood").text, (*ways_on, PERSON))
    else:
        say_answer(dispatcher, knowledge().notice("not_understood_again"), PERSON, NEW_CASE)
    command(dispatcher, missed=missed)
    return [SlotSet(MISSES, missed)]


def _may_be_a_crisis(message: Message) -> bool:
    if not message.guesses:
        return False
    best = message.guesses[0]
    return best.intent == "kryzys" and best.confidence >= CRISIS_CONFIDENCE


def _guess_buttons(message: Message) -> list[Button]:
    buttons: list[Button] = []
    for guess in message.guesses:
        title = knowledge().title(guess.intent)
        if title and guess.confidence >= _LEAST_CONFIDENCE and len(buttons) < GUESSES_SHOWN:
            buttons.append(Button(title, f"/{guess.intent}"))
    return buttons
