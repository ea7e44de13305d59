"""How the desk words work on a case: statuses, terms, and the lines of the history."""

from datetime import date, datetime

from bot.desk.presentation import WARSAW
from bot.hub.deadlines import working_days_until
from bot.hub.history import ChangeView

STATUSES = {
    "new": "nowe",
    "in_progress": "w toku",
    "waiting": "czeka na mieszkańca",
    "done": "załatwione",
}
_URGENCIES = {"zwykla": "zwykła", "pilna": "pilna"}
_CHANGES = {
    "claim": "przejęcie rozmowy",
    "resume": "wznowienie rozmowy",
    "release": "zwolnienie do kolejki",
    "hand_back": "oddanie asystentowi",
    "close": "zakończenie rozmowy",
}
_RESIDENTS = {
    "asks_person": "prośba o rozmowę z pracownikiem",
    "called_back": "powrót do asystenta",
    "case_sent": "wysłanie zgłoszenia",
    "urgent_case": "wysłanie pilnego zgłoszenia",
    "crisis": "wiadomość o zagrożeniu",
}
"""What a resident did."""


def term(due: date, status: str, now: datetime) -> tuple[str, str]:
    """How much of the term is left, and how serious it is: "", "blisko" or "po"; a done case has no term."""
    if status == "done":
        return "", ""
    today = now.astimezone(WARSAW).date()
    left = working_days_until(due, today)
    if due < today:
        return f"po terminie o {_days(-left)}" if left else "po terminie", "po"
    if due == today:
        return "termin mija dziś", "blisko"
    return f"zostało: {_days(left)}", "blisko" if left <= 2 else ""


def _days(count: int) -> str:
    return "1 dzień roboczy" if count == 1 else f"{count} dni robocze" if _few(count) else f"{count} dni roboczych"


def _few(count: int) -> bool:
    return count % 10 in (2, 3, 4) and count % 100 not in (12, 13, 14)


def change(line: ChangeView, topics: dict[str, str]) -> str:
    """One line of the history, without who and when."""
    detail = line.detail
    match line.kind:
        case "take_over":
            return f"przejęcie od: {detail.get('before', '?')}. Powód: {detail.get('reason', '')}"
        case "assign":
            return f"przydzielenie: {detail.get('to', 'na własne konto')}"
        case "assign_team":
            return f"skierowanie do zespołu: {detail.get('to', '?')}"
        case "returned":
            return f"powrót do kolejki, brak aktywności: {detail.get('before', '?')}"
        case "status":
            return f"status: {STATUSES.get(detail['before'])} → {STATUSES.get(detail['after'])}"
        case "urgency":
            return f"pilność: {_URGENCIES.get(detail['before'])} → {_URGENCIES.get(detail['after'])}"
        case "topic":
            before, after = detail["before"], detail["after"]
            return f"temat: {topics.get(before, before)} → {topics.get(after, after)}"
    return _CHANGES.get(line.kind) or _RESIDENTS.get(line.kind, line.kind)


def who(line: ChangeView) -> str:
    """Who did what a line of the history tells."""
    return line.who or ("mieszkaniec" if line.kind in _RESIDENTS else "samoczynnie")
