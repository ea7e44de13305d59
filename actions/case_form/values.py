"""From what a resident wrote to the value of a field, or to the fault the resident is told about."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Final

import phonenumbers

from actions.case_form import fields as f
from actions.said import knowledge
from actions.turn import Message
from bot.safety.folding import fold

MASKED: Final = "[ukryto"
_MASK = re.compile(r"\[ukryto[^\]]*\]?")

DESCRIPTION_MIN: Final = 10
DESCRIPTION_MAX: Final = 1000
_NAME_MAX = 60
_STREET_MAX = 80
_TIME_MAX = 120
_TOPIC_CONFIDENCE = 0.35
_LINE = 200
_SHORT = 4
_POLAND = 48
_SENDING_WORDS = frozenset({f.YES, "ok", "wyslij", "potwierdzam", "zgadza sie", "wysylam"})

_SKIP = re.compile(
    r"-|pomin\w*( to)?|brak|dalej|nastepne|obojetnie|wszystko jedno"
    r"|nie( (mam|znam|pamietam|wiem|podaje|podam|dotyczy|chce( podawac)?))?"
)
_CHAT_WORDS = re.compile(
    r"\b(cza(t|cie|tu|towo)|chat\w*|tu(taj)?|na miejscu|komunikator\w*|telegram\w*|wiadomosc\w*|pisemnie)\b"
)
_NO_PHONE = re.compile(r"\b(nie mam|brak|bez)\b.*\btel|\bnie chce\b.*\b(tel|numer)")
_OFFICE_SIGN = re.compile(
    r"(?<![A-ZĄĆĘŁŃÓŚŹŻ0-9.])"
    r"[A-ZĄĆĘŁŃÓŚŹŻ]{2,12}(?:[.\-/][A-ZĄĆĘŁŃÓŚŹŻ0-9]{1,8}){0,4}?"
    r"\.[0-9]{2,5}(?:\.[0-9]{1,6}){1,3}\.(?:19|20)[0-9]{2}(?:\.[A-ZĄĆĘŁŃÓŚŹŻ]{1,4})?"
    r"(?![A-ZĄĆĘŁŃÓŚŹŻ0-9])"
)
_FLAT = re.compile(
    r"(?P<house>\b[0-9]{1,4}\s?[a-zA-Z]?)\s*(?:/|\bm\.?|\bmieszk\w*\.?|\blok\w*\.?)\s*"
    r"[0-9]{1,4}[a-zA-Z]?\b"
)
_BARE_FLAT = re.compile(r",?\s*\b(?:m\.|mieszkani\w+|mieszk\.|lok\.|lokal\w*)\s*(?:nr\.?\s*)?[0-9]{1,4}[a-zA-Z]?\b")
_POSTCODE = re.compile(r",?\s*\b[0-9]{2}-[0-9]{3}\b(?:\s+zielon\w+ g[oó]r\w+)?", re.IGNORECASE)
_INTRODUCTION = re.compile(
    r"^(?:(?:dzień dobry|witam|cześć)[,!. ]+)?"
    r"(?:nazywam się|mam na imię|na imię mi|jestem|moje imię(?: to)?|imię(?: to)?:?"
    r"|(?:proszę|można|może(?:cie)?)? ?(?:się )?(?:do mnie )?(?:mówić|zwracać się|zwracać)"
    r"(?: do mnie)?:?)\s+",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"\b(dzien dobry|dobry wieczor|czesc|witam|dziekuje|dzieki|do widzenia|hej|halo"
    r"|hello|hi|help|please|привіт|привет|добрии? ден\w*|добрыи? ден\w*|здравствуи\w*)\b"
)
_FOR_ME = re.compile(r"(?<!nie dla )\b(ja|mnie|siebie|mi|sobie|osobiscie|wlasn\w+)\b")
_FOR_OTHER = re.compile(
    r"\b(nie dla (?:mnie|siebie)|inn\w+|kogos|ktos|cudz\w+|mam(?:a|y|e|ie|o|usi\w*)|mat[ck]\w+|tat\w+|tacie"
    r"|ojc\w+|rodzic\w+|syn\w*|cor\w+|brat\w*|siostr\w+"
    r"|maz|mez\w+|zon\w+|partner\w*|babci\w*|dziad\w+|wnu\w+|dzieck\w+|dzieci|sasiad\w*|sasiad\w+|znajom\w+"
    r"|ciot\w+|ciocia|wuj\w*|podopieczn\w+|tesc\w*|kuzyn\w*|niej|niego|nich)\b"
)
_NOT_URGENT = re.compile(
    r"\b(nie ?piln\w*|nie jest piln\w*|zwykl\w+|normaln\w+|spokojn\w+|(?<!nie )moze (po|za)?czekac|nie spieszy"
    r"|niespieszn\w+)\b"
)
_URGENT = re.compile(
    r"\b(piln\w+|natychmiast\w*|jak najszybciej|szybko|nagl\w+|na juz|od razu|nie moze (po|za)?czekac)\b"
)
_OTHER_TOPIC = re.compile(r"^(cos )?inn\w+( spraw\w+| temat\w*)?$")
_FIELD_WORDS: Final = (
    # The order matters: "numer sprawy" is no telephone and "dla kogo" no contact.
    (f.CASE_SIGN, re.compile(r"\b(znak\w*|numer\w* spraw\w*|sygnatur\w*)\b")),
    (f.FOR_WHOM, re.compile(r"\b(kogo|komu|dla mnie|dla siebie|innej osoby)\b")),
    (f.URGENCY, re.compile(r"\bpiln\w*\b")),
    (f.CONTACT, re.compile(r"\b(telefon\w*|numer\w*|kontakt\w*|komork\w*|czat\w*)\b")),
    (f.STREET, re.compile(r"\b(ulic\w*|osiedl\w*|adres\w*)\b")),
    (f.NAME, re.compile(r"\b(imi\w+|nazwisk\w*|zwraca\w*)\b")),
    (f.DESCRIPTION, re.compile(r"\b(opis\w*|tresc\w*)\b")),
    (f.TIME, re.compile(r"\b(por[aeyi]|godzin\w*|termin\w*|kiedy)\b")),
    (f.TOPIC, re.compile(r"\b(temat\w*|spraw\w*)\b")),
)


_FILLERS = re.compile(
    r"\b(to|jest|dla|chodzi|o|i|a|oraz|moj\w*|swoj\w*|sam\w*|bardzo|raczej|sprawa|tak|nie|prosze)\b"
)
_STREET_SIGN = re.compile(r"(ul|ulica|ulicy|os|osiedle|osiedlu|al|aleja|pl|plac)\b")


class Unusable(ValueError):
    """The text does not give the field a value; ``fault`` names the explanation the resident gets."""

    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.fault = fault


def clean(text: str) -> str:
    """Return the text without what nobody can see or read out: control signs, emoji, runs of blanks."""
    kept = []
    for character in unicodedata.normalize("NFC", text):
        category = unicodedata.category(character)
        if category in ("Zs", "Zl", "Zp") or character in "\t\r\n":
            kept.append(" ")
        elif category[0] != "C" and category not in ("So", "Sk") and not "\ufe00" <= character <= "\ufe0f":
            kept.append(character)
    return re.sub(" {2,}", " ", "".join(kept)).strip()


def _line(message: Message) -> str:
    """Return the text of a field that takes one short line."""
    if MASKED in message.text:
        raise Unusable("ukryte")
    text = clean(message.text[: 4 * _LINE])
    if len(text) > _LINE:
        raise Unusable("za_dlugie")
    return text


def _words(text: str) -> str:
    return re.sub(r"[^\w\s-]+", " ", fold(text)).strip()


def skips(text: str) -> bool:
    """Tell whether the text leaves an optional question unanswered on purpose."""
    return bool(_SKIP.fullmatch(_words(text)))


def says_only(slot: str, text: str) -> bool:
    """Tell whether the text is the bare answer to the question about ``slot`` and holds nothing else.

    Such an answer needs no model; a model that only sees "dla mnie" may well take it for a cry for help.
    """
    words = _words(text[:_LINE])
    if slot in (f.FOR_WHOM, f.URGENCY):
        patterns = (_FOR_ME, _FOR_OTHER) if slot == f.FOR_WHOM else (_NOT_URGENT, _URGENT)
        rest = words
        for pattern in patterns:
            rest = pattern.sub(" ", rest)
        return rest != words and not _FILLERS.sub(" ", rest).strip()
    if slot == f.TOPIC:
        titles = {_words(title) for title in knowledge().topics.values()}
        return words != "przemoc" and (words in knowledge().topics or words in titles)
    if slot == f.CONTACT:
        return bool(_phone(text[:_LINE])) and not any(character.isalpha() for character in text)
    if slot == f.STREET and _STREET_SIGN.match(words):
        return len(words.split()) <= _SHORT
    if slot == f.CONFIRMATION:
        return words in _SENDING_WORDS
    return slot in f.OPTIONAL and skips(text[:_LINE])


def topic(message: Message) -> str:
    """Read the topic from its value, its title, the words for "something else", or the model's best guess."""
    words = _words(_line(message))
    if words in knowledge().topics:
        return words
    for value, title in knowledge().topics.items():
        if words == _words(title):
            return value
    if _OTHER_TOPIC.match(words):
        return f.OTHER_TOPIC
    best = message.guesses[0] if message.guesses else None
    for intent, confidence in (
        (message.intent or "", message.confidence),
        (best.intent if best else "", best.confidence if best else 0.0),
    ):
        if intent in f.TOPIC_OF_INTENT and confidence >= _TOPIC_CONFIDENCE:
            return f.TOPIC_OF_INTENT[intent]
    raise Unusable("temat_nieznany")


