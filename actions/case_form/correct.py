"""Changing one field of a case: "popraw telefon", "zmień imię na Anna"."""

import re
from typing import Any

from actions.case_form import fields as f
from actions.case_form.values import READ, Unusable, corrected_field
from actions.turn import FORM_ANSWER, Message
from bot.safety.folding import fold

_NEW_VALUE = re.compile(r"(?:\b(?:na|to)\b|:)\s*(.+)$", re.IGNORECASE | re.DOTALL)
_ORDER = re.compile(r"\W*(?:prosze )?(?:popraw|poprawic|poprawka|zmien|chce poprawic)\b")
_ORDER_WORDS = 8


def orders_correction(message: Message) -> bool:
    """Tell from the words alone whether a field is to be changed, whatever the model made of the message."""
    return bool(_ORDER.match(fold(message.text))) and len(message.text.split()) <= _ORDER_WORDS


def correction(message: Message, asked: tuple[str, ...]) -> dict[str, Any]:
    """Return the slots to set: the named field empty, or filled at once when its new value was given too.

    Without a field that this case asks for, the resident chooses one next.
    """
    slots: dict[str, Any] = {f.CONFIRMATION: None, f.FAULT: None}
    try:
        field = corrected_field(message) if message.values is None else None
    except Unusable:
        field = None
    if field not in asked:
        return slots | {f.CORRECTING: f.CHOOSING}
    return slots | {field: _new_value(field, message), f.CORRECTING: None, f.TOPIC_GROUP: None}


def _new_value(field: str, message: Message) -> str | None:
    """Read "popraw telefon na 600 100 200" in one go; None asks for the value."""
    found = _NEW_VALUE.search(message.text)
    if not found:
        return None
    try:
        return READ[field](Message(found.group(1), FORM_ANSWER))
    except Unusable:
        return None
