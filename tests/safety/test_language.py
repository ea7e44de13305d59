"""Language detection: sure or silent."""

import json
from pathlib import Path

import pytest

from bot.safety.folding import fold
from bot.safety.language import detect

HERE = Path(__file__).parent

UKRAINIAN = """добрий день
Доброго дня, чи можна українською?
дякую
де ви знаходитесь
мені потрібна допомога
підкажіть будь ласка телефон
я не розумію польською
коли буде виплата
чоловік мене б'є
як отримати довідку про інвалідність""".splitlines()

RUSSIAN = """привет
здравствуйте
скажите пожалуйста где вы находитесь
помогите
мне нужна помощь с документами
спасибо
как оформить пособие
вы работаете сегодня
я из Украины, нужна консультация
можно по-русски""".splitlines()

ENGLISH = """hello, i need help
help me
do you speak english
English please
english
I don't understand Polish
can I come to the office in person?
where is the office
what are your opening hours
phone number please
is mops open today
my husband beats me
i lost my job
please help, no food for my children
thank you
good morning, I have a question
how to get a disability card for my son
I am from Ukraine
Hello, I live in Zielona Góra. Where can I pay?
can someone call me back
i would like to talk to a person
when do I get my money
what documents do I need""".splitlines()

UNSURE = ["", "ok", "hi", "stop", "hello", "info", "super", "sorry", "bye", "call center", "online", "no", "to my",
          "PIT", "12:30", "?", "🙂", "a", "no to pa", "mam na imię Олена", "bot", "menu", "test",
          "reset", "mops zielona gora", "fax", "e-mail", "link do epuap", "dobryj den potribna dopomoha"]  # fmt: skip


@pytest.mark.parametrize("text", UKRAINIAN)
def test_ukrainian(text: str) -> None:
    assert detect(text) == "uk"


@pytest.mark.parametrize("text", RUSSIAN)
def test_russian(text: str) -> None:
    assert detect(text) == "ru"


@pytest.mark.parametrize("text", ENGLISH)
def test_english(text: str) -> None:
    assert detect(text) == "en"


@pytest.mark.parametrize("text", UNSURE)
def test_silent_when_unsure(text: str) -> None:
    assert detect(text) is None


def test_polish_is_never_taken_for_another_language() -> None:
    """Also without diacritics and in capitals: half of the residents write so."""
    polish = [
        line.split("\t")[0]
        for name in ("crisis_messages.tsv", "lookalikes.tsv")
        for line in (HERE / name).read_text(encoding="utf-8").splitlines()
    ]
    assert len(polish) > 500
    for spelled in (str, fold, str.upper):
        assert not [(text, detect(spelled(text))) for text in polish if detect(spelled(text))]


def test_short_polish_without_diacritics() -> None:
    short = json.loads((HERE / "short_polish.json").read_text(encoding="utf-8"))
    assert len(short) >= 100
    assert not [(text, detect(text)) for text in short if detect(text)]


def test_long_messages() -> None:
    assert detect("nie wiem do kogo napisac " * 400) is None
    assert detect("I do not know who to write to " * 300) == "en"
