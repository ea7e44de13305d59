"""The words that this assistant knows: a speller and a lemmatizer for text as residents type it.

Its words are those of the training messages with every inflection of their lemmas, all folded, so that "zasilkow"
finds "zasiłek" although no training message holds that form.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from string import ascii_lowercase
from typing import Any, Optional

from engine.polish.morphology import inflections, is_word, lemmas, lemmas_without_marks
from engine.polish.text import fold

# A shorter word has too many neighbours at one edit ("do", "od", "co") for a correction to be a correction.
MIN_CORRECTED_LENGTH = 4
_MOST_CACHED = 50_000


class UnfinishedLexicon(ValueError):
    """Raised when stored lexicon data does not hold what a lexicon needs."""


class Lexicon:
    """Maps what was typed to a folded lemma: known form, dictionary word, or a known form one typo away."""

    def __init__(self, form_lemma: Mapping[str, str], form_weight: Mapping[str, int]) -> None:
        """Index the forms.

        Args:
            form_lemma: Folded form to folded lemma.
            form_weight: How often the form itself, or else its lemma, stood in the training messages.
        """
        self._lemma = dict(form_lemma)
        self._weight = dict(form_weight)
        self._cache: dict[str, str] = {}
        self._corrected: dict[str, str] = {}

    @classmethod
    def from_words(cls, words: Iterable[str]) -> Lexicon:
        """Build a lexicon from the running words of the training messages (repetitions count)."""
        counts = Counter(word.lower() for word in words if any(char.isalpha() for char in word))
        lemma_count: Counter[str] = Counter()
        for word, count in counts.items():
            for lemma in lemmas(word)[:3]:
                lemma_count[lemma] += count
        readings: dict[str, dict[str, int]] = {}
        weight: dict[str, int] = {}
        for lemma, count in lemma_count.items():
            folded_lemma = fold(lemma)
            for folded in set(map(fold, inflections(lemma))):
                found = readings.setdefault(folded, {})
                found[folded_lemma] = found.get(folded_lemma, 0) + count
                weight[folded] = 1
        for word, count in counts.items():
            folded = fold(word)
            weight[folded] = weight.get(folded, 0) + 10 * count
            known = lemmas(word)
            found = readings.setdefault(folded, {})
            if known:
                # The most frequent lemma of all its readings: one surface form is always one feature.
                best = fold(max(known, key=lambda lemma: lemma_count[lemma]))
                found[best] = found.get(best, 0) + 10 * count
            elif not found:
                found[folded] = count
        best_reading = {form: max(sorted(found), key=found.__getitem__) for form, found in readings.items()}
        return cls(best_reading, weight)

    def __len__(self) -> int:
        """Return how many folded forms are known."""
        return len(self._lemma)

    def __contains__(self, folded: str) -> bool:
        """Tell whether a folded form is known as it stands."""
        return folded in self._lemma

    def correct(self, folded: str) -> Optional[str]:
        """Return the known form that is one edit away (or one swap of neighbours), None when there is none."""
        if folded in self._lemma:
            return folded
        if len(folded) < MIN_CORRECTED_LENGTH or not folded.isalpha():
            return None
        candidates = [form for form in _one_edit_away(folded) if form in self._lemma]
        if not candidates:
            return None
        return max(sorted(candidates), key=lambda form: self._weight.get(form, 0))

    def lemma(self, word: str) -> str:
        """Return the folded lemma of a word as typed; the folded word itself when nothing is known about it."""
        cached = self._cache.get(word)
        if cached is None:
            cached = self._find_lemma(word)
            if len(self._cache) > _MOST_CACHED:
                self._cache.clear()
            self._cache[word] = cached
        return cached

    def corrected(self, word: str) -> str:
        """Return the folded word, without its typo when a known form is one edit away; digits become zeros."""
        cached = self._corrected.get(word)
        if cached is None:
            cached = self._find_corrected(word)
            if len(self._corrected) > _MOST_CACHED:
                self._corrected.clear()
            self._corrected[word] = cached
        return cached

    def _find_corrected(self, word: str) -> str:
        low = word.lower()
        folded = fold(low)
        if any(char.isdigit() for char in folded):
            # Which digit it is never tells an intent; that there is a number does.
            return "".join("0" if char.isdigit() else char for char in folded)
        if folded in self._lemma or is_word(low):
            return folded
        return self.correct(folded) or folded

    def _find_lemma(self, word: str) -> str:
        low = word.lower()
        folded = fold(low)
        known = self._lemma.get(folded)
        if known is not None:
            return known
        if any(char.isdigit() for char in folded):
            # Numbers say how long they are, not which they are: "68 411 50 00" is a phone, not a feature each.
            return "0" * min(len(folded), 12) if folded.isdigit() else folded
        dictionary = lemmas(low) or lemmas_without_marks(low)
        if dictionary:
            return fold(dictionary[0])
        corrected = self.correct(folded)
        return self._lemma[corrected] if corrected is not None else folded

    def as_dict(self) -> dict[str, Any]:
        """Return the lexicon as plain data for storing."""
        return {"lemma": self._lemma, "weight": self._weight}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Lexicon:
        """Rebuild a stored lexicon. Raises UnfinishedLexicon when the data is not one."""
        if not stored.get("lemma") or "weight" not in stored:
            raise UnfinishedLexicon("stored lexicon holds no words")
        return cls(stored["lemma"], stored["weight"])


def _one_edit_away(word: str) -> set[str]:
    """Return all strings one deletion, swap of neighbours, substitution or insertion away.

    A folded word of ten letters has about 550: trying them takes 0.1 ms, once for each unknown word. An index of
    deletions would find them quicker and take 150 MB.
    """
    cuts = [(word[:index], word[index:]) for index in range(len(word) + 1)]
    found = {left + right[1:] for left, right in cuts if right}
    found.update(left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1)
    found.update(left + letter + right[1:] for left, right in cuts if right for letter in ascii_lowercase)
    found.update(left + letter + right for left, right in cuts for letter in ascii_lowercase)
    return found
