"""The two sides of every comparison, started as their users start them."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.questions import QUESTIONS, answers
from benchmarks.stock import Stock, StockProject
from bot.settings import Settings
from tests.support.processes import ROOT, Product

BUILD = ROOT / "build"
RUNS = BUILD / "bench" / str(os.getpid())
"""Data folders and logs of this run alone; kept when the run fails."""


def asked() -> list[tuple[str, str]]:
    """Return the questions with the answers that count as right."""
    texts = answers(Settings())
    return [(question, texts[intent]) for question, intent in QUESTIONS]


def stock_project(*, stories: bool, keep: bool, epochs: int | None = None) -> StockProject:
    """Return the stock project for the current data; not trained yet when the data is new."""
    return StockProject(BUILD, answers(Settings()), stories=stories, keep=keep, epochs=epochs)


def product(name: str) -> Product:
    """Return the product with a new, empty data folder."""
    folder = RUNS / name
    shutil.rmtree(folder, ignore_errors=True)
    return Product(folder)


def product_pids(running: Product) -> dict[str, int]:
    """Process ids of a running product by role."""
    assert running.process is not None
    engine = running.engine_pid
    assert engine is not None
    return {"gateway": running.process.pid, "engine": engine}


@contextmanager
def both(project: StockProject) -> Iterator[tuple[Product, Stock]]:
    """Run both sides until they answer; the idle one costs nothing while the other is measured."""
    project.train()
    with product("product") as ours:
        ours.wait_ready()
        with Stock(project, RUNS / "logs") as stock:
            stock.wait_ready()
            yield ours, stock


def logs() -> Path:
    """Where the output of the stock processes goes."""
    return RUNS / "logs"
