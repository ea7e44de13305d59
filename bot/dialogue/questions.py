"""The test messages: what is asked of every model, and when an answer is right."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, Literal

import msgspec

from actions.fallback import CRISIS_CONFIDENCE
from bot.dialogue.spellings import SPELLINGS
from bot.safety import crisis, language

Verdict = Literal["right", "partly", "asked back", "wrong"]
Group = Literal["regression", "unseen", "strangers", "two questions", "crisis", "look-alikes"]

FALLBACK: Final = "nlu_fallback"
CRISIS: Final = "kryzys"
_COURTESIES: Final = frozenset({"powitanie", "podziekowanie", "pozegnanie"})
"""Said beside an answer they change nothing."""

AS_WRITTEN: Final = "as written"
AS_TYPED: Final = "both"
"""Without diacritics and with a slip: how a message often leaves a phone."""

GATE: Final[dict[Group, tuple[str, ...]]] = {
    "regression": (AS_WRITTEN,),
    "unseen": (AS_WRITTEN, AS_TYPED),
    "strangers": (AS_WRITTEN, AS_TYPED),
    "two questions": (AS_WRITTEN,),
    "crisis": (AS_WRITTEN, "no diacritics"),
    "look-alikes": (AS_WRITTEN,),
}
"""What a candidate is asked before it may serve."""

EVERYTHING: Final[dict[Group, tuple[str, ...]]] = {
    **GATE,
    "regression": (AS_WRITTEN, "no diacritics"),
    "unseen": tuple(SPELLINGS),
    "strangers": tuple(SPELLINGS),
    "crisis": tuple(SPELLINGS),
    "look-alikes": (AS_WRITTEN, "no diacritics"),
}
"""What ``make evaluate`` asks."""

FILES: Final[dict[Group, tuple[str, ...]]] = {
    "regression": ("nlu/regression.tsv",),
    "unseen": ("nlu/heldout_*.tsv",),
    "strangers": ("nlu/strangers.tsv",),
    "two questions": ("nlu/two_questions.tsv",),
    "crisis": ("safety/crisis_messages.tsv", "safety/strangers_crisis.tsv"),
    "look-alikes": ("safety/lookalikes.tsv", "safety/strangers_lookalikes.tsv"),
}


class Question(msgspec.Struct, frozen=True):
    """One message in one spelling."""

    group: Group
    spelling: str
    text: str
    accepted: tuple[tuple[str, ...], ...]
    """Every answer that serves the writer: one intent, or several in order. Empty: anything but the crisis card."""
    place: str
    gateway: str | None = None
    """What the gateway itself makes of it before any model is asked: a crisis, another language."""


class Answer(msgspec.Struct, frozen=True):
    """What a model heard in a text."""

    heard: tuple[str, ...]
    confidence: float
    guesses: tuple[tuple[str, float], ...]


class Judged(msgspec.Struct, frozen=True):
    """A question with what the product made of it."""

    question: Question
    heard: tuple[str, ...]
    verdict: Verdict
    confidence: float | None = None


def questions(tests: Path, wanted: dict[Group, tuple[str, ...]]) -> list[Question]:
    """Read the test messages below ``tests`` in the wanted spellings; a file that is not there asks nothing."""
    found: list[Question] = []
    for group, spellings in wanted.items():
        seen: set[tuple[str, str]] = set()
        for place, text, accepted in _lines(tests, group):
            for spelling in spellings:
                spelled = SPELLINGS[spelling](text)
                if (spelling, spelled) not in seen:
                    seen.add((spelling, spelled))
                    found.append(Question(group, spelling, spelled, accepted, place, _before_the_model(spelled)))
    return found


def _before_the_model(text: str) -> str | None:
    if crisis.detect(text) is not None:
        return CRISIS
    foreign = language.detect(text)
    return f"inny_jezyk_{foreign}" if foreign is not None else None


def _lines(tests: Path, group: Group) -> Iterator[tuple[str, str, tuple[tuple[str, ...], ...]]]:
    for pattern in FILES[group]:
        for path in sorted(tests.glob(pattern)):
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
                if not line.strip() or line.startswith("#"):
                    continue
                text, _, accepted = line.partition("\t")
                yield f"{path.relative_to(tests.parent)}:{number}", text.strip(), _accepted(group, accepted)


def _accepted(group: Group, written: str) -> tuple[tuple[str, ...], ...]:
    if group == "crisis":
        return ((CRISIS,),)
    if group == "look-alikes":
        return ()
    if group == "two questions":
        return (tuple(written.split()),)
    return tuple(tuple(one.split("+")) for one in written.split())


def judge(question: Question, answer: Answer | None) -> Judged:
    """Decide what the product made of a message; ``answer`` is None where the gateway needs no model."""
    if question.gateway is not None or answer is None:
        heard: tuple[str, ...] = (question.gateway or FALLBACK,)
        return Judged(question, heard, _verdict(heard, question.accepted))
    heard = answer.heard
    if heard == (FALLBACK,) and answer.guesses:
        # An unsure guess that somebody is in danger is treated as a crisis, see actions/fallback.py.
        best, confidence = answer.guesses[0]
        if best == CRISIS and confidence >= CRISIS_CONFIDENCE:
            heard = (CRISIS,)
    return Judged(question, heard, _verdict(heard, question.accepted), answer.confidence)


def _verdict(heard: Sequence[str], accepted: tuple[tuple[str, ...], ...]) -> Verdict:
    """Judge as a fair reader would: anything answered that nobody asked for is wrong, also beside a right answer."""
    said = tuple(dict.fromkeys(heard))
    if not accepted:
        return "wrong" if CRISIS in said else "right"
    if said in accepted:
        return "right"
    if len(said) > 1:
        said = tuple(name for name in said if name not in _COURTESIES) or said[:1]
    if said in accepted:
        return "right"
    serving = {name for one in accepted for name in one}
    if any(name not in serving and name != FALLBACK for name in said):
        return "wrong"
    if FALLBACK in said:
        return "asked back" if len(said) == 1 else "partly"
    return "right" if all((name,) in accepted for name in said) else "partly"
