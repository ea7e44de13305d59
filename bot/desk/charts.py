"""Charts as plain SVG shapes, computed here and drawn by a template: no script, no style of their own."""

from collections.abc import Sequence
from dataclasses import dataclass

HEIGHT, WIDTH = 160.0, 720.0
MOST_LABELS = 12


@dataclass(frozen=True, slots=True)
class Bar:
    """One shape: where it stands, and what it says."""

    x: float
    y: float
    width: float
    height: float
    label: str
    said: str
    labelled: bool = True
    kind: int = 0

    @property
    def middle(self) -> float:
        """Where its label stands."""
        return round(self.x + self.width / 2, 2)


def columns(values: Sequence[tuple[str, float, str]]) -> list[Bar]:
    """Upright bars for (label, value, value in words), the highest as high as the chart; not all labelled."""
    if not values:
        return []
    top = max(value for _, value, _ in values) or 1.0
    step = WIDTH / len(values)
    every = -(-len(values) // MOST_LABELS)
    width = min(step * 0.8, 48.0)
    return [
        Bar(
            x=round(place * step + (step - width) / 2, 2),
            y=round(HEIGHT - HEIGHT * value / top, 2),
            width=round(width, 2),
            height=round(HEIGHT * value / top, 2),
            label=label,
            said=said,
            labelled=place % every == 0,
        )
        for place, (label, value, said) in enumerate(values)
    ]


def shares(values: Sequence[tuple[str, float, str]]) -> list[Bar]:
    """One lying bar cut into parts as (label, share, share in words); parts of nothing are left out."""
    bars: list[Bar] = []
    x = 0.0
    for kind, (label, share, said) in enumerate(values):
        if share > 0:
            width = WIDTH * share
            bars.append(Bar(round(x, 2), 0.0, round(width, 2), 28.0, label, said, kind=kind))
            x += width
    return bars
