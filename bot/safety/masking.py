"""Hides identity numbers, accounts and payment cards before a message is stored, logged or shown.

Every number is recognised by its checksum, so that telephone numbers, case numbers, dates and amounts pass
untouched. A number that the resident calls by its name ("mój PESEL to …") is hidden even when it is mistyped.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from stdnum import iban, luhn
from stdnum.pl import pesel

_LABELS: Final = {
    "pesel": "[ukryto: numer PESEL]",
    "id_card": "[ukryto: numer dowodu osobistego]",
    "account": "[ukryto: numer konta]",
    "payment_card": "[ukryto: numer karty płatniczej]",
}

# What people put between digits. A full stop is left out on purpose: it belongs to case numbers and dates.
_GAP = r"[ \t\u00a0\u2007\u202f\u2010-\u2015-]"
_GAPS = re.compile(_GAP)

_IBAN = re.compile(rf"(?<![0-9A-Za-z])[A-Za-z]{{2}}{_GAP}?[0-9]{{2}}(?:{_GAP}?[0-9A-Za-z]){{11,30}}")
_NRB = re.compile(rf"(?<![0-9])[0-9](?:{_GAP}{{0,2}}[0-9]){{25}}(?![0-9])")
# Cards are typed in one piece or in the groups that are printed on them; any other grouping is a row of phones.
_CARD = re.compile(
    rf"(?<![0-9+])(?:[2-6][0-9]{{12,18}}"
    rf"|[2-6][0-9]{{3}}(?:{_GAP}{{1,2}}[0-9]{{4}}){{2,3}}(?:{_GAP}{{1,2}}[0-9]{{1,4}})?"
    rf"|3[0-9]{{3}}{_GAP}{{1,2}}[0-9]{{6}}{_GAP}{{1,2}}[0-9]{{4,5}})(?![0-9])"
)
_PESEL = re.compile(rf"(?<![0-9+])[0-9](?:{_GAP}{{0,2}}[0-9]){{10}}(?![0-9])")
# Invisible characters, and digits of full width: they look like nothing and like digits.
_UNSEEN = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_FULL_WIDTH = {0xFF10 + digit: str(digit) for digit in range(10)}
_ID_CARD = re.compile(
    rf"(?<![A-Za-z0-9])(?P<series>[A-Za-z]{{3}})(?P<gap>{_GAP}{{0,2}})"
    rf"(?P<number>[0-9]{{6}}|[0-9]{{3}}{_GAP}[0-9]{{3}}|[0-9]{{2}}(?:{_GAP}[0-9]{{2}}){{2}})(?!{_GAP}?[0-9])"
)

_NAMED_PESEL = re.compile(r"pesel[\w]{0,3}\W{0,3}(?:\w{1,6}\W{1,3}){0,3}$", re.IGNORECASE)
_NAMED_ACCOUNT = re.compile(r"(?:kont[oa]|rachun\w{2,4}|iban|nrb)\W{0,3}(?:\w{1,8}\W{1,3}){0,3}$", re.IGNORECASE)
_NAMED_ID_CARD = re.compile(r"(?:dow[oó]d|dowod\w{1,4}|d\.\s?o\.)\b", re.IGNORECASE)
# Abbreviations that stand before a telephone, a code or a paragraph, and look like a card's series in capitals.
_NOT_A_SERIES = re.compile(
    r"TEL|KOM|FAX|NIP|KRS|KOD|NRB|PIT|ZUS|PUP|NFZ|DPS|GUS|LOK|DOM|ART|POZ|UST|NUM|SMS|KWO|PLN|EUR|USD", re.IGNORECASE
)
_ID_WEIGHTS: Final = (7, 3, 1, 9, 7, 3, 1, 7, 3)
_OLDEST_BIRTH_YEAR: Final = 1900


@dataclass(frozen=True)
class Masked:
    """A text that is safe to keep, and which kinds of numbers were taken out of it, in order of appearance."""

    text: str
    kinds: tuple[str, ...]


def mask(text: str) -> Masked:
    """Replace PESEL, identity card, bank account and payment card numbers by a note in Polish."""
    if not any(character.isdigit() for character in text):
        return Masked(text, ())
    text = text.translate(_UNSEEN | _FULL_WIDTH)
    hidden: list[tuple[int, int, str]] = []
    # From the longest numbers to the shortest: an account number contains runs that look like the others.
    for kind, pattern, end_of in _RECOGNISERS:
        for match in pattern.finditer(text):
            end = end_of(match)
            if end and not any(start < end and match.start() < stop for start, stop, _ in hidden):
                hidden.append((match.start(), end, kind))
    hidden.sort()
    pieces: list[str] = []
    position = 0
    for start, stop, kind in hidden:
        pieces += (text[position:start], _LABELS[kind])
        position = stop
    pieces.append(text[position:])
    return Masked("".join(pieces), tuple(dict.fromkeys(kind for _, _, kind in hidden)))


def _digits(match: re.Match[str]) -> str:
    return "".join(character for character in match.group() if character.isdigit())


def _before(match: re.Match[str], reach: int = 60) -> str:
    return match.string[max(0, match.start() - reach) : match.start()]


def _iban_end(match: re.Match[str]) -> int:
    """Where the account number ends: the match may have run on into the words that follow it."""
    compact = ""
    found = 0
    for offset, character in enumerate(match.group(), start=1):
        if _GAPS.match(character):
            continue
        compact += character
        position = match.start() + offset
        at_a_border = not match.string[position : position + 1].isalnum()
        if len(compact) >= 15 and at_a_border and iban.is_valid(compact.upper(), check_country=False):
            found = position
    return found


def _nrb_end(match: re.Match[str]) -> int:
    valid = iban.is_valid("PL" + _digits(match), check_country=False)
    return match.end() if valid or _NAMED_ACCOUNT.search(_before(match)) else 0


def _card_end(match: re.Match[str]) -> int:
    digits = _digits(match)
    return match.end() if 13 <= len(digits) <= 19 and luhn.is_valid(digits) else 0


def _pesel_end(match: re.Match[str]) -> int:
    if _NAMED_PESEL.search(_before(match)):
        return match.end()
    digits = _digits(match)
    if not pesel.is_valid(digits):
        return 0
    # The birth date rules out most telephone numbers written with 48 in front: they would belong to the unborn.
    born = pesel.get_birth_date(digits)
    return match.end() if born.year >= _OLDEST_BIRTH_YEAR and born <= datetime.now(UTC).date() else 0


def _id_card_end(match: re.Match[str]) -> int:
    series = match["series"]
    apart = bool(match["gap"]) or len(match["number"]) > 6
    if apart and _NOT_A_SERIES.fullmatch(series):
        return 0
    # "blok 300000" is a short word and a number, unless the message speaks of an identity card.
    if apart and not series.isupper() and not _NAMED_ID_CARD.search(match.string):
        return 0
    values = [int(character, 36) for character in series.upper() + _GAPS.sub("", match["number"])]
    checksum = sum(weight * value for weight, value in zip(_ID_WEIGHTS, values, strict=True))
    return match.end() if checksum % 10 == 0 else 0


_RECOGNISERS: Final[tuple[tuple[str, re.Pattern[str], Callable[[re.Match[str]], int]], ...]] = (
    ("account", _IBAN, _iban_end),
    ("account", _NRB, _nrb_end),
    ("payment_card", _CARD, _card_end),
    ("pesel", _PESEL, _pesel_end),
    ("id_card", _ID_CARD, _id_card_end),
)
