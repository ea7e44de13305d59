"""One spelling for all the spellings of a word: lower case, no diacritics, no stretched letters."""

import re
import unicodedata
from functools import lru_cache

# Letters that Unicode does not decompose, and punctuation that phones put in place of the plain one.
_UNDECOMPOSED = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "ʼ": "'", "’": "'", "‘": "'"})
_STRETCHED = re.compile(r"([^\W\d_])\1{2,}")
_ASCII = re.compile(r"[\x00-\x7f]*")


def fold(text: str) -> str:
    """Return the text in lower case, without diacritics, with letters stretched for emphasis ("nieee") shortened.

    Folding a folded text changes nothing.
    """
    lowered = text.lower()
    if not _ASCII.fullmatch(lowered):
        lowered = "".join(map(_fold_character, lowered))
    return _STRETCHED.sub(r"\1", lowered)


@lru_cache(maxsize=4096)
def _fold_character(character: str) -> str:
    decomposed = unicodedata.normalize("NFKD", character.translate(_UNDECOMPOSED)).lower()
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return bare.translate(_UNDECOMPOSED)
