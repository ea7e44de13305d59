"""Fixtures for tests of the engine's own code. They run in the engine's environment:

engine/.venv/bin/python -m pytest tests/engine_unit
"""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
os.environ["RASA_TELEMETRY_ENABLED"] = "false"
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import pytest
from hypothesis import settings

# A busy machine is no fault of what is tested.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# The gateway's environment has no Rasa; there these tests do not exist.
collect_ignore_glob = [] if find_spec("rasa") else ["test_*.py"]

if find_spec("rasa"):
    from engine.polish.classifier import PolishIntentClassifier
    from engine.polish.model import IntentModel

EXAMPLES = {
    "telefon": [
        "jaki jest numer telefonu",
        "podajcie telefon do ośrodka",
        "na jaki numer zadzwonić",
        "potrzebuję telefonu do sekretariatu",
        "telefon kontaktowy",
        "czy mogę prosić o numer telefonu",
        "pod jaki numer dzwonić",
    ],
    "kasa_godziny": [
        "w jakich godzinach czynna jest kasa",
        "kiedy otwarta jest kasa",
        "godziny otwarcia kasy",
        "od której czynna kasa",
        "do której można odebrać pieniądze w kasie",
        "o której zamykają kasę",
        "kasa jest czynna w jakich godzinach",
    ],
    "sprawa_zasilek": [
        "chcę dostać zasiłek",
        "jak złożyć wniosek o zasiłek celowy",
        "potrzebuję zapomogi na leki",
        "czy należy mi się zasiłek okresowy",
        "jak ubiegać się o zasiłek stały",
        "brakuje mi pieniędzy, gdzie po zasiłek",
        "zasiłki dla rodziny",
    ],
    "anuluj": [
        "anuluj",
        "rezygnuję",
        "nie chcę już składać zgłoszenia",
        "proszę anulować zgłoszenie",
        "przerwij",
        "jednak rezygnuję ze zgłoszenia",
        "anuluj to",
    ],
}


@pytest.fixture(scope="session")
def examples() -> dict[str, list[str]]:
    """Training messages by intent."""
    return EXAMPLES


@pytest.fixture(scope="session")
def model(examples: dict[str, list[str]]) -> IntentModel:
    """A small trained model."""
    texts = [text for group in examples.values() for text in group]
    intents = [intent for intent, group in examples.items() for _ in group]
    return IntentModel.fit(texts, intents, PolishIntentClassifier.get_default_config())
