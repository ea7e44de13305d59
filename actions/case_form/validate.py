"""Reads the resident's messages into the slots of the case form and decides what is asked next."""

from typing import Any

from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.forms import FormValidationAction
from rasa_sdk.interfaces import Tracker
from rasa_sdk.types import DomainDict

from actions.case_form import fields as f
from actions.case_form.arbitration import is_answer
from actions.case_form.correct import correction, orders_correction
from actions.case_form.values import READ, Unusable, says_only
from actions.misses import MISSES, misses
from actions.turn import CASE_FORM, FORM_ANSWER, LAST_ANSWER, Message, answered_in_between, channel, latest_message

_START = "zgloszenie"
_BUTTON_SLOTS = frozenset({*f.FIELDS, f.CORRECTED, f.TOPIC_GROUP})


class ValidateCaseForm(FormValidationAction):
    """Fills the slots of the case form.

    The slots have `custom` mappings instead of `from_text` with ignored intents: whether a message answers
    the question depends on the question, the intent, its confidence and the message's shape (arbitration.py),
    which a list of intents cannot say. A message that is no answer sets nothing, so Rasa rejects the form, the
    rules answer the message, and the form asks again.
    """

    def name(self) -> str:
        """Return the name used in the domain."""
        return f"validate_{CASE_FORM}"

    def domain_slots(self, domain: DomainDict) -> list[str]:
        """Return the form's slots from here: the engine does not send its domain along."""
        return list(f.ASKED)

    async def required_slots(
        self,
        domain_slots: list[str],
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: DomainDict,
    ) -> list[str]:
        """Return the slots this case needs, as it stands."""
        if tracker.slots.get(f.CORRECTING):
            return [f.CORRECTED]
        return [*f.fields_for(channel(tracker), tracker.slots), f.CONFIRMATION]

    async def next_requested_slot(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> EventType | None:
        """Return what to ask next; None as the slot's value ends the form."""
        required = await self.required_slots(self.domain_slots(domain), dispatcher, tracker, domain)
        missing = (slot for slot in required if tracker.slots.get(slot) is None)
        return SlotSet("requested_slot", next(missing, None))

    async def get_extraction_events(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[EventType]:
        """Extract nothing apart: reading a message and checking it is one step (get_validation_events)."""
        return []

    async def get_validation_events(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[EventType]:
        """Return the slots this message fills, or the fault to be explained."""
        if answered_in_between(tracker):
            return []
        message = latest_message(tracker)
        read = _from_words(message, tracker) if message.values is None else _from_button(message, tracker)
        if message.intent == _START and tracker.slots.get(f.TOPIC) is None and f.TOPIC not in read:
            topic = f.TOPIC_OF_INTENT.get(str(tracker.slots.get(LAST_ANSWER)))
            if topic:
                read[f.TOPIC] = topic
        if not read and message.intent == _START:
            # The form was asked for while it is open. Rejecting it would make Rasa call it again, for ever.
            read[f.FAULT] = None
        if read and not read.get(f.FAULT) and misses(tracker):
            read[MISSES] = None
        return [SlotSet(slot, value) for slot, value in read.items()]


def _from_button(message: Message, tracker: Tracker) -> dict[str, Any]:
    """Read a button. An older one counts as well: pressing it again is how people correct themselves."""
    if message.intent == "potwierdz" and tracker.slots.get("requested_slot") == f.CONFIRMATION:
        return {f.CONFIRMATION: f.YES, f.FAULT: None}
    if message.intent == "zaprzecz" and tracker.slots.get("requested_slot") == f.CONFIRMATION:
        return {f.CORRECTING: f.CHOOSING, f.FAULT: None}
    read: dict[str, Any] = {}
    if message.intent in (FORM_ANSWER, _START):
        for slot, value in (message.values or {}).items():
            if slot in _BUTTON_SLOTS:
                read |= _read(slot, Message(value, FORM_ANSWER), tracker)
    return read


def _from_words(message: Message, tracker: Tracker) -> dict[str, Any]:
    slot = str(tracker.slots.get("requested_slot"))
    if slot not in READ:
        return {}
    if orders_correction(message) and f.has_answers(tracker.slots):
        return correction(message, f.fields_for(channel(tracker), tracker.slots))
    if slot == f.CONFIRMATION and says_only(f.CONTACT, message.text):
        # A number under the summary is meant as the right one.
        slot = f.CONTACT
    if not is_answer(message, slot):
        return {}
    if slot == f.CONFIRMATION and message.intent == "zaprzecz":
        return {f.CORRECTING: f.CHOOSING, f.FAULT: None}
    return _read(slot, message, tracker)


def _read(slot: str, message: Message, tracker: Tracker) -> dict[str, Any]:
    if slot == f.TOPIC_GROUP:
        group = message.text if message.text in f.TOPIC_GROUPS else None
        return {f.TOPIC: None, f.TOPIC_GROUP: group, f.FAULT: None}
    if slot == f.CORRECTED and message.text == f.SKIPPED:
        return {f.CORRECTING: None, f.FAULT: None}
    try:
        value = READ[slot](message)
    except Unusable as error:
        return {slot: None, f.FAULT: error.fault, MISSES: misses(tracker) + 1}
    if slot == f.CORRECTED:
        return {value: None, f.CORRECTING: None, f.TOPIC_GROUP: None, f.FAULT: None}
    read: dict[str, Any] = {slot: value, f.FAULT: None}
    if slot == f.TOPIC:
        read[f.TOPIC_GROUP] = None
    return read
