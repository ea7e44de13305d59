"""How the statistics are worded: each figure with its definition, and the lines of the files."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from bot.desk.presentation import CHANNELS
from bot.hub.statistics import Figures, Period, median, ninetieth

_NONE = "brak danych"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: what it is called, how it is counted, and how it is read."""

    key: str
    label: str
    definition: str
    shown: Callable[[Figures], str]


def duration(seconds: float | None) -> str:
    """A time of work or waiting: "45 s", "12 min", "3 godz. 5 min"."""
    if seconds is None:
        return _NONE
    if seconds < 60:
        return f"{round(seconds)} s"
    minutes = round(seconds / 60)
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} godz. {rest} min" if rest else f"{hours} godz."


def percent(share: float | None) -> str:
    """A share: "41,7%"."""
    return _NONE if share is None else f"{100 * share:.1f}%".replace(".", ",")


def number(value: float | None) -> str:
    """A mean with a comma."""
    return _NONE if value is None else f"{value:.2f}".replace(".", ",")


_QUESTION = (
    "Pytanie to wiadomość, na którą odpowiadał asystent: bez odpowiedzi na pytania formularza zgłoszenia "
    "i bez wiadomości pisanych, gdy rozmowa czekała na pracownika albo prowadził ją pracownik. Te liczby nie są "
    "powiązane z rozmowami i zostają po ich usunięciu."
)
_WAIT = (
    "Od prośby o rozmowę z pracownikiem do pierwszej wiadomości pracownika, w dniu prośby. Liczy się czas zegarowy, "
    "także poza godzinami pracy. Prośby wycofane i takie, które jeszcze czekają, nie wchodzą do tego czasu."
)
_HELD = (
    "Od przejęcia rozmowy do jej zakończenia, oddania asystentowi albo powrotu do kolejki, w dniu przejęcia. Zmiana "
    "osoby w trakcie nie przerywa tego czasu."
)
_MEDIAN = "Mediana: połowa wartości jest nie większa."
_NINETY = "90. percentyl: najmniejsza zmierzona wartość, której nie przekracza dziewięć na dziesięć."

GROUPS: dict[str, tuple[Figure, ...]] = {
    "Ruch": (
        Figure(
            "rozmowy",
            "Rozmowy",
            "Rozmowy, w których mieszkaniec napisał coś w tym okresie. Jedna rozmowa to jeden mieszkaniec w jednym "
            "kanale; kto pisał w trzy dni, jest w każdym z nich, a w sumie raz. Usunięte rozmowy nie są liczone.",
            lambda f: str(len(f.conversations)),
        ),
        Figure(
            "mieszkancy",
            "Wiadomości mieszkańców",
            "Wszystkie wiadomości i naciśnięte przyciski.",
            lambda f: str(f.from_residents),
        ),
        Figure(
            "asystent",
            "Odpowiedzi asystenta",
            "Wiadomości asystenta. Komunikaty o stanie rozmowy, na przykład o miejscu w kolejce, nie są liczone.",
            lambda f: str(f.from_bot),
        ),
        Figure("pracownicy", "Wiadomości pracowników", "Wiadomości wysłane z panelu.", lambda f: str(f.from_staff)),
        Figure("zgloszenia", "Zgłoszenia", "Zgłoszenia wysłane w tym okresie.", lambda f: str(f.cases)),
    ),
    "Asystent": (
        Figure("pytania", "Pytania", _QUESTION, lambda f: str(f.questions)),
        Figure(
            "odpowiedziane",
            "Odpowiedział asystent",
            f"Część pytań, na które asystent dał odpowiedź. {_QUESTION}",
            lambda f: percent(f.share("answered")),
        ),
        Figure(
            "niezrozumiane",
            "Niezrozumiane",
            f"Część pytań, po których asystent powiedział, że nie rozumie. {_QUESTION}",
            lambda f: percent(f.share("not_understood")),
        ),
        Figure(
            "przekazane",
            "Przekazane pracownikom",
            f"Część pytań, które skończyły się prośbą o rozmowę z pracownikiem. {_QUESTION}",
            lambda f: percent(f.share("handed_off")),
        ),
        Figure(
            "zagrozenia",
            "Zagrożenia",
            "Wiadomości, po których mieszkaniec dostał numery alarmowe, a rozmowa stała się pilna.",
            lambda f: str(f.outcomes["crisis"]),
        ),
    ),
    "Oczekiwanie na pracownika": (
        Figure(
            "prosby",
            "Prośby o pracownika",
            "Ile razy rozmowa zaczęła czekać na pracownika. Ponowna prośba w trakcie czekania się nie liczy.",
            lambda f: str(f.asked),
        ),
        Figure(
            "czekanie-mediana",
            "Oczekiwanie, mediana",
            f"{_WAIT} {_MEDIAN}",
            lambda f: duration(median(f.waits)),
        ),
        Figure(
            "czekanie-90",
            "Oczekiwanie, 90. percentyl",
            f"{_WAIT} {_NINETY}",
            lambda f: duration(ninetieth(f.waits)),
        ),
        Figure(
            "czekanie-praca",
            "W godzinach pracy, mediana",
            f"Tylko prośby złożone w godzinach pracy. {_WAIT} {_MEDIAN}",
            lambda f: duration(median(f.waits_open)),
        ),
        Figure(
            "wycofane",
            "Wycofane prośby",
            "Prośby, po których mieszkaniec wrócił do asystenta, zanim ktoś odpowiedział.",
            lambda f: str(f.called_back),
        ),
        Figure(
            "bez-odpowiedzi",
            "Zakończone bez odpowiedzi",
            "Prośby, po których pracownik zakończył rozmowę albo oddał ją asystentowi, nic nie pisząc.",
            lambda f: str(f.left_unanswered),
        ),
    ),
    "Prowadzenie i oceny": (
        Figure(
            "prowadzenie-mediana", "Prowadzenie, mediana", f"{_HELD} {_MEDIAN}", lambda f: duration(median(f.held))
        ),
        Figure(
            "prowadzenie-90",
            "Prowadzenie, 90. percentyl",
            f"{_HELD} {_NINETY}",
            lambda f: duration(ninetieth(f.held)),
        ),
        Figure("oceny", "Oceny", "Ile ocen wystawili mieszkańcy, od 1 do 5.", lambda f: str(len(f.scores))),
        Figure("srednia", "Średnia ocena", "Średnia ocen mieszkańców, od 1 do 5.", lambda f: number(f.score)),
    ),
}

