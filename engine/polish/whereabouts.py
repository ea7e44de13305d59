"""Streets and times as residents write them: "mieszkam na Długiej 13", "jutro po 15", "ul dluga".

The value is what was written. Reading "jutro po 15" as a moment would need to know which day the resident means, and
a date that is wrong in silence is worse than the resident's own words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.polish.identifiers import Found
from engine.polish.text import fold

STREET = "ulica"
TIME = "pora"

# --- streets; capitals count, so these look at the text itself ---
_CAPITAL = "A-ZĄĆĘŁŃÓŚŹŻ"
_SMALL = "a-ząćęłńóśźż"
_HOUSE = rf"[0-9]{{1,4}}[{_SMALL}{_CAPITAL}]?(?![\w:]|[.,][0-9])"
_NAME = rf"[{_CAPITAL}][{_SMALL}]{{2,20}}(?:-[{_CAPITAL}][{_SMALL}]{{2,20}})?"
_SIGN = r"(?:[Uu]l\.?|[Uu]lic[aęyą]|[Aa]l\.?|[Aa]lej[aięą]|[Oo]s\.?|[Oo]siedl[eau]|[Pp]l\.|[Pp]lac(?:u)?)"
# "ul. 3 Maja", "os. Pomorskie", "ulicy ks. Jerzego Popiełuszki 12"
_SIGNED = re.compile(
    rf"(?<!\w){_SIGN}\s{{0,2}}(?:(?:ks|gen|dr|św|bp|prof)\.\s?)?(?:[0-9]{{1,2}}\s)?{_NAME}(?:\s{_NAME}){{0,2}}"
    rf"(?:,?\s(?:nr\s)?{_HOUSE})?"
)
# Without capitals only one word is the name, as nothing tells where it ends: "ul dluga 13".
_SIGNED_SMALL = re.compile(
    rf"(?<!\w)(?:ul\.?|ulic[aęyą]|al\.|os\.|osiedl[eau])\s{{0,2}}"
    rf"(?!(?:i|a|w|na|do|z|czy|jest|sa|to|jak|gdzie|nie|tak)\b)[{_SMALL}]{{3,20}}(?:\s(?:nr\s)?{_HOUSE})?"
)
# "na Wyszyńskiego", "przy Długiej 13": a street stands in these cases and begins with a capital.
_AFTER_PREPOSITION = re.compile(
    rf"(?<!\w)(?:[Nn]a|[Pp]rzy|[Zz])\s(?P<street>[{_CAPITAL}][{_SMALL}]{{2,16}}(?:iej|ej|iego|ego|ich|ych)"
    rf"(?:\s(?:nr\s)?{_HOUSE})?)(?!\w|\s[{_CAPITAL}])"
)
# "Długa 13", "dlugiej 13a": an adjective and a number.
_WITH_NUMBER = re.compile(
    rf"(?<![\w.])(?P<street>[{_CAPITAL}][{_SMALL}]{{2,16}}(?:[snw]kiego|[snc]ka|cka|wska|iej|ej|iego|ego|ga|na|wa)"
    rf"\s{_HOUSE})"
)
_NO_STREET = re.compile(
    r"^(?:numer\w*|nr|telefon\w*|godzin\w*|zielon\w+ gor\w*|ustaw\w*|sprawa|sprawy|dnia|pani|pana|karta|ulga|kwota|"
    r"urzedow\w*|polsk\w*|miejsk\w*|osrodk\w*|mojego|waszego|twojego|jednego|tego)\b"
)

# --- times; these look at the folded text ---
_HOUR = r"(?:[01]?[0-9]|2[0-4])"
_CLOCK = rf"{_HOUR}(?:[:.][0-5][0-9])?"
_SPOKEN = (
    r"(?:pierwszej|drugiej|trzeciej|czwartej|piatej|szostej|siodmej|osmej|dziewiatej|dziesiatej|jedenastej|dwunastej|"
    r"trzynastej|czternastej|pietnastej|szesnastej|siedemnastej|osiemnastej|dziewietnastej|dwudziestej)"
)
_MONTH = r"(?:stycznia|lutego|marca|kwietnia|maja|czerwca|lipca|sierpnia|wrzesnia|pazdziernika|listopada|grudnia)"
_WEEKDAY = (
    r"(?:poniedzialek|poniedzialku|wtorek|wtorku|srode|sroda|srody|czwartek|czwartku|piatek|piatku|sobote|soboty|"
    r"niedziele|niedzieli|weekend|weekendy|poniedzialki|wtorki|czwartki|piatki|tygodniu)"
)
_NOT_AN_HOUR = (
    rf"(?!\s?(?:{_MONTH}|dni\w*|dzien|lat\b|lata\b|roku|rok\b|zl\b|zlot\w*|tys\w*|osob\w*|miesi\w+|tygodni\w*|"
    r"procent\w*|%|minut\w*|min\b|godzin\w*\b|km|m2|dzieci|pok\w*))"
)
_DAY = (
    rf"(?:dzis|dzisiaj|jutro|pojutrze|(?:od\s|do\s|w\s|we\s|po\s)?(?:(?:kazdy|kazda|kazde|najblizszy|najblizsza|"
    rf"przyszly|przyszlym|przyszla|tym|ten|ta)\s)?{_WEEKDAY}|codziennie|na co dzien|[0-3]?[0-9]\s{_MONTH}"
    rf"(?:\s(?:19|20)[0-9]{{2}}(?:\sr\.?)?)?|[0-3]?[0-9]\.[01][0-9]\.(?:19|20)[0-9]{{2}})"
)
_PART = (
    r"(?:(?:z\s|od\s|do\s)?rana|rano|przed poludniem|w poludnie|do poludnia|po poludniu|popoludniu|popoludnie|"
    r"popoludniami|wieczorem|wieczorami|w nocy|po pracy)"
)
_HOURS = rf"(?:godz(?:in[aeyi]?|inie|inach)?\.?\s?)?(?:{_CLOCK}{_NOT_AN_HOUR}|{_SPOKEN})"
_AT = (
    rf"(?:(?:(?:od|miedzy|pomiedzy)\s{_HOURS}\s(?:do|a|i)\s{_HOURS})"
    rf"|(?:(?:o|od|do|po|przed|kolo|okolo|tak kolo|najlepiej o|w)\s{_HOURS})"
    rf"|(?:godz(?:in[aeyi]?|inie|inach)?\.?\s?{_CLOCK}(?:\s?[-–]\s?{_CLOCK})?)"
    rf"|(?:{_HOUR}[:.][0-5][0-9](?:\s?[-–]\s?{_HOUR}[:.][0-5][0-9])?(?![.:]?[0-9]))"
    rf"|(?:{_HOUR}\s?[-–]\s?{_HOUR}(?![\d.:-]){_NOT_AN_HOUR}))"
)
_ONE = rf"(?:{_DAY}|{_PART}|{_AT})"
_TIMES = re.compile(rf"(?<![\w.:/-]){_ONE}(?:(?:,?\s|\si\s|\slub\s|\salbo\s){_ONE}){{0,4}}(?![\w/])")


def _streets(text: str) -> Iterator[Found]:
    for pattern in (_SIGNED, _AFTER_PREPOSITION, _WITH_NUMBER, _SIGNED_SMALL):
        for match in pattern.finditer(text):
            start, end = match.span("street") if "street" in pattern.groupindex else match.span()
            if not _NO_STREET.match(fold(text[start:end])):
                yield Found(STREET, start, end, text[start:end])


def _times(text: str) -> Iterator[Found]:
    folded = fold(text)
    if len(folded) != len(text):
        return  # a letter that folds to two: offsets would not fit
    for match in _TIMES.finditer(folded):
        yield Found(TIME, *match.span(), text[match.start() : match.end()])


def whereabouts(text: str, taken: list[Found]) -> list[Found]:
    """Return streets and times in order, none inside another or inside what is taken already."""
    found: list[Found] = []
    for candidate in (*_streets(text), *_times(text)):
        if all(candidate.end <= other.start or other.end <= candidate.start for other in (*taken, *found)):
            found.append(candidate)
    return sorted(found, key=lambda entity: entity.start)
