"""Morfeusz 2, the dictionary of Polish inflection, behind two questions."""

from __future__ import annotations

from functools import lru_cache

import morfeusz2


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
