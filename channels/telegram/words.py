"""What the channel itself says. Everything else comes from the hub and ``knowledge/``."""

MENU = (
    ("start", "Początek rozmowy"),
    ("pomoc", "W czym pomaga asystent"),
    ("kontakt", "Telefon, ePUAP, adres"),
    ("kasa", "Godziny kasy"),
    ("zgloszenie", "Zostaw zgłoszenie"),
    ("czlowiek", "Rozmowa z pracownikiem"),
    ("prywatnosc", "Co dzieje się z danymi"),
    ("privacy", "Co dzieje się z danymi (privacy)"),
    ("usun", "Usunięcie danych"),
)
DESCRIPTION = (
    "Automatyczny asystent (program komputerowy) Miejskiego Ośrodka Pomocy Społecznej w Zielonej Górze. Odpowiada na "
    "pytania o kontakt, kasę i sprawy w MOPS, przyjmuje zgłoszenia i łączy z pracownikiem.\n\n"
    "Wiadomości pozostają na serwerach firmy Telegram i nie są szyfrowane od końca do końca. Proszę nie wysyłać tu "
    "numeru PESEL, dokumentów ani informacji o zdrowiu.\n\n"
    "Tego czatu nikt nie czyta przez całą dobę. W zagrożeniu życia: 112."
)
"""Shown in an empty chat, before anybody writes; at most 512 characters."""
ABOUT = "Automatyczny asystent (program komputerowy) MOPS Zielona Góra. W zagrożeniu życia: 112."
"""Shown on the bot's page; at most 120 characters."""
STALE_BUTTON = "Ta odpowiedź jest już nieaktualna. Proszę napisać wiadomość."
TOO_LONG = "Wiadomość jest za długa. Można wysłać najwyżej {limit} znaków. Proszę ją podzielić."
ONLY_PRIVATE = "Asystent rozmawia tylko w prywatnych rozmowach. Proszę napisać do niego bezpośrednio."
NOT_TAKEN = "Tej wiadomości nie udało się zapisać. Proszę wysłać ją jeszcze raz albo zadzwonić do MOPS."
