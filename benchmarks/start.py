"""Part ``start``: how long a training takes, and how soon after a start a resident is heard and answered."""

import os
import shutil
import statistics
import subprocess
import time
from uuid import uuid4

import httpx

from benchmarks.report import Line
from benchmarks.sides import RUNS, logs, product
from benchmarks.stock import QUIET, Stock, StockProject
from tests.support.processes import BIN, ROOT, Product, until

STARTS = 3
QUESTION = "jaki jest telefon do mopsu"
WANTED_ACCEPT_SECONDS = 3.0


def _training_seconds() -> float:
    models, cache = RUNS / "models", RUNS / "cache"
    for folder in (models, cache):
        shutil.rmtree(folder, ignore_errors=True)
    # Neither an earlier model nor Rasa's cache may help.
    env = os.environ | {"MOPS_MODELS_DIR": str(models), "RASA_CACHE_DIRECTORY": str(cache)}
    begun = time.monotonic()
    done = subprocess.run(
        [str(BIN / "mops"), "train", "--force"],
        cwd=ROOT,
        env=env | QUIET,
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.monotonic() - begun
    if done.returncode != 0:
        raise SystemExit(done.stdout[-2000:] + done.stderr[-2000:])
    for folder in (models, cache):
        shutil.rmtree(folder, ignore_errors=True)
    return seconds


def _first_message(running: Product) -> float:
    """Send a message as soon as somebody listens; returns when it was accepted, on the monotonic clock."""

    def accepted() -> bool:
        opened = httpx.post(f"{running.url}/api/web/conversations", timeout=2)
        if opened.status_code != 201:
            return False
        headers = {"Authorization": f"Bearer {opened.json()['conversation']}"}
        body = {"client_id": str(uuid4()), "text": QUESTION}
        return httpx.post(f"{running.url}/api/web/messages", json=body, headers=headers, timeout=2).status_code == 202

    until(accepted, 60, "the product accepts a message")
    return time.monotonic()


def _our_start(running: Product) -> tuple[float, float]:
    begun = time.monotonic()
    # Not Product.start: that one waits for the gateway's own word, a resident does not.
    super(Product, running).start()
    try:
        accepted = _first_message(running)
        running.wait_ready()
        return accepted - begun, time.monotonic() - begun
    finally:
        running.stop()


def _stock_start(project: StockProject) -> float:
    stock = Stock(project, logs())
    begun = time.monotonic()
    with stock:
        stock.wait_ready()
        return time.monotonic() - begun


def measure(project: StockProject) -> tuple[list[Line], dict[str, object]]:
    """Train both sides without help from a cache, then start them several times, alternating."""
    stock_training = project.train()
    our_training = _training_seconds()
    running = product("start")
    _our_start(running)  # The first start makes keys and tables; the requirement is about the second.
    ours = []
    stock = []
    for _ in range(STARTS):
        ours.append(_our_start(running))
        stock.append(_stock_start(project))
    accepts = statistics.median(accepted for accepted, _ in ours)
    ready = statistics.median(whole for _, whole in ours)
    theirs = statistics.median(stock)
    lines = [
        Line(
            "start",
            "training",
            "" if project.shortened else f"{our_training / stock_training:.2f} x",
            f"{our_training:.0f} s",
            "" if project.shortened else f"{stock_training:.0f} s",
            note="the same messages; nothing cached. The stock model is kept while the data stays the same, with the "
            "time its training took.",
        ),
        Line(
            "start",
            "from start to the first accepted message",
            f"{accepts / theirs:.2f} x",
            f"{accepts:.1f} s",
            f"{theirs:.1f} s",
            f"<= {WANTED_ACCEPT_SECONDS:.0f} s",
            accepts <= WANTED_ACCEPT_SECONDS,
            "a second start; stock Rasa takes no message before it can answer it.",
        ),
        Line(
            "start", "from start to the first answer", f"{ready / theirs:.2f} x", f"{ready:.1f} s", f"{theirs:.1f} s"
        ),
    ]
    raw: dict[str, object] = {"ours_s": ours, "stock_s": stock, "training_s": [our_training, stock_training]}
    return lines, raw
