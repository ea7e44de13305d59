"""How well a model understands messages it has not seen: ``make evaluate``.

Asks the model about every held-out message of ``tests/nlu/heldout_*.tsv``, as written and without diacritics, and
prints what was answered rightly, wrongly and asked back, with the worst confusions. Also written to
``build/understanding.json``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import statistics
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any, Callable

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.utils.log_utils import configure_structlog

from engine import intents
from engine.polish.text import fold
from engine.understanding import top

ROOT = Path(__file__).resolve().parent.parent
SETS: dict[str, Callable[[str], str]] = {"as written": str, "no diacritics": fold}


def held_out(folder: Path) -> list[tuple[str, str]]:
    """Read the held-out messages as (text, intent)."""
    rows = []
    for path in sorted(folder.glob("heldout_*.tsv")):
        for line in path.read_text(encoding="utf-8").splitlines():
            text, _, intent = line.partition("\t")
            rows.append((text, intent.strip()))
    return rows


async def _run(model: Path, rows: list[tuple[str, str]]) -> dict[str, Any]:
    processor = Agent.load(str(model)).processor
    report: dict[str, Any] = {"model": model.name, "messages": len(rows), "sets": {}}
    times: list[float] = []
    for name, change in SETS.items():
        right = asked_back = 0
        wrong: list[dict[str, Any]] = []
        for number, (text, intent) in enumerate(rows, start=1):
            began = time.perf_counter()
            parse = await processor.parse_message(UserMessage(change(text).lstrip("/")))
            times.append(time.perf_counter() - began)
            guess, confidence = top(parse)
            if guess == intent:
                right += 1
            elif guess == intents.FALLBACK:
                asked_back += 1
            else:
                wrong.append(
                    {"text": change(text), "meant": intent, "answered": guess, "confidence": round(confidence, 3)}
                )
            if number % 200 == 0:
                print(f"  {name}: {number} of {len(rows)}", file=sys.stderr)
        report["sets"][name] = {"right": right, "asked back": asked_back, "wrong": wrong}
    report["parse_ms"] = {
        "p50": round(1000 * statistics.median(times), 2),
        "p95": round(1000 * statistics.quantiles(times, n=20)[-1], 2),
    }
    return report


def _show(report: dict[str, Any], worst: int) -> None:
    count = report["messages"]
    print(f"{report['model']}, {count} held-out messages, parse {report['parse_ms']} ms")
    for name, found in report["sets"].items():
        wrong = len(found["wrong"])
        print(
            f"{name:>14}: {100 * found['right'] / count:5.1f} % right, "
            f"{100 * found['asked back'] / count:4.1f} % asked back, {100 * wrong / count:4.1f} % wrong"
        )
    confusions = Counter((row["meant"], row["answered"]) for row in report["sets"]["as written"]["wrong"])
    for (meant, answered), times in confusions.most_common(worst):
        print(f"{times:>4} x {meant} answered as {answered}")


def main() -> None:
    """Evaluate the model named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--messages", type=Path, default=ROOT / "tests" / "nlu", help="folder with heldout_*.tsv")
    parser.add_argument("--worst", type=int, default=12, help="how many confusions to print")
    given = parser.parse_args()
    configure_structlog(logging.WARNING)
    report = asyncio.run(_run(given.model, held_out(given.messages)))
    target = ROOT / "build" / "understanding.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(report, ensure_ascii=False, indent=1), encoding="utf-8")
    _show(report, given.worst)


if __name__ == "__main__":
    main()
