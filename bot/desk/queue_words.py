"""How the queue words its tabs, rows and counts."""

from dataclasses import dataclass

from bot.desk.presentation import CHANNELS, REASONS, facts
from bot.hub.messages import QueueRow
from bot.hub.queue import TABS, QueueCounts, Tab


@dataclass(frozen=True, slots=True)
class TabWords:
    """One tab: its name in addresses, its label, and what it says when nothing stands in it."""

    slug: str
    label: str
    empty: str
    hint: str


WORDS: dict[Tab, TabWords] = {
    "waiting": TabWords(
        "czekaja", "Czekają", "Nikt nie czeka na pracownika.", "Nikt ich jeszcze nie prowadzi. Pilne są na górze."
    ),
    "mine": TabWords("moje", "Moje", "Brak przejętych rozmów.", "Prowadzone z tego konta."),
    "others": TabWords("inni", "U innych", "Nikt inny nie prowadzi teraz rozmowy.", "Prowadzone przez inne osoby."),
    "after_hours": TabWords(
        "po-godzinach",
        "Po godzinach",
        "Poza godzinami pracy nikt nie napisał.",
        "Czekające, które przyszły poza godzinami pracy: te osoby wiedzą, że odpowiedź będzie później.",
    ),
    "closed": TabWords("zakonczone", "Zakończone", "Brak zakończonych rozmów.", "Od ostatnio zakończonych."),
}


def tab_of(slug: str | None) -> Tab:
    """Read a tab from an address; anything odd is the first one."""
    return next((tab for tab in TABS if WORDS[tab].slug == slug), "waiting")


def address(tab: Tab, page: int = 1) -> str:
    """The address of a page of a tab."""
    parts = [f"lista={WORDS[tab].slug}"] if tab != "waiting" else []
    parts += [f"strona={page}"] if page > 1 else []
    return "?".join(["/desk", "&".join(parts)]) if parts else "/desk"


def counted_title(page: str, counts: QueueCounts) -> str:
    """A page title that says how many wait, readable in a narrow browser tab."""
    urgent = f", pilne: {counts.urgent}" if counts.urgent else ""
    start = f"({counts.waiting}) " if counts.waiting else ""
    return (
        f"{start}{page} · czekają: {counts.waiting}{urgent}, moje: {counts.mine}, u innych: {counts.others}, "
        f"po godzinach: {counts.after_hours}"
    )


def heading(row: QueueRow) -> str:
    """What a row is about: its topic, else why it is in the queue."""
    return row.topic or REASONS.get(row.reason or "", "Rozmowa")


def row_facts(row: QueueRow, *, short: bool = False) -> str:
    """What else a row says, next to topic, wait and last line."""
    return facts(
        REASONS.get(row.reason, row.reason) if row.topic and row.reason else None,
        f"nr {row.case_number}" if row.case_number else None,
        CHANNELS.get(row.channel, row.channel),
        "odpowiada asystent" if row.owner == "bot" and not short else None,
    )


def waits(row: QueueRow) -> bool:
    """Whether the resident of this row waits for somebody."""
    return row.owner in ("bot", "waiting") or (row.owner == "staff" and row.unanswered)
