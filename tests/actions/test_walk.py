"""Whole intakes through the real engine: turn channel, model, rules, form and actions."""

from typing import Any, Self

import httpx
import pytest

from tests.support.processes import SharedEngine

pytestmark = pytest.mark.engine


class Talk:
    """One resident's conversation; the dialogue state travels with each turn, as it does in the hub."""

    def __init__(self, engine: SharedEngine, name: str, channel: str = "web") -> None:
        self.url = f"{engine.url}/webhooks/mops/turn"
        self.headers = {"Authorization": f"Bearer {engine.TOKEN}"}
        self.name, self.channel = name, channel
        self.tracker: str | None = None
        self.form: str | None = None
        self.text = ""
        self.buttons: list[str] = []
        self.commands: list[dict[str, Any]] = []

    def say(self, *messages: str, interrupt: bool = False) -> Self:
        """Send messages one after another; those that begin with "/" are buttons."""
        for message in messages:
            kind = "payload" if message.startswith("/") and message != "//restart" else "text"
            request = {
                kind: message,
                "sender": f"{self.name}:1",
                "tracker": self.tracker,
                "interrupt": interrupt,
                "metadata": {"channel": self.channel},
            }
            answer = httpx.post(self.url, json=request, headers=self.headers, timeout=30)
            assert answer.status_code == 200, (message, answer.text)
            turn = answer.json()
            self.tracker, self.form = turn["tracker"], turn["active_form"]
            self.text = "\n".join(reply["text"] for reply in turn["replies"] if reply["text"])
            self.buttons = [button["payload"] for reply in turn["replies"] for button in reply["buttons"]]
            self.commands = [reply["custom"]["mops"] for reply in turn["replies"] if "mops" in reply["custom"]]
        return self


def test_the_main_way(shared_engine: SharedEngine) -> None:
    talk = Talk(shared_engine, "main").say("chcę złożyć zgłoszenie")
    assert "to nie jest wniosek" in talk.text
    talk.say('/podaj_dane{"grupa":"opieka"}', '/podaj_dane{"temat":"uslugi_opiekuncze"}')
    talk.say("Mama potrzebuje opieki w domu trzy razy w tygodniu.", "Anna")
    talk.say("jaki jest numer telefonu do MOPS?")
    assert "68 411 50 00" in talk.text
    assert "Wracamy do zgłoszenia" in talk.text
    talk.say("600 100")
    assert "dziewięć cyfr" in talk.text
    talk.say("600 100 200", "ul. Długa 13/4", "dla mamy", "nie", "nie mam", "po 15")
    assert "Ulica lub osiedle: ul. Długa 13\n" in talk.text
    talk.say("popraw imię na Barbara", "/popraw", '/podaj_dane{"pole":"ulica"}', "osiedle Pomorskie")
    assert "/potwierdz" in talk.buttons
    talk.say("/potwierdz")
    assert talk.form is None
    assert talk.commands == [
        {
            "case": {
                "temat": "uslugi_opiekuncze",
                "opis": "Mama potrzebuje opieki w domu trzy razy w tygodniu.",
                "imie": "Barbara",
                "kontakt": "600 100 200",
                "ulica": "osiedle Pomorskie",
                "dla_kogo": "inna_osoba",
                "pilnosc": "zwykla",
                "pora": "po 15",
            }
        }
    ]
    talk.say('/podaj_dane{"pole":"ulica"}')
    assert "nie jest już aktualne" in talk.text


def test_telegram_is_asked_for_less(shared_engine: SharedEngine) -> None:
    talk = Talk(shared_engine, "telegram", "telegram").say('/zgloszenie{"temat":"dps"}')
    assert "Telegram" in talk.text
    talk.say("Szukamy miejsca dla taty.", "Jan", "tutaj", '/podaj_dane{"dla_kogo":"ja"}', "pilne")
    assert "Proszę sprawdzić zgłoszenie" in talk.text
    assert talk.say("tak").commands[0]["case"].keys() == {"temat", "opis", "imie", "kontakt", "dla_kogo", "pilnosc"}


def test_left_and_taken_up_again(shared_engine: SharedEngine) -> None:
    talk = Talk(shared_engine, "back").say('/zgloszenie{"temat":"kdr"}', "Chcemy wyrobić kartę dla dzieci.")
    talk.say("mąż mnie bije")
    assert talk.commands == [{"crisis": "ogolny"}]
    assert talk.form is None
    talk.say("/zgloszenie")
    assert "wpisane dane są zachowane" in talk.text
    talk.say("dzień dobry", "zgłoszenie", "powtórz")
    assert "Wystarczy imię" in talk.text
    talk.say("Ala", interrupt=True).say("/zgloszenie", "Ala", "proszę połączyć mnie z pracownikiem")
    assert talk.commands == [{"handoff": "person"}]
    assert talk.form is None


def test_cancelling_leaves_nothing_behind(shared_engine: SharedEngine) -> None:
    talk = Talk(shared_engine, "cancel").say('/zgloszenie{"temat":"kdr"}', "Chcemy wyrobić kartę dla dzieci.")
    talk.say("anuluj")
    assert "usunięte" in talk.text
    assert talk.form is None
    talk.say("/zgloszenie")
    assert "Czego dotyczy sprawa?" in talk.text


def test_two_misses_in_a_row(shared_engine: SharedEngine) -> None:
    # What the model makes of gibberish changes with its data; that nothing was understood is what counts here.
    talk = Talk(shared_engine, "misses").say("/nlu_fallback")
    first = talk.commands
    talk.say("/nlu_fallback")
    assert [first, talk.commands] == [[{"missed": 1}], [{"missed": 2}]]
    assert talk.buttons[0] == "hub:person"
    assert talk.say("tak").commands == [{"handoff": "person"}]


@pytest.mark.parametrize("text", ["😀" * 200, "restart", "//restart", "bardzo długi opis " * 250, ".", "null", "{}"])
def test_nothing_a_resident_types_breaks_the_form(shared_engine: SharedEngine, text: str) -> None:
    talk = Talk(shared_engine, "odd").say('/zgloszenie{"temat":"inne"}', text)
    assert talk.form == "case_form"
    assert talk.text
