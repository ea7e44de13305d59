"""What residents write, and what a case keeps of it."""

from contextlib import suppress

import pytest

from actions.case_form import fields as f
from actions.case_form.questions import FAULTS
from actions.case_form.values import READ, Unusable, clean
from actions.turn import Guess, Message


def read(slot: str, text: str, intent: str | None = None, confidence: float = 0.9) -> str:
    guesses = (Guess(intent, confidence),) if intent and intent != "nlu_fallback" else ()
    return READ[slot](Message(text, intent, confidence, guesses))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("684115000", "68 411 50 00"),
        ("68 411 50 00", "68 411 50 00"),
        ("(68) 411-50-00", "68 411 50 00"),
        ("068 411 50 00", "68 411 50 00"),
        ("600100200", "600 100 200"),
        ("600-100-200", "600 100 200"),
        ("+48 600 100 200", "600 100 200"),
        ("0048600100200", "600 100 200"),
        ("48600100200", "600 100 200"),
        ("6 0 0 1 0 0 2 0 0", "600 100 200"),
        ("proszę dzwonić na 600 100 200 po 15", "600 100 200"),
        ("+380 44 123 4567", "+380 44 123 4567"),
        ("czat", "czat"),
        ("tutaj", "czat"),
        ("Tu, na czacie 🙂", "czat"),
        ("odpowiedz tutaj na czacie", "czat"),
        ("nie mam telefonu", "czat"),
        ("nie chcę podawać numeru", "czat"),
        ("na telegramie", "czat"),
    ],
)
def test_contact(text: str, kept: str) -> None:
    assert read(f.CONTACT, text) == kept


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("600 100", "telefon_niepoprawny"),
        ("411 50 00", "telefon_bez_kierunkowego"),
        ("000 000 000", "telefon_niepoprawny"),
        ("600 100 200 300 400", "telefon_niepoprawny"),
        ("jan.kowalski@example.com", "kontakt_email"),
        ("telefon", "kontakt_niejasny"),
        ("😀", "kontakt_niejasny"),
        ("tak", "kontakt_niejasny"),
        ("[ukryto: numer PESEL]", "ukryte"),
        ("x" * 10_000, "za_dlugie"),
    ],
)
def test_contact_faults(text: str, fault: str) -> None:
    with pytest.raises(Unusable) as caught:
        read(f.CONTACT, text)
    assert caught.value.fault == fault


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("anna", "Anna"),
        ("ANNA", "ANNA"),
        ("Pani Anna", "Pani Anna"),
        ("nazywam się Jan Kowalski", "Jan Kowalski"),
        ("Dzień dobry, mam na imię Jakub", "Jakub"),
        ("proszę mówić do mnie Basia", "Basia"),
        ("Anna Nowak-Zielińska 😊", "Anna Nowak-Zielińska"),
        ("O'Connor", "O'Connor"),
        ("Олена", "Олена"),
        ("pan Czesław.", "pan Czesław"),
    ],
)
def test_name(text: str, kept: str) -> None:
    assert read(f.NAME, text) == kept


@pytest.mark.parametrize(
    "text",
    ["", "a", "😀😀😀", "12345", "600 100 200", "dzień dobry", "nie", "nie chcę podawać", "...", "x" * 61]
    + ["chcę się dowiedzieć kiedy będzie mój zasiłek", "<script>alert(1)</script>"],
)
def test_name_faults(text: str) -> None:
    with pytest.raises(Unusable) as caught:
        read(f.NAME, text)
    assert caught.value.fault == "imie_niejasne"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("ul. Długa 13/4", "ul. Długa 13"),
        ("Długa 13 m. 4", "Długa 13"),
        ("Długa 13 m 4", "Długa 13"),
        ("Długa 13a/4b", "Długa 13a"),
        ("ulica 3 Maja 5 mieszkanie 12", "ulica 3 Maja 5"),
        ("Osiedle Pomorskie, lok. 7", "Osiedle Pomorskie"),
        ("Długa 13/4, 65-401 Zielona Góra", "Długa 13"),
        ("os. Śląskie", "os. Śląskie"),
        ("pomiń", "-"),
        ("-", "-"),
        ("nie chcę podawać", "-"),
    ],
)
def test_street_keeps_no_flat_number(text: str, kept: str) -> None:
    assert read(f.STREET, text) == kept
    assert read(f.STREET, kept) == kept


@pytest.mark.parametrize("text", ["13/4", "😀", "65-401", "ab", "x" * 81])
def test_street_faults(text: str) -> None:
    with pytest.raises(Unusable) as caught:
        read(f.STREET, text)
    assert caught.value.fault == "ulica_niejasna"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("MOPS.DŚ.4020.12.2020", "MOPS.DŚ.4020.12.2020"),
        ("mops.ds.4020.12.2020", "MOPS.DS.4020.12.2020"),
        ("mój znak to MOPS. DŚ. 4020. 12. 2020", "MOPS.DŚ.4020.12.2020"),
        ("DŚ.4020.12.2020.AB", "DŚ.4020.12.2020.AB"),
        ("nie mam", "-"),
        ("brak", "-"),
        ("nie wiem", "-"),
        ("-", "-"),
    ],
)
def test_case_sign(text: str, kept: str) -> None:
    assert read(f.CASE_SIGN, text) == kept


