"""``make evaluate``: gathers what is measured, has the engine's Python measure it, and writes the report."""

import asyncio
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from bot.clock import utc_now
from bot.dialogue.catalogue import Model
from bot.dialogue.data_check import require_sound_data
from bot.dialogue.examination import UnusableModel, examine, parse_ms, run_engine_tool
from bot.dialogue.gate import compare, figures
from bot.dialogue.lifecycle import model_of
from bot.dialogue.questions import AS_WRITTEN, EVERYTHING, Judged, questions
from bot.dialogue.registry import Promotion
from bot.dialogue.spellings import SPELLINGS
from bot.errors import StartupError
from bot.settings import Settings

_MOST_LISTED = 300


async def evaluate(
    settings: Settings,
    model: Model,
    in_use: Promotion | None,
    folder: Path,
    folds: int,
    report: Callable[[str], None],
) -> Path:
    """Measure ``model`` and write ``report.html`` and ``report.json`` into ``folder``; returns the page.

    Args:
        settings: the product's settings.
        model: a trained model.
        in_use: what it is compared with, if it is another.
        folder: where the report goes; made if missing.
        folds: parts of the cross-validation, 0 for none.
        report: gets lines of progress.

    Raises:
        StartupError: mistakes in the data, a model that cannot be used, or a measurement that failed.
    """
    data = await asyncio.to_thread(require_sound_data, settings.project_dir, settings.knowledge_dir)
    report("Reading the test messages; the gateway's own crisis net and language check come first")
    asked = await asyncio.to_thread(questions, settings.project_dir / "tests", EVERYTHING)
    judged = await examine(settings, model, asked, report)
    request = {
        "made_at": utc_now().isoformat(timespec="minutes"),
        "model": model.name,
        "trained": msgspec.to_builtins(model.card()) | {"verdict": None},
        "parse_ms": parse_ms(model),
        "folds": folds,
        "config": (settings.project_dir / "config.yml").read_text(encoding="utf-8"),
        "training": [[one.text, one.intent, one.place] for one in data.examples],
        "spellings": {name: [change(one.text) for one in data.examples] for name, change in SPELLINGS.items()},
        "tests": figures(judged),
        "failures": _failures(judged),
        "confidences": _confidences(judged),
        "difference": await _difference(settings, model, in_use, judged, report),
    }
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="mops-evaluate-") as name:
        path = Path(name) / "request.json"
        path.write_bytes(msgspec.json.encode(request))
        if folds:
            report(f"Cross-validation in {folds} parts of {len(data.examples)} training messages")
        code, words = await run_engine_tool(settings, "engine.evaluation", [str(path), str(folder)], report)
    if code != 0:
        raise StartupError("The evaluation failed:\n  " + "\n  ".join(words[-8:]))
    return folder / "report.html"


def _line(one: Judged) -> dict[str, Any]:
    return {
        "group": one.question.group,
        "spelling": one.question.spelling,
        "text": one.question.text,
        "place": one.question.place,
        "wanted": " / ".join("+".join(accepted) for accepted in one.question.accepted) or "no crisis card",
        "heard": "+".join(one.heard),
        "verdict": one.verdict,
        "confidence": one.confidence,
        "by": "gateway" if one.question.gateway is not None else "model",
    }


def _failures(judged: Sequence[Judged]) -> list[dict[str, Any]]:
    """List what went wrong, at most so many of each group and spelling, the surest first."""
    found: dict[tuple[str, str], list[Judged]] = {}
    for one in judged:
        if one.verdict != "right":
            found.setdefault((one.question.group, one.question.spelling), []).append(one)
    order = {"wrong": 0, "partly": 1, "asked back": 2}
    listed: list[dict[str, Any]] = []
    for group in found.values():
        group.sort(key=lambda one: (order.get(one.verdict, 3), -(one.confidence or 0.0)))
        listed += [_line(one) for one in group[:_MOST_LISTED]]
    return listed


def _confidences(judged: Sequence[Judged]) -> list[tuple[float, bool]]:
    """Pair confidence and rightness of the answers to messages that the model has not seen."""
    return [
        (one.confidence, one.verdict == "right")
        for one in judged
        if one.question.group in ("unseen", "strangers")
        and one.question.spelling == AS_WRITTEN
        and one.confidence is not None
        and len(one.heard) == 1
        and one.verdict != "asked back"
    ]


async def _difference(
    settings: Settings,
    model: Model,
    in_use: Promotion | None,
    judged: Sequence[Judged],
    report: Callable[[str], None],
) -> dict[str, Any] | None:
    current = model_of(settings, in_use)
    if current is None or current.name == model.name:
        return None
    try:
        before = await examine(settings, current, [one.question for one in judged], report)
    except UnusableModel as error:
        return {"model": current.name, "unusable": str(error)}
    verdict = compare(judged, before, against=current.name, max_drop=settings.gate_max_drop)
    changed = [
        {**_line(now), "before": "+".join(then.heard), "better": now.verdict == "right"}
        for now, then in zip(judged, before, strict=True)
        if now.question.spelling == AS_WRITTEN and (now.verdict == "right") != (then.verdict == "right")
    ]
    return {
        "model": current.name,
        "passed": verdict.passed,
        "told": verdict.told(8),
        "tests": figures(before),
        "changed": changed[:_MOST_LISTED],
    }
