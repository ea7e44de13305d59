"""How the case form ends or changes course: sent, cancelled, corrected."""

import re
from typing import Any

from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, Tracker
from rasa_sdk.types import DomainDict

from actions.case_form import fields as f
from actions.case_form.values import READ, Unusable, corrected_field
from actions.handoff import leave_form
from actions.misses import understood
from actions.said import NEW_CASE, command, knowledge, office_day, say, say_answer
from actions.turn import CASE_FORM, FORM_ANSWER, LAST_ANSWER, Message, channel, in_case_form, latest_message

_NEW_VALUE = re.compile(r"\b(?:na|to|:)\s+(.+)$", re.IGNORECASE | re.DOTALL)


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
        message = latest_message(tracker)
        changes: list[dict[str, Any]] = [SlotSet(f.CONFIRMATION, None), SlotSet(f.FAULT, None)]
        try:
            field = corrected_field(message) if message.values is None else None
        except Unusable:
            field = None
        if field is None or field not in f.fields_for(channel(tracker), tracker.slots):
            changes.append(SlotSet(f.CORRECTING, f.CHOOSING))
        else:
            changes += [
                SlotSet(field, _new_value(field, message)),
                SlotSet(f.CORRECTING, None),
                SlotSet(f.TOPIC_GROUP, None),
            ]
        if not in_case_form(tracker):
            changes.append(FollowupAction(CASE_FORM))
        return [*changes, *understood(tracker)]


def _new_value(field: str, message: Message) -> str | None:
    """Read "popraw telefon na 600 100 200" in one go; None asks for the value."""
    found = _NEW_VALUE.search(message.text)
    if not found:
        return None
    try:
        return READ[field](Message(found.group(1), FORM_ANSWER))
    except Unusable:
        return None
