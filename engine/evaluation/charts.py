"""The report's drawings as inline SVG. Colours are CSS classes, so light and dark follow the reader's setting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 640, 320, 44, 40, 14, 12

BANDS = (
    ("right", "answered right"),
    ("offered", "asked back, the right answer among the buttons"),
    ("given up", "asked back without it: a person is offered"),
    ("wrong", "answered wrong"),
)


def _x(share: float) -> float:
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def _y(percent: float) -> float:
    return TOP + (1 - percent / 100) * (HEIGHT - TOP - BOTTOM)


def _frame(label: str, across: str, up: str) -> list[str]:
    parts = [f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(label)}">']
    for percent in range(0, 101, 20):
        y = _y(percent)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text class="tick" x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{percent}</text>')
        x = _x(percent / 100)
        parts.append(f'<text class="tick" x="{x:.1f}" y="{HEIGHT - 22}" text-anchor="middle">{percent}</text>')
    middle, side = _x(0.5), f"translate(11 {_y(50):.0f}) rotate(-90)"
    parts.append(f'<text class="axis" x="{middle:.0f}" y="{HEIGHT - 4}" text-anchor="middle">{escape(across)}</text>')
    parts.append(f'<text class="axis" transform="{side}" text-anchor="middle">{escape(up)}</text>')
    return parts


def curve(points: Sequence[Mapping[str, float]], threshold: float) -> str:
    """Draw what residents would meet at each threshold, as bands that make up 100 %."""
    parts = _frame("Outcome by threshold", "threshold: confidence from which an answer is given, %", "% of messages")
    below = [0.0] * len(points)
    for name, words in BANDS:
        above = [base + point[name] for base, point in zip(below, points, strict=True)]
        edge = [(_x(point["threshold"]), _y(value)) for point, value in zip(points, above, strict=True)]
        back = [(_x(point["threshold"]), _y(value)) for point, value in zip(points, below, strict=True)][::-1]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in edge + back)
        parts.append(
            f'<polygon class="band-{name.replace(" ", "-")}" points="{line}"><title>{words}</title></polygon>'
        )
        below = above
    x = _x(threshold)
    parts.append(f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>')
    parts.append(
        f'<text class="mark-label" x="{x + 6:.1f}" y="{TOP + 16}">in use: {100 * threshold:.0f} %</text></svg>'
    )
    return "".join(parts)


def reliability(found: Mapping[str, Any], label: str) -> str:
    """Draw how often answers of one confidence were right; on the diagonal a confidence means what it says."""
    parts = _frame(label, "confidence, %", "really right, %")
    parts.append(f'<line class="ideal" x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(100)}"/>')
    most = max((one["count"] for one in found["bins"]), default=1)
    points = []
    for one in found["bins"]:
        x, y = _x(one["confidence"] / 100), _y(one["right"])
        points.append(f"{x:.1f},{y:.1f}")
        radius = 3 + 9 * (one["count"] / most) ** 0.5
        words = f"{one['count']} answers with about {one['confidence']:.0f} %: {one['right']:.0f} % right"
        parts.append(
            f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"><title>{words}</title></circle>'
        )
    parts.append(f'<polyline class="line" points="{" ".join(points)}"/></svg>')
    return "".join(parts)


def matrix(per_intent: Sequence[Mapping[str, Any]], confusions: Sequence[Mapping[str, Any]]) -> str:
    """Draw who is taken for whom, families of intents together, the diagonal left out."""
    cell, label, top = 13, 196, 190
    ordered = sorted(per_intent, key=lambda one: (one["family"], one["intent"]))
    place = {one["intent"]: number for number, one in enumerate(ordered)}
    messages = {one["intent"]: one["messages"] for one in ordered}
    side = cell * len(ordered)
    parts = [
        f'<svg class="matrix" viewBox="0 0 {label + side + 4} {top + side + 4}" width="{label + side + 4}" '
        'role="img" aria-label="Confusion matrix; the list below says the same in words">'
    ]
    family = None
    for number, one in enumerate(ordered):
        at = number * cell
        new = one["family"] != family
        family = one["family"]
        if new:
            parts.append(f'<line class="family" x1="0" x2="{label + side}" y1="{top + at}" y2="{top + at}"/>')
            parts.append(f'<line class="family" x1="{label + at}" x2="{label + at}" y1="0" y2="{top + side}"/>')
        name = escape(one["intent"])
        parts.append(f'<text class="small" x="{label - 5}" y="{top + at + 10}" text-anchor="end">{name}</text>')
        parts.append(
            f'<text class="small" transform="translate({label + at + 10} {top - 5}) rotate(-90)">{name}</text>'
        )
        parts.append(f'<rect class="diagonal" x="{label + at}" y="{top + at}" width="{cell}" height="{cell}"/>')
    for pair in confusions:
        if pair["meant"] not in place or pair["answered"] not in place:
            continue
        share = pair["count"] / messages[pair["meant"]]
        strength = min(1.0, 0.18 + 4 * share)
        x, y = label + place[pair["answered"]] * cell, top + place[pair["meant"]] * cell
        words = escape(f"{pair['meant']} answered as {pair['answered']}: {pair['count']} ({100 * share:.0f} %)")
        parts.append(
            f'<rect class="confused" x="{x + 0.5}" y="{y + 0.5}" width="{cell - 1}" height="{cell - 1}" '
            f'style="opacity:{strength:.2f}"><title>{words}</title></rect>'
        )
    return "".join(parts) + "</svg>"
