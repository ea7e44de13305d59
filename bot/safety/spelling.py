"""Which words of a list a typed word may be: inflected, without diacritics, by ear, with a typo, run together.

Morfeusz generates every inflection of every listed word once; messages are then only looked up, by folded spelling.
Morfeusz itself does not know "zasilek"; it is asked only whether an unlisted word is a word at all.
"""

import re
import threading
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import combinations, islice, product
from typing import Final

import morfeusz2  # type: ignore[import-untyped]
import msgspec

from bot.safety.folding import fold

# Below this many letters nearly every word is one typo away from another one.
_SHORTEST_MENDED: Final = 3
_LONGEST_MENDED: Final = 24
_SHORTEST_JOINED: Final = 6
_MOST_VARIANTS: Final = 40
_MOST_JUDGED: Final = 4096

# Rare names must not stand in the way of mending: "noe" is "nie", not Noah.
_LONGEST_RARE_NAME: Final = 3
_PROPER_NAMES: Final = frozenset({"imię", "nazwisko", "nazwa_geograficzna", "nazwa_organizacji"})

# What people write who write by ear: "umżeć", "pomuż", "głud".
_SOUNDS: Final = (("ó", "u"), ("ż", "rz"), ("rz", "ż"), ("ch", "h"), ("h", "ch"), ("ę", "en"), ("ą", "on"))
_SHORTEST_HEARD: Final = 4

_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz"
_DIACRITICS: Final = {"a": "ą", "c": "ć", "e": "ę", "l": "ł", "n": "ń", "o": "ó", "s": "ś", "z": "żź"}
_APOSTROPHES = re.compile("['’ʼ`]")
_NOTHING: Final[frozenset[int]] = frozenset()


def plain(text: str) -> str:
    """Lower case, composed letters, no apostrophes: "don't" is one word, and so is "б'є"."""
    return _APOSTROPHES.sub("", unicodedata.normalize("NFC", text.strip().lower()))


class Table(msgspec.Struct, frozen=True):
    """Numbers of listed words by spelling. Most spellings share their set of words with many others."""

    sets: list[frozenset[int]]
    spellings: list[list[str]]
    """What may be any word of the set in the same place."""
    beginnings: dict[str, frozenset[int]]


class Listing:
    """Lists words in all their spellings."""

    def __init__(self) -> None:
        self._morfeusz = morfeusz2.Morfeusz(praet="composite", analyse=False)
        self._inflections: dict[str, frozenset[str]] = {}
        self._forms: dict[str, set[int]] = {}
        self._beginnings: dict[str, set[int]] = {}

    def add(self, number: int, lemma: str, slips: Iterable[str] = (), others: Iterable[str] = ()) -> None:
        """List a word in all its inflections but these others, and in these misspellings.

        Raises:
            KeyError: it has no inflections.
        """
        if lemma not in self._inflections:
            self._inflections[lemma] = self._inflected(lemma)
        for spelling in self._inflections[lemma].difference(map(fold, others)).union(map(fold, slips)):
            self._forms.setdefault(spelling, set()).add(number)

    def add_form(self, number: int, form: str) -> None:
        """List one form only."""
        self._forms.setdefault(fold(form), set()).add(number)

    def add_beginning(self, number: int, beginning: str) -> None:
        """List every word that begins so."""
        self._beginnings.setdefault(fold(beginning), set()).add(number)

    def table(self) -> Table:
        """Return what was listed."""
        spellings: dict[frozenset[int], list[str]] = {}
        for form, words in self._forms.items():
            spellings.setdefault(frozenset(words), []).append(form)
        beginnings = {beginning: frozenset(words) for beginning, words in self._beginnings.items()}
        return Table(list(spellings), list(spellings.values()), beginnings)

    def _inflected(self, lemma: str) -> frozenset[str]:
        # Abbreviations are left out: "o." stands for "ojciec", but "o" is everywhere. So are "nieżycie", "niebicie":
        # Morfeusz lists negated forms too, and here "nie" is a word of its own.
        affirmed = {
            form
            for form, _, tag, *_ in self._morfeusz.generate(lemma)
            if not tag.startswith(("brev", "ign")) and not tag.endswith(":neg")
        }
        if not affirmed:
            raise KeyError(lemma)
        return frozenset(fold(variant) for form in affirmed for variant in _as_heard(form))


