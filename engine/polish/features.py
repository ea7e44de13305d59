"""What the classifier looks at: character n-grams of folded, speller-corrected words, and n-grams of their lemmas.

Both are TF-IDF vectors of length one, side by side. Characters bring word families together and see through what the
speller does not mend; lemmas bring the inflections together. Characters of corrected words do as well as those of the
words as typed, and better by a point where there are typos (docs/measurements.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer

from engine.polish.identifiers import named
from engine.polish.lexicon import Lexicon
from engine.polish.tokenizer import words


def _as_is(tokens: Sequence[str]) -> Sequence[str]:
    return tokens


def _cut(texts: Sequence[str]) -> list[list[str]]:
    return [words(named(text)) for text in texts]


def _side_by_side(characters: csr_matrix, lemma_grams: csr_matrix) -> csr_matrix:
    return hstack([characters, lemma_grams], format="csr", dtype=np.float32)


class Features:
    """Turns texts into sparse rows. Fit once on the training texts, then stored as plain data."""

    def __init__(self, lexicon: Lexicon, characters: TfidfVectorizer, lemma_grams: TfidfVectorizer) -> None:
        """Take the parts; use `fit` or `from_data`."""
        self.lexicon = lexicon
        self._characters = characters
        self._lemma_grams = lemma_grams

    def characters(self, rows: csr_matrix) -> csr_matrix:
        """Return the part of rows that holds the character n-grams: vectors of length one."""
        return rows[:, : len(self._characters.vocabulary_)]

    @staticmethod
    def _vectorizers(config: Mapping[str, Any]) -> tuple[TfidfVectorizer, TfidfVectorizer]:
        characters = TfidfVectorizer(
            analyzer="char_wb",
            ngram_range=tuple(config["char_ngrams"]),
            lowercase=False,
            min_df=config["char_min_messages"],
            sublinear_tf=True,
            dtype=np.float32,
        )
        lemma_grams = TfidfVectorizer(
            tokenizer=_as_is,
            preprocessor=_as_is,
            token_pattern=None,
            lowercase=False,
            ngram_range=tuple(config["lemma_ngrams"]),
            min_df=config["lemma_min_messages"],
            sublinear_tf=True,
            dtype=np.float32,
        )
        return characters, lemma_grams

    @classmethod
    def fit(cls, texts: Sequence[str], config: Mapping[str, Any]) -> tuple[Features, csr_matrix]:
        """Learn the vocabulary of the training texts; return the features and the texts' rows."""
        cut = _cut(texts)
        lexicon = Lexicon.from_words(word for tokens in cut for word in tokens)
        characters, lemma_grams = cls._vectorizers(config)
        features = cls(lexicon, characters, lemma_grams)
        return features, _side_by_side(
            characters.fit_transform([features._corrected(tokens) for tokens in cut]),
            lemma_grams.fit_transform([features._lemmas(tokens) for tokens in cut]),
        )

    def rows(self, texts: Sequence[str]) -> csr_matrix:
        """Return one sparse row for each text."""
        cut = _cut(texts)
        return _side_by_side(
            self._characters.transform([self._corrected(tokens) for tokens in cut]),
            self._lemma_grams.transform([self._lemmas(tokens) for tokens in cut]),
        )

    def _lemmas(self, tokens: Sequence[str]) -> list[str]:
        """Return folded, speller-corrected lemmas."""
        return [self.lexicon.lemma(word) for word in tokens]

    def _corrected(self, tokens: Sequence[str]) -> str:
        """Return the folded words, each without its typo where the speller knows better."""
        return " ".join(self.lexicon.corrected(word) for word in tokens)

    def as_data(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Return what has to be stored: JSON-able data and arrays."""
        plain = {
            "lexicon": self.lexicon.as_dict(),
            "characters": {gram: int(column) for gram, column in self._characters.vocabulary_.items()},
            "lemma_grams": {gram: int(column) for gram, column in self._lemma_grams.vocabulary_.items()},
        }
        return plain, {"characters_idf": self._characters.idf_, "lemma_grams_idf": self._lemma_grams.idf_}

    @classmethod
    def from_data(
        cls, plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray], config: Mapping[str, Any]
    ) -> Features:
        """Rebuild stored features. Raises KeyError or ValueError when a part is missing or does not fit."""
        characters, lemma_grams = cls._vectorizers(config)
        characters.vocabulary = plain["characters"]
        characters.idf_ = arrays["characters_idf"].astype(np.float32)
        lemma_grams.vocabulary = plain["lemma_grams"]
        lemma_grams.idf_ = arrays["lemma_grams_idf"].astype(np.float32)
        return cls(Lexicon.from_dict(plain["lexicon"]), characters, lemma_grams)
