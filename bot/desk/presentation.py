"""How the desk words things: times, waiting, states. Polish, for staff; no HTML here."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.hours import how_long
from bot.hub.edits import fixed
from bot.hub.messages import ConversationView, Event, QueueRow

WARSAW = ZoneInfo("Europe/Warsaw")

_WEEKDAYS = ("poniedziałek", "wtorek", "środa", "czwartek", "piątek", "sobota", "niedziela")
_SHORT_WEEKDAYS = ("pon.", "wt.", "śr.", "czw.", "pt.", "sob.", "niedz.")
_MONTHS = (
    "stycznia",
    "lutego",
    "marca",
    "kwietnia",
    "maja",
    "czerwca",
    "lipca",
    "sierpnia",
    "września",
    "października",
    "listopada",
    "grudnia",
)

CHANNELS = {
    "web": "Strona WWW",
    "telegram": "Telegram",
    "rest": "Interfejs REST",
    "erased": "Rozmowa usunięta",
}
LANGUAGES = {"uk": "ukraiński", "ru": "rosyjski", "en": "angielski"}
REASONS = {
    "crisis": "Zagrożenie",
    "person": "Prośba o rozmowę",
    "case": "Zgłoszenie",
    "language": "Obcy język",
    "assigned": "Skierowana do zespołu",
    "released": "Zwolniona przez pracownika",
    "returned": "Wróciła do kolejki",
}
ROLES = {
    "clerk": "pracownik",
    "coordinator": "koordynator",
    "maintainer": "opiekun treści",
    "admin": "administrator",
}
ROLE_DUTIES = {
    "clerk": "Czyta kolejkę, rozmowy i zgłoszenia, przejmuje rozmowy i odpowiada mieszkańcom.",
    "coordinator": "To samo co pracownik, a ponadto organizuje pracę innych i przegląda dziennik dostępu.",
    "maintainer": "Zmienia informacje i odpowiedzi asystenta. Nie ma dostępu do rozmów ani zgłoszeń.",
    "admin": "Ma wszystkie uprawnienia, w tym zarządza kontami.",
}
DELIVERIES = {
    "pending": "oczekuje na wysłanie",
    "sending": "wysyłanie",
    "sent": "wysłano",
    "failed": "nie wysłano: odmowa komunikatora",
    "unknown": "nie wiadomo, czy dotarło",
    "recalled": "cofnięto przed wysłaniem",
}
CHANGE_DELIVERIES = {
    ("edit", "sent"): "poprawiono u odbiorcy",
    ("edit", "failed"): "poprawka nie dotarła",
    ("delete", "sent"): "cofnięto u odbiorcy",
    ("delete", "failed"): "nie udało się cofnąć u odbiorcy",
}
UNREACHABLE = {
    "blocked by the user": "bot został zablokowany w Telegramie",
    "the account no longer exists": "konto w Telegramie już nie istnieje",
    "chat not found": "ten czat w Telegramie nie istnieje",
    "the person never wrote to the bot": "brak zgody na wiadomości od bota",
}
"""Why nothing can be delivered to somebody, as the hub records it."""
FIXED = {
    "rest": "Ten kanał nie pozwala poprawić ani cofnąć wysłanej wiadomości.",
    "erased": "Mieszkaniec usunął tę rozmowę, więc nie ma czego zmienić.",
    "unknown": "Nie wiadomo, czy ta wiadomość dotarła, więc nie da się jej poprawić ani cofnąć u odbiorcy.",
}
"""Why what was sent stays as it is, as the hub tells it."""
RETRACT_QUESTIONS = {
    "web": "Cofnąć tę wiadomość? Mieszkaniec zobaczy w jej miejscu, że została wycofana.",
    "telegram": "Cofnąć tę wiadomość? Zniknie u mieszkańca. Po 48 godzinach od wysłania Telegram już jej nie usunie: "
    "w jej miejscu pojawi się informacja, że została wycofana.",
}
CASE_FIELDS = {
    "imie": "Jak się zwracać",
    "dla_kogo": "Dla kogo",
    "pilnosc": "Pilność",
    "opis": "Opis",
    "kontakt": "Kontakt",
    "ulica": "Ulica lub osiedle",
    "znak_sprawy": "Znak sprawy",
    "pora": "Dogodna pora",
}
CASE_VALUES = {
    ("dla_kogo", "ja"): "dla siebie",
    ("dla_kogo", "inna_osoba"): "dla innej osoby",
    ("pilnosc", "zwykla"): "zwykła",
    ("pilnosc", "pilna"): "pilna",
    ("kontakt", "czat"): "odpowiedź w tej rozmowie",
}
LEFT_OUT = "-"
"""What the form stores for a question that the resident chose not to answer."""

ATTACHMENTS = {
    "photo": "zdjęcie",
    "document": "plik",
    "voice": "wiadomość głosowa",
    "audio": "plik dźwiękowy",
    "video": "film",
    "video_note": "wiadomość wideo",
    "animation": "animacja",
    "sticker": "naklejka",
    "location": "lokalizacja",
    "contact": "wizytówka kontaktu",
    "poll": "ankieta",
    "dice": "animowana emotka",
    "game": "gra",
    "story": "relacja",
    "checklist": "lista zadań",
    "other": "załącznik",
}


def clock_time(moment: datetime) -> str:
    """Time of day in Zielona Góra."""
    return f"{moment.astimezone(WARSAW):%H:%M}"


def clock_time_with_seconds(moment: datetime) -> str:
    """Time of day to the second, for waits shorter than a minute."""
    return f"{moment.astimezone(WARSAW):%H:%M:%S}"


def exact(moment: datetime) -> str:
    """A moment to the second, for records: "2026-11-24 12:05:09"."""
    return f"{moment.astimezone(WARSAW):%Y-%m-%d %H:%M:%S}"


def day(moment: datetime) -> str:
    """A whole date: "poniedziałek, 23 listopada 2026 r."."""
    local = moment.astimezone(WARSAW)
    return f"{_WEEKDAYS[local.weekday()]}, {local.day} {_MONTHS[local.month - 1]} {local.year} r."


def moment(value: datetime, now: datetime) -> str:
    """A moment as short as it can be told: "dziś, 12:05", "wczoraj, 12:05", "3 marca, 12:05"."""
    local, today = value.astimezone(WARSAW), now.astimezone(WARSAW).date()
    days = (today - local.date()).days
    if days == 0:
        return f"dziś, {clock_time(value)}"
    if days == 1:
        return f"wczoraj, {clock_time(value)}"
    year = "" if local.year == today.year else f" {local.year} r."
    return f"{local.day} {_MONTHS[local.month - 1]}{year}, {clock_time(value)}"


def waiting(since: datetime, now: datetime) -> str:
    """How long somebody waits: "poniżej 1 min", "12 min", "3 godz. 5 min", "2 dni"."""
    return how_long(now - since)


def body(event: Event) -> str:
    """The text of a message, or what kind of thing was sent instead of one."""
    if event.kind in ATTACHMENTS:
        sent = f"[{ATTACHMENTS[event.kind]}: nieprzyjęte, poproszono o tekst]"
        return f"{sent} {event.text}" if event.text else sent
    return event.text


def delivery(event: Event) -> str | None:
    """How the delivery of a message stands, and why it failed."""
    if event.delivery is None or event.author == "resident":
        return None
    changed = CHANGE_DELIVERIES.get((event.delivery_action or "send", event.delivery))
    if changed is not None:
        return changed
    if event.delivery == "failed" and event.delivery_error in UNREACHABLE:
        return f"nie dostarczono: {UNREACHABLE[event.delivery_error]}"
    return DELIVERIES.get(event.delivery, event.delivery)


def unreachable(view: ConversationView) -> str | None:
    """Why an answer cannot be delivered now, before anybody writes one."""
    if view.unreachable is None:
        return None
    reason = UNREACHABLE.get(view.unreachable, view.unreachable)
    return f"Odpowiedź nie dotrze: {reason}. Proszę skontaktować się w inny sposób."


def why_fixed(view: ConversationView, event: Event) -> str | None:
    """Why a message of one's own can be neither corrected nor taken back; None: it can."""
    why = fixed(view.channel, event.delivery, event.delivery_action)
    return FIXED[why] if why else None