def description(message: Message) -> str:
    """Read the description, 10 to 1000 characters with words in them beside the note about a hidden number."""
    text = clean(message.text)
    told = _MASK.sub("", text)
    if len(text) > DESCRIPTION_MAX:
        raise Unusable("opis_za_dlugi")
    if len(told) < DESCRIPTION_MIN or sum(character.isalpha() for character in told) < DESCRIPTION_MIN // 2:
        raise Unusable("ukryte" if MASKED in text else "opis_za_krotki")
    return text


def name(message: Message) -> str:
    """Read how to address the resident: a name, not a sentence."""
    text = _INTRODUCTION.sub("", _line(message)).strip(" .,!:;-")
    letters = sum(character.isalpha() for character in text)
    if letters < 2 or len(text) > _NAME_MAX or len(text.split()) > 5 or any(c.isdigit() for c in text):
        raise Unusable("imie_niejasne")
    if _GREETING.search(fold(text)) or skips(text):
        raise Unusable("imie_niejasne")
    if not all(character.isalpha() or character in " -'’.," for character in text):
        raise Unusable("imie_niejasne")
    return text if text != text.lower() else text.title()


def contact(message: Message) -> str:
    """Read a valid telephone number, kept as Poles write it, or the wish to be answered in the chat."""
    text = _line(message)
    number = _phone(text)
    if number:
        return number
    folded = fold(text)
    digits = sum(character.isdigit() for character in text)
    if "@" in text:
        raise Unusable("kontakt_email")
    if digits < 5 and (_CHAT_WORDS.search(folded) or _NO_PHONE.search(folded) or folded == f.CHAT):
        return f.CHAT
    if digits == 7:
        raise Unusable("telefon_bez_kierunkowego")
    if digits:
        raise Unusable("telefon_niepoprawny")
    raise Unusable("kontakt_niejasny")


