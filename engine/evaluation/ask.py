"""Ask trained models what they make of messages, through the same code as in a resident's turn.

    python -m engine.evaluation.ask MODEL QUESTIONS ANSWERS

QUESTIONS is a JSON list of texts. ANSWERS becomes ``{"answers": [...], "parse_ms": {...}}``, one for each text: what
was heard (``heard``, in order), and the best real guesses with their confidences. A model that cannot be used
ends the program with exit code 3 and the reason on the last line of standard error.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.core.processor import MessageProcessor
from rasa.utils.log_utils import configure_structlog

from engine.understanding import Parse, ranking, top, understand

UNUSABLE = 3
_GUESSES = 3
_PROGRESS_EVERY = 500


class Unusable(Exception):
    """The model cannot be loaded."""


def load(model: Path) -> MessageProcessor:
    """Load a model as the engine does. Raises Unusable with the reason."""
    try:
        processor = Agent.load(str(model)).processor
    except Exception as error:  # whatever a broken archive makes Rasa raise
        raise Unusable(f"{type(error).__name__}: {error}") from error
    if processor is None:
        raise Unusable("Rasa finds no model in it")
    return processor


async def hear(processor: MessageProcessor, text: str) -> tuple[dict[str, Any], float]:
    """Return what a model hears in a text, and how long one parse of it took (seconds)."""
    parses: dict[str, Parse] = {}
    times: list[float] = []

    async def parser(part: str) -> Parse:
        if part not in parses:
            began = time.perf_counter()
            parses[part] = await processor.parse_message(UserMessage(part))
            times.append(time.perf_counter() - began)
        return parses[part]

    said = await understand(text.strip().lstrip("/").strip(), None, False, parser)
    first = said[0].parse
    return {
        "heard": [top(part.parse)[0] for part in said],
        "confidence": round(top(first)[1], 4),
        "guesses": [[name, round(confidence, 4)] for name, confidence in ranking(first)[:_GUESSES]],
    }, times[0]


async def ask(model: Path, texts: list[str]) -> dict[str, Any]:
    """Put all texts to a model."""
    processor = load(model)
    answers: list[dict[str, Any]] = []
    times: list[float] = []
    for number, text in enumerate(texts, start=1):
        answer, seconds = await hear(processor, text)
        answers.append(answer)
        times.append(seconds)
        if number % _PROGRESS_EVERY == 0:
            print(f"progress {number} {len(texts)}", flush=True)
    return {"answers": answers, "parse_ms": quantiles(times)}


def quantiles(seconds: list[float]) -> dict[str, float]:
    """Return median and 95th percentile in milliseconds."""
    if len(seconds) < 2:
        return {}
    return {
        "p50": round(1000 * statistics.median(seconds), 2),
        "p95": round(1000 * statistics.quantiles(seconds, n=20)[-1], 2),
    }


def main() -> int:
    """Answer the questions in the file named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("questions", type=Path)
    parser.add_argument("answers", type=Path)
    given = parser.parse_args()
    configure_structlog(logging.ERROR)
    logging.getLogger("rasa").setLevel(logging.ERROR)
    texts = json.loads(given.questions.read_text(encoding="utf-8"))
    try:
        found = asyncio.run(ask(given.model, texts))
    except Unusable as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return UNUSABLE
    given.answers.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
