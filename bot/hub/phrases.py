"""Words and commands that the hub itself must understand, because they have to work without the engine."""

import re

from bot.safety.folding import fold

PERSON = "hub:person"
ASSISTANT = "hub:assistant"
ANSWER_ANYWAY = "hub:answer:"
"""Followed by the sequence number of a message that was no emergency after all."""

ERASE_ASK = "hub:erase-ask"
ERASE = "hub:erase"
ERASE_NO = "hub:erase-no"
EXPORT = "hub:export"

RIGHTS = {"moje_dane_usun": "erase", "moje_dane_wglad": "export"}
"""Intents of those who ask for their data, and what the hub then does, whoever answers at the time."""

BACK_TO_FORM = "/zgloszenie"

# Telegram's commands. What they mean is fixed here; a resident's own text never becomes a payload.
COMMANDS = {
    "start": "hub:opening",
    "pomoc": "/pomoc",
    "help": "/pomoc",
    "kontakt": "/kontakt",
    "kasa": "/kasa_godziny",
    "zgloszenie": "/zgloszenie",
    "czlowiek": PERSON,
    "asystent": ASSISTANT,
    "prywatnosc": "/prywatnosc",
    "privacy": "/prywatnosc",
    "usun": ERASE_ASK,
}

TITLES = {
    "czlowiek": "Porozmawiaj z pracownikiem",
    "asystent": "Wróć do asystenta",
    "prywatnosc": "Ochrona danych",
}
"""What the widget's own buttons say, for readers of the conversation."""

_BACK = re.compile(
    r"\b(?:wroc\w*|wraca\w*|powrot\w*|przywroc\w*|wlacz\w*|przelacz\w*|chce|daj\w*|poprosze|prosze)\b.{0,30}"
    r"\b(?:asystent\w*|bot|bota|botem|automat\w*|program\w*)\b"
)


# Ukrainian, Russian and English: the model understands Polish only, and asking for a person must always work.
_PERSON_ABROAD = re.compile(
    r"\b(?:talk|speak|chat|connect|call|contact)\w*\b.{0,30}"
    r"\b(?:human|person|people|someone|somebody|staff|agent|employee|worker|operator|official|clerk)\b"
    r"|\b(?:human|real person|live agent|a person)\b"
    r"|(?:поговор|розмов|говорит|зв.?яж|зв.?яз|связ|соедин|з.?єдна|поклич|позов|хочу|нужен|нужна|потріб|можна|можно|дайте)"
    r".{0,40}(?:людин|людьм|человек|працівник|сотрудник|работник|оператор|консультант|спеціаліст|специалист)",
    re.IGNORECASE,
)


def asks_for_person_abroad(text: str) -> bool:
    """Tell whether a message that is not in Polish asks for a person."""
    return bool(_PERSON_ABROAD.search(text[:500]))


def calls_assistant_back(text: str) -> bool:
    """Tell whether a resident who waits for a person wants the assistant instead."""
    folded = fold(text)
    return folded.strip(" .!") in ("asystent", "asystenta", "bot", "bota") or bool(_BACK.search(folded[:300]))
