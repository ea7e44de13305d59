"""The words of the case form: its questions, the explanations of faults, and the summary."""

from collections.abc import Mapping
from typing import Any, Final

from actions.case_form import fields as f
from actions.case_form.values import DESCRIPTION_MAX
from actions.said import knowledge, office_day
from bot.knowledge import Answer, Button

SKIP_TITLE: Final = "Pomiń"
SEND: Final = Button("Wyślij zgłoszenie", "/potwierdz")
CORRECT: Final = Button("Popraw", "/popraw")
CANCEL: Final = Button("Anuluj", "/anuluj")

_PROMPTS: Final[Mapping[str, str]] = {
    f.TOPIC: "Czego dotyczy sprawa? Można wybrać z listy albo napisać własnymi słowami.",
    f.DESCRIPTION: "Proszę krótko opisać, jaka pomoc jest potrzebna. Wystarczą dwa, trzy zdania,"
    " bez numeru PESEL, dochodów i informacji o chorobie.",
    f.NAME: "Jak się zwracać w odpowiedzi? Wystarczy imię.",
    f.CONTACT: "Jak pracownik ma odpowiedzieć? Proszę podać numer telefonu albo wybrać odpowiedź tutaj, na czacie.",
    f.STREET: "Jaka to ulica lub osiedle? Pracownicy socjalni mają przydzielone ulice."
    " Numer mieszkania nie jest potrzebny.",
    f.FOR_WHOM: "Dla kogo jest ta pomoc?",
    f.URGENCY: "Czy sprawa jest pilna? Pilna to taka, która nie może czekać: na przykład nie ma jedzenia,"
    " leków albo dachu nad głową.",
    f.CASE_SIGN: "Czy jest już znak sprawy? To oznaczenie z pisma, na przykład MOPS.DŚ.4020.12.2020."
    " Jeśli go nie ma, można pominąć to pytanie.",
    f.TIME: "Kiedy najlepiej zadzwonić? Na przykład „po 15” albo „we wtorek rano”. Można pominąć to pytanie.",
    f.CORRECTED: "Co poprawić?",
}

_ABOUT_VIOLENCE = (
    "Proszę napisać jednym zdaniem, jaka pomoc jest potrzebna, na przykład „proszę o rozmowę z pracownikiem”."
    " Nie trzeba opisywać, co się stało."
)

FAULTS: Final[Mapping[str, str]] = {
    "ukryte": "Tych danych nie trzeba podawać i nie zostały zapisane.",
    "za_dlugie": "Ta odpowiedź jest za długa. Wystarczy kilka słów.",
    "temat_nieznany": "Nie udało się dopasować tematu. Proszę wybrać z listy. Jeśli nic nie pasuje, jest też"
    " „Inna sprawa”.",
    "opis_za_krotki": "Ten opis jest za krótki, aby pracownik mógł się przygotować. Proszę napisać choć jedno"
    " zdanie o tym, jaka pomoc jest potrzebna.",
    "opis_za_dlugi": f"Ten opis jest za długi: może mieć najwyżej {DESCRIPTION_MAX} znaków. Proszę napisać"
    " tylko najważniejsze rzeczy, resztę można opowiedzieć pracownikowi.",
    "imie_niejasne": "Proszę napisać samo imię, na przykład „Anna” albo „pan Jan”.",
    "kontakt_email": "W zgłoszeniu można podać tylko numer telefonu albo wybrać odpowiedź na czacie.",
    "kontakt_niejasny": "Proszę podać numer telefonu, na przykład 600 100 200, albo wybrać odpowiedź na czacie.",
    "telefon_bez_kierunkowego": "Brakuje numeru kierunkowego. Numer stacjonarny proszę podać razem z nim:"
    " w Zielonej Górze zaczyna się od 68.",
    "telefon_niepoprawny": "To nie jest pełny numer telefonu. Polski numer ma dziewięć cyfr, na przykład"
    " 600 100 200. Numer zagraniczny proszę zacząć od znaku + i kodu kraju.",
    "ulica_niejasna": "Proszę podać samą nazwę ulicy lub osiedla, na przykład „ul. Długa”. Można też pominąć"
    " to pytanie.",
    "dla_kogo_niejasne": "Nie rozumiem tej odpowiedzi. Proszę wybrać, dla kogo jest ta pomoc.",
    "pilnosc_niejasna": "Nie rozumiem tej odpowiedzi. Proszę wybrać: zwykła czy pilna.",
    "znak_niepoprawny": "To nie wygląda na znak sprawy. Jest na pismach z MOPS i wygląda na przykład tak:"
    " MOPS.DŚ.4020.12.2020. Jeśli go nie ma, można pominąć to pytanie.",
    "pora_niejasna": "Proszę napisać, kiedy zadzwonić, na przykład „po 15”, albo pominąć to pytanie.",
    "potwierdzenie_niejasne": "Zgłoszenie nie jest jeszcze wysłane. Proszę wybrać: wysłać, poprawić czy anulować.",
    "pole_niejasne": "Nie rozumiem, co poprawić. Proszę wybrać z listy.",
}
"""What the resident is told about each fault: what is wrong and how to put it right, in one go."""


