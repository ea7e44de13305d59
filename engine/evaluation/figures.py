"""From guesses to figures: precision and recall, confusions, reliability, the threshold's curve. Plain data."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

BINS = 10
CURVE_STEPS = 50
SHOWN_GUESSES = 3
LEAST_SHOWN = 0.04
"""As in actions/fallback.py: how many guesses are offered as buttons, and from which confidence on."""


class Row(NamedTuple):
    """One message, what it means, and the guesses, best first."""

    text: str
    place: str
    truth: str
    guesses: Sequence[tuple[str, float]]

    @property
    def best(self) -> str:
        """The best guess."""
        return self.guesses[0][0] if self.guesses else ""

    @property
    def confidence(self) -> float:
        """Its confidence."""
        return self.guesses[0][1] if self.guesses else 0.0


def percent(part: float, whole: float) -> float:
    """Return a share in percent."""
    return round(100 * part / whole, 2) if whole else 0.0


def outcome(rows: Sequence[Row], threshold: float) -> dict[str, float]:
    """Return what residents would meet at a threshold, in percent of all messages.

    ``offered`` and ``given up`` make up what is asked back: with the right answer among the buttons, or without.
    """
    counts: Counter[str] = Counter()
    for row in rows:
        if row.confidence >= threshold:
            counts["right" if row.best == row.truth else "wrong"] += 1
        else:
            shown = [name for name, value in row.guesses[:SHOWN_GUESSES] if value >= LEAST_SHOWN]
            counts["offered" if row.truth in shown else "given up"] += 1
    return {name: percent(counts[name], len(rows)) for name in ("right", "offered", "given up", "wrong")}


def curve(rows: Sequence[Row]) -> list[dict[str, float]]:
    """Return the outcome at each threshold from 0 to 1."""
    steps = [step / CURVE_STEPS for step in range(CURVE_STEPS + 1)]
    return [{"threshold": step, **outcome(rows, step)} for step in steps]


def accuracy(rows: Sequence[Row]) -> float:
    """Return the share of messages whose best guess is right, in percent."""
    return percent(sum(row.best == row.truth for row in rows), len(rows))


def per_intent(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return precision, recall and F1 of each intent in percent, the weakest first."""
    meant, said, right = Counter(r.truth for r in rows), Counter(r.best for r in rows), Counter[str]()
    for row in rows:
        right[row.truth] += row.best == row.truth
    table = []
    for name in sorted(meant):
        precision, recall = percent(right[name], said[name]), percent(right[name], meant[name])
        total = precision + recall
        f1 = round(2 * precision * recall / total, 2) if total else 0.0
        table.append({"intent": name, "messages": meant[name], "precision": precision, "recall": recall, "f1": f1})
    return sorted(table, key=lambda entry: entry["f1"])


def confusions(rows: Sequence[Row], most: int = 2000, examples: int = 6) -> list[dict[str, Any]]:
    """Return the pairs (meant, answered) that are confused, the most frequent first, with the surest examples."""
    pairs: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        if row.best != row.truth:
            pairs[row.truth, row.best].append(row)
    ordered = sorted(pairs.items(), key=lambda pair: (-len(pair[1]), pair[0]))[:most]
    return [
        {
            "meant": meant,
            "answered": answered,
            "count": len(found),
            "examples": [
                {"text": row.text, "place": row.place, "confidence": round(row.confidence, 2)}
                for row in sorted(found, key=lambda row: -row.confidence)[:examples]
            ],
        }
        for (meant, answered), found in ordered
    ]


def reliability(pairs: Sequence[tuple[float, bool]]) -> dict[str, Any]:
    """Compare confidence with how often it was right, in ten bins; ``gap`` is their average distance in points."""
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for confidence, right in pairs:
        bins[min(int(confidence * BINS), BINS - 1)].append((confidence, right))
    filled = []
    gap = 0.0
    for number, found in enumerate(bins):
        if not found:
            continue
        said = sum(confidence for confidence, _ in found) / len(found)
        true = sum(right for _, right in found) / len(found)
        gap += abs(said - true) * len(found) / len(pairs)
        filled.append(
            {"bin": number, "count": len(found), "confidence": round(100 * said, 1), "right": round(100 * true, 1)}
        )
    return {"bins": filled, "gap": round(100 * gap, 2), "messages": len(pairs)}