IN_TABLES: tuple[str, ...] = (
    "rozmowy",
    "mieszkancy",
    "zgloszenia",
    "pytania",
    "odpowiedziane",
    "niezrozumiane",
    "przekazane",
)
IN_TABLES += ("prosby", "czekanie-mediana", "czekanie-90", "prowadzenie-mediana", "oceny", "srednia")

FIGURES = {figure.key: figure for group in GROUPS.values() for figure in group}

SHARES = (
    ("answered", "odpowiedział asystent"),
    ("handed_off", "przekazane pracownikom"),
    ("not_understood", "niezrozumiane"),
    ("crisis", "zagrożenia"),
    ("failed", "awaria"),
)
"""All ways in which a question ends."""

COLUMNS = (
    "dzień",
    "kanał",
    "rozmowy",
    "wiadomości mieszkańców",
    "odpowiedzi asystenta",
    "wiadomości pracowników",
    "zgłoszenia",
    "pytania",
    "odpowiedziane",
    "niezrozumiane",
    "przekazane",
    "zagrożenia",
    "awarie",
    "prośby o pracownika",
    "wycofane prośby",
    "zakończone bez odpowiedzi",
    "oczekiwania z odpowiedzią",
    "oczekiwanie mediana [s]",
    "oczekiwanie 90. percentyl [s]",
    "prowadzenia",
    "prowadzenie mediana [s]",
    "prowadzenie 90. percentyl [s]",
    "oceny",
    "średnia ocena",
)


def day_rows(period: Period) -> Iterable[tuple[object, ...]]:
    """Lines of the file, one for each day and channel on which anything happened."""
    for day, channel in sorted(period.cells):
        f = period.cells[day, channel]
        yield (
            day.isoformat(),
            CHANNELS.get(channel, channel),
            len(f.conversations),
            f.from_residents,
            f.from_bot,
            f.from_staff,
            f.cases,
            f.questions,
            *(f.outcomes[name] for name in ("answered", "not_understood", "handed_off", "crisis", "failed")),
            f.asked,
            f.called_back,
            f.left_unanswered,
            len(f.waits),
            _whole(median(f.waits)),
            _whole(ninetieth(f.waits)),
            len(f.held),
            _whole(median(f.held)),
            _whole(ninetieth(f.held)),
            len(f.scores),
            number(f.score) if f.scores else "",
        )


def short(day: date) -> str:
    """A day under a bar: "24.11"."""
    return f"{day.day}.{day.month:02d}"


def _whole(seconds: float | None) -> object:
    return "" if seconds is None else round(seconds)
