"""The desk's places, in one list: a new page adds its entry here and appears in the top bar for whom it is."""

from dataclasses import dataclass

from bot.permissions import Permission, allowed


@dataclass(frozen=True, slots=True)
class Entry:
    """One place. ``key`` is what its template sets as ``strona``; without ``main`` it stands under "Więcej"."""

    key: str
    path: str
    label: str
    permission: Permission = Permission.CONVERSATIONS
    main: bool = True
    counter: str | None = None
    """Id of the element that shows how many things wait there (``czesci/licznik_*.html``)."""


ENTRIES = (
    Entry("kolejka", "/desk", "Kolejka"),
    Entry("zgloszenia", "/desk/zgloszenia", "Zgłoszenia"),
    Entry("szukaj", "/desk/szukaj", "Szukaj"),
    Entry("wzmianki", "/desk/wzmianki", "Wzmianki", counter="licznik-wzmianek"),
    Entry("tablica", "/desk/tablica", "Tablica", main=False),
    Entry("gotowe", "/desk/gotowe-odpowiedzi", "Gotowe odpowiedzi", Permission.REPLIES, main=False),
    Entry("statystyki", "/desk/statystyki", "Statystyki", Permission.STATISTICS, main=False),
    Entry("zespoly", "/desk/zespoly", "Zespoły", Permission.COORDINATION, main=False),
    Entry("pracownicy", "/desk/pracownicy", "Pracownicy", Permission.ACCOUNTS, main=False),
    Entry("przechowywanie", "/desk/przechowywanie", "Co zostanie usunięte", Permission.COORDINATION, main=False),
    Entry("dziennik", "/desk/dziennik", "Dziennik dostępu", Permission.AUDIT, main=False),
    Entry("konto", "/desk/konto", "Moje konto", Permission.OWN_ACCOUNT, main=False),
)


def entries(role: str, *, main: bool) -> list[Entry]:
    """The places that somebody of this role may go to."""
    return [entry for entry in ENTRIES if allowed(role, entry.permission) and entry.main is main]
