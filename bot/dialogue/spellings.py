"""How a resident's phone spells a message: as meant, without diacritics, with a slip of the finger."""

import random
from collections.abc import Callable
from typing import Final

from bot.safety.folding import fold

_ROWS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_LEAST_LETTERS: Final = 4
"""Shorter words are typed with care, and a slip often makes another word of them."""


def without_diacritics(text: str) -> str:
    """Return the text as typed without the Polish letters; capitals and punctuation stay."""
    return "".join(folded.upper() if char.isupper() else folded for char in text for folded in (fold(char) or char,))


def with_slip(text: str) -> str:
    """Return the text with one slip of the finger in one of its longer words, always the same one for a text."""
    chance = random.Random(f"slip:{text}")  # noqa: S311 - the same typo in each run, nothing secret
    places = [
        start + place
        for start, word in _words(text)
        if sum(map(str.isalpha, word)) >= _LEAST_LETTERS
        for place, letter in enumerate(word)
        if letter.isalpha()
    ]
    if not places:
        return text
    at = chance.choice(places)
    near = _neighbours(fold(text[at]))
    slip = chance.choice(("omit", "double", "swap", "near") if near else ("omit", "double", "swap"))
    if slip == "omit":
        return text[:at] + text[at + 1 :]
    if slip == "double":
        return text[: at + 1] + text[at:]
    if slip == "near":
        return text[:at] + chance.choice(near) + text[at + 1 :]
    first = at if text[at + 1 : at + 2].isalpha() else at - 1
    return text[:first] + text[first + 1] + text[first] + text[first + 2 :]


def _words(text: str) -> list[tuple[int, str]]:
    found, start = [], 0
    for word in text.split(" "):
        found.append((start, word))
        start += len(word) + 1
    return found


def _neighbours(letter: str) -> str:
    """Return the keys around a letter's key."""
    for number, row in enumerate(_ROWS):
        place = row.find(letter) if letter else -1
        if place >= 0:
            others = "".join(other[max(place - 1, 0) : place + 2] for other in _ROWS[max(number - 1, 0) : number + 2])
            return others.replace(letter, "")
    return ""


SPELLINGS: Final[dict[str, Callable[[str], str]]] = {
    "as written": str,
    "no diacritics": without_diacritics,
    "one typo": with_slip,
    "both": lambda text: with_slip(without_diacritics(text)),
}
