"""The net beside the model: notices a person in danger, in any state, while the engine is away as well.

Reads ``crisis_patterns.yml``; the file says how a pattern is written. A miss is worse than a false alarm, but a net
that cries at "zabić czas" gets switched off, so the file lists look-alikes as well.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from bot.safety.spelling import Spellings, plain

PATTERNS_FILE: Final = Path(__file__).with_name("crisis_patterns.yml")

# How far apart words may stand, counted in words. Residents put "już", "mi", "się" anywhere.
_STEP: Final = 3
_WIDE_STEP: Final = 7
_WINDOW: Final = 9
# A full stop keeps neighbouring sentences from reading as one phrase.
_SENTENCE_GAP: Final = 6
# Three dots do not end a sentence: that is how hesitation is typed.
_TOKEN = re.compile(r"[^\W_]+|(?<![.])[.!?;](?=\s)|[!?]{2,}(?=\s)|\n")

Positions = Mapping[int, list[int]]
_NOWHERE: Final[list[int]] = []


class PatternError(ValueError):
    """The patterns file is wrong; the message says where."""


@dataclass(frozen=True)
class Found:
    """What the net noticed: the kind of crisis and the pattern, as written in the file."""

    kind: str
    pattern: str


@dataclass(frozen=True)
class _Phrase:
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
class _Pattern:
    """Phrases that stand near each other in any order, in a message without certain others."""

    source: str
    phrases: tuple[_Phrase, ...]
    unless: tuple[_Phrase, ...]
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


class _Patterns:
    """Patterns by a word that each of them needs: a message is held against those few whose word it has."""

    def __init__(self, patterns: Iterable[_Pattern]) -> None:
        self._by_word: dict[int, list[tuple[int, _Pattern]]] = {}
        for place, pattern in enumerate(patterns):
            # The word met last in the file: the common ones are met early.
            self._by_word.setdefault(max(pattern.needs), []).append((place, pattern))

    def possible(self, positions: Positions) -> list[_Pattern]:
        """The patterns that may match, in the file's order."""
        found = [entry for word in positions for entry in self._by_word.get(word, ())]
        return [pattern for _, pattern in sorted(found, key=itemgetter(0))]


class CrisisNet:
    """The compiled patterns file. Immutable after construction; may be used from several threads."""

    def __init__(self, path: Path = PATTERNS_FILE) -> None:
        self._spellings = Spellings()
        self._ids: dict[str, int] = {}
        try:
            content: dict[str, Any] = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
            self._slips: dict[str, list[str]] = {w: str(s).split() for w, s in content["spellings"].items()}
            self._lists: dict[str, list[str]] = {n: str(w).split() for n, w in content["words"].items()}
            self._lookalikes = _Patterns(self._compile(source) for source in _lines(content["lookalikes"]))
            self._kinds = [
                (kind, _Patterns(self._compile(line) for line in _lines(block)))
                for kind, block in content["kinds"].items()
            ]
        except (YAMLError, KeyError, AttributeError, TypeError) as error:
            raise PatternError(f"{path}: {error}") from error
        self._spellings.seal()

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
            if mark in self._ids:
                positions[self._ids[mark]] = [end]
        return positions

    # Compiling the file

    def _compile(self, source: str) -> _Pattern:
        wanted, *unwanted = source.split("!")
        phrases = tuple(self._phrase(phrase, source) for phrase in wanted.split("&"))
        unless = tuple(self._phrase(phrase, source) for phrase in unwanted)
        return _Pattern(source, phrases, unless, frozenset(word for p in phrases for word in p.words))

    def _phrase(self, written: str, source: str) -> _Phrase:
        words: list[int] = []
        steps: list[int] = []
        step = _STEP
        for item in written.split():
            if item == "..":
                step = _WIDE_STEP
                continue
            for number, word in enumerate(item.split("+")):
                at_an_end = word == "$" or (len(words) == 1 and words[0] == self._ids.get("^"))
                words.append(self._word(word, source))
                steps.append(1 if number or at_an_end else step)
            step = _STEP
        if not words:
            raise PatternError(f"crisis pattern {source!r}: an empty part")
        return _Phrase(tuple(words), tuple(steps))

    def _word(self, written: str, source: str) -> int:
        """The number of a word of a pattern; its spellings are listed the first time it is met."""
        if written in self._ids:
            return self._ids[written]
        number = self._ids[written] = len(self._ids)
        for choice in self._choices(written, source):
            if choice.endswith("*"):
                self._spellings.add_beginning(number, choice.strip("=*"))
            elif choice.startswith("="):
                self._spellings.add_form(number, choice[1:])
            elif choice not in ("^", "$"):
                try:
                    self._spellings.add(number, choice, self._slips.get(choice, ()))
                except KeyError:
                    raise PatternError(
                        f"crisis pattern {source!r}: {choice!r} is no word in its basic form; write ={choice}"
                    ) from None
        return number

    def _choices(self, written: str, source: str) -> Iterator[str]:
        for choice in written.split("|"):
            if not choice.startswith("@"):
                yield choice
            elif choice[1:] in self._lists:
                for word in self._lists[choice[1:]]:
                    yield from self._choices(word, source)
            else:
                raise PatternError(f"crisis pattern {source!r}: no list of words {choice!r}")


def _lines(block: str) -> list[str]:
    return [line for raw in block.splitlines() if (line := raw.partition("#")[0].strip())]


@lru_cache(maxsize=1)
def net() -> CrisisNet:
    """The net of the patterns that ship with the product; compiled at the first call, in about a second."""
    return CrisisNet()


# A message is looked at when it is accepted and again when its turn comes.
@lru_cache(maxsize=64)
def detect(text: str) -> str | None:
    """Return the kind of crisis that a message speaks of, or None.

    Kinds: "samobojstwo", "zycie", "dziecko", "przemoc", "zimno", "glod", "ogolny".
    """
    found = net().find(text)
    return found.kind if found else None
