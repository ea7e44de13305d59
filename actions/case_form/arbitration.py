"""Whether a typed message answers the form's question or is something else that comes first.

The engine's turn channel decides this too, and earlier; here it is decided once more so that the form is as
sound in ``rasa shell`` and behind any other channel.
"""

import re

from actions.case_form import fields as f
from actions.case_form.values import READ, Unusable, says_only
from actions.turn import FALLBACK, FORM_ANSWER, Message
from bot.safety.folding import fold

COMMAND_CONFIDENCE = 0.7
QUESTION_CONFIDENCE = 0.6

_COMMAND_WORDS = 8
"""Longer messages are descriptions ("potrzebuję pomocy przy mamie…") even when they resemble a command."""

_SMALL_TALK_WORDS = 4
_FOREIGN_NAME_WORDS = 3
_COMMANDS = frozenset(
    {"anuluj", "czlowiek", "popraw", "powtorz", "pomoc", "wroc_do_asystenta", "zgloszenie", "prywatnosc"}
    | {"moje_dane_usun", "moje_dane_wglad"}
)
_SMALL_TALK = frozenset(
    {"powitanie", "podziekowanie", "pozegnanie", "co_umiesz", "czy_czlowiek", "obelga", "manipulacja"}
)
_LANGUAGES = frozenset({"inny_jezyk_uk", "inny_jezyk_ru", "inny_jezyk_en"})
_MATTERS = frozenset({"uprawnienia_kwoty", "moja_sprawa_status", "cudze_swiadczenia", *f.TOPIC_OF_INTENT})
_YES_NO = frozenset({"potwierdz", "zaprzecz"})

_QUESTION = re.compile(
    r"^(?:(?:a|ale|no|to|i|ok|przepraszam|prosze powiedziec)[ ,]+)*"
    r"(?:jak(?:i\w*|a)?|gdzie|kiedy|czy|ile|dlaczego|czemu|po co|kto|kogo|komu|co|ktor\w+|skad|dokad"
    r"|do kiedy|od kiedy)\b"
)


def is_question(text: str) -> bool:
    """Tell whether the text is clearly a question by its shape."""
    return text.rstrip().endswith("?") or bool(_QUESTION.match(fold(text).strip()))


def is_answer(message: Message, slot: str) -> bool:
    """Tell whether the message is to be read as the answer to the question about ``slot``."""
    intent = message.intent
    if message.values is not None:
        return False
    if intent in (None, FALLBACK, FORM_ANSWER) or says_only(slot, message.text):
        return True
    if not any(character.isalpha() for character in message.text):
        # Numbers and signs are nothing to look up; as an answer they are at least explained.
        return True
    if intent == "kryzys":
        return False
    if intent in _LANGUAGES:
        # Names of people and streets look foreign to a model that expects sentences.
        brief = len(message.text.split()) <= _FOREIGN_NAME_WORDS
        return brief and slot in (f.NAME, f.STREET) and _can_be_read(message, slot)
    if intent in _COMMANDS and message.confidence >= COMMAND_CONFIDENCE and _is_short(message):
        return False
    if slot in f.FREE_TEXT:
        return not _comes_first(message, slot)
    if slot == f.TOPIC and is_question(message.text):
        return False
    return _can_be_read(message, slot) or intent in _YES_NO


def _is_short(message: Message) -> bool:
    return len(message.text.split()) <= _COMMAND_WORDS


def _comes_first(message: Message, slot: str) -> bool:
    """Tell whether a message in a free-text question is small talk or a question of its own."""
    brief = len(message.text.split()) <= _SMALL_TALK_WORDS
    if message.intent in _SMALL_TALK and message.confidence >= COMMAND_CONFIDENCE and brief:
        return True
    if slot == f.DESCRIPTION and message.intent in _MATTERS:
        # "Czy mogę dostać zasiłek na leki?" is how people describe what they need; staff will read it.
        return False
    return message.intent not in _YES_NO and message.confidence >= QUESTION_CONFIDENCE and is_question(message.text)


def _can_be_read(message: Message, slot: str) -> bool:
    try:
        READ[slot](message)
    except Unusable:
        return False
    return True
