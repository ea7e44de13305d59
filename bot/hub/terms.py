"""What a text is found by: its words without endings, its phone numbers, the fields of a case. No storage here.

Polish inflects, and about half of what residents write comes without diacritics. So a word stands in the index as
what is left of its folded spelling when a usual ending is taken away: "zasiłek", "zasilku" and "zasiłkiem" are one
term. This is no dictionary: "pies" and "psa" stay apart, and two words may share a term.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import phonenumbers

from bot.safety.folding import fold

SHORTEST: Final = 3
LONGEST: Final = 40
"""Characters of a word; what is longer is no word, and only its beginning counts."""

_WORD = re.compile(r"[^\W_]+")
_HIDDEN = re.compile(r"\[ukryto: [^\]]*\]")
_REGION = "PL"
_ENOUGH_DIGITS = re.compile(r"(?:\d\D{0,3}){7}")

# Longest first; each leaves at least a stem of three letters.
_ENDINGS: Final = tuple(
    sorted(
        "iego iemu ego emu ymi imi ych ich ami iami ach iach owi iowi owie iem em ie ej iej om iom ow iow ym im "
        "ia io iu a e i o u y".split(),
        key=len,
        reverse=True,
    )
)
_STEM: Final = 3
# What the ending before it had softened, so that "renta" and "rencie", "córka" and "córce" meet.
_SOFTENED: Final = (("dzi", "d"), ("ci", "t"), ("rz", "r"), ("dz", "g"), ("sz", "s"), ("cz", "k"), ("c", "k"))

STOP_WORDS: Final = frozenset(
    fold(word)
    for word in """
    a aby albo ale ani asystent bardzo bez bo by być był była było były chcę chciałabym chciałbym chyba ci co cię
    czy dla do dobry dzień dziękuję gdy gdzie go i ich im inny ja jak jaki jakie jako jakiś jeden jednak jego jej jest
    jestem jeszcze jeśli jeżeli już kiedy kto która które który lub ma mam mają mi mnie moi moja moje mogę może można
    mój mną musi my na nad nam nas nic nie nim no o od on ona one oni oraz pan pani państwo po pod poproszę proszę
    przed przez przy są się skąd swoje ta tak taka taki także tam te tego tej ten też to tu tutaj twój ty tylko tym u
    w wam was we więc witam właśnie wszystko z za ze zawsze że żeby
    """.split()
)
"""Words of no use to a search. They are also the ones that an index of equal values would give away first."""


def stem(word: str) -> str:
    """Return the term of one word."""
    folded = fold(word)[:LONGEST]
    if folded.isdecimal() or len(folded) <= _STEM:
        return folded
    rest = folded
    for ending in _ENDINGS:
        if folded.endswith(ending) and len(folded) - len(ending) >= _STEM:
            rest = folded[: -len(ending)]
            # The softness belongs to the ending: "rencie" is renc-ie, yet "renci-" is what tells the hard sound.
            if ending[0] == "i" and rest[-1] in "cz":
                rest += "i"
            break
    for soft, hard in _SOFTENED:
        if rest.endswith(soft) and len(rest) > len(soft) + 1:
            rest = rest[: -len(soft)] + hard
            break
    rest = rest.rstrip("i") if len(rest) > _STEM else rest
    # The e that comes and goes: "zasiłek" and "zasiłku", "węgiel" and "węgla".
    if len(rest) > _STEM + 1 and rest[-2] == "e" and rest[-1] in "kcln":
        rest = rest[:-2].removesuffix("i") + rest[-1]
    return rest


def words(text: str) -> set[str]:
    """Return the terms of a text: masked numbers, phone numbers and words of no use are left out."""
    return _read(text)[0]


def phones(text: str) -> set[str]:
    """Return the phone numbers in a text in their one international spelling (E.164)."""
    return _read(text)[1]


def phone(typed: str) -> str | None:
    """Return what somebody typed as a phone number in its international spelling; None: it is none."""
    try:
        number = phonenumbers.parse(typed, _REGION)
    except phonenumbers.NumberParseException:
        return None
    return _international(number) if phonenumbers.is_possible_number(number) else None


def of_text(text: str) -> set[tuple[str, str]]:
    """Return (kind, term) of everything that a message or a note is found by."""
    said, numbers = _read(text)
    return {("word", word) for word in said} | {("phone", number) for number in numbers}


def of_case(details: Mapping[str, str]) -> set[tuple[str, str]]:
    """Return (kind, term) of everything that a case is found by; ``details`` are the form's fields."""
    said = " \n ".join(value for name, value in details.items() if name not in ("temat", "pilnosc", "dla_kogo"))
    found = of_text(said)
    contact = phone(details.get("kontakt", ""))
    if contact is not None:
        found.add(("phone", contact))
    found |= {("name", word) for word in words(details.get("imie", ""))}
    found.add(("topic", details.get("temat") or "inne"))
    return found


def _read(text: str) -> tuple[set[str], set[str]]:
    """Return the terms and the phone numbers of a text."""
    shown = _HIDDEN.sub(" ", text)
    matches = list(_phone_matches(shown))
    for match in reversed(matches):
        shown = f"{shown[: match.start]} {shown[match.end :]}"
    said = {
        stem(word)
        for word in _WORD.findall(shown)
        if len(word) >= SHORTEST and fold(word) not in STOP_WORDS and word.isalnum()
    }
    return said, {_international(match.number) for match in matches}


def _phone_matches(text: str) -> Iterable[phonenumbers.PhoneNumberMatch]:
    # The matcher takes its time, and few messages hold enough digits.
    if not _ENOUGH_DIGITS.search(text):
        return ()
    return _matches(text)


def _matches(text: str) -> Iterator[phonenumbers.PhoneNumberMatch]:
    yield from phonenumbers.PhoneNumberMatcher(text, _REGION, leniency=phonenumbers.Leniency.VALID)


def _international(number: phonenumbers.PhoneNumber) -> str:
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
