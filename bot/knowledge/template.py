"""Texts with {placeholders}, compiled once and joined many times."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from bot.knowledge.names import AS_OF
from bot.knowledge.schema import PartRecord

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
# The names of these benefits contain a number; every other number is a fact.
_NUMBER = re.compile(r"(?<![0-9])(?!(?:500|800)\+)[0-9]")

_MONTHS = (
    "stycznia",
    "lutego",
    "marca",
    "kwietnia",
    "maja",
    "czerwca",
    "lipca",
    "sierpnia",
    "września",
    "października",
    "listopada",
    "grudnia",
)


def polish_date(day: date) -> str:
    """16 marca 2020 r."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year} r."


class TemplateError(ValueError):
    """A text that cannot be a template."""


@dataclass(frozen=True, slots=True)
class Template:
    """One compiled text: literals at even places, placeholder names at odd ones."""

    pieces: tuple[str, ...]
    needs: frozenset[str]

    @property
    def names(self) -> tuple[str, ...]:
        """The placeholders in the order of the text."""
        return self.pieces[1::2]

    def fill(self, values: Callable[[str], str]) -> str:
        """The text with every placeholder replaced."""
        pieces = list(self.pieces)
        for place in range(1, len(pieces), 2):
            pieces[place] = values(pieces[place])
            # "16 marca 2020 r." at the end of a sentence already brings its full stop.
            if pieces[place].endswith(".") and pieces[place + 1].startswith("."):
                pieces[place + 1] = pieces[place + 1][1:]
        return "".join(pieces)


def compile_template(text: str, requires: Iterable[str] = ()) -> Template:
    """Compile a text; a number in it is refused, because a number is a fact with a source."""
    pieces = tuple(_PLACEHOLDER.split(text.strip()))
    for literal in pieces[::2]:
        if "{" in literal or "}" in literal:
            raise TemplateError("a brace has no pair: placeholders look like {fact_id}")
        if _NUMBER.search(literal):
            raise TemplateError(
                f'"{literal.strip()[:40]}" holds a number: make it a fact in facts.yml and write {{its_id}}'
            )
    for name in pieces[1::2]:
        if not _NAME.match(name):
            raise TemplateError(f'"{{{name}}}" is not a placeholder: use the id of a fact')
    return Template(pieces, frozenset((*pieces[1::2], *requires)) - {AS_OF})


DROPPED = Template((), frozenset())
"""Stands for a line that is left out (`otherwise: ""`); an empty `text` is a blank line instead."""


@dataclass(frozen=True, slots=True)
class Part:
    """A line of a block with what replaces it when a fact is not available."""

    main: Template
    otherwise: Template | None

    def choose(self, available: Callable[[str], bool]) -> Template | None:
        """The variant that can be said, if any."""
        for template in (self.main, self.otherwise):
            if template is not None and all(map(available, template.needs)):
                return template
        return None


Block = tuple[Part, ...]


def compile_part(record: PartRecord) -> Part:
    """Compile one line of a knowledge file."""
    otherwise = None
    if record.otherwise is not None:
        otherwise = compile_template(record.otherwise) if record.otherwise.strip() else DROPPED
    return Part(compile_template(record.text or "", record.requires), otherwise)


def block_names(block: Block) -> set[str]:
    """Every fact or value a block mentions, in any of its variants."""
    names: set[str] = set()
    for part in block:
        names |= part.main.needs
        if part.otherwise is not None:
            names |= part.otherwise.needs
    return names


def always_said(block: Block, given: frozenset[str]) -> bool:
    """Whether a block can be said with nothing but these names, whatever happens to the facts."""
    return all(
        any(template is not None and template.needs <= given for template in (part.main, part.otherwise))
        for part in block
    )
