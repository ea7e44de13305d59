"""Measure the Polish intent classifier on MASSIVE pl-PL (CC BY 4.0), a public benchmark.

Runs in the engine's environment, from the repository's root:

    engine/.venv/bin/python benchmarks/massive.py DIRECTORY [--train train.30-per-intent] [--set KEY=VALUE ...]

DIRECTORY holds the tab-separated files (text, intent). `--train train+dev` takes all available rows and
`--set networks=4`
changes a setting of the classifier. Nothing here trains the product.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

TESTS = ("dev", "test", "test.no-diacritics", "test.typo", "test.both")


def _read(path: Path) -> tuple[list[str], list[str]]:
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if "\t" in line]
    rows = [row for row in rows if row[:2] != ["text", "intent"]]
    return [row[0] for row in rows], [row[1] for row in rows]


def main() -> None:
    """Train once, report accuracy, calibration, training time and time for one message."""
    from engine.polish.classifier import PolishIntentClassifier
    from engine.polish.model import IntentModel

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--train", default="train.30-per-intent")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()

    texts: list[str] = []
    intents: list[str] = []
    for name in arguments.train.split("+"):
        more_texts, more_intents = _read(arguments.directory / f"{name}.tsv")
        texts += more_texts
        intents += more_intents
    config = PolishIntentClassifier.get_default_config()
    config.update({key: json.loads(value) for key, _, value in (pair.partition("=") for pair in arguments.set)})
    started = time.perf_counter()
    processor_started = time.process_time()
    model = IntentModel.fit(texts, intents, config)
    report: dict[str, float] = {"training_seconds": round(time.perf_counter() - started, 1)}
    report["training_processor_seconds"] = round(time.process_time() - processor_started, 1)
    report["temperature"] = round(model.temperature, 2)

    for name in TESTS:
        path = arguments.directory / f"{name}.tsv"
        if not path.exists() or name in arguments.train.split("+"):
            continue
        messages, truth = _read(path)
        table = model.probabilities(messages)
        right = [model.classes[int(row.argmax())] == wanted for row, wanted in zip(table, truth, strict=True)]
        report[f"accuracy_{name}"] = round(100 * sum(right) / len(right), 2)
        surest = sorted(zip(table.max(axis=1), right, strict=True), key=lambda pair: -pair[0])[
            : int(0.8 * len(right))
        ]
        report[f"accuracy_of_surest_80_{name}"] = round(100 * sum(ok for _, ok in surest) / len(surest), 2)
        gap = abs(float(table.max(axis=1).mean()) - sum(right) / len(right))
        report[f"confidence_gap_{name}"] = round(100 * gap, 2)

    messages, _ = _read(arguments.directory / "test.both.tsv")
    times = []
    for message in messages[:1000]:
        started = time.perf_counter()
        model.probabilities([message])
        times.append(1000 * (time.perf_counter() - started))
    report["message_ms_p50"] = round(statistics.median(times), 2)
    report["message_ms_p99"] = round(sorted(times)[int(0.99 * len(times))], 2)

    for key, value in report.items():
        print(f"{key:40} {value}")
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