@pytest.mark.parametrize("text", ["12345", "4020.12.2020", "MOPS", "16.03.2020", "coś tam było", "600 100 200", "😀"])
def test_case_sign_faults(text: str) -> None:
    with pytest.raises(Unusable) as caught:
        read(f.CASE_SIGN, text)
    assert caught.value.fault == "znak_niepoprawny"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("jutro po 15", "jutro po 15"),
        ("we wtorek rano  😊", "we wtorek rano"),
        ("obojętnie", "-"),
        ("wszystko jedno", "-"),
    ],
)
def test_time_is_kept_as_written(text: str, kept: str) -> None:
    assert read(f.TIME, text) == kept


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("dla mnie", "ja"),
        ("ja", "ja"),
        ("dla siebie", "ja"),
        ("dla mnie i dzieci", "ja"),
        ("dla mnie, mam 70 lat", "ja"),
        ("dla mamy", "inna_osoba"),
        ("dla mojej mamy", "inna_osoba"),
        ("nie dla mnie, dla sąsiada", "inna_osoba"),
        ("inna_osoba", "inna_osoba"),
        ("dla kogoś innego", "inna_osoba"),
    ],
)
def test_for_whom(text: str, value: str) -> None:
    assert read(f.FOR_WHOM, text) == value


@pytest.mark.parametrize(
    ("text", "intent", "value"),
    [
        ("pilna", None, "pilna"),
        ("bardzo pilne!", None, "pilna"),
        ("tak", "potwierdz", "pilna"),
        ("no pewnie", "potwierdz", "pilna"),
        ("nie może czekać", None, "pilna"),
        ("nie", "zaprzecz", "zwykla"),
        ("niepilna", None, "zwykla"),
        ("nie jest pilna", None, "zwykla"),
        ("może poczekać", None, "zwykla"),
        ("zwykła", None, "zwykla"),
    ],
)
def test_urgency(text: str, intent: str | None, value: str) -> None:
    assert read(f.URGENCY, text, intent) == value


@pytest.mark.parametrize(
    ("text", "intent", "confidence", "value"),
    [
        ("dps", None, 0.0, "dps"),
        ("Usługi opiekuńcze", None, 0.0, "uslugi_opiekuncze"),
        ("uslugi opiekuncze", "nlu_fallback", 0.3, "uslugi_opiekuncze"),
        ("potrzebuję na leki", "sprawa_zasilek", 0.8, "zasilek"),
        ("karta na auto", "zespol_karta_parkingowa", 0.7, "karta_parkingowa"),
        ("inna sprawa", None, 0.0, "inne"),
        ("coś innego", None, 0.0, "inne"),
    ],
)
def test_topic(text: str, intent: str | None, confidence: float, value: str) -> None:
    assert read(f.TOPIC, text, intent, confidence) == value


def test_an_unsure_guess_is_good_enough_for_a_topic() -> None:
    message = Message("na leki by się przydało", "nlu_fallback", 0.45, (Guess("sprawa_zasilek", 0.4),))
    assert READ[f.TOPIC](message) == "zasilek"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("pomoc", "opis_za_krotki"),
        ("😀" * 50, "opis_za_krotki"),
        ("1234567890 123", "opis_za_krotki"),
        ("[ukryto: numer PESEL]", "ukryte"),
        ("długi opis " * 1_000, "opis_za_dlugi"),
    ],
)
def test_description_faults(text: str, fault: str) -> None:
    with pytest.raises(Unusable) as caught:
        read(f.DESCRIPTION, text)
    assert caught.value.fault == fault


def test_a_description_stands_beside_a_hidden_number() -> None:
    text = "Mój PESEL to [ukryto: numer PESEL], potrzebuję pomocy w zakupach."
    assert read(f.DESCRIPTION, text) == text


def test_a_description_may_have_a_thousand_characters() -> None:
    assert len(read(f.DESCRIPTION, "a" * 1000)) == 1000
    with pytest.raises(Unusable):
        read(f.DESCRIPTION, "a" * 1001)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("telefon", "kontakt"),
        ("popraw numer telefonu", "kontakt"),
        ("numer sprawy", "znak_sprawy"),
        ("zmień znak sprawy", "znak_sprawy"),
        ("dla kogo", "dla_kogo"),
        ("chcę zmienić ulicę", "ulica"),
        ("imię", "imie"),
        ("opis", "opis"),
        ("godzinę", "pora"),
        ("pilność", "pilnosc"),
        ("temat", "temat"),
        ("kontakt", "kontakt"),
    ],
)
def test_corrected_field(text: str, field: str) -> None:
    assert read(f.CORRECTED, text) == field


def test_every_fault_is_explained() -> None:
    """Whatever is wrong with an answer, the resident is told in words."""
    texts = ["", "?", "😀", "1", "x" * 300, "x" * 10_000, "[ukryto: numer PESEL]", "a@b.pl", "411 50 00", "asdf"]
    faults = set()
    for slot in READ:
        for text in texts:
            with suppress(Unusable):
                read(slot, text, "nlu_fallback", 0.1)
                continue
            with pytest.raises(Unusable) as caught:
                read(slot, text, "nlu_fallback", 0.1)
            faults.add(caught.value.fault)
    assert faults == set(FAULTS)


def test_clean_removes_what_nobody_sees() -> None:
    assert clean(" A\u200bn\u202ena\n\t👍🏽 K. ") == "Anna K."
