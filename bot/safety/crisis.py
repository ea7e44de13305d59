"""The net beside the model: notices a person in danger, in any state, while the engine is away as well.

Reads ``crisis_patterns.yml``; the file says how a pattern is written. Words stand there by their lemma: Morfeusz
generates their inflections once, and they are looked up by folded spelling, so that "bije", "biją" and "bija" typed
without diacritics are one word. A miss is worse than a false alarm, but a net that cries at "zabić czas" gets
switched off, so the file lists look-alikes as well.
"""

import re
import threading
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, islice, product
from pathlib import Path
from typing import Final

import morfeusz2  # type: ignore[import-untyped]
from ruamel.yaml import YAML

from bot.safety.folding import fold

PATTERNS_FILE: Final = Path(__file__).with_name("crisis_patterns.yml")

# How far apart words may stand, counted in words. Residents put "już", "mi", "się" anywhere.
_STEP: Final = 3
_WIDE_STEP: Final = 7
_WINDOW: Final = 9
# A full stop keeps neighbouring sentences from reading as one phrase.
_SENTENCE_GAP: Final = 3

# Three dots do not end a sentence: that is how hesitation is typed.
_TOKEN = re.compile(r"[^\W_]+|(?<![.])[.!?;](?=\s)|[!?]{2,}(?=\s)|\n")
# Below this many letters nearly every word is one typo away from another one.
_SHORTEST_MENDED: Final = 3
_LONGEST_MENDED: Final = 24
_SHORTEST_JOINED: Final = 6

# Rare names must not stand in the way of mending: "noe" is "nie", not Noah.
_LONGEST_RARE_NAME: Final = 3
_MOST_VARIANTS: Final = 40
_MOST_JUDGED: Final = 4096
_PROPER_NAMES: Final = frozenset({"imię", "nazwisko", "nazwa_geograficzna", "nazwa_organizacji"})

Positions = Mapping[int, list[int]]
_NOWHERE: Final[list[int]] = []
_NOTHING: Final[frozenset[int]] = frozenset()


class PatternError(ValueError):
    """The patterns file is wrong; the message says where."""


@dataclass(frozen=True)
class _Phrase:
    """Words in order. ``steps[i]`` is how far word i may stand from the one before it."""

    words: tuple[int, ...]
    steps: tuple[int, ...]

    def find(self, positions: Positions) -> list[tuple[int, ...]]:
        """Every place where the phrase ends, with the positions of its words."""
        paths: list[tuple[int, ...]] = [(position,) for position in positions.get(self.words[0], _NOWHERE)]
        for word, step in zip(self.words[1:], self.steps[1:], strict=True):
            if not paths:
                return []
            ends = [path[-1] for path in paths]
            longer: list[tuple[int, ...]] = []
            for position in positions.get(word, _NOWHERE):
                nearest = bisect_left(ends, position) - 1
                if nearest >= 0 and position - ends[nearest] <= step:
                    longer.append((*paths[nearest], position))
            paths = longer
        return paths


@dataclass(frozen=True)
class _Pattern:
    """Phrases that stand near each other in any order."""

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


@dataclass(frozen=True)
class Found:
    """What the net noticed: the kind of crisis and the pattern, as written in the file."""

    kind: str
    pattern: str


