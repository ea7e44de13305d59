"""Cross-validate and write the report; called by ``mops evaluate``, which gathers what goes into REQUEST.

python -m engine.evaluation REQUEST FOLDER
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from engine.evaluation import figures
from engine.evaluation.crossval import Guessed, classifier_config, cross_validate, threshold
from engine.evaluation.figures import Row
from engine.evaluation.groups import idea_folds, idea_groups
from engine.evaluation.report import render


def measure(request: dict[str, Any]) -> dict[str, Any]:
    """Run the cross-validation that a request asks for and return its figures."""
    texts, intents, places = (list(column) for column in zip(*request["training"], strict=True))
    count_of_ideas = len(set(idea_groups(texts, intents).tolist()))
    fold_of = idea_folds(texts, intents, request["folds"]).tolist()
    print(f"{len(texts)} messages are {count_of_ideas} ideas", flush=True)
    guessed: list[Guessed] = []
    seconds_of = []
    config = classifier_config(request["config"])
    for number, seconds, found in cross_validate(request["spellings"], intents, fold_of, config):
        guessed += found
        seconds_of.append(seconds)
        print(f"part {number + 1} of {request['folds']} done after {seconds:.0f} s", flush=True)
    rows: dict[str, list[Row]] = {name: [] for name in request["spellings"]}
    for one in guessed:
        rows[one.spelling].append(Row(texts[one.position], places[one.position], intents[one.position], one.guesses))
    limit = threshold(request["config"])
    written = rows["as written"]
    files: dict[str, Counter[str]] = {}
    for intent, place in zip(intents, places, strict=True):
        files.setdefault(intent, Counter())[Path(place.partition(":")[0]).stem] += 1
    return {
        "messages": len(texts),
        "ideas": count_of_ideas,
        "folds": request["folds"],
        "threshold": limit,
        "best_guess_right": {name: figures.accuracy(found) for name, found in rows.items()},
        "outcome": {name: figures.outcome(found, limit) for name, found in rows.items()},
        "per_intent": [
            {**one, "family": files[one["intent"]].most_common(1)[0][0]} for one in figures.per_intent(written)
        ],
        "confusions": figures.confusions(written),
        "reliability": figures.reliability([(row.confidence, row.best == row.truth) for row in written]),
        "curve": figures.curve(written),
    }


def main() -> int:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("request", type=Path)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    request = json.loads(given.request.read_text(encoding="utf-8"))
    report = {name: request[name] for name in request if name not in ("training", "spellings", "config")}
    report["cross_validation"] = measure(request) if request["folds"] else None
    report["unseen_reliability"] = (
        figures.reliability([(value, right) for value, right in report.pop("confidences")])
        if request["confidences"]
        else None
    )
    given.folder.mkdir(parents=True, exist_ok=True)
    (given.folder / "report.json").write_text(json.dumps(report, ensure_ascii=False, indent=1), encoding="utf-8")
    (given.folder / "report.html").write_text(render(report), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