def _phone(text: str) -> str | None:
    digits = re.sub(r"\D", "", text)
    # People put 48 or the long-gone 0 in front, or group digits oddly: give the bare digits a try as well.
    spellings = [text]
    if len(digits) == 11 and digits.startswith("48"):
        spellings.append("+" + digits)
    if len(digits) == 10 and digits.startswith("0"):
        spellings.append(digits[1:])
    if len(digits) == 9:
        spellings.append(digits)
    for spelling in spellings:
        for match in phonenumbers.PhoneNumberMatcher(spelling, "PL"):
            formats = phonenumbers.PhoneNumberFormat
            style = formats.NATIONAL if match.number.country_code == _POLAND else formats.INTERNATIONAL
            return str(phonenumbers.format_number(match.number, style))
    return None


def street(message: Message) -> str:
    """Read a street or an osiedle; a flat number and a post code are not needed and not kept."""
    text = _line(message)
    if skips(text):
        return f.SKIPPED
    text = _POSTCODE.sub("", text)
    text = _BARE_FLAT.sub("", _FLAT.sub(lambda match: match["house"].strip(), text))
    text = text.strip(" .,;:-")
    if sum(character.isalpha() for character in text) < 3 or len(text) > _STREET_MAX:
        raise Unusable("ulica_niejasna")
    return text


