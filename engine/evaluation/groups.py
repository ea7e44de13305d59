"""Groups of paraphrases, for a cross-validation in which one idea never stands on both sides.

Authors paraphrase themselves: "do której kasa" and "kasa do której czynna" in two folds would measure memory. Two
messages of one intent belong together when they share most of their letters' sequences, and so do all that are linked
through others.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Optional

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

from engine.polish.text import fold

# Cosine of folded character n-grams from which two messages count as one idea; 0.5 holds "kasa do której czynna" and
# "do której czynna jest kasa" together and leaves two different questions about the cash desk apart.
SAME_IDEA = 0.5


def idea_groups(texts: Sequence[str], intents: Sequence[str], rows: Optional[csr_matrix] = None) -> np.ndarray:
    """Return a group number for each message, in file order: equal numbers must stay in one fold.

    ``rows`` are vectors of length one of the messages where there are some already, which saves making them.
    """
    count = len(texts)
    parent = np.arange(count)

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = int(parent[index])
        return index

    if rows is None:
        vectors = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(2, 4), preprocessor=fold, sublinear_tf=True, dtype=np.float32
        )
        rows = vectors.fit_transform(texts)
    names = np.array(intents)
    for intent in set(intents):
        own = np.flatnonzero(names == intent)
        near = (rows[own] @ rows[own].T).tocoo()
        close = near.data >= SAME_IDEA
        for left, right in zip(own[near.row[close]], own[near.col[close]], strict=True):
            if left < right:
                parent[root(int(left))] = root(int(right))
    return np.array([root(index) for index in range(count)])


def idea_folds(
    texts: Sequence[str], intents: Sequence[str], folds: int = 5, seed: int = 7, rows: Optional[csr_matrix] = None
) -> np.ndarray:
    """Return the fold of each message: whole groups, dealt so that each intent is spread evenly over the folds."""
    groups = idea_groups(texts, intents, rows)
    chance = np.random.default_rng(seed)
    fold_of: dict[int, int] = {}
    names = np.array(intents)
    for intent in sorted(set(intents)):
        found, sizes = np.unique(groups[names == intent], return_counts=True)
        load = chance.random(folds)
        for place in sorted(range(len(found)), key=lambda place: (-sizes[place], found[place])):
            chosen = int(load.argmin())
            fold_of[int(found[place])] = chosen
            load[chosen] += sizes[place]
    return np.array([fold_of[int(group)] for group in groups])
