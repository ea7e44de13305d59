"""From data to residents: a candidate is compared with the model in use before it may serve."""

import asyncio
from collections.abc import Callable

import msgspec

from bot.dialogue import catalogue
from bot.dialogue.catalogue import Model
from bot.dialogue.examination import UnusableModel, examine
from bot.dialogue.gate import Reason, Verdict, compare
from bot.dialogue.questions import GATE, questions
from bot.dialogue.registry import Promotion
from bot.settings import Settings


def model_of(settings: Settings, promotion: Promotion | None) -> Model | None:
    """Return the model that a promotion names, where its file is on this machine."""
    return catalogue.by_name(settings.models_dir, promotion.model) if promotion is not None else None


async def examine_candidate(
    settings: Settings, candidate: Model, in_use: Promotion | None, report: Callable[[str], None]
) -> Verdict:
    """Compare a candidate with the model in use on the same test messages, and note the verdict on its card."""
    verdict = await _compare(settings, candidate, in_use, report)
    card = candidate.card()
    card.verdict = msgspec.to_builtins(verdict)
    candidate.write(card)
    return verdict


async def _compare(
    settings: Settings, candidate: Model, in_use: Promotion | None, report: Callable[[str], None]
) -> Verdict:
    against = in_use.model if in_use is not None else None
    asked = await asyncio.to_thread(questions, settings.project_dir / "tests", GATE)
    try:
        now = await examine(settings, candidate, asked, report)
    except UnusableModel as error:
        return Verdict(against, passed=False, reasons=[Reason(str(error), [])], figures={})
    notes: list[str] = []
    then = None
    current = model_of(settings, in_use)
    if in_use is not None and current is None:
        notes.append(f"The model in use, {in_use.model}, is not on this machine: nothing to compare with.")
    elif current is not None:
        try:
            then = await examine(settings, current, asked, report)
        except UnusableModel as error:
            notes.append(f"The model in use does not work with this version: {error}")
    if not asked:
        notes.append("There are no test messages below tests/: nothing was compared.")
    verdict = compare(now, then, against=against, max_drop=settings.gate_max_drop)
    return msgspec.structs.replace(
        verdict, reasons=[*verdict.reasons, *(Reason(note, [], grave=False) for note in notes)]
    )