def value_button(title: str, slot: str, value: str) -> Button:
    """Make a button that fills one slot."""
    return Button(title, f'/podaj_dane{{"{slot}":"{value}"}}')


def notice(channel: str) -> Answer:
    """Return what has to be said before the first question: no application, and what happens to the data."""
    return knowledge().notice("intake_notice", channel=channel)


def question(slot: str, slots: Mapping[str, Any], channel: str) -> Answer:
    """Return the question about one slot, with its buttons."""
    if slot == f.CONFIRMATION:
        return Answer(summary(slots, channel), (SEND, CORRECT, CANCEL))
    text = _PROMPTS[slot]
    if slot == f.TOPIC and slots.get(f.TOPIC_GROUP) in f.TOPIC_GROUPS:
        text = "Proszę wybrać temat:"
    elif slot == f.DESCRIPTION and slots.get(f.TOPIC) == "przemoc":
        text = _ABOUT_VIOLENCE
    elif slot == f.URGENCY:
        emergency = knowledge().fact("numer_alarmowy", office_day())
        if emergency is not None:
            text += f" Jeśli zagrożone jest życie lub zdrowie, proszę od razu dzwonić: {emergency.value}."
    return Answer(text, buttons(slot, slots, channel))


def explanation(fault: str, slot: str, slots: Mapping[str, Any], channel: str) -> Answer:
    """Return what to say instead of the question when the answer could not be used."""
    text = FAULTS[fault]
    if fault == "ukryte" and slot != f.CONFIRMATION:
        text = f"{text} {question(slot, slots, channel).text}"
    return Answer(text, buttons(slot, slots, channel))


def buttons(slot: str, slots: Mapping[str, Any], channel: str) -> tuple[Button, ...]:
    """Return the buttons under the question about one slot."""
    if slot == f.CONFIRMATION:
        return (SEND, CORRECT, CANCEL)
    if slot == f.TOPIC:
        return _topic_buttons(slots.get(f.TOPIC_GROUP))
    if slot == f.CONTACT:
        return (value_button("Odpowiedź tutaj, na czacie", f.CONTACT, f.CHAT),)
    if slot == f.CORRECTED:
        return (
            *(value_button(f.TITLES[field], f.CORRECTED, field) for field in f.fields_for(channel, slots)),
            value_button("Nic nie zmieniaj", f.CORRECTED, f.SKIPPED),
        )
    if slot in f.OPTIONAL:
        return (value_button(SKIP_TITLE, slot, f.SKIPPED),)
    return tuple(value_button(title, slot, value) for value, title in f.CHOICES.get(slot, {}).items())


def _topic_buttons(group: object) -> tuple[Button, ...]:
    titles = knowledge().topics
    if group in f.TOPIC_GROUPS:
        _, topics = f.TOPIC_GROUPS[str(group)]
        return (
            *(value_button(titles[topic], f.TOPIC, topic) for topic in topics if topic in titles),
            value_button("Inny temat", f.TOPIC_GROUP, f.SKIPPED),
        )
    return tuple(
        value_button(title, f.TOPIC_GROUP, value) if len(topics) > 1 else value_button(title, f.TOPIC, topics[0])
        for value, (title, topics) in f.TOPIC_GROUPS.items()
    )


def topic_title(slots: Mapping[str, Any]) -> str:
    """Return the topic in words."""
    value = str(slots.get(f.TOPIC))
    return knowledge().topics.get(value, value)


def summary(slots: Mapping[str, Any], channel: str) -> str:
    """Return everything the case will hold, for the resident to check before it is sent."""
    lines = ["Proszę sprawdzić zgłoszenie:"]
    lines += [f"{f.TITLES[field]}: {_in_words(field, slots)}" for field in f.fields_for(channel, slots)]
    lines.append("Czy wysłać je pracownikom? To nie jest wniosek.")
    return "\n".join(lines)


def _in_words(field: str, slots: Mapping[str, Any]) -> str:
    value = str(slots.get(field) or f.SKIPPED)
    if field == f.TOPIC:
        return topic_title(slots)
    if value == f.SKIPPED:
        return "nie podano"
    if field == f.CONTACT:
        return "odpowiedź tutaj, na czacie" if value == f.CHAT else f"telefon {value}"
    if field in f.CHOICES:
        return f.CHOICES[field][value].lower()
    return value