class Spellings:
    """Which listed words a typed one may be. Asking is thread-safe."""

    def __init__(self, table: Table) -> None:
        # Composite: "uderzyłem" is one word, not "uderzył" and "em".
        self._morfeusz = morfeusz2.Morfeusz(praet="composite", generate=False)
        self._lock = threading.Lock()
        self._forms = {
            form: words for words, forms in zip(table.sets, table.spellings, strict=True) for form in forms
        }
        self._beginnings = table.beginnings
        self._sizes = sorted({len(beginning) for beginning in self._beginnings})
        self._judged: dict[str, bool] = {}

    def words(self, part: str, typed: str) -> frozenset[int]:
        """The words that a folded part of a typed token may be."""
        found = self._forms.get(part, _NOTHING)
        for size in self._sizes:
            if size > len(part):
                break
            found = found.union(self._beginnings.get(part[:size], ()))
        return found or self._mended(part, typed)

    def halves(self, first: str, second: str) -> frozenset[int]:
        """The words of two neighbours that are one word with a space in it: "za bije"."""
        if not first or len(first) + len(second) < _SHORTEST_JOINED:
            return _NOTHING
        if first in self._forms and second in self._forms:
            return _NOTHING
        return self._forms.get(first + second, _NOTHING)

    def split(self, typed: str) -> tuple[str, ...]:
        """The folded words of a token that was typed without a space: "niechce", "sięzabić"."""
        token = fold(typed)
        cut = 0 if token in self._forms or len(token) < _SHORTEST_JOINED else self._cut(token)
        if not cut or self._begins_known(token) or self._near(token):
            return (token,)
        if self._is_word(typed) or self._is_word_undiacritised(typed):
            return (token,)
        return (token[:cut], token[cut:])

    def _cut(self, token: str) -> int:
        forms = self._forms
        for cut in range(len(token) - 2, 1, -1):
            if token[:cut] in forms and token[cut:] in forms:
                return cut
        return 3 if token.startswith("nie") and self._near(token[3:]) else 0

    def _begins_known(self, token: str) -> bool:
        return any(token[:size] in self._beginnings for size in self._sizes)

    def _mended(self, token: str, typed: str) -> frozenset[int]:
        """The words that are one typo away, unless the token is itself a word."""
        if len(token) < _SHORTEST_MENDED or token.isdigit() or self._is_word(typed):
            return _NOTHING
        near = self._near(token)
        # Left-out diacritics are no typo: "zmarl" is "zmarł" and not "marzł".
        if not near or (fold(typed) == token and self._is_word_undiacritised(typed)):
            return _NOTHING
        return frozenset().union(*(self._forms[form] for form in near))

    def _near(self, token: str) -> list[str]:
        if not _SHORTEST_MENDED <= len(token) <= _LONGEST_MENDED:
            return []
        return [spelling for spelling in _one_typo_away(token) if spelling in self._forms]

    def _is_word(self, typed: str) -> bool:
        if typed not in self._judged:
            if len(self._judged) >= _MOST_JUDGED:
                self._judged.clear()
            with self._lock:
                known = self._analysed(typed)
            self._judged[typed] = known
            return known
        return self._judged.get(typed, False)

    def _is_word_undiacritised(self, typed: str) -> bool:
        with self._lock:
            return any(map(self._analysed, islice(_with_diacritics(typed), _MOST_VARIANTS)))

    def _analysed(self, spelling: str) -> bool:
        analyses = self._morfeusz.analyse(spelling)
        return any(
            (start, end) == (0, analyses[-1][1])
            and tag != "ign"
            and (len(spelling) > _LONGEST_RARE_NAME or _PROPER_NAMES.isdisjoint(names))
            for start, end, (_, _, tag, names, _) in analyses
        )


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


def _with_diacritics(typed: str) -> Iterator[str]:
    """What the word may have been with diacritics; those nearest to the typed one first."""
    places = [place for place, letter in enumerate(typed) if letter in _DIACRITICS]
    for count in range(1, len(places) + 1):
        for chosen in combinations(places, count):
            for letters in product(*(_DIACRITICS[typed[place]] for place in chosen)):
                spelling = list(typed)
                for place, letter in zip(chosen, letters, strict=True):
                    spelling[place] = letter
                yield "".join(spelling)
