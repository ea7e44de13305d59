"""In the middle of the form: the answer to its question, or something that comes first?"""

import pytest

from actions.case_form import fields as f
from actions.case_form.arbitration import is_answer, is_question
from actions.turn import Message


@pytest.mark.parametrize(
    ("slot", "text", "intent", "confidence"),
    [
        (f.DESCRIPTION, "Potrzebuję zasiłku na leki.", "sprawa_zasilek", 0.95),
        (f.DESCRIPTION, "Czy mogę dostać zasiłek na leki?", "sprawa_zasilek", 0.95),
        (f.DESCRIPTION, "Ile to jest pieniędzy na jedno dziecko?", "uprawnienia_kwoty", 0.9),
        (f.DESCRIPTION, "Potrzebuję pomocy przy mamie, która nie wychodzi już z domu", "pomoc", 0.9),
        (f.NAME, "Jakub", "telefon", 0.7),
        (f.NAME, "Anna", "nlu_fallback", 0.3),
        (f.NAME, "Anna", None, 0.0),
        (f.CONTACT, "600 100 200", "telefon", 0.9),
        (f.CONTACT, "mój telefon to 600 100 200", "telefon", 0.9),
        (f.STREET, "ul. Długa", "adres", 0.9),
        (f.STREET, "nie", "zaprzecz", 0.9),
        (f.CASE_SIGN, "MOPS.DŚ.4020.12.2020", "moja_sprawa_status", 0.8),
        (f.TIME, "po 15", "godziny_telefonu", 0.9),
        (f.NAME, "Anuluj", "anuluj", 0.5),
        (f.TOPIC, "zasiłek celowy", "sprawa_zasilek", 0.9),
        (f.FOR_WHOM, "dla mamy", "sprawa_uslugi_opiekuncze", 0.6),
        (f.URGENCY, "tak", "potwierdz", 0.9),
        (f.CONFIRMATION, "nie", "zaprzecz", 0.9),
        (f.CORRECTED, "telefon", "telefon", 0.9),
        # bare answers, whatever the model thinks of them
        (f.FOR_WHOM, "dla mnie", "kryzys", 0.8),
        (f.FOR_WHOM, "to jest dla mojej mamy", "kryzys", 0.8),
        (f.URGENCY, "bardzo pilne!", "kryzys", 0.8),
        (f.URGENCY, "nie, może poczekać", "czas_sprawy", 0.8),
        (f.TOPIC, "Pogrzeb", "kryzys", 0.8),
        (f.CONTACT, "600 100 200", "kryzys", 0.8),
        (f.STREET, "ul. Zimna", "kryzys", 0.8),
        (f.NAME, "Олена Шевченко", "inny_jezyk_uk", 0.9),
        (f.NAME, "John", "inny_jezyk_en", 0.9),
        (f.CASE_SIGN, "nie mam", "kryzys", 0.9),
        (f.FOR_WHOM, "684115000", "swiadczenie_800plus", 0.6),
        (f.CONFIRMATION, "wyślij", "email", 0.6),
        (f.OTHER_TOPIC, "cokolwiek", "podaj_dane", 1.0),
    ],
)
def test_answers(slot: str, text: str, intent: str | None, confidence: float) -> None:
    assert is_answer(Message(text, intent, confidence), slot)


@pytest.mark.parametrize(
    ("slot", "text", "intent", "confidence"),
    [
        (f.DESCRIPTION, "anuluj", "anuluj", 0.95),
        (f.DESCRIPTION, "chcę rozmawiać z człowiekiem", "czlowiek", 0.95),
        (f.DESCRIPTION, "mąż mnie bije i bardzo się boję, że zrobi coś jeszcze gorszego dzieciom", "kryzys", 0.5),
        (f.NAME, "dzień dobry", "powitanie", 0.95),
        (f.NAME, "kto to zobaczy?", "prywatnosc", 0.8),
        (f.NAME, "powtórz", "powtorz", 0.9),
        (f.CONTACT, "a jaki jest wasz numer", "telefon", 0.8),
        (f.CONTACT, "popraw imię", "popraw", 0.9),
        (f.STREET, "gdzie jest kasa", "kasa_gdzie", 0.9),
        (f.STREET, "kasa czynna do której?", "kasa_godziny", 0.9),
        (f.TOPIC, "jak dostać zasiłek?", "sprawa_zasilek", 0.9),
        (f.TOPIC, "jaki jest telefon", "telefon", 0.9),
        (f.FOR_WHOM, "do której czynna kasa", "kasa_godziny", 0.9),
        (f.CONFIRMATION, "popraw telefon", "popraw", 0.9),
        (f.NAME, "добрий день", "inny_jezyk_uk", 0.9),
        (f.NAME, "I do not speak Polish", "inny_jezyk_en", 0.9),
        (f.DESCRIPTION, "як отримати допомогу", "inny_jezyk_uk", 0.9),
        (f.FOR_WHOM, "mąż mnie bije", "kryzys", 0.9),
        (f.URGENCY, "pilne, mama umiera", "kryzys", 0.9),
        (f.TOPIC, "przemoc", "kryzys", 0.9),
        (f.NAME, "nie chcę już żyć", "kryzys", 0.6),
    ],
)
def test_what_comes_first(slot: str, text: str, intent: str, confidence: float) -> None:
    assert not is_answer(Message(text, intent, confidence), slot)


@pytest.mark.parametrize(
    "text", ["Ile to kosztuje", "a jaki telefon", "czy kasa działa", "kasa czynna?", "Do kiedy", "Która godzina"]
)
def test_questions(text: str) -> None:
    assert is_question(text)


@pytest.mark.parametrize("text", ["Jakub", "Czesław", "Kowalska", "Iledefonsa", "kasa czynna", "Cokolwiek"])
def test_no_questions(text: str) -> None:
    assert not is_question(text)
