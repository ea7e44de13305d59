"""From a resident's text to what Rasa is to be told: one message, two questions, or the answer to a form."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, Optional

from engine import intents
from engine.polish.courtesy import without_courtesies
from engine.polish.segmenter import clauses, is_question
from engine.polish.text import fold
from engine.serving import serving

Parse = dict[str, Any]
Parser = Callable[[str], Awaitable[Parse]]

# "500+": what everybody calls a benefit by.
_BENEFIT_BY_SUM = re.compile(r"\b[358]00\s?\+")
_RANKING = 5
_SHOWN = 6
_LIST_WORDS = 10
_UNSEEN = 1e-4
_SOFTENED = 0.5
_CLEAR = 0.9
_CLEAR_FACT = 0.7
_NO_DOUBT = 0.93
_HEARD_IN_WHOLE = 0.03
_CRISIS_IN_PART = 0.1
_PLAIN_CRISIS = 0.85
_CRISIS_WORDS = 3
# "Dzień dobry kochani" is a greeting; with three words more there is a matter, understood or not.
_MORE_THAN_A_NAME = 3


class Said(NamedTuple):
    """A text with its parse, to be handled as one Rasa message."""

    text: str
    parse: Parse


def ranking(parse: Parse) -> list[tuple[str, float]]:
    """Return the real guesses, best first. The fallback classifier puts itself on top with its threshold."""
    return [
        (str(guess["name"]), float(guess["confidence"]))
        for guess in parse.get("intent_ranking", ())
        if guess.get("name") and guess["name"] != intents.FALLBACK
    ]


def top(parse: Parse) -> tuple[str, float]:
    """Return the intent that Rasa acts on, with the confidence of the best real guess."""
    guesses = ranking(parse)
    name = str((parse.get("intent") or {}).get("name") or intents.FALLBACK)
    if name == intents.FALLBACK:
        return name, guesses[0][1] if guesses else 0.0
    return name, float(parse["intent"].get("confidence") or 0.0)


def trimmed(parse: Parse) -> Parse:
    """Return the parse with what actions read and nothing else: it travels in every tracker event."""
    return {
        "text": parse.get("text", ""),
        "intent": {key: parse["intent"].get(key) for key in ("name", "confidence")},
        "entities": parse.get("entities", []),
        "intent_ranking": [
            {"name": guess["name"], "confidence": guess["confidence"]}
            for guess in parse.get("intent_ranking", [])[: _RANKING + 1]
        ],
    }


async def understand(text: str, requested_slot: Optional[str], in_form: bool, parser: Parser) -> list[Said]:
    """Decide what a text is.

    Args:
        text: The message, stripped; never an intent payload.
        requested_slot: The slot that the active form asks for.
        in_form: Whether a form is active.
        parser: Asks the model about a text.

    Returns:
        What was said, in order; one entry unless the message holds two or more different questions.
    """
    whole, essence = await _without_courtesies(text, await parser(text), parser)
    if in_form:
        if requested_slot in intents.FREE_TEXT_SLOTS and not _comes_first(text, whole, requested_slot):
            return [Said(text, _as_form_answer(whole))]
        return [Said(text, whole)]
    if not any(character.isalpha() for character in text) and not _BENEFIT_BY_SUM.search(text):
        # A bare number or an emoji says nothing that the model could know.
        return [Said(text, _as_unknown(whole))]
    if dict(ranking(whole)).get(intents.CRISIS, 0.0) >= intents.SUSPECTED_CRISIS:
        return [Said(text, _as_crisis(whole))]
    return await _questions(essence, whole, parser) or [Said(text, _as_served(whole))]


async def _without_courtesies(text: str, whole: Parse, parser: Parser) -> tuple[Parse, str]:
    """Return the parse of what is said between greeting and thanks, and that text; the whole where that says more."""
    essence = without_courtesies(text)
    if not essence or essence == text:
        return whole, text
    parse = await parser(essence)
    name, confidence = top(parse)
    if name in intents.COURTESIES:
        return whole, text
    greets = top(whole)[0] in intents.COURTESIES and len(essence.split()) >= _MORE_THAN_A_NAME
    if name == intents.FALLBACK and top(whole)[0] != intents.FALLBACK and not greets:
        return whole, text
    if name in intents.AGREEMENTS and top(whole)[0] in intents.COURTESIES:
        return whole, text  # "dobra, dzięki" is thanks, whatever "dobra" alone would be
    if top(whole)[0] not in intents.COURTESIES and confidence < top(whole)[1]:
        return whole, essence
    return {**parse, "text": text}, essence


def _comes_first(text: str, parse: Parse, slot: str) -> bool:
    """Tell whether a message is something else than the text that the form asks for."""
    name, confidence = top(parse)
    length = len(text.split())
    if name == intents.CRISIS:
        return confidence >= intents.SURE_CRISIS
    if name in intents.ALWAYS:
        return confidence >= intents.SURE_COMMAND
    if name in intents.COMMANDS and confidence >= intents.SURE_COMMAND and length <= intents.MAX_COMMAND_WORDS:
        return True
    if name in intents.SMALL_TALK and confidence >= intents.SURE_COMMAND and length <= intents.MAX_SMALL_TALK_WORDS:
        return True
    if slot == intents.DESCRIPTION_SLOT and name in intents.MATTERS:
        return False
    return name in intents.INTERRUPTING and confidence >= intents.SURE_QUESTION and is_question(text)


def _as_form_answer(parse: Parse) -> Parse:
    return _as(intents.FORM_ANSWER, 1.0, parse)


def _as_crisis(parse: Parse) -> Parse:
    return _as(intents.CRISIS, dict(ranking(parse))[intents.CRISIS], parse)


def _as_served(parse: Parse) -> Parse:
    """Return the parse with the intent whose answer serves what the message may mean, where none alone is sure."""
    found = serving(ranking(parse)) if top(parse)[0] == intents.FALLBACK else None
    return _as(*found, parse) if found else parse


def _as_unknown(parse: Parse) -> Parse:
    unknown = {"name": intents.FALLBACK, "confidence": 0.0}
    return {**parse, "intent": unknown, "intent_ranking": [unknown]}


async def _questions(text: str, whole: Parse, parser: Parser) -> list[Said]:
    """Return the different questions of a message when there are at least two, or its crisis; otherwise nothing."""
    parts = clauses(text)
    if len(parts) < 2 or top(whole)[0] in intents.INDIVISIBLE:
        return []
    guesses = dict(ranking(whole))
    shown = set(list(guesses)[:_SHOWN])
    may_be_list = len(text.split()) <= _LIST_WORDS
    found: list[Said] = []
    seen: set[str] = set()
    for part in parts:
        alone = await parser(part.text)
        if _is_crisis(part.text, alone, guesses):
            return [Said(text, {**alone, "text": text})]
        noun = intents.NOUNS.get(fold(part.text).strip(" ,.?!")) if may_be_list else None
        parse = _as(noun, 1.0, alone) if noun else _in_context(alone, guesses)
        name, confidence = top(parse)
        if found and _means_the_same(part.text, top(found[-1].parse)[0], name):
            name = intents.BESIDE[top(found[-1].parse)[0], name]
            parse = _as(name, confidence, parse)
        if name in intents.INDIVISIBLE and confidence >= intents.SURE_COMMAND:
            return []
        if name not in intents.ANSWERS or confidence < intents.SURE_SEGMENT or name in seen:
            continue
        listed = may_be_list and (noun is not None or name in intents.LISTED and confidence >= _CLEAR)
        # A part that leans on another is a question of its own only where the model has no doubt about it, or hears
        # it in the whole message as well.
        stands = part.complete or top(alone)[1] >= _NO_DOUBT or guesses.get(name, 0.0) >= _HEARD_IN_WHOLE
        if not listed and not (part.asks and part.certain and stands):
            continue
        seen.add(name)
        found.append(Said(part.text, parse))
    # The whole message must show the same questions: else a part means something else without its context.
    return found if len(found) >= 2 and seen <= shown else []


def _means_the_same(text: str, first: str, second: str) -> bool:
    """Tell whether a question is about the thing of the one before it, which its words alone do not say."""
    return (first, second) in intents.BESIDE and not re.search(intents.NAMED[second], fold(text))


def _as(name: str, confidence: float, parse: Parse) -> Parse:
    """Return the parse with an intent that the model alone did not choose."""
    chosen = {"name": name, "confidence": confidence}
    others = [{"name": other, "confidence": value} for other, value in ranking(parse) if other != name]
    return {**parse, "intent": chosen, "intent_ranking": [chosen, *others]}


def _is_crisis(text: str, part: Parse, whole: dict[str, float]) -> bool:
    """Tell whether a part speaks of a crisis that the rest of the message drowns."""
    name, confidence = top(part)
    if name != intents.CRISIS:
        return False
    if confidence * whole.get(intents.CRISIS, 0.0) >= _CRISIS_IN_PART:
        return True
    return confidence >= _PLAIN_CRISIS and len(text.split()) >= _CRISIS_WORDS


def _in_context(part: Parse, whole: dict[str, float]) -> Parse:
    """Read a part in the light of its message: "w jakich godzinach jest czynna?" after "Gdzie jest kasa".

    Each guess counts as much as the part says, times what the whole message says, softened: of two questions in one
    message the model sees one much better. A clear part needs no help.
    """
    name, confidence = top(part)
    if name != intents.FALLBACK and confidence >= (_CLEAR_FACT if name in intents.LISTED else _CLEAR):
        return part
    scores = {name: value * max(whole.get(name, 0.0), _UNSEEN) ** _SOFTENED for name, value in ranking(part)}
    total = sum(scores.values())
    if not total:
        return part
    guesses = [
        {"name": name, "confidence": score / total}
        for name, score in sorted(scores.items(), key=lambda pair: -pair[1])
    ]
    return {**part, "intent": guesses[0], "intent_ranking": guesses}
