"""How the case form ends or changes course: sent, cancelled, corrected."""

from typing import Any

from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, Tracker
from rasa_sdk.types import DomainDict

from actions.case_form import fields as f
from actions.case_form.correct import correction
from actions.handoff import leave_form
from actions.misses import understood
from actions.said import NEW_CASE, command, knowledge, office_day, say, say_answer
from actions.turn import CASE_FORM, LAST_ANSWER, channel, in_case_form, latest_message


def forget_case(tracker: Tracker) -> list[dict[str, Any]]:
    """Return the events that empty the case, and the answer a next case would take its topic from."""
    return [SlotSet(slot, None) for slot in (*f.KEPT, LAST_ANSWER) if tracker.slots.get(slot) is not None]


class ActionSubmitCase(Action):
    """Hands a confirmed case to the hub, which gives it a number and tells the resident."""

    def name(self) -> str:
        """Return the name used in the domain."""
        return "action_submit_case"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Send the case and forget it here: the tracker is never the case's record."""
        slots = tracker.slots
        needed = f.fields_for(channel(tracker), slots)
        if slots.get(f.CONFIRMATION) != f.YES or any(slots.get(field) is None for field in needed):
            # Never a case that was not confirmed or is not complete: the form goes on with what is missing.
            return [FollowupAction(CASE_FORM)]
        details = {field: str(slots[field]) for field in needed if slots[field] != f.SKIPPED}
        command(dispatcher, case=details)
        return [*forget_case(tracker), *understood(tracker)]


class ActionCancelCase(Action):
    """Throws the case away at the resident's word."""

    def name(self) -> str:
        """Return the name used in the domain."""
        return "action_cancel_case"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Clear everything that was given and say so."""
        if in_case_form(tracker) or f.has_answers(tracker.slots):
            say(dispatcher, "Zgłoszenie anulowane. Wpisane dane zostały usunięte.", (NEW_CASE,))
        else:
            say_answer(dispatcher, knowledge().answer("anuluj", on=office_day()))
        return [*leave_form(tracker), *forget_case(tracker), *understood(tracker)]


class ActionCorrectCase(Action):
    """Opens a field for correction: the one that is named, otherwise the resident chooses one."""

    def name(self) -> str:
        """Return the name used in the domain."""
        return "action_correct_case"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Empty the field, or fill it at once when its new value was given too; the form then goes on."""
        if not f.has_answers(tracker.slots):
            if not in_case_form(tracker):
                say_answer(dispatcher, knowledge().answer("popraw", on=office_day()))
            return understood(tracker)
        changed = correction(latest_message(tracker), f.fields_for(channel(tracker), tracker.slots))
        changes: list[dict[str, Any]] = [SlotSet(slot, value) for slot, value in changed.items()]
        if not in_case_form(tracker):
            changes.append(FollowupAction(CASE_FORM))
        return [*changes, *understood(tracker)]
