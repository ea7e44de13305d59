"""The crisis net at work: patterns of words that stand near each other, searched for in one message."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Final

import msgspec

from bot.safety.spelling import Spellings, Table, plain

_WINDOW: Final = 9
# A full stop keeps neighbouring sentences from reading as one phrase.
_SENTENCE_GAP: Final = 6
# Three dots do not end a sentence: that is how hesitation is typed.
_TOKEN = re.compile(r"[^\W_]+|(?<![.])[.!?;](?=\s)|[!?]{2,}(?=\s)|\n")

Positions = Mapping[int, list[int]]
_NOWHERE: Final[list[int]] = []


@dataclass(frozen=True)
class Found:
    """What the net noticed: the kind of crisis and the pattern, as written in the file."""

    kind: str
    pattern: str


@dataclass(frozen=True)
class Phrase:
    """Words in order. ``steps[i]`` is how far word i may stand from the one before it."""

    words: tuple[int, ...]
    steps: tuple[int, ...]

    def find(self, positions: Positions) -> list[tuple[int, ...]]:
        """Every place where the phrase ends, with the positions of its words."""
        paths: list[tuple[int, ...]] = [(position,) for position in positions.get(self.words[0], _NOWHERE)]
        for word, step in zip(self.words[1:], self.steps[1:], strict=True):
            ends = [path[-1] for path in paths]
            longer: list[tuple[int, ...]] = []
            for position in positions.get(word, _NOWHERE) if paths else _NOWHERE:
                nearest = bisect_left(ends, position) - 1
                if nearest >= 0 and position - ends[nearest] <= step:
                    longer.append((*paths[nearest], position))
            paths = longer
        return paths


@dataclass(frozen=True)
class Pattern:
    """Phrases that stand near each other in any order, in a message without certain others."""

    source: str
    phrases: tuple[Phrase, ...]
    unless: tuple[Phrase, ...]
    needs: frozenset[int]

    def find(self, positions: Positions) -> Iterator[tuple[int, ...]]:
        """Positions of all words of each occurrence."""
        if not self.needs <= positions.keys() or any(phrase.find(positions) for phrase in self.unless):
            return
        first, *others = (phrase.find(positions) for phrase in self.phrases)
        if not all(others):
            return
        starts = [[path[0] for path in paths] for paths in others]
        for anchor in first:
            used = set(anchor)
            for paths, begins in zip(others, starts, strict=True):
                low = bisect_left(begins, anchor[0] - _WINDOW)
                high = bisect_right(begins, anchor[-1] + _WINDOW)
                near = (path for path in paths[low:high] if used.isdisjoint(path))
                chosen = min(near, key=lambda path: abs(path[0] - anchor[0]), default=None)
                if chosen is None:
                    break
                used.update(chosen)
            else:
                yield tuple(sorted(used))


class _Index:
    """Patterns by a word that each of them needs: a message is held against those few whose word it has."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self._by_word: dict[int, list[tuple[int, Pattern]]] = {}
        for place, pattern in enumerate(patterns):
            # The word met last in the file: the common ones are met early.
            self._by_word.setdefault(max(pattern.needs), []).append((place, pattern))

    def possible(self, positions: Positions) -> list[Pattern]:
        """The patterns that may match, in the file's order."""
        found = [entry for word in positions for entry in self._by_word.get(word, ())]
        return [pattern for _, pattern in sorted(found, key=itemgetter(0))]


class Compiled(msgspec.Struct, frozen=True):
    """A patterns file as the net uses it: everything that needed Morfeusz's generator is done."""

    table: Table
    marks: dict[str, int]
    lookalikes: list[Pattern]
    kinds: list[tuple[str, list[Pattern]]]


class CrisisNet:
    """The patterns at work. Immutable after construction; may be used from several threads."""

    def __init__(self, compiled: Compiled) -> None:
        self._spellings = Spellings(compiled.table)
        self._marks = compiled.marks
        self._lookalikes = _Index(compiled.lookalikes)
        self._kinds = [(kind, _Index(patterns)) for kind, patterns in compiled.kinds]

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of crisis, the most pressing first."""
        return tuple(kind for kind, _ in self._kinds)

    def find(self, text: str) -> Found | None:
        """The first pattern that the text matches, of the most pressing kind; None when there is none."""
        positions = self._without_lookalikes(self._read(text))
        for kind, patterns in self._kinds:
            for pattern in patterns.possible(positions):
                for _ in pattern.find(positions):
                    return Found(kind, pattern.source)
        return None

    def _without_lookalikes(self, positions: Positions) -> Positions:
        harmless: set[int] = set()
        for pattern in self._lookalikes.possible(positions):
            for used in pattern.find(positions):
                harmless.update(used)
        if not harmless:
            return positions
        left = {word: [p for p in at if p not in harmless] for word, at in positions.items()}
        return {word: at for word, at in left.items() if at}

    def _read(self, text: str) -> Positions:
        """Where in the message each word of the patterns stands."""
        positions: dict[int, list[int]] = {}
        position = last = 0
        previous = ""
        for typed in _TOKEN.findall(plain(text)):
            if not typed[0].isalnum():
                position += _SENTENCE_GAP if position else 0
                previous = ""
                continue
            for part in self._spellings.split(typed):
                position = last = position + 1
                found = self._spellings.words(part, typed)
                for word in found:
                    positions.setdefault(word, []).append(position)
                # Both halves stand for the word, so that it is next to its neighbours on either side.
                for word in self._spellings.halves(previous, part) - found:
                    at = positions.setdefault(word, [])
                    at += [p for p in (position - 1, position) if p not in at]
                previous = part
        for mark, end in (("^", 0), ("$", last + 1)):
            if mark in self._marks:
                positions[self._marks[mark]] = [end]
        return positions