class CrisisNet:
    """The compiled patterns file. Immutable after construction; may be used from several threads."""

    def __init__(self, path: Path = PATTERNS_FILE) -> None:
        # Composite: "uderzyłem" is one word, not "uderzył" and "em".
        self._morfeusz = morfeusz2.Morfeusz(praet="composite")
        self._lock = threading.Lock()
        self._spelled: dict[str, set[int]] = {}
        self._forms: dict[str, frozenset[int]] = {}
        self._beginnings: dict[str, set[int]] = {}
        self._ids: dict[str, int] = {}
        self._known: dict[str, frozenset[str]] = {}
        self._judged: dict[str, bool] = {}
        try:
            content = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
            self._slips: dict[str, list[str]] = {w: str(s).split() for w, s in content["spellings"].items()}
            self._lists: dict[str, list[str]] = {n: str(w).split() for n, w in content["words"].items()}
            self._lookalikes = [self._compile(source) for source in _lines(content["lookalikes"])]
            self._kinds = [(k, [self._compile(line) for line in _lines(b)]) for k, b in content["kinds"].items()]
        except PatternError:
            raise
        except Exception as error:
            raise PatternError(f"{path}: {error}") from error
        self._sizes = sorted({len(beginning) for beginning in self._beginnings})
        self._known.clear()
        shared: dict[frozenset[int], frozenset[int]] = {}
        self._forms = {form: shared.setdefault(frozenset(w), frozenset(w)) for form, w in self._spelled.items()}
        self._spelled.clear()

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of crisis, the most pressing first."""
        return tuple(kind for kind, _ in self._kinds)

    def find(self, text: str) -> Found | None:
        """The first pattern that the text matches, of the most pressing kind; None when there is none."""
        positions = self._positions(text)
        if not positions:
            return None
        positions = self._without_lookalikes(positions)
        for kind, patterns in self._kinds:
            for pattern in patterns:
                for _ in pattern.find(positions):
                    return Found(kind, pattern.source)
        return None

    def _without_lookalikes(self, positions: dict[int, list[int]]) -> dict[int, list[int]]:
        harmless: set[int] = set()
        for pattern in self._lookalikes:
            for used in pattern.find(positions):
                harmless.update(used)
        if not harmless:
            return positions
        left = {word: [p for p in at if p not in harmless] for word, at in positions.items()}
        return {word: at for word, at in left.items() if at}

    # Reading a message

    def _positions(self, text: str) -> dict[int, list[int]]:
        positions: dict[int, list[int]] = {}
        position = 0
        previous = ""
        for typed in _TOKEN.findall(_plain(text)):
            if not typed[0].isalnum():
                position += _SENTENCE_GAP if position else 0
                previous = ""
                continue
            for part in self._split(fold(typed), typed):
                position += 1
                found = self._words(part, typed)
                for word in found:
                    positions.setdefault(word, []).append(position)
                if (joined := self._halves(previous, part)) - found:
                    # Both halves stand for the word, so that it is next to its neighbours on either side.
                    for word in joined - found:
                        at = positions.setdefault(word, [])
                        at += [p for p in (position - 1, position) if p not in at]
                previous = part
        self._mark_ends(positions, position)
        return positions

    def _mark_ends(self, positions: dict[int, list[int]], last: int) -> None:
        if positions:
            for mark, position in (("^", 0), ("$", last + 1)):
                if mark in self._ids:
                    positions[self._ids[mark]] = [position]

    def _halves(self, first: str, second: str) -> frozenset[int]:
        """The words of two neighbours that are one word with a space in it: "za bije"."""
        if not first or len(first) + len(second) < _SHORTEST_JOINED:
            return _NOTHING
        if first in self._forms and second in self._forms:
            return _NOTHING
        return self._forms.get(first + second, _NOTHING)

    def _split(self, token: str, typed: str) -> Iterable[str]:
        """The words of a token that was typed without a space: "niechce", "sięzabić"."""
        cuts = () if token in self._forms or len(token) < _SHORTEST_JOINED else self._cuts(token)
        if not cuts or self._starts_known(token) or self._near(token) or self._is_polish(typed):
            return (token,)
        return (token[: cuts[0]], token[cuts[0] :])

    def _cuts(self, token: str) -> tuple[int, ...]:
        forms = self._forms
        known = [cut for cut in range(len(token) - 2, 1, -1) if token[:cut] in forms and token[cut:] in forms]
        if not known and token.startswith("nie") and self._near(token[3:]):
            return (3,)
        return tuple(known)

    def _starts_known(self, token: str) -> bool:
        return any(token[:size] in self._beginnings for size in self._sizes)

    def _words(self, token: str, typed: str) -> frozenset[int]:
        found = self._forms.get(token, _NOTHING)
        for size in self._sizes:
            if size > len(token):
                break
            found = found.union(self._beginnings.get(token[:size], ()))
        return found or self._mended(token, typed)

    def _mended(self, token: str, typed: str) -> frozenset[int]:
        """The words that are one typo away, unless the token is itself a word."""
        if len(token) < _SHORTEST_MENDED or token.isdigit() or self._is_polish(typed):
            return _NOTHING
        near = self._near(token)
        # Left-out diacritics are no typo: "zmarl" is "zmarł" and not "marzł".
        if not near or (fold(typed) == token and self._is_polish_undiacritised(typed)):
            return _NOTHING
        return frozenset().union(*(self._forms[form] for form in near))

    def _near(self, token: str) -> list[str]:
        if not _SHORTEST_MENDED <= len(token) <= _LONGEST_MENDED:
            return []
        return [spelling for spelling in _one_typo_away(token) if spelling in self._forms]

    def _is_polish(self, typed: str) -> bool:
        if typed not in self._judged:
            if len(self._judged) >= _MOST_JUDGED:
                self._judged.clear()
            with self._lock:
                self._judged[typed] = self._is_word(typed)
        return self._judged[typed]

    def _is_polish_undiacritised(self, typed: str) -> bool:
        with self._lock:
            return any(map(self._is_word, islice(_with_diacritics(typed), _MOST_VARIANTS)))

    def _is_word(self, spelling: str) -> bool:
        analyses = self._morfeusz.analyse(spelling)
        return any(
            (start, end) == (0, analyses[-1][1])
            and tag != "ign"
            and (len(spelling) > _LONGEST_RARE_NAME or _PROPER_NAMES.isdisjoint(names))
            for start, end, (_, _, tag, names, _) in analyses
        )

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
        """The number of a word of a pattern; its spellings go into the index the first time it is met."""
        if written not in self._ids:
            number = self._ids[written] = len(self._ids)
            for choice in self._choices(written, source):
                if choice in ("^", "$"):
                    continue
                if choice.endswith("*"):
                    self._beginnings.setdefault(fold(choice[:-1]), set()).add(number)
                    continue
                for spelling in self._spellings(choice, source):
                    self._spelled.setdefault(spelling, set()).add(number)
        return self._ids[written]

    def _choices(self, written: str, source: str) -> Iterator[str]:
        for choice in written.split("|"):
            if not choice.startswith("@"):
                yield choice
            elif choice[1:] in self._lists:
                for word in self._lists[choice[1:]]:
                    yield from self._choices(word, source)
            else:
                raise PatternError(f"crisis pattern {source!r}: no list of words {choice!r}")

    def _spellings(self, choice: str, source: str) -> frozenset[str]:
        if choice not in self._known:
            self._known[choice] = frozenset(self._inflected(choice, source))
        return self._known[choice]

    def _inflected(self, choice: str, source: str) -> set[str]:
        if choice.startswith("="):
            return {fold(choice[1:])}
        # Abbreviations are left out: "o." stands for "ojciec", but "o" is everywhere.
        generated = {form for form, _, tag, *_ in self._morfeusz.generate(choice) if not tag.startswith("brev")}
        slips = self._slips.get(choice, ())
        if not generated:
            raise PatternError(f"crisis pattern {source!r}: Morfeusz does not know {choice!r}; write ={choice}")
        # "nieżycie", "niebicie": Morfeusz lists negated forms too, and here "nie" is a word of its own.
        affirmed = {form for form in generated if choice.startswith("nie") or not form.startswith("nie")}
        return {fold(variant) for form in (*affirmed, *slips) for variant in _as_heard(form)}


def _plain(text: str) -> str:
    """Composed letters in lower case, without apostrophes: "don't" is one word, and so is "б'є"."""
    return re.sub("['’ʼ`]", "", unicodedata.normalize("NFC", text.strip().lower()))


_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz"
_DIACRITICS: Final = {"a": "aą", "c": "cć", "e": "eę", "l": "lł", "n": "nń", "o": "oó", "s": "sś", "z": "zżź"}


def _with_diacritics(typed: str) -> Iterator[str]:
    """The word as typed, then what it may have been with diacritics; those nearest to the typed one first."""
    yield typed
    places = [place for place, letter in enumerate(typed) if letter in _DIACRITICS]
    for count in range(1, len(places) + 1):
        for chosen in combinations(places, count):
            for letters in product(*(_DIACRITICS[typed[place]][1:] for place in chosen)):
                spelling = list(typed)
                for place, letter in zip(chosen, letters, strict=True):
                    spelling[place] = letter
                yield "".join(spelling)


def _lines(block: str) -> list[str]:
    return [line for raw in block.splitlines() if (line := raw.partition("#")[0].strip())]


# What people write who write by ear: "umżeć", "pomuż", "głud".
_SOUNDS: Final = (("ó", "u"), ("ż", "rz"), ("rz", "ż"), ("ch", "h"), ("h", "ch"), ("ę", "en"), ("ą", "on"))
_SHORTEST_HEARD: Final = 4


def _as_heard(form: str) -> Iterator[str]:
    yield form
    for sound, other in _SOUNDS:
        # "marz" must not become "maż": what is written shorter has to stay a word that cannot be another one.
        if sound in form and len(form) >= _SHORTEST_HEARD + (len(sound) > 1):
            yield form.replace(sound, other)


def _one_typo_away(word: str) -> Iterator[str]:
    """One letter more, less or different, or two neighbours swapped."""
    for place in range(len(word) + 1):
        before, after = word[:place], word[place:]
        if after:
            yield before + after[1:]
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]
        for letter in _ALPHABET:
            yield before + letter + after
            if after:
                yield before + letter + after[1:]


@lru_cache(maxsize=1)
def net() -> CrisisNet:
    """The net of the patterns that ship with the product; compiled at the first call."""
    return CrisisNet()


def detect(text: str) -> str | None:
    """Return the kind of crisis that a message speaks of, or None.

    Kinds: "samobojstwo", "zycie", "dziecko", "przemoc", "zimno", "glod", "ogolny".
    """
    found = net().find(text)
    return found.kind if found else None
