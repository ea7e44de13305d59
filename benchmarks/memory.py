"""Part ``memory``: what the processes hold while nothing happens."""

import time

from benchmarks.machine import memory_mb
from benchmarks.report import Line
from benchmarks.sides import product_pids
from benchmarks.stock import Stock
from tests.support.processes import Product

SETTLE_SECONDS = 5.0
WANTED_GATEWAY_MB = 200.0

Held = dict[str, dict[str, float]]


def _shown(held: dict[str, float]) -> str:
    return f"{held['rss']:.0f} MB (pss {held['pss']:.0f})"


def measure(ours: Product, stock: Stock) -> tuple[Held, Held]:
    """Return the memory of each process of each side, after a while of quiet."""
    time.sleep(SETTLE_SECONDS)
    return (
        {name: memory_mb(pid) for name, pid in product_pids(ours).items()},
        {name: memory_mb(pid) for name, pid in stock.pids.items()},
    )


def lines(when: str, mine: Held, theirs: Held) -> list[Line]:
    """Describe one measurement."""

    def line(what: str, our: dict[str, float], other: dict[str, float], limit: float | None = None) -> Line:
        return Line(
            "memory",
            f"memory {when}: {what}",
            f"{our['rss'] / other['rss']:.2f} x",
            _shown(our),
            _shown(other),
            f"<= {limit:.0f} MB" if limit else "",
            our["rss"] <= limit if limit else None,
        )

    def total(held: Held, key: str) -> float:
        return sum(process[key] for process in held.values())

    return [
        line("gateway | action server", mine["gateway"], theirs["rasa_sdk"], WANTED_GATEWAY_MB),
        line("engine | rasa run", mine["engine"], theirs["rasa run"]),
        line(
            "all processes",
            {key: total(mine, key) for key in ("rss", "pss")},
            {key: total(theirs, key) for key in ("rss", "pss")},
        ),
    ]