def case_value(field: str, value: str) -> str:
    """What a resident confirmed, with the form's codes in words."""
    return CASE_VALUES.get((field, value), value)


def phone_link(field: str, value: str) -> str | None:
    """The number to call when the contact that a resident left is a phone."""
    digits = "".join(sign for sign in value if sign in "+0123456789")
    return f"tel:{digits}" if field == "kontakt" and len(digits) >= 9 and "@" not in value else None


def facts(*parts: str | None) -> str:
    """Short facts on one line; a line break never leaves a separator at its start."""
    return "\u00a0· ".join(part for part in parts if part)


def short_day(value: date) -> str:
    """A date with its weekday in short: "wt. 8 grudnia 2026 r."."""
    return f"{_SHORT_WEEKDAYS[value.weekday()]} {value.day} {_MONTHS[value.month - 1]} {value.year}\u00a0r."


def view_facts(view: ConversationView, mode: str) -> str:
    """Channel and who answers, under the heading of a conversation."""
    who = {
        "moja": "prowadzona z tego konta",
        "cudza": f"prowadzi: {view.staff_name}",
        "asystent": "odpowiada asystent",
        "zamknieta": "zakończona",
    }
    return facts(
        CHANNELS.get(view.channel, view.channel), who.get(mode), f"zespół: {view.team}" if view.team else None
    )


def last_line(row: QueueRow) -> str:
    """The resident's last message on one line, or what was sent instead of one."""
    if row.last_line:
        return row.last_line
    return f"[{ATTACHMENTS[row.last_kind]}]" if row.last_kind in ATTACHMENTS else "Bez wiadomości od mieszkańca"


def author(event: Event) -> str:
    """Who wrote a message."""
    if event.author == "resident":
        return "Mieszkaniec"
    if event.author == "bot":
        return "Asystent (program)"
    if event.author == "system":
        return "Komunikat automatyczny"
    return event.author_name or "Pracownik"
