"""``python -m benchmarks [part …]``: run the parts, print a table, write build/bench.md and build/bench.json."""

import argparse
import shutil
import sys
from pathlib import Path

from benchmarks import (
    connections,
    conversation,
    desk_load,
    desk_pages,
    machine,
    memory,
    report,
    soak,
    start,
    telegram,
    understanding_public,
)
from benchmarks.report import Line
from benchmarks.sides import BUILD, RUNS, both, product, stock_project
from benchmarks.stock import StockProject
from tests.support.processes import ROOT

ALWAYS = ("turn", "throughput", "telegram", "memory", "start", "massive")
WIDGET = ("connections", "soak")
"""Only when named: they take long and are compared with nothing."""
DESK = ("desk_pages", "desk_load")
"""Likewise, for the staff desk."""
PARTS = ALWAYS + WIDGET + DESK
NEED_BOTH = frozenset({"turn", "throughput", "memory"})
NEED_STOCK = NEED_BOTH | {"start"}


def _servers(parts: set[str], raw: dict[str, object], project: StockProject) -> list[Line]:
    """Run the parts that need both sides running, in one run."""
    lines: list[Line] = []
    with both(project) as (ours, stock):
        if "memory" in parts:
            mine, theirs = memory.measure(ours, stock)
            lines += memory.lines("after the start", mine, theirs)
            raw["memory_after_start"] = {"ours": mine, "stock": theirs}
        if "turn" in parts:
            print("One question at a time", flush=True)
            found, raw["turn"] = conversation.turn(ours, stock)
            lines = found + lines
        if "throughput" in parts:
            print("Many residents at once", flush=True)
            found, raw["throughput"] = conversation.throughput(ours, stock)
            lines += found
        if "memory" in parts and len(parts & NEED_BOTH) > 1:
            mine, theirs = memory.measure(ours, stock)
            lines += memory.lines("after the load", mine, theirs)
            raw["memory_after_load"] = {"ours": mine, "stock": theirs}
    return lines


def _widgets(parts: set[str], raw: dict[str, object], seconds: float | None) -> list[Line]:
    """Run the parts that open many widgets, each on a product of its own."""
    lines: list[Line] = []
    connections.raise_file_limit()
    for name, measure, default in (("connections", connections.measure, 60.0), ("soak", soak.measure, 600.0)):
        if name in parts:
            print(f"Widgets: {name}", flush=True)
            with product(name) as ours:
                found, raw[name] = measure(ours.wait_ready(), seconds or default)
            lines += found
    return lines


def main() -> int:
    """Run what was asked for; the exit code is 1 when a wanted value was missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", metavar="part", help=f"any of: {', '.join(PARTS)} (default: {', '.join(ALWAYS)})"
    )
    parser.add_argument(
        "--duration",
        type=float,
        help="seconds of the parts connections, desk_load (default 60) and soak (default 600)",
    )
    parser.add_argument(
        "--massive", type=Path, default=ROOT / "build" / "massive-pl", help="folder with MASSIVE pl-PL"
    )
    parser.add_argument(
        "--stories",
        action="store_true",
        help="give the stock project a few stories, so that its TED policies have work; this makes it slower",
    )
    parser.add_argument(
        "--keep",
        action="store_true",
        help="use the newest stock model, also when the data has changed since; its training takes minutes",
    )
    parser.add_argument(
        "--epochs",
        type=int,
        help="train the stock model this long instead of Rasa's 100 epochs (an hour): as slow, less often right",
    )
    arguments = parser.parse_args()
    unknown = set(arguments.parts) - set(PARTS)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    parts = set(arguments.parts or ALWAYS)
    project = stock_project(stories=arguments.stories, keep=arguments.keep, epochs=arguments.epochs)
    about = machine.describe()
    if parts & NEED_STOCK and project.outdated:
        about["stock model"] = "trained on earlier data"
    if arguments.epochs is not None:
        about["stock model"] = f"trained for {arguments.epochs} epochs only: its speed counts, not its answers"
    raw: dict[str, object] = {}
    lines: list[Line] = []
    if parts & NEED_BOTH:
        lines += _servers(parts, raw, project)
    if "telegram" in parts:
        print("Telegram: a burst", flush=True)
        found, raw["telegram"] = telegram.measure()
        lines += found
    if "start" in parts:
        print("Training and starting", flush=True)
        found, raw["start"] = start.measure(project)
        lines += found
    if "massive" in parts:
        print("The public benchmark of understanding", flush=True)
        found, raw["massive"] = understanding_public.measure(arguments.massive)
        lines += found
    if parts & set(WIDGET):
        lines += _widgets(parts, raw, arguments.duration)
    if "desk_pages" in parts:
        print("Desk: pages with many stored conversations", flush=True)
        found, raw["desk_pages"] = desk_pages.measure()
        lines += found
    if "desk_load" in parts:
        print("Desk: many conversations, many staff", flush=True)
        with product("desk_load") as ours:
            found, raw["desk_load"] = desk_load.measure(ours.wait_ready(), arguments.duration or 60.0)
        lines += found
    lines.sort(key=lambda line: PARTS.index(line.part))
    report.write(BUILD, lines, about, raw)
    shutil.rmtree(RUNS, ignore_errors=True)
    print(f"\n{', '.join(f'{name}: {value}' for name, value in about.items())}\n")
    print(f"{report.table(lines)}\n\n{report.notes(lines)}\n\nWritten: build/bench.md, build/bench.json")
    return 1 if any(line.reached is False for line in lines) else 0


if __name__ == "__main__":
    sys.exit(main())
