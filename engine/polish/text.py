"""Folding: one spelling for a word, however the resident typed it."""

from __future__ import annotations

import unicodedata

# Unicode does not decompose ł, so no normal form removes its stroke.
_BY_HAND: dict[int, str] = {ord("ł"): "l", ord("Ł"): "L", ord("ß"): "ss", ord("đ"): "d", ord("ø"): "o"}


def fold(text: str) -> str:
    """Return the text in lower case and without diacritics ("Zasiłków" -> "zasilkow").

    Keeps one character for one Polish character, so offsets into Polish text stay valid.
    """
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.lower().translate(_BY_HAND))
    # Lower case once more: what a compatibility letter decomposes to may be a capital ("𝕬").
    return "".join(char for char in decomposed if not unicodedata.combining(char)).lower()
