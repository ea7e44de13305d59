"""The report as one page that needs nothing beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Optional

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from engine.evaluation import charts

HERE = Path(__file__).parent
GROUPS = {
    "regression": "Must be right",
    "strangers": "Strangers",
    "unseen": "Held out",
    "two questions": "Two questions",
    "crisis": "Somebody in danger",
    "look-alikes": "Only sounds like danger",
}


def render(report: dict[str, Any]) -> str:
    """Return the page for a report as :mod:`engine.evaluation.__main__` makes it."""
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["de"] = lambda value, digits=1: f"{value:.{digits}f}"
    crossed = report["cross_validation"]
    drawn: dict[str, Optional[Markup]] = {"curve": None, "cv": None, "unseen": None, "matrix": None}
    # The drawings are made of our own numbers and escaped names.
    if crossed:
        drawn["curve"] = Markup(charts.curve(crossed["curve"], crossed["threshold"]))  # noqa: S704
        drawn["cv"] = Markup(charts.reliability(crossed["reliability"], "Reliability in cross-validation"))  # noqa: S704
        drawn["matrix"] = Markup(charts.matrix(crossed["per_intent"], crossed["confusions"]))  # noqa: S704
    if report["unseen_reliability"]:
        drawn["unseen"] = Markup(  # noqa: S704
            charts.reliability(report["unseen_reliability"], "Reliability on messages never seen")
        )
    return environment.get_template("report.html.j2").render(
        report=report,
        crossed=crossed,
        charts=drawn,
        bands=charts.BANDS,
        tiles=_tiles(report),
        sets=_sets(report),
        failures=_failures(report),
    )


def _tiles(report: dict[str, Any]) -> list[dict[str, str]]:
    """Return the figures that a reader looks for first."""
    tests, tiles = report["tests"], []

    def tile(value: str, words: str, wanted: str = "") -> None:
        tiles.append({"value": value, "words": words, "wanted": wanted})

    for group, words in (
        ("strangers", "of strangers' messages answered right"),
        ("unseen", "of held-out messages right"),
    ):
        written = tests.get(f"{group}, as written")
        if written:
            tile(f"{written['right']:.1f} %", words, f"{written['wrong']:.1f} % wrong, the rest asked back")
            for spelling, loss in (("no diacritics", "without diacritics"), ("one typo", "with a typo")):
                other = tests.get(f"{group}, {spelling}")
                if other and group == "strangers" or other and "strangers, as written" not in tests:
                    tile(f"{other['right'] - written['right']:+.1f} pt", loss, f"{other['right']:.1f} % right")
    if report["cross_validation"]:
        right = report["cross_validation"]["best_guess_right"]["as written"]
        tile(f"{right:.1f} %", "best guess right in cross-validation", "no idea on both sides of a fold")
    for group, words in (
        ("crisis", "of people in danger noticed"),
        ("look-alikes", "false alarms among look-alikes"),
    ):
        found = tests.get(f"{group}, as written")
        if found:
            value = found["right"] if group == "crisis" else 100 - found["right"]
            tile(f"{value:.1f} %", words, f"{found['messages']:.0f} messages")
    found = tests.get("regression, as written")
    if found:
        wrong = round(found["messages"] * (100 - found["right"]) / 100)
        tile(f"{found['messages'] - wrong:.0f} / {found['messages']:.0f}", "of the regression list right")
    if report["parse_ms"]:
        tile(
            f"{report['parse_ms']['p50']:.1f} ms",
            "to parse a message (p50)",
            f"p95 {report['parse_ms']['p95']:.1f} ms",
        )
    return tiles


def _sets(report: dict[str, Any]) -> list[dict[str, Any]]:
    before = (report["difference"] or {}).get("tests") or {}
    rows = []
    for name, found in report["tests"].items():
        group, _, spelling = name.partition(", ")
        then = before.get(name)
        rows.append(
            {
                "group": GROUPS.get(group, group),
                "spelling": spelling,
                "change": round(found["right"] - then["right"], 2) if then else None,
                **{key.replace(" ", "_"): value for key, value in found.items()},
            }
        )
    return rows


def _failures(report: dict[str, Any]) -> list[dict[str, Any]]:
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for one in report["failures"]:
        found.setdefault((one["group"], one["spelling"]), []).append(one)
    return [
        {"group": GROUPS.get(group, group), "spelling": spelling, "messages": messages}
        for (group, spelling), messages in found.items()
    ]
