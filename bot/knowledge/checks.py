"""Checks across the knowledge files: names, buttons and the texts that code relies on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any, Protocol

from bot.knowledge.errors import Problem
from bot.knowledge.names import AS_OF, CRISIS_KINDS, EMERGENCY_FACT, HUB_PAYLOADS, NOTICES
from bot.knowledge.schema import ButtonRecord, NoticesFile
from bot.knowledge.source import SourceFile
from bot.knowledge.template import Part

_PAYLOAD = re.compile(r"/([a-z0-9_]+)(\{.*\})?\Z")


class HasButtons(Protocol):
    """An answer or a notice, as far as its buttons go."""

    @property
    def buttons(self) -> list[ButtonRecord]:
        """The buttons under the text."""


def check_names(
    file: SourceFile[Any],
    owner: str,
    names: Iterable[str],
    known: Set[str],
    where: tuple[str | int, ...],
) -> list[Problem]:
    """Placeholders and requirements that no fact, setting or value stands behind."""
    return [
        file.problem(f'{owner}: unknown placeholder or fact "{name}"', *where) for name in sorted(set(names) - known)
    ]


def as_of_is_dated(parts: list[Part], requires: Iterable[str], facts: frozenset[str]) -> bool:
    """Whether {stan} always has a fact to take its date from."""
    variants = [[template for template in (part.main, part.otherwise) if template is not None] for part in parts]
    if set(requires) & facts or any(all(one.needs & facts for one in some) for some in variants):
        return True
    return all(one.needs & facts for some in variants for one in some if AS_OF in one.names)


def check_buttons(
    file: SourceFile[Any],
    section: str,
    records: Mapping[str, HasButtons],
    intents: Set[str],
    topics: Mapping[str, str],
) -> Iterator[Problem]:
    """Buttons that would lead nowhere."""
    for owner, record in records.items():
        for place, button in enumerate(record.buttons):
            fault = _payload_fault(button.payload, intents, topics)
            if fault:
                yield file.problem(f"{owner}: {fault}", section, owner, "buttons", place, "payload")


def _payload_fault(payload: str, intents: Set[str], topics: Mapping[str, str]) -> str | None:
    if payload in HUB_PAYLOADS:
        return None
    match = _PAYLOAD.match(payload)
    if match is None:
        return f'payload "{payload}" is neither "/intent", "/intent{{…}}" nor one of {sorted(HUB_PAYLOADS)}'
    intent, slots = match.groups()
    if intent not in intents:
        return f'payload "{payload}" names an unknown intent "{intent}"'
    if slots is None:
        return None
    try:
        values = json.loads(slots)
    except ValueError:
        return f'payload "{payload}" does not hold valid JSON'
    if any(not isinstance(value, str) for value in values.values()):
        return f'payload "{payload}": slot values must be text'
    topic = values.get("temat")
    if topic is not None and topic not in topics:
        return f'payload "{payload}" names an unknown topic "{topic}"'
    return None


def check_notices(file: SourceFile[NoticesFile]) -> Iterator[Problem]:
    """Texts that code asks for by name, and the number that no crisis card may lack."""
    record = file.record
    for name in NOTICES.keys() - record.notices.keys():
        yield file.problem(f'the notice "{name}" is missing', "notices")
    for name, notice in record.notices.items():
        values = NOTICES.get(name)
        if values is None:
            yield file.problem(f'no code says a notice "{name}" (see bot/knowledge/names.py)', "notices", name)
            continue
        if notice.by is not None and notice.by not in values:
            yield file.problem(f'{name}: "{notice.by}" is not given to this notice', "notices", name, "by")
        if notice.variants and notice.by is None:
            yield file.problem(f'{name}: "variants" need "by"', "notices", name, "variants")
        for word in notice.words.keys() - values:
            message = f'{name}: "{word}" is not given to this notice'
            yield file.problem(message, "notices", name, "words", word)
    for kind in CRISIS_KINDS:
        if kind not in record.crisis:
            yield file.problem(f'the crisis card "{kind}" is missing', "crisis")
    for kind, parts in record.crisis.items():
        if kind not in CRISIS_KINDS:
            yield file.problem(f'no crisis of the kind "{kind}" is known', "crisis", kind)
        if not any(f"{{{EMERGENCY_FACT}}}" in part.text for part in parts if part.text):
            yield file.problem(f"{kind}: the card does not name {{{EMERGENCY_FACT}}}", "crisis", kind)
