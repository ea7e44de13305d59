"""Morfeusz 2, the dictionary of Polish inflection, behind two questions."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations, islice, product

import morfeusz2

_MARKS = {"a": "ą", "c": "ć", "e": "ę", "l": "ł", "n": "ń", "o": "ó", "s": "ś", "z": "żź"}
# Two letters with marks are enough for nearly all words that the training messages do not hold; each try takes 5 µs.
_MOST_MARKS = 2
_MOST_TRIES = 80
_SHORTEST_WITH_MARKS = 4


@lru_cache(maxsize=1)
def _morfeusz() -> morfeusz2.Morfeusz:
    # Praet "composite" keeps "byłem" one word; a split verb would count as two tokens.
    return morfeusz2.Morfeusz(praet="composite", separate_numbering=True)


def _bare(lemma: str) -> str:
    """Drop Morfeusz's homonym marker ("mieć:v1" -> "mieć")."""
    return lemma.split(":", 1)[0] if len(lemma) > 1 else lemma


@lru_cache(maxsize=50_000)
def lemmas(word: str) -> tuple[str, ...]:
    """Return the possible lemmas of a word in lower case, most usual reading first; empty when unknown.

    The word must be spelled with its diacritics: Morfeusz knows "zasiłku", not "zasilku".
    """
    found: list[str] = []
    analyses = _morfeusz().analyse(word)
    if not analyses or any(end - start != 1 or start != 0 for start, end, _ in analyses):
        return ()
    for _, _, (_, lemma, tag, _, _) in analyses:
        if tag == "ign":
            return ()
        bare = _bare(lemma).lower()
        if bare not in found:
            found.append(bare)
    return tuple(found)


@lru_cache(maxsize=20_000)
def inflections(lemma: str) -> frozenset[str]:
    """Return every form that Morfeusz generates for a lemma, in lower case."""
    # generate() raises on text that holds whitespace; a token never does, a dictionary lemma may.
    if not lemma or any(char.isspace() for char in lemma):
        return frozenset()
    return frozenset(form.lower() for form, _, tag, _, _ in _morfeusz().generate(lemma) if tag != "ign")


@lru_cache(maxsize=20_000)
def lemmas_without_marks(word: str) -> tuple[str, ...]:
    """Return the lemmas of a word typed without its diacritics ("wyslalem"); empty when it is no such word.

    Keeps the speller from "correcting" a word that is only missing its marks.
    """
    if len(word) < _SHORTEST_WITH_MARKS or not (word.isascii() and word.isalpha()):
        return ()
    places = [index for index, letter in enumerate(word) if letter in _MARKS]
    for spelling in islice(_with_marks(word, places), _MOST_TRIES):
        found = lemmas(spelling)
        if found:
            return found
    return ()


def _with_marks(word: str, places: list[int]) -> Iterator[str]:
    for count in range(1, _MOST_MARKS + 1):
        for chosen in combinations(places, count):
            for letters in product(*(_MARKS[word[place]] for place in chosen)):
                spelling = list(word)
                for place, letter in zip(chosen, letters, strict=True):
                    spelling[place] = letter
                yield "".join(spelling)


def is_word(word: str) -> bool:
    """Tell whether a word is in the dictionary, with or without its diacritics."""
    return bool(lemmas(word) or lemmas_without_marks(word))
