"""The intents and slots that the turn channel treats in a way of their own. Names as in domain.yml."""

from __future__ import annotations

# Questions with an answer of their own: two of them in one message are both answered.
ANSWERS: frozenset[str] = frozenset(
    """
    obsluga_osobista do_kiedy dlaczego kontakt telefon email epuap adres przekazanie_sprawy kasa_godziny kasa_gdzie
    termin_wyplaty wpuszczanie przelew zespol_dziala zespol_kontakt zespol_zakres zespol_orzeczenie
    zespol_legitymacja zespol_karta_parkingowa zespol_zaswiadczenie skargi_wnioski zespol_podstawa zespol_komisja
    zespol_epuap podstawa_prawna godziny_telefonu dokumenty oplaty czas_sprawy
    sprawa_zasilek sprawa_posilek sprawa_stypendium sprawa_uslugi_opiekuncze sprawa_dps sprawa_bezdomnosc
    sprawa_przemoc sprawa_asysta_rodzinna sprawa_piecza sprawa_dodatek_mieszkaniowy sprawa_fundusz_alimentacyjny
    sprawa_kdr sprawa_uchodzcy sprawa_pogrzeb
    inny_urzad swiadczenie_800plus zdrowie moja_sprawa_status uprawnienia_kwoty cudze_swiadczenia
    pracownik_imienny czy_otwarte
    """.split()
)

# Facts that people ask for in a list: "telefon i e-mail".
LISTED: frozenset[str] = frozenset({"telefon", "email", "epuap", "adres", "kasa_godziny", "kasa_gdzie"})

# A bare noun between others, folded: what it names.
NOUNS: dict[str, str] = {
    "telefon": "telefon",
    "numer telefonu": "telefon",
    "adres": "adres",
    "mail": "email",
    "email": "email",
    "e-mail": "email",
    "epuap": "epuap",
    "orzeczenie": "zespol_orzeczenie",
    "legitymacja": "zespol_legitymacja",
    "karta parkingowa": "zespol_karta_parkingowa",
    "zaswiadczenie": "zespol_zaswiadczenie",
}

CRISIS = "kryzys"

# A message with one of these beside a question is about this one thing: never taken apart.
INDIVISIBLE: frozenset[str] = frozenset(
    {CRISIS, "obelga", "manipulacja", "anuluj", "moje_dane_usun", "cudze_swiadczenia"}
)

# A second question that means something else beside a first one unless it says otherwise: (first, second) to what it
# means. "Gdzie jest kasa i w jakich godzinach działa" asks for no hours of the telephone.
BESIDE: dict[tuple[str, str], str] = {
    ("kasa_gdzie", "godziny_telefonu"): "kasa_godziny",
    ("wpuszczanie", "godziny_telefonu"): "kasa_godziny",
    ("termin_wyplaty", "godziny_telefonu"): "kasa_godziny",
    ("kasa_godziny", "godziny_telefonu"): "kasa_godziny",
    ("epuap", "adres"): "epuap",
    ("email", "adres"): "email",
    ("zespol_epuap", "epuap"): "zespol_epuap",
}
# Words that name the second thing after all.
NAMED: dict[str, str] = {
    "godziny_telefonu": "telefon|dzwon|polacz",
    "adres": "list|poczt|korespond|ulic",
    "epuap": "mops",
}

# What a resident may say instead of the text that a form asks for.
COMMANDS: frozenset[str] = frozenset(
    {"anuluj", "czlowiek", "popraw", "powtorz", "pomoc", "wroc_do_asystenta"}
    | {"zgloszenie", "prywatnosc", "moje_dane_usun", "moje_dane_wglad"}
)

# Heard in any state, however long the message.
ALWAYS: frozenset[str] = frozenset({"inny_jezyk_uk", "inny_jezyk_ru", "inny_jezyk_en"})

SMALL_TALK: frozenset[str] = frozenset(
    {"powitanie", "podziekowanie", "pozegnanie", "co_umiesz", "czy_czlowiek", "obelga", "manipulacja"}
)

# What stands around a question without being one.
COURTESIES: frozenset[str] = frozenset({"powitanie", "podziekowanie", "pozegnanie"})

# What "dobra" or "jasne" before the thanks would mean if it stood alone.
AGREEMENTS: frozenset[str] = frozenset({"potwierdz", "zaprzecz", "pomoc", "poza_zakresem"})

# Questions that may interrupt a form: the answers, and those about the assistant.
INTERRUPTING: frozenset[str] = ANSWERS | {"co_umiesz", "czy_czlowiek"}

# "Czy mogę dostać zasiłek na leki?" is how people describe what they need: not a question put to the form.
MATTERS: frozenset[str] = frozenset(
    {name for name in ANSWERS if name.startswith("sprawa_")}
    | {"zespol_orzeczenie", "zespol_legitymacja", "zespol_karta_parkingowa", "zespol_zaswiadczenie", "zespol_komisja"}
    | {"skargi_wnioski", "uprawnienia_kwoty", "moja_sprawa_status", "cudze_swiadczenia"}
)

# Slots that a form fills with whatever the resident writes.
FREE_TEXT_SLOTS: frozenset[str] = frozenset({"imie", "opis", "ulica", "kontakt", "znak_sprawy", "pora"})

DESCRIPTION_SLOT = "opis"

# Longer messages are told stories ("potrzebuję pomocy przy mamie…") even when they resemble a command.
MAX_COMMAND_WORDS = 8
MAX_SMALL_TALK_WORDS = 4

# The intent given to a message that is the answer to a form's question.
FORM_ANSWER = "podaj_dane"

FALLBACK = "nlu_fallback"

# Calibrated probabilities. Below these a guess is not good enough to take a message apart or a form's question away.
SURE_SEGMENT = 0.55
SURE_COMMAND = 0.70
# A crisis card too many does little harm. The first is for the answer to a form's question, where people tell of
# hardship; the second for any other message, whatever else it may be about (docs/measurements.md).
SURE_CRISIS = 0.50
SUSPECTED_CRISIS = 0.20
SURE_QUESTION = 0.60
