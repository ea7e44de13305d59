"""A day and a period as they stand in an address, and in Polish what is wrong with them."""

from datetime import date

NO_DAY = "Data ma postać RRRR-MM-DD."
BACKWARDS = "Początek okresu jest późniejszy niż koniec."

_FIRST, _LAST = date(2000, 1, 1), date(2999, 12, 31)


def parse_day(text: str, first: date = _FIRST, last: date = _LAST) -> date | None:
    """Return the day that ``text`` (ISO 8601) names, None when it names none between ``first`` and ``last``."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if first <= day <= last else None
