"""How the assistant sounds: plain, calm, impersonal; and what it must always say."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date

from bot.desk import presentation
from bot.knowledge import Knowledge
from bot.knowledge.names import CRISIS_KINDS, NOTICES

DAY = date(2026, 11, 23)
CARDS = {"card_uk": "uk", "card_ru": "ru", "card_en": "en"}

FORBIDDEN = (
    r"\bpetent",
    r"\(a\)|/a\b|/łam\b|\błam\b",
    r"\w+[aiyueąę]ł(?:em|am|eś|aś)\b",
    r"\bPan(?:a|u|em|i|ią)?\b",
    r"\b(?:Twój|twój|Twoja|twoja|Twoje|twoje|Ciebie|Tobie)\b",
    r"!",
    r"na pewno|gwarant|obiecuj|należy się Panu",
    r"\d{1,2}[.:]\d{2}\s*-\s*\d",
)


def texts(knowledge: Knowledge) -> Iterator[tuple[str, str]]:
    """Every Polish text a resident may read, with its name."""
    for intent in sorted(knowledge.intents):
        answer = knowledge.answer(intent, on=DAY)
        yield intent, "\n".join([answer.text, *(button.title for button in answer.buttons)])
    for name, values in NOTICES.items():
        if name not in CARDS:
            answer = knowledge.notice(name, **dict.fromkeys(values, "X"))
            yield name, "\n".join([answer.text, *(button.title for button in answer.buttons)])
    for kind in (*presentation.ATTACHMENTS, "other"):
        yield kind, knowledge.notice("attachment_declined", kind=kind).text
    for kind in CRISIS_KINDS:
        yield kind, knowledge.crisis_card(kind, on=DAY)


def test_nothing_forbidden_is_said(knowledge: Knowledge) -> None:
    for name, text in texts(knowledge):
        for pattern in FORBIDDEN:
            found = re.search(pattern, text)
            assert not found, f"{name}: {found}"


def test_no_emoji(knowledge: Knowledge) -> None:
    for name, text in texts(knowledge):
        for char in text:
            assert unicodedata.category(char) not in {"So", "Sk", "Cs", "Co"}, f"{name}: {char!r}"


def test_sentences_are_short_and_end(knowledge: Knowledge) -> None:
    for name, text in texts(knowledge):
        assert not re.search(r" {2,}|\.\.|\{|\}| ,| \.", text), name
        for sentence in re.split(r"(?<=[a-ząćęłńóśźż)])[.!?]\s|\n", text):
            assert len(sentence.split()) <= 45, f"{name}: {sentence}"


def test_texts_fit_one_message_of_every_channel(knowledge: Knowledge) -> None:
    for name, text in texts(knowledge):
        assert len(text) < 2500, name
    for name in CARDS:
        assert len(knowledge.notice(name).text) < 2500


def test_the_opening_says_what_answers_and_how_to_reach_a_person(knowledge: Knowledge) -> None:
    opening = knowledge.notice("opening")
    assert "automatyczny asystent (program komputerowy)" in opening.text
    assert "Z pracownikiem można porozmawiać w każdej chwili" in opening.text
    payloads = [button.payload for button in opening.buttons]
    assert "hub:person" in payloads
    assert "/kontakt" in payloads
    assert "/zgloszenie" in payloads


def test_crisis_cards_name_their_numbers_and_that_nobody_watches(knowledge: Knowledge) -> None:
    numbers = {
        "zycie": ["112"],
        "samobojstwo": ["112", "800 70 2222", "116 123", "116 111"],
        "przemoc": ["112", "800 120 002"],
        "dziecko": ["112", "116 111", "800 12 12 12"],
        "zimno": ["112", "800 109 160"],
        "glod": ["112", "68 411 50 00"],
        "ogolny": ["112", "116 123", "116 111", "800 120 002"],
        "nieznany": ["112", "116 123"],
    }
    for kind, expected in numbers.items():
        card = knowledge.crisis_card(kind, on=DAY)
        assert "nikt nie czyta przez całą dobę" in card
        for number in expected:
            assert number in card, kind
        assert card.index("112") < 130


def test_cards_in_other_languages(knowledge: Knowledge) -> None:
    for name in CARDS:
        card = knowledge.notice(name)
        for piece in ("68 411 50 00", "ul. Długa 13", "112", "800 120 002", "116 123", "116 111"):
            assert piece in card.text
        assert [button.payload for button in card.buttons] == ["hub:person"]
    assert re.search("[іїєґ]", knowledge.notice("card_uk").text)
    assert not re.search("[іїєґ]", knowledge.notice("card_ru").text)
    assert not re.search("[ыэъё]", knowledge.notice("card_uk").text)


def test_notices_use_their_values(knowledge: Knowledge) -> None:
    assert "Miejsce w kolejce: 3." in knowledge.notice("person_open", place=3).text
    assert "kolejce" not in knowledge.notice("person_open", place=None).text
    assert "jutro o 7:30" in knowledge.notice("person_closed", next_open="jutro o 7:30").text
    assert "Anna" in knowledge.notice("staff_joined", name="Anna").text
    assert knowledge.notice("staff_joined", name="").text == "Teraz odpowiada pracownik MOPS."
    masked = knowledge.notice("masked", kinds=("pesel", "account", "payment_card")).text
    assert "numer PESEL, numer konta bankowego i numer karty płatniczej" in masked
    assert "numer dowodu" in knowledge.notice("masked", kinds=("id_card",)).text
    assert "ePUAP" in knowledge.notice("attachment_declined", kind="photo").text
    assert "ulicy" in knowledge.notice("attachment_declined", kind="location").text
    assert "tylko wiadomości tekstowe" in knowledge.notice("attachment_declined", kind="other").text
    assert "Telegram" in knowledge.notice("intake_notice", channel="telegram").text
    assert "Telegram" not in knowledge.notice("intake_notice", channel="web").text
    assert "to nie jest wniosek" in knowledge.notice("intake_notice", channel="web").text
    sent = knowledge.notice("case_sent", number="A7-123", next_step="").text
    assert "Numer zgłoszenia: A7-123." in sent
    assert "\n\n" not in sent


def test_privacy_names_what_the_law_asks_for(knowledge: Knowledge) -> None:
    text = knowledge.answer("prywatnosc", on=DAY).text
    for piece in (
        "Administrator danych",
        "inspektora ochrony danych (IOD): asystent nie ma tej informacji",
        "Cel:",
        "art. 6 ust. 1 lit. c i e RODO",
        "art. 9 RODO",
        "Telegram",
        "Okres przechowywania",
        "sprostowanie",
        "UODO",
        "dobrowolne",
    ):
        assert piece in text
