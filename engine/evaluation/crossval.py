"""Cross-validation of the intent classifier on the training messages, in several spellings."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import Any, NamedTuple

import numpy as np
import yaml

from engine.polish.classifier import PolishIntentClassifier
from engine.polish.model import IntentModel

GUESSES = 4
WORKERS = 2
_COMPONENT = "PolishIntentClassifier"


class Guessed(NamedTuple):
    """What a model that has not seen a message's idea makes of it."""

    position: int
    spelling: str
    guesses: list[tuple[str, float]]


def classifier_config(config_yml: str) -> dict[str, Any]:
    """Return the classifier's settings as the training uses them."""
    config = dict(PolishIntentClassifier.get_default_config())
    for component in yaml.safe_load(config_yml).get("pipeline") or ():
        if str(component.get("name", "")).rpartition(".")[2] == _COMPONENT:
            config.update({key: value for key, value in component.items() if key != "name"})
    return config


def threshold(config_yml: str) -> float:
    """Return the confidence below which the product asks back."""
    for component in yaml.safe_load(config_yml).get("pipeline") or ():
        if "threshold" in component:
            return float(component["threshold"])
    return 0.0


def cross_validate(
    spellings: Mapping[str, Sequence[str]], intents: Sequence[str], folds: Sequence[int], config: Mapping[str, Any]
) -> Iterator[tuple[int, float, list[Guessed]]]:
    """Train once for each fold on the others; yields the fold, its seconds and its guesses as they are done.

    Args:
        spellings: For each spelling the text of each message, "as written" among them; training sees that one only.
        intents: The intent of each message.
        folds: The fold of each message.
        config: Settings of the classifier.
    """
    count = max(folds) + 1
    with ProcessPoolExecutor(min(WORKERS, count)) as pool:
        jobs = {
            pool.submit(_one_fold, dict(spellings), list(intents), list(folds), number, dict(config)): number
            for number in range(count)
        }
        for job in as_completed(jobs):
            seconds, guessed = job.result()
            yield jobs[job], seconds, guessed


def _one_fold(
    spellings: dict[str, list[str]], intents: list[str], folds: list[int], number: int, config: dict[str, Any]
) -> tuple[float, list[Guessed]]:
    began = time.perf_counter()
    written = spellings["as written"]
    known = [position for position, fold in enumerate(folds) if fold != number]
    asked = [position for position, fold in enumerate(folds) if fold == number]
    model = IntentModel.fit([written[p] for p in known], [intents[p] for p in known], config)
    found: list[Guessed] = []
    for spelling, texts in spellings.items():
        table = model.probabilities([texts[p] for p in asked])
        for position, row in zip(asked, table, strict=True):
            best = np.argsort(-row)[:GUESSES]
            found.append(Guessed(position, spelling, [(model.classes[c], round(float(row[c]), 4)) for c in best]))
    return time.perf_counter() - began, found
