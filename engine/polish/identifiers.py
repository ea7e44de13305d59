"""Numbers and addresses that name a person, an account or a case, told from other digits by their own rules.

A PESEL, an account and an identity card carry a checksum, a telephone follows the Polish numbering plan, a case
number the pattern of office correspondence. The gateway masks the sensitive ones before the engine sees a message;
whoever asks the engine directly (`rasa shell nlu`, an evaluation) sees what stands there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import phonenumbers
from phonenumbers import Leniency, PhoneNumberFormat, PhoneNumberMatcher
from stdnum import iban
from stdnum.pl import pesel

PHONE = "numer_telefonu"
EMAIL = "adres_email"
PESEL = "pesel"
ACCOUNT = "numer_konta"
ID_CARD = "numer_dowodu"
CASE_NUMBER = "znak_sprawy"


class Found(NamedTuple):
    """An entity in a text: `text[start:end]`, with its value in one spelling."""

    entity: str
    start: int
    end: int
    value: str


_GAP = r"[ \t\u00a0\u202f-]"
_LETTER = "A-ZĄĆĘŁŃÓŚŹŻ"
_NOT_DIGITS = re.compile(r"\D")

# Quantifiers are bounded on purpose: a long message of nothing but dots must not take long.
_EMAIL = re.compile(
    r"(?<![\w.+-])[A-Za-z0-9][\w.+-]{0,63}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,5}[A-Za-z]{2,24}(?![\w-])",
    re.ASCII,
)
_PESEL = re.compile(rf"(?<![0-9+])[0-9](?:{_GAP}?[0-9]){{10}}(?![0-9])")
_ACCOUNT = re.compile(rf"(?<![0-9A-Za-z])(?:[Pp][Ll]{_GAP}?)?[0-9](?:{_GAP}?[0-9]){{25}}(?![0-9])")
_ID_CARD = re.compile(rf"(?<![A-Za-z0-9])[A-Za-z]{{3}}{_GAP}?[0-9]{{3}}{_GAP}?[0-9]{{3}}(?![0-9])")
# Letters of the cell, class of the office's list, number of the case, year: MOPS.DŚ.4020.12.2020.
_CASE_NUMBER = re.compile(
    rf"(?<![{_LETTER}0-9.])[{_LETTER}]{{2,12}}(?:[.\-/][{_LETTER}0-9]{{1,8}}){{0,4}}?"
    rf"\.[0-9]{{2,5}}(?:\.[0-9]{{1,6}}){{1,3}}\.(?:19|20)[0-9]{{2}}(?:\.[{_LETTER}]{{1,4}})?(?![{_LETTER}0-9])",
    re.IGNORECASE,
)
_ID_WEIGHTS = (7, 3, 1, 9, 7, 3, 1, 7, 3)


def valid_id_card(number: str) -> bool:
    """Tell whether three letters and six digits satisfy the checksum of Polish identity cards."""
    values = [int(char, 36) for char in number.upper()]
    # Letters count from A = 10; the check digit is the first one and has weight 9.
    return len(values) == len(_ID_WEIGHTS) and sum(map(int.__mul__, values, _ID_WEIGHTS)) % 10 == 0


def _checked(text: str) -> Iterator[Found]:
    for match in _ACCOUNT.finditer(text):
        number = "PL" + _NOT_DIGITS.sub("", match.group())
        if iban.is_valid(number, check_country=False):
            yield Found(ACCOUNT, *match.span(), number)
    for match in _CASE_NUMBER.finditer(text):
        yield Found(CASE_NUMBER, *match.span(), match.group().upper())
    for match in _PESEL.finditer(text):
        number = _NOT_DIGITS.sub("", match.group())
        if pesel.is_valid(number):
            yield Found(PESEL, *match.span(), number)
    for match in _ID_CARD.finditer(text):
        number = re.sub(_GAP, "", match.group()).upper()
        if valid_id_card(number):
            yield Found(ID_CARD, *match.span(), number)


def _phones(text: str) -> Iterator[Found]:
    # The matcher reads "68 4115100 - 09" as one number or none; what it gives is a number somebody can be called at.
    for match in PhoneNumberMatcher(text, "PL", leniency=Leniency.VALID):
        yield Found(PHONE, match.start, match.end, phonenumbers.format_number(match.number, PhoneNumberFormat.E164))


def identifiers(text: str) -> list[Found]:
    """Return telephones, e-mail addresses and numbers with a checksum, in order, none inside another."""
    found: list[Found] = []
    candidates = [Found(EMAIL, *match.span(), match.group().lower()) for match in _EMAIL.finditer(text)]
    if any(char.isdigit() for char in text):
        # What has a checksum goes first: an account holds runs of digits that could be called.
        candidates += [*_checked(text), *_phones(text)]
    for candidate in candidates:
        if all(candidate.end <= other.start or other.end <= candidate.start for other in found):
            found.append(candidate)
    return sorted(found, key=lambda entity: entity.start)


# What stands for an identifier where only its kind matters. Words that no resident writes.
_NAMES = {
    PHONE: "numertelefonu",
    EMAIL: "adresemail",
    PESEL: "numerpesel",
    ACCOUNT: "numerkonta",
    ID_CARD: "numerdowodu",
    CASE_NUMBER: "znaksprawy",
}
_LEAST_DIGITS = 7


def named(text: str) -> str:
    """Return the text with each identifier replaced by the name of its kind ("600 123 456" -> "numertelefonu").

    Otherwise the digits of a telephone number look like those of a benefit.
    """
    if "@" not in text and sum(char.isdigit() for char in text) < _LEAST_DIGITS:
        return text
    pieces, position = [], 0
    for found in identifiers(text):
        pieces += [text[position : found.start], _NAMES[found.entity]]
        position = found.end
    return "".join([*pieces, text[position:]])
