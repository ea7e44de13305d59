"""Answers that serve more than one question.

Whether somebody asks "czy otwarte", "można przyjść" or "do kiedy zamknięte" is often hard to tell, and often need not
be told: the answer to the first tells the rest too. Where no single intent is sure enough, an answer that serves all
that the message probably means is better than asking back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Optional

from engine import intents

# Violence and homelessness have numbers of their own to call, which no other answer tells.
_MATTERS = frozenset(name for name in intents.ANSWERS if name.startswith("sprawa_")) - {
    "sprawa_przemoc",
    "sprawa_bezdomnosc",
}

# The answer to the first tells what the others ask for; tests/knowledge/test_serving.py compares the facts in them.
SERVES: dict[str, frozenset[str]] = {
    "obsluga_osobista": frozenset({"czy_otwarte", "do_kiedy", "kasa_godziny"}),
    "czy_otwarte": frozenset({"obsluga_osobista", "do_kiedy"}),
    "do_kiedy": frozenset({"czy_otwarte"}),
    "dlaczego": frozenset({"do_kiedy"}),
    "kontakt": frozenset({"telefon", "email", "epuap", "adres"}),
    "kasa_godziny": frozenset({"termin_wyplaty", "wpuszczanie"}),
    "termin_wyplaty": frozenset({"kasa_godziny"}),
    "zespol_kontakt": frozenset({"zespol_epuap", "zespol_dziala"}),
    "podstawa_prawna": frozenset({"zespol_podstawa"}),
    "poza_zakresem": frozenset({"inny_urzad"}),
    # Says that a program answers, with the button that asks for a person.
    "czy_czlowiek": frozenset({"czlowiek"}),
    # Which section a matter belongs to is the secretariat's to find out, "bez względu na rodzaj sprawy".
    "przekazanie_sprawy": _MATTERS | {"zgloszenie"},
    # Each says that conditions and amounts are not known here, and whom to ask.
    **{name: frozenset({"uprawnienia_kwoty"}) for name in sorted(_MATTERS)},
}

SURE = 0.60


def serving(guesses: Sequence[tuple[str, float]]) -> Optional[tuple[str, float]]:
    """Return the intent whose answer most probably serves, with that probability; None when none is sure enough.

    Args:
        guesses: Intents with calibrated probabilities, best first.
    """
    if not guesses or guesses[0][0] == intents.CRISIS:
        return None
    chances = dict(guesses)
    sure = [name for name in SERVES if _chance(name, chances) >= SURE]
    if not sure:
        return None
    # Of several answers that serve, the one to the likeliest question: the others hold it among more.
    best = max(sure, key=lambda name: (chances.get(name, 0.0), _chance(name, chances)))
    return best, _chance(best, chances)


def _chance(name: str, chances: dict[str, float]) -> float:
    return chances.get(name, 0.0) + sum(chances.get(other, 0.0) for other in SERVES[name])
