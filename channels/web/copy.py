"""The copy of their data that residents take with them: JSON whose names they can read."""

import msgspec

from bot.hub.messages import Export

_AUTHORS = {"resident": "mieszkaniec", "bot": "asystent (program)", "system": "informacja", "staff": "pracownik"}


def copy_of(export: Export) -> bytes:
    """Write an export as indented JSON with Polish names; times are UTC (ISO 8601)."""
    found = {
        "rozmowa": {
            "kanal": export.channel,
            "jezyk": export.language,
            "poczatek": export.created_at,
            "ostatnia_zmiana": export.updated_at,
        },
        "wiadomosci": [
            {
                "numer": event.seq,
                "czas": event.created_at,
                "autor": _AUTHORS[event.author],
                "pracownik": event.author_name,
                # Taken back, it may have been meant for somebody else: RODO art. 15(4).
                "tresc": None if event.retracted else event.text,
                "wycofana_przez_pracownika": event.retracted,
                "jezyk": event.lang,
            }
            for event in export.messages
        ],
        "zgloszenia": [
            {"numer": case.number, "czas": case.created_at, "stan": case.status, "dane": case.details}
            for case in export.cases
        ],
        "oceny": [{"ocena": rating.score, "uwagi": rating.comment, "czas": rating.at} for rating in export.ratings],
    }
    return msgspec.json.format(msgspec.json.encode(found), indent=2)
