"""The ways out of the dialogue: a person, a crisis, another language."""

from typing import Any

from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, Tracker
from rasa_sdk.types import DomainDict

from actions.misses import misses, understood
from actions.said import NEW_CASE, command, knowledge, office_day, say, say_answer
from actions.turn import CASE_FORM, in_case_form, latest_message

_LANGUAGES = {"inny_jezyk_uk": "uk", "inny_jezyk_ru": "ru", "inny_jezyk_en": "en"}


def leave_form(tracker: Tracker) -> list[dict[str, Any]]:
    """Return the events that stop the form's questions; what was already given stays."""
    return [ActiveLoop(None), SlotSet("requested_slot", None)] if in_case_form(tracker) else []


class ActionHandoff(Action):
    """Asks the hub for a person, at once and without "are you sure"."""

    def name(self) -> str:
        """Return the name used in the domain."""
        return "action_handoff"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Send the command; the hub knows the queue and the working hours, so the hub speaks."""
        command(dispatcher, handoff="person")
        return [*leave_form(tracker), *understood(tracker)]


class ActionCrisis(Action):
    """Reports a crisis that the model recognised and the hub's deterministic net did not."""

    def name(self) -> str:
        """Return the name used in the domain."""
        return "action_crisis"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Send the command and ask nothing more: nobody in danger fills in a form."""
        command(dispatcher, crisis="ogolny")
        return [*leave_form(tracker), *understood(tracker)]


class ActionLanguage(Action):
    """Reports that the resident writes in another language."""

    def name(self) -> str:
        """Return the name used in the domain."""
        return "action_language"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Send the command; the hub writes the card in that language."""
        command(dispatcher, language=_LANGUAGES.get(latest_message(tracker).intent or "", "en"))
        return understood(tracker)


class ActionConfirm(Action):
    """A "yes" outside the form: it accepts the offer of a person, if that was the last thing offered."""

    def name(self) -> str:
        """Return the name used in the domain."""
        return "action_confirm"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Hand over, or say that nothing waits for a yes."""
        if not in_case_form(tracker):
            if misses(tracker) >= 2:
                command(dispatcher, handoff="person")
            else:
                say_answer(dispatcher, knowledge().answer("potwierdz", on=office_day()))
        return understood(tracker)


class ActionDecline(Action):
    """A "no" outside the form."""

    def name(self) -> str:
        """Return the name used in the domain."""
        return "action_decline"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Leave the matter there and say that questions are still welcome."""
        if not in_case_form(tracker):
            say_answer(dispatcher, knowledge().answer("zaprzecz", on=office_day()))
        return understood(tracker)


class ActionStaleButton(Action):
    """A button of a form that is no longer open."""

    def name(self) -> str:
        """Return the name used in the domain."""
        return "action_stale_button"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Say that the question no longer stands and show the way back into the form."""
        if tracker.active_loop_name != CASE_FORM:
            say(dispatcher, "To pytanie nie jest już aktualne. Zgłoszenie można zacząć od nowa.", (NEW_CASE,))
        return understood(tracker)