def for_whom(message: Message) -> str:
    """Read whether the resident asks for help for themselves."""
    words = _words(_line(message))
    if words in f.CHOICES[f.FOR_WHOM]:
        return words
    # "Dla mnie i dzieci" is the resident's own matter, "dla mojej mamy" is not: hence no "mój" among the words
    # that mean the resident.
    if _FOR_ME.search(words):
        return f.MYSELF
    if _FOR_OTHER.search(words):
        return f.SOMEBODY_ELSE
    raise Unusable("dla_kogo_niejasne")


def urgency(message: Message) -> str:
    """Read whether the matter can wait; the question may be answered with yes or no."""
    words = _words(_line(message))
    if _NOT_URGENT.search(words) or words == "nie" or message.intent == "zaprzecz":
        return f.ORDINARY
    if _URGENT.search(words) or words == f.YES or message.intent == "potwierdz":
        return f.URGENT
    raise Unusable("pilnosc_niejasna")


def case_sign(message: Message) -> str:
    """Read a case sign such as MOPS.DŚ.4020.12.2020, in capitals and without blanks around its dots."""
    text = _line(message)
    if skips(text):
        return f.SKIPPED
    match = _OFFICE_SIGN.search(re.sub(r"\s*([./])\s*", r"\1", text).upper())
    if not match:
        raise Unusable("znak_niepoprawny")
    return match.group()


def time(message: Message) -> str:
    """Read a good time to call, kept as the resident wrote it: guessing at dates fails silently."""
    text = _line(message)
    if skips(text):
        return f.SKIPPED
    if len(text) > _TIME_MAX:
        raise Unusable("za_dlugie")
    if not any(character.isalnum() for character in text):
        raise Unusable("pora_niejasna")
    return text


def confirmation(message: Message) -> str:
    """Read the yes that sends the case."""
    words = _words(_line(message))
    if message.intent == "potwierdz" or words in _SENDING_WORDS:
        return f.YES
    raise Unusable("potwierdzenie_niejasne")


def corrected_field(message: Message) -> str:
    """Read which field is to be changed, from its slot name or from words such as "telefon"."""
    words = _words(_line(message))
    if words in f.FIELDS:
        return words
    for field, pattern in _FIELD_WORDS:
        if pattern.search(words):
            return field
    raise Unusable("pole_niejasne")


READ: Final[Mapping[str, Callable[[Message], str]]] = {
    f.TOPIC: topic,
    f.DESCRIPTION: description,
    f.NAME: name,
    f.CONTACT: contact,
    f.STREET: street,
    f.FOR_WHOM: for_whom,
    f.URGENCY: urgency,
    f.CASE_SIGN: case_sign,
    f.TIME: time,
    f.CONFIRMATION: confirmation,
    f.CORRECTED: corrected_field,
}
"""How each slot of the form is read; raises Unusable."""
