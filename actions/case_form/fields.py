"""The fields of a case: their slots, their order, and where they may be left out."""

from collections.abc import Mapping
from typing import Any, Final

TOPIC: Final = "temat"
DESCRIPTION: Final = "opis"
NAME: Final = "imie"
CONTACT: Final = "kontakt"
STREET: Final = "ulica"
FOR_WHOM: Final = "dla_kogo"
URGENCY: Final = "pilnosc"
CASE_SIGN: Final = "znak_sprawy"
TIME: Final = "pora"

FIELDS: Final = (TOPIC, DESCRIPTION, NAME, CONTACT, STREET, FOR_WHOM, URGENCY, CASE_SIGN, TIME)
"""The slots of a case, in the order in which they are asked."""

CONFIRMATION: Final = "potwierdzenie"
CORRECTED: Final = "pole"
CORRECTING: Final = "poprawka"
TOPIC_GROUP: Final = "grupa"
FAULT: Final = "blad"
NOTICE_GIVEN: Final = "informacja_rodo"

ASKED: Final = (*FIELDS, CONFIRMATION, CORRECTED)
"""Every slot the form can ask for."""

KEPT: Final = (*ASKED, CORRECTING, TOPIC_GROUP, FAULT, NOTICE_GIVEN)
"""Every slot that a cancelled or a sent case has to leave empty."""

FREE_TEXT: Final = frozenset({DESCRIPTION, NAME, CONTACT, STREET, CASE_SIGN, TIME})
OPTIONAL: Final = frozenset({STREET, CASE_SIGN, TIME})

SKIPPED: Final = "-"
"""Value of an optional field the resident chose to leave out: None would be asked again."""

CHAT: Final = "czat"
MYSELF: Final = "ja"
SOMEBODY_ELSE: Final = "inna_osoba"
ORDINARY: Final = "zwykla"
URGENT: Final = "pilna"
OTHER_TOPIC: Final = "inne"
YES: Final = "tak"
CHOOSING: Final = "wybor"

TITLES: Final[Mapping[str, str]] = {
    TOPIC: "Temat",
    DESCRIPTION: "Opis",
    NAME: "Imię",
    CONTACT: "Kontakt",
    STREET: "Ulica lub osiedle",
    FOR_WHOM: "Dla kogo",
    URGENCY: "Pilność",
    CASE_SIGN: "Znak sprawy",
    TIME: "Dogodna pora",
}

CHOICES: Final[Mapping[str, Mapping[str, str]]] = {
    FOR_WHOM: {MYSELF: "Dla mnie", SOMEBODY_ELSE: "Dla innej osoby"},
    URGENCY: {ORDINARY: "Zwykła", URGENT: "Pilna"},
}

TOPIC_OF_INTENT: Final[Mapping[str, str]] = {
    **{
        f"sprawa_{topic}": topic
        for topic in (
            "zasilek",
            "posilek",
            "stypendium",
            "uslugi_opiekuncze",
            "dps",
            "bezdomnosc",
            "przemoc",
            "asysta_rodzinna",
            "piecza",
            "dodatek_mieszkaniowy",
            "fundusz_alimentacyjny",
            "kdr",
            "uchodzcy",
            "pogrzeb",
        )
    },
    "zespol_orzeczenie": "orzeczenie",
    "zespol_komisja": "orzeczenie",
    "zespol_legitymacja": "legitymacja",
    "zespol_karta_parkingowa": "karta_parkingowa",
    "zespol_zaswiadczenie": "zaswiadczenie",
    "skargi_wnioski": "skarga",
}
"""The topic that a message of this intent is about."""

TOPIC_GROUPS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "pieniadze": ("Zasiłek, posiłek, stypendium", ("zasilek", "posilek", "stypendium", "pogrzeb")),
    "opieka": ("Opieka w domu lub DPS", ("uslugi_opiekuncze", "dps")),
    "rodzina": ("Rodzina i dzieci", ("asysta_rodzinna", "piecza", "fundusz_alimentacyjny", "kdr")),
    "mieszkanie": ("Mieszkanie i schronienie", ("dodatek_mieszkaniowy", "bezdomnosc")),
    "niepelnosprawnosc": (
        "Niepełnosprawność",
        ("orzeczenie", "legitymacja", "karta_parkingowa", "zaswiadczenie"),
    ),
    "przemoc": ("Przemoc w domu", ("przemoc",)),
    "uchodzcy": ("Pomoc uchodźcom", ("uchodzcy",)),
    "skarga": ("Skarga lub wniosek", ("skarga",)),
    "inne": ("Inna sprawa", ("inne",)),
}
"""Twenty topics are too many buttons at once: a group first, then the topic within it."""

_LEFT_OUT_ON_TELEGRAM = frozenset({STREET, CASE_SIGN, TIME})


def fields_for(channel: str, slots: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the fields to ask for: as few as possible on Telegram, whose servers keep the messages."""
    left_out: frozenset[str] = frozenset()
    if channel == "telegram":
        left_out |= _LEFT_OUT_ON_TELEGRAM
    if slots.get(CONTACT) == CHAT:
        left_out |= {TIME}
    return tuple(field for field in FIELDS if field not in left_out)


def has_answers(slots: Mapping[str, Any]) -> bool:
    """Tell whether something of a case has already been given."""
    return any(slots.get(field) is not None for field in FIELDS)
