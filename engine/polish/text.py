"""Folding: one spelling for a word, however the resident typed it."""

from __future__ import annotations

import unicodedata

# Unicode does not decompose ł, so no normal form removes its stroke. The other Polish letters are here for speed: a
# training folds a million words.
_BY_HAND = str.maketrans("ąćęłńóśźżđø", "acelnoszzdo") | {ord("ß"): "ss"}


def fold(text: str) -> str:
    """Return the text in lower case and without diacritics ("Zasiłków" -> "zasilkow").

    Keeps one character for one Polish character, so offsets into Polish text stay valid.
    """
    lowered = text.lower()
    if lowered.isascii():
        return lowered
    plain = lowered.translate(_BY_HAND)
    if plain.isascii():
        return plain
    decomposed = unicodedata.normalize("NFKD", plain)
    # Lower case once more: what a compatibility letter decomposes to may be a capital ("𝕬").
    return "".join(char for char in decomposed if not unicodedata.combining(char)).lower()
